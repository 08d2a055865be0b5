"""Polls: ask which of a few times suits whom, read what they say, settle on one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from events import rules
from events.api.events import event_of
from events.domain.polls import links, votes
from events.domain.polls.plans import Asked, PollPlan
from events.models import Poll
from events.schemas_polls import ChoiceIn, PollIn, PollOut
from kit.errors import Invalid
from programmes.answers import answer, found, page_of, permit, responses, stamp
from programmes.apikeys import needs_key, person_of
from programmes.models import Alliance
from programmes.schemas import Listing, Page

router = Router(tags=["Schedule"])
READ = needs_key("events:read")
WRITE = needs_key("events:write")


@router.get(
    "/polls",
    auth=READ,
    response=responses(200, Listing[PollOut], 401, 422),
    operation_id="list_polls",
    summary="List the polls of your alliances",
)
def list_polls(request: HttpRequest, wanted: Query[Page]) -> HttpResponse:
    """Newest first, with those about events your alliances host."""
    return page_of(_visible(request), wanted, _written)


@router.get(
    "/polls/{poll}",
    auth=READ,
    response=responses(200, PollOut, 401, 404),
    operation_id="get_poll",
    summary="Get one poll with its answers",
)
def get_poll(request: HttpRequest, poll: UUID) -> HttpResponse:
    """`times` come the best first: fewest who cannot, then most who gladly can."""
    return _one(request, poll)


@router.post(
    "/polls",
    auth=WRITE,
    response=responses(201, PollOut, 401, 403, 404, 422),
    operation_id="start_poll",
    summary="Ask which time suits",
)
def start_poll(request: HttpRequest, poll: PollIn) -> HttpResponse:
    """Everybody asked gets a link of their own by mail. Answering needs no account and no key."""
    actor = request.actor  # type: ignore[attr-defined]
    alliance = _alliances([poll.alliance], "alliance")[0]
    permit(rules.may_plan_for(actor, alliance), "You can ask only for an alliance you plan for.")
    event = event_of(request, poll.event) if poll.event else None
    if event is not None:
        permit(rules.may_see_workspace(actor, event), "Only hosts of the event may ask about it.")
    asked = [Asked(one.name, one.email) for one in poll.asked]
    hosts = _alliances(poll.ask_alliances, "ask_alliances")
    plan = PollPlan(
        title=poll.title,
        note=poll.note,
        minutes=poll.minutes,
        time_zone=poll.time_zone,
        starts=tuple(poll.starts_at),
        asked=(*asked, *votes.organisers_of(one.pk for one in hosts)),
        closes_at=poll.closes_at,
        has_open_link=poll.open_link,
        event=event,
    )
    made = votes.start(alliance, plan, by=person_of(request), at=timezone.now())
    return _one(request, made.public_id, status=201)


@router.post(
    "/polls/{poll}/closure",
    auth=WRITE,
    response=responses(200, PollOut, 401, 403, 404),
    operation_id="close_poll",
    summary="Take no answers any more",
)
def close_poll(request: HttpRequest, poll: UUID) -> HttpResponse:
    """Twice is harmless."""
    votes.close(_mine(request, poll), by=person_of(request), at=timezone.now())
    return _one(request, poll)


@router.post(
    "/polls/{poll}/choice",
    auth=WRITE,
    response=responses(200, PollOut, 401, 403, 404, 422),
    operation_id="choose_poll_time",
    summary="Settle on one of the times",
)
def choose_poll_time(request: HttpRequest, poll: UUID, choice: ChoiceIn) -> HttpResponse:
    """Everybody asked is told by mail. The poll is closed; another time may be chosen later."""
    held = _mine(request, poll)
    votes.choose(held, choice.starts_at, by=person_of(request), at=timezone.now())
    return _one(request, poll)


def _visible(request: HttpRequest) -> Any:
    polls = Poll.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    counted = polls.select_related("alliance", "event")
    answered = Q(voices__answered_at__isnull=False)
    counted = counted.annotate(asked=Count("voices"), answered=Count("voices", filter=answered))
    return counted.order_by("-created_at", "-pk")


def _mine(request: HttpRequest, public_id: UUID) -> Poll:
    poll: Poll = found(_visible(request).filter(public_id=public_id).first(), "poll")
    actor = request.actor  # type: ignore[attr-defined]
    permit(rules.may_run_poll(actor, poll), "Only the alliance that asks may do that.")
    return poll


def _one(request: HttpRequest, public_id: UUID, *, status: int = 200) -> HttpResponse:
    poll = found(_visible(request).filter(public_id=public_id).first(), "poll")
    return answer(_written([poll])[0], status=status)


def _alliances(slugs: Sequence[str], place: str) -> list[Alliance]:
    known = {one.slug: one for one in Alliance.objects.active().filter(slug__in=slugs)}
    missing = [slug for slug in slugs if slug not in known]
    if missing:
        raise Invalid.at(place, msg=f"There is no alliance “{missing[0]}”.")
    return [known[slug] for slug in slugs]


def _written(polls: Sequence[Any]) -> list[dict[str, Any]]:
    """Polls as JSON; two queries for any number."""
    said = votes.tallies_of(polls)
    at = timezone.now()
    return [
        {
            "id": str(poll.public_id),
            "alliance": poll.alliance.slug,
            "event": poll.event.slug if poll.event else None,
            "title": poll.title,
            "note": poll.note,
            "minutes": poll.minutes,
            "time_zone": poll.time_zone,
            "state": "chosen"
            if poll.chosen_at
            else "open"
            if votes.is_open(poll, at)
            else "closed",
            "closes_at": stamp(poll.closes_at),
            "chosen_at": stamp(poll.chosen_at),
            "asked": poll.asked,
            "answered": poll.answered,
            "open_url": links.open_url(poll) if poll.has_open_link else None,
            "times": [
                {
                    "starts_at": stamp(tally.slot.starts_at),
                    "yes": list(tally.yes),
                    "if_needed": list(tally.maybe),
                    "no": list(tally.no),
                }
                for tally in said[poll.pk]
            ],
        }
        for poll in polls
    ]
