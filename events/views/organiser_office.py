"""An alliance's settings for scheduling: hours, days off, licences, and how serious clashes are."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from events import rules
from events.domain.finding import holidays, world
from events.forms import add_refusal
from events.forms_office import DayOffForm, HoursForm, LevelsForm, LicenceForm
from events.views import workspace
from kit.errors import Refused
from kit.text import listed
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.domain import office
from programmes.models import Alliance, AllianceDayOff, AllianceHours, ConflictLevel, Licence
from programmes.templatetags.lyceum import field_errors_summary

PAGE = "events/organiser/office.html"
HOME = "events/organiser/scheduling.html"
SOON = timedelta(days=366)


def by_slug(actor: Actor, slug: str) -> Alliance:
    """A member alliance; who may set its hours, the rule says."""
    return get_object_or_404(Alliance.objects.active(), slug=slug)


def find_day(actor: Actor, slug: str, number: int) -> AllianceDayOff:
    """One of an alliance's days off."""
    rows = AllianceDayOff.objects.select_related("alliance")
    return get_object_or_404(rows, pk=number, alliance__slug=slug)


def find_licence(actor: Actor, slug: str, number: int) -> Licence:
    """One of an alliance's licences."""
    rows = Licence.objects.select_related("alliance")
    return get_object_or_404(rows, pk=number, alliance__slug=slug)


@organiser(network_rules.may_organise)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """One's alliances, and for operators the network's levels."""
    return _index(request)


@organiser(network_rules.may_operate)
@require_POST
def network_levels(request: HttpRequest) -> HttpResponse:
    """How serious clashes are where a lead says nothing."""
    form = LevelsForm(request.POST, own=_own_levels(None))
    if form.is_valid():
        office.set_levels(None, form.levels(), by=workspace.person(request))
        workspace.done(request, "Saved. It counts for every alliance that has not said otherwise.")
        return redirect("organise-scheduling")
    return _index(request, form)


