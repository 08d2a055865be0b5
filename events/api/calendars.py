"""Calendars that alliances keep elsewhere: register, look, read now, change, remove; and what they
list for everybody.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from ninja import Query, Router

from events import rules
from events.domain import partners
from events.models import PartnerCalendar, PartnerEntry
from events.schemas_calendars import (
    PartnerCalendarIn,
    PartnerCalendarOut,
    PartnerCalendarPatch,
    PartnerEntryFilter,
    PartnerEntryOut,
)
from kit.errors import Invalid
from kit.faults import Faults
from programmes.access import Actor
from programmes.answers import answer, found, page_of, permit, responses, stamp
from programmes.apikeys import anyone, needs_key, person_of
from programmes.models import Alliance
from programmes.schemas import Listing, Page

router = Router(tags=["Calendars kept elsewhere"])
READ = needs_key("events:read")
WRITE = needs_key("events:write")
NOT_YOURS = "Only organisers of the alliance whose calendar it is may do that."


@router.get(
    "/partner-calendars",
    auth=READ,
    response=responses(200, Listing[PartnerCalendarOut], 401, 422),
    operation_id="list_partner_calendars",
    summary="List the calendars of your alliances",
)
def list_partner_calendars(request: HttpRequest, wanted: Query[Page]) -> HttpResponse:
    """Each with its last reading: when, how many entries, and what went wrong."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = _visible(actor).order_by("alliance__position", "name", "pk")
    return page_of(rows, wanted, lambda some: [_written(actor, one) for one in some])


@router.post(
    "/partner-calendars",
    auth=WRITE,
    response=responses(201, PartnerCalendarOut, 401, 403, 409, 422),
    operation_id="add_partner_calendar",
    summary="Register a calendar",
)
def add_partner_calendar(request: HttpRequest, calendar: PartnerCalendarIn) -> HttpResponse:
    """Nothing is fetched before the answer; a worker reads it within a minute, then every hour.

    409 `calendar-already-there`. Addresses must be https on its own port and lead to a public one.
    """
    actor = request.actor  # type: ignore[attr-defined]
    alliance = Alliance.objects.active().filter(slug=calendar.alliance).first()
    if alliance is None:
        raise Invalid.at("alliance", msg=f"There is no alliance “{calendar.alliance}”.")
    permit(rules.may_plan_for(actor, alliance), "You can add one only for your own alliance.")
    details = partners.Details(calendar.name, calendar.purpose, calendar.shows_titles)
    made = partners.add(
        alliance, details, url=calendar.url, by=person_of(request), at=timezone.now()
    )
    return answer(_written(actor, made), status=201)


@router.get(
    "/partner-calendars/{int:number}",
    auth=READ,
    response=responses(200, PartnerCalendarOut, 401, 404),
    operation_id="get_partner_calendar",
    summary="Get one calendar",
)
def get_partner_calendar(request: HttpRequest, number: int) -> HttpResponse:
    """`is_being_read` until the reading that was asked for last has been tried."""
    return _one(request, number)


@router.patch(
    "/partner-calendars/{int:number}",
    auth=WRITE,
    response=responses(200, PartnerCalendarOut, 401, 403, 404, 422),
    operation_id="change_partner_calendar",
    summary="Change or pause a calendar",
)
def change_partner_calendar(
    request: HttpRequest, number: int, changes: PartnerCalendarPatch
) -> HttpResponse:
    """A paused one is not read, and what was read of it neither shows nor counts."""
    held, by, at = _mine(request, number), person_of(request), timezone.now()
    given = {key: value for key, value in changes.model_dump().items() if value is not None}
    state = given.pop("state", None)
    now = partners.Details(held.name, held.purpose, held.shows_titles)
    partners.change(held, replace(now, **given), by=by, at=at)
    if state == PartnerCalendar.State.PAUSED:
        partners.pause(held, by=by, at=timezone.now())
    elif state == PartnerCalendar.State.ACTIVE and held.state != state:
        partners.resume(held, by=by, at=at)
    return _one(request, number)


@router.delete(
    "/partner-calendars/{int:number}",
    auth=WRITE,
    response=responses(204, None, 401, 403, 404),
    operation_id="remove_partner_calendar",
    summary="Remove a calendar",
)
def remove_partner_calendar(request: HttpRequest, number: int) -> HttpResponse:
    """With everything that was read from it."""
    partners.remove(_mine(request, number), by=person_of(request), at=timezone.now())
    return HttpResponse(status=204)


