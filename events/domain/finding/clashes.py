"""What a time would clash with: other events, days off, calendars kept elsewhere.

Pure: no database, no clock, no Django. Spans are half open, so what touches does not clash and what
is identical does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from events.domain.finding import hours
from events.domain.finding.hours import Span


class Kind(StrEnum):
    """What two things can fall out about. The values are those of programmes.ConflictLevel."""

    SPEAKER = "speaker"
    ROOM = "room"
    LICENCE = "licence"
    HOST = "host"
    AUDIENCE = "audience"
    HOLIDAY = "holiday"
    CALENDAR = "partner_calendar"


_ORDER = {kind: place for place, kind in enumerate(Kind)}
BLOCK, WARN, IGNORE = "block", "warn", "ignore"
USUAL_LEVELS: dict[str, str] = {
    Kind.SPEAKER: BLOCK,
    Kind.ROOM: BLOCK,
    Kind.LICENCE: BLOCK,
    Kind.HOST: WARN,
    Kind.AUDIENCE: WARN,
    Kind.HOLIDAY: WARN,
    Kind.CALENDAR: WARN,
}
"""How serious each kind is where neither the network nor the lead says otherwise."""

Room = tuple[str, str]
"""Venue and room, folded for comparing; a blank room is the whole venue, a blank venue no place."""
NOWHERE: Room = ("", "")


@dataclass(frozen=True, slots=True)
class Taken:
    """One session of an event of the network.

    ``is_named``: whoever asks may know its title. ``is_announced``: it has been published; what
    has not, holds nothing yet, so it warns at most.
    """

    start: int
    end: int
    event: int
    title: str = ""
    slug: str = ""
    zone: str = "UTC"
    hosts: frozenset[int] = frozenset()
    topics: frozenset[int] = frozenset()
    speakers: frozenset[int] = frozenset()
    room: Room = NOWHERE
    licence: int | None = None
    is_named: bool = True
    is_announced: bool = True


@dataclass(frozen=True, slots=True)
class Off:
    """A day on which one alliance is off. ``is_kept``: by itself or its state, not only federal."""

    alliance: int
    start: int
    end: int
    name: str
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Time taken in a calendar that an alliance keeps elsewhere."""

    alliance: int
    start: int
    end: int
    title: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What looks for a time: who hosts it, what it is about, what it needs."""

    alliances: tuple[int, ...]
    topics: frozenset[int] = frozenset()
    speakers: frozenset[int] = frozenset()
    room: Room = NOWHERE
    licence: int | None = None


@dataclass(frozen=True)
class Known:
    """What is taken in the days looked at. ``calls`` says how many calls a licence holds."""

    taken: Sequence[Taken] = ()
    off: Sequence[Off] = ()
    elsewhere: Sequence[Elsewhere] = ()
    calls: Mapping[int, int] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)

    def level(self, kind: Kind) -> str:
        return self.levels.get(kind, USUAL_LEVELS[kind])


@dataclass(frozen=True, slots=True)
class Clash:
    """One reason against any time that meets ``start`` to ``end``.

    ``alliances`` and ``speakers`` say whom it concerns, ``taken`` what is there already.
    ``of_week``: it only lies in the same week. ``is_weak``: a federal day no state of theirs keeps.
    """

    kind: Kind
    level: str
    start: int
    end: int
    alliances: tuple[int, ...] = ()
    speakers: tuple[int, ...] = ()
    taken: Taken | None = None
    title: str = ""
    of_week: bool = False
    is_weak: bool = False


@dataclass(frozen=True)
class Found:
    """Every clash, and what does not clash but counts: other events of the network.

    ``busy_weeks`` has, for each week by its Monday, the ids of events for the same audience;
    ``others`` the spans of events for other audiences.
    """

    clashes: list[Clash]
    others: list[Span]
    busy_weeks: Mapping[date, frozenset[int]]


def meet(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two spans have a minute in common: touching edges do not, identical spans do."""
    return max(start, other_start) < min(end, other_end)


def same_room(one: Room, other: Room) -> bool:
    """Whether both are one place: the same venue, and not two rooms of it."""
    if not one[0] or one[0] != other[0]:
        return False
    return one[1] == other[1] or not one[1] or not other[1]


def find(wanted: Wanted, known: Known, *, zone: str) -> Found:
    """Everything in ``known`` that speaks against some time for ``wanted``.

    Kinds whose level is ignore are left out. Weeks run from Monday on the clocks of ``zone``.
    """
    clashes = [*_of_events(wanted, known, zone), *_of_days(wanted, known)]
    audience = set(wanted.alliances)
    others, weeks = [], defaultdict(set)
    for taken in known.taken:
        if not audience.isdisjoint(taken.hosts):
            for monday in _mondays(taken.start, taken.end, zone):
                weeks[monday].add(taken.event)
        elif taken.is_announced and wanted.topics.isdisjoint(taken.topics):
            others.append((taken.start, taken.end))
    frozen = {monday: frozenset(events) for monday, events in weeks.items()}
    return Found([one for one in clashes if one.level != IGNORE], others, frozen)


@lru_cache(maxsize=32768)
def monday_of(minute: int, zone: str) -> date:
    """The Monday of the week in which a minute lies on the clocks of ``zone``."""
    day = hours.local(minute, zone).date()
    return day - timedelta(days=day.weekday())


