"""The times of a session: from what clocks on the wall show to the instants they stand for.

Pure: no database, no Django.
"""

import itertools
import re
from dataclasses import dataclass
from datetime import datetime

from events.domain.minutes import Span
from kit import text, walltime
from kit.errors import Invalid
from kit.faults import Faults

MOST_BREAKS = 30
_WALL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:00)?", re.ASCII)


class EndsBeforeStart(Invalid):
    """A session or a break ends before, or just as, it starts."""

    code = "ends-before-start"


@dataclass(frozen=True)
class SessionPlan:
    """One session in wall time, “2027-01-13T11:00”, in the event's zone.

    Where clocks show a time twice, ``…_fold`` says which is meant: 0 the first, 1 the second.
    """

    starts_local: str
    ends_local: str
    title: str = ""
    breaks: tuple[tuple[str, str], ...] = ()
    starts_fold: int | None = None
    ends_fold: int | None = None
    recurrence_local: str = ""
    is_cancelled: bool = False


@dataclass(frozen=True)
class TimedBreak:
    """A break with the instants its wall times stand for."""

    starts_local: str
    ends_local: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Timed:
    """A checked session with the instants its wall times stand for."""

    plan: SessionPlan
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[TimedBreak, ...]


def timed(session: SessionPlan, zone: str) -> Timed:
    """The session with its instants, its text clean and its wall times in one spelling.

    Every fault of it is found before it is refused. Raises Invalid (codes as in ``plans.checked``),
    with places such as ``["starts_local"]`` and ``["breaks", 0]``.
    """
    faults = Faults()
    edges: dict[str, tuple[datetime, datetime]] = {}
    for edge in ("starts", "ends"):
        with faults.noted(f"{edge}_local"):
            local = _wall(getattr(session, f"{edge}_local"))
            fold = getattr(session, f"{edge}_fold")
            edges[edge] = local, walltime.to_utc(local, zone, fold=fold)
    title, recurrence = "", ""
    with faults.noted():
        title = text.one_line(session.title, loc="title", what="The session's title", at_most=200)
    with faults.noted("recurrence_local"):
        recurrence = _spelt(_wall(session.recurrence_local)) if session.recurrence_local else ""
    faults.settle()
    (starts_local, starts_at), (ends_local, ends_at) = edges["starts"], edges["ends"]
    _ensure_order(starts_at, ends_at, what="The end")
    breaks = _timed_breaks(session.breaks, zone, Span(starts_at, ends_at))
    clean = SessionPlan(
        starts_local=_spelt(starts_local),
        ends_local=_spelt(ends_local),
        title=title,
        breaks=tuple((pause.starts_local, pause.ends_local) for pause in breaks),
        starts_fold=_fold(starts_at, zone, session.starts_fold),
        ends_fold=_fold(ends_at, zone, session.ends_fold),
        recurrence_local=recurrence,
        is_cancelled=session.is_cancelled,
    )
    return Timed(clean, starts_at, ends_at, breaks)


def _fold(at: datetime, zone: str, asked: int | None) -> int:
    """0 unless clocks show the time twice: a fold that means nothing is not kept."""
    return (asked or 0) if walltime.happens_twice(at, zone) else 0


def _wall(typed: str) -> datetime:
    """The wall time in “2027-01-13T11:00”; seconds may be there if they are nought."""
    if _WALL.fullmatch(typed):
        try:
            return datetime.fromisoformat(typed)
        except ValueError:  # the 30th of February
            pass
    raise Invalid(f"“{typed[:40]}” is not a date and time. Write it like 2027-01-13T11:00.")


def _spelt(local: datetime) -> str:
    return f"{local:%Y-%m-%dT%H:%M}"


def _ensure_order(starts_at: datetime, ends_at: datetime, *, what: str) -> None:
    if ends_at <= starts_at:
        sentence = f"{what} must be after the start."
        raise EndsBeforeStart(sentence, errors=[{"loc": ["ends_local"], "msg": sentence}])


def _timed_breaks(
    breaks: tuple[tuple[str, str], ...], zone: str, session: Span
) -> tuple[TimedBreak, ...]:
    """The breaks in order. Raises Invalid where one is outside the session or two overlap."""
    faults = Faults()
    if len(breaks) > MOST_BREAKS:
        faults.add("breaks", msg=f"A session has at most {MOST_BREAKS} breaks.")
        faults.settle()
    found: list[TimedBreak] = []
    for number, (start, end) in enumerate(breaks):
        with faults.noted("breaks", number):
            first, last = _wall(start), _wall(end)
            starts_at, ends_at = _within(first, zone, session), _within(last, zone, session)
            _ensure_order(starts_at, ends_at, what="The end of a break")
            found.append(TimedBreak(_spelt(first), _spelt(last), starts_at, ends_at))
    found.sort(key=lambda pause: pause.starts_at)
    if any(later.starts_at < earlier.ends_at for earlier, later in itertools.pairwise(found)):
        faults.add("breaks", msg="Two breaks overlap. Make one of them.")
    faults.settle()
    return tuple(found)


def _within(local: datetime, zone: str, session: Span) -> datetime:
    """The instant meant: where clocks show the time twice, the first one within the session."""
    for fold in (0, 1):
        at = walltime.to_utc(local, zone, fold=fold)
        if session.start <= at <= session.end:
            return at
    raise Invalid("A break must lie inside its session.")