@router.post(
    "/partner-calendars/{int:number}/reading",
    auth=WRITE,
    response=responses(202, PartnerCalendarOut, 401, 403, 404, 409),
    operation_id="read_partner_calendar",
    summary="Have a calendar read now",
)
def read_partner_calendar(request: HttpRequest, number: int) -> HttpResponse:
    """Asked again within a minute, it is read once. 409 `calendar-paused`."""
    partners.ask(_mine(request, number), at=timezone.now())
    return _one(request, number, status=202)


@router.get(
    "/partner-calendars/{int:number}/entries",
    auth=READ,
    response=responses(200, Listing[PartnerEntryOut], 401, 404, 422),
    operation_id="list_partner_calendar_entries",
    summary="List what is in a calendar",
)
def list_partner_calendar_entries(
    request: HttpRequest, number: int, wanted: Query[Page]
) -> HttpResponse:
    """Everything that was read, private entries without their titles, in order."""
    actor = request.actor  # type: ignore[attr-defined]
    calendar = found(_visible(actor).filter(pk=number).first(), "calendar")
    rows = calendar.entries.select_related("calendar__alliance").defer("ics")
    return page_of(rows.order_by("starts_at", "pk"), wanted, _entries)


@router.get(
    "/partner-entries",
    auth=anyone("events:read"),
    response=responses(200, Listing[PartnerEntryOut], 401, 422),
    operation_id="list_partner_entries",
    summary="List events on alliances' own calendars",
)
def list_partner_entries(request: HttpRequest, wanted: Query[PartnerEntryFilter]) -> HttpResponse:
    """What the network calendar shows beside our events, each once: those of ours are left out."""
    faults, at = Faults(), timezone.now()
    start: datetime | None = at
    end: datetime | None = None
    with faults.noted():
        start = _moment("from", wanted.from_) or at
    with faults.noted():
        end = _moment("to", wanted.to)
    known = Alliance.objects.filter(slug__in=wanted.alliance).values_list("slug", flat=True)
    if unknown := sorted(set(wanted.alliance) - set(known)):
        faults.add("alliance", msg=f"There is no alliance “{unknown[0]}”.")
    faults.settle()
    rows = partners.listed(start=start or at, end=end, alliances=wanted.alliance)
    page = rows[wanted.offset : wanted.offset + wanted.limit]
    return answer({"items": _entries(page), "count": len(rows)})


def _visible(actor: Actor) -> Any:
    return PartnerCalendar.objects.visible_to(actor).select_related("alliance")


def _mine(request: HttpRequest, number: int) -> PartnerCalendar:
    actor = request.actor  # type: ignore[attr-defined]
    held: PartnerCalendar = found(_visible(actor).filter(pk=number).first(), "calendar")
    permit(rules.may_keep_calendar(actor, held), NOT_YOURS)
    return held


def _one(request: HttpRequest, number: int, *, status: int = 200) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    held = found(_visible(actor).filter(pk=number).first(), "calendar")
    return answer(_written(actor, held), status=status)


def _written(actor: Actor, calendar: PartnerCalendar) -> dict[str, Any]:
    may_keep = rules.may_keep_calendar(actor, calendar)
    return {
        "id": calendar.pk,
        "alliance": calendar.alliance.slug,
        "name": calendar.name,
        "host": urlsplit(calendar.url).hostname or "",
        "url": calendar.url if may_keep else None,
        "purpose": calendar.purpose,
        "shows_titles": calendar.shows_titles,
        "state": calendar.state,
        "is_being_read": calendar.is_being_read,
        "tried_at": stamp(calendar.tried_at),
        "read_at": stamp(calendar.read_at),
        "next_try_at": stamp(calendar.next_try_at),
        "entry_count": calendar.entry_count,
        "error": calendar.error,
        "notes": calendar.notes,
    }


def _entries(rows: Sequence[PartnerEntry]) -> list[dict[str, Any]]:
    return [
        {
            "uid": entry.uid,
            "alliance": entry.calendar.alliance.slug,
            "calendar": entry.calendar.name,
            "title": entry.title,
            "starts_at": stamp(entry.starts_at),
            "ends_at": stamp(entry.ends_at),
            "starts_on": entry.starts_on.isoformat() if entry.starts_on else None,
            "ends_on": entry.ends_on.isoformat() if entry.ends_on else None,
            "time_zone": entry.time_zone,
            "location": entry.location,
            "url": entry.url,
            "status": entry.status.lower(),
        }
        for entry in rows
    ]


def _moment(place: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = parse_datetime(text)
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid.at(place, msg="Write a time in UTC, such as 2027-01-13T18:00:00Z.")
