"""Seasons: events to be placed together, the plan that was found, and what became of it."""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from programmes.models import Alliance, Licence, Person, Speaker, Topic

if TYPE_CHECKING:
    from programmes.access import Actor


class SeasonQuerySet(models.QuerySet["Season"]):
    def visible_to(self, actor: "Actor") -> "SeasonQuerySet":
        """Those of the alliances one plans for; all for operators."""
        if actor.is_operator:
            return self
        return self.filter(alliance__in=actor.organises)


class Season(models.Model):
    """A set of events to place. Each wish for a plan raises ``round``; the last one counts."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Not placed yet")
        SOLVING = "solving", _("Looking for a plan")
        PLACED = "placed", _("Placed")
        IMPOSSIBLE = "impossible", _("Cannot be placed")
        FAILED = "failed", _("Could not be worked out")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="seasons")
    title = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, help_text=_("Whose days and weeks are meant."))
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    round = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    bill = models.JSONField(default=dict, blank=True, help_text=_("What the plan costs, by what."))
    reasons = models.JSONField(default=list, blank=True, help_text=_("Why there is no plan."))
    weights = models.JSONField(default=dict, blank=True, help_text=_("What is wanted most."))
    version = models.PositiveIntegerField(default=1, help_text=_("Raised by each edit."))
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = SeasonQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="season_ends_after_it_starts",
                condition=Q(last_day__gte=models.F("first_day")),
            )
        ]

    def __str__(self) -> str:
        return self.title


class SeasonItem(models.Model):
    """One event of a season. ``event`` is the draft made of it once the plan was accepted."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    season = models.ForeignKey(Season, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Event.Kind, default=Event.Kind.WEBINAR)
    minutes = models.PositiveSmallIntegerField(default=60)
    first_day = models.DateField()
    last_day = models.DateField()
    hosts = models.ManyToManyField(Alliance, related_name="+")
    first_lead = models.ForeignKey(
        Alliance, models.PROTECT, related_name="+", help_text=_("Who leads if it may not change.")
    )
    any_host_leads = models.BooleanField(
        default=True, help_text=_("The plan may give the lead to any of the hosts.")
    )
    topics = models.ManyToManyField(Topic, related_name="+", blank=True)
    speakers = models.ManyToManyField(Speaker, related_name="+", blank=True)
    licence = models.ForeignKey(Licence, models.SET_NULL, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField(null=True, blank=True, help_text=_("As placed."))
    lead = models.ForeignKey(
        Alliance, models.PROTECT, null=True, blank=True, related_name="+", help_text=_("As placed.")
    )
    cost = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list, blank=True, help_text=_("What the time costs whom."))
    is_pinned = models.BooleanField(default=False)
    event = models.ForeignKey(Event, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="item_ends_after_it_starts",
                condition=Q(last_day__gte=models.F("first_day")),
            ),
            models.CheckConstraint(
                name="item_pinned_only_where_placed",
                condition=Q(is_pinned=False) | Q(starts_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title
