"""Registrations: take a place, see who comes, give a place back."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from events import rules
from events.api import writing
from events.api.events import event_of
from events.domain import registration
from events.domain.registration import Place
from events.models import Event, Registration
from events.schemas import PlaceIn, PlaceOut, RegistrationFilter, RegistrationOut
from kit import ids, ratelimit
from kit.errors import Invalid
from programmes.answers import answer, found, page_of, permit, responses
from programmes.apikeys import anyone, needs_key, person_of
from programmes.models import Alliance
from programmes.schemas import Listing

router = Router(tags=["Registrations"])


@router.post(
    "/events/{slug:slug}/registrations",
    auth=anyone("registrations:write"),
    response=responses(201, PlaceOut, 401, 404, 409, 422),
    operation_id="register",
    summary="Register for an event",
)
def register(request: HttpRequest, slug: str, place: PlaceIn) -> HttpResponse:
    """Answers 201 with `confirmed`, or `waitlisted` and the place in the queue. A mail follows.

    The same address again gives the same answer and mails the person their link. 409
    `registration-closed`, `event-full` (no waitlist) or `members-only`.
    """
    ratelimit.hit(request, "register", limit=60, seconds=60)
    event = event_of(request, slug)
    outcome = registration.register(event, _place(place), at=timezone.now())
    return answer({"state": outcome.state, "position": outcome.position}, status=201)


@router.get(
    "/events/{slug:slug}/registrations",
    auth=needs_key("registrations:read"),
    response=responses(200, Listing[RegistrationOut], 401, 404, 422),
    operation_id="list_registrations",
    summary="List an event's registrations",
)
def list_registrations(
    request: HttpRequest, slug: str, wanted: Query[RegistrationFilter]
) -> HttpResponse:
    """In the order people registered. Co-hosts see whom the event's data rule shows them."""
    event = event_of(request, slug)
    _permit_host(request, event)
    visible = Registration.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    shown = visible.filter(event=event).order_by("joined_at", "pk")
    if wanted.state:
        shown = shown.filter(state__in=wanted.state)
    return page_of(shown, wanted, writing.registrations)


@router.post(
    "/registrations/{code}/cancellation",
    auth=needs_key("registrations:write"),
    response=responses(200, RegistrationOut, 401, 404, 409),
    operation_id="cancel_registration",
    summary="Cancel a registration",
)
def cancel_registration(request: HttpRequest, code: str) -> HttpResponse:
    """The seat goes to the next in line, who is told by mail. Twice is harmless.

    404 where the code is unknown or the event's data rule hides it from you. 409 `event-over`.
    """
    visible = Registration.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    place = found(visible.filter(code=ids.clean(code) or "").first(), "registration")
    event = Event.objects.prefetch_related("hosts").get(pk=place.event_id)
    may = rules.may_run(request.actor, event)  # type: ignore[attr-defined]
    permit(may, "Only organisers of a host may cancel a registration.")
    ended = registration.cancel(place, by=person_of(request), at=timezone.now())
    return answer(writing.registrations([ended])[0])


def alliance_of(slug: str | None) -> Alliance | None:
    """The alliance somebody named, or None. Raises Invalid where there is none of that name."""
    if slug is None:
        return None
    alliance = Alliance.objects.active().filter(slug=slug).first()
    if alliance is None:
        raise Invalid.at("alliance", msg=f"There is no alliance “{slug}”.")
    return alliance


def _place(sent: PlaceIn) -> Place:
    return Place(
        name=sent.name,
        email=sent.email,
        organisation=sent.organisation,
        alliance=alliance_of(sent.alliance),
        access_needs=sent.access_needs,
        answers=sent.answers,
        source="api",
    )


def _permit_host(request: HttpRequest, event: Event) -> None:
    may = rules.may_see_registrations(request.actor, event)  # type: ignore[attr-defined]
    permit(may, "Only hosts of this event may see who is registered, by its data rule.")
