"""Planning an event: drafting it, changing it, and what to do where two changed it at once."""

from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from events import rules
from events.domain import dates, proposals, scheduling, sessions, speaking
from events.domain.plans import EventPlan
from events.domain.timing import SessionPlan
from events.forms_organiser import CREDIT, SPEAKER, DraftForm, EditForm, PlanForm
from events.forms_sessions import (
    SessionRows,
    changed_rows,
    planned_rows,
    typed_rows,
)
from events.models import Event
from events.views import clashing, history, planned, prefill, workspace
from kit import walltime
from kit.errors import Invalid, Refused
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.models import Alliance, Licence
from programmes.templatetags.lyceum import field_errors_summary

PAGE = "events/organiser/plan.html"
MOST_TO_COPY = 100
HOLDS = {"invited", "accepted"}
CHANGED = "Somebody else changed this event since you opened it, so yours is not saved yet."
USUAL = {
    "kind": "webinar",
    "format": "online",
    "has_waitlist": True,
    "closes_minutes_before": 0,
    "visibility": "public",
    "sharing": "own",
    "attendance_percent": 80,
    "captions": "live",
}


@organiser(network_rules.may_organise)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Plan a joint event. A title, a zone and one date are enough to save a draft."""
    leads = _leads(request.actor)  # type: ignore[attr-defined]
    if request.method != "POST":
        if request.GET.get("copy"):
            return redirect("organise-duplicate", _copied(leads, request.GET["copy"]))
        first = leads.first()
        initial = {
            **USUAL,
            "once": uuid4(),
            "lead": first.slug if first else "",
            "time_zone": _zone(first),
        }
        found, rows = prefill.found_time(request.GET, leads=leads, zone=_zone(first))
        return _draw(request, DraftForm(leads=leads, initial={**initial, **found}), rows)
    if (rows := changed_rows(request.POST)) is not None:
        return _draw(request, _shown_again(request, leads=leads), rows)
    form, rows = DraftForm(request.POST, leads=leads), typed_rows(request.POST)
    if _are_valid(form, rows):
        plan = EventPlan(**form.plan(), sessions=rows.plans(), credits=form.credits())
        by, at, asked = workspace.person(request), timezone.now(), form.cleaned_data["co_hosts"]
        try:
            lead, once = form.cleaned_data["lead"], form.cleaned_data["once"]
            event = scheduling.draft(lead, plan, co_hosts=tuple(asked), once=once, by=by, at=at)
        except Refused as no:
            add_refusal(form, rows, no)
            return _draw(request, form, rows, status=no.status)
        workspace.done(request, _drafted(event, len(asked)))
        return redirect("organise-event", event.slug)
    return _draw(request, form, rows, status=422)


@organiser(rules.may_edit, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, event: Event) -> HttpResponse:
    """Change the plan. Co-hosts and registrants hear of what concerns them."""
    before = proposals.wanted_plan(event)
    schemes = [credit.scheme for credit in before.credits]
    if request.method != "POST":
        form = EditForm(schemes=schemes, licences=_licences(event), initial=_initial(event, before))
        return _draw(request, form, planned_rows(before.sessions, before.time_zone), event=event)
    if (rows := changed_rows(request.POST)) is not None:
        return _draw(
            request, _shown_again(request, schemes=schemes, event=event), rows, event=event
        )
    form = EditForm(request.POST, schemes=schemes, licences=_licences(event))
    rows = typed_rows(request.POST)
    if not _are_valid(form, rows):
        return _draw(request, form, rows, event=event, status=422)
    changes = {
        **form.plan(),
        "sessions": _sessions(before, rows),
        "credits": form.credits(before.credits),
    }
    by, at, version = workspace.person(request), timezone.now(), form.cleaned_data["version"]
    try:
        saved = scheduling.edit(event, changes, by=by, at=at, version=version, seen=before)
    except scheduling.StaleEdit as no:
        return _draw_stale(request, event, no, changes=changes)
    except Refused as no:
        add_refusal(form, rows, no)
        return _draw(request, form, rows, event=event, status=no.status)
    workspace.done(request, _said(event, saved, version))
    return redirect("organise-event", saved.slug)


def add_refusal(form: PlanForm, rows: SessionRows, no: Refused) -> None:
    """Put a refusal's sentences beside the fields they are about, in the form or its dates."""
    faults = no.errors if isinstance(no, Invalid) and no.errors else [{"loc": [], "msg": str(no)}]
    for fault in faults:
        loc, message = [*fault["loc"], ""], fault["msg"]
        if loc[0] == "sessions" and rows.add_fault(fault["loc"], message):
            continue
        if no.code == "capacity-too-low":
            loc = ["capacity"]
        if loc[0] == "credits" and isinstance(loc[1], int):
            typed = form.credits()
            loc = [CREDIT + typed[loc[1]].scheme] if loc[1] < len(typed) else loc
        form.add_error(loc[0] if loc[0] in form.fields else None, message)


def _leads(actor: Actor) -> Any:
    active = Alliance.objects.active()
    return active if actor.is_operator else active.filter(pk__in=actor.organises)


def _copied(leads: Any, slug: str) -> str:
    """The slug of an event of one's own; 404 for any other."""
    if "\0" in slug or not Event.objects.filter(lead__in=leads, slug=slug).exists():
        raise Http404
    return slug


