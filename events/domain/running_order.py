"""The sessions of one event beside one another: their order, what overlaps, and how long it all is.

Pure: plans in, plans and plain values out.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from events.domain import timing
from events.domain.dates import placed
from events.domain.timing import MINUTE, SessionPlan, Timed
from kit.errors import Invalid


@dataclass(frozen=True)
class Clash:
    """Two sessions at the same time, by their places in the list.

    ``kind`` is ``speaker`` or ``room`` where both need ``what``, else ``overlap``.
    """

    kind: str
    first: int
    second: int
    starts_at: datetime
    ends_at: datetime
    what: str = ""


@dataclass(frozen=True)
class Length:
    """How long a program is, in minutes: from first to last, in sessions, and in their breaks.

    ``sessions`` counts time in which two run side by side once, ``breaks`` likewise.
    """

    whole: int = 0
    sessions: int = 0
    breaks: int = 0

    @property
    def taught(self) -> int:
        """Minutes that can earn credit: sessions without their breaks."""
        return self.sessions - self.breaks

    @property
    def between(self) -> int:
        """Minutes with no session, from the first start to the last end of a day or days."""
        return self.whole - self.sessions


def laid_out(sessions: Sequence[SessionPlan], zone: str) -> list[Timed | None]:
    """Each session with its instants, those that follow another one behind it.

    None where a session cannot be read or its time does not exist; the plan's check says why.
    """
    before: Timed | None = None
    found: list[Timed | None] = []
    for session in sessions:
        try:
            one = timing.timed(timing.flowing(session, before, zone), zone)
        except Invalid:
            found.append(None)
            continue
        found.append(one)
        before = before if session.is_cancelled else one
    return found


def clashes(sessions: Sequence[Timed | None]) -> list[Clash]:
    """Every pair of sessions at the same time; one that ends as another starts is none.

    A pair that shares a speaker or a room is named once for each, and not as a mere overlap.
    Cancelled sessions are at no time.
    """
    live = [
        (place, one)
        for place, one in enumerate(sessions)
        if one is not None and not one.plan.is_cancelled
    ]
    live.sort(key=lambda item: item[1].starts_at)
    found: list[Clash] = []
    for number, (place, one) in enumerate(live):
        for other_place, other in itertools.islice(live, number + 1, None):
            if other.starts_at >= one.ends_at:
                break
            found += _pair(place, one, other_place, other)
    return found


def length(sessions: Sequence[Timed | None]) -> Length:
    """How long the program is."""
    live = [one for one in sessions if one is not None and not one.plan.is_cancelled]
    if not live:
        return Length()
    whole = max(one.ends_at for one in live) - min(one.starts_at for one in live)
    taught = _union([(one.starts_at, one.ends_at) for one in live])
    open_spans = [span for one in live for span in _without_breaks(one)]
    return Length(whole // MINUTE, taught // MINUTE, (taught - _union(open_spans)) // MINUTE)


def exchanged(sessions: Sequence[SessionPlan], place: int, zone: str) -> tuple[SessionPlan, ...]:
    """The session at ``place`` exchanged with the one before it, in the list and in time.

    It starts when the other one started; that one starts as long after its end as it started after
    the other's, or where they are on different days at its old start. What follows something else
    is a matter of the place: the first of the two keeps being fixed or following as it was, and so
    does the second. Raises Invalid where one of the two has no time that can be read.
    """
    if not 0 < place < len(sessions):
        return tuple(sessions)
    timed_ones = laid_out(sessions, zone)
    upper, lower = timed_ones[place - 1], timed_ones[place]
    if upper is None or lower is None:
        raise Invalid("Give both sessions a date, a start and a length before you move one.")
    same_day = upper.plan.starts_local[:10] == lower.plan.starts_local[:10]
    first = _started(lower.plan, upper.starts_at, zone)
    gap = lower.starts_at - upper.ends_at
    moved_end = upper.starts_at + (lower.ends_at - lower.starts_at)
    second = _started(upper.plan, moved_end + gap if same_day else lower.starts_at, zone)
    first = replace(first, follows=upper.plan.follows, gap_minutes=upper.plan.gap_minutes)
    second = replace(second, follows=lower.plan.follows, gap_minutes=lower.plan.gap_minutes)
    return (*sessions[: place - 1], first, second, *sessions[place + 1 :])


def started(
    sessions: Sequence[SessionPlan], first_local: str, zone: str, *, fold: int | None = None
) -> tuple[SessionPlan, ...]:
    """The whole program moved so that its first session starts at ``first_local``.

    All move by as much on the wall; each stays as long as it was. Raises Invalid, also where one of
    them would be at a time that does not exist.
    """
    places = [timing.wall(one.starts_local) for one in sessions if not one.is_cancelled]
    if not places:
        return tuple(sessions)
    by = timing.wall(first_local) - min(places)

    def move(session: SessionPlan) -> SessionPlan:
        starts = timing.spelt(timing.wall(session.starts_local) + by)
        return placed(session, starts, None, zone, fold=fold)

    return tuple(move(one) if by else one for one in sessions)


def _pair(place: int, one: Timed, other_place: int, other: Timed) -> list[Clash]:
    meets = (other.starts_at, min(one.ends_at, other.ends_at))
    shared = [slug for slug in one.plan.speakers if slug in other.plan.speakers]
    found = [Clash("speaker", place, other_place, *meets, slug) for slug in shared]
    room = one.plan.room.casefold()
    if room and room == other.plan.room.casefold():
        found.append(Clash("room", place, other_place, *meets, one.plan.room))
    return found or [Clash("overlap", place, other_place, *meets)]


def _started(session: SessionPlan, starts_at: datetime, zone: str) -> SessionPlan:
    fold = timing.fold_of(starts_at, zone)
    return placed(session, timing.local(starts_at, zone), None, zone, fold=fold)


def _without_breaks(one: Timed) -> list[tuple[datetime, datetime]]:
    edges = [one.starts_at, *(edge for b in one.breaks for edge in (b.starts_at, b.ends_at))]
    edges.append(one.ends_at)
    return list(zip(edges[::2], edges[1::2], strict=True))


def _union(spans: list[tuple[datetime, datetime]]) -> timedelta:
    total, until = timedelta(), None
    for start, end in sorted(spans):
        if until is None or start > until:
            until = start
        if end > until:
            total, until = total + (end - until), end
    return total
