"""The dates of a repeating event that somebody else wrote down (RFC 5545 §3.3.10, §3.8.5).

dateutil does the counting, bounded on all sides: asked for February 30 it would look until the year
9999, and a rule of seconds has more dates than there is room for.
"""

import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, tzinfo
from itertools import takewhile
from types import FrameType

from dateutil.rrule import rrulestr
from icalendar import vRecur

from events.domain.incoming.entries import MOST_DATES

SERIES_SECONDS = 1.0
MOST_STEPS = 100_000
"""Dates looked at in one series, most of them before the time that is wanted."""


class NoDates(Exception):
    """A rule whose dates are not worked out. ``one`` and ``many`` say why, as for ``Notes``."""

    def __init__(self, one: str, many: str) -> None:
        super().__init__(one)
        self.one, self.many = one, many


TOO_MANY = NoDates(
    "One event repeats every minute or second, or every hour without end; it was left out.",
    "{n} events repeat every minute or second, or every hour without end; they were left out.",
)
TOO_OFTEN = NoDates(
    f"One event has more than {MOST_DATES} dates in a year; it was left out.",
    f"{{n}} events have more than {MOST_DATES} dates in a year; they were left out.",
)
UNREADABLE = NoDates(
    "One event repeats by a rule we cannot read; only its first date was taken.",
    "{n} events repeat by a rule we cannot read; only their first dates were taken.",
)
TOO_LONG = NoDates(
    "One event repeats by a rule that took too long to work out; it was left out.",
    "{n} events repeat by rules that took too long to work out; they were left out.",
)


class Patience:
    """How long all series of a file may take together, in seconds."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @contextmanager
    def for_one(self) -> Iterator[Callable[[], None]]:
        """At most ``SERIES_SECONDS`` for one series; the callable raises TOO_LONG once over.

        In a process's main thread an alarm also ends a search that gives no date to count.
        """
        until = min(self._until, time.monotonic() + SERIES_SECONDS)

        def check() -> None:
            if time.monotonic() >= until:
                raise TOO_LONG

        check()
        if threading.current_thread() is not threading.main_thread():
            yield check
            return

        def ring(number: int, frame: FrameType | None) -> None:
            raise TOO_LONG

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, max(until - time.monotonic(), 0.001))
        try:
            yield check
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def starts(
    rule: vRecur,
    first: datetime,
    zone: tzinfo,
    *,
    window: tuple[datetime, datetime],
    patience: Patience,
) -> list[datetime]:
    """The wall times at which a series starts, on its own clock, between the wall times ``window``.

    ``first`` is DTSTART without its zone, which counts as a date of the series whether or not the
    rule gives it. Raises one of the ``NoDates``.
    """
    rule = vRecur({key.upper(): value for key, value in rule.items()})
    _ensure_bearable(rule)
    until = min(_until(rule.pop("UNTIL", [None])[0], zone), window[1])
    try:
        with warnings.catch_warnings(), patience.for_one() as check:
            warnings.simplefilter("ignore")
            given = iter(rrulestr(_text(rule), dtstart=first, ignoretz=True))
            found = _bounded(takewhile(lambda at: at <= until, given), window[0], check)
    except (ValueError, TypeError, OverflowError, ArithmeticError, LookupError):
        raise UNREADABLE from None
    if first not in found and window[0] <= first <= window[1]:
        found.insert(0, first)
    return found


def _bounded(
    given: Iterator[datetime], begin: datetime, check: Callable[[], None]
) -> list[datetime]:
    found: list[datetime] = []
    for step, at in enumerate(given):
        if step % 64 == 0:
            check()
        if step >= MOST_STEPS:
            raise TOO_LONG
        if at >= begin:
            found.append(at)
        if len(found) > MOST_DATES:
            raise TOO_OFTEN
    return found


def _ensure_bearable(rule: vRecur) -> None:
    """Refuses what repeats within the hour, and hours without an end; raises NoDates."""
    often = str(rule.get("FREQ", [""])[0])
    is_endless = not rule.get("COUNT") and not rule.get("UNTIL")
    if often in {"SECONDLY", "MINUTELY"} or (often == "HOURLY" and is_endless):
        raise TOO_MANY
    if any(number < 1 for key in ("INTERVAL", "COUNT") for number in rule.get(key, [])):
        raise UNREADABLE


def _text(rule: vRecur) -> str:
    text = rule.to_ical().decode()
    if not re.fullmatch(r"[A-Z0-9=;,+-]{5,500}", text):
        raise UNREADABLE
    return text


def _until(given: date | None, zone: tzinfo) -> datetime:
    """The last wall time of a rule. A bare date means that whole day."""
    if given is None:
        return datetime.max
    if not isinstance(given, datetime):
        return datetime.combine(given, datetime.max.time())
    if given.tzinfo is None:
        return given
    return given.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
