"""Reads what is taken: hours, days off, events and calendars, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from events.domain import busy
from events.domain.finding import clashes, holidays, hours
from events.domain.finding.clashes import Elsewhere, Known, Off, Room, Taken
from events.domain.finding.hours import OfficeDay, OfficeWeek, Span
from events.domain.finding.slots import Party
from events.domain.finding.wording import Names
from events.models import Event, EventHost, EventSpeaker, Session, SessionSpeaker
from kit import text
from programmes.models import (
    Alliance,
    AllianceDayOff,
    AllianceHours,
    ConflictLevel,
    Licence,
    Speaker,
)

MOST_WINDOWS = 20
HOSTING = EventHost.STANDS | Q(state=EventHost.State.INVITED)
"""Who hosts, and who was asked to and may."""


@dataclass(frozen=True)
class Scope:
    """What is looked at. ``windows`` are spans in minutes of UTC.

    ``lead`` decides how serious clashes are (None: the network). ``viewer`` holds the ids of the
    alliances whose drafts the reader may know of; None sees all. ``without`` is the event that
    looks for a time. Only the ``topics``, ``speakers`` and ``licences`` named are looked up.
    """

    alliances: tuple[Alliance, ...]
    windows: tuple[Span, ...]
    topics: frozenset[int] = frozenset()
    speakers: frozenset[int] = frozenset()
    licences: frozenset[int] = frozenset()
    lead: int | None = None
    viewer: frozenset[int] | None = frozenset()
    without: int | None = None


@dataclass(frozen=True)
class World:
    """Who is asked, what is known, and what things are called."""

    parties: tuple[Party, ...]
    known: Known
    names: Names


def read(scope: Scope, *, zone: str) -> World:
    """Everything that can speak against a time within ``scope``.

    At most fifteen queries, however many alliances and events there are. ``zone`` is that in which
    clashes are told.
    """
    ids = [alliance.pk for alliance in scope.alliances]
    windows = merged(scope.windows)
    licences = {row.pk: row for row in _if(scope.licences, Licence.objects.all())}
    known = Known(
        taken=tuple(_taken(scope, windows)),
        off=tuple(days_off(scope.alliances, windows)),
        elsewhere=tuple(_elsewhere(ids, windows)),
        calls={pk: licence.calls_at_once for pk, licence in licences.items()},
        levels=levels_of(scope.lead),
    )
    speakers = {row.pk: row.name for row in _if(scope.speakers, Speaker.objects.all())}
    names = Names(
        alliances={alliance.pk: alliance.short_name for alliance in scope.alliances},
        speakers=speakers,
        licence=next((row.name for row in licences.values()), ""),
        zone=zone,
        zones={alliance.pk: alliance.zone for alliance in scope.alliances},
    )
    return World(tuple(parties_of(scope.alliances)), known, names)


def merged(windows: Iterable[Span]) -> tuple[Span, ...]:
    """The same windows joined where they meet; from first to last where they are too many."""
    joined = hours.union(windows)
    if len(joined) > MOST_WINDOWS:
        return ((joined[0][0], joined[-1][1]),)
    return tuple(joined)


def parties_of(alliances: Sequence[Alliance]) -> Iterator[Party]:
    """Each alliance with its office hours, the usual ones where it says nothing. One query."""
    days: dict[int, dict[int, OfficeDay]] = defaultdict(dict)
    for row in AllianceHours.objects.filter(alliance__in=[one.pk for one in alliances]):
        lunch = None
        if row.lunch_starts is not None and row.lunch_ends is not None:
            lunch = (row.lunch_starts, row.lunch_ends)
        days[row.alliance_id][row.weekday] = OfficeDay(row.opens, row.closes, lunch)
    for alliance in alliances:
        week = hours.usual_week(alliance.zone)
        if own := days.get(alliance.pk):
            week = OfficeWeek(alliance.zone, tuple(own.get(weekday) for weekday in range(7)))
        yield Party(alliance.pk, alliance.name, alliance.short_name, week)


def levels_of(lead: int | None) -> dict[str, str]:
    """How serious each kind of clash is: the lead's word before the network's. One query."""
    rows = ConflictLevel.objects.filter(Q(alliance=None) | Q(alliance=lead))
    found = sorted(rows, key=lambda row: row.alliance_id is not None)
    return {**clashes.USUAL_LEVELS, **{row.kind: row.level for row in found}}


def days_off(alliances: Sequence[Alliance], windows: Sequence[Span]) -> Iterator[Off]:
    """Holidays and days of their own, each from midnight to midnight on its alliance's clock.

    A day an alliance works on is no holiday for it, nor one that it has named itself. One query.
    """
    own: dict[int, list[AllianceDayOff]] = defaultdict(list)
    if not windows:
        return
    earliest, latest = _days(windows[0][0], windows[-1][1])
    rows = AllianceDayOff.objects.filter(alliance__in=[one.pk for one in alliances])
    for row in rows.filter(last_day__gte=earliest, first_day__lte=latest):
        own[row.alliance_id].append(row)
    for alliance in alliances:
        for off in _off(alliance, own[alliance.pk], earliest, latest):
            if any(clashes.meet(off.start, off.end, *window) for window in windows):
                yield off


def _days(start: int, end: int) -> tuple[date, date]:
    """The days that a span may touch on any clock."""
    margin = timedelta(days=1)
    return hours.instant(start).date() - margin, hours.instant(end).date() + margin


def _off(
    alliance: Alliance, own: Sequence[AllianceDayOff], earliest: date, latest: date
) -> Iterator[Off]:
    named = {
        day
        for row in own
        for day in hours.days_between(max(row.first_day, earliest), min(row.last_day, latest))
    }
    for row in own:
        if not row.is_worked:
            yield _off_from(alliance, row.first_day, row.last_day, name=row.name, is_kept=True)
    for holiday in holidays.between(alliance.states, earliest, latest):
        if holiday.day not in named:
            day, name = holiday.day, holiday.name
            yield _off_from(alliance, day, day, name=name, is_kept=holiday.is_kept)


def _off_from(alliance: Alliance, first: date, last: date, *, name: str, is_kept: bool) -> Off:
    start = hours.wall_minute(first, 0, alliance.zone)
    end = hours.wall_minute(last, hours.DAY, alliance.zone)
    return Off(alliance.pk, start, end, name, is_kept)


def _elsewhere(ids: Collection[int], windows: Sequence[Span]) -> Iterator[Elsewhere]:
    if not windows:
        return
    start, end = hours.instant(windows[0][0]), hours.instant(windows[-1][1])
    for one in busy.spans_of(ids, start=start, end=end):
        first, last = hours.minute_of(one.start), hours.end_minute_of(one.end)
        yield Elsewhere(one.alliance_id, first, last, one.title, one.source)


# -- events


def _if(ids: Collection[int], rows: QuerySet[Any]) -> Iterable[Any]:
    return rows.filter(pk__in=ids) if ids else ()


def _within(windows: Sequence[Span], without: int | None) -> QuerySet[Session]:
    """The sessions of the network that lie in the windows and hold: drafts too."""
    inside = Q(pk__in=[])
    for start, end in windows:
        inside |= Q(starts_at__lt=hours.instant(end), ends_at__gt=hours.instant(start))
    held = Session.objects.filter(inside, is_cancelled=False)
    return held.exclude(event__status=Event.Status.CANCELLED).exclude(event=without)


def _taken(scope: Scope, windows: Sequence[Span]) -> Iterator[Taken]:
    sessions = _within(windows, scope.without)
    events = sessions.order_by().values("event_id")
    hosts = _by_event(EventHost.objects.filter(HOSTING), "alliance_id", events)
    topics = _topics(scope, events)
    speaking = _Speaking(scope, events)
    columns = ("pk", "event_id", "starts_at", "ends_at", "room", "time_zone")
    of_event = ("title", "slug", "status", "visibility", "published_at", "venue", "licence_id")
    for row in sessions.values_list(*columns, *(f"event__{name}" for name in of_event)):
        pk, event, starts_at, ends_at, room, zone, title, slug, status, visibility, *rest = row
        published_at, venue, licence = rest
        is_announced = _is_announced(status, published_at)
        yield Taken(
            start=hours.minute_of(starts_at),
            end=hours.end_minute_of(ends_at),
            event=event,
            title=title,
            slug=slug,
            zone=zone,
            hosts=hosts.get(event, frozenset()),
            topics=topics.get(event, frozenset()),
            speakers=speaking.in_session(pk, event),
            room=room_of(venue, room),
            licence=licence,
            is_named=_may_name(scope, hosts.get(event), is_announced, visibility),
            is_announced=is_announced,
        )


def _is_announced(status: str, published_at: datetime | None) -> bool:
    return published_at is not None and status not in {Event.Status.DRAFT, Event.Status.PROPOSED}


def _may_name(
    scope: Scope, hosts: frozenset[int] | None, is_announced: bool, visibility: str
) -> bool:
    """Listed events for everybody, others for those who were asked to host them."""
    if is_announced and visibility != Event.Visibility.UNLISTED:
        return True
    return scope.viewer is None or not scope.viewer.isdisjoint(hosts or ())


def room_of(venue: str, room: str) -> Room:
    """Venue and room for comparing. A room alone could be anywhere."""
    folded = text.fold(venue)
    return (folded, text.fold(room)) if folded else clashes.NOWHERE


def _by_event(rows: QuerySet[Any], column: str, events: Any) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for event, value in rows.filter(event_id__in=events).values_list("event_id", column):
        found[event].add(value)
    return {event: frozenset(values) for event, values in found.items()}


def _topics(scope: Scope, events: Any) -> dict[int, frozenset[int]]:
    if not scope.topics:
        return {}
    filed = Event.topics.through.objects.filter(topic_id__in=scope.topics)
    return _by_event(filed, "topic_id", events)


class _Speaking:
    """Who speaks in a session: whom it names; the event's speakers where no session names any."""

    def __init__(self, scope: Scope, events: Any) -> None:
        self.of_event: dict[int, frozenset[int]] = {}
        self.of_session: dict[int, set[int]] = defaultdict(set)
        self.told_apart: set[int] = set()
        if not scope.speakers:
            return
        wanted = EventSpeaker.objects.filter(speaker__in=scope.speakers)
        self.of_event = _by_event(wanted, "speaker_id", events)
        named = SessionSpeaker.objects.filter(
            session__event_id__in=events, session__is_cancelled=False
        )
        for event, session, speaker in named.values_list(
            "session__event_id", "session_id", "speaker_id"
        ):
            self.told_apart.add(event)
            self.of_session[session].add(speaker)

    def in_session(self, session: int, event: int) -> frozenset[int]:
        if event in self.told_apart:
            return frozenset(self.of_session.get(session, ()))
        return self.of_event.get(event, frozenset())
