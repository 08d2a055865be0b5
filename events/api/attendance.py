"""Attendance: send a platform's report, look at what was read, apply it or take it back, settle."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Form, Router
from ninja.files import UploadedFile

from events import rules
from events.api.events import event_of, led_event, shown
from events.domain import attendance, reports
from events.models import AttendanceImport, Event
from events.schemas import EventOut, ImportMade, ImportOut, SettlementIn
from programmes.answers import answer, found, permit, responses
from programmes.apikeys import needs_key, person_of

router = Router(tags=["Attendance"])
READ = needs_key("attendance:read")
WRITE = needs_key("attendance:write")


@router.post(
    "/events/{slug:slug}/attendance/imports",
    auth=WRITE,
    response=responses(202, ImportMade, 401, 404, 422),
    operation_id="upload_attendance",
    summary="Send an attendance report",
)
def upload_attendance(
    request: HttpRequest, slug: str, file: File[UploadedFile], zone: Form[str] = ""
) -> HttpResponse:
    """The CSV of Zoom, Teams, Webex or Google Meet. It is read now and counts once it is applied.

    `zone` is the one its times were written in, the event's where it is left out. 422
    `not-a-report`, `wrong-date`, `too-large`. The same file again gives the same import.
    """
    event = event_of(request, slug)
    may = rules.may_take_attendance(request.actor, event)  # type: ignore[attr-defined]
    permit(may, "Only organisers of a host may take attendance.")
    reports.check_size(file.size or 0)
    batch = attendance.upload(
        event,
        raw=file.read(),
        filename=file.name or "",
        zone=zone,
        by=person_of(request),
        at=timezone.now(),
    )
    return answer({"id": batch.pk}, status=202)


@router.get(
    "/attendance/imports/{int:number}",
    auth=READ,
    response=responses(200, ImportOut, 401, 404),
    operation_id="get_attendance_import",
    summary="Look at a report",
)
def get_attendance_import(request: HttpRequest, number: int) -> HttpResponse:
    """Who was there for how long, next to the registrations they belong to.

    Co-hosts see the people whom the event's data rule shows them, and all of what they sent.
    """
    return _shown(request, _import(request, number))


@router.post(
    "/attendance/imports/{int:number}/application",
    auth=WRITE,
    response=responses(200, ImportOut, 401, 404, 409),
    operation_id="apply_attendance_import",
    summary="Let a report count",
)
def apply_attendance_import(request: HttpRequest, number: int) -> HttpResponse:
    """Twice is harmless. Only `exact` matches count. 409 `not-ready` where it was taken back."""
    batch = _import(request, number)
    applied = attendance.apply(batch, by=person_of(request), at=timezone.now())
    return _shown(request, applied)


@router.delete(
    "/attendance/imports/{int:number}",
    auth=WRITE,
    response=responses(200, ImportOut, 401, 404),
    operation_id="undo_attendance_import",
    summary="Take a report back",
)
def undo_attendance_import(request: HttpRequest, number: int) -> HttpResponse:
    """Minutes are then what the other reports say. The record of it stays, as `undone`."""
    batch = _import(request, number)
    return _shown(request, attendance.undo(batch, by=person_of(request), at=timezone.now()))


@router.post(
    "/events/{slug:slug}/attendance/settlement",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409, 422),
    operation_id="settle_attendance",
    summary="Settle attendance",
)
def settle_attendance(
    request: HttpRequest, slug: str, settlement: SettlementIn | None = None
) -> HttpResponse:
    """Decides who attended; certificates are made from that. Again after a correction: anew.

    409 `not-over` before the event has ended, unless `early` is true.
    """
    event = led_event(request, slug)
    early = settlement.early if settlement else False
    settled = attendance.settle(event, early=early, by=person_of(request), at=timezone.now())
    return shown(request, settled)


def _import(request: HttpRequest, number: int) -> AttendanceImport:
    """The report, for organisers of its event's hosts. Raises NotFound for everybody else."""
    batch = found(AttendanceImport.objects.defer("raw").filter(pk=number).first(), "report")
    may = rules.may_take_attendance(request.actor, _event(batch))  # type: ignore[attr-defined]
    return found(batch if may else None, "report")


def _event(batch: AttendanceImport) -> Event:
    return Event.objects.prefetch_related("hosts").get(pk=batch.event_id)


def _shown(request: HttpRequest, batch: AttendanceImport) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    people, problems = reports.seen_by(actor, batch, _event(batch))
    return answer(
        {
            "id": batch.pk,
            "state": batch.state,
            "layout": batch.layout,
            "rows": batch.row_count,
            "people": [_person(person) for person in people],
            "problems": problems,
        }
    )


def _person(person: dict[str, Any]) -> dict[str, Any]:
    names = ("key", "name", "email", "present_seconds", "in_session_seconds", "match")
    row = {name: person[name] for name in names}
    if person["registration"]:
        row["registration"] = person["registration"]
    return row
