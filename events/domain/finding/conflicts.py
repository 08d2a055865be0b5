"""What the dates of an event clash with; how serious that is; and who may not save or publish it.

Levels are data (programmes.ConflictLevel): a clash that blocks refuses publishing, and an edit
that brings it about; one that warns is shown, and asked about before the event is published.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime

from events.domain.finding import clashes, hours, wording, world
from events.domain.finding.clashes import BLOCK, Clash, Known, Room, Wanted
from events.domain.finding.hours import Span
from events.domain.finding.wording import Said
from events.domain.finding.world import Scope
from events.domain.plans import Checked
from events.domain.timing import Timed
from events.models import Event
from kit.errors import Refused
from programmes.models import Alliance, Speaker

_agreed: ContextVar[bool] = ContextVar("conflicts_agreed", default=False)


class ScheduleConflict(Refused):
    """Something at the same time that the lead's levels say may not be."""

    code = "schedule-conflict"


@dataclass(frozen=True)
class Held:
    """One date of an event, and what it needs then."""

    start: int
    end: int
    speakers: frozenset[int]
    room: Room


@dataclass(frozen=True)
class Placement:
    """An event as the search for clashes sees it."""

    event: int | None
    lead: int
    alliances: tuple[int, ...]
    topics: frozenset[int]
    licence: int | None
    zone: str
    venue: str
    dates: tuple[Held, ...]


def of_event(event: Event, *, viewer: frozenset[int] | None, at: datetime) -> list[Said]:
    """What the event's dates clash with from ``at`` on, what blocks first, in words.

    ``viewer`` holds the ids of the alliances whose drafts may be named; None names all. A canceled
    event clashes with nothing. At most twenty queries.
    """
    if event.status == Event.Status.CANCELLED:
        return []
    placement = placement_of(event)
    found, names = _found(placement, viewer=viewer, at=at)
    return wording.conflicts([clash for _, clash in found], names)


def ensure_free(event: Event, checked: Checked | None = None, *, at: datetime) -> None:
    """Before publishing; with ``checked``, before the event is changed to be so.

    Publishing is refused by every clash that blocks, a change only by those it brings about. Raises
    ScheduleConflict; ``facts["conflicts"]`` has a sentence each. The caller holds the event's row.
    """
    if _agreed.get():
        return
    before = placement_of(event)
    after = before if checked is None else placement_of_plan(before, checked)
    if checked is not None and after == before:
        return
    viewer = frozenset({event.lead_id})
    found, names = _found(after, viewer=viewer, at=at)
    blocking = [(held, clash) for held, clash in found if clash.level == BLOCK]
    if blocking and checked is not None:
        stood = {_mark(*one) for one in _found(before, viewer=viewer, at=at)[0]}
        blocking = [one for one in blocking if _mark(*one) not in stood]
    if blocking:
        said = wording.conflicts([clash for _, clash in blocking], names)
        raise ScheduleConflict(_refusal(said), conflicts=[one.sentence for one in said])


@contextmanager
def as_agreed() -> Iterator[None]:
    """Within it nothing is refused: for a file that tells what has long been agreed."""
    token = _agreed.set(True)
    try:
        yield
    finally:
        _agreed.reset(token)


def _refusal(said: Sequence[Said]) -> str:
    more = f" And {len(said) - 1} more." if len(said) > 1 else ""
    return f"{said[0].sentence}{more} Choose another time, or change what both need."


def _mark(held: Held, clash: Clash) -> tuple[object, ...]:
    other = (clash.taken.event, clash.taken.start) if clash.taken else clash.title
    return clash.kind, clash.alliances, clash.speakers, other, held.start, held.end


# -- what an event holds


def placement_of(event: Event) -> Placement:
    """The event as its rows say. Five queries."""
    rows = list(event.sessions.filter(is_cancelled=False).prefetch_related("speaking"))
    named = {row.pk: frozenset(one.speaker_id for one in row.speaking.all()) for row in rows}
    whole = frozenset(event.speaking.values_list("speaker_id", flat=True))
    dates = tuple(
        Held(
            hours.minute_of(row.starts_at),
            hours.end_minute_of(row.ends_at),
            named[row.pk] if any(named.values()) else whole,
            world.room_of(event.venue, row.room),
        )
        for row in rows
    )
    return Placement(
        event=event.pk,
        lead=event.lead_id,
        alliances=_hosts(event),
        topics=frozenset(event.topics.order_by().values_list("pk", flat=True)),
        licence=event.licence_id,
        zone=event.time_zone,
        venue=event.venue,
        dates=dates,
    )


