"""Dates and times as reports write them, read without deciding more than the text says.

A stamp such as 09/06/27 is 9 June or September 6: the text alone does not say. So a stamp keeps
what was written, and ``wall`` reads it once the order is known. Zones come last: ``instants``.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Order = Literal["year", "month", "day", "unknown"]
YEARS = range(2000, 2100)  # a stamp outside is a misread number
LONGEST = timedelta(days=7)

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
BLANKS = frozenset({"", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "n/a", "none"})

NUMBERS = r"(?P<a>\d{1,4})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{4}|\d{1,2})"
MONTH_NAMED = r"(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})"
DAY_NAMED = r"(?P<day2>\d{1,2})\.? (?P<month2>[A-Za-z]{3,9})\.?,? (?P<year2>\d{4})"
CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?)?"
    r"(?: ?(?P<half>[AaPp])\.? ?[Mm]\.?)?"
)
OFFSET = r"(?: ?(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
DATED = re.compile(rf"(?:{NUMBERS}|{MONTH_NAMED}|{DAY_NAMED})(?:,? |T){CLOCK}{OFFSET}", re.ASCII)
DATE_ONLY = re.compile(rf"(?:{NUMBERS}|{MONTH_NAMED}|{DAY_NAMED})", re.ASCII)
UNDATED = re.compile(CLOCK, re.ASCII)

AMOUNT = re.compile(r"(\d{1,6}) ?(hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b\.?", re.ASCII)
NUMBER = re.compile(r"\d{1,6}", re.ASCII)
CLOCKED = re.compile(r"(\d{1,3}):(\d{2}):(\d{2})", re.ASCII)
UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A point in time as it was written.

    ``numbers`` is (year, month, day) where ``order`` is "year"; else the two numbers as written
    with the year in front; None for a time of day alone. ``offset`` is set where the text has one.
    """

    text: str
    clock: time
    numbers: tuple[int, int, int] | None
    order: Order
    has_half: bool
    offset: timedelta | None = None

    def wall(self, *, day_first: bool, on: date | None = None) -> datetime | None:
        """The wall clock time, naive; ``on`` is the day of a stamp that has none.

        None where no such day exists in that order, or where there is no day at all.
        """
        day = on if self.numbers is None else self._day(day_first)
        return None if day is None else datetime.combine(day, self.clock)

    def _day(self, day_first: bool) -> date | None:
        assert self.numbers is not None
        year, first, second = self.numbers
        if self.order == "day" or (self.order == "unknown" and day_first):
            first, second = second, first
        try:
            return date(year, first, second)
        except ValueError:
            return None


def is_blank(text: str) -> bool:
    """Whether a cell says that there is no time: empty, dashes, n/a."""
    return text.strip().casefold() in BLANKS


@lru_cache(maxsize=8192)
def parse(text: str) -> Stamp | None:
    """The stamp in ``text``, with or without a date; None where it is none.

    Read: 01/13/2027 10:38:30 AM, 2/17/27, 1:48:09 PM (also with U+202F before PM), 09/06/27,
    09:48:31, 2027-04-07 14:00:00, 2027-04-07T14:00:00Z, Dec 09, 2026 11:34 AM, 9 Dec 2026 11:34,
    and times of day: 8:56, 8.42, 2:42 pm, 9 am.
    """
    plain = " ".join(text.split())
    if len(plain) > 60:
        return None
    dated = DATED.fullmatch(plain)
    found = dated or UNDATED.fullmatch(plain)
    if found is None:
        return None
    clock = _clock(found)
    if clock is None:
        return None
    half = found["half"] is not None
    if dated is None:
        return Stamp(plain, clock, None, "unknown", half)
    day = _numbers(dated)
    if day is None:
        return None
    numbers, order = day
    return Stamp(plain, clock, numbers, order, half, _offset(dated["offset"]))


def parse_date(text: str) -> Stamp | None:
    """A date without a time, as a stamp at midnight; None where ``text`` is none."""
    plain = " ".join(text.split())
    found = DATE_ONLY.fullmatch(plain) if len(plain) <= 40 else None
    day = _numbers(found) if found else None
    return Stamp(plain, time(), day[0], day[1], has_half=False) if day else None


def _clock(found: re.Match[str]) -> time | None:
    if found["minute"] is None and found["half"] is None:
        return None  # a bare number is no time
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        if hour > 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        return None


def _numbers(found: re.Match[str]) -> tuple[tuple[int, int, int], Order] | None:
    if found["a"] is None:
        return _named(found)
    a, b, c, mark = int(found["a"]), int(found["b"]), int(found["c"]), found["mark"]
    if len(found["a"]) == 4:
        return ((a, b, c), "year") if a in YEARS else None
    year = 2000 + c if len(found["c"]) <= 2 else c
    if year not in YEARS or len(found["a"]) > 2:
        return None
    return (year, a, b), "day" if mark == "." else "unknown"


def _named(found: re.Match[str]) -> tuple[tuple[int, int, int], Order] | None:
    name = (found["month"] or found["month2"])[:3].lower()
    day, year = int(found["day"] or found["day2"]), int(found["year"] or found["year2"])
    if name not in MONTHS or year not in YEARS:
        return None
    return (year, MONTHS.index(name) + 1, day), "year"


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if text in {"Z", "UTC", "GMT"}:
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        return None
    size = timedelta(hours=hours, minutes=minutes)
    return -size if text[0] == "-" else size


def instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """When the clocks of ``zone`` showed ``wall``, in UTC, in order.

    One instant as a rule; two in the hour that comes twice when summer time ends; none in the
    hour that is left out when it begins.
    """
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if early == late:
        return [early]
    return [
        instant
        for instant in sorted((early, late))
        if instant.astimezone(zone).replace(tzinfo=None) == wall
    ]


def duration_seconds(text: str) -> int | None:
    """How long a cell says it was, in seconds: ``59`` (minutes), ``1h 2m 3s``, ``1 hr 7 min``,
    ``204 mins``, ``52 sec``, ``1:02:03``. None where it says nothing, or more than seven days.
    """
    plain = " ".join(text.split()).casefold()
    if NUMBER.fullmatch(plain):
        total = int(plain) * 60
    elif clocked := CLOCKED.fullmatch(plain):
        total = int(clocked[1]) * 3600 + int(clocked[2]) * 60 + int(clocked[3])
    elif len(plain) <= 60 and AMOUNT.search(plain) and not AMOUNT.sub("", plain).strip(" ,"):
        total = sum(int(size) * UNIT_SECONDS[unit[0]] for size, unit in AMOUNT.findall(plain))
    else:
        return None
    return total if timedelta(seconds=total) <= LONGEST else None