def _index(request: HttpRequest, form: LevelsForm | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    active = Alliance.objects.active()
    levels = form or (LevelsForm(own=_own_levels(None)) if actor.is_operator else None)
    context = {
        "crumbs": workspace.ways(),
        "alliances": [one for one in active if rules.may_plan_for(actor, one)],
        "levels": levels,
        **field_errors_summary(*([form] if form else [])),
    }
    return render(request, HOME, context, status=422 if form else 200)


@organiser(rules.may_plan_for, load=by_slug)
@require_safe
def settings(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Everything an alliance says of its work, on one page."""
    return _draw(request, alliance)


@organiser(rules.may_plan_for, load=by_slug)
@require_POST
def hours(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Set the office hours, or go back to the usual ones."""
    by = workspace.person(request)
    if "usual" in request.POST:
        office.keep_usual_hours(alliance, by=by)
        return _saved(request, alliance, "The usual hours count again.")
    form = HoursForm(request.POST, week=_week(alliance))
    if form.is_valid():
        try:
            office.set_hours(alliance, form.days(), by=by)
        except Refused as no:
            _place_hours(no)
            add_refusal(form, no)
        else:
            return _saved(request, alliance, "Office hours saved.")
    return _draw(request, alliance, hours=form)


@organiser(rules.may_plan_for, load=by_slug)
@require_POST
def days_off(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Add days on which the alliance meets nobody, or works although others do not."""
    form = DayOffForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            office.add_day_off(
                alliance,
                typed["name"],
                typed["first_day"],
                typed["last_day"],
                is_worked=typed["is_worked"],
                by=workspace.person(request),
            )
        except Refused as no:
            add_refusal(form, no)
        else:
            return _saved(request, alliance, f"“{typed['name'].strip()}” is noted.")
    return _draw(request, alliance, day_off=form)


@organiser(workspace.of("alliance", rules.may_plan_for), load=find_day)
@require_POST
def day_off_removal(request: HttpRequest, day: AllianceDayOff) -> HttpResponse:
    """Take a day off out again."""
    alliance, name = day.alliance, day.name
    office.remove_day_off(day, by=workspace.person(request))
    return _saved(request, alliance, f"“{name}” is removed.")


@organiser(rules.may_plan_for, load=by_slug)
@require_POST
def licences(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Add a licence, or say anew how many calls one holds."""
    form = LicenceForm(request.POST)
    if form.is_valid():
        typed, by = form.cleaned_data, workspace.person(request)
        try:
            office.add_licence(alliance, typed["name"], calls_at_once=typed["calls_at_once"], by=by)
        except Refused as no:
            add_refusal(form, no)
        else:
            return _saved(request, alliance, f"“{typed['name'].strip()}” can be chosen for events.")
    return _draw(request, alliance, licence=form)


@organiser(workspace.of("alliance", rules.may_plan_for), load=find_licence)
@require_POST
def licence_removal(request: HttpRequest, licence: Licence) -> HttpResponse:
    """Offer a licence to no further event."""
    office.retire_licence(licence, by=workspace.person(request))
    said = f"“{licence.name}” is offered no more. Events that run with it keep it."
    return _saved(request, licence.alliance, said)


@organiser(rules.may_plan_for, load=by_slug)
@require_POST
def levels(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """How serious clashes are for the events this alliance leads."""
    form = LevelsForm(request.POST, own=_own_levels(alliance), above=_own_levels(None))
    if form.is_valid():
        office.set_levels(alliance, form.levels(), by=workspace.person(request))
        return _saved(request, alliance, "Saved. It counts for the events you lead.")
    return _draw(request, alliance, levels=form)


def _saved(request: HttpRequest, alliance: Alliance, sentence: str) -> HttpResponse:
    workspace.done(request, sentence)
    return redirect("organise-office", alliance.slug)


def _draw(request: HttpRequest, alliance: Alliance, **bound: Any) -> HttpResponse:
    """The page; a form in ``bound`` was wrong and is shown as it was typed."""
    today = timezone.localdate()
    own = list(alliance.days_off.filter(last_day__gte=today))
    forms = {
        "hours": HoursForm(week=_week(alliance), auto_id="hours_%s"),
        "day_off": DayOffForm(auto_id="day_%s"),
        "licence": LicenceForm(auto_id="licence_%s"),
        "levels": LevelsForm(own=_own_levels(alliance), above=_own_levels(None)),
        **bound,
    }
    context = {
        "alliance": alliance,
        "crumbs": workspace.ways(("Scheduling", reverse("organise-scheduling"))),
        "forms": forms,
        "has_own_hours": AllianceHours.objects.filter(alliance=alliance).exists(),
        "days_off": own,
        "public": _public_days(alliance, own, today),
        "licences": alliance.licences.filter(is_active=True),
        **field_errors_summary(*bound.values()),
    }
    return render(request, PAGE, context, status=422 if bound else 200)


def _week(alliance: Alliance) -> Any:
    return next(world.parties_of([alliance])).week


def _public_days(
    alliance: Alliance, own: list[AllianceDayOff], today: date
) -> list[dict[str, Any]]:
    """The public holidays of the coming year that fall on a weekday, and who keeps them."""
    worked = [one for one in own if one.is_worked]
    return [
        {
            "day": one.day,
            "name": one.name,
            "who": "Federal only" if not one.states else listed(one.states),
            "is_worked": any(row.first_day <= one.day <= row.last_day for row in worked),
        }
        for one in holidays.between(alliance.states, today, today + SOON)
        if one.day.weekday() < 5
    ]


def _own_levels(alliance: Alliance | None) -> dict[str, str]:
    return dict(ConflictLevel.objects.filter(alliance=alliance).values_list("kind", "level"))


def _place_hours(no: Refused) -> None:
    """Put the domain's places beside the fields they are about."""
    for error in getattr(no, "errors", []):
        at = error["loc"]
        error["loc"] = [f"closes_{at[1]}"] if at[0] == "days" and len(at) > 1 else ["lunch_ends"]
        if at == ["days"]:
            error["loc"] = ["opens_0"]