def placement_of_plan(event: Placement, checked: Checked) -> Placement:
    """What ``event`` would hold if it were as planned. One query."""
    plan = checked.plan
    live = [timed for timed in checked.sessions if not timed.plan.is_cancelled]
    slugs = {slug for timed in live for slug in timed.plan.speakers}
    known = dict(Speaker.objects.filter(slug__in=slugs).values_list("slug", "pk")) if slugs else {}
    whole = frozenset(speaker.pk for speaker in plan.speakers)

    def speakers(timed: Timed) -> frozenset[int]:
        named = frozenset(known[slug] for slug in timed.plan.speakers if slug in known)
        return named if slugs else whole

    return replace(
        event,
        topics=frozenset(topic.pk for topic in plan.topics),
        licence=plan.licence.pk if plan.licence else None,
        zone=plan.time_zone,
        venue=plan.venue,
        dates=tuple(
            Held(
                hours.minute_of(timed.starts_at),
                hours.end_minute_of(timed.ends_at),
                speakers(timed),
                world.room_of(plan.venue, timed.plan.room),
            )
            for timed in live
        ),
    )


def _hosts(event: Event) -> tuple[int, ...]:
    parts = event.hosts.filter(world.HOSTING).order_by("position", "pk")
    return tuple(parts.values_list("alliance_id", flat=True))


# -- what they meet


def _found(
    placement: Placement, *, viewer: frozenset[int] | None, at: datetime
) -> tuple[list[tuple[Held, Clash]], wording.Names]:
    """Each clash once, with the first date that meets it; what blocks first, then by time."""
    now = hours.minute_of(at)
    dates = sorted(
        (held for held in placement.dates if held.end > now), key=lambda held: held.start
    )
    if not dates:
        return [], wording.Names()
    seen = world.read(_scope(placement, dates, viewer), zone=placement.zone)
    always = _against(placement, seen.known)
    found: dict[tuple[object, ...], tuple[Held, Clash]] = {}
    for held, own in _with_needs(dates, seen.known, placement.zone):
        for clash in clashes.meeting([*always, *own], held.start, held.end):
            found.setdefault(_once(clash), (held, clash))
    in_order = sorted(found.values(), key=lambda one: (one[1].level != BLOCK, one[0].start))
    return in_order, replace(seen.names, venue=placement.venue)


def _against(placement: Placement, known: Known) -> list[Clash]:
    wanted = Wanted(placement.alliances, placement.topics, licence=placement.licence)
    return clashes.find(wanted, known, zone=placement.zone).clashes


def _with_needs(
    dates: Iterable[Held], known: Known, zone: str
) -> Iterator[tuple[Held, list[Clash]]]:
    """Each date with the clashes of its own speakers and room."""
    taken = [one for one in known.taken if one.speakers or one.room[0]]
    narrowed = replace(known, taken=taken, off=(), elsewhere=())
    groups: dict[tuple[frozenset[int], Room], list[Clash]] = {}
    for held in dates:
        needs = held.speakers, held.room
        if needs not in groups:
            wanted = Wanted((), speakers=held.speakers, room=held.room)
            groups[needs] = clashes.find(wanted, narrowed, zone=zone).clashes
        yield held, groups[needs]


def _once(clash: Clash) -> tuple[object, ...]:
    other = (clash.taken.event, clash.taken.start) if clash.taken else (clash.title, clash.start)
    return clash.kind, clash.alliances, clash.speakers, other, clash.of_week


def _scope(placement: Placement, dates: Sequence[Held], viewer: frozenset[int] | None) -> Scope:
    rows = {one.pk: one for one in Alliance.objects.filter(pk__in=placement.alliances)}
    return Scope(
        alliances=tuple(rows[pk] for pk in placement.alliances if pk in rows),
        windows=tuple(_week_around(held, placement.zone) for held in dates),
        topics=placement.topics,
        speakers=frozenset(pk for held in dates for pk in held.speakers),
        licences=frozenset({placement.licence} if placement.licence else ()),
        lead=placement.lead,
        viewer=viewer,
        without=placement.event,
    )


def _week_around(held: Held, zone: str) -> Span:
    start, _ = clashes.week_span(clashes.monday_of(held.start, zone), zone)
    _, end = clashes.week_span(clashes.monday_of(held.end, zone), zone)
    return start, end
