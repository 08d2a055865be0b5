"""Programmes: read them, make them, put in events, enrol, see how far people are."""

from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from events import rules
from events.api import programme_writing as writing
from events.api.events import event_of
from events.api.registrations import alliance_of
from events.domain import curriculum, enrolment, enrolment_dates, passport, records
from events.domain.records import Noted
from events.domain.registration import Place
from events.models import Enrolment
from events.schemas_programmes import (
    EnrolmentIn,
    EnrolmentOut,
    ProgrammeChangesIn,
    ProgrammeIn,
    ProgrammeOut,
    ProgressFilter,
    ProgressOut,
    RecordIn,
    RecordOut,
    TotalsOut,
)
from kit import ids, ratelimit
from programmes import rules as network_rules
from programmes.answers import answer, found, page_of, permit, responses
from programmes.apikeys import anyone, needs_key, person_of
from programmes.models import Programme, ProgrammeRecord
from programmes.schemas import Listing, Page

router = Router(tags=["Programmes"])
READ = anyone("events:read")
WRITE = needs_key("events:write")
PROGRAMME = "/programmes/{slug:slug}"
PERSON = PROGRAMME + "/people/{code}"
NOT_LEAD = "Only organisers of the alliance that leads this programme may do that."


@router.get(
    "/programmes",
    auth=READ,
    response=responses(200, Listing[ProgrammeOut], 401, 422),
    operation_id="list_programmes",
    summary="List the programmes",
)
def list_programmes(request: HttpRequest, wanted: Query[Page]) -> HttpResponse:
    """Series, certificate tracks and learning paths by name, their rules in words and as data."""
    write = partial(writing.programmes, actor=request.actor, at=timezone.now())  # type: ignore[attr-defined]
    return page_of(writing.with_lists(Programme.objects.order_by("name", "pk")), wanted, write)


@router.get(
    PROGRAMME,
    auth=READ,
    response=responses(200, ProgrammeOut, 401, 404),
    operation_id="get_programme",
    summary="Get one programme",
)
def get_programme(request: HttpRequest, slug: str) -> HttpResponse:
    """404 `not-found` where there is none of that name."""
    return _shown(request, _programme(slug))


@router.post(
    "/programmes",
    auth=WRITE,
    response=responses(201, ProgrammeOut, 401, 409, 422),
    operation_id="make_programme",
    summary="Make a programme",
)
def make_programme(request: HttpRequest, sent: ProgrammeIn) -> HttpResponse:
    """Its page is public at once. `events` are put in first, so that the rules may name them.

    422 with the way to each fault of the rules, 409 `event-taken` or `not-hosted-here`.
    """
    actor = request.actor  # type: ignore[attr-defined]
    permit(actor.is_organiser, "Only organisers may make programmes.")
    lead = writing.lead_of(actor, sent.lead)
    permit(rules.may_plan_for(actor, lead), f"You do not organise for {lead.short_name}.")
    by, at = person_of(request), timezone.now()
    changes = writing.changes_of(sent)
    ruled = {name: changes.pop(name) for name in ("completion", "sets") if name in changes}
    with transaction.atomic():
        plan = curriculum.ProgrammePlan(**changes, slug=sent.slug or "")
        made = curriculum.draft(lead, plan, by=by, at=at)
        for slug in dict.fromkeys(sent.events):
            event = event_of(request, slug)
            permit(rules.may_edit(actor, event), f"You do not lead “{event.title}”.")
            curriculum.add_event(made, event, by=by, at=at)
        made = curriculum.edit(made, ruled, by=by, at=at)
    return _shown(request, made, status=201)


@router.patch(
    PROGRAMME,
    auth=WRITE,
    response=responses(200, ProgrammeOut, 401, 404, 409, 422),
    operation_id="edit_programme",
    summary="Change a programme",
)
def edit_programme(request: HttpRequest, slug: str, sent: ProgrammeChangesIn) -> HttpResponse:
    """Only what is sent changes. Who is enrolled keeps the rules they began with.

    409 `stale-edit` where `version` is not the latest.
    """
    programme = _programme(slug)
    permit(network_rules.may_edit_programme(request.actor, programme), NOT_LEAD)  # type: ignore[attr-defined]
    changes = writing.changes_of(sent)
    by, at = person_of(request), timezone.now()
    saved = curriculum.edit(programme, changes, by=by, at=at, version=sent.version)
    return _shown(request, saved)


