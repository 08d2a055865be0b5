"""When an alliance is at work, what it runs its calls with, and how strict it is about clashes."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from programmes.models.alliances import Alliance

LAST_MINUTE = 24 * 60


class AllianceHours(models.Model):
    """Office hours of one weekday, on the alliance's own clock.

    An alliance without any row keeps the usual hours; one with rows is closed on days without.
    """

    alliance = models.ForeignKey(Alliance, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(help_text=_("0 is Monday, 6 Sunday."))
    opens = models.PositiveSmallIntegerField(help_text=_("Minutes after midnight."))
    closes = models.PositiveSmallIntegerField(help_text=_("Minutes after midnight."))
    lunch_starts = models.PositiveSmallIntegerField(null=True, blank=True)
    lunch_ends = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "alliance hours"
        ordering = ["weekday"]
        constraints = [
            models.UniqueConstraint(name="one_row_per_weekday", fields=["alliance", "weekday"]),
            models.CheckConstraint(
                name="hours_open_before_they_close",
                condition=Q(weekday__lte=6, closes__gt=F("opens"), closes__lte=LAST_MINUTE),
            ),
            models.CheckConstraint(
                name="lunch_inside_hours",
                condition=Q(lunch_starts__isnull=True, lunch_ends__isnull=True)
                | Q(
                    lunch_starts__gte=F("opens"),
                    lunch_ends__gt=F("lunch_starts"),
                    lunch_ends__lte=F("closes"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alliance.short_name}, weekday {self.weekday}"


class AllianceDayOff(models.Model):
    """Days on which an alliance meets nobody; or a public holiday on which it works after all."""

    alliance = models.ForeignKey(Alliance, models.CASCADE, related_name="days_off")
    name = models.CharField(max_length=120)
    first_day = models.DateField()
    last_day = models.DateField(help_text=_("The last day that is off."))
    is_worked = models.BooleanField(
        default=False, help_text=_("Works on these days, public holiday or not.")
    )

    class Meta:
        verbose_name_plural = "alliance days off"
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                name="day_off_ends_after_it_starts", condition=Q(last_day__gte=F("first_day"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.alliance.short_name}: {self.name}"


class Licence(models.Model):
    """An account for calls: so many at once, and not one more."""

    alliance = models.ForeignKey(Alliance, models.CASCADE, related_name="licences")
    name = models.CharField(max_length=120)
    calls_at_once = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(name="licence_holds_a_call", condition=Q(calls_at_once__gte=1)),
            models.UniqueConstraint(name="one_licence_per_name", fields=["alliance", "name"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.alliance.short_name})"


class ConflictLevel(models.Model):
    """How serious one kind of clash is: for the network, or for the events one alliance leads."""

    class Kind(models.TextChoices):
        SPEAKER = "speaker", _("Speaker")
        ROOM = "room", _("Room")
        LICENCE = "licence", _("Webinar license")
        HOST = "host", _("Host")
        AUDIENCE = "audience", _("Audience")
        HOLIDAY = "holiday", _("Holiday or day off")
        CALENDAR = "partner_calendar", _("Partner calendar")

    class Level(models.TextChoices):
        BLOCK = "block", _("Block")
        WARN = "warn", _("Warn")
        IGNORE = "ignore", _("Ignore")

    alliance = models.ForeignKey(
        Alliance,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="conflict_levels",
        help_text=_("Blank: the network's own."),
    )
    kind = models.CharField(max_length=20, choices=Kind)
    level = models.CharField(max_length=6, choices=Level)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_level_per_kind", fields=["alliance", "kind"]),
            models.UniqueConstraint(
                name="one_network_level_per_kind",
                fields=["kind"],
                condition=Q(alliance__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.level}"
