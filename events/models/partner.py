"""Calendars that alliances keep elsewhere, and what was last read from them."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from programmes.models import Alliance, Person

if TYPE_CHECKING:
    from programmes.access import Actor


class PartnerCalendarQuerySet(models.QuerySet["PartnerCalendar"]):
    def visible_to(self, actor: "Actor") -> "PartnerCalendarQuerySet":
        """Those of the alliances somebody has a role in; all for operators.

        The address of a private calendar is a secret of whoever keeps it.
        """
        if actor.is_operator:
            return self
        return self.filter(alliance__in=actor.alliances)

    def due(self, at: datetime) -> "PartnerCalendarQuerySet":
        """Those to be read now that no worker has in hand."""
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
        here = self.filter(alliance__is_active=True, state=PartnerCalendar.State.ACTIVE)
        return here.filter(free, next_try_at__lte=at)


class PartnerCalendar(models.Model):
    """One ICS address of an alliance, read every hour.

    ``tried_at`` is the last try and ``read_at`` the last one that went well; ``parsed_at`` when the
    file was last taken in whole, for a server may say for weeks that nothing changed.
    """

    class Purpose(models.TextChoices):
        BUSY = "busy", _("Only say when we are busy")
        LISTED = "listed", _("List its events in the network calendar")

    class State(models.TextChoices):
        ACTIVE = "active", _("Read every hour")
        PAUSED = "paused", _("Paused")

    alliance = models.ForeignKey(Alliance, models.CASCADE, related_name="partner_calendars")
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=1000, help_text=_("May hold a secret; never in a log."))
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.BUSY)
    shows_titles = models.BooleanField(
        default=False, help_text=_("Organizers of other alliances see what the time is taken by.")
    )
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=80, blank=True)
    asked_at = models.DateTimeField(help_text=_("When somebody last wanted it read."))
    tried_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    parsed_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0, help_text=_("In a row."))
    error = models.CharField(max_length=500, blank=True, help_text=_("Of the last try, or blank."))
    notes = models.JSONField(default=list, blank=True, help_text=_("What was left out, and why."))
    entry_count = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True, help_text=_("Token of the worker."))
    leased_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PartnerCalendarQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_partner_calendar_per_url", fields=["alliance", "url"])
        ]
        indexes = [models.Index(name="partner_calendar_due", fields=["state", "next_try_at"])]

    def __str__(self) -> str:
        return self.name

    @property
    def is_being_read(self) -> bool:
        """Somebody wants it read, and no try has been made since."""
        is_tried = self.tried_at is not None and self.tried_at >= self.asked_at
        return self.state == self.State.ACTIVE and not is_tried


class PartnerEntry(models.Model):
    """One date of an event in a partner's calendar. Rows are replaced whole by each reading.

    An all-day entry also keeps its dates, the end exclusive; its instants are those dates on the
    alliance's own clock. ``recurrence`` is the original start of one date of a series, in UTC.
    """

    class Status(models.TextChoices):
        CONFIRMED = "CONFIRMED", _("Confirmed")
        TENTATIVE = "TENTATIVE", _("Tentative")
        CANCELLED = "CANCELLED", _("Canceled")

    calendar = models.ForeignKey(PartnerCalendar, models.CASCADE, related_name="entries")
    uid = models.CharField(max_length=255)
    recurrence = models.CharField(max_length=20, blank=True, help_text=_("20270113T180000Z."))
    own_session = models.UUIDField(
        null=True, blank=True, db_index=True, help_text=_("Our session, where the UID is ours.")
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    starts_on = models.DateField(null=True, blank=True, help_text=_("Of an all-day entry."))
    ends_on = models.DateField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, help_text=_("IANA name."))
    title = models.CharField(max_length=300, blank=True)
    title_key = models.CharField(max_length=300, blank=True, help_text=_("For comparing."))
    location = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.CONFIRMED)
    is_busy = models.BooleanField(default=True, help_text=_("Takes up the time it stands at."))
    digest = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(help_text=_("When a reading first found it like this."))
    ics = models.BinaryField(null=True, help_text=_("As calendar text, where it is listed."))

    class Meta:
        verbose_name_plural = "partner entries"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_partner_entry_per_date", fields=["calendar", "uid", "recurrence"]
            ),
            models.CheckConstraint(
                name="partner_entry_ends_in_order", condition=Q(ends_at__gte=F("starts_at"))
            ),
        ]
        indexes = [
            models.Index(name="partner_entry_when", fields=["calendar", "starts_at", "ends_at"])
        ]

    def __str__(self) -> str:
        return self.title or self.uid
