"""Sessions: what is promised as wall time in a zone, beside the UTC instants derived from it."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from programmes.models import Speaker


class Session(models.Model):
    """A part of an event with its own start and end; a date of a recurring event is one too."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="sessions")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64)
    starts_local = models.CharField(max_length=16, help_text=_("Wall time, 2027-01-13T11:00."))
    ends_local = models.CharField(max_length=16, help_text=_("Wall time, 2027-01-13T12:30."))
    starts_fold = models.PositiveSmallIntegerField(default=0)
    ends_fold = models.PositiveSmallIntegerField(default=0)
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(db_index=True)
    recurrence_local = models.CharField(
        max_length=16, blank=True, help_text=_("The wall time the rule gave, before a move.")
    )
    own = models.CharField(
        max_length=60, blank=True, help_text=_("What a date of a series has for itself.")
    )
    room = models.CharField(max_length=200, blank=True)
    join_url = models.URLField(
        max_length=500, blank=True, help_text=_("Its own address; never on a public page.")
    )
    follows = models.BooleanField(
        default=False, help_text=_("It starts when the session before it is over.")
    )
    gap_minutes = models.PositiveSmallIntegerField(
        default=0, help_text=_("How long after the session before it.")
    )
    is_cancelled = models.BooleanField(default=False)
    sequence = models.PositiveIntegerField(default=0, help_text=_("iCalendar SEQUENCE."))
    changed_at = models.DateTimeField()
    ics = models.BinaryField(null=True, help_text=_("The event as calendar text; empty: redraw."))
    ics_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["starts_at", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="session_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            )
        ]
        indexes = [models.Index(name="session_of_event", fields=["event", "ends_at"])]

    def __str__(self) -> str:
        return self.title or self.event.title


class SessionBreak(models.Model):
    """Minutes inside a session that do not count."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="breaks")
    starts_local = models.CharField(max_length=16)
    ends_local = models.CharField(max_length=16)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="break_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            )
        ]

    def __str__(self) -> str:
        return f"Break {self.starts_local[11:]}"


class SessionSpeaker(models.Model):
    """Who speaks in one session. Where no session names anybody, the event's speakers do."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="speaking")
    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="session_parts")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_part_per_session", fields=["session", "speaker"])
        ]

    def __str__(self) -> str:
        return f"{self.speaker} in {self.session}"
