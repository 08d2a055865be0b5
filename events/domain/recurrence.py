"""Repeating events: the dates a rule gives, as wall time (RFC 5545 §3.3.10, §3.8.5).

Wall time is what people agreed on, so everything here is without a zone: "first Thursday at 1 p.m."
stays at 1 p.m. when clocks change. The caller turns each date into an instant, and is told then
where one does not exist.

The dates are found by looking at each day of ten years, some milliseconds at worst. dateutil counts
faster, but asked for a day that never comes (February 30) it looks until the year 9999.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice

from kit.errors import Invalid
from kit.walltime import clock, month_day

MOST = 200
YEARS = 10

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_PARTS = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
_ENDS = {"COUNT", "UNTIL"}


class BadRecurrence(Invalid):
    """A rule, or an exception to it, that gives no sensible list of dates."""

    code = "bad-recurrence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What is different about one date of a rule; None means as the rule has it.

    With a new start and no end the length stays.
    """

    recurrence_id_local: datetime
    starts_local: datetime | None = None
    ends_local: datetime | None = None
    title: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One date of a repeating event in wall time.

    ``recurrence_id_local`` is the start the rule gives and names the date for good, even where it
    is moved (RFC 5545 §3.8.4.4).
    """

    recurrence_id_local: datetime
    starts_local: datetime
    ends_local: datetime
    title: str | None = None
    status: str = "CONFIRMED"


def occurrences(
    rule: str,
    first_start: datetime,
    first_end: datetime,
    *,
    exdates: Iterable[datetime] = (),
    overrides: Iterable[Override] = (),
) -> list[Occurrence]:
    """The dates of a repeating event in the order they happen.

    Args:
        rule: an RRULE without its name, such as ``FREQ=MONTHLY;BYDAY=1TH;COUNT=12``. COUNT counts
            the dates taken out as well; UNTIL is a local date (that day included) or local time.
        first_start: wall time of the first date, which must be one the rule gives.
        first_end: wall time at which the first one ends; the others take as long by the clock.
        exdates: starts taken out of what the rule gives.
        overrides: dates that are moved, longer, named otherwise or cancelled.

    Raises BadRecurrence, with a sentence for the organiser: a rule that cannot be read, never ends,
    repeats within a day, gives more than 200 dates or reaches further than 10 years, does not give
    its own first date, or an exception for a date it does not give.
    """
    if first_start.tzinfo or first_end.tzinfo:
        raise ValueError("recurrence is worked out in wall time, without a zone")
    if first_end <= first_start:
        raise BadRecurrence("The first date ends before it starts.")
    starts = starts_of(rule, first_start)
    left_out = _known(exdates, starts)
    special = {override.recurrence_id_local: override for override in overrides}
    _known(special, [start for start in starts if start not in left_out])

    length = first_end - first_start
    found = [
        _occurrence(start, length, special.get(start)) for start in starts if start not in left_out
    ]
    return sorted(found, key=lambda one: (one.starts_local, one.recurrence_id_local))


def starts_of(rule: str, first: datetime) -> list[datetime]:
    """The starts that ``rule`` gives, ``first`` among them. Raises BadRecurrence."""
    starts = _starts(parts_of(rule), first)
    if not starts or starts[0] != first:
        raise BadRecurrence(
            f"The first date, {_said(first)}, is not one that the rule “{rule}” gives. "
            "Change the date or the rule."
        )
    return starts


def first_from(rule: str, day: datetime) -> datetime | None:
    """The first start at or after ``day`` that ``rule`` gives, had it begun earlier; None: none.

    Raises BadRecurrence.
    """
    bound = day.replace(year=day.year + YEARS, day=1)
    found = next(_days(_rule(parts_of(rule), day), day, bound), None)
    return datetime.combine(found, day.time()) if found else None


def _occurrence(start: datetime, length: timedelta, override: Override | None) -> Occurrence:
    if override is None:
        return Occurrence(recurrence_id_local=start, starts_local=start, ends_local=start + length)
    starts = override.starts_local or start
    ends = override.ends_local or starts + length
    if ends <= starts:
        raise BadRecurrence(f"The date of {_said(start)} ends before it starts.")
    return Occurrence(
        recurrence_id_local=start,
        starts_local=starts,
        ends_local=ends,
        title=override.title,
        status=override.status or "CONFIRMED",
    )


def _known(dates: Iterable[datetime], starts: list[datetime]) -> set[datetime]:
    """``dates`` as a set; refused where one is none of ``starts``, for that is a slip."""
    known, asked = set(starts), set(dates)
    if wrong := sorted(asked - known):
        raise BadRecurrence(f"{_said(wrong[0])} is not a date of this series: check the exception.")
    return asked


def _starts(parts: dict[str, str], first: datetime) -> list[datetime]:
    """The starts a rule gives, bounded in number and in years."""
    bound = first.replace(year=first.year + YEARS, day=1)
    until = _until(parts["UNTIL"]) if "UNTIL" in parts else bound
    if until > bound:
        raise BadRecurrence(f"A series can last {YEARS} years. Choose an earlier last date.")
    count = _whole(parts, "COUNT") if "COUNT" in parts else MOST + 1
    days = (datetime.combine(day, first.time()) for day in _days(_rule(parts, first), first, bound))
    starts = list(islice((start for start in days if start <= until), count))
    if "COUNT" in parts and len(starts) < count:
        raise BadRecurrence(
            f"The rule does not reach {count} within {YEARS} years. Choose fewer dates."
        )
    if len(starts) > MOST:
        raise BadRecurrence(f"A series can have {MOST} dates at most. Choose an earlier last date.")
    return starts


# -- the days of a rule


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What a day must be. An empty set asks for nothing; a weekday with 0 means each of them."""

    frequency: str
    interval: int
    months: set[int]
    month_days: set[int]
    weekdays: set[tuple[int, int]]
    positions: set[int]
    week_start: int

    def period(self, day: date) -> int:
        """The number of the day, week, month or year that ``day`` is in."""
        if self.frequency == "DAILY":
            return day.toordinal()
        if self.frequency == "WEEKLY":
            return (day.toordinal() - 1 - self.week_start) // 7
        return day.year * 12 + day.month if self.frequency == "MONTHLY" else day.year

    def takes(self, day: date) -> bool:
        length = monthrange(day.year, day.month)[1]
        return (
            (not self.months or day.month in self.months)
            and (not self.month_days or not self.month_days.isdisjoint(_ranks(day.day, length, 1)))
            and (not self.weekdays or not self.weekdays.isdisjoint(self._weekday(day, length)))
        )

    def _weekday(self, day: date, length: int) -> set[tuple[int, int]]:
        """``day`` as every Thursday, the first Thursday and the fourth last one."""
        number = day.day
        if self.frequency == "YEARLY" and not self.months:
            number, length = day.timetuple().tm_yday, 366 if isleap(day.year) else 365
        return {(rank, day.weekday()) for rank in (0, *_ranks(number, length, 7))}


