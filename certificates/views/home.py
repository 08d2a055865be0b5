"""The organiser's front door and the list behind its counts. Here, because it tells of all apps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from certificates.domain import agenda as certifying
from events import rules as event_rules
from events.domain import agenda, listing
from events.models import Event
from events.views import filtering, shown, workspace
from kit.text import listed
from programmes import rules
from programmes.access import organiser
from programmes.domain import brand

FIRST_ROWS = 5
PAGE_ROWS = 50
NEXT_ROWS = 30
SHOW = (
    ("", "All my events"),
    ("drafts", "Drafts"),
    ("invited", "Waiting for my answer"),
    ("waiting", "Waiting for co-hosts"),
    ("upcoming", "Coming up"),
    ("unsettled", "Over, attendance not settled"),
    ("uncertified", "Settled, certificates not issued"),
    ("failed", "With failed certificates"),
)


@dataclass(frozen=True)
class Need:
    """One thing to do: a state, a sentence that is a link, and what it is about."""

    kind: str
    word: str
    text: str
    url: str
    note: str = ""


def scope_of(actor: Any) -> agenda.Scope:
    """The alliances the actor plans for; None, all of them, for operators."""
    return None if actor.is_operator else actor.organises


@organiser(rules.may_organise)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What must I do today; what comes up in the network; what have I begun."""
    at = timezone.now()
    scope = scope_of(request.actor)  # type: ignore[attr-defined]
    drafts = agenda.drafts(scope)
    needs, stats = _needs(scope, at)
    context = {
        "needs": needs,
        "stats": [*stats, _stat("Drafts", "drafts", drafts.count())],
        "next": _next(request, at),
        "network": brand.marks(),
        "drafts": [_draft(event) for event in workspace.with_parts(drafts)[:FIRST_ROWS]],
    }
    return render(request, "certificates/organiser/home.html", context)


def _needs(scope: agenda.Scope, at: datetime) -> tuple[list[Need], list[dict[str, Any]]]:
    """The first few of each kind, and all of them counted."""
    asked = agenda.invitations(scope).select_related("event__lead", "alliance")
    waiting = agenda.unanswered(scope).order_by("starts_at", "pk")
    unsettled = agenda.unsettled(scope, at=at).order_by("ends_at", "pk")
    uncertified = certifying.uncertified(scope).order_by("settled_at", "pk")
    failed = certifying.failed(scope)
    needs = [
        *(_invited(part) for part in asked[:FIRST_ROWS]),
        *(_failed(one) for one in failed[:FIRST_ROWS]),
        *(_unsettled(event) for event in unsettled[:FIRST_ROWS]),
        *(_uncertified(event) for event in uncertified[:FIRST_ROWS]),
        *(_unanswered(event) for event in workspace.with_parts(waiting)[:FIRST_ROWS]),
    ]
    stats = [
        _stat("Waiting for my answer", "invited", asked.count()),
        _stat("Waiting for co-hosts", "waiting", waiting.count()),
        _stat("Over, not settled", "unsettled", unsettled.count()),
        _stat("Certificates to issue", "uncertified", uncertified.count()),
        _stat("Failed certificates", "failed", sum(one.count for one in failed)),
    ]
    return needs, stats


def _stat(word: str, show: str, count: int) -> dict[str, Any]:
    url = f"{reverse('organise-events')}?show={show}" if count else ""
    return {"word": word, "value": f"{count:,}", "url": url}


def _invited(part: Any) -> Need:
    event = part.event
    return Need(
        "waiting",
        "Answer",
        f"Will {part.alliance.name} co-host “{event.title}”?",
        reverse("organise-hosts", args=[event.slug]),
        f"{event.lead.name} asks. {workspace.date_line(event)}",
    )


def _unanswered(event: Event) -> Need:
    names = [part.alliance.name for part in event.hosts.all() if part.state == "invited"]
    verb = "has" if len(names) == 1 else "have"
    return Need(
        "info",
        "Waiting",
        event.title,
        reverse("organise-hosts", args=[event.slug]),
        f"{listed(names)} {verb} not answered. {workspace.date_line(event)}",
    )


def _unsettled(event: Event) -> Need:
    url = reverse("organise-attendance", args=[event.slug])
    return Need(
        "waiting",
        "Attendance",
        f"Settle attendance of “{event.title}”",
        url,
        workspace.date_line(event),
    )


def _uncertified(event: Event) -> Need:
    url = reverse("organise-certificates", args=[event.slug])
    return Need("waiting", "Certificates", f"Issue certificates of “{event.title}”", url)


