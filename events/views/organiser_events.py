"""One event: how it stands, who agreed to it, announcing it and calling it off."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain import hosting, scheduling
from events.forms import add_refusal
from events.forms_organiser import DecisionForm, InvitationForm, ReasonForm
from events.models import Event, EventHost
from events.views import clashing, history, shown, workspace
from kit.errors import Refused
from kit.text import listed
from programmes.access import Actor, organiser

DECIDED = {
    "accept": "You accepted. The lead can publish once every co-host has answered.",
    "decline": "You declined. The lead sees it, with your note.",
    "withdraw": "You left this event. It no longer counts as yours.",
}


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
        "parts": _parts(event),
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


def _parts(event: Event) -> list[dict[str, Any]]:
    """Each host with its answer in words, lead first."""
    rows = []
    for part in workspace.lead_first(event):
        kind, word = workspace.HOST_KINDS[EventHost.State(part.state)]
        is_lead = part.role == EventHost.Role.LEAD
        rows.append({"part": part, "state": (kind, "Leads" if is_lead else word)})
    return rows


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


# --- hosting together -----------------------------------------------------------------------------


@organiser(rules.may_see_workspace, load=workspace.by_slug)
@require_safe
def hosts(request: HttpRequest, event: Event) -> HttpResponse:
    """What the hosts agree on, and the answer of one's own alliance. Mail leads here."""
    return _hosts(request, event)


def _hosts(
    request: HttpRequest, event: Event, no: Refused | None = None, **forms: Any
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    invites = rules.may_publish(actor, event) and event.status != Event.Status.CANCELLED
    context = {
        **workspace.frame(request, event, "organise-hosts"),
        "parts": _parts(event),
        "agreement": _agreement(event),
        "items": _dates(event),
        "asked_again": history.asked_again(event),
        "mine": [
            {"part": part, "form": forms.get(part.alliance.slug) or _decision_form(part)}
            for part in _answerable(actor, event)
        ],
        "invitation": forms.get("invitation") or (InvitationForm(event=event) if invites else None),
        "form": next(iter(forms.values()), None),
    }
    template = "events/organiser/hosts.html"
    if no is not None:
        return workspace.refused(request, template, context, no)
    return render(request, template, context, status=422 if forms else 200)


def _answerable(actor: Actor, event: Event) -> list[EventHost]:
    """The parts the actor may say yes or no for."""
    if event.status == Event.Status.CANCELLED:
        return []
    return [
        part
        for part in workspace.lead_first(event)
        if part.role != EventHost.Role.LEAD
        and part.state != EventHost.State.WITHDRAWN
        and rules.may_answer(actor, part.alliance)
    ]


def _decision_form(part: EventHost, posted: Any = None) -> DecisionForm:
    auto_id = f"{part.alliance.slug}_%s"
    if posted is None:
        return DecisionForm(initial={"note": part.note}, auto_id=auto_id)
    return DecisionForm(posted, auto_id=auto_id)


def _dates(event: Event) -> list[dict[str, Any]]:
    """Each date, where there are several or one has a break: all are part of what is agreed."""
    sessions = list(event.sessions.prefetch_related("breaks"))
    items = shown.programme_items(event, sessions)
    return items if len(items) > 1 else []


def _agreement(event: Event) -> list[dict[str, Any]]:
    """What an alliance says yes to, in words; the time is shown with both clocks by the page."""
    return [
        {"word": "Title", "text": event.title},
        {"word": "Place", "text": shown.place(event)},
        {"word": "Seats", "text": "No limit" if event.capacity is None else f"{event.capacity:,}"},
        {"word": "What co-hosts see of registrants", "text": event.get_sharing_display()},
    ]


def find_part(actor: Actor, slug: str, alliance: str) -> EventHost:
    """The part of one alliance in an event the actor may see."""
    event = workspace.by_slug(actor, slug)
    parts = EventHost.objects.select_related("alliance")
    part = get_object_or_404(parts, event=event, alliance__slug=alliance)
    part.event = event
    return part


@organiser(workspace.of("alliance", rules.may_answer), load=find_part)
@require_POST
def decision(request: HttpRequest, part: EventHost) -> HttpResponse:
    """A co-host's yes, no or goodbye."""
    form = _decision_form(part, request.POST)
    if not form.is_valid():
        return _hosts(request, part.event, **{part.alliance.slug: form})
    word, note = form.cleaned_data["decision"], form.cleaned_data["note"]
    by, at = workspace.person(request), timezone.now()
    try:
        hosting.decide(part.event, part.alliance, word, note=" ".join(note.split()), by=by, at=at)
    except Refused as no:
        add_refusal(form, no)
        return _hosts(request, part.event, no, **{part.alliance.slug: form})
    workspace.done(request, DECIDED[word])
    actor = request.actor  # type: ignore[attr-defined]
    may_stay = rules.may_see_workspace(actor, Event.objects.get(pk=part.event_id))
    return redirect("organise-hosts", part.event.slug) if may_stay else redirect("organise")


@organiser(rules.may_publish, load=workspace.by_slug)
@require_POST
def invitations(request: HttpRequest, event: Event) -> HttpResponse:
    """Ask further alliances to host along."""
    form = InvitationForm(request.POST, event=event)
    if not form.is_valid():
        return _hosts(request, event, invitation=form)
    by, at = workspace.person(request), timezone.now()
    chosen = list(form.cleaned_data["alliances"])
    try:
        for alliance in chosen:
            hosting.invite(event, alliance, by=by, at=at)
    except Refused as no:
        return _hosts(request, event, no)
    workspace.done(request, f"{listed(a.name for a in chosen)} asked by mail.")
    return redirect("organise-hosts", event.slug)
