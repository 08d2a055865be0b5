"""One event: how it stands, who agreed to it, announcing it and calling it off."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain import scheduling
from events.forms import add_refusal
from events.forms_organiser import ReasonForm
from events.models import Event
from events.views import clashing, history, organiser_hosts, shown, workspace
from kit.errors import Refused
from kit.text import listed
from programmes.access import organiser


@organiser(rules.may_see_workspace, load=workspace.by_slug)
@require_safe
def overview(request: HttpRequest, event: Event) -> HttpResponse:
    """Where the event stands, and what is to be done next."""
    return _overview(request, event)


def _overview(request: HttpRequest, event: Event, no: Refused | None = None) -> HttpResponse:
    at, actor = timezone.now(), request.actor  # type: ignore[attr-defined]
    sessions = list(event.sessions.prefetch_related("breaks"))
    conflicts = clashing.rows(event, actor, at=at)
    context = {
        **workspace.frame(request, event, "organise-event"),
        "parts": organiser_hosts.parts(event),
        "waiting": listed(p.alliance.name for p in event.hosts.all() if p.state == "invited"),
        "stats": _stats(event),
        "items": shown.programme_items(event, sessions),
        "place": shown.place(event),
        "seats": shown.seats(event, at=at),
        "credit": shown.credit(event),
        "changed": shown.moved(event, at=at),
        "topics": list(event.topics.all()),
        "history": history.of_event(event),
        "shows_join": rules.may_look_behind(actor, event),
        "is_over": bool(event.ends_at and event.ends_at <= at),
        "conflicts": conflicts,
        "has_warnings": any(not row["is_block"] for row in conflicts),
    }
    template = "events/organiser/overview.html"
    if no is not None:
        return workspace.refused(request, template, context, no)
    return render(request, template, context)


def _stats(event: Event) -> list[dict[str, Any]]:
    free = event.seats_free
    return [
        {"word": "Registered", "value": f"{event.seats_taken:,}"},
        {"word": "On the waitlist", "value": f"{event.waiting_count:,}"},
        {"word": "Seats free", "value": "No limit" if free is None else f"{free:,}"},
    ]


@organiser(rules.may_publish, load=workspace.by_slug)
@require_POST
def publication(request: HttpRequest, event: Event) -> HttpResponse:
    """Announce the event; while something is missing, the page says what."""
    at = timezone.now()
    try:
        clashing.ensure_confirmed(request, event, at=at)
        scheduling.publish(event, by=workspace.person(request), at=at)
    except Refused as no:
        return _overview(request, event, no)
    workspace.done(request, "Published. It is in the public list and in the calendar feeds.")
    return redirect("organise-event", event.slug)


@organiser(rules.may_publish, load=workspace.by_slug)
@require_http_methods(["GET", "POST"])
def cancellation(request: HttpRequest, event: Event) -> HttpResponse:
    """Ask for a reason, then call the event off."""
    form = ReasonForm(workspace.posted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            by, at = workspace.person(request), timezone.now()
            try:
                scheduling.cancel(event, reason=form.cleaned_data["reason"], by=by, at=at)
            except Refused as no:
                add_refusal(form, no)
                status = no.status
            else:
                workspace.done(request, "Canceled. Everybody who registered is told by mail.")
                return redirect("organise-event", event.slug)
    people = event.seats_taken + event.waiting_count
    context = {
        "crumbs": workspace.under(event),
        "form": form,
        "heading": f"Cancel “{event.title}”?",
        "lines": [
            f"{people:,} {'person is' if people == 1 else 'people are'} told by mail, with your"
            " reason.",
            "It stays on its page and in calendars, marked as canceled.",
            "This cannot be taken back. You can duplicate the event to plan it anew.",
        ],
        "button": "Cancel this event",
        "back_url": reverse("organise-event", args=[event.slug]),
        "back_text": "Keep this event",
    }
    return render(request, "events/organiser/confirm.html", context, status=status)
