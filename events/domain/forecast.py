"""What settling attendance would decide if it were done now. Nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass

from events.domain import attendance, scheduled
from events.models import Event, Registration

Presence = Registration.Presence


@dataclass(frozen=True)
class Rule:
    """How long one must have been there: ``needed`` of ``scheduled`` seconds, breaks left out."""

    scheduled: int
    percent: int

    @property
    def needed(self) -> int:
        """Whole seconds from which the rule is met."""
        return -(-self.scheduled * self.percent // 100)

    @property
    def minutes(self) -> int:
        """Scheduled minutes, rounded down, as they are shown."""
        return self.scheduled // 60

    @property
    def needed_minutes(self) -> int:
        """Minutes needed, rounded up to be shown: nobody is told that too little is enough."""
        return -(-self.needed // 60)

    def presence(self, seconds: int | None) -> str:
        return attendance.presence(seconds, self.scheduled * self.percent)


@dataclass(frozen=True)
class Forecast:
    """How many of those with a seat met the rule, fell short, and were not there."""

    met: int
    short: int
    absent: int

    @property
    def total(self) -> int:
        return self.met + self.short + self.absent


def rule_of(event: Event) -> Rule:
    """The event's rule in seconds. Two queries."""
    return Rule(scheduled.seconds_of(event), event.attendance_percent)


def of(event: Event, rule: Rule) -> Forecast:
    """What settling would decide now, counted. Two queries, whatever the number of people."""
    totals = attendance.seconds_by_registration(event)
    seated = Registration.objects.seated().filter(event=event).values_list("pk", flat=True)
    found = [rule.presence(totals.get(pk)) for pk in seated]
    return Forecast(*(found.count(p) for p in (Presence.MET, Presence.SHORT, Presence.ABSENT)))


def seconds(event: Event, registrations: Iterable[Registration]) -> dict[int, int]:
    """Seconds in session so far of these registrations, by id; who has none is left out."""
    return attendance.seconds_by_registration(event, only=[one.pk for one in registrations])
