"""Attendance: take reports in, look at who was there, apply or take back, settle."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from events import rules
from events.domain import attendance as ledger
from events.domain import forecast, reports
from events.forms import add_refusal
from events.forms_organiser import ReportForm, SettlementForm
from events.models import AttendanceImport, Event, Registration
from events.views import filtering, organiser_registrations, reviewing, workspace
from kit.errors import Refused
from programmes.access import Actor, organiser

PAGE_ROWS = 50
PRESENCE_KINDS = {
    Registration.Presence.MET: ("ok", "Meets the rule"),
    Registration.Presence.SHORT: ("waiting", "Too short"),
    Registration.Presence.ABSENT: ("off", "No minutes"),
}


@organiser(rules.may_take_attendance, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def attendance(request: HttpRequest, event: Event) -> HttpResponse:
    """The reports of an event and what everybody has so far; POST sends a further report."""
    if request.method != "POST":
        return _attendance(request, event, ReportForm(event=event))
    form = ReportForm(request.POST, request.FILES, event=event)
    if not form.is_valid():
        return _attendance(request, event, form, status=422)
    file, zone = form.cleaned_data["file"], form.cleaned_data["zone"]
    try:
        reports.check_size(file.size)  # before a byte of it is read
        batch = ledger.upload(
            event,
            raw=file.read(),
            filename=file.name,
            zone=zone,
            by=workspace.person(request),
            at=timezone.now(),
        )
    except Refused as no:
        _beside(form, no)
        return _attendance(request, event, form, status=no.status)
    return redirect("organise-report", event.slug, batch.pk)


def _beside(form: ReportForm, no: Refused) -> None:
    """What is wrong with a report stands beside the file, unless it is the zone."""
    if no.code == "unknown-zone":
        form.add_error("zone", str(no))
    else:
        form.add_error("file", str(no))


def _attendance(
    request: HttpRequest, event: Event, form: ReportForm, *, status: int = 200
) -> HttpResponse:
    actor, at = request.actor, timezone.now()  # type: ignore[attr-defined]
    rule = forecast.rule_of(event)
    found = organiser_registrations.visible(actor, event).seated().order_by("name", "pk")
    page = Paginator(found.select_related("alliance"), PAGE_ROWS).get_page(request.GET.get("page"))
    batches = (
        AttendanceImport.objects.filter(event=event).defer("raw").select_related("uploaded_by")
    )
    context = {
        **workspace.frame(request, event, "organise-attendance"),
        "form": form,
        "rule": rule,
        "imports": [
            _import(event, b) for b in batches.select_related("uploaded_by").order_by("-pk")
        ],
        "stats": _stats(event, forecast.of(event, rule)),
        "page": page,
        "rows": _people(event, rule, list(page)),
        "columns": [
            {"text": "Name"},
            {"text": "Alliance"},
            {"text": "Minutes in session", "is_number": True},
            {"text": "By the rule"},
        ],
        "may_settle": rules.may_settle(actor, event),
        "is_over": bool(event.ends_at and event.ends_at <= at),
    }
    return render(request, "events/organiser/attendance.html", context, status=status)


def _stats(event: Event, decided: forecast.Forecast) -> list[dict[str, Any]]:
    words = (
        ("Registered", decided.total),
        ("Meet the rule", decided.met),
        ("Too short", decided.short),
        ("No minutes", decided.absent),
    )
    return [{"word": word, "value": f"{value:,}"} for word, value in words]


def _import(event: Event, batch: AttendanceImport) -> dict[str, Any]:
    counts = reviewing.counts(batch.people)
    kinds = {"read": "waiting", "applied": "ok", "undone": "off"}
    return {
        "batch": batch,
        "url": reverse("organise-report", args=[event.slug, batch.pk]),
        "state": (kinds[batch.state], batch.get_state_display()),
        "people": len(batch.people),
        "matched": counts["matched"],
        "open": counts["proposed"] + counts["none"],
    }


def _people(event: Event, rule: forecast.Rule, found: list[Registration]) -> list[dict[str, Any]]:
    """Each registration with its minutes so far and what they come to."""
    seconds = forecast.seconds(event, found)
    rows = []
    for one in found:
        presence = rule.presence(seconds.get(one.pk))
        rows.append(
            {
                "registration": one,
                "minutes": seconds.get(one.pk, 0) // 60,
                "of": rule.minutes,
                "state": PRESENCE_KINDS[Registration.Presence(presence)],
                "is_settled_so": not event.settled_at or one.presence == presence,
            }
        )
    return rows


# --- one report -----------------------------------------------------------------------------------


def find(actor: Actor, slug: str, number: int) -> AttendanceImport:
    """A report of an event the actor may see, without its bytes."""
    event = workspace.by_slug(actor, slug)
    found = AttendanceImport.objects.defer("raw").select_related("session", "uploaded_by")
    batch = get_object_or_404(found, event=event, pk=number)
    batch.event = event
    return batch


may_take = workspace.of("event", rules.may_take_attendance)


@organiser(may_take, load=find)
@require_http_methods(["GET"])
def report(request: HttpRequest, batch: AttendanceImport) -> HttpResponse:
    """Who the report says was there, beside the registrations they belong to."""
    return _report(request, batch)


def _report(
    request: HttpRequest, batch: AttendanceImport, no: Refused | None = None
) -> HttpResponse:
    event = batch.event
    review = reviewing.Review(request.actor, batch)  # type: ignore[attr-defined]
    context = {
        **workspace.frame(request, event, "organise-attendance"),
        "crumbs": workspace.under(
            event, ("Attendance", reverse("organise-attendance", args=[event.slug]))
        ),
        "batch": batch,
        "rule": review.rule,
        "groups": review.groups(request.GET.get("group", ""), request.GET.get("page")),
        "problems": review.problems,
        "stats": review.stats(),
    }
    template = "events/organiser/report.html"
    if no is not None:
        return workspace.refused(request, template, context, no)
    return render(request, template, context)


@organiser(may_take, load=find)
@require_POST
def application(request: HttpRequest, batch: AttendanceImport) -> HttpResponse:
    """Let the report count."""
    try:
        ledger.apply(batch, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        return _report(request, batch, no)
    workspace.done(request, "Applied. The minutes below count what this report says.")
    return redirect("organise-attendance", batch.event.slug)


@organiser(may_take, load=find)
@require_POST
def removal(request: HttpRequest, batch: AttendanceImport) -> HttpResponse:
    """Take the report back; minutes are then what the others say."""
    ledger.undo(batch, by=workspace.person(request), at=timezone.now())
    workspace.done(request, "Taken back. Upload the file again to use it after all.")
    return redirect("organise-attendance", batch.event.slug)


@organiser(may_take, load=find)
@require_http_methods(["GET", "POST"])
def assignment(request: HttpRequest, batch: AttendanceImport) -> HttpResponse:
    """Say whose registration people of the report belong to: GET offers a choice, POST keeps it.

    POST takes ``key`` with ``registration`` (a code, or empty for nobody), or several ``accept``
    keys whose proposals are taken.
    """
    review = reviewing.Review(request.actor, batch)  # type: ignore[attr-defined]
    if request.method != "POST":
        return _choose(request, review, request.GET.get("key", ""))
    by, at = workspace.person(request), timezone.now()
    try:
        chosen = review.chosen(request.POST)
        for key, code in chosen:
            ledger.assign(batch, key, code, by=by, at=at)
    except Refused as no:
        return _report(request, batch, no)
    workspace.done(request, f"{len(chosen)} {'person' if len(chosen) == 1 else 'people'} matched.")
    return redirect("organise-report", batch.event.slug, batch.pk)


def _choose(request: HttpRequest, review: reviewing.Review, key: str) -> HttpResponse:
    """One person of the report, and the registrations it could be."""
    batch, event = review.batch, review.batch.event
    here = reverse("organise-report", args=[event.slug, batch.pk])
    words = filtering.typed(request, "q")
    context = {
        "event": event,
        "batch": batch,
        "crumbs": workspace.under(
            event,
            ("Attendance", reverse("organise-attendance", args=[event.slug])),
            (batch.filename, here),
        ),
        "person": review.person_or_404(key),
        "options": review.options(key, words),
        "words": words,
        "back_url": here,
    }
    return render(request, "events/organiser/assignment.html", context)


# --- settling -------------------------------------------------------------------------------------


@organiser(rules.may_settle, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def settlement(request: HttpRequest, event: Event) -> HttpResponse:
    """Say what will be decided, then decide it. Before the end it takes one more tick."""
    at = timezone.now()
    is_early = event.ends_at is None or event.ends_at > at
    form = SettlementForm(workspace.posted(request)) if is_early else None
    status = 200
    if request.method == "POST":
        early = bool(form and form.is_valid() and form.cleaned_data["early"])
        try:
            ledger.settle(event, early=early, by=workspace.person(request), at=at)
        except Refused as no:
            form = form or SettlementForm({})
            add_refusal(form, no)
            status = no.status
        else:
            workspace.done(request, "Attendance is settled. Certificates can be issued now.")
            return redirect("organise-certificates", event.slug)
    context = {
        "crumbs": workspace.under(
            event, ("Attendance", reverse("organise-attendance", args=[event.slug]))
        ),
        "form": form,
        "heading": f"Settle attendance of “{event.title}”?",
        "lines": _decided(event),
        "button": "Settle attendance",
        "look": "plain",
        "back_url": reverse("organise-attendance", args=[event.slug]),
        "back_text": "Not yet",
    }
    return render(request, "events/organiser/confirm.html", context, status=status)


def _decided(event: Event) -> list[str]:
    """What settling decides, in sentences."""
    rule = forecast.rule_of(event)
    decided = forecast.of(event, rule)
    waiting = AttendanceImport.objects.filter(event=event, state="read").count()
    lines = [
        f"The rule: at least {rule.needed_minutes} of {rule.minutes} minutes in session.",
        f"{decided.met:,} met it and can get a certificate.",
        f"{decided.short:,} were there for less.",
        f"{decided.absent:,} have no minutes and count as absent.",
        "You can settle again after a correction: it is then decided anew.",
    ]
    if waiting:
        noun = "report is" if waiting == 1 else "reports are"
        lines.insert(1, f"{waiting} {noun} not applied yet and would not count.")
    return lines
