"""The organiser's front door and the list behind its counts. Here, because it tells of all apps."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from certificates.domain import agenda as certifying
from events import rules as event_rules
from events.domain import agenda, doors
from events.models import Event, EventHost, Session
from events.views import choosing, shown, workspace
from programmes import needs, rules
from programmes.access import Actor, organiser
from programmes.domain import brand

FIRST_ROWS = 5
PAGE_ROWS = 50
NEXT_ROWS = 60


@organiser(rules.may_come_in)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What must I do today; what comes up in the network; what have we begun.

    Who plans nothing finds no tasks here, and check-in staff their doors and what is public.
    """
    at, actor = timezone.now(), request.actor  # type: ignore[attr-defined]
    drafts = agenda.drafts(agenda.concerns(actor))
    days, more = _next(actor, at)
    context = {
        "plans": actor.is_organiser,
        "looks": actor.is_operator or bool(actor.alliances),
        "needs": needs.of(actor, at=at),
        "stats": [*_stats(actor, at), _stat("Drafts", "drafts", drafts.count())],
        "doors": [_door(event) for event in doors.open_to(actor, at=at)[:FIRST_ROWS]],
        "days": days,
        "more": more,
        "network": brand.marks(),
        "drafts": [_draft(event) for event in workspace.with_parts(drafts)[:FIRST_ROWS]],
    }
    return render(request, "certificates/organiser/home.html", context)


def _stats(actor: Actor, at: datetime) -> list[dict[str, Any]]:
    """All of each kind, counted; the list shows the first few."""
    if not actor.is_organiser:
        return []
    scope = agenda.duties(actor)
    return [
        _stat("Waiting for my answer", "invited", agenda.invitations(scope).count()),
        _stat("Waiting for co-hosts", "waiting", agenda.unanswered(scope).count()),
        _stat("Over, not settled", "unsettled", agenda.unsettled(scope, at=at).count()),
        _stat("Certificates to issue", "uncertified", certifying.uncertified(scope).count()),
        _stat("Failed certificates", "failed", sum(o.count for o in certifying.failed(scope))),
    ]


def _stat(word: str, show: str, count: int) -> dict[str, Any]:
    url = f"{reverse('organise-events')}?show={show}" if count else ""
    return {"word": word, "value": f"{count:,}", "url": url}


# --- the next 14 days -----------------------------------------------------------------------------


def _next(actor: Actor, at: datetime) -> tuple[list[dict[str, Any]], int]:
    """The dates of all alliances and one's own drafts, under their days; how many are left out.

    A day is one on the event's own clock, which its row names.
    """
    dates = agenda.dates(agenda.network(actor), at=at, until=at + agenda.LOOK_AHEAD)
    events = shown.with_hosts(Event.objects.all()).prefetch_related(
        Prefetch("hosts", EventHost.objects.select_related("alliance"))
    )
    found = list(dates.prefetch_related(Prefetch("event", events))[:NEXT_ROWS])
    more = dates.count() - len(found) if len(found) == NEXT_ROWS else 0
    rows = sorted(found, key=lambda date: (_day(date), date.starts_at, date.pk))
    days: list[dict[str, Any]] = []
    for date in rows:
        if not days or days[-1]["day"] != _day(date):
            days.append({"day": _day(date), "rows": []})
        days[-1]["rows"].append(_row(actor, date, at))
    return days, more


def _day(date: Session) -> Any:
    return date.starts_at.astimezone(ZoneInfo(date.time_zone)).date()


def _row(actor: Actor, date: Session, at: datetime) -> dict[str, Any]:
    """A date's row, leading to what the actor may open of its event."""
    event = date.event
    row = shown.row(event, at=at)
    row |= {"starts_at": date.starts_at, "ends_at": date.ends_at, "time_zone": date.time_zone}
    row["url"] = way_in(actor, event)
    if not event.is_public:
        status = Event.Status(event.status)
        row["flag"] = {"kind": workspace.STATUS_KINDS[status], "text": status.label}
        row["seats"] = None
    return row


def way_in(actor: Actor, event: Event) -> str:
    """The event's workspace, the list at its door, or its public page. Needs its hosts loaded."""
    if event_rules.may_see_workspace(actor, event):
        return reverse("organise-event", args=[event.slug])
    if event_rules.may_check_in(actor, event):
        return reverse("organise-door", args=[event.slug])
    return reverse("event", args=[event.slug])


def _door(event: Event) -> dict[str, Any]:
    return {
        "event": event,
        "url": reverse("organise-door", args=[event.slug]),
        "date": workspace.date_line(event),
    }


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


# --- the list behind the counts -------------------------------------------------------------------


@organiser(rules.may_come_in)
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """One's own events: one address, narrowed by its query."""
    at = timezone.now()
    actor: Actor = request.actor  # type: ignore[attr-defined]
    choice = choosing.read(request)
    found = choosing.matching(_listed(actor, choice.show, at), choice)
    page = Paginator(workspace.with_parts(found), PAGE_ROWS).get_page(request.GET.get("page"))
    shows = choosing.shows(actor)
    context = {
        "crumbs": workspace.ways(),
        "plans": actor.is_organiser,
        "page": page,
        "rows": _event_rows(actor, page),
        "heading": dict(shows).get(choice.show, shows[0][1]),
        "fields": choosing.fields(choice, actor),
        "columns": [{"text": "Event"}, {"text": "When"}, {"text": "Hosts"}, {"text": "State"}],
        "is_filtered": choice.is_set,
    }
    return render(request, "certificates/organiser/events.html", context)


def _listed(actor: Actor, show: str, at: datetime) -> QuerySet[Event]:
    mine, scope = agenda.mine(actor), agenda.duties(actor)
    lists = {
        "drafts": lambda: agenda.drafts(agenda.concerns(actor)),
        "invited": lambda: Event.objects.filter(pk__in=agenda.invitations(scope).values("event")),
        "waiting": lambda: agenda.unanswered(scope),
        "upcoming": lambda: mine.filter(ends_at__gt=at).exclude(status="cancelled"),
        "unsettled": lambda: agenda.unsettled(scope, at=at),
        "uncertified": lambda: certifying.uncertified(scope),
        "failed": lambda: mine.filter(pk__in=[o.event.pk for o in certifying.failed(scope)]),
    }
    found = lists.get(show, lambda: mine)()
    newest_first = show in {"", "unsettled", "uncertified", "failed"}
    return found.order_by("-starts_at" if newest_first else "starts_at", "pk")


def _event_rows(actor: Actor, events: Iterable[Event]) -> list[dict[str, Any]]:
    return [
        {
            "event": event,
            "url": way_in(actor, event),
            "date": workspace.date_line(event),
            "hosts": [
                part.alliance
                for part in workspace.lead_first(event)
                if part.stands or part.state == "invited"
            ],
            "state": (
                workspace.STATUS_KINDS[Event.Status(event.status)],
                event.get_status_display(),
            ),
        }
        for event in events
    ]
