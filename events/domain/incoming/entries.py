"""What reading a calendar gives: entries with instants, and sentences about what was left out."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from kit.errors import Invalid

MOST_ENTRIES = 5_000
"""In one calendar, every date of a series counted."""
MOST_DATES = 800
"""Of one series inside the time that is read."""


class NotACalendar(Invalid):
    """What was fetched cannot be read as a calendar; the sentence says what it is instead."""

    code = "not-a-calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One date of one event. Instants are aware UTC; ``ends_on`` is exclusive.

    ``recurrence`` names a date of a series by its original start, in UTC or as a date, and is ""
    for an event that stands alone. An entry with ``title`` "" says no more than its time.
    """

    uid: str
    recurrence: str
    starts_at: datetime
    ends_at: datetime
    starts_on: date | None
    ends_on: date | None
    time_zone: str
    title: str
    location: str
    url: str
    status: str
    is_busy: bool


@dataclass
class Notes:
    """Counts what was left out, by the sentence that says so."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, one: str, many: str) -> None:
        """``one`` is the sentence for a single event, ``many`` has ``{n}`` for their number."""
        self.counts[one, many] += 1

    def sentences(self) -> list[str]:
        """The sentences in the order their first event came."""
        return [
            one if count == 1 else many.replace("{n}", f"{count:,}")
            for (one, many), count in self.counts.items()
        ]


@dataclass(frozen=True)
class Reading:
    """A calendar as it was read: its own ``name``, its entries in order, and what was left out."""

    name: str
    entries: list[Incoming]
    notes: list[str]
