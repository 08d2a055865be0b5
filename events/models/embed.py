"""Sites of alliances that may show our list of events inside their own pages."""

from django.db import models

from programmes.models import Alliance, Person


class EmbedSite(models.Model):
    """One web site that may show an alliance's events, by its origin: scheme, host and port."""

    alliance = models.ForeignKey(Alliance, models.CASCADE, related_name="embed_sites")
    origin = models.CharField(max_length=270, help_text="As in “https://www.city.example”.")
    added_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["origin"]
        constraints = [
            models.UniqueConstraint(name="one_row_per_embed_site", fields=["alliance", "origin"])
        ]

    def __str__(self) -> str:
        return self.origin
