"""The times of a session: from what clocks on the wall show to the instants they stand for.

Pure: no database, no Django.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from events.domain.minutes import Span
from kit import text, walltime
from kit.errors import Invalid
from kit.faults import Faults

MOST_BREAKS = 30
LONGEST_GAP = 24 * 60
MINUTE = timedelta(minutes=1)
# What one date of a series can have for itself, apart from its time.
OWN = ("length", "title", "place", "speakers")
_WALL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:00)?", re.ASCII)


class EndsBeforeStart(Invalid):
    """A session or a break ends before, or just as, it starts."""

    code = "ends-before-start"


@dataclass(frozen=True)
class SessionPlan:
    """One session in wall time, “2027-01-13T11:00”, in the event's zone.

    Where clocks show a time twice, ``…_fold`` says which is meant: 0 the first, 1 the second.
    ``speakers`` are slugs, in order. One that ``follows`` starts ``gap_minutes`` after the one
    before it, whatever its own start says. ``recurrence_local`` is the start that the rule of a
    series gave, ``own`` what this date has for itself (words of ``OWN``). ``uid`` says which
    session it is, if it is there already; two plans that differ in nothing else are equal.
    """

    starts_local: str
    ends_local: str
    title: str = ""
    breaks: tuple[tuple[str, str], ...] = ()
    starts_fold: int | None = None
    ends_fold: int | None = None
    recurrence_local: str = ""
    is_cancelled: bool = False
    room: str = ""
    join_url: str = ""
    speakers: tuple[str, ...] = ()
    follows: bool = False
    gap_minutes: int = 0
    own: tuple[str, ...] = ()
    uid: str = field(default="", compare=False)


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


class _Placed(Protocol):
    """What can be put in order: a timed session, or a row of one."""

    @property
    def starts_at(self) -> datetime: ...


P = TypeVar("P", bound=_Placed)


def timed(session: SessionPlan, zone: str) -> Timed:
    """The session with its instants, its text clean and its wall times in one spelling.

    Every fault of it is found before it is refused. Raises Invalid (codes as in ``plans.checked``),
    with places such as ``["starts_local"]`` and ``["breaks", 0]``.
    """
    faults = Faults()
    edges: dict[str, tuple[datetime, datetime]] = {}
    for edge in ("starts", "ends"):
        with faults.noted(f"{edge}_local"):
            local = wall(getattr(session, f"{edge}_local"))
            fold = getattr(session, f"{edge}_fold")
            edges[edge] = local, walltime.to_utc(local, zone, fold=fold)
    clean = _clean_text(session, faults)
    faults.settle()
    (starts_local, starts_at), (ends_local, ends_at) = edges["starts"], edges["ends"]
    _ensure_order(starts_at, ends_at, what="The end")
    breaks = _timed_breaks(session.breaks, zone, Span(starts_at, ends_at))
    plan = replace(
        session,
        **clean,
        starts_local=spelt(starts_local),
        ends_local=spelt(ends_local),
        breaks=tuple((pause.starts_local, pause.ends_local) for pause in breaks),
        starts_fold=_fold(starts_at, zone, session.starts_fold),
        ends_fold=_fold(ends_at, zone, session.ends_fold),
        speakers=tuple(dict.fromkeys(session.speakers)),
        own=tuple(word for word in OWN if word in session.own),
    )
    return Timed(plan, starts_at, ends_at, breaks)


def flowing(session: SessionPlan, before: Timed | None, zone: str) -> SessionPlan:
    """The session as it is to start: where it follows, ``gap_minutes`` after the end of ``before``.

    It stays as long as it was, in minutes that pass, and its breaks move with it. Without one
    before it, it follows nothing and stands where its own start says. A start or end that cannot be
    read is left for ``timed`` to refuse.
    """
    if not session.follows or session.is_cancelled:
        return session
    if before is None:
        return replace(session, follows=False, gap_minutes=0)
    try:
        starts_at = _nearest(session.starts_local, zone, session.starts_fold)
        ends_at = _nearest(session.ends_local, zone, session.ends_fold)
        pauses = [[_nearest(edge, zone, None) for edge in pause] for pause in session.breaks]
    except Invalid:
        return session
    moved_by = before.ends_at + session.gap_minutes * MINUTE - starts_at
    if not moved_by:
        return session
    breaks = tuple((local(a + moved_by, zone), local(b + moved_by, zone)) for a, b in pauses)
    return replace(between(session, starts_at + moved_by, ends_at + moved_by, zone), breaks=breaks)


def between(session: SessionPlan, starts_at: datetime, ends_at: datetime, zone: str) -> SessionPlan:
    """The session from one instant to the other, as clocks in ``zone`` show them."""
    return replace(
        session,
        starts_local=local(starts_at, zone),
        ends_local=local(ends_at, zone),
        starts_fold=fold_of(starts_at, zone),
        ends_fold=fold_of(ends_at, zone),
    )


def in_order(sessions: Sequence[P], follows: Sequence[bool]) -> list[P]:
    """The sessions by start, but those that follow another one right behind it."""
    chains: list[list[P]] = []
    for session, is_behind in zip(sessions, follows, strict=True):
        if is_behind and chains:
            chains[-1].append(session)
        else:
            chains.append([session])
    chains.sort(key=lambda chain: chain[0].starts_at)
    return [session for chain in chains for session in chain]


def lasting(session: SessionPlan, minutes: int, zone: str) -> SessionPlan:
    """The session so many minutes long, as time passes; by the clock where its start is none."""
    try:
        starts_at = walltime.to_utc(wall(session.starts_local), zone, fold=session.starts_fold or 0)
    except Invalid:
        try:
            ends = wall(session.starts_local) + minutes * MINUTE
        except (Invalid, OverflowError):
            return replace(session, ends_local=session.starts_local)
        return replace(session, ends_local=spelt(ends))
    ends_at = starts_at + minutes * MINUTE
    return replace(session, ends_local=local(ends_at, zone), ends_fold=fold_of(ends_at, zone))


def minutes_of(session: SessionPlan, zone: str) -> int:
    """How long it is from start to end, in minutes that pass. Raises Invalid."""
    starts_at = walltime.to_utc(wall(session.starts_local), zone, fold=session.starts_fold or 0)
    ends_at = walltime.to_utc(wall(session.ends_local), zone, fold=session.ends_fold or 0)
    return (ends_at - starts_at) // MINUTE


def local(at: datetime, zone: str) -> str:
    """What clocks in ``zone`` show at an instant: “2027-01-13T11:00”."""
    return spelt(at.astimezone(ZoneInfo(zone)))


def fold_of(at: datetime, zone: str) -> int:
    """Which of two equal clock times the instant is: 0 the only or first one, 1 the second."""
    return at.astimezone(ZoneInfo(zone)).fold


def wall(typed: str) -> datetime:
    """The wall time in “2027-01-13T11:00”; seconds may be there if they are nought.

    Raises Invalid.
    """
    if _WALL.fullmatch(typed):
        try:
            return datetime.fromisoformat(typed)
        except ValueError:  # the 30th of February
            pass
    raise Invalid(f"“{typed[:40]}” is not a date and time. Write it like 2027-01-13T11:00.")


def spelt(local: datetime) -> str:
    """A wall time as it is kept: “2027-01-13T11:00”."""
    return f"{local:%Y-%m-%dT%H:%M}"


def _clean_text(session: SessionPlan, faults: Faults) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for name, (what, at_most) in _LINES.items():
        with faults.noted():
            typed = getattr(session, name)
            clean[name] = text.one_line(typed, loc=name, what=what, at_most=at_most)
    if not 0 <= session.gap_minutes <= LONGEST_GAP:
        faults.add("gap_minutes", msg="A session starts 0 minutes to 24 hours after the last one.")
    with faults.noted("recurrence_local"):
        origin = session.recurrence_local
        clean["recurrence_local"] = spelt(wall(origin)) if origin else ""
    return clean


_LINES = {
    "title": ("The session's title", 200),
    "room": ("The room", 200),
    "join_url": ("The address of the call", 500),
}


def _nearest(typed: str, zone: str, fold: int | None) -> datetime:
    """The instant of a wall time; of one that clocks skip, the instant as far past the jump."""
    shown = wall(typed)
    try:
        return walltime.to_utc(shown, zone, fold=fold or 0)
    except walltime.NoSuchTime:
        return shown.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def _fold(at: datetime, zone: str, asked: int | None) -> int:
    """0 unless clocks show the time twice: a fold that means nothing is not kept."""
    return (asked or 0) if walltime.happens_twice(at, zone) else 0


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
            first, last = wall(start), wall(end)
            starts_at, ends_at = _within(first, zone, session), _within(last, zone, session)
            _ensure_order(starts_at, ends_at, what="The end of a break")
            found.append(TimedBreak(spelt(first), spelt(last), starts_at, ends_at))
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
