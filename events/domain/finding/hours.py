"""Office hours: when an alliance is at work, on its own clock, as minutes of UTC.

Pure: no database, no clock, no Django. An instant is a number of minutes since 1970 began in UTC;
a span is a pair of them, half open; spans in a row are in order and neither overlap nor touch.
"""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 24 * 60
WEEK = 7 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Span = tuple[int, int]


def minute_of(at: datetime) -> int:
    """The minute that holds an aware instant. 12:00:59Z is in the minute of 12:00Z."""
    return int(at.timestamp() // 60)


def end_minute_of(at: datetime) -> int:
    """The first minute that begins no earlier than ``at``: a span up to it holds all before."""
    return -int(-at.timestamp() // 60)


def instant(minute: int) -> datetime:
    """The aware UTC instant at which a minute begins."""
    return EPOCH + timedelta(minutes=minute)


def local(minute: int, zone: str) -> datetime:
    """What clocks in ``zone`` show at a minute; aware."""
    return datetime.fromtimestamp(minute * 60, ZoneInfo(zone))


@lru_cache(maxsize=8192)
def wall_minute(day: date, minutes: int, zone: str) -> int:
    """The minute of UTC at which clocks in ``zone`` show ``minutes`` after midnight of ``day``.

    1440 is the next midnight. Where clocks jump over the time, as much later as they jump; where
    they show it twice, the first.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return minute_of(wall.replace(tzinfo=ZoneInfo(zone)))


def days_between(first: date, last: date) -> list[date]:
    """``first`` to ``last``, both with it; none where ``last`` is earlier."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class OfficeDay:
    """Hours of one day in minutes after midnight; ``lunch`` lies inside them."""

    opens: int
    closes: int
    lunch: Span | None = None


@dataclass(frozen=True)
class OfficeWeek:
    """Seven days from Monday on the clocks of ``zone``; None where the office is closed."""

    zone: str
    days: tuple[OfficeDay | None, ...]

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise ValueError("a week has seven days")


USUAL = OfficeDay(9 * 60, 17 * 60, (12 * 60, 13 * 60))


def usual_week(zone: str) -> OfficeWeek:
    """Monday to Friday from 9 to 5, lunch from 12 to 1: who says nothing else works so."""
    return OfficeWeek(zone, (USUAL,) * 5 + (None,) * 2)


class Standing(StrEnum):
    """How a call lies to the office hours of one alliance."""

    OFFICE = "office"
    LUNCH = "lunch"
    EARLY = "early"
    LATE = "late"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Fit:
    """A call against one alliance's hours.

    ``lunch`` counts the minutes of lunch it takes, ``away`` how many minutes its worse end lies
    outside the hours: 60 for a call from 8 to 9 before an office that opens at 9.
    """

    standing: Standing
    lunch: int = 0
    away: int = 0


class Cover:
    """Spans, and how many of their minutes lie in a given one. Built once, asked often."""

    __slots__ = ("before", "ends", "starts")

    def __init__(self, spans: Iterable[Span]) -> None:
        joined = union(spans)
        self.starts = [start for start, _ in joined]
        self.ends = [end for _, end in joined]
        lengths = (end - start for start, end in joined)
        self.before = list(itertools.accumulate(lengths, initial=0))

    @property
    def spans(self) -> list[Span]:
        return list(zip(self.starts, self.ends, strict=True))

    def within(self, start: int, end: int) -> int:
        """How many minutes from ``start`` up to ``end`` are covered."""
        return self._until(end) - self._until(start)

    def _until(self, minute: int) -> int:
        index = bisect_right(self.starts, minute)
        if not index:
            return 0
        return self.before[index - 1] + min(minute, self.ends[index - 1]) - self.starts[index - 1]


def union(spans: Iterable[Span]) -> list[Span]:
    """The same minutes in order, as spans that neither overlap nor touch; empty ones are left out.

    >>> union([(5, 7), (0, 5), (9, 9)])
    [(0, 7)]
    """
    joined: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


class Office:
    """One alliance's hours over some days: when it is open, and when at lunch."""

    __slots__ = ("lunch", "open", "week")

    def __init__(self, week: OfficeWeek, first: date, last: date) -> None:
        """``first`` to ``last`` are local days; a day more on either side is taken along."""
        day_more = timedelta(days=1)
        days = days_between(first - day_more, last + day_more)
        self.week = week
        self.open = Cover(_spans(week, days, lunch=False))
        self.lunch = Cover(_spans(week, days, lunch=True))

    def fit(self, start: int, end: int) -> Fit:
        """How a call from ``start`` up to ``end`` lies to the hours."""
        lunch = self.lunch.within(start, end)
        if self.open.within(start, end) == end - start:
            return Fit(Standing.LUNCH if lunch else Standing.OFFICE, lunch)
        here = local(start, self.week.zone)
        day = self.week.days[here.weekday()]
        if day is None:
            return Fit(Standing.CLOSED, lunch)
        opens = wall_minute(here.date(), day.opens, self.week.zone)
        closes = wall_minute(here.date(), day.closes, self.week.zone)
        early, late = max(opens - start, 0), max(end - closes, 0)
        if early >= late:
            return Fit(Standing.EARLY, lunch, early)
        return Fit(Standing.LATE, lunch, late)


def _spans(week: OfficeWeek, days: Sequence[date], *, lunch: bool) -> list[Span]:
    spans = []
    for day in days:
        office = week.days[day.weekday()]
        edges = None if office is None else office.lunch if lunch else (office.opens, office.closes)
        if edges is not None:
            first, last = edges
            spans.append((wall_minute(day, first, week.zone), wall_minute(day, last, week.zone)))
    return spans
