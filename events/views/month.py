"""A month of events as a table, on the reader's clock."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.domain import listing
from events.models import Event, Session
from events.views import filtering, kept
from kit import walltime
from programmes.access import public

DEFAULT_ZONE = "America/Chicago"
"""The middle of the network, for readers whose clock we do not know."""
YEARS = 5
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@public
@require_safe
def this_month(request: HttpRequest) -> HttpResponse:
    """On to the month it is on the reader's calendar; the filters stay."""
    today = timezone.now().astimezone(ZoneInfo(_zone(request))).date()
    return redirect(_url(today, request.GET.urlencode()))


@public
@require_safe
def month(request: HttpRequest, month: str) -> HttpResponse:
    """One month; two small queries where nothing changed. 404 more than five years away."""
    zone = _zone(request)
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    first = _first(month, today)
    filters = filtering.read(request, without="month")
    days = _days(first)
    found = list(_sessions(filters, days, zone))
    marks = [(s.pk, s.starts_at, s.is_cancelled, s.event.changed_at, s.event.status) for s in found]
    mark = listing.fingerprint(marks, today, zone)
    return kept.page(request, mark, lambda: _draw(request, filters, first, found))


def _draw(
    request: HttpRequest, filters: listing.Filters, first: date, found: Sequence[Session]
) -> HttpResponse:
    zone = _zone(request)
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    weeks = _weeks(first, found, zone=zone, today=today)
    query = request.GET.urlencode()
    shown = [event for week in weeks for day in week if day["in_month"] for event in day["events"]]
    before, after = first - timedelta(days=1), first + timedelta(days=32)
    context = {
        "month": first,
        "weeks": weeks,
        "zone": zone,
        "zone_label": walltime.zone_label(zone, datetime.combine(first, time(12), UTC)),
        "count": len(shown),
        "filters": filters,
        "fields": filtering.fields(filters, without="month"),
        "previous": _neighbour(before, today, query),
        "following": _neighbour(after, today, query),
        "this_url": _url(first),
    }
    return render(request, "events/public/month.html", context)


def _zone(request: HttpRequest) -> str:
    return str(request.reader_zone) or DEFAULT_ZONE  # type: ignore[attr-defined]


def _first(text: str, today: date) -> date:
    """The first day of “2026-12”; 404 for anything else and far from ``today``."""
    match = _MONTH.fullmatch(text)
    if match is None or not match[0].isascii():
        raise Http404
    first = date(int(match[1]) or 1, int(match[2]), 1)
    if not _is_near(first, today):
        raise Http404
    return first


def _is_near(day: date, today: date) -> bool:
    return abs((day.year - today.year) * 12 + day.month - today.month) <= 12 * YEARS


def _url(day: date, query: str = "") -> str:
    url = reverse("month", args=[f"{day:%Y-%m}"])
    return f"{url}?{query}" if query else url


def _neighbour(day: date, today: date, query: str) -> dict[str, Any] | None:
    return {"month": day, "url": _url(day, query)} if _is_near(day, today) else None


def _days(first: date) -> list[date]:
    """Whole weeks from Sunday that hold the month."""
    start = first - timedelta(days=(first.weekday() + 1) % 7)
    following = (first + timedelta(days=32)).replace(day=1)
    count = -(-(following - start).days // 7) * 7
    return [start + timedelta(days=number) for number in range(count)]


def _sessions(filters: listing.Filters, days: Sequence[date], zone: str) -> Any:
    """The dates that begin on these days on the clocks of ``zone``, in order."""
    here = ZoneInfo(zone)
    begin = datetime.combine(days[0], time(), here)
    end = datetime.combine(days[-1] + timedelta(days=1), time(), here)
    events = listing.matching(Event.objects.listed(), filters)
    found = Session.objects.filter(event__in=events, starts_at__gte=begin, starts_at__lt=end)
    return found.select_related("event__lead").order_by("starts_at", "pk").defer("ics")


def _weeks(
    first: date, found: Sequence[Session], *, zone: str, today: date
) -> list[list[dict[str, Any]]]:
    """What components/month_table.html needs."""
    here = ZoneInfo(zone)
    on: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for session in found:
        on[session.starts_at.astimezone(here).date()].append(_entry(session))
    cells = [
        {
            "day": day,
            "in_month": day.month == first.month,
            "is_today": day == today,
            "events": on[day],
        }
        for day in _days(first)
    ]
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def _entry(session: Session) -> dict[str, Any]:
    event = session.event
    return {
        "url": reverse("event", args=[event.slug]),
        "title": event.title,
        "starts_at": session.starts_at,
        "code": event.lead.code,
        "is_cancelled": session.is_cancelled or event.status == Event.Status.CANCELLED,
    }
