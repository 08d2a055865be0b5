"""Find a time: for an event, or before there is one. The question is in the address."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from events import rules
from events.domain import redating, scheduling
from events.domain.finding import asking, moving
from events.domain.finding.asking import Answer
from events.forms import add_refusal
from events.forms_finding import TimeForm, coming_weeks
from events.models import Event
from events.views import timetable, workspace
from kit.errors import Refused
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.models import Alliance, Licence
from programmes.templatetags.lyceum import field_errors_summary

PAGE = "events/organiser/time.html"
BEST = 3
PUBLIC = "The event has the new time. Its co-hosts are told by mail."
WAITS = "The new time is proposed. What is public stays until the co-hosts have answered."


@organiser(network_rules.may_organise)
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Before there is an event: who, how long, between which days."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own = [one for one in Alliance.objects.active() if one.pk in actor.organises]
    asked = "alliances" in request.GET
    initial = {
        **coming_weeks(timezone.localdate()),
        "alliances": [one.slug for one in own],
        "minutes": 60,
        "step": 30,
        "zone": own[0].zone if own else "America/Denver",
    }
    licences = Licence.objects.filter(is_active=True).select_related("alliance")
    if not actor.is_operator:
        licences = licences.filter(alliance__in=actor.organises)
    form = TimeForm(request.GET if asked else None, initial=initial, licences=licences)
    lead = own[0].pk if own else None
    return _draw(request, form, lead=lead)


@organiser(rules.may_see_workspace, load=workspace.by_slug)
@require_safe
def of_event(request: HttpRequest, event: Event) -> HttpResponse:
    """For an event: its hosts, topics, speakers and room are known."""
    return _of_event(request, event, request.GET)


@organiser(rules.may_edit, load=workspace.by_slug)
@require_POST
def proposal(request: HttpRequest, event: Event) -> HttpResponse:
    """Put the chosen time into the event; co-hosts and registrants hear of it as of any edit."""
    by, at = workspace.person(request), timezone.now()
    try:
        start = moving.instant_of(request.POST.get("slot", ""))
        minutes = _number(request.POST.get("minutes", ""))
        plan, _ = redating.wanted(event)
        changes = moving.changes(plan, start=start, minutes=minutes or moving.length(plan))
        version = _number(request.POST.get("version", ""))
        saved = scheduling.edit(event, changes, by=by, at=at, version=version, seen=plan)
    except Refused as no:
        asked = QueryDict(request.POST.get("asked", "")[:4000])
        return _of_event(request, event, asked, no=no)
    workspace.done(request, PUBLIC if saved.starts_at == start else WAITS)
    return redirect("organise-event", event.slug)


def _of_event(
    request: HttpRequest, event: Event, asked: QueryDict, *, no: Refused | None = None
) -> HttpResponse:
    hosts = [part for part in workspace.lead_first(event) if part.state in {"invited", "accepted"}]
    initial = {
        **coming_weeks(timezone.localdate()),
        "alliances": [part.alliance.slug for part in hosts],
        "minutes": moving.length(redating.wanted(event)[0]),
        "step": 30,
        "zone": event.time_zone,
    }
    form = TimeForm(asked if "alliances" in asked else _as_sent(initial), event=event)
    return _draw(request, form, event=event, no=no, asked=asked)


def _as_sent(initial: dict[str, Any]) -> QueryDict:
    """The first question of an event, as if it had been typed."""
    sent = QueryDict(mutable=True)
    for name, value in initial.items():
        sent.setlist(name, value if isinstance(value, list) else [str(value)])
    return sent


def _draw(  # noqa: PLR0913
    request: HttpRequest,
    form: TimeForm,
    *,
    event: Event | None = None,
    lead: int | None = None,
    no: Refused | None = None,
    asked: QueryDict | None = None,
) -> HttpResponse:
    found, status = None, no.status if no else 200
    if form.is_bound and form.is_valid():
        try:
            question = form.question(lead=lead, event=event)
            actor: Actor = request.actor  # type: ignore[attr-defined]
            viewer = None if actor.is_operator else actor.alliances
            found = asking.suggest(question, viewer=viewer, at=timezone.now())
        except Refused as wrong:
            for error in getattr(wrong, "errors", []):
                error["loc"] = ["weekday" if at == "weekdays" else at for at in error["loc"]]
            add_refusal(form, wrong)
    if form.is_bound and form.errors:
        status = 422
    query = request.GET if asked is None else asked
    context = {
        **(workspace.frame(request, event) if event else {}),
        "crumbs": workspace.under(event) if event else workspace.ways(),
        "form": form,
        "refusal": str(no) if no else "",
        "asked": query.urlencode(),
        **_shown(found, query, event),
        **field_errors_summary(form),
    }
    return render(request, PAGE, context, status=status)


def _shown(found: Answer | None, query: QueryDict, event: Event | None) -> dict[str, Any]:
    """The tables: the best times, the starts of one day, and links to the other days."""
    if found is None:
        return {"found": None}
    best = found.best(BEST)
    days = timetable.days(found)
    day = _chosen_day(query.get("day", ""), [one for one, _ in days])
    if day is None and found.slots:
        day = timetable.day_of(found, (best or found.slots)[0])
    of_day = [slot for slot in found.slots if timetable.day_of(found, slot) == day]
    return {
        "found": found,
        "day": day,
        "best": timetable.best_rows(found, best),
        "columns": timetable.columns(found),
        "rows": timetable.rows(found, of_day, best),
        "days_off": timetable.days_off(found, of_day),
        "days": [
            {
                "day": one,
                "score": slot.score,
                "url": f"?{_with_day(query, one)}#times",
                "is_current": one == day,
            }
            for one, slot in days
        ],
        "carried": _carried(found),
        "poll_url": _poll_url(
            found, [row["value"] for row in timetable.best_rows(found, best)], event
        ),
    }


def _chosen_day(typed: str, known: list[date]) -> date | None:
    return next((day for day in known if day.isoformat() == typed), None)


def _with_day(query: QueryDict, day: date) -> str:
    changed = query.copy()
    changed["day"] = day.isoformat()
    return changed.urlencode()


def _carried(found: Answer) -> list[tuple[str, str]]:
    """What a new draft takes along from the question."""
    question = found.question
    carried = [("minutes", str(question.minutes)), ("zone", question.told_in)]
    carried += [("alliances", one.slug) for one in question.alliances]
    carried += [("topic", one.slug) for one in question.topics]
    carried += [("speaker", one.slug) for one in question.speakers]
    if question.licence:
        carried.append(("licence", str(question.licence.pk)))
    if question.venue:
        carried.append(("venue", question.venue))
    return carried


def _poll_url(found: Answer, slots: list[str], event: Event | None) -> str:
    """Where co-hosts are asked about the best times."""
    asked = [("slot", slot) for slot in slots] + [("minutes", str(found.question.minutes))]
    if event is not None:
        asked.insert(0, ("event", event.slug))
    return f"{reverse('organise-poll-new')}?{urlencode(asked)}" if slots else ""


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
