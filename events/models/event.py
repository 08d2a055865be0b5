"""Events and their hosts: what a person registers for, and which alliances answer for it."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from programmes.models import Alliance, Licence, Person, Programme, Speaker, Topic

if TYPE_CHECKING:
    from programmes.access import Actor


class EventQuerySet(models.QuerySet["Event"]):
    def published(self) -> "EventQuerySet":
        """What has been announced: running, over, or called off since."""
        return self.filter(Event.ANNOUNCED)

    def listed(self) -> "EventQuerySet":
        """What public lists and feeds may show. Unlisted events are reached by their address."""
        return self.published().exclude(visibility=Event.Visibility.UNLISTED)

    def hosted_by(self, alliance_ids: "set[int] | frozenset[int]") -> "EventQuerySet":
        """Events these alliances answer for or were asked to."""
        host = EventHost.objects.filter(event=OuterRef("pk"), alliance__in=alliance_ids)
        return self.filter(Exists(host.exclude(state=EventHost.State.WITHDRAWN)))

    def visible_to(self, actor: "Actor") -> "EventQuerySet":
        """Published events for anyone; drafts for their hosts; all for operators."""
        if actor.is_operator:
            return self
        if not actor.alliances:
            return self.published()
        hosted = Q(pk__in=Event.objects.hosted_by(actor.alliances).values("pk"))
        return self.filter(Event.ANNOUNCED | hosted)

    def with_free_seat(self) -> "EventQuerySet":
        return self.filter(Q(capacity__isnull=True) | Q(seats_taken__lt=F("capacity")))


class Event(models.Model):
    class Kind(models.TextChoices):
        WEBINAR = "webinar", _("Webinar")
        WORKSHOP = "workshop", _("Workshop")
        MEETING = "meeting", _("Meeting")
        OFFICE_HOURS = "office_hours", _("Office hours")
        TOUR = "tour", _("Tour")
        CONFERENCE = "conference", _("Conference")
        OTHER = "other", _("Event")

    class Format(models.TextChoices):
        ONLINE = "online", _("Online")
        IN_PERSON = "in_person", _("In person")
        HYBRID = "hybrid", _("Hybrid")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Waiting for co-hosts")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Canceled")
        COMPLETED = "completed", _("Completed")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Public")
        MEMBERS = "members", _("Members only")
        UNLISTED = "unlisted", _("Unlisted")

    ANNOUNCED = Q(published_at__isnull=False) & ~Q(status__in=[Status.DRAFT, Status.PROPOSED])

    class Sharing(models.TextChoices):
        TOTALS = "totals", _("Totals only")
        OWN = "own", _("Own members and those who chose them")
        ALL = "all", _("Everyone")

    class Silence(models.TextChoices):
        """The rule of the hosts for who has not answered when the time is up."""

        WAITS = "wait", _("Nothing goes ahead until everybody has answered")
        AGREES = "yes", _("No answer counts as a yes")
        LEAVES = "without", _("It goes ahead without who has not answered")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True, help_text=_("Markdown."))
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.WEBINAR)
    format = models.CharField(max_length=10, choices=Format, default=Format.ONLINE)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PUBLIC)
    lead = models.ForeignKey(Alliance, models.PROTECT, related_name="led_events")
    programme = models.ForeignKey(
        Programme, models.SET_NULL, null=True, blank=True, related_name="events"
    )
    topics = models.ManyToManyField(Topic, related_name="events", blank=True)
    speakers = models.ManyToManyField(Speaker, through="EventSpeaker", related_name="events")

    time_zone = models.CharField(max_length=64, help_text=_("IANA name."))
    starts_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text=_("First session's start; derived.")
    )
    ends_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text=_("Last session's end; derived.")
    )
    recurrence = models.CharField(
        max_length=1000, blank=True, help_text=_("One RRULE or several, or blank.")
    )
    venue = models.CharField(max_length=300, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    licence = models.ForeignKey(
        Licence,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="events",
        help_text=_("The account its calls run with."),
    )
    join_url = models.URLField(
        max_length=500, blank=True, help_text=_("Address of the call; never on a public page.")
    )

    capacity = models.PositiveIntegerField(null=True, blank=True, help_text=_("Blank: no limit."))
    has_waitlist = models.BooleanField(default=True)
    seats_taken = models.PositiveIntegerField(default=0)
    waiting_count = models.PositiveIntegerField(default=0)
    registration_opens_at = models.DateTimeField(null=True, blank=True)
    closes_minutes_before = models.PositiveIntegerField(
        default=0, help_text=_("Registration closes this long before the start.")
    )
    sharing = models.CharField(
        max_length=10,
        choices=Sharing,
        default=Sharing.OWN,
        help_text=_("What co-hosts may see of registrants."),
    )
    silence = models.CharField(
        max_length=8,
        choices=Silence,
        default=Silence.WAITS,
        help_text=_("What it means where a co-host has not answered in time."),
    )
    answer_days = models.PositiveSmallIntegerField(
        default=7, help_text=_("Days each co-host has for an answer.")
    )

    captions = models.CharField(max_length=20, blank=True, help_text=_("live, edited or none."))
    is_recorded = models.BooleanField(default=False)
    attendance_percent = models.PositiveSmallIntegerField(
        default=80, help_text=_("Share of the session minutes, without breaks, that earns credit.")
    )
    attendance_revision = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)

    published_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=500, blank=True)
    moved_from = models.DateTimeField(
        null=True, blank=True, help_text=_("Where it was before the last change of time.")
    )
    moved_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(help_text=_("Last change anybody can see."))
    version = models.PositiveIntegerField(default=1, help_text=_("Raised by each edit."))
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="event_never_oversold",
                condition=Q(capacity__isnull=True) | Q(seats_taken__lte=F("capacity")),
            ),
            models.CheckConstraint(
                name="event_cancelled_iff_dated",
                condition=(Q(status="cancelled") & Q(cancelled_at__isnull=False))
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="event_percent_is_one", condition=Q(attendance_percent__lte=100)
            ),
        ]
        indexes = [
            models.Index(name="event_public_list", fields=["status", "visibility", "starts_at"])
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        """It has been announced, whatever happened to it since."""
        return self.published_at is not None and self.status not in {
            self.Status.DRAFT,
            self.Status.PROPOSED,
        }

    @property
    def closes_at(self) -> datetime | None:
        """When registration closes: some minutes before the last date's start or first start."""
        if self.starts_at is None:
            return None
        anchor = self.ends_at if self.recurrence else self.starts_at
        return anchor - timedelta(minutes=self.closes_minutes_before) if anchor else None

    @property
    def seats_free(self) -> int | None:
        """Seats nobody holds; None where there is no limit."""
        return None if self.capacity is None else max(self.capacity - self.seats_taken, 0)


