"""The program builder: sessions in their running order, with speakers, rooms and breaks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from events import rules
from events.domain import credit as credit_schemes
from events.domain import dates, proposals, running_order, scheduling, speaking
from events.domain.plans import EventPlan
from events.domain.running_order import Clash
from events.domain.speaking import Directory
from events.domain.timing import SessionPlan, Timed
from events.forms_program import (
    ProgramRows,
    Typed,
    blank_row,
    plans_of,
    posted_rows,
    rows_of,
    shown,
    unknown_speakers,
)
from events.models import Event
from events.views import planned, workspace
from kit import walltime
from kit.errors import Invalid, Refused
from programmes.access import organiser
from programmes.templatetags.lyceum import field_errors_summary

PAGE = "events/organiser/program.html"
CHANGED = "Somebody else changed this event since you opened it, so yours is not saved yet."
DEFAULT_CREDIT_MINUTES = {"contact_hour": 60}


@dataclass
class Desk:
    """What the page works on: the event as its lead wants it, its people, and the rows typed."""

    event: Event
    plan: EventPlan
    people: Directory
    rows: list[Typed]
    version: int

    @property
    def zone(self) -> str:
        return self.plan.time_zone

    @property
    def known(self) -> dict[str, SessionPlan]:
        return {session.uid: session for session in self.plan.sessions}

    def plans(self) -> tuple[SessionPlan, ...]:
        return plans_of(self.rows, self.known, self.zone, self.people)


@organiser(rules.may_edit, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def program(request: HttpRequest, event: Event) -> HttpResponse:
    """Build the program. Every button but “Save” only changes what the form shows."""
    plan, people = proposals.wanted_plan(event), speaking.directory()
    desk = Desk(event, plan, people, [], event.version)
    if request.method != "POST":
        desk.rows = rows_of(plan.sessions, desk.zone, people)
        return _draw(request, desk, shown(desk.rows, desk.zone))
    desk.rows = posted_rows(request.POST)
    desk.version = max(_number(request.POST.get("version", "")), 0)
    if request.POST.get("do"):
        return _act(request, desk)
    return _save(request, desk)


def _act(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A button that changes the form alone; its times are worked out again."""
    name, *places = request.POST.get("do", "").split(":")
    numbers = [number for place in places if (number := _number(place)) >= 0]
    act, refusal = ACTS.get(name), ""
    if act is not None and (name in WHOLE or (numbers and numbers[0] < len(desk.rows))):
        try:
            act(desk, numbers, request.POST)
        except Invalid as no:
            refusal = str(no)
    _flow(desk)
    return _draw(request, desk, shown(desk.rows, desk.zone), refusal=refusal)


def _save(request: HttpRequest, desk: Desk) -> HttpResponse:
    rows = shown(desk.rows, desk.zone, bound=True)
    valid = rows.is_valid()
    unknown_speakers(rows, desk.people)
    if not valid or any(form.errors for form in rows.forms):
        return _draw(request, desk, rows, status=422)
    changes = {"sessions": dates.marked(desk.plan.sessions, desk.plans(), desk.zone)}
    by, at = workspace.person(request), timezone.now()
    try:
        saved = scheduling.edit(
            desk.event, changes, by=by, at=at, version=desk.version, seen=desk.plan
        )
    except scheduling.StaleEdit as no:
        return _draw_stale(request, desk, rows, no, changes=changes)
    except Refused as no:
        left = _add_refusal(rows, no)
        return _draw(request, desk, rows, status=no.status, refusal=left)
    workspace.done(request, planned.saved_line(saved, desk.version))
    return redirect("organise-sessions", saved.slug)


def _draw_stale(
    request: HttpRequest, desk: Desk, rows: ProgramRows, no: Refused, *, changes: dict[str, Any]
) -> HttpResponse:
    """The form as typed, what differs from what is saved now, and the version to save over."""
    event = workspace.by_slug(request.actor, desk.event.slug)  # type: ignore[attr-defined]
    desk.event, desk.version = event, event.version
    now = proposals.wanted_plan(event)
    differences = planned.differences(now, changes)
    return _draw(request, desk, rows, status=no.status, refusal=CHANGED, differences=differences)


