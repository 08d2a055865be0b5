"""A month as a sheet of whole weeks, Sunday first, as calendars are printed in the States."""

import re
from datetime import date, timedelta

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def first_of(text: str) -> date | None:
    """The first day of “2026-12”; None for anything else."""
    match = _MONTH.fullmatch(text)
    if match is None or not match[0].isascii() or not int(match[1]):
        return None
    return date(int(match[1]), int(match[2]), 1)


def sheet(first: date) -> list[date]:
    """Every day of the whole weeks that hold the month beginning at ``first``."""
    start = first - timedelta(days=(first.weekday() + 1) % 7)
    count = -(-(following(first) - start).days // 7) * 7
    return [start + timedelta(days=number) for number in range(count)]


def following(first: date) -> date:
    """The first day of the next month."""
    return (first + timedelta(days=32)).replace(day=1)


def before(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def apart(one: date, other: date) -> int:
    """How many months lie between two days, by the calendar."""
    return abs((one.year - other.year) * 12 + one.month - other.month)
