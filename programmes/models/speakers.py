"""Who teaches: one list for the whole network, and what became of rows that were one person."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from programmes.models.alliances import Organisation


class Speaker(models.Model):
    """Someone who teaches. Needs no account.

    Name, title and organisation are on the pages of events; biography and photo, and a page of
    their own, only since ``consented_at``. ``claimed_at`` is when the person themself first saved
    the profile; ``link_version`` goes up when links sent before are to open nothing any more.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="speakers"
    )
    email = models.CharField(max_length=254, blank=True)
    zone = models.CharField(max_length=64, blank=True)
    bio = models.TextField(blank=True, help_text=_("Markdown."))
    photo = models.CharField(max_length=64, blank=True, help_text=_("SHA-256 of the picture."))
    photo_alt = models.CharField(max_length=200, blank=True)
    consented_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when biography and photo may be shown.")
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    link_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shown(self) -> bool:
        """Biography, photo and a page of their own are public."""
        return self.consented_at is not None


class FormerSpeaker(models.Model):
    """A row that turned out to be the same person: what was sent in its name leads to the other."""

    number = models.PositiveBigIntegerField(unique=True, help_text=_("Its id."))
    slug = models.SlugField(max_length=80, unique=True)
    link_version = models.PositiveIntegerField()
    speaker = models.ForeignKey(Speaker, models.CASCADE, related_name="formers")
    merged_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug
