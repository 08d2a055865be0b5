"""What the organisers' pages share: finding things, the frame with its tabs, saying no."""

from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from events import rules
from events.models import Event, EventHost, Registration
from kit import walltime
from kit.errors import Refused
from kit.text import listed
from programmes.access import Actor
from programmes.models import Person

Rule = Callable[..., bool]

STATUS_KINDS = {
    Event.Status.DRAFT: "info",
    Event.Status.PROPOSED: "waiting",
    Event.Status.PUBLISHED: "ok",
    Event.Status.CANCELLED: "problem",
    Event.Status.COMPLETED: "off",
}
HOST_KINDS = {
    EventHost.State.INVITED: ("waiting", "Has not answered"),
    EventHost.State.ACCEPTED: ("ok", "Accepted"),
    EventHost.State.DECLINED: ("problem", "Declined"),
    EventHost.State.WITHDRAWN: ("off", "Left"),
}
REGISTRATION_KINDS = {
    Registration.State.CONFIRMED: "ok",
    Registration.State.WAITLISTED: "waiting",
    Registration.State.PENDING: "waiting",
    Registration.State.CANCELLED: "off",
    Registration.State.DECLINED: "off",
}


def of(path: str, rule: Rule) -> Rule:
    """The same rule, asked about what belongs to the thing found: ``of("event", may_edit)``."""
    reach = attrgetter(path)

    @wraps(rule)
    def asked(actor: Actor, thing: Any) -> bool:
        return rule(actor, reach(thing))

    return asked


def by_slug(actor: Actor, slug: str) -> Event:
    """The event with its lead and hosts, among those the actor may see; 404 otherwise."""
    return get_object_or_404(with_parts(Event.objects.visible_to(actor)), slug=slug)


def with_parts(events: Any) -> Any:
    """Load what rules and the frame ask of an event: two queries for any number."""
    hosts = EventHost.objects.select_related("alliance", "decided_by")
    return events.select_related("lead").prefetch_related(Prefetch("hosts", hosts))


def person(request: HttpRequest) -> Person:
    """Who is signed in, as the domain takes it."""
    return request.user  # type: ignore[return-value]


def ways(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """The way back, for components/crumbs.html: the organiser's home, then ``steps``."""
    home = ("Organizer", reverse("organise"))
    return [{"text": text, "url": url} for text, url in (home, *steps)]


def under(event: Event, *steps: tuple[str, str]) -> list[dict[str, str]]:
    """The way back from a page below one event's: home, events, the event, then ``steps``."""
    overview = (event.title, reverse("organise-event", args=[event.slug]))
    return ways(("Events", reverse("organise-events")), overview, *steps)


def frame(request: HttpRequest, event: Event, current: str = "") -> dict[str, Any]:
    """What templates/events/organiser/workspace.html needs: the event, its tabs, the way back."""
    actor = request.actor  # type: ignore[attr-defined]
    return {
        "event": event,
        "crumbs": ways(("Events", reverse("organise-events"))),
        "tabs": _tabs(actor, event, current),
        "date": date_line(event),
        "hosts": [part.alliance for part in lead_first(event) if part.stands],
        "state": (STATUS_KINDS[Event.Status(event.status)], event.get_status_display()),
        "may_edit": rules.may_edit(actor, event),
    }


def lead_first(event: Event) -> list[EventHost]:
    """The event's hosts in the order they are named. Needs them loaded."""
    return sorted(event.hosts.all(), key=lambda part: (part.role != "lead", part.position))


def date_line(event: Event) -> str:
    """“Wednesday, January 13, 2027, 11 a.m. to 12:30 p.m. Mountain”, or first and last day."""
    if event.starts_at is None or event.ends_at is None:
        return "No date yet"
    zone = ZoneInfo(event.time_zone)
    first, last = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    if first.date() == last.date():
        clocks = walltime.time_range(event.starts_at, event.ends_at, event.time_zone)
        return f"{walltime.long_date(first)}, {clocks}"
    label = walltime.zone_label(event.time_zone, event.starts_at)
    return f"{walltime.long_date(first)} to {walltime.long_date(last)} ({label})"


def _tabs(actor: Actor, event: Event, current: str) -> list[dict[str, Any]]:
    if not rules.may_see_workspace(actor, event):  # staff at the door, who have one page
        return []
    behind = rules.may_look_behind(actor, event)
    shown = (
        ("organise-event", "Overview", True),
        ("organise-sessions", "Program", rules.may_edit(actor, event)),
        ("organise-dates", "Dates", rules.may_edit(actor, event)),
        ("organise-hosts", "Hosts", True),
        ("organise-event-speakers", "Speakers", behind),
        ("organise-registrations", "Registrations", behind),
        ("organise-door", "Check-in", rules.may_check_in(actor, event)),
        ("organise-attendance", "Attendance", rules.may_take_attendance(actor, event)),
        ("organise-materials", "Materials", rules.may_run(actor, event)),
        ("organise-certificates", "Certificates", behind),
    )
    return [
        {"url": reverse(name, args=[event.slug]), "text": text, "current": name == current}
        for name, text, is_open in shown
        if is_open
    ]


def finding(bars: list[dict[str, Any]]) -> str:
    """What a chart of people by alliance shows, as a sentence; the bars come longest first."""
    if not bars:
        return "Nobody so far."
    total, most = sum(bar["value"] for bar in bars), bars[0]["value"]
    first = [bar["label"] for bar in bars if bar["value"] == most]
    if len(first) > 3:
        return f"{total:,} people, spread evenly."
    each = " each" if len(first) > 1 else ""
    return f"Most people: {listed(first)}, {most:,} of {total:,}{each}."


def posted(request: HttpRequest) -> Any:
    """What a form is bound to: the POST, however empty it is, or nothing."""
    return request.POST if request.method == "POST" else None


def refused(
    request: HttpRequest, template: str, context: dict[str, Any], no: Refused
) -> HttpResponse:
    """The same page once more, with what the rule said on top and the rule's own status."""
    return render(request, template, {**context, "refusal": str(no)}, status=no.status)


def done(request: HttpRequest, sentence: str) -> None:
    """Say on the next page what was done."""
    messages.success(request, sentence)
