"""Polls on the organisers' side: ask which time suits, see who can come, settle on one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain.polls import links, votes
from events.forms import add_refusal
from events.forms_polls import FIRST_TIMES, MORE_TIMES, PollForm
from events.models import Event, Poll, PollVoice
from events.views import workspace
from kit.errors import Refused
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.models import Alliance

PAGE_ROWS = 50


def by_public_id(actor: Actor, public_id: str) -> Poll:
    """The poll with its alliance and event, among those the actor may see; 404 otherwise."""
    found = Poll.objects.visible_to(actor).select_related("alliance", "event")
    return get_object_or_404(found, public_id=public_id)


@organiser(network_rules.may_organise)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The polls of one's alliances, the newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = Poll.objects.visible_to(actor).select_related("alliance", "event")
    counted = found.annotate(
        asked=Count("voices"), answered=Count("voices", filter=Q(voices__answered_at__isnull=False))
    ).order_by("-created_at", "-pk")
    page = Paginator(counted, PAGE_ROWS).get_page(request.GET.get("page"))
    at = timezone.now()
    rows = [(poll, _state(poll, at)) for poll in page]
    context = {"rows": rows, "page": page, "crumbs": workspace.ways()}
    return render(request, "events/organiser/polls.html", context)


@organiser(network_rules.may_organise)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask. ``?event=slug&slot=<instant>&minutes=…`` fills it in from an event or found times."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    event, alliance = _about(request, actor)
    count = _count(request)
    if request.method != "POST":
        form = PollForm(initial=_initial(request, event, alliance), count=count, zone=_zone(event))
        return _new_page(request, form, event)
    form = PollForm(request.POST, count=count, zone=_zone(event))
    if "more" in request.POST:
        shown = PollForm(initial=form.data.dict(), count=count, zone=_zone(event))  # type: ignore[union-attr]
        shown.initial["alliances"] = form.data.getlist("alliances")  # type: ignore[union-attr]
        return _new_page(request, shown, event)
    if not form.is_valid():
        return _new_page(request, form, event, status=422)
    chosen = form.cleaned_data["alliances"].values_list("pk", flat=True)
    try:
        plan = form.plan(event, votes.organisers_of(chosen))
        poll = votes.start(alliance, plan, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        _add_refusal(form, no)
        return _new_page(request, form, event, status=no.status)
    workspace.done(request, f"Asked. {poll.voices.count()} people get a link of their own by mail.")
    return redirect("organise-poll", poll.public_id)


@organiser(rules.may_see_poll, load=by_public_id)
@require_safe
def poll(request: HttpRequest, poll: Poll) -> HttpResponse:
    """Who can come when, the best time first."""
    return _poll_page(request, poll)


@organiser(rules.may_run_poll, load=by_public_id)
@require_POST
def closure(request: HttpRequest, poll: Poll) -> HttpResponse:
    """Take no answers any more."""
    votes.close(poll, by=workspace.person(request), at=timezone.now())
    workspace.done(request, "The poll is closed.")
    return redirect("organise-poll", poll.public_id)


@organiser(rules.may_run_poll, load=by_public_id)
@require_POST
def reminder(request: HttpRequest, poll: Poll) -> HttpResponse:
    """Mail those who have not answered their link again."""
    try:
        count = votes.remind(poll, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        return _poll_page(request, poll, status=no.status, refusal=str(no))
    people = "person" if count == 1 else "people"
    workspace.done(request, f"{count} {people} will be reminded, once a day at most.")
    return redirect("organise-poll", poll.public_id)


@organiser(rules.may_run_poll, load=by_public_id)
@require_POST
def choice(request: HttpRequest, poll: Poll) -> HttpResponse:
    """Settle on one time; who was asked hears of it. The event's own date is the next step."""
    starts_at = parse_instant(request.POST.get("starts_at", ""))
    try:
        if starts_at is None:
            raise votes.NotInPoll("Choose one of the times that were asked about.")
        by, at = workspace.person(request), timezone.now()
        held = votes.choose(poll, starts_at, by=by, at=at)
    except Refused as no:
        return _poll_page(request, poll, status=no.status, refusal=str(no))
    workspace.done(request, "The time is set, and everybody asked is told by mail.")
    return redirect("organise-poll", held.public_id)


def parse_instant(typed: str) -> datetime | None:
    """An instant as the pages write it, with its offset; None for any other text."""
    try:
        found = parse_datetime(typed)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _about(request: HttpRequest, actor: Actor) -> tuple[Event | None, Alliance]:
    """The event it is about, if any, and the alliance that asks: the event's lead, or one's own."""
    slug = request.POST.get("event") or request.GET.get("event", "")
    if slug:
        event = workspace.by_slug(actor, slug)
        mine = [part.alliance for part in event.hosts.all() if part.alliance_id in actor.organises]
        return event, event.lead if event.lead in mine or not mine else mine[0]
    own = Alliance.objects.active()
    if not actor.is_operator:
        own = own.filter(pk__in=actor.organises)
    return None, get_object_or_404(own.order_by("position")[:1])


