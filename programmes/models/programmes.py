"""Programmes: series and tracks of events with a purpose and perhaps completion rules."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from programmes.models.alliances import Alliance, Topic


class Programme(models.Model):
    class Kind(models.TextChoices):
        SERIES = "series", _("Series")
        CERTIFICATE_TRACK = "certificate_track", _("Certificate track")
        LEARNING_PATH = "learning_path", _("Learning path")

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind)
    lead = models.ForeignKey(Alliance, models.PROTECT, related_name="led_programmes")
    hosts = models.ManyToManyField(Alliance, related_name="programmes")
    topics = models.ManyToManyField(Topic, related_name="programmes")
    description = models.TextField(blank=True)
    completion = models.JSONField(default=dict, blank=True, help_text=_("Completion rules."))
    award = models.JSONField(default=dict, blank=True, help_text=_("What completing it earns."))
    sets = models.JSONField(default=dict, blank=True, help_text=_("Named sets of event slugs."))
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
