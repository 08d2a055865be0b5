"""The dates of an event: how it repeats; one date, those that follow, or all of them changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from events import rules
from events.domain import (
    dates,
    proposals,
    redating,
    repeats,
    series,
    speaking,
    timing,
)
from events.domain.dates import Change, Scope, Series
from events.domain.plans import EventPlan
from events.domain.recurrence import BadRecurrence
from events.domain.timing import SessionPlan
from events.forms import add_refusal
from events.forms_dates import CallOffForm, DateForm
from events.models import Event
from events.views import planned, workspace
from events.views.organiser_repeats import in_time, rules_said
from kit import walltime
from kit.errors import Refused
from programmes.access import Actor, organiser
from programmes.templatetags.lyceum import field_errors_summary

WORDS = {
    "length": "own length",
    "title": "own title",
    "place": "own place",
    "speakers": "own speakers",
}
COLUMNS = ("Date", "Length", "How it stands", "Room and title", "Change")


@dataclass(frozen=True)
class FoundDate:
    """One date of an event, with the plan it is part of."""

    event: Event
    plan: EventPlan
    session: SessionPlan

    @property
    def whole(self) -> Series:
        return redating.series_of(self.plan)


def find_date(actor: Actor, slug: str, code: str) -> FoundDate:
    """A date, by its UID, of an event the actor may see; 404 otherwise."""
    event = workspace.by_slug(actor, slug)
    plan = proposals.wanted_plan(event)
    for session in plan.sessions:
        if session.uid == code:
            return FoundDate(event, plan, session)
    raise Http404


# --- the list -------------------------------------------------------------------------------------


@organiser(rules.may_edit, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def all_dates(request: HttpRequest, event: Event) -> HttpResponse:
    """Every date with what was changed by hand. A POST brings a left-out one back."""
    plan, whole = redating.wanted(event)
    if request.method != "POST":
        return _list(request, event, whole)
    try:
        back = repeats.with_date(whole, request.POST.get("origin", ""), fold=0)
        saved = _kept(request, event, back, plan)
    except Refused as no:
        return _list(request, event, whole, no)
    workspace.done(request, planned.saved_line(saved, event.version))
    return redirect("organise-dates", event.slug)


def _list(
    request: HttpRequest, event: Event, whole: Series, no: Refused | None = None
) -> HttpResponse:
    at = timezone.now()
    context = {
        **workspace.frame(request, event, "organise-dates"),
        "rows": [_row(one, whole, event, at) for one in in_time(whole.sessions)],
        "columns": [{"text": text} for text in COLUMNS],
        "rules": rules_said(whole),
        "missing": [
            {"origin": origin, "text": series.day_said(timing.wall(origin))}
            for origin in _missing(whole)
        ],
        "zone": whole.zone,
        "first_at": event.starts_at or at,
        "waits": proposals.open_of(event) is not None,
    }
    template = "events/organiser/dates.html"
    if no is not None:
        return workspace.refused(request, template, context, no)
    return render(request, template, context)


def _row(session: SessionPlan, whole: Series, event: Event, at: datetime) -> dict[str, Any]:
    """One date as the list shows it."""
    start = timing.wall(session.starts_local)
    end = timing.wall(session.ends_local)
    until = walltime.clock(end) if end.date() == start.date() else series.day_said(end)
    return {
        "day": walltime.long_date(start),
        "clocks": f"{walltime.clock(start)} to {until}",
        "minutes": timing.minutes_of(session, whole.zone),
        "states": _states(session, whole, at),
        "room": session.room,
        "title": session.title,
        "url": reverse("organise-date", args=[event.slug, session.uid]),
        "about": series.day_said(start),
    }


def _states(session: SessionPlan, whole: Series, at: datetime) -> list[tuple[str, str]]:
    """How a date stands, each with the kind of its sign."""
    states = [("problem", "Canceled")] if session.is_cancelled else []
    if dates.is_moved(session):
        origin = timing.wall(session.recurrence_local)
        states.append(("waiting", f"Moved, the rule has {series.day_said(origin)}"))
    states += [("info", WORDS[word].capitalize()) for word in session.own]
    if dates.is_over(session, whole.zone, at):
        states.append(("off", "Over"))
    if not states:
        states.append(("ok", "By the rule" if session.recurrence_local else "Planned"))
    return states


def _missing(whole: Series) -> list[str]:
    try:
        return repeats.missing(whole)
    except BadRecurrence:
        return []


# --- one date -------------------------------------------------------------------------------------


@organiser(workspace.of("event", rules.may_edit), load=find_date)
@require_http_methods(["GET", "POST"])
def one_date(request: HttpRequest, found: FoundDate) -> HttpResponse:
    """Change one date, it and those that follow, or all."""
    people = speaking.directory()
    about: dict[str, Any] = {
        "session": found.session,
        "is_series": bool(found.session.recurrence_local),
        "people": people,
    }
    if request.method != "POST":
        form = DateForm(initial=_date_initial(found, people), **about)
        return _draw_date(request, found, form)
    form = DateForm(request.POST, **about)
    if not form.is_valid():
        return _draw_date(request, found, form, status=422)
    typed = form.cleaned_data
    try:
        return _change(
            request,
            found,
            form.change(found.whole.zone),
            scope=typed["scope"],
            overwrite=typed["overwrite"],
            version=typed["version"],
        )
    except Refused as no:
        add_refusal(form, no)
        return _draw_date(request, found, form, status=no.status)


@organiser(workspace.of("event", rules.may_edit), load=find_date)
@require_POST
def calling_off(request: HttpRequest, found: FoundDate) -> HttpResponse:
    """Cancel a date, or it and those that follow; or bring it back."""
    form = CallOffForm(request.POST)
    if not form.is_valid():
        return redirect("organise-date", found.event.slug, found.session.uid)
    typed = form.cleaned_data
    change = Change(is_cancelled=typed["is_cancelled"])
    try:
        return _change(
            request, found, change, scope=typed["scope"], overwrite=False, version=typed["version"]
        )
    except Refused as no:
        people = speaking.directory()
        blank = DateForm(
            initial=_date_initial(found, people),
            session=found.session,
            is_series=bool(found.session.recurrence_local),
            people=people,
        )
        return _draw_date(request, found, blank, status=no.status, refusal=str(no))


def _change(  # noqa: PLR0913
    request: HttpRequest,
    found: FoundDate,
    change: Change,
    *,
    scope: Scope,
    overwrite: bool,
    version: int,
) -> HttpResponse:
    """Make the change and go back to the list. Raises Refused."""
    new = dates.changed(
        found.whole,
        found.session.uid,
        change,
        scope=scope,
        overwrite=overwrite,
        at=timezone.now(),
    )
    saved = _kept(request, found.event, new, found.plan, version=version)
    before = {one.uid: one for one in found.plan.sessions}
    count = sum(before.get(one.uid) != one for one in new.sessions)
    line = planned.saved_line(saved, version)
    if count > 1 and saved.version != version:
        line = f"{line} {count} dates changed."
    workspace.done(request, line)
    return redirect("organise-dates", saved.slug)


def _date_initial(found: FoundDate, people: speaking.Directory) -> dict[str, Any]:
    one = found.session
    start = timing.wall(one.starts_local)
    speakers = {f"speaker_{n}": people.label(slug) for n, slug in enumerate(one.speakers)}
    return {
        "on": start.date(),
        "starts": start.time(),
        "minutes": timing.minutes_of(one, found.whole.zone),
        "title": one.title,
        "room": one.room,
        "join_url": one.join_url,
        "scope": "one",
        "version": found.event.version,
        **speakers,
    }


def _draw_date(
    request: HttpRequest, found: FoundDate, form: DateForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    whole, at = found.whole, timezone.now()
    by_hand = [
        f"{series.day_said(timing.wall(one.starts_local))}: "
        + ", ".join(word[0].lower() + word[1:] for _kind, word in _states(one, whole, at))
        for one in whole.dates
        if dates.is_own(one) and one.uid != found.session.uid
    ]
    context = {
        **workspace.frame(request, found.event, "organise-dates"),
        "form": form,
        "session": found.session,
        "day": series.day_said(timing.wall(found.session.starts_local)),
        "zone_word": walltime.zone_label(whole.zone, found.event.starts_at or at),
        "states": _states(found.session, whole, at),
        "is_series": bool(found.session.recurrence_local),
        "is_over": dates.is_over(found.session, whole.zone, at),
        "by_hand": by_hand,
        "people": form.people.labels.values(),
        "refresh_url": reverse("organise-date", args=[found.event.slug, found.session.uid]),
        **field_errors_summary(form),
        **more,
    }
    return render(request, "events/organiser/date.html", context, status=status)


def _kept(
    request: HttpRequest,
    event: Event,
    whole: Series,
    plan: EventPlan,
    *,
    version: int | None = None,
) -> Event:
    by, at = workspace.person(request), timezone.now()
    return redating.keep(event, whole, seen=plan, by=by, at=at, version=version)
