"""Finds the plan of a season, in a worker: reads the rows, calls the solver, writes what it found.

Imports the solver, which is large: only the outbox refers to this module, by its dotted path.
"""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models.functions import Now

from events.domain.finding import hours, wording, world
from events.domain.finding.world import Scope
from events.domain.season import impossible, plan, solving
from events.domain.season.impossible import Reason
from events.domain.season.plan import Item, Placement
from events.models import Season, SeasonItem
from kit.text import listed
from programmes.models import Alliance, Licence, OutboxEntry, Speaker

State = Season.State


@dataclass(frozen=True)
class Read:
    """A season as the solver takes it, with its rows and what things are called."""

    season: plan.Season
    rows: dict[int, SeasonItem]
    names: wording.Names


@dataclass(frozen=True)
class Found:
    """What became of one round: plain values, ready to be written."""

    round: int
    state: str
    bill: dict[str, int] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)


def prepare(entry: OutboxEntry) -> Found | None:
    """Look for a plan; None where another one was asked for since."""
    season = Season.objects.select_related("alliance").get(pk=_pk(entry))
    if season.round != entry.facts["round"]:
        return None
    assert season.asked_at is not None
    seen = read(season, at=season.asked_at)
    solved = solving.solve(seen.season)
    if solved is None:
        return _no_plan(season, seen)
    return Found(
        season.round,
        State.PLACED,
        bill={**asdict(solved.bill), "total": solved.bill.total, "is_best": int(solved.is_best)},
        places=[_place(seen, one) for one in solved.placements],
    )


def finish(entry: OutboxEntry, found: Found | None) -> None:
    """Write what was found, unless another plan was asked for since; pinned rows stay."""
    season = Season.objects.select_for_update().get(pk=_pk(entry))
    if found is None or season.round != found.round:
        return
    Season.objects.filter(pk=season.pk).update(
        state=found.state, solved_at=Now(), bill=found.bill, reasons=found.reasons
    )
    for place in found.places:
        row = SeasonItem.objects.filter(pk=place.pop("pk"), season=season, event=None)
        row.filter(is_pinned=True).update(cost=place["cost"], notes=place["notes"])
        row.filter(is_pinned=False).update(**place)


def read(season: Season, *, at: datetime) -> Read:
    """The season's rows with all that speaks against any time of theirs. Eighteen queries, however
    many events there are. Drafts of other alliances count, but are not named."""
    rows = {
        row.pk: row
        for row in season.items.select_related("first_lead", "event", "lead").prefetch_related(
            "hosts", "topics", "speakers"
        )
    }
    alliances = {host.pk: host for row in rows.values() for host in row.hosts.all()}
    scope = Scope(
        alliances=tuple(alliances.values()),
        windows=(_window(season),),
        topics=frozenset(topic.pk for row in rows.values() for topic in row.topics.all()),
        speakers=frozenset(one.pk for row in rows.values() for one in row.speakers.all()),
        licences=frozenset(row.licence_id for row in rows.values() if row.licence_id),
        lead=season.alliance_id,
        viewer=frozenset({season.alliance_id}),
    )
    seen = world.read(scope, zone=season.time_zone)
    own = {row.event_id for row in rows.values() if row.event_id}
    known = plan.without(seen.known, own)
    items = tuple(_item(season, row) for row in rows.values())
    whole = plan.Season(
        items,
        seen.parties,
        known,
        not_before=hours.end_minute_of(at),
        weights=plan.Weights(**season.weights),
    )
    return Read(whole, rows, seen.names)


def _window(season: Season) -> hours.Span:
    first = season.first_day - timedelta(days=season.first_day.weekday())
    return (
        hours.wall_minute(first, 0, season.time_zone),
        hours.wall_minute(season.last_day + timedelta(days=8), 0, season.time_zone),
    )


def _item(season: Season, row: SeasonItem) -> Item:
    """A row as the solver takes it. Its lead stands first; a draft made of it holds its time."""
    hosts = sorted(row.hosts.all(), key=lambda host: (host.pk != row.first_lead_id, host.position))
    starts_at = row.event.starts_at if row.event is not None else row.starts_at
    is_fixed = row.event_id is not None or row.is_pinned
    leads = tuple(host.pk for host in hosts) if row.any_host_leads else (row.first_lead_id,)
    if row.event is not None:
        leads = (row.event.lead_id,)
    return Item(
        key=row.pk,
        title=row.title,
        minutes=row.minutes,
        hosts=tuple(host.pk for host in hosts),
        first=row.first_day,
        last=row.last_day,
        zone=season.time_zone,
        leads=leads,
        topics=frozenset(topic.pk for topic in row.topics.all()),
        speakers=frozenset(one.pk for one in row.speakers.all()),
        licence=row.licence_id,
        pinned=hours.minute_of(starts_at) if is_fixed and starts_at else None,
    )


def _place(seen: Read, one: Placement) -> dict[str, Any]:
    parties = seen.season.by_id
    hosts = [parties[host] for host in one.item.hosts]
    return {
        "pk": one.item.key,
        "starts_at": hours.instant(one.candidate.start).astimezone(UTC),
        "lead_id": one.lead,
        "cost": one.candidate.cost,
        "notes": wording.reasons(one.candidate.slot, hosts, seen.names),
    }


# -- why there is none


def _no_plan(season: Season, seen: Read) -> Found:
    found = impossible.reasons(seen.season)
    if not found:
        sentence = "No plan was found in the time there is. Widen some weeks, or pin fewer events."
        return Found(season.round, State.FAILED, reasons=[sentence])
    return Found(season.round, State.IMPOSSIBLE, reasons=[_told(one) for one in found])


def _told(reason: Reason) -> str:
    titles = [f"“{item.title}”" for item in reason.items]
    if not reason.held and len(titles) == 1:
        item = reason.items[0]
        return (
            f"{titles[0]} finds no free time of {item.minutes} minutes on a working day from "
            f"{item.first:%B} {item.first.day} to {item.last:%B} {item.last.day}."
        )
    held = listed([_holder(kind, pk) for kind, pk in reason.held])
    sentence = f"{listed(titles)} cannot all be placed in the weeks they are given"
    return f"{sentence}: they need {held} at once." if held else f"{sentence}."


def _holder(kind: str, pk: int) -> str:
    models = {"host": Alliance, "speaker": Speaker, "licence": Licence}
    found = models[kind].objects.filter(pk=pk).values_list("name", flat=True).first()  # type: ignore[attr-defined]
    return str(found)


def _pk(entry: OutboxEntry) -> int:
    return int(entry.subject.split(":")[1])