def _own_events(leads: Any) -> list[dict[str, Any]]:
    """What can be copied: the latest events of one's own, the newest first. One query."""
    found = Event.objects.filter(lead__in=leads, starts_at__isnull=False).order_by("-starts_at")
    fields = found.values("slug", "title", "starts_at", "time_zone")[:MOST_TO_COPY]
    return [
        {**row, "day": walltime.month_day(row["starts_at"].astimezone(ZoneInfo(row["time_zone"])))}
        for row in fields
    ]


def _only_lead(actor: Actor) -> Alliance | None:
    found = list(_leads(actor)[:2])
    return found[0] if len(found) == 1 else None


def _licences(event: Event | None) -> Any:
    """The licences an event may run with: those of its hosts, and the one it has."""
    if event is None:
        return None
    hosts = [part.alliance_id for part in event.hosts.all() if part.state in HOLDS]
    usable = Q(is_active=True, alliance__in=hosts) | Q(pk=event.licence_id)
    return Licence.objects.filter(usable).select_related("alliance")


def _zone(lead: Alliance | None) -> str:
    return lead.zone if lead else "America/Denver"


def _are_valid(form: PlanForm, rows: SessionRows) -> bool:
    """Both are read, so that every fault shows; times that come twice are asked about."""
    valid, rows_valid = form.is_valid(), rows.is_valid()
    if rows_valid and form.cleaned_data.get("time_zone"):
        rows.show_twice_times(form.cleaned_data["time_zone"])
    return valid and rows_valid


def _shown_again(
    request: HttpRequest, *, leads: Any = None, schemes: Any = (), event: Event | None = None
) -> PlanForm:
    """The form as it was typed so far, not checked yet."""

    def make(*args: Any, **kwargs: Any) -> PlanForm:
        if leads is None:
            return EditForm(*args, schemes=schemes, licences=_licences(event), **kwargs)
        return DraftForm(*args, leads=leads, **kwargs)

    posted = make(request.POST)
    initial = {
        name: field.widget.value_from_datadict(request.POST, request.FILES, name)
        for name, field in posted.fields.items()
    }
    return make(initial=initial)


def _sessions(before: EventPlan, rows: SessionRows) -> tuple[SessionPlan, ...]:
    """The typed dates; those of a series remember what was changed here by hand."""
    typed = rows.plans(before.sessions)
    whole = sessions.with_cancelled(before.sessions, typed)
    return dates.marked(before.sessions, whole, before.time_zone)


def _initial(event: Event, plan: EventPlan) -> dict[str, Any]:
    people = speaking.directory()
    return {
        **{
            name: getattr(plan, name)
            for name in EditForm.base_fields
            if name not in {"version", "base"}
        },
        **{CREDIT + credit.scheme: credit.amount.normalize() for credit in plan.credits},
        "topics": [topic.pk for topic in plan.topics],
        **{f"{SPEAKER}{n}": people.label(one.slug) for n, one in enumerate(plan.speakers)},
        "version": event.version,
        "base": planned.marks(plan),
    }


def _draw_stale(
    request: HttpRequest,
    event: Event,
    no: Refused,
    *,
    changes: dict[str, Any],
) -> HttpResponse:
    """The form with both people's changes, what differs, and the version to save over."""
    event = workspace.by_slug(request.actor, event.slug)  # type: ignore[attr-defined]
    now = proposals.wanted_plan(event)
    merge = planned.merged(now, changes, base=request.POST.get("base", ""))
    schemes = [credit.scheme for credit in (*now.credits, *merge.plan.credits)]
    initial = _initial(event, merge.plan) | {"base": planned.marks(now)}
    form = EditForm(schemes=schemes, licences=_licences(event), initial=initial)
    rows = planned_rows(merge.plan.sessions, merge.plan.time_zone)
    context = {"refusal": CHANGED, "differences": merge.rows, "who": history.last_editor(event)}
    return _draw(request, form, rows, event=event, status=no.status, **context)


def _draw(
    request: HttpRequest,
    form: PlanForm,
    rows: SessionRows,
    *,
    event: Event | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    names = ("what", "who", "where", "seats", "credits", "rule")
    context = {
        **({"hosts": [], **workspace.frame(request, event)} if event else {}),
        "waits": proposals.open_of(event) if event else None,
        "conflicts": clashing.rows(event, request.actor, at=timezone.now()) if event else [],  # type: ignore[attr-defined]
        "form": form,
        "rows": rows,
        "groups": {name: form.group(name) for name in names},
        "crumbs": _crumbs(event),
        "is_new": event is None,
        "own_events": _own_events(_leads(request.actor)) if event is None else [],  # type: ignore[attr-defined]
        "lead": _only_lead(request.actor) if event is None else None,  # type: ignore[attr-defined]
        **field_errors_summary(form, *rows.forms),
        **more,
    }
    return render(request, PAGE, context, status=status)


def _crumbs(event: Event | None) -> list[dict[str, str]]:
    if event is None:
        return workspace.ways(("Events", reverse("organise-events")))
    return workspace.under(event)


def _drafted(event: Event, asked: int) -> str:
    if not asked:
        return "Draft saved. Publish it when it is ready."
    return f"Draft saved. {asked} co-host{'s were' if asked > 1 else ' was'} asked by mail."


def _said(event: Event, saved: Event, version: int) -> str:
    if saved.version == version:
        return "Nothing was changed."
    if saved.status == Event.Status.PROPOSED and event.status != saved.status:
        return "Saved. The co-hosts are asked again, because something they agreed to changed."
    return planned.saved_line(saved, version)
