"""Events: read them, draft and edit them, host together, publish, cancel, duplicate."""

from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from events import rules
from events.api import filters, plans, writing
from events.domain import hosting, scheduling
from events.models import Event
from events.schemas import ChangesIn, DecisionIn, EventFilter, EventOut, PlanIn, ReasonIn
from programmes.answers import answer, found, page_of, permit, responses
from programmes.apikeys import anyone, needs_key, person_of
from programmes.models import Alliance
from programmes.schemas import Listing

router = Router(tags=["Events"])
READ = anyone("events:read")
WRITE = needs_key("events:write")
NOT_LEAD = "Only organisers of the alliance that leads this event may do that."


@router.get(
    "/events",
    auth=READ,
    response=responses(200, Listing[EventOut], 401, 422),
    operation_id="list_events",
    summary="List events",
)
def list_events(request: HttpRequest, wanted: Query[EventFilter]) -> HttpResponse:
    """What has been announced, by start; with a key also the drafts your alliances host.

    Unlisted events are not listed. A filter that names something unknown is 422.
    """
    listed = filters.listed_to(request.actor)  # type: ignore[attr-defined]
    narrowed = writing.with_slugs(filters.narrowed(listed, wanted))
    write = partial(writing.events, at=timezone.now(), actor=request.actor)  # type: ignore[attr-defined]
    return page_of(narrowed, wanted, write)


@router.get(
    "/events/{slug:slug}",
    auth=READ,
    response=responses(200, EventOut, 401, 404),
    operation_id="get_event",
    summary="Get one event",
)
def get_event(request: HttpRequest, slug: str) -> HttpResponse:
    """404 `not-found` for an unknown event, and for a draft whose hosts you are not one of."""
    visible = Event.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    event = found(writing.with_slugs(visible).filter(slug=slug).first(), "event")
    return answer(writing.events([event], at=timezone.now(), actor=request.actor)[0])  # type: ignore[attr-defined]


@router.post(
    "/events",
    auth=WRITE,
    response=responses(201, EventOut, 401, 409, 422),
    operation_id="draft_event",
    summary="Draft an event",
)
def draft_event(request: HttpRequest, plan: PlanIn) -> HttpResponse:
    """Answers 201 with a draft, or `proposed` where co-hosts are asked; they get a mail.

    422 with the way to each fault: `no-such-time`, `time-happens-twice` (send the fold),
    `unknown-zone`, `ends-before-start`, `invalid`. 403 where you do not organise for the lead.
    """
    actor = request.actor  # type: ignore[attr-defined]
    permit(actor.is_organiser, "Only organisers may draft events.")
    lead = plans.lead_of(actor, plan)
    permit(rules.may_plan_for(actor, lead), f"You do not organise for {lead.short_name}.")
    event = scheduling.draft(
        lead,
        plans.plan_of(plan),
        co_hosts=plans.co_hosts_of(plan, lead),
        by=person_of(request),
        at=timezone.now(),
    )
    return shown(request, event, status=201)


@router.patch(
    "/events/{slug:slug}",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409, 422),
    operation_id="edit_event",
    summary="Change an event",
)
def edit_event(request: HttpRequest, slug: str, changes: ChangesIn) -> HttpResponse:
    """Only what is sent changes. `sessions`, `topics`, `speakers` and `credits` are replaced whole.

    A changed time, title, place, capacity or data rule asks the co-hosts concerned again. Of a
    published event it waits as `proposal` until they agree, while all else changes at once; then
    registrants are told of a new time. `hosts` asks further alliances. 409 `stale-edit` where
    `version` is not the latest, `capacity-too-low` below the seats taken.
    """
    event = led_event(request, slug)
    by, at = person_of(request), timezone.now()
    co_hosts = plans.co_hosts_of(changes, event.lead)
    with transaction.atomic():
        before = scheduling.plan_of(event)
        changed = plans.changes_of(changes, before)
        event = scheduling.edit(event, changed, by=by, at=at, version=changes.version)
        for alliance in co_hosts:
            hosting.invite(event, alliance, by=by, at=at)
    return shown(request, event)


@router.put(
    "/events/{slug:slug}/hosts/{slug:alliance}",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409, 422),
    operation_id="decide_hosting",
    summary="Accept, decline or leave hosting",
)
def decide_hosting(
    request: HttpRequest, slug: str, alliance: str, decision: DecisionIn
) -> HttpResponse:
    """An alliance's answer to the invitation, by its own organisers.

    While a change waits (`proposal`), it is that change that is answered. 409 `outdated-approval`
    where what was seen is not what is asked any more, with what `changed`; 409 `lead-stays` where
    the lead wants to leave; 404 `not-a-host` where the alliance was not asked.
    """
    event = event_of(request, slug)
    host = found(Alliance.objects.filter(slug=alliance).first(), "alliance")
    allowed = rules.may_answer(request.actor, host)  # type: ignore[attr-defined]
    permit(allowed, f"Only organisers of {host.short_name} may answer for it.")
    seen = decision.agreed or decision.version
    said = hosting.Decision(decision.decision, decision.note, seen)
    hosting.decide(event, host, said, by=person_of(request), at=timezone.now())
    return shown(request, event)


@router.post(
    "/events/{slug:slug}/publication",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409),
    operation_id="publish_event",
    summary="Publish an event",
)
def publish_event(request: HttpRequest, slug: str) -> HttpResponse:
    """Publishing twice is harmless. 409 `approval-missing` names in `waiting` who has not answered.

    409 `nothing-to-publish` where there is no session.
    """
    event = led_event(request, slug)
    return shown(request, scheduling.publish(event, by=person_of(request), at=timezone.now()))


@router.post(
    "/events/{slug:slug}/cancellation",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409, 422),
    operation_id="cancel_event",
    summary="Cancel an event",
)
def cancel_event(request: HttpRequest, slug: str, reason: ReasonIn) -> HttpResponse:
    """Everyone registered is told, with the reason. 422 `reason-missing` where it is blank."""
    event = led_event(request, slug)
    by, at = person_of(request), timezone.now()
    return shown(request, scheduling.cancel(event, reason=reason.reason, by=by, at=at))


def event_of(request: HttpRequest, slug: str) -> Event:
    """The event among those the caller may see, hosts loaded. Raises NotFound."""
    visible = Event.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    events = visible.select_related("lead").prefetch_related("hosts")
    return found(events.filter(slug=slug).first(), "event")


def led_event(request: HttpRequest, slug: str) -> Event:
    """The same for what only the lead may do. Raises NotFound or NotYours."""
    event = event_of(request, slug)
    permit(rules.may_edit(request.actor, event), NOT_LEAD)  # type: ignore[attr-defined]
    return event


def shown(request: HttpRequest, event: Event, *, status: int = 200) -> HttpResponse:
    """The answer that is the event, as it is in the database now and its hosts see it."""
    fresh = writing.with_slugs(Event.objects.filter(pk=event.pk))
    actor = request.actor  # type: ignore[attr-defined]
    return answer(writing.events(fresh, at=timezone.now(), actor=actor)[0], status=status)
