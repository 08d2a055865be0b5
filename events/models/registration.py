"""Registrations: a person's place at an event."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event, EventHost
from kit.ids import short_code
from programmes.models import Alliance, Organisation, Person

if TYPE_CHECKING:
    from programmes.access import Actor


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def live(self) -> "RegistrationQuerySet":
        """Holding a seat or a place in the queue."""
        return self.exclude(state__in=Registration.ENDED)

    def seated(self) -> "RegistrationQuerySet":
        return self.filter(state=Registration.State.CONFIRMED)

    def waiting(self) -> "RegistrationQuerySet":
        """The waitlist, next in line first."""
        return self.filter(state=Registration.State.WAITLISTED).order_by("joined_at", "pk")

    def visible_to(self, actor: "Actor") -> "RegistrationQuerySet":
        """By the event's data rule: the lead sees all, co-hosts what the sharing says."""
        return self if actor.is_operator else self._shown_to(actor.alliances)

    def at_door_for(self, actor: "Actor") -> "RegistrationQuerySet":
        """Whom staff at the door find on their list: by the same data rule as everybody else."""
        return self if actor.is_operator else self._shown_to(actor.doors)

    def _shown_to(self, alliances: frozenset[int]) -> "RegistrationQuerySet":
        if not alliances:
            return self.none()
        led = Q(event__lead__in=alliances)
        hosting = EventHost.objects.standing().filter(
            event=OuterRef("event"), alliance__in=alliances
        )
        everyone = Q(Exists(hosting), event__sharing=Event.Sharing.ALL)
        # A host sees its own, never those of another alliance the same person works for.
        chosen = hosting.filter(alliance=OuterRef("alliance"))
        member = hosting.filter(alliance__organisations=OuterRef("member_organisation"))
        own = Q(Exists(chosen) | Exists(member), event__sharing=Event.Sharing.OWN)
        return self.filter(led | everyone | own)


class Registration(models.Model):
    """One person's place at one event: a seat, a place in the queue, or a cancelled one.

    Name, address and organisation are as given for this event: a later employer or name changes
    nothing here.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for approval")
        CONFIRMED = "confirmed", _("Registered")
        WAITLISTED = "waitlisted", _("On the waitlist")
        CANCELLED = "cancelled", _("Canceled")
        DECLINED = "declined", _("Declined")

    class Presence(models.TextChoices):
        UNSETTLED = "", _("Not settled")
        MET = "met", _("Attended")
        SHORT = "short", _("Attended in part")
        ABSENT = "absent", _("Did not attend")

    ENDED = (State.CANCELLED, State.DECLINED)

    event = models.ForeignKey(Event, models.PROTECT, related_name="registrations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="registrations")
    code = models.CharField(max_length=16, unique=True, default=short_code)
    link_version = models.PositiveSmallIntegerField(default=0, help_text=_("Raised to revoke."))
    state = models.CharField(max_length=10, choices=State)
    name = models.CharField(max_length=300)
    email = models.CharField(max_length=254, help_text=_("As typed, trimmed."))
    organisation = models.CharField(max_length=200, blank=True, help_text=_("As typed."))
    member_organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="registrations"
    )
    alliance = models.ForeignKey(
        Alliance, models.SET_NULL, null=True, blank=True, related_name="registrations"
    )
    access_needs = models.CharField(max_length=2000, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=40, blank=True)
    round = models.PositiveSmallIntegerField(
        default=0, help_text=_("How often the person had registered and cancelled before.")
    )
    joined_at = models.DateTimeField(help_text=_("When the person asked; orders the waitlist."))
    seated_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    join_clicked_at = models.DateTimeField(null=True, blank=True)
    presence = models.CharField(
        max_length=8, choices=Presence, default=Presence.UNSETTLED, blank=True
    )
    attended_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("In session, without breaks, as settled.")
    )

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_live_registration_per_person",
                fields=["event", "person"],
                condition=~Q(state__in=["cancelled", "declined"]),
            ),
            models.CheckConstraint(
                name="registration_cancelled_iff_dated",
                condition=(Q(state="cancelled") & Q(cancelled_at__isnull=False))
                | (~Q(state="cancelled") & Q(cancelled_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="registration_queue", fields=["event", "state", "joined_at", "id"])
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.event_id} · {self.state}"
