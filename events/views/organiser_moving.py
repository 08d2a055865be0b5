"""Moving an event into another time zone, and copying it to other days."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from events import rules
from events.domain import moves, redating, scheduling, series, timing
from events.domain.moves import Moved
from events.forms import add_refusal
from events.forms_dates import CopyForm, ZoneForm
from events.models import Event
from events.views import planned, workspace
from kit import walltime
from kit.errors import Refused
from programmes.access import organiser
from programmes.templatetags.lyceum import field_errors_summary

FOLD = "fold-"


@organiser(rules.may_edit, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def zone(request: HttpRequest, event: Event) -> HttpResponse:
    """Another time zone: first every date before and after, then the change itself."""
    plan, whole = redating.wanted(event)
    sent = request.POST if request.method == "POST" else request.GET
    if not sent.get("zone"):
        form = ZoneForm(zone=whole.zone, initial={"zone": whole.zone, "keep": "wall"})
        return _draw_zone(request, event, form)
    form = ZoneForm(sent, zone=whole.zone)
    if not form.is_valid():
        return _draw_zone(request, event, form, status=422)
    moved: Moved | None = None
    try:
        keep, to = form.cleaned_data["keep"], form.cleaned_data["zone"]
        moved = moves.into_zone(whole, to, keep=keep, folds=_folds(sent))
        if request.method != "POST":
            return _draw_zone(request, event, form, moved)
        version = int(sent["version"]) if sent.get("version", "").isdigit() else None
        by, at = workspace.person(request), timezone.now()
        saved = redating.keep(event, moved.settle(), seen=plan, by=by, at=at, version=version)
    except Refused as no:
        add_refusal(form, no)
        return _draw_zone(request, event, form, moved, status=no.status)
    workspace.done(request, planned.saved_line(saved, version))
    return redirect("organise-dates", saved.slug)


def _folds(sent: QueryDict) -> dict[str, int]:
    """Which of two equal times is meant, by the UID of the date."""
    return {
        name.removeprefix(FOLD): int(sent[name])
        for name in sent
        if name.startswith(FOLD) and sent[name] in {"0", "1"}
    }


def _draw_zone(
    request: HttpRequest,
    event: Event,
    form: ZoneForm,
    moved: Moved | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        **workspace.frame(request, event, "organise-dates"),
        "form": form,
        "zone": event.time_zone,
        "version": event.version,
        **field_errors_summary(form),
    }
    if moved is not None:
        chosen = _folds(request.POST if request.method == "POST" else request.GET)
        context |= {
            "steps": [_step(step, event.time_zone, moved, chosen) for step in moved.steps],
            "drops_rule": moved.drops_rule,
            "blocked": any(step.at is None and not step.options for step in moved.steps),
        }
    return render(request, "events/organiser/zone.html", context, status=status)


def _step(step: moves.Step, zone: str, moved: Moved, chosen: dict[str, int]) -> dict[str, Any]:
    """One date before and after, in words."""
    before = series.day_said(timing.wall(step.session.starts_local))
    after = series.day_said(timing.wall(step.starts_local))
    old = walltime.zone_label(zone, step.was_at)
    new = walltime.zone_label(moved.series.zone, step.at or step.was_at)
    uid = step.session.uid
    return {
        "before": f"{before} {old}",
        "after": f"{after} {new}",
        "shift": _shift(step),
        "problem": step.problem,
        "fold": FOLD + uid if step.options or uid in chosen else "",
        "chosen": chosen.get(uid),
        "is_cancelled": step.session.is_cancelled,
    }


def _shift(step: moves.Step) -> str:
    """How far the moment moves: “1 h earlier”."""
    if step.at is None:
        return "Not known yet"
    minutes = int((step.at - step.was_at).total_seconds()) // 60
    if not minutes:
        return "The same moment"
    whole, rest = divmod(abs(minutes), 60)
    parts = [f"{whole} h" if whole else "", f"{rest} min" if rest else ""]
    return f"{' '.join(part for part in parts if part)} {'later' if minutes > 0 else 'earlier'}"


# --- copies ---------------------------------------------------------------------------------------


@organiser(rules.may_edit, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def duplicate(request: HttpRequest, event: Event) -> HttpResponse:
    """The same plan once more, as a draft, on other days and with the sessions one wants."""
    plan = scheduling.plan_of(event)
    offered = [one for one in plan.sessions if not one.is_cancelled] or list(plan.sessions)
    if request.method != "POST":
        form = CopyForm(sessions=offered, initial=_copy_initial(plan.title, offered))
        return _draw_copy(request, event, form)
    form = CopyForm(request.POST, sessions=offered)
    if not form.is_valid():
        return _draw_copy(request, event, form, status=422)
    typed = form.cleaned_data
    chosen = None if len(typed["only"]) == len(offered) else typed["only"]
    try:
        made = redating.copy(
            event,
            on=typed["on"],
            only=chosen,
            title=typed["title"],
            fold=int(typed["fold"]) if typed["fold"] else None,
            by=workspace.person(request),
            at=timezone.now(),
        )
    except Refused as no:
        add_refusal(form, no)
        return _draw_copy(request, event, form, status=no.status)
    workspace.done(request, _copied(bool(event.recurrence), made))
    return redirect("organise-event", made.slug)


def _copied(was_series: bool, made: Event) -> str:
    line = "Copied as a draft. Look it over, then ask co-hosts and publish."
    if was_series and not made.recurrence:
        return f"{line} The rule does not give these days, so each date stands for itself."
    return line


def _copy_initial(title: str, offered: list[timing.SessionPlan]) -> dict[str, Any]:
    first = min(offered, key=lambda one: one.starts_local)
    return {
        "title": title,
        "only": [one.uid for one in offered],
        "on": timing.wall(first.starts_local).date(),
    }


def _draw_copy(
    request: HttpRequest, event: Event, form: CopyForm, *, status: int = 200
) -> HttpResponse:
    context = {
        **workspace.frame(request, event),
        "form": form,
        "is_series": bool(event.recurrence),
        **field_errors_summary(form),
    }
    return render(request, "events/organiser/duplicate.html", context, status=status)
