"""Changing the dates of a series: one, one and all that follow, or all of them.

A date that was changed by hand (moved, made longer, named otherwise, canceled) stays as it is when
several are changed together, unless the person asks for it to be changed along. Dates that are over
stay as they were. Pure: plans in, plans out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Literal

from events.domain import series, timing
from events.domain.timing import MINUTE, SessionPlan
from kit import walltime
from kit.errors import Invalid, Refused
from kit.faults import Faults

Scope = Literal["one", "following", "all"]
SCOPES = ("one", "following", "all")
LONGEST = 31 * 24 * 60
# The fields a date can have for itself, and the word for each.
FIELDS = {
    "minutes": "length",
    "title": "title",
    "room": "place",
    "join_url": "place",
    "speakers": "speakers",
}


class NoSuchDate(Refused):
    """The event has no date of that UID."""

    code = "not-found"
    status = 404


@dataclass(frozen=True)
class Series:
    """The dates of an event with the rule they came from; ``recurrence`` as ``series.read`` has it.

    The sessions are in their running order and have been checked.
    """

    sessions: tuple[SessionPlan, ...]
    recurrence: str
    zone: str

    @property
    def dates(self) -> list[SessionPlan]:
        """Those that came from the rule, in the order it gives them."""
        return sorted(
            (one for one in self.sessions if one.recurrence_local),
            key=lambda one: one.recurrence_local,
        )

    @property
    def stretches(self) -> list[series.Stretch]:
        """The rules. Raises BadRecurrence where what is kept cannot be read."""
        dates = self.dates
        first = timing.wall(dates[0].recurrence_local) if dates else None
        return series.read(self.recurrence, first=first)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be different; None leaves it.

    ``on`` is a day “2027-01-14”, ``starts`` a time of day “13:00”, ``minutes`` the length in
    minutes that pass. Where clocks show the new start twice, ``fold`` says which is meant.
    """

    on: str | None = None
    starts: str | None = None
    minutes: int | None = None
    title: str | None = None
    room: str | None = None
    join_url: str | None = None
    speakers: tuple[str, ...] | None = None
    is_cancelled: bool | None = None
    fold: int | None = None


def is_moved(session: SessionPlan) -> bool:
    """Whether a date of a series is not where its rule has it."""
    return session.recurrence_local not in {"", session.starts_local}


def is_own(session: SessionPlan) -> bool:
    """Whether it was changed by hand in any way."""
    return bool(session.own) or session.is_cancelled or is_moved(session)


def is_over(session: SessionPlan, zone: str, at: datetime) -> bool:
    """Whether it has ended at ``at``."""
    ends = timing.wall(session.ends_local)
    return walltime.to_utc(ends, zone, fold=session.ends_fold or 0) <= at


def found(sessions: Sequence[SessionPlan], uid: str) -> SessionPlan:
    """The session of this UID (without its domain). Raises NoSuchDate."""
    for session in sessions:
        if session.uid == uid:
            return session
    raise NoSuchDate("This event has no such date. It may have been taken out meanwhile.")


def changed(  # noqa: PLR0913  (which dates, and how)
    whole: Series,
    uid: str,
    change: Change,
    *,
    scope: Scope,
    overwrite: bool = False,
    at: datetime,
) -> Series:
    """The series with ``change`` made to the date ``uid``, to it and those that follow, or to all.

    With a new time for several, the rule is split where the first of them stands, so that it still
    gives every date. ``overwrite`` also changes what was changed by hand before; canceled dates
    stay canceled. Raises NoSuchDate, or Invalid with places in ``Change`` or the sessions.
    """
    asked = found(whole.sessions, uid)
    if scope not in SCOPES:
        raise Invalid.at("scope", msg="Change one date, this and following, or all.")
    if scope == "one":
        several: set[str] = set()
        stretches = whole.recurrence
    else:
        targets = _targets(whole, asked, scope, at=at)
        _ensure_for_several(asked, change, scope)
        several = {one.uid for one in targets}
        stretches = _rule_from(whole, targets[0], change.starts)
    faults = Faults()
    sessions = []
    for number, session in enumerate(whole.sessions):
        with faults.noted("sessions", number):
            if session.uid in several:
                is_asked = session.uid == uid
                session = _along(
                    session,
                    change,
                    zone=whole.zone,
                    is_asked=is_asked,
                    is_free=is_asked or overwrite,
                )
            elif scope == "one" and session.uid == uid:
                session = _alone(session, change, zone=whole.zone)
            sessions.append(session)
    faults.settle()
    return replace(whole, sessions=tuple(sessions), recurrence=stretches)


def marked(
    before: Sequence[SessionPlan], after: Sequence[SessionPlan], zone: str
) -> tuple[SessionPlan, ...]:
    """``after``, as a form of all sessions has it, saying what its dates now have for themselves.

    A date of a series that was changed there was changed by hand.
    """
    known = {session.uid: session for session in before}
    return tuple(
        _marked(known[one.uid], one, zone)
        if one.uid in known and known[one.uid].recurrence_local
        else one
        for one in after
    )


def placed(
    session: SessionPlan, starts_local: str, minutes: int | None, zone: str, *, fold: int | None
) -> SessionPlan:
    """The session at another start, as long as before or ``minutes`` long, its breaks with it.

    Raises NoSuchTime or TwiceTime at ``starts_local``, Invalid at ``minutes``.
    """
    if minutes is None:
        minutes = timing.minutes_of(session, zone)
    if not 0 < minutes <= LONGEST:
        raise Invalid.at("minutes", msg="A session is 1 minute to 31 days long.")
    faults = Faults()
    starts_at: datetime | None = None
    with faults.noted("starts_local"):
        starts_at = walltime.to_utc(timing.wall(starts_local), zone, fold=fold)
    faults.settle()
    assert starts_at is not None  # settle raises where it is
    was = walltime.to_utc(timing.wall(session.starts_local), zone, fold=session.starts_fold or 0)
    moved = timing.between(session, starts_at, starts_at + minutes * MINUTE, zone)
    return replace(moved, breaks=_breaks_moved(session, starts_at - was, zone))