@router.put(
    PROGRAMME + "/events/{slug:event}",
    auth=WRITE,
    response=responses(200, ProgrammeOut, 401, 404, 409),
    operation_id="put_event_into_programme",
    summary="Put an event into a programme",
)
def put_event(request: HttpRequest, slug: str, event: str) -> HttpResponse:
    """By organisers of any host, for events they lead. Twice is harmless.

    Who is enrolled is registered for it once it takes registrations.
    """
    actor = request.actor  # type: ignore[attr-defined]
    programme, found_event = _programme(slug), event_of(request, event)
    may = network_rules.may_contribute(actor, programme) and rules.may_edit(actor, found_event)
    permit(may, "Only organisers of a host may put in events, and only those they lead.")
    curriculum.add_event(programme, found_event, by=person_of(request), at=timezone.now())
    return _shown(request, programme)


@router.delete(
    PROGRAMME + "/events/{slug:event}",
    auth=WRITE,
    response=responses(200, ProgrammeOut, 401, 404, 409, 422),
    operation_id="take_event_out_of_programme",
    summary="Take an event out of a programme",
)
def take_out(request: HttpRequest, slug: str, event: str) -> HttpResponse:
    """Registrations stay. 422 where the completion rules still ask for the event."""
    actor = request.actor  # type: ignore[attr-defined]
    programme, found_event = _programme(slug), event_of(request, event)
    may = network_rules.may_edit_programme(actor, programme) or rules.may_edit(actor, found_event)
    permit(may, "Only the lead of the programme or of the event may take it out.")
    curriculum.remove_event(programme, found_event, by=person_of(request), at=timezone.now())
    return _shown(request, programme)


@router.post(
    PROGRAMME + "/enrolments",
    auth=anyone("registrations:write"),
    response=responses(201, EnrolmentOut, 401, 404, 409, 422),
    operation_id="enrol",
    summary="Register for a whole programme",
)
def enrol(request: HttpRequest, slug: str, sent: EnrolmentIn) -> HttpResponse:
    """Registers for every date that is open, and for those added later; one mail tells of all.

    The same address again gives the same answer and mails the person their link. 409
    `enrolment-closed`.
    """
    ratelimit.hit(request, "enrol", limit=20, seconds=60)
    programme = _programme(slug)
    place = Place(
        name=sent.name,
        email=sent.email,
        organisation=sent.organisation,
        alliance=alliance_of(sent.alliance),
        access_needs=sent.access_needs,
        source="api",
    )
    at = timezone.now()
    enrolment.enrol(programme, place, at=at)
    dates = len(enrolment_dates.open_now(programme.pk, at=at))
    return answer({"state": "enrolled", "dates": dates}, status=201)


@router.get(
    PROGRAMME + "/progress",
    auth=needs_key("registrations:read"),
    response=responses(200, Listing[ProgressOut], 401, 404, 422),
    operation_id="list_progress",
    summary="List who is enrolled and how far they are",
)
def list_progress(request: HttpRequest, slug: str, wanted: Query[ProgressFilter]) -> HttpResponse:
    """By name. Co-hosts see whom the programme's data rule shows them; 403 where it is totals."""
    actor = request.actor  # type: ignore[attr-defined]
    programme = _programme(slug)
    may = network_rules.may_see_enrolled(actor, programme)
    permit(may, "Only hosts of this programme may see who is enrolled, by its data rule.")
    visible = Enrolment.objects.visible_to(actor).filter(programme=programme)
    if wanted.state:
        visible = visible.filter(state__in=wanted.state)
    shown = visible.select_related("alliance").order_by("name", "pk")
    return page_of(shown, wanted, partial(writing.progress, programme, at=timezone.now()))