def _ranks(number: int, length: int, step: int) -> tuple[int, int]:
    """Which one it is, counted in steps from the start (1, 2 …) and from the end (-1, -2 …)."""
    return (number - 1) // step + 1, -((length - number) // step + 1)


def _days(rule: _Rule, first: date, last: date) -> Iterator[date]:
    """The days ``rule`` gives from ``first`` on, in whole periods until after ``last``."""
    begin = date(first.year, 1, 1) - timedelta(days=7)
    end = date(last.year + 1, 1, 1)
    days = (begin + timedelta(days=number) for number in range((end - begin).days))
    first_day = date(first.year, first.month, first.day)
    first_period = rule.period(first_day)
    for period, members in groupby(days, key=rule.period):
        if period < first_period or (period - first_period) % rule.interval:
            continue
        found = [day for day in members if rule.takes(day)]
        if rule.positions:
            ranked = enumerate(found, start=1)
            found = [d for n, d in ranked if rule.positions & {n, n - len(found) - 1}]
        yield from (day for day in found if day >= first_day)


def _rule(parts: dict[str, str], first: date) -> _Rule:
    frequency = parts["FREQ"]
    months = _numbers(parts, "BYMONTH", most=12)
    month_days = _numbers(parts, "BYMONTHDAY", most=31)
    weekdays = (
        {_weekday(text, parts) for text in parts["BYDAY"].split(",")} if "BYDAY" in parts else set()
    )
    if not weekdays and not month_days:  # what the rule leaves open is as on the first date
        if frequency == "YEARLY":
            months = months or {first.month}
        if frequency in {"MONTHLY", "YEARLY"}:
            month_days = {first.day}
        if frequency == "WEEKLY":
            weekdays = {(0, first.weekday())}
    week_start = parts.get("WKST", "MO")
    if week_start not in _WEEKDAYS or min(months, default=1) < 1:
        raise _unreadable(text_of(parts))
    return _Rule(
        frequency=frequency,
        interval=_whole(parts, "INTERVAL"),
        months=months,
        month_days=month_days,
        weekdays=weekdays,
        positions=_numbers(parts, "BYSETPOS", most=366),
        week_start=_WEEKDAYS.index(week_start),
    )