class EventHostQuerySet(models.QuerySet["EventHost"]):
    def standing(self) -> "EventHostQuerySet":
        """Who hosts: has said yes, or once did to what is public and is asked about a change."""
        return self.filter(EventHost.STANDS)


class EventHost(models.Model):
    """One alliance's part in an event. The lead is a host too, and has accepted from the start.

    ``agreed`` is the fingerprint of what it said yes to. While a published event's host is asked
    about a change, or has declined one, its yes to the public version stands and ``agreed`` is
    kept.
    """

    class Role(models.TextChoices):
        LEAD = "lead", _("Lead")
        CO_HOST = "co-host", _("Co-host")

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    event = models.ForeignKey(Event, models.CASCADE, related_name="hosts")
    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="hostings")
    role = models.CharField(max_length=8, choices=Role)
    state = models.CharField(max_length=10, choices=State)
    position = models.PositiveSmallIntegerField(default=0)
    invited_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    agreed = models.CharField(
        max_length=64, blank=True, help_text=_("Fingerprint of what was accepted.")
    )
    agreed_terms = models.JSONField(
        null=True, blank=True, help_text=_("What was last accepted, word for word.")
    )
    asked_terms = models.CharField(
        max_length=64, blank=True, help_text=_("Fingerprint of what it was asked last.")
    )
    answer_by = models.DateTimeField(null=True, blank=True)
    silence = models.CharField(
        max_length=8,
        choices=Event.Silence,
        default=Event.Silence.WAITS,
        help_text=_("The rule as it stood in the last ask."),
    )
    reminded_at = models.DateTimeField(null=True, blank=True)
    lead_offered_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when it may take the lead over.")
    )

    STANDS = Q(state=State.ACCEPTED) | (
        Q(state__in=[State.INVITED, State.DECLINED]) & ~Q(agreed="")
    )

    objects = EventHostQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_part_per_alliance", fields=["event", "alliance"]),
            models.UniqueConstraint(
                name="one_lead_per_event", fields=["event"], condition=Q(role="lead")
            ),
        ]
        indexes = [models.Index(name="host_by_alliance", fields=["alliance", "state"])]

    def __str__(self) -> str:
        return f"{self.alliance.short_name} {self.get_role_display()} {self.state}"

    @property
    def stands(self) -> bool:
        """The same as ``STANDS``, of a row that is loaded."""
        if self.state in {self.State.INVITED, self.State.DECLINED}:
            return bool(self.agreed)
        return self.state == self.State.ACCEPTED


class EventSpeaker(models.Model):
    event = models.ForeignKey(Event, models.CASCADE, related_name="speaking")
    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="speaking")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_part_per_speaker", fields=["event", "speaker"])
        ]

    def __str__(self) -> str:
        return f"{self.speaker} at {self.event}"


class EventCredit(models.Model):
    """Credit of one scheme that attending the whole event earns."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="credits")
    scheme = models.SlugField(max_length=40)
    amount = models.DecimalField(max_digits=6, decimal_places=2)
    minutes_per_unit = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["scheme"]
        constraints = [
            models.UniqueConstraint(name="one_amount_per_scheme", fields=["event", "scheme"])
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.scheme}"
