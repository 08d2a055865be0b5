"""Moving whole programs: into another time zone, or to other days. Pure: plans in, plans out."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from events.domain import series, timing
from events.domain.dates import Series
from events.domain.recurrence import BadRecurrence
from events.domain.timing import SessionPlan
from kit import walltime
from kit.errors import Invalid
from kit.faults import Faults

Keep = Literal["wall", "instant"]
KEEPS = ("wall", "instant")


@dataclass(frozen=True)
class Step:
    """One date before and after: wall times and instants.

    ``problem`` says why it cannot be there, and then ``at`` is None; ``options`` are the two
    instants that a doubled time may mean, as ``walltime.TwiceTime`` has them.
    """

    session: SessionPlan
    was_at: datetime
    starts_local: str
    at: datetime | None
    problem: str = ""
    options: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True)
class Moved:
    """The dates in their new zone, step by step; ``drops_rule``: the rule gives them no more."""

    series: Series
    steps: tuple[Step, ...]
    drops_rule: bool

    def settle(self) -> Series:
        """The dates, where nothing is left to ask. Raises what the first problem was."""
        faults = Faults()
        for number, session in enumerate(self.series.sessions):
            with faults.noted("sessions", number):
                timing.timed(session, self.series.zone)
        faults.settle()
        return self.series


def into_zone(whole: Series, zone: str, *, keep: Keep, folds: dict[str, int]) -> Moved:
    """The same dates in another zone: ``wall`` keeps what clocks show, ``instant`` the moment.

    ``folds`` says by UID which of two equal times is meant. Where the moments are kept and clocks
    in the two zones do not change alike, no rule gives the dates any more: they stand for
    themselves. Raises UnknownZone, or Invalid at ``keep``.
    """
    zone = walltime.canonical_zone(zone)
    if keep not in KEEPS:
        raise Invalid.at("keep", msg="Say whether the wall time stays or the moment does.")
    move = _same_wall if keep == "wall" else _same_instant
    sessions = tuple(move(one, whole.zone, zone, folds.get(one.uid)) for one in whole.sessions)
    rule, sessions = (
        _rule_moved(whole, sessions) if keep == "instant" else (whole.recurrence, sessions)
    )
    moved = Series(sessions, rule, zone)
    steps = tuple(
        _step(old, new, whole.zone, zone)
        for old, new in zip(whole.sessions, moved.sessions, strict=True)
    )
    return Moved(moved, steps, bool(whole.recurrence) and not rule)


def to_day(whole: Series, first: date, *, fold: int | None = None) -> Series:
    """The sessions so many days on that the first begins on ``first``, all on the same clock.

    A doubled time is the one ``fold`` says. The rule moves along where it still gives the dates,
    else it is dropped.
    """
    if not whole.sessions:
        return whole
    starts = min(timing.wall(one.starts_local) for one in whole.sessions)
    by = datetime.combine(first, starts.time()) - starts
    sessions = tuple(shifted(one, by, fold=fold) for one in whole.sessions)
    return _with_rule(whole, sessions, by)


def shifted(session: SessionPlan, by: timedelta, *, fold: int | None = None) -> SessionPlan:
    """A session so much later on the wall, its breaks with it."""

    def move(edge: str) -> str:
        return timing.spelt(timing.wall(edge) + by)

    if not by:
        return session
    return replace(
        session,
        starts_local=move(session.starts_local),
        ends_local=move(session.ends_local),
        breaks=tuple((move(start), move(end)) for start, end in session.breaks),
        recurrence_local=move(session.recurrence_local) if session.recurrence_local else "",
        starts_fold=fold,
        ends_fold=fold,
    )


def _with_rule(whole: Series, sessions: tuple[SessionPlan, ...], by: timedelta) -> Series:
    """The moved sessions with the rule moved as far, or without one that would not give them."""
    origins = [one.recurrence_local for one in sessions if one.recurrence_local]
    rules = []
    try:
        rules = [replace(one, first=one.first + by) for one in whole.stretches]
        given = {timing.spelt(start) for start in series.starts(rules)}
    except BadRecurrence:
        given = set()
    if origins and given.issuperset(origins):
        return replace(whole, sessions=sessions, recurrence=series.written(rules))
    plain = tuple(replace(one, recurrence_local="", own=()) for one in sessions)
    return replace(whole, sessions=plain, recurrence="")


def _rule_moved(
    whole: Series, sessions: tuple[SessionPlan, ...]
) -> tuple[str, tuple[SessionPlan, ...]]:
    """The rule of a series of which each moment is kept, and the sessions that fit it."""
    if not whole.recurrence:
        return "", sessions
    steps = {
        timing.wall(new.starts_local) - timing.wall(old.starts_local)
        for old, new in zip(whole.sessions, sessions, strict=True)
    }
    if len(steps) > 1:
        plain = tuple(replace(one, recurrence_local="", own=()) for one in sessions)
        return "", plain
    by = steps.pop()
    along = tuple(
        replace(one, recurrence_local=timing.spelt(timing.wall(one.recurrence_local) + by))
        if one.recurrence_local
        else one
        for one in sessions
    )
    moved = _with_rule(whole, along, by)
    return moved.recurrence, moved.sessions


def _same_wall(session: SessionPlan, old: str, new: str, fold: int | None) -> SessionPlan:
    """What clocks show stays; the same hour may come twice in one zone and once in the other."""
    return replace(session, starts_fold=fold, ends_fold=fold)


def _same_instant(session: SessionPlan, old: str, new: str, fold: int | None) -> SessionPlan:
    starts_at = walltime.to_utc(
        timing.wall(session.starts_local), old, fold=session.starts_fold or 0
    )
    ends_at = walltime.to_utc(timing.wall(session.ends_local), old, fold=session.ends_fold or 0)

    def edge(typed: str) -> str:
        return timing.local(walltime.to_utc(timing.wall(typed), old, fold=0), new)

    moved = timing.between(session, starts_at, ends_at, new)
    return replace(moved, breaks=tuple((edge(start), edge(end)) for start, end in session.breaks))


def _step(old: SessionPlan, new: SessionPlan, zone: str, to: str) -> Step:
    was_at = walltime.to_utc(timing.wall(old.starts_local), zone, fold=old.starts_fold or 0)
    starts_at: datetime | None = None
    try:
        for edge in ("ends", "starts"):
            shown = timing.wall(getattr(new, f"{edge}_local"))
            starts_at = walltime.to_utc(shown, to, fold=getattr(new, f"{edge}_fold"))
    except Invalid as no:
        options = tuple(no.facts.get("options", ()))
        return Step(old, was_at, new.starts_local, None, str(no), options)
    return Step(old, was_at, new.starts_local, starts_at)
