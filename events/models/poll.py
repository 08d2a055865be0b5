"""Polls: which of a few times suits whom, asked of co-hosts and of people without an account."""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from programmes.models import Alliance, Person

if TYPE_CHECKING:
    from programmes.access import Actor


class PollQuerySet(models.QuerySet["Poll"]):
    def visible_to(self, actor: "Actor") -> "PollQuerySet":
        """The polls of one's own alliances, and those about events they host; all for operators."""
        if actor.is_operator:
            return self
        if not actor.organises:
            return self.none()
        hosted = Event.objects.hosted_by(actor.organises)
        return self.filter(Q(alliance__in=actor.organises) | Q(event__in=hosted.values("pk")))


class Poll(models.Model):
    """A question with times to choose from. Closed once ``closed_at`` is set."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="polls")
    event = models.ForeignKey(Event, models.CASCADE, null=True, blank=True, related_name="polls")
    title = models.CharField(max_length=200)
    note = models.CharField(max_length=1000, blank=True)
    minutes = models.PositiveIntegerField(help_text=_("How long each time would last."))
    time_zone = models.CharField(max_length=64, help_text=_("IANA name: whose clock leads."))
    has_open_link = models.BooleanField(
        default=False, help_text=_("Whoever has the poll's link may answer.")
    )
    closes_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    chosen_at = models.DateTimeField(
        null=True, blank=True, help_text=_("The start that was settled on.")
    )
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = PollQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class PollSlot(models.Model):
    """One time to choose."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(name="one_slot_per_time", fields=["poll", "starts_at"])
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class PollVoice(models.Model):
    """Somebody who was asked, or who came by the open link. Needs no account."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="voices")
    alliance = models.ForeignKey(Alliance, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=300)
    email = models.CharField(max_length=254)
    email_key = models.CharField(max_length=254, help_text=_("For comparing."))
    comment = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="one_voice_per_address", fields=["poll", "email_key"])
        ]

    def __str__(self) -> str:
        return self.name


class PollAnswer(models.Model):
    """What one voice says of one time."""

    class Choice(models.TextChoices):
        YES = "yes", _("Yes")
        MAYBE = "if-needed", _("If needed")
        NO = "no", _("No")

    voice = models.ForeignKey(PollVoice, models.CASCADE, related_name="answers")
    slot = models.ForeignKey(PollSlot, models.CASCADE, related_name="answers")
    choice = models.CharField(max_length=10, choices=Choice)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_answer_per_slot", fields=["voice", "slot"])
        ]

    def __str__(self) -> str:
        return f"{self.voice_id} {self.slot_id} {self.choice}"