def _weekday(text: str, parts: dict[str, str]) -> tuple[int, int]:
    """``1TH`` as (1, 3), ``TH`` as (0, 3)."""
    found = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text)
    if found is None or (found[1] and not 1 <= abs(int(found[1])) <= 53):
        raise _unreadable(text_of(parts))
    return int(found[1] or 0), _WEEKDAYS.index(found[2])


def _numbers(parts: dict[str, str], name: str, *, most: int) -> set[int]:
    if name not in parts:
        return set()
    numbers = parts[name].split(",")
    if not all(re.fullmatch(r"[+-]?\d{1,3}", n) and 1 <= abs(int(n)) <= most for n in numbers):
        raise _unreadable(text_of(parts))
    return {int(number) for number in numbers}


# -- reading a rule


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule by name, in capitals, all known and each there once.

    Raises BadRecurrence, also where the rule never ends or repeats within a day.
    """
    parts: dict[str, str] = {}
    for part in rule.upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in parts or not re.fullmatch(r"[A-Z0-9,+-]{1,60}", value):
            raise _unreadable(rule)
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadRecurrence("A series repeats by day, week, month or year.")
    if unknown := sorted(parts.keys() - _PARTS - _ENDS):
        raise BadRecurrence(f"{unknown[0]} cannot be used in the rule of a series.")
    if len(_ENDS & parts.keys()) != 1:
        raise BadRecurrence("Say how the series ends: after a number of dates or on a last date.")
    _ensure_fitting(parts)
    return parts


def _ensure_fitting(parts: dict[str, str]) -> None:
    """Refuse parts that mean nothing for the frequency (RFC 5545 §3.3.10, its table)."""
    frequency, byday = parts["FREQ"], parts.get("BYDAY", "")
    if frequency in {"DAILY", "WEEKLY"} and (re.search(r"\d", byday) or "BYSETPOS" in parts):
        raise BadRecurrence("“First” or “last” needs a series that repeats by month or year.")
    if frequency == "WEEKLY" and "BYMONTHDAY" in parts:
        raise BadRecurrence("Days of the month need a series that repeats by day, month or year.")


def _whole(parts: dict[str, str], name: str) -> int:
    value = parts.get(name, "1")
    if not re.fullmatch(r"\d{1,9}", value) or not 1 <= int(value) <= MOST:
        raise BadRecurrence(f"{name} in the rule of a series is a number from 1 to {MOST}.")
    return int(value)


def _until(value: str) -> datetime:
    """The last moment of a series: the end of a local day, or a local time."""
    try:
        if re.fullmatch(r"\d{8}", value):
            return datetime.combine(datetime.strptime(value, "%Y%m%d"), time.max)
        return datetime.strptime(value, "%Y%m%dT%H%M%S")
    except ValueError:
        raise BadRecurrence(
            "Write the last date of a series as local time, such as UNTIL=20271231."
        ) from None


def text_of(parts: dict[str, str]) -> str:
    """The rule of these parts."""
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _said(local: datetime) -> str:
    return f"{month_day(local)}, {clock(local)}"


def _unreadable(rule: str) -> BadRecurrence:
    return BadRecurrence(f"“{rule[:80]}” is not a rule for a series, such as FREQ=WEEKLY;COUNT=6.")
