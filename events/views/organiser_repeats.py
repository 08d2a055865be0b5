"""How an event repeats: chosen, looked at date by date, saved."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from events import rules
from events.domain import dates, plans, recurrence, redating, repeats, series, timing
from events.domain.dates import Series
from events.domain.plans import EventPlan
from events.domain.recurrence import BadRecurrence
from events.domain.repeats import Repeated
from events.domain.timing import SessionPlan, Timed
from events.forms import add_refusal
from events.forms_dates import NEVER, RepeatForm
from events.models import Event
from events.views import planned, workspace
from kit import walltime
from kit.errors import Refused
from programmes.access import organiser
from programmes.domain import brand
from programmes.templatetags.lyceum import field_errors_summary


@organiser(rules.may_edit, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def repeat(request: HttpRequest, event: Event) -> HttpResponse:
    """Make the event repeat, or give the series another rule from a date on."""
    plan, whole = redating.wanted(event)
    ahead = [one for one in whole.dates if not dates.is_over(one, whole.zone, timezone.now())]
    if request.method != "POST":
        form = RepeatForm(dates=ahead, initial=_repeat_initial(event, whole, ahead))
        return _draw_repeat(request, event, form)
    form = RepeatForm(request.POST, dates=ahead)
    if not form.is_valid():
        return _draw_repeat(request, event, form, status=422)
    try:
        made = _repeated(form, whole)
        if request.POST.get("do") == "preview":
            return _draw_repeat(request, event, form, preview=_preview(made, plan))
        version = form.cleaned_data["version"]
        by, at = workspace.person(request), timezone.now()
        saved = redating.keep(event, made.series, seen=plan, by=by, at=at, version=version)
    except Refused as no:
        add_refusal(form, no)
        return _draw_repeat(request, event, form, status=no.status)
    workspace.done(request, planned.saved_line(saved, version))
    return redirect("organise-dates", saved.slug)


def _repeated(form: RepeatForm, whole: Series) -> Repeated:
    if form.stops:
        return Repeated(repeats.ended(whole), (), (), ())
    start = form.cleaned_data["start"]
    return repeats.repeated(whole, form.wish(), start=start, at=timezone.now())


def _repeat_initial(event: Event, whole: Series, ahead: Sequence[SessionPlan]) -> dict[str, Any]:
    """The form as it is opened: from the date somebody came from, or the first one."""
    live = [one for one in in_time(whole.sessions) if not one.is_cancelled]
    one = ahead[0] if ahead else next(iter(live), None)
    start = timing.wall((one.recurrence_local or one.starts_local) if one else "2027-01-04T11:00")
    return {
        "frequency": "weekly",
        "interval": 1,
        "on": start.date(),
        "at": start.time(),
        "ends": "count",
        "count": len(ahead) or 10,
        "gaps": "refuse",
        "version": event.version,
        **_rule_initial(whole),
    }


def _rule_initial(whole: Series) -> dict[str, Any]:
    """The rule the series has now, as the form has it; nothing for an event that has none."""
    try:
        rules = whole.stretches
        parts = recurrence.parts_of(rules[-1].rule) if rules else {}
    except BadRecurrence:
        return {}
    frequency, byday = parts.get("FREQ", ""), parts.get("BYDAY", "")
    others = parts.keys() - {"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL"}
    usual = {"interval": int(parts.get("INTERVAL", 1))}
    if frequency == "WEEKLY" and not others:
        return {**usual, "frequency": "weekly", "days": byday.split(",") if byday else []}
    if frequency == "MONTHLY" and not others and len(byday) > 2 and "," not in byday:
        return {**usual, "frequency": "weekday", "rank": byday[:-2].lstrip("+")}
    plain = {"DAILY": "daily", "MONTHLY": "monthly", "YEARLY": "yearly"}
    if frequency in plain and not byday and others <= {"BYMONTHDAY"}:
        return {**usual, "frequency": plain[frequency]}
    return {"frequency": "rule", "rule": rules[-1].rule} if rules else {}


def _preview(made: Repeated, plan: EventPlan) -> dict[str, Any]:
    """The dates as they would be; nothing is saved. Raises Invalid."""
    whole = made.series
    new = replace(plan, sessions=whole.sessions, recurrence=whole.recurrence)
    rows = _preview_rows(plans.checked(new).sessions, whole.zone)
    return {
        "rows": rows,
        "count": sum(not row["is_cancelled"] for row in rows),
        "rules": rules_said(whole),
        "left_out": [series.day_said(timing.wall(start)) for start in made.left_out],
        "taken_out": [series.day_said(timing.wall(one.starts_local)) for one in made.taken_out],
        "kept": [series.day_said(timing.wall(one.starts_local)) for one in made.kept],
    }


def _preview_rows(timed: Sequence[Timed], zone: str) -> list[dict[str, Any]]:
    """Each date with what clock changes mean for the others of the network."""
    in_time = sorted(timed, key=lambda one: one.starts_at)
    others = [name for name in dict.fromkeys(mark.zone for mark in brand.marks()) if name != zone]
    notes = repeats.clock_notes([one.starts_at for one in in_time], zone, others)
    return [
        {
            "day": walltime.long_date(one.starts_at.astimezone(ZoneInfo(zone))),
            "clocks": walltime.time_range(one.starts_at, one.ends_at, zone),
            "is_new": not one.plan.uid,
            "is_moved": dates.is_moved(one.plan),
            "is_cancelled": one.plan.is_cancelled,
            "notes": said,
        }
        for one, said in zip(in_time, notes, strict=True)
    ]


def _draw_repeat(
    request: HttpRequest, event: Event, form: RepeatForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        **workspace.frame(request, event, "organise-dates"),
        "form": form,
        "is_series": bool(event.recurrence),
        "never": NEVER,
        **field_errors_summary(form),
        **more,
    }
    return render(request, "events/organiser/repeat.html", context, status=status)


def rules_said(whole: Series) -> list[str]:
    """The rules of a series in words."""
    try:
        return [series.said(one) for one in whole.stretches]
    except BadRecurrence:
        return [whole.recurrence]


def in_time(sessions: Sequence[SessionPlan]) -> list[SessionPlan]:
    """The dates as they happen."""
    return sorted(sessions, key=lambda one: one.starts_local)