@router.get(
    PROGRAMME + "/totals",
    auth=needs_key("registrations:read"),
    response=responses(200, TotalsOut, 401, 404),
    operation_id="get_programme_totals",
    summary="Count who is enrolled",
)
def get_totals(request: HttpRequest, slug: str) -> HttpResponse:
    """What every host may know, whatever the data rule."""
    programme = _programme(slug)
    may = network_rules.may_see_programme_desk(request.actor, programme)  # type: ignore[attr-defined]
    permit(may, "Only hosts of this programme may see its totals.")
    completed = passport.completed(programme, at=timezone.now())
    return answer({**writing.totals(programme), "completed": completed})


@router.get(
    PERSON + "/records",
    auth=needs_key("registrations:read"),
    response=responses(200, Listing[RecordOut], 401, 404, 422),
    operation_id="list_programme_records",
    summary="List what was noted of a person",
)
def list_records(request: HttpRequest, slug: str, code: str, wanted: Query[Page]) -> HttpResponse:
    """Withdrawn records among them."""
    held = _enrolment(request, slug, code)
    mine = ProgrammeRecord.objects.filter(programme=held.programme_id, person=held.person_id)
    return page_of(mine.select_related("alliance").order_by("at", "pk"), wanted, writing.records)


@router.post(
    PERSON + "/records",
    auth=needs_key("attendance:write"),
    response=responses(201, RecordOut, 401, 404, 409, 422),
    operation_id="add_programme_record",
    summary="Note something of a person",
)
def add_record(request: HttpRequest, slug: str, code: str, sent: RecordIn) -> HttpResponse:
    """Accepted work, an approval, an evaluation, or what was attended instead of an event.

    The same again gives the record that stands. 409 `same-alliance` where another alliance has to
    review the work, `not-hosting` for an alliance that does not host.
    """
    actor = request.actor  # type: ignore[attr-defined]
    held = _enrolment(request, slug, code)
    alliance = found(alliance_of(sent.alliance), "alliance")
    may = rules.may_note_for(actor, held) and rules.may_plan_for(actor, alliance)
    permit(may, "Only organisers of a host may note something, in its name.")
    noted = Noted(sent.kind, sent.name, sent.note, sent.minutes)
    by, at = person_of(request), timezone.now()
    made = records.add(held, noted, alliance=alliance, by=by, at=at)
    return answer(writing.records([made])[0], status=201)


@router.post(
    PERSON + "/records/{int:number}/withdrawal",
    auth=needs_key("attendance:write"),
    response=responses(200, RecordOut, 401, 404),
    operation_id="withdraw_programme_record",
    summary="Withdraw a record",
)
def withdraw_record(request: HttpRequest, slug: str, code: str, number: int) -> HttpResponse:
    """It stays in the list and counts no more. Twice is harmless."""
    held = _enrolment(request, slug, code)
    may = rules.may_note_for(request.actor, held)  # type: ignore[attr-defined]
    permit(may, "Only organisers of a host may withdraw a record.")
    mine = ProgrammeRecord.objects.filter(programme=held.programme_id, person=held.person_id)
    record = found(mine.filter(pk=number).first(), "record")
    withdrawn = records.withdraw(record, by=person_of(request), at=timezone.now())
    return answer(writing.records([withdrawn])[0])


def _programme(slug: str) -> Programme:
    """The programme with its hosts loaded. Raises NotFound."""
    return found(writing.with_lists(Programme.objects.filter(slug=slug)).first(), "programme")


def _enrolment(request: HttpRequest, slug: str, code: str) -> Enrolment:
    """An enrolment among those the data rule shows the caller. Raises NotFound."""
    programme = _programme(slug)
    visible = Enrolment.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    mine = visible.select_related("alliance", "member_organisation").filter(programme=programme)
    held = found(mine.filter(code=ids.clean(code) or "").first(), "enrolment")
    held.programme = programme
    return held


def _shown(request: HttpRequest, programme: Programme, *, status: int = 200) -> HttpResponse:
    """The answer that is the programme, as it is in the database now."""
    fresh = _programme(programme.slug)
    actor = request.actor  # type: ignore[attr-defined]
    [row] = writing.programmes([fresh], actor=actor, at=timezone.now())
    return answer(row, status=status)
