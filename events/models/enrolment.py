"""Enrolments: a person's place in a whole programme, with the dates added to it later."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from events.models.registration import Registration
from kit.ids import short_code
from programmes.models import Alliance, Organisation, Person, Programme

if TYPE_CHECKING:
    from programmes.access import Actor


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def active(self) -> "EnrolmentQuerySet":
        """Of people who have not left the programme."""
        return self.filter(state=Enrolment.State.ACTIVE)

    def visible_to(self, actor: "Actor") -> "EnrolmentQuerySet":
        """By the programme's data rule: the lead sees all, co-hosts what the sharing says."""
        if actor.is_operator:
            return self
        if not actor.alliances:
            return self.none()
        led = Q(programme__lead__in=actor.alliances)
        hosting = Programme.hosts.through.objects.filter(
            programme=OuterRef("programme"), alliance__in=actor.alliances
        )
        everyone = Q(Exists(hosting), programme__sharing=Programme.Sharing.ALL)
        # A host sees its own, never those of another alliance the same person works for.
        chosen = hosting.filter(alliance=OuterRef("alliance"))
        member = hosting.filter(alliance__organisations=OuterRef("member_organisation"))
        own = Q(Exists(chosen) | Exists(member), programme__sharing=Programme.Sharing.OWN)
        return self.filter(led | everyone | own)


class Enrolment(models.Model):
    """One person in one programme. Who leaves and comes back has the same row and link again.

    The rules that stood on the day of enrolling are kept: newer ones are offered, not imposed.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Enrolled")
        LEFT = "left", _("Left")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="enrolments")
    person = models.ForeignKey(Person, models.PROTECT, related_name="enrolments")
    code = models.CharField(max_length=16, unique=True, default=short_code)
    link_version = models.PositiveSmallIntegerField(default=0, help_text=_("Raised to revoke."))
    state = models.CharField(max_length=6, choices=State, default=State.ACTIVE)
    round = models.PositiveSmallIntegerField(
        default=0, help_text=_("How often the person had left and come back.")
    )
    name = models.CharField(max_length=300)
    email = models.CharField(max_length=254, help_text=_("As typed, trimmed."))
    organisation = models.CharField(max_length=200, blank=True, help_text=_("As typed."))
    member_organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="enrolments"
    )
    alliance = models.ForeignKey(
        Alliance, models.SET_NULL, null=True, blank=True, related_name="enrolments"
    )
    access_needs = models.CharField(max_length=2000, blank=True)
    source = models.CharField(max_length=40, blank=True)
    completion = models.JSONField(
        default=dict, blank=True, help_text=_("The rules that stood when the person joined.")
    )
    sets = models.JSONField(default=dict, blank=True, help_text=_("The sets those rules name."))
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(help_text=_("When its dates were last gone through."))
    welcomed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the mail with all dates was put.")
    )

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_enrolment_per_person", fields=["programme", "person"]
            ),
            models.CheckConstraint(
                name="enrolment_left_iff_dated",
                condition=(Q(state="left") & Q(left_at__isnull=False))
                | (~Q(state="left") & Q(left_at__isnull=True)),
            ),
        ]
        indexes = [models.Index(name="enrolment_list", fields=["programme", "state", "name", "id"])]

    def __str__(self) -> str:
        return f"{self.name} · {self.programme_id} · {self.state}"


class EnrolmentDate(models.Model):
    """What became of one event of a programme for one enrolled person.

    The row is written in the transaction that registers the person, so that no date is ever
    registered twice, whatever happens to the worker.
    """

    class State(models.TextChoices):
        TAKEN = "taken", _("Registered through the programme")
        SKIPPED = "skipped", _("Skipped")
        REFUSED = "refused", _("Could not be registered")

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="dates")
    event = models.ForeignKey(Event, models.PROTECT, related_name="enrolment_dates")
    state = models.CharField(max_length=8, choices=State)
    registration = models.ForeignKey(
        Registration, models.SET_NULL, null=True, blank=True, related_name="enrolment_dates"
    )
    is_ours = models.BooleanField(
        default=False, help_text=_("The enrolment registered the person, not they themselves.")
    )
    code = models.CharField(max_length=40, blank=True, help_text=_("Why it was refused."))
    reason = models.CharField(max_length=500, blank=True, help_text=_("The same, in words."))
    decided_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, help_text=_("When the mail was put."))

    class Meta:
        ordering = ["event__starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_row_per_date", fields=["enrolment", "event"]),
            models.CheckConstraint(
                name="told_after_decided",
                condition=Q(told_at__isnull=True) | Q(told_at__gte=F("decided_at")),
            ),
        ]
        indexes = [
            models.Index(
                name="enrolment_untold", fields=["enrolment"], condition=Q(told_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} · {self.event_id} · {self.state}"
