"""The programmes of the key's own person: how far they are, skipping dates, leaving."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from events.api.events import event_of
from events.api.programme_writing import progress_fields
from events.domain import enrolment, passport
from events.models import Enrolment, EnrolmentDate, Registration
from events.schemas_programmes import DateIn, MyProgrammeOut
from programmes.answers import answer, found, responses
from programmes.apikeys import needs_key, person_of
from programmes.schemas import Listing

router = Router(tags=["Programmes"])
MINE = "/people/me/programmes/{slug:slug}"
WORDS = {
    Registration.State.CONFIRMED: "registered",
    Registration.State.WAITLISTED: "waitlisted",
    Registration.State.PENDING: "pending",
}


@router.get(
    "/people/me/programmes",
    auth=needs_key("me:read"),
    response=responses(200, Listing[MyProgrammeOut], 401),
    operation_id="list_my_programmes",
    summary="List my programmes",
)
def list_mine(request: HttpRequest) -> HttpResponse:
    """Those the key's person is enrolled in, has left, or has attended an event of."""
    return answer(_mine(person_of(request).pk, at=timezone.now()))


@router.put(
    MINE + "/dates/{slug:event}",
    auth=needs_key("registrations:write"),
    response=responses(200, MyProgrammeOut, 401, 404, 409, 422),
    operation_id="decide_my_date",
    summary="Skip a date of my programme, or take it",
)
def decide(request: HttpRequest, slug: str, event: str, sent: DateIn) -> HttpResponse:
    """A skipped date is given back and not added again. 409 `event-full`, `event-over` …"""
    held = _enrolment(request, slug)
    act = {"skip": enrolment.skip, "take": enrolment.take}[sent.decision]
    act(held, event_of(request, event), at=timezone.now())
    return _shown(held)


@router.delete(
    MINE,
    auth=needs_key("registrations:write"),
    response=responses(200, MyProgrammeOut, 401, 404),
    operation_id="leave_my_programme",
    summary="Leave a programme",
)
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """The dates ahead that came with enrolling are given back. Twice is harmless."""
    held = _enrolment(request, slug)
    enrolment.leave(held, at=timezone.now())
    return _shown(held)


def _enrolment(request: HttpRequest, slug: str) -> Enrolment:
    mine = Enrolment.objects.filter(person=person_of(request), programme__slug=slug)
    return found(mine.select_related("programme__lead", "person", "alliance").first(), "programme")


def _shown(held: Enrolment) -> HttpResponse:
    rows = _mine(held.person_id, at=timezone.now())["items"]
    return answer(next(row for row in rows if row["programme"] == held.programme.slug))


def _mine(person_id: int, *, at: datetime) -> dict[str, Any]:
    """All of one person's programmes, in a fixed number of queries."""
    entries = passport.of_person(person_id, at=at)
    dates = _dates([entry.enrolment for entry in entries if entry.enrolment is not None])
    rows = [
        {
            "programme": entry.programme.slug,
            "name": entry.programme.name,
            "state": entry.enrolment.state if entry.enrolment else None,
            "dates": dates.get(entry.enrolment.pk, []) if entry.enrolment else [],
            **progress_fields(entry.progress),
        }
        for entry in entries
    ]
    return {"items": rows, "count": len(rows)}


def _dates(enrolments: Sequence[Enrolment]) -> dict[int, list[dict[str, str]]]:
    """What became of each date, by enrolment id. Two queries."""
    rows = EnrolmentDate.objects.filter(enrolment__in=enrolments).select_related("event")
    people = {one.pk: one.person_id for one in enrolments}
    live = Registration.objects.live().filter(
        person__in=people.values(), event__in=[row.event_id for row in rows]
    )
    states = {(one.person_id, one.event_id): one.state for one in live}
    found: dict[int, list[dict[str, str]]] = {}
    for row in rows:
        state = states.get((people[row.enrolment_id], row.event_id))
        word = WORDS[Registration.State(state)] if state else _without_place(row)
        found.setdefault(row.enrolment_id, []).append(
            {"event": row.event.slug, "state": word, "reason": row.reason}
        )
    return found


def _without_place(row: EnrolmentDate) -> str:
    return "refused" if row.state == EnrolmentDate.State.REFUSED else "skipped"