def _failed(one: certifying.Failed) -> Need:
    url = reverse("organise-certificates", args=[one.event.slug])
    noun = "certificate" if one.count == 1 else "certificates"
    text = f"{one.count:,} {noun} of “{one.event.title}” failed"
    return Need("problem", "Failed", text, url)


def _next(request: HttpRequest, at: datetime) -> list[dict[str, Any]]:
    """What is announced for the next 14 days, of all alliances."""
    actor = request.actor  # type: ignore[attr-defined]
    soon = listing.upcoming(listing.Filters(), at=at)
    soon = shown.with_hosts(soon.filter(next_starts_at__lt=at + agenda.LOOK_AHEAD))
    return [_row(actor, event, at) for event in soon.prefetch_related("hosts")[:NEXT_ROWS]]


def _row(actor: Any, event: Event, at: datetime) -> dict[str, Any]:
    """An event's row, leading to its workspace where that is open to the actor."""
    row = shown.row(event, at=at)
    if event_rules.may_see_workspace(actor, event):
        row["url"] = reverse("organise-event", args=[event.slug])
    return row


def _draft(event: Event) -> dict[str, Any]:
    asked = [part for part in event.hosts.all() if part.role != "lead"]
    answered = sum(part.state != "invited" for part in asked)
    ready = not asked or answered == len(asked)
    return {
        "event": event,
        "url": reverse("organise-event", args=[event.slug]),
        "state": ("ok", "Ready to publish") if ready else ("waiting", "Waiting for co-hosts"),
        "answers": f"{answered} of {len(asked)} co-hosts answered" if asked else "",
        "date": workspace.date_line(event),
    }


@organiser(rules.may_organise)
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """The lists behind the counts: one address, narrowed by its query."""
    at = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    query = {n: filtering.typed(request, n) for n in ("show", "alliance", "q")}
    found = _listed(scope_of(actor), query["show"], at)
    found = listing.matching(found, listing.Filters(alliance=query["alliance"], q=query["q"]))
    page = Paginator(workspace.with_parts(found), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "crumbs": workspace.ways(),
        "page": page,
        "rows": [_event_row(event) for event in page],
        "heading": dict(SHOW).get(query["show"], SHOW[0][1]),
        "fields": _fields(query),
        "columns": [{"text": "Event"}, {"text": "When"}, {"text": "Hosts"}, {"text": "State"}],
        "is_filtered": any(query.values()),
    }
    return render(request, "certificates/organiser/events.html", context)


def _listed(scope: agenda.Scope, show: str, at: datetime) -> QuerySet[Event]:
    hosted = agenda.hosted(scope)
    asked = agenda.invitations(scope).values("event")
    lists = {
        "drafts": lambda: agenda.drafts(scope),
        "invited": lambda: Event.objects.filter(pk__in=asked),
        "waiting": lambda: agenda.unanswered(scope),
        "upcoming": lambda: hosted.filter(ends_at__gt=at).exclude(status="cancelled"),
        "unsettled": lambda: agenda.unsettled(scope, at=at),
        "uncertified": lambda: certifying.uncertified(scope),
        "failed": lambda: hosted.filter(pk__in=[o.event.pk for o in certifying.failed(scope)]),
    }
    found = lists.get(show, lambda: hosted)()
    newest_first = show in {"", "unsettled", "uncertified", "failed"}
    return found.order_by("-starts_at" if newest_first else "starts_at", "pk")


def _event_row(event: Event) -> dict[str, Any]:
    parts = workspace.lead_first(event)
    return {
        "event": event,
        "url": reverse("organise-event", args=[event.slug]),
        "date": workspace.date_line(event),
        "hosts": [part.alliance for part in parts if part.state in {"accepted", "invited"}],
        "state": (workspace.STATUS_KINDS[Event.Status(event.status)], event.get_status_display()),
    }


def _fields(query: dict[str, str]) -> list[dict[str, Any]]:
    alliances = [("", "All alliances"), *((a.slug, a.name) for a in brand.marks())]
    return [
        _select("show", "Show", SHOW, query["show"]),
        _select("alliance", "Host", alliances, query["alliance"]),
        {"kind": "search", "name": "q", "label": "Words", "value": query["q"]},
    ]


def _select(name: str, label: str, options: Any, value: str) -> dict[str, Any]:
    return {"kind": "select", "name": name, "label": label, "options": options, "value": value}