def _zone(event: Event | None) -> str:
    return event.time_zone if event is not None else ""


def _count(request: HttpRequest) -> int:
    """How many rows of times there are: as many as were sent, and six more where asked for."""
    sent = request.POST if request.method == "POST" else request.GET
    slots = len(request.GET.getlist("slot"))
    typed = sent.get("count", "")
    count = min(int(typed), 40) if typed.isdecimal() and len(typed) < 4 else FIRST_TIMES
    return min(max(count, slots, FIRST_TIMES) + (MORE_TIMES if "more" in request.POST else 0), 40)


def _initial(request: HttpRequest, event: Event | None, alliance: Alliance) -> dict[str, Any]:
    zone = event.time_zone if event is not None else alliance.zone
    minutes = request.GET.get("minutes", "")
    initial: dict[str, Any] = {
        "time_zone": zone,
        "minutes": int(minutes) if minutes.isdecimal() and len(minutes) < 5 else 60,
        "title": event.title if event is not None else "",
        "alliances": _hosts(event),
    }
    found = filter(None, map(parse_instant, request.GET.getlist("slot")[:40]))
    for number, starts_at in enumerate(found):
        initial[f"time_{number}"] = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if event is not None and event.starts_at and event.ends_at and not minutes:
        initial["minutes"] = int((event.ends_at - event.starts_at).total_seconds() // 60)
    return initial


def _hosts(event: Event | None) -> list[str]:
    if event is None:
        return []
    live = [part for part in event.hosts.all() if part.state in {"invited", "accepted"}]
    return [part.alliance.slug for part in live]


def _add_refusal(form: PollForm, no: Refused) -> None:
    """Beside the fields; what is wrong with the times as a whole goes to the first of them."""
    for error in getattr(no, "errors", []):
        first = error["loc"][0] if error["loc"] else ""
        error["loc"] = [
            {"starts": "time_0", "asked": "others", "closes_at": "closes_on"}.get(first, first)
        ]
    add_refusal(form, no)


def _new_page(
    request: HttpRequest, form: PollForm, event: Event | None, *, status: int = 200
) -> HttpResponse:
    back = (
        workspace.under(event)
        if event is not None
        else workspace.ways(("Polls", reverse("organise-polls")))
    )
    context = {"form": form, "event": event, "crumbs": back, "can_grow": form.count < 40}
    return render(request, "events/organiser/poll_new.html", context, status=status)


def _state(poll: Poll, at: datetime) -> tuple[str, str]:
    if poll.chosen_at is not None:
        return ("ok", "Time is set")
    return ("waiting", "Open") if votes.is_open(poll, at) else ("off", "Closed")


def _poll_page(request: HttpRequest, poll: Poll, *, status: int = 200, **more: Any) -> HttpResponse:
    at = timezone.now()
    voices = list(poll.voices.select_related("alliance"))
    length = timedelta(minutes=poll.minutes)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "poll": poll,
        "crumbs": workspace.ways(("Polls", reverse("organise-polls"))),
        "state": _state(poll, at),
        "is_open": votes.is_open(poll, at),
        "may_run": rules.may_run_poll(actor, poll),
        "tallies": [(tally, tally.slot.starts_at + length) for tally in votes.tallies(poll)],
        "answered": [voice for voice in voices if voice.answered_at],
        "silent": [voice for voice in voices if not voice.answered_at],
        "asked_count": len(voices),
        "open_url": links.open_url(poll) if poll.has_open_link else "",
        "next": _next_step(actor, poll, voices),
        **more,
    }
    return render(request, "events/organiser/poll.html", context, status=status)


def _next_step(actor: Actor, poll: Poll, voices: Sequence[PollVoice]) -> dict[str, Any] | None:
    """How the chosen time becomes an event's: a form of the event's, or one for a new draft."""
    if poll.chosen_at is None:
        return None
    slot = f"{poll.chosen_at:%Y-%m-%dT%H:%M:%SZ}"
    event = poll.event
    if event is not None:
        if (
            event.recurrence
            or not rules.may_edit(actor, event)
            or event.starts_at == poll.chosen_at
        ):
            return None
        fields = [("slot", slot), ("minutes", poll.minutes), ("version", event.version)]
        url = reverse("organise-time-proposal", args=[event.slug])
        return {
            "url": url,
            "method": "post",
            "fields": fields,
            "text": "Move the event to this time",
        }
    spoken = dict.fromkeys(voice.alliance.slug for voice in voices if voice.alliance)
    fields = [("slot", slot), ("minutes", poll.minutes), ("zone", poll.time_zone)]
    fields += [("alliances", slug) for slug in spoken]
    url = reverse("organise-new")
    return {"url": url, "method": "get", "fields": fields, "text": "Plan the event at this time"}