def week_span(monday: date, zone: str) -> Span:
    """The seven days from a Monday on the clocks of ``zone``."""
    following = monday + timedelta(days=7)
    return hours.wall_minute(monday, 0, zone), hours.wall_minute(following, 0, zone)


def _mondays(start: int, end: int, zone: str) -> set[date]:
    return {monday_of(start, zone), monday_of(end - 1, zone)}


def _of_events(wanted: Wanted, known: Known, zone: str) -> Iterator[Clash]:
    ours = set(wanted.alliances)
    for taken in known.taken:
        if both := wanted.speakers & taken.speakers:
            yield _clash(Kind.SPEAKER, known, taken, speakers=tuple(sorted(both)))
        if same_room(wanted.room, taken.room):
            yield _clash(Kind.ROOM, known, taken)
        if shared := tuple(one for one in wanted.alliances if one in taken.hosts):
            yield _clash(Kind.HOST, known, taken, alliances=shared)
        if taken.is_named and not wanted.topics.isdisjoint(taken.topics):
            yield from _of_topic(
                known, taken, zone, shares_audience=not ours.isdisjoint(taken.hosts)
            )
    yield from _of_licence(wanted, known)


def _of_topic(known: Known, taken: Taken, zone: str, *, shares_audience: bool) -> Iterator[Clash]:
    """The same topic: for the same people all week, for others only at the same time."""
    if not shares_audience:
        yield _clash(Kind.AUDIENCE, known, taken)
        return
    for monday in sorted(_mondays(taken.start, taken.end, zone)):
        start, end = week_span(monday, zone)
        yield Clash(
            Kind.AUDIENCE,
            _level(Kind.AUDIENCE, known, taken),
            start,
            end,
            taken=taken,
            of_week=True,
        )


def _of_licence(wanted: Wanted, known: Known) -> Iterator[Clash]:
    """The times at which a licence holds as many calls as it can.

    Those of announced events alone may block; where drafts fill it up, that is a warning.
    """
    if wanted.licence is None:
        return
    calls = known.calls.get(wanted.licence, 1)
    mine = [taken for taken in known.taken if taken.licence == wanted.licence]
    level = known.level(Kind.LICENCE)
    for start, end, last in _full([taken for taken in mine if taken.is_announced], calls):
        yield Clash(Kind.LICENCE, level, start, end, taken=last)
    for start, end, last in _full(mine, calls):
        capped = WARN if level == BLOCK else level
        yield Clash(Kind.LICENCE, capped, start, end, taken=last)


def _full(taken: Sequence[Taken], calls: int) -> Iterator[tuple[int, int, Taken]]:
    """Spans in which at least ``calls`` of ``taken`` run, with the one that filled it up."""
    running: list[Taken] = []
    for one in sorted(taken, key=lambda each: (each.start, each.end, each.event)):
        running = [other for other in running if other.end > one.start]
        running.append(one)
        if len(running) >= calls:
            ends = sorted((other.end for other in running), reverse=True)
            yield one.start, ends[calls - 1], one


def _of_days(wanted: Wanted, known: Known) -> Iterator[Clash]:
    ours = set(wanted.alliances)
    for off in known.off:
        if off.alliance in ours:
            yield Clash(
                Kind.HOLIDAY,
                known.level(Kind.HOLIDAY),
                off.start,
                off.end,
                alliances=(off.alliance,),
                title=off.name,
                is_weak=not off.is_kept,
            )
    for busy in known.elsewhere:
        if busy.alliance in ours:
            yield Clash(
                Kind.CALENDAR,
                known.level(Kind.CALENDAR),
                busy.start,
                busy.end,
                alliances=(busy.alliance,),
                title=busy.title,
            )


def _clash(
    kind: Kind,
    known: Known,
    taken: Taken,
    *,
    alliances: tuple[int, ...] = (),
    speakers: tuple[int, ...] = (),
) -> Clash:
    level = _level(kind, known, taken)
    return Clash(kind, level, taken.start, taken.end, alliances, speakers, taken)


def _level(kind: Kind, known: Known, taken: Taken) -> str:
    """The kind's level; what is not announced yet holds nothing, so it warns at most."""
    level = known.level(kind)
    return WARN if level == BLOCK and not taken.is_announced else level


def meeting(clashes: Iterable[Clash], start: int, end: int) -> list[Clash]:
    """Those of ``clashes`` that a call from ``start`` up to ``end`` meets, each event once a kind.

    An event that runs at the same time is not told a second time for lying in the same week.
    """
    return without_doubles([one for one in clashes if meet(start, end, one.start, one.end)])


def without_doubles(met: Sequence[Clash]) -> list[Clash]:
    """``met`` without what only says again that an event is there, those that block first."""
    at_once = {one.taken.event for one in met if one.taken and not one.of_week}
    kept: list[Clash] = []
    said: set[tuple[object, ...]] = set()
    for one in sorted(met, key=lambda each: (each.level != BLOCK, _ORDER[each.kind])):
        event = one.taken.event if one.taken else None
        if one.of_week and event in at_once:
            continue
        mark = (one.kind, event, one.alliances, one.speakers, one.title, one.of_week)
        if mark not in said:
            said.add(mark)
            kept.append(one)
    return kept