def _add_refusal(rows: ProgramRows, no: Refused) -> str:
    """Put what was refused beside its fields; returns what belongs to none."""
    faults = no.errors if isinstance(no, Invalid) and no.errors else [{"loc": [], "msg": str(no)}]
    left = [fault["msg"] for fault in faults if not rows.add_fault(fault["loc"], fault["msg"])]
    return " ".join(left)


# --- the buttons ----------------------------------------------------------------------------------


def _add(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    desk.rows.append(blank_row(desk.rows, desk.zone))


def _remove(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    if len(desk.rows) > 1:
        del desk.rows[numbers[0]]


def _up(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    place = numbers[0]
    if not 0 < place < len(desk.rows):
        return
    plans = running_order.exchanged(desk.plans(), place, desk.zone)
    rows = rows_of(plans, desk.zone, desk.people)
    desk.rows[place - 1 : place + 1] = rows[place - 1 : place + 1]


def _down(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    _up(desk, [numbers[0] + 1], posted)


def _cancel(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    desk.rows[numbers[0]]["cancelled"] = "1"


def _restore(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    desk.rows[numbers[0]]["cancelled"] = ""


def _add_speaker(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    row = desk.rows[numbers[0]]
    row["speakers"] = str(max(_number(row.get("speakers", "")), 0) + 1)


def _speaker_up(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    row, place = desk.rows[numbers[0]], numbers[-1]
    if len(numbers) == 2 and 0 < place < _number(row.get("speakers", "")):
        first, second = f"speaker_{place - 1}", f"speaker_{place}"
        row[first], row[second] = row.get(second, ""), row.get(first, "")


def _add_break(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    row = desk.rows[numbers[0]]
    row["breaks"] = str(max(_number(row.get("breaks", "")), 0) + 1)


def _shift(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    """The whole program to another start."""
    first = f"{posted.get('shift_on', '').strip()}T{posted.get('shift_at', '').strip()[:5]}"
    moved = running_order.started(desk.plans(), first, desk.zone, fold=0)
    desk.rows = rows_of(moved, desk.zone, desk.people)


def _work_out(desk: Desk, numbers: list[int], posted: QueryDict) -> None:
    """Times are worked out for every button."""


ACTS: dict[str, Callable[[Desk, list[int], QueryDict], None]] = {
    "add": _add,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "cancel": _cancel,
    "restore": _restore,
    "speaker": _add_speaker,
    "speaker-up": _speaker_up,
    "break": _add_break,
    "shift": _shift,
    "times": _work_out,
}


WHOLE = {"add", "shift", "times"}
"""What is done to the program and not to one of its rows."""


def _number(typed: str) -> int:
    """A whole number as a form holds it; -1 for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


def _flow(desk: Desk) -> None:
    """Write into the rows when those that follow another session start now."""
    laid_out = running_order.laid_out(desk.plans(), desk.zone)
    for row, one in zip(desk.rows, laid_out, strict=True):
        if one is not None and row.get("follows"):
            fresh = rows_of([one.plan], desk.zone, desk.people)[0]
            names = [n for n in fresh if n in {"on", "starts"} or n.startswith("break_")]
            row |= {name: fresh[name] for name in names}


# --- the page -------------------------------------------------------------------------------------


def _draw(
    request: HttpRequest, desk: Desk, rows: ProgramRows, *, status: int = 200, **more: Any
) -> HttpResponse:
    event = desk.event
    laid_out = running_order.laid_out(desk.plans(), desk.zone)
    context = {
        **workspace.frame(request, event, "organise-sessions"),
        "rows": rows,
        "cards": _cards(rows, laid_out, desk),
        "people": desk.people.labels.values(),
        "version": desk.version,
        "zone_word": walltime.zone_label(desk.zone, _first_at(laid_out, event)),
        "clashes": _clash_lines(running_order.clashes(laid_out), rows, desk),
        "length": _length(laid_out),
        "credit_note": _credit_note(laid_out, desk.plan),
        "waits": proposals.open_of(event) is not None,
        "is_series": bool(desk.plan.recurrence),
        "first": next((one for one in laid_out if one is not None), None),
        **field_errors_summary(*rows.forms),
        **more,
    }
    return render(request, PAGE, context, status=status)


def _first_at(laid_out: Sequence[Timed | None], event: Event) -> datetime:
    """When it begins, for what the zone is called then."""
    starts = [one.starts_at for one in laid_out if one is not None]
    return min(starts, default=event.starts_at or timezone.now())


def _cards(rows: ProgramRows, laid_out: Sequence[Timed | None], desk: Desk) -> list[dict[str, Any]]:
    """Each row with what the page says of it, and which buttons it has."""
    known, last = desk.known, rows.total - 1
    cards = []
    for number, (form, one) in enumerate(zip(rows.forms, laid_out, strict=True)):
        plan = known.get(str(form["uid"].value() or ""))
        in_series = bool(plan and plan.recurrence_local)
        name = str(form["title"].value() or "").strip() or desk.plan.title
        cards.append(
            {
                "form": form,
                "number": number,
                "name": name,
                "when": _when(one, desk.zone) if one else "",
                "may_rise": number > 0 and not in_series,
                "may_sink": number < last and not in_series,
                "may_follow": number > 0 and not in_series,
                "in_series": in_series,
                "is_there": plan is not None,
            }
        )
    return cards


def _when(one: Timed, zone: str) -> str:
    start = one.starts_at.astimezone(ZoneInfo(zone))
    return f"{walltime.short_date(start)}, {walltime.time_range(one.starts_at, one.ends_at, zone)}"


def _clash_lines(found: Sequence[Clash], rows: ProgramRows, desk: Desk) -> list[dict[str, str]]:
    """What happens at the same time, in words, the worst first."""
    order = {"speaker": 0, "room": 1, "overlap": 2}
    lines = []
    for clash in sorted(found, key=lambda one: order[one.kind]):
        names = [_name(rows, number) for number in (clash.first, clash.second)]
        clocks = _clocks(clash.starts_at, clash.ends_at, desk.zone)
        both = f"{names[0]} and {names[1]}"
        said = {
            "speaker": f"{desk.people.label(clash.what)} speaks in {both} at once, {clocks}.",
            "room": f"{both} are both in {clash.what}, {clocks}.",
            "overlap": f"{both} run side by side, {clocks}.",
        }
        kind = "info" if clash.kind == "overlap" else "problem"
        lines.append({"kind": kind, "text": said[clash.kind], "href": f"#session-{clash.second}"})
    return lines


def _name(rows: ProgramRows, number: int) -> str:
    title = str(rows.forms[number]["title"].value() or "").strip()
    return f"“{title}”" if title else f"session {number + 1}"


def _clocks(start: datetime, end: datetime, zone: str) -> str:
    return walltime.time_range(start, end, zone)


def _length(laid_out: Sequence[Timed | None]) -> list[dict[str, str]]:
    """How long the program is, for components/stat_row.html."""
    length = running_order.length(laid_out)
    live = [one for one in laid_out if one is not None and not one.plan.is_cancelled]
    rows = [
        {"word": "Sessions", "value": str(len(live))},
        {"word": "From first to last", "value": hours(length.whole)},
        {"word": "In sessions", "value": hours(length.sessions)},
        {"word": "Breaks in them", "value": hours(length.breaks)},
        {"word": "Earns credit", "value": hours(length.taught)},
    ]
    days = {one.plan.starts_local[:10] for one in live}
    if len(days) > 1:
        rows[1] = {"word": "Days", "value": str(len(days))}
    return rows


def hours(minutes: int) -> str:
    """“1 h 30 min”."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} min"
    return f"{whole} h {rest} min" if rest else f"{whole} h"


def _credit_note(laid_out: Sequence[Timed | None], plan: EventPlan) -> str:
    """Where the credit promised needs more minutes than the program has."""
    taught = running_order.length(laid_out).taught
    for credit in plan.credits:
        unit = credit.minutes_per_unit or DEFAULT_CREDIT_MINUTES.get(credit.scheme)
        if unit and credit.amount * unit > taught:
            needs = int(credit.amount * unit)
            scheme = credit_schemes.label(credit.scheme)
            return (
                f"The event promises {credit.amount.normalize():f} ({scheme}), which takes "
                f"{hours(needs)}; the program has {hours(taught)} without breaks."
            )
    return ""
