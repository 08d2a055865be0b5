"""The month as organisers see it: drafts and busy times beside what is public."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events import rules as event_rules
from events.domain import agenda, busy
from events.domain.finding import holidays
from events.models import Event, EventHost, Session
from events.views import choosing, workspace
from kit import months, walltime
from programmes import rules
from programmes.access import Actor, organiser
from programmes.domain import brand
from programmes.models import Alliance

DEFAULT_ZONE = "America/Chicago"
"""The middle of the network, for readers whose clock we do not know."""
YEARS = 5
MOST = 1000
Days = dict[date, list[dict[str, Any]]]


@organiser(rules.may_come_in)
@require_safe
def this_month(request: HttpRequest) -> HttpResponse:
    """On to the month it is on the reader's calendar; the filters stay."""
    return redirect(_url(_today(_zone(request)), request.GET.urlencode()))


@organiser(rules.may_come_in)
@require_safe
def month(request: HttpRequest, month: str) -> HttpResponse:
    """Each date with the marks of its hosts; drafts of one's own alliances say that they are."""
    actor, zone = request.actor, _zone(request)  # type: ignore[attr-defined]
    today = _today(zone)
    first = _first(month, today)
    choice = choosing.read(request)
    days = months.sheet(first)
    here = ZoneInfo(zone)
    begin = datetime.combine(days[0], time(), here)
    end = datetime.combine(days[-1] + timedelta(days=1), time(), here)
    found = _dates(actor, choice, begin, end)
    on = {
        "events": _entries(actor, found, zone),
        "busy": _busy(actor, choice, begin, end),
    }
    query = request.GET.urlencode()
    context = {
        "crumbs": workspace.ways(),
        "month": first,
        "weeks": _weeks(days, first, on, today),
        "zone": zone,
        "zone_label": walltime.zone_label(zone, datetime.combine(first, time(12), UTC)),
        "count": sum(len(on["events"][day]) for day in days if day.month == first.month),
        "fields": choosing.fields(choice, actor, without=("show", "q")),
        "is_filtered": choice.is_set,
        "previous": _neighbour(months.before(first), today, query),
        "following": _neighbour(months.following(first), today, query),
        "this_url": _url(first),
        "plans": actor.is_organiser,
    }
    return render(request, "events/organiser/month.html", context)


def _first(text: str, today: date) -> date:
    """The first day of the month in the address; 404 for what is none, or is far away."""
    first = months.first_of(text)
    if first is None or months.apart(first, today) > 12 * YEARS:
        raise Http404
    return first


def _dates(actor: Actor, choice: choosing.Choice, begin: datetime, end: datetime) -> Any:
    events = choosing.matching(agenda.network(actor), choice)
    hosts = EventHost.objects.select_related("alliance")
    found = Session.objects.filter(event__in=events, starts_at__gte=begin, starts_at__lt=end)
    found = found.select_related("event").prefetch_related(Prefetch("event__hosts", hosts))
    return found.order_by("starts_at", "pk").defer("ics")[:MOST]


def _entries(actor: Actor, found: Iterable[Session], zone: str) -> Days:
    on: Days = defaultdict(list)
    for session in found:
        day = session.starts_at.astimezone(ZoneInfo(zone)).date()
        on[day].append(_entry(actor, session))
    return on


def _entry(actor: Actor, session: Session) -> dict[str, Any]:
    event = session.event
    parts = [p for p in workspace.lead_first(event) if p.stands or p.state == "invited"]
    is_cancelled = session.is_cancelled or event.status == Event.Status.CANCELLED
    word = "canceled" if is_cancelled else ""
    if not event.is_public:
        word = event.get_status_display().lower()
    return {
        "url": _way_in(actor, event),
        "title": event.title,
        "starts_at": session.starts_at,
        "hosts": [part.alliance for part in parts],
        "code": parts[0].alliance.code if parts else "",
        "word": word,
        "is_cancelled": is_cancelled,
    }


def _way_in(actor: Actor, event: Event) -> str:
    if event_rules.may_see_workspace(actor, event):
        return reverse("organise-event", args=[event.slug])
    return reverse("event", args=[event.slug])


def _busy(actor: Actor, choice: choosing.Choice, begin: datetime, end: datetime) -> Days:
    """What alliances keep elsewhere, for who plans around it; only an alliance narrows it."""
    on: Days = defaultdict(list)
    if not (actor.is_operator or actor.alliances) or choice.topic or choice.status:
        return on
    known = {a.pk: a for a in brand.marks() if choice.alliance in {"", a.slug}}
    for one in busy.spans_of(known.keys(), start=begin, end=end):
        day = max(one.start, begin).astimezone(begin.tzinfo).date()
        alliance = known[one.alliance_id]
        on[day].append({"alliance": alliance, "title": one.title or "Busy", "at": one.start})
    return on


def _holidays(days: Sequence[date]) -> dict[date, str]:
    """“Juneteenth”; with the states where it is theirs alone: “Cesar Chavez Day (CO, TX)”."""
    states = {s for row in Alliance.objects.active().values_list("states", flat=True) for s in row}
    found = holidays.between(sorted(states), days[0], days[-1])
    return {
        h.day: h.name if h.is_federal else f"{h.name} ({', '.join(h.states)})"
        for h in found
        if h.is_federal or h.states
    }


def _weeks(
    days: Sequence[date], first: date, on: dict[str, Days], today: date
) -> list[list[dict[str, Any]]]:
    off = _holidays(days)
    cells = [
        {
            "day": day,
            "in_month": day.month == first.month,
            "is_today": day == today,
            "holiday": off.get(day, ""),
            **{kind: there[day] for kind, there in on.items()},
        }
        for day in days
    ]
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def _today(zone: str) -> date:
    return timezone.now().astimezone(ZoneInfo(zone)).date()


def _zone(request: HttpRequest) -> str:
    return str(request.reader_zone) or DEFAULT_ZONE  # type: ignore[attr-defined]


def _url(day: date, query: str = "") -> str:
    url = reverse("organise-month", args=[f"{day:%Y-%m}"])
    return f"{url}?{query}" if query else url


def _neighbour(day: date, today: date, query: str) -> dict[str, Any] | None:
    is_near = months.apart(day, today) <= 12 * YEARS
    return {"month": day, "url": _url(day, query)} if is_near else None
