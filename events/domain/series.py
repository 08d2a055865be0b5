"""The rule of a series over time: one RRULE, or several where it was changed from a date on.

Kept as text: each rule behind the wall time it starts from (``DTSTART=20261105T130000;FREQ=…``),
one after the other with a blank between them. A rule without one starts from the first date.

Pure, and in wall time without a zone, as ``recurrence`` is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from events.domain import recurrence
from events.domain.recurrence import BadRecurrence
from kit import text
from kit.walltime import clock, long_date, month_day

FROM = "DTSTART="
STAMP = "%Y%m%dT%H%M%S"
WEEKDAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
RANKS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}


@dataclass(frozen=True)
class Stretch:
    """One rule and the start it begins with."""

    rule: str
    first: datetime

    def starts(self) -> list[datetime]:
        """The starts it gives. Raises BadRecurrence."""
        return recurrence.starts_of(self.rule, self.first)


def read(kept: str, *, first: datetime | None) -> list[Stretch]:
    """The stretches of a series from its text; ``first`` is where a rule without start begins.

    Raises BadRecurrence for what was never written here.
    """
    found = []
    for words in kept.split():
        rule, begins = words, first
        if words.startswith(FROM):
            stamp, _, rule = words.removeprefix(FROM).partition(";")
            try:
                begins = datetime.strptime(stamp, STAMP)
            except ValueError:
                raise BadRecurrence(f"“{words[:60]}” does not say when it starts.") from None
        if begins is None:
            raise BadRecurrence("A series needs a first date.")
        found.append(Stretch(rule, begins))
    return found


def written(stretches: Sequence[Stretch]) -> str:
    """The text that ``read`` takes."""
    return " ".join(f"{FROM}{one.first:{STAMP}};{one.rule}" for one in stretches)


def starts(stretches: Sequence[Stretch]) -> list[datetime]:
    """All starts, in order. Raises BadRecurrence."""
    return sorted({start for one in stretches for start in one.starts()})


def cut(stretches: Sequence[Stretch], at: datetime) -> tuple[list[Stretch], list[Stretch]]:
    """The stretches before ``at`` and those from it on; together they give the same starts."""
    before, after = list[Stretch](), list[Stretch]()
    for one in stretches:
        given = one.starts()
        early = sum(start < at for start in given)
        if early:
            before.append(_counted(one, early))
        if early < len(given):
            after.append(_counted(Stretch(one.rule, given[early]), len(given) - early))
    return before, after


def at_clock(stretches: Sequence[Stretch], hour: time) -> list[Stretch]:
    """The same days at another time of day."""
    return [
        _counted(replace(one, first=datetime.combine(one.first, hour)), len(one.starts()))
        for one in stretches
    ]


def joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches that one rule can say are said by one; the starts stay the same."""
    found: list[Stretch] = []
    for one in stretches:
        whole = _join(found[-1], one) if found else None
        if whole is None:
            found.append(one)
        else:
            found[-1] = whole
    return found


def said(stretch: Stretch) -> str:
    """“Every month on the first Thursday, 12 times from November 5, 2026, at 1 p.m.”"""
    parts = recurrence.parts_of(stretch.rule)
    number, unit = int(parts.get("INTERVAL", 1)), UNITS[parts["FREQ"]]
    every = f"Every {unit}" if number == 1 else f"Every {number} {unit}s"
    if "COUNT" in parts:
        count = int(parts["COUNT"])
        ends = f"{count} time{'' if count == 1 else 's'} from {month_day(stretch.first)}"
    else:
        last = datetime.strptime(parts["UNTIL"][:8], "%Y%m%d")
        ends = f"{month_day(stretch.first)} to {month_day(last)}"
    return f"{every}{_days_said(parts, stretch.first)}, {ends}, at {clock(stretch.first)}"


def day_said(local: datetime) -> str:
    """“Thursday, January 7, 2027, 1 p.m.”"""
    return f"{long_date(local)}, {clock(local)}"


def _days_said(parts: dict[str, str], first: datetime) -> str:
    odd = parts.keys() & {"BYMONTH", "BYSETPOS"} or (parts["FREQ"] == "YEARLY" and "BYDAY" in parts)
    if odd:
        return f" by the rule {recurrence.text_of(parts)}"
    if "BYDAY" in parts:
        days = text.listed(_weekday_said(day) for day in parts["BYDAY"].split(","))
        return f" on {days}"
    if "BYMONTHDAY" in parts or parts["FREQ"] == "MONTHLY":
        numbers = parts.get("BYMONTHDAY", str(first.day)).split(",")
        return f" on {'the last day' if numbers == ['-1'] else 'day ' + text.listed(numbers)}"
    if parts["FREQ"] == "WEEKLY":
        return f" on {list(WEEKDAYS.values())[first.weekday()]}"
    return f" on {month_day(first).partition(',')[0]}" if parts["FREQ"] == "YEARLY" else ""


def _weekday_said(day: str) -> str:
    """“1TH” is “the first Thursday”, “TH” “Thursday”."""
    rank = int(day[:-2] or 0)
    name = WEEKDAYS[day[-2:]]
    if not rank:
        return name
    return f"the {RANKS[rank]} {name}" if rank in RANKS else f"{name} number {rank}"


def _counted(one: Stretch, count: int) -> Stretch:
    """It ends after so many dates."""
    parts = recurrence.parts_of(one.rule)
    parts.pop("UNTIL", None)
    return replace(one, rule=recurrence.text_of({**parts, "COUNT": str(count)}))


def _join(one: Stretch, other: Stretch) -> Stretch | None:
    both = [*one.starts(), *other.starts()]
    if _endless(one) != _endless(other) or len(both) > recurrence.MOST:
        return None
    whole = _counted(one, len(both))
    try:
        return whole if whole.starts() == both else None
    except BadRecurrence:
        return None


def _endless(one: Stretch) -> dict[str, str]:
    parts = recurrence.parts_of(one.rule)
    return {name: value for name, value in parts.items() if name not in {"COUNT", "UNTIL"}}