def _breaks_moved(session: SessionPlan, by: timedelta, zone: str) -> tuple[tuple[str, str], ...]:
    def move(edge: str) -> str:
        return timing.local(walltime.to_utc(timing.wall(edge), zone, fold=0) + by, zone)

    return (
        tuple((move(start), move(end)) for start, end in session.breaks) if by else session.breaks
    )


def _targets(whole: Series, asked: SessionPlan, scope: Scope, *, at: datetime) -> list[SessionPlan]:
    """The dates to change together, the first first: of the series, and not over at ``at``."""
    if not whole.recurrence or not asked.recurrence_local:
        sentence = "Only the dates of a series can be changed together. Change this one alone."
        raise Invalid.at("scope", msg=sentence)
    if is_over(asked, whole.zone, at):
        raise Invalid.at(
            "scope", msg="This date is over. It can be changed alone, as a correction."
        )
    return [
        one
        for one in whole.dates
        if (scope == "all" or one.recurrence_local >= asked.recurrence_local)
        and not is_over(one, whole.zone, at)
    ]


def _ensure_for_several(asked: SessionPlan, change: Change, scope: Scope) -> None:
    if change.on and change.on != asked.starts_local[:10]:
        raise Invalid.at(
            "on",
            msg="Only one date at a time can go to another day. To change the days from here on, "
            "set a new rule for the series.",
        )
    if change.is_cancelled and scope == "all":
        raise Invalid.at("scope", msg="To call off all dates, cancel the whole event.")


def _rule_from(whole: Series, first: SessionPlan, starts: str | None) -> str:
    """The rules with another time of day from ``first`` on."""
    if starts is None or not whole.recurrence:
        return whole.recurrence
    before, after = series.cut(whole.stretches, timing.wall(first.recurrence_local))
    return series.written(series.joined([*before, *series.at_clock(after, _clock(starts))]))


def _clock(typed: str) -> time:
    try:
        return datetime.strptime(typed[:5], "%H:%M").time()
    except ValueError:
        sentence = f"“{typed[:20]}” is not a time of day. Write it like 13:00."
        raise Invalid.at("starts", msg=sentence) from None


def _alone(session: SessionPlan, change: Change, *, zone: str) -> SessionPlan:
    """One date changed by hand: it remembers what it has for itself."""
    starts_local = session.starts_local
    if change.on is not None or change.starts is not None:
        day = change.on or session.starts_local[:10]
        hour = _clock(change.starts) if change.starts else session.starts_local[11:]
        starts_local = f"{day}T{hour:%H:%M}" if isinstance(hour, time) else f"{day}T{hour}"
    new = _retimed(session, starts_local, change.minutes, zone, fold=change.fold)
    new = replace(
        new, **_values(change), follows=new.follows and starts_local == session.starts_local
    )
    if change.is_cancelled is not None:
        new = replace(new, is_cancelled=change.is_cancelled)
    return _marked(session, new, zone) if session.recurrence_local else new


def _along(
    session: SessionPlan, change: Change, *, zone: str, is_asked: bool, is_free: bool
) -> SessionPlan:
    """One date changed with others. ``is_free``: also in what it has for itself.

    The one the person looked at keeps the day it was seen on; another moved one that is not kept
    goes back to the day of the rule.
    """
    kept = set() if is_free else set(session.own)
    values = {name: one for name, one in _values(change).items() if FIELDS[name] not in kept}
    minutes = None if "length" in kept else change.minutes
    starts_local, origin = session.starts_local, session.recurrence_local
    if change.starts is not None:
        hour = f"{_clock(change.starts):%H:%M}"
        origin = f"{origin[:10]}T{hour}"
        if is_free or not is_moved(session):
            starts_local = f"{session.starts_local[:10] if is_asked else origin[:10]}T{hour}"
    new = _retimed(session, starts_local, minutes, zone, fold=change.fold)
    said = {FIELDS[name] for name in values} | ({"length"} if minutes is not None else set())
    if change.is_cancelled is not None:
        new = replace(new, is_cancelled=change.is_cancelled)
    own = tuple(word for word in session.own if word not in said)
    return replace(new, **values, recurrence_local=origin, own=own)


def _retimed(
    session: SessionPlan, starts_local: str, minutes: int | None, zone: str, *, fold: int | None
) -> SessionPlan:
    if starts_local == session.starts_local and fold is None:
        if minutes is None:
            return session
        fold = session.starts_fold
    return placed(session, starts_local, minutes, zone, fold=fold)


def _values(change: Change) -> dict[str, Any]:
    names = ("title", "room", "join_url", "speakers")
    return {name: getattr(change, name) for name in names if getattr(change, name) is not None}


def _marked(before: SessionPlan, after: SessionPlan, zone: str) -> SessionPlan:
    words = set(after.own) | set(before.own)
    if _length(before, zone) != _length(after, zone):
        words.add("length")
    for name in ("title", "room", "join_url", "speakers"):
        if getattr(before, name) != getattr(after, name):
            words.add(FIELDS[name])
    return replace(after, own=tuple(word for word in timing.OWN if word in words))


def _length(session: SessionPlan, zone: str) -> int | None:
    try:
        return timing.minutes_of(session, zone)
    except Invalid:
        return None
