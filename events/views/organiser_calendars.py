"""Calendars that alliances keep elsewhere: registered, looked at, paused and removed.

No page fetches anything: a worker does, and the page says what came of it.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain import partners
from events.forms import add_refusal
from events.forms_calendars import CalendarForm, NewCalendarForm
from events.models import PartnerCalendar, PartnerEntry
from events.views import elsewhere, workspace
from kit.errors import Refused
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.models import Alliance

PAGE_ROWS = 50
COLUMNS = (
    {"text": "Title"},
    {"text": "When"},
    {"text": "Place"},
    {"text": "Counts as"},
)


def by_number(actor: Actor, number: int) -> PartnerCalendar:
    """The calendar with its alliance, among those the actor may see; 404 otherwise."""
    found = PartnerCalendar.objects.visible_to(actor).select_related("alliance", "created_by")
    return get_object_or_404(found, pk=number)


@organiser(network_rules.may_come_in)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The calendars of one's alliances, and what became of the last reading of each."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = timezone.now()
    found = PartnerCalendar.objects.visible_to(actor).select_related("alliance")
    rows = [
        {"calendar": one, "state": _state(one), "words": _words(one, at), "host": _host(one)}
        for one in found.order_by("alliance__position", "name", "pk")
    ]
    context = {
        "rows": rows,
        "crumbs": workspace.ways(),
        "is_reading": any(row["calendar"].is_being_read for row in rows),
        "may_add": network_rules.may_organise(actor),
    }
    return render(request, "events/organiser/calendars.html", context)


@organiser(network_rules.may_organise)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register an address."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = _plans_for(actor)
    if request.method != "POST":
        initial = {"purpose": PartnerCalendar.Purpose.BUSY, "alliance": request.GET.get("alliance")}
        return _new_page(request, NewCalendarForm(initial=initial, alliances=mine))
    form = NewCalendarForm(request.POST, alliances=mine)
    if not form.is_valid():
        return _new_page(request, form, status=422)
    typed = form.cleaned_data
    alliance = mine.get(slug=typed["alliance"])
    try:
        made = partners.add(
            alliance,
            _details(typed),
            url=typed["url"],
            by=workspace.person(request),
            at=timezone.now(),
        )
    except Refused as no:
        add_refusal(form, no)
        return _new_page(request, form, status=no.status)
    workspace.done(request, f"“{made.name}” is registered. It is being read now.")
    return redirect("organise-partner-calendar", made.pk)


@organiser(rules.may_see_calendar, load=by_number)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, found: PartnerCalendar) -> HttpResponse:
    """One calendar: when it was read, what is in it, and the form that changes it."""
    details = {name: getattr(found, name) for name in ("name", "purpose", "shows_titles")}
    if request.method != "POST":
        return _page(request, found, CalendarForm(initial=details))
    if not rules.may_keep_calendar(request.actor, found):  # type: ignore[attr-defined]
        raise PermissionDenied
    form = CalendarForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        partners.change(
            found, _details(form.cleaned_data), by=workspace.person(request), at=timezone.now()
        )
    except Refused as no:
        add_refusal(form, no)
        return _page(request, found, form, status=no.status)
    workspace.done(request, "Saved.")
    return redirect("organise-partner-calendar", found.pk)


@organiser(rules.may_keep_calendar, load=by_number)
@require_POST
def reading(request: HttpRequest, found: PartnerCalendar) -> HttpResponse:
    """Have it read now."""
    try:
        asked = partners.ask(found, at=timezone.now())
    except Refused as no:
        return _page(request, found, _form(found), refusal=str(no), status=no.status)
    said = "It is being read now." if asked else "It was asked for a moment ago. Give it a minute."
    workspace.done(request, said)
    return redirect("organise-partner-calendar", found.pk)


@organiser(rules.may_keep_calendar, load=by_number)
@require_POST
def state(request: HttpRequest, found: PartnerCalendar) -> HttpResponse:
    """Pause it or go on with it, whichever the button said. Sent twice, it says the same."""
    by = workspace.person(request)
    if request.POST.get("state") == PartnerCalendar.State.PAUSED:
        partners.pause(found, by=by, at=timezone.now())
        workspace.done(request, "Paused. It is not read, and what was read does not count.")
    else:
        partners.resume(found, by=by, at=timezone.now())
        workspace.done(request, "It is read again, now and every hour.")
    return redirect("organise-partner-calendar", found.pk)


@organiser(rules.may_keep_calendar, load=by_number)
@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: HttpRequest, found: PartnerCalendar) -> HttpResponse:
    """Asks, then forgets the address and all that was read."""
    if request.method == "POST":
        name = found.name
        partners.remove(found, by=workspace.person(request), at=timezone.now())
        workspace.done(request, f"“{name}” is removed, with everything that was read from it.")
        return redirect("organise-partner-calendars")
    page = reverse("organise-partner-calendar", args=[found.pk])
    context = {
        "heading": f"Remove “{found.name}”?",
        "lines": [
            "Its events leave the network calendar, the feeds and the search for a time.",
            "The calendar itself stays as it is, where you keep it.",
        ],
        "button": "Remove this calendar",
        "back_url": page,
        "back_text": "Keep it",
        "crumbs": _crumbs((found.name, page)),
    }
    return render(request, "events/organiser/confirm.html", context)


# -- what the pages show


def _new_page(request: HttpRequest, form: NewCalendarForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "crumbs": _crumbs()}
    return render(request, "events/organiser/calendar_new.html", context, status=status)


def _page(
    request: HttpRequest,
    found: PartnerCalendar,
    form: CalendarForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    entries = found.entries.filter(ends_at__gt=at).defer("ics").order_by("starts_at", "pk")
    page = Paginator(entries, PAGE_ROWS).get_page(request.GET.get("page"))
    may_keep = rules.may_keep_calendar(request.actor, found)  # type: ignore[attr-defined]
    context = {
        "calendar": found,
        "state": _state(found),
        "words": _words(found, at),
        "is_reading": found.is_being_read,
        # Whoever may change it typed the address, and needs it to see which one it is.
        "address": found.url if may_keep else _host(found),
        "may_keep": may_keep,
        "form": form,
        "refusal": refusal,
        "columns": COLUMNS,
        "rows": [_row(entry, found) for entry in page],
        "page": page,
        "crumbs": _crumbs(),
    }
    return render(request, "events/organiser/calendar.html", context, status=status)


def _row(entry: PartnerEntry, calendar: PartnerCalendar) -> dict[str, Any]:
    is_off = entry.status == PartnerEntry.Status.CANCELLED
    busy = "Busy" if entry.status == PartnerEntry.Status.CONFIRMED else "Busy, not confirmed"
    return {
        "entry": entry,
        "title": entry.title or "No title: private, or none given",
        "zone": entry.time_zone,
        "days": entry.starts_on,
        "days_words": elsewhere.days_words(entry),
        "counts": "Canceled" if is_off else busy if entry.is_busy else "Free",
    }


def _state(calendar: PartnerCalendar) -> tuple[str, str]:
    """Kind and word of how it stands."""
    if calendar.state == PartnerCalendar.State.PAUSED:
        return "off", "Paused"
    if calendar.is_being_read:
        return "waiting", "Being read"
    if calendar.error:
        return "problem", "Could not be read"
    return "ok", "Up to date"


def _words(calendar: PartnerCalendar, at: datetime) -> str:
    """“Last read 12 minutes ago, 34 events”."""
    if calendar.read_at is None:
        return "Not read yet"
    count = calendar.entry_count
    ago = timesince(calendar.read_at, at, depth=1).replace("\xa0", " ")
    when = "just now" if ago.startswith("0") else f"{ago} ago"
    return f"Last read {when}, {count:,} event{'' if count == 1 else 's'}"


def _host(calendar: PartnerCalendar) -> str:
    """Where it is kept, without the part of the address that may be a secret."""
    return urlsplit(calendar.url).hostname or ""


def _form(calendar: PartnerCalendar) -> CalendarForm:
    names = ("name", "purpose", "shows_titles")
    return CalendarForm(initial={name: getattr(calendar, name) for name in names})


def _details(typed: dict[str, Any]) -> partners.Details:
    return partners.Details(typed["name"], typed["purpose"], typed["shows_titles"])


def _plans_for(actor: Actor) -> QuerySet[Alliance]:
    found = Alliance.objects.active()
    return found if actor.is_operator else found.filter(pk__in=actor.organises)


def _crumbs(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return workspace.ways(("Calendars", reverse("organise-partner-calendars")), *steps)
