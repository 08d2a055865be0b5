"""Seasons: list events to be placed together, have them placed, keep some, accept."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from events import rules
from events.domain import seasons
from events.domain.seasons import ItemPlan, SeasonPlan
from events.models import Season, SeasonItem
from events.schemas_season import (
    ItemsIn,
    PinIn,
    SeasonIn,
    SeasonItemIn,
    SeasonOut,
)
from kit.errors import Invalid
from kit.faults import Faults
from programmes.answers import answer, found, page_of, permit, responses, stamp
from programmes.apikeys import needs_key, person_of
from programmes.models import Alliance, Speaker, Topic
from programmes.schemas import Listing, Page

router = Router(tags=["Schedule"])
READ = needs_key("events:read")
WRITE = needs_key("events:write")


@router.get(
    "/seasons",
    auth=READ,
    response=responses(200, Listing[SeasonOut], 401, 422),
    operation_id="list_seasons",
    summary="List the seasons of your alliances",
)
def list_seasons(request: HttpRequest, wanted: Query[Page]) -> HttpResponse:
    """Newest first."""
    return page_of(_visible(request), wanted, _written)


@router.get(
    "/seasons/{season}",
    auth=READ,
    response=responses(200, SeasonOut, 401, 404),
    operation_id="get_season",
    summary="Get one season with its plan",
)
def get_season(request: HttpRequest, season: UUID) -> HttpResponse:
    """While `state` is `solving` a worker looks for a plan: ask again in a second or two."""
    return _one(_of(request, season))


@router.post(
    "/seasons",
    auth=WRITE,
    response=responses(201, SeasonOut, 401, 403, 422),
    operation_id="draft_season",
    summary="List events to be placed together",
)
def draft_season(request: HttpRequest, season: SeasonIn) -> HttpResponse:
    """Nothing is placed yet."""
    actor = request.actor  # type: ignore[attr-defined]
    alliance = _rows(Alliance, [season.alliance], "alliance")[0]
    permit(rules.may_plan_for(actor, alliance), "You can plan only for alliances of yours.")
    plan = SeasonPlan(
        title=season.title,
        time_zone=season.time_zone,
        first_day=season.first_day,
        last_day=season.last_day,
        items=tuple(_items(season.events)),
    )
    made = seasons.draft(alliance, plan, by=person_of(request), at=timezone.now())
    return _one(made, status=201)


@router.post(
    "/seasons/{season}/events",
    auth=WRITE,
    response=responses(201, SeasonOut, 401, 404, 422),
    operation_id="add_season_events",
    summary="Add events to a season",
)
def add_season_events(request: HttpRequest, season: UUID, more: ItemsIn) -> HttpResponse:
    """All of them or none."""
    held = _of(request, season)
    seasons.add(held, _items(more.events), by=person_of(request))
    return _one(held, status=201)


@router.delete(
    "/seasons/{season}/events/{item}",
    auth=WRITE,
    response=responses(200, SeasonOut, 401, 404),
    operation_id="remove_season_event",
    summary="Take an event out of a season",
)
def remove_season_event(request: HttpRequest, season: UUID, item: UUID) -> HttpResponse:
    """A draft made of it stays."""
    held = _of(request, season)
    seasons.remove(_item(held, item), by=person_of(request))
    return _one(held)


@router.put(
    "/seasons/{season}/events/{item}/pin",
    auth=WRITE,
    response=responses(200, SeasonOut, 401, 404, 409, 422),
    operation_id="pin_season_event",
    summary="Keep an event where it was placed",
)
def pin_season_event(request: HttpRequest, season: UUID, item: UUID, pin: PinIn) -> HttpResponse:
    """409 `nothing-placed` where it has no time yet."""
    held = _of(request, season)
    seasons.pin(_item(held, item), is_pinned=pin.pinned, by=person_of(request))
    return _one(held)


@router.post(
    "/seasons/{season}/plan",
    auth=WRITE,
    response=responses(202, SeasonOut, 401, 404, 422),
    operation_id="place_season",
    summary="Place all that is not pinned",
)
def place_season(request: HttpRequest, season: UUID) -> HttpResponse:
    """A worker takes up to ten seconds for two dozen events."""
    held = _of(request, season)
    return _one(seasons.ask_for_plan(held, by=person_of(request), at=timezone.now()), status=202)


@router.post(
    "/seasons/{season}/acceptance",
    auth=WRITE,
    response=responses(200, SeasonOut, 401, 404, 409, 422),
    operation_id="accept_season",
    summary="Make drafts of what was placed",
)
def accept_season(request: HttpRequest, season: UUID) -> HttpResponse:
    """Co-hosts are asked by mail. Each event becomes a draft once, however often this is called."""
    held = _of(request, season)
    seasons.accept(held, by=person_of(request), at=timezone.now())
    return _one(held)


def _visible(request: HttpRequest) -> Any:
    return Season.objects.visible_to(request.actor).select_related("alliance")  # type: ignore[attr-defined]


def _of(request: HttpRequest, public_id: UUID) -> Season:
    season: Season = found(_visible(request).filter(public_id=public_id).first(), "season")
    return season


def _item(season: Season, public_id: UUID) -> SeasonItem:
    row: SeasonItem = found(season.items.filter(public_id=public_id).first(), "event")
    return row


def _items(sent: Sequence[SeasonItemIn]) -> list[ItemPlan]:
    """What was sent, its slugs looked up. Raises Invalid at ``["events", number, field]``."""
    faults, plans = Faults(), []
    for number, one in enumerate(sent):
        with faults.noted("events", number):
            plans.append(
                ItemPlan(
                    title=one.title,
                    minutes=one.minutes,
                    hosts=tuple(_rows(Alliance, one.hosts, "hosts")),
                    first_day=one.first_day,
                    last_day=one.last_day,
                    kind=one.kind,
                    any_host_leads=one.any_host_leads,
                    topics=tuple(_rows(Topic, one.topics, "topics")),
                    speakers=tuple(_rows(Speaker, one.speakers, "speakers")),
                )
            )
    faults.settle()
    return plans


def _rows(model: Any, slugs: Sequence[str], place: str) -> list[Any]:
    known = {row.slug: row for row in model.objects.filter(slug__in=slugs)}
    if missing := [slug for slug in slugs if slug not in known]:
        raise Invalid.at(place, msg=f"There is no “{missing[0]}”.")
    return [known[slug] for slug in dict.fromkeys(slugs)]


def _one(season: Season, *, status: int = 200) -> HttpResponse:
    fresh = Season.objects.select_related("alliance").get(pk=season.pk)
    return answer(_written([fresh])[0], status=status)


def _written(rows: Sequence[Season]) -> list[dict[str, Any]]:
    """Seasons as JSON; three queries for any number."""
    items = SeasonItem.objects.filter(season__in=rows).select_related("lead", "event")
    by_season: dict[int, list[dict[str, Any]]] = {season.pk: [] for season in rows}
    for item in items.prefetch_related("hosts", "topics"):
        by_season[item.season_id].append(_written_item(item))
    return [
        {
            "id": str(season.public_id),
            "alliance": season.alliance.slug,
            "title": season.title,
            "time_zone": season.time_zone,
            "first_day": season.first_day.isoformat(),
            "last_day": season.last_day.isoformat(),
            "state": season.state,
            "reasons": season.reasons,
            "bill": season.bill,
            "events": by_season[season.pk],
        }
        for season in rows
    ]


def _written_item(item: SeasonItem) -> dict[str, Any]:
    return {
        "id": str(item.public_id),
        "title": item.title,
        "minutes": item.minutes,
        "hosts": [host.slug for host in item.hosts.all()],
        "first_day": item.first_day.isoformat(),
        "last_day": item.last_day.isoformat(),
        "kind": item.kind,
        "topics": [topic.slug for topic in item.topics.all()],
        "starts_at": stamp(item.starts_at),
        "lead": item.lead.slug if item.lead else None,
        "cost": item.cost,
        "reasons": item.notes,
        "pinned": item.is_pinned,
        "event": item.event.slug if item.event else None,
    }
