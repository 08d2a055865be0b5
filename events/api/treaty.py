"""What hosts do with each other: a change that waits, invitations, the lead, their talk."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from events import rules
from events.api import treaties
from events.api.events import WRITE, event_of, led_event, shown
from events.api.events import router as events
from events.domain import comments, handover, hosting, proposals
from events.models import Event
from events.schemas import EventOut
from events.schemas_treaty import CommentIn, CommentOut, HappeningOut, LeadAnswerIn, LeadIn
from programmes.answers import answer, found, permit, responses
from programmes.apikeys import needs_key, person_of
from programmes.models import Alliance
from programmes.schemas import Listing

router = Router(tags=["Hosting together"])
READ = needs_key("events:read")


@router.post(
    "/events/{slug:slug}/proposal/publication",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409),
    operation_id="publish_proposal",
    summary="Publish a waiting change without who declined it",
)
def publish_proposal(request: HttpRequest, slug: str) -> HttpResponse:
    """They stop hosting. 409 `approval-missing` while somebody has not answered at all.

    404 `no-proposal` where no change waits. It publishes itself once all co-hosts have agreed.
    """
    event = led_event(request, slug)
    proposals.go_ahead(event, by=person_of(request), at=timezone.now())
    return shown(request, event)


@router.delete(
    "/events/{slug:slug}/proposal",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409),
    operation_id="withdraw_proposal",
    summary="Take a waiting change back",
)
def withdraw_proposal(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything stays as it is public, and every yes to that holds. 404 `no-proposal`."""
    event = led_event(request, slug)
    proposals.withdraw(event, by=person_of(request), at=timezone.now())
    return shown(request, event)


@events.delete(  # its address answers to PUT as well, and one router must hold both
    "/events/{slug:slug}/hosts/{slug:alliance}",
    tags=["Hosting together"],
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409),
    operation_id="uninvite_host",
    summary="Take an invitation back",
)
def uninvite_host(request: HttpRequest, slug: str, alliance: str) -> HttpResponse:
    """Of an alliance that has not said yes. 409 `still-hosts` where it has: only it can leave."""
    event, whom = led_event(request, slug), _alliance(alliance)
    hosting.take_back(event, whom, by=person_of(request), at=timezone.now())
    return shown(request, event)


@router.post(
    "/events/{slug:slug}/handover",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409, 422),
    operation_id="offer_lead",
    summary="Offer the lead to a co-host",
)
def offer_lead(request: HttpRequest, slug: str, lead: LeadIn) -> HttpResponse:
    """The co-host answers with PUT. A key of an operator hands it over at once.

    409 `cannot-lead` where the alliance does not host the event.
    """
    event, whom = led_event(request, slug), _alliance(lead.alliance)
    hand = handover.at_once if request.actor.is_operator else handover.offer  # type: ignore[attr-defined]
    hand(event, whom, by=person_of(request), at=timezone.now())
    return shown(request, event)


@router.delete(
    "/events/{slug:slug}/handover",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409),
    operation_id="keep_lead",
    summary="Take the offer of the lead back",
)
def keep_lead(request: HttpRequest, slug: str) -> HttpResponse:
    """Harmless where nothing is offered."""
    event = led_event(request, slug)
    handover.take_back(event, by=person_of(request), at=timezone.now())
    return shown(request, event)


@router.put(
    "/events/{slug:slug}/handover/{slug:alliance}",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409, 422),
    operation_id="answer_lead",
    summary="Take the lead over, or decline it",
)
def answer_lead(request: HttpRequest, slug: str, alliance: str, said: LeadAnswerIn) -> HttpResponse:
    """By an organiser of the alliance it was offered to. 409 `not-offered` where it was not."""
    event, whom = event_of(request, slug), _alliance(alliance)
    allowed = rules.may_answer(request.actor, whom)  # type: ignore[attr-defined]
    permit(allowed, f"Only organisers of {whom.short_name} may answer for it.")
    accepts = said.decision == "accept"
    handover.answer(event, whom, accepts=accepts, by=person_of(request), at=timezone.now())
    return shown(request, event)


@router.get(
    "/events/{slug:slug}/history",
    auth=READ,
    response=responses(200, Listing[HappeningOut], 401, 404),
    operation_id="get_event_history",
    summary="What happened to an event",
)
def get_event_history(request: HttpRequest, slug: str) -> HttpResponse:
    """Newest first, for its hosts: edits, proposals, answers, deadlines, handovers."""
    rows = treaties.history(_workspace(request, slug))
    return answer({"items": rows, "count": len(rows)})


@router.get(
    "/events/{slug:slug}/comments",
    auth=READ,
    response=responses(200, Listing[CommentOut], 401, 404),
    operation_id="list_comments",
    summary="What the hosts say to each other",
)
def list_comments(request: HttpRequest, slug: str) -> HttpResponse:
    """Oldest first, for its hosts."""
    rows = treaties.comments(_workspace(request, slug))
    return answer({"items": rows, "count": len(rows)})


@router.post(
    "/events/{slug:slug}/comments",
    auth=WRITE,
    response=responses(201, CommentOut, 401, 404, 409, 422),
    operation_id="add_comment",
    summary="Say something to the other hosts",
)
def add_comment(request: HttpRequest, slug: str, comment: CommentIn) -> HttpResponse:
    """The organisers of the other hosts are told by mail."""
    event = _workspace(request, slug)
    actor = request.actor  # type: ignore[attr-defined]
    permit(rules.may_discuss(actor, event), "Only organisers of its hosts talk about an event.")
    who = hosting.speaks_for(event, actor.organises)
    by, at = person_of(request), timezone.now()
    comments.say(event, comment.text, alliance=who, by=by, at=at)
    return answer(treaties.comments(event)[-1], status=201)


def _workspace(request: HttpRequest, slug: str) -> Event:
    event = event_of(request, slug)
    allowed = rules.may_see_workspace(request.actor, event)  # type: ignore[attr-defined]
    permit(allowed, "Only the hosts of this event may see that.")
    return event


def _alliance(slug: str) -> Alliance:
    return found(Alliance.objects.filter(slug=slug).first(), "alliance")
