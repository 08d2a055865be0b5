"""Seasons as rows: what is to be placed, asking for a plan, pinning, and drafts made of a plan.

Placing takes seconds, so it is an effect of the outbox: ``placing`` reads the rows, calls the
solver in a worker, and writes what it found, unless another plan was asked for in the meantime.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from events.domain import scheduling
from events.domain.timing import SessionPlan
from events.models import Event, Season, SeasonItem
from kit import text, walltime
from kit.errors import Invalid, Refused
from kit.faults import Faults
from programmes import audit, outbox
from programmes.models import Alliance, Licence, Person, Speaker, Topic

State = Season.State
MOST_ITEMS = 60
LONGEST = timedelta(days=190)
MINUTES = (15, 480)


class NothingPlaced(Refused):
    """There is no plan to pin or accept."""

    code = "nothing-placed"


class SeasonChanged(Refused):
    """Somebody else changed the season since the page was opened."""

    code = "season-changed"


@dataclass(frozen=True)
class ItemPlan:
    """One event to place, as an organiser describes it. Where the lead may not change, it is the
    first of the hosts."""

    title: str
    minutes: int
    hosts: tuple[Alliance, ...]
    first_day: date
    last_day: date
    kind: str = Event.Kind.WEBINAR
    any_host_leads: bool = True
    topics: tuple[Topic, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    licence: Licence | None = None


@dataclass(frozen=True)
class SeasonPlan:
    """A season as an organiser describes it; ``items`` may come later, one by one."""

    title: str
    time_zone: str
    first_day: date
    last_day: date
    items: tuple[ItemPlan, ...] = ()


def draft(alliance: Alliance, plan: SeasonPlan, *, by: Person | None, at: datetime) -> Season:
    """A new season of ``alliance``. Raises Invalid with every fault at its place."""
    frame = _frame(plan)
    with transaction.atomic():
        season = Season.objects.create(alliance=alliance, created_by=by, created_at=at, **frame)
        audit.record("season.drafted", season, by=by.pk if by else None, alliance=alliance.pk)
        add(season, plan.items, by=by)
    return season


def reframe(season: Season, plan: SeasonPlan, *, by: Person | None) -> Season:
    """Give the season another title, zone or other days; its events stay as they are.

    Raises Invalid, which names the events that would lie outside the new days.
    """
    frame = _frame(plan)
    with transaction.atomic():
        held = Season.objects.select_for_update().get(pk=season.pk)
        outside = held.items.exclude(first_day__gte=plan.first_day, last_day__lte=plan.last_day)
        if titles := [f"“{title}”" for title in outside.values_list("title", flat=True)[:5]]:
            raise Invalid.at("first_day", msg=f"These days leave out {text.listed(titles)}.")
        Season.objects.filter(pk=held.pk).update(**frame)
        _changed(held, "season.reframed", by)
    return Season.objects.get(pk=held.pk)


def discard(season: Season, *, by: Person | None) -> None:
    """Delete the season with its list; drafts that were made of it stay. Twice is harmless."""
    with transaction.atomic():
        audit.record("season.discarded", season, by=by.pk if by else None, title=season.title)
        Season.objects.filter(pk=season.pk).delete()


def _frame(plan: SeasonPlan) -> dict[str, Any]:
    """Title, zone and days made clean, as columns. Raises Invalid."""
    faults, title, zone = Faults(), "", ""
    with faults.noted():
        title = text.one_line(plan.title, loc="title", what="The title", at_most=200)
        if not title:
            faults.add("title", msg="Give the season a title.")
    with faults.noted("time_zone"):
        zone = walltime.canonical_zone(plan.time_zone)
    _check_days(plan.first_day, plan.last_day, faults)
    faults.settle()
    days = {"first_day": plan.first_day, "last_day": plan.last_day}
    return {"title": title, "time_zone": zone, **days}


def add(season: Season, items: Sequence[ItemPlan], *, by: Person | None) -> list[SeasonItem]:
    """Put events into the season, after those it has. All of them or none.

    Raises Invalid with the places ``["items", number, field]``.
    """
    with transaction.atomic():
        held = Season.objects.select_for_update().get(pk=season.pk)
        before = held.items.count()
        if before + len(items) > MOST_ITEMS:
            raise Invalid.at("items", msg=f"A season holds at most {MOST_ITEMS} events.")
        faults = Faults()
        for number, item in enumerate(items):
            with faults.noted("items", number):
                check(held, item)
        faults.settle()
        made = [_insert(held, item, before + n) for n, item in enumerate(items)]
        if made:
            _changed(held, "season.items-added", by, count=len(made))
    return made


def change(item: SeasonItem, plan: ItemPlan, *, by: Person | None) -> SeasonItem:
    """Describe one event anew; where it was placed it has to be placed again. Raises Invalid."""
    with transaction.atomic():
        held = Season.objects.select_for_update().get(pk=item.season_id)
        check(held, plan)
        row = held.items.get(pk=item.pk)
        _ensure_open(row)
        for name in ("title", "minutes", "first_day", "last_day", "kind", "any_host_leads"):
            setattr(row, name, getattr(plan, name))
        row.first_lead, row.licence = plan.hosts[0], plan.licence
        row.starts_at = row.lead = None
        row.is_pinned, row.cost, row.notes = False, 0, []
        row.save()
        _write_lists(row, plan)
        _changed(held, "season.item-changed", by, item=row.pk)
    return row


def remove(item: SeasonItem, *, by: Person | None) -> None:
    """Take one event out. Twice is harmless; a draft made of it stays."""
    with transaction.atomic():
        held = Season.objects.select_for_update().get(pk=item.season_id)
        if held.items.filter(pk=item.pk).delete()[0]:
            _changed(held, "season.item-removed", by, title=item.title)


def pin(item: SeasonItem, *, is_pinned: bool, by: Person | None) -> None:
    """Hold an event where it was placed, or let it go again. Raises NothingPlaced."""
    with transaction.atomic():
        held = Season.objects.select_for_update().get(pk=item.season_id)
        row = held.items.get(pk=item.pk)
        if is_pinned and row.starts_at is None:
            raise NothingPlaced(f"“{row.title}” has no time yet that could be kept.")
        if row.is_pinned != is_pinned and row.event_id is None:
            row.is_pinned = is_pinned
            row.save(update_fields=["is_pinned"])
            audit.record("season.pinned", held, by=by.pk if by else None, item=row.pk, to=is_pinned)


def ask_for_plan(season: Season, *, by: Person | None, at: datetime) -> Season:
    """Have a worker place the season; what is pinned or accepted stays. Raises Invalid where there
    is nothing to place. Asking again while one is looked for asks anew, and only the last counts.
    """
    with transaction.atomic():
        held = Season.objects.select_for_update().get(pk=season.pk)
        if not held.items.filter(event=None).exists():
            raise Invalid.at("items", msg="Add at least one event that is not a draft yet.")
        held.round, held.state, held.asked_at = held.round + 1, State.SOLVING, at
        held.reasons = []
        held.save(update_fields=["round", "state", "asked_at", "reasons"])
        outbox.put("events/season-plan", held, key=f"{held.pk}:{held.round}", round=held.round)
        audit.record("season.plan-asked", held, by=by.pk if by else None, round=held.round)
    return held


def accept(season: Season, *, by: Person | None, at: datetime) -> list[Event]:
    """Make drafts of all placed events that are none yet, and ask their co-hosts; returns them.

    Each is made once, however often this is called or cut short. Raises NothingPlaced; Invalid
    names the event whose draft could not be made, and what was made before it stays.
    """
    placed = season.items.filter(starts_at__isnull=False, event=None)
    items = list(placed.select_related("lead", "licence").prefetch_related("hosts", "topics"))
    if not items:
        raise NothingPlaced("No event of this season waits to become a draft. Place them first.")
    return [_accept(season, item, by=by, at=at) for item in items]


def _accept(season: Season, item: SeasonItem, *, by: Person | None, at: datetime) -> Event:
    lead = item.lead or item.first_lead
    others = [host for host in item.hosts.all() if host.pk != lead.pk]
    with transaction.atomic():
        event = scheduling.draft(
            lead, _event_plan(item, lead), co_hosts=others, once=item.public_id, by=by, at=at
        )
        SeasonItem.objects.filter(pk=item.pk).update(event=event, is_pinned=True)
        audit.record("season.accepted", season, by=by.pk if by else None, event=event.pk)
    return event


def _event_plan(item: SeasonItem, lead: Alliance) -> scheduling.EventPlan:
    assert item.starts_at is not None
    ends_at = item.starts_at + timedelta(minutes=item.minutes)
    return scheduling.EventPlan(
        title=item.title,
        kind=item.kind,
        time_zone=lead.zone,
        sessions=(_session(item.starts_at, ends_at, lead.zone),),
        topics=tuple(item.topics.all()),
        speakers=tuple(item.speakers.all()),
        licence=item.licence,
    )


def _session(starts_at: datetime, ends_at: datetime, zone: str) -> SessionPlan:
    starts, ends = (at.astimezone(ZoneInfo(zone)) for at in (starts_at, ends_at))
    return SessionPlan(
        f"{starts:%Y-%m-%dT%H:%M}",
        f"{ends:%Y-%m-%dT%H:%M}",
        starts_fold=starts.fold
        if walltime.happens_twice(starts_at.astimezone(UTC), zone)
        else None,
        ends_fold=ends.fold if walltime.happens_twice(ends_at.astimezone(UTC), zone) else None,
    )


def check(season: Season, item: ItemPlan) -> None:
    """Raises Invalid, at title, minutes, hosts, first_day, last_day or kind, for what cannot be."""
    faults = Faults()
    with faults.noted():
        if not text.one_line(item.title, loc="title", what="The title", at_most=200):
            faults.add("title", msg="Give the event a title.")
    if not MINUTES[0] <= item.minutes <= MINUTES[1]:
        faults.add("minutes", msg=f"Write a length from {MINUTES[0]} to {MINUTES[1]} minutes.")
    if not item.hosts:
        faults.add("hosts", msg="Choose at least one alliance.")
    if any(not host.is_active for host in item.hosts):
        faults.add("hosts", msg="One of these alliances is no longer in the partnership.")
    if item.kind not in Event.Kind.values:
        faults.add("kind", msg="Choose a kind of event.")
    if item.last_day < item.first_day:
        faults.add("last_day", msg="The latest day is before the earliest. Turn them around.")
    elif item.first_day < season.first_day or item.last_day > season.last_day:
        faults.add("first_day", msg="These days lie outside the season.")
    faults.settle()


def _check_days(first: date, last: date, faults: Faults) -> None:
    if not 2000 <= first.year < 2100 or not 2000 <= last.year < 2100:
        faults.add("first_day", msg="Choose days from 2000 to 2099.")
    elif last < first:
        faults.add("last_day", msg="The last day is before the first. Turn them around.")
    elif last - first > LONGEST:
        faults.add("last_day", msg="A season lasts at most half a year.")


def _insert(season: Season, plan: ItemPlan, position: int) -> SeasonItem:
    row = SeasonItem.objects.create(
        season=season,
        position=position,
        title=text.one_line(plan.title, loc="title", what="The title", at_most=200),
        kind=plan.kind,
        minutes=plan.minutes,
        first_day=plan.first_day,
        last_day=plan.last_day,
        first_lead=plan.hosts[0],
        any_host_leads=plan.any_host_leads,
        licence=plan.licence,
    )
    _write_lists(row, plan)
    return row


def _write_lists(row: SeasonItem, plan: ItemPlan) -> None:
    row.hosts.set(plan.hosts)
    row.topics.set(plan.topics)
    row.speakers.set(plan.speakers)


def _ensure_open(row: SeasonItem) -> None:
    if row.event_id is not None:
        raise SeasonChanged(f"“{row.title}” is a draft already. Change it there.")


def _changed(season: Season, action: str, by: Person | None, **facts: Any) -> None:
    Season.objects.filter(pk=season.pk).update(version=F("version") + 1)
    audit.record(action, season, by=by.pk if by else None, **facts)


def weeks_of(season: Season) -> Iterable[date]:
    """The Mondays of the season's weeks, in order."""
    monday = season.first_day - timedelta(days=season.first_day.weekday())
    while monday <= season.last_day:
        yield monday
        monday += timedelta(days=7)
