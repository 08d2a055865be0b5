"""A month of events as a table, on the reader's clock."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.domain import listing, together
from events.models import Event, PartnerEntry, Session
from events.views import elsewhere, filtering, kept
from kit import walltime
from kit.errors import Refused
from programmes.access import public

DEFAULT_ZONE = "America/Chicago"
"""The middle of the network, for readers whose clock we do not know."""
YEARS = 5
MIDNIGHT = time()
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class NoSuchMonth(Refused):
    """Not a month, or one that is too far away for anybody to have planned for it."""

    code = "no-such-month"
    status = 404


@dataclass(frozen=True)
class Entry:
    """What is on at one stretch of time: one line in each day of the table that it touches.

    ``source`` names another calendar it comes from; ``code`` is the class name of its alliance's
    colour. An entry that is all day takes whole days of the reader's clock.
    """

    url: str
    title: str
    starts_at: datetime
    ends_at: datetime
    code: str
    is_cancelled: bool = False
    source: str = ""
    is_all_day: bool = False


@public
@require_safe
def this_month(request: HttpRequest) -> HttpResponse:
    """On to the month it is on the reader's calendar; the filters stay."""
    today = timezone.now().astimezone(ZoneInfo(_zone(request))).date()
    return redirect(_url(today, request.GET.urlencode()))


@public
@require_safe
def month(request: HttpRequest, month: str) -> HttpResponse:
    """One month; a few small queries where nothing changed. 404 more than five years away, 400 for
    a filter that cannot be."""
    zone = _zone(request)
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    first = _first(month, today)
    filters = filtering.read(request, without="month")
    problem = filtering.problem(filters)
    found = [] if problem else _entries(filters, first, zone)
    if problem:
        return _draw(request, filters, first, found, problem=problem)
    mark = listing.fingerprint(found, today, zone)
    return kept.page(request, mark, lambda: _draw(request, filters, first, found))


def _draw(
    request: HttpRequest,
    filters: listing.Filters,
    first: date,
    found: Sequence[Entry],
    *,
    problem: str = "",
) -> HttpResponse:
    zone = _zone(request)
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    query = request.GET.urlencode()
    before, after = first - timedelta(days=1), first + timedelta(days=32)
    context = {
        "month": first,
        "weeks": _weeks(first, found, zone=zone, today=today),
        "zone": zone,
        "zone_label": walltime.zone_label(zone, datetime.combine(first, time(12), UTC)),
        "count": len(found),
        "filters": filters,
        "fields": filtering.fields(filters, without="month"),
        "previous": _neighbour(before, today, query),
        "following": _neighbour(after, today, query),
        "now_url": "" if first == today.replace(day=1) else _url(today, query),
        "this_url": _url(first),
        "feed_query": "" if problem else filtering.feed_query(filters),
        "own_query": "" if problem else filtering.own_query(filters),
        "problem": problem,
    }
    status = 400 if problem else 200
    return render(request, "events/public/month.html", context, status=status)


def _zone(request: HttpRequest) -> str:
    return str(request.reader_zone) or DEFAULT_ZONE  # type: ignore[attr-defined]


def _first(text: str, today: date) -> date:
    """The first day of “2026-12”; raises NoSuchMonth for anything else and far from ``today``."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise NoSuchMonth("There is no such month. Write it as in 2027-01, the year first.")
    first = date(int(match[1]) or 1, int(match[2]), 1)
    if not _is_near(first, today):
        raise NoSuchMonth(
            f"The calendar goes from {today.year - YEARS} to {today.year + YEARS}. "
            "Choose a month that is nearer to today."
        )
    return first


def _is_near(day: date, today: date) -> bool:
    return abs((day.year - today.year) * 12 + day.month - today.month) <= 12 * YEARS


def _url(day: date, query: str = "") -> str:
    url = reverse("month", args=[f"{day:%Y-%m}"])
    return f"{url}?{query}" if query else url


def _neighbour(day: date, today: date, query: str) -> dict[str, Any] | None:
    return {"month": day, "url": _url(day, query)} if _is_near(day, today) else None


# -- what is on


def _entries(filters: listing.Filters, first: date, zone: str) -> list[Entry]:
    """What is on in the month on the clocks of ``zone``, by its start; three queries."""
    here = ZoneInfo(zone)
    begin = datetime.combine(first, MIDNIGHT, here)
    end = datetime.combine((first + timedelta(days=32)).replace(day=1), MIDNIGHT, here)
    found = _one_a_day(_sessions(filters, begin, end), here)
    theirs = together.entries(filters, start=begin, end=end)
    found += [_elsewhere(entry, here) for entry in theirs]
    return sorted(found, key=lambda entry: (entry.starts_at, entry.title, entry.url))


def _sessions(filters: listing.Filters, begin: datetime, end: datetime) -> Iterable[Session]:
    """The dates that touch the time, in order."""
    events = listing.matching(Event.objects.listed(), filters)
    found = Session.objects.filter(event__in=events, starts_at__lt=end, ends_at__gt=begin)
    return found.select_related("event__lead").order_by("starts_at", "pk").defer("ics")


def _one_a_day(sessions: Iterable[Session], here: ZoneInfo) -> list[Entry]:
    """The parts of an event that begin on the same day are one entry, off where all are off."""
    entries: dict[tuple[int, date], Entry] = {}
    for session in sessions:
        key = (session.event_id, session.starts_at.astimezone(here).date())
        entry, before = _entry(session), entries.get(key)
        if before is None or before.is_cancelled > entry.is_cancelled:
            entries[key] = entry
        elif before.is_cancelled == entry.is_cancelled:
            entries[key] = replace(before, ends_at=max(before.ends_at, entry.ends_at))
    return list(entries.values())


def _entry(session: Session) -> Entry:
    event = session.event
    return Entry(
        url=reverse("event", args=[event.slug]),
        title=event.title,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        code=event.lead.code,
        is_cancelled=session.is_cancelled or event.status == Event.Status.CANCELLED,
    )


def _elsewhere(entry: PartnerEntry, here: ZoneInfo) -> Entry:
    """An entry of a partner's own calendar. Whole days are those of the reader's clock."""
    row = elsewhere.row(entry)
    days = (entry.starts_on, entry.ends_on) if entry.starts_on and entry.ends_on else None
    begins, ends = (
        (datetime.combine(day, MIDNIGHT, here) for day in days)
        if days
        else (entry.starts_at, entry.ends_at)
    )
    return Entry(
        url=row["url"],
        title=entry.title,
        starts_at=begins,
        ends_at=ends,
        code=entry.calendar.alliance.code,
        source=row["source"],
        is_all_day=days is not None,
    )


# -- the table


def _weeks(
    first: date, found: Sequence[Entry], *, zone: str, today: date
) -> list[list[dict[str, Any]]]:
    """What components/month_table.html needs."""
    on = _by_day(first, found, ZoneInfo(zone))
    cells = [
        {
            "day": day,
            "in_month": day.month == first.month,
            "is_today": day == today,
            "events": on[day] if day.month == first.month else [],
        }
        for day in _days(first)
    ]
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def _days(first: date) -> list[date]:
    """Whole weeks from Sunday that hold the month."""
    start = first - timedelta(days=(first.weekday() + 1) % 7)
    following = (first + timedelta(days=32)).replace(day=1)
    count = -(-(following - start).days // 7) * 7
    return [start + timedelta(days=number) for number in range(count)]


def _by_day(first: date, found: Iterable[Entry], here: ZoneInfo) -> dict[date, list[dict]]:
    """The lines of each day: what goes on from the day before comes first, then by the clock."""
    on: dict[date, list[dict]] = defaultdict(list)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    for entry in found:
        begins, ends = _span(entry, here)
        day = max(begins, first)
        while day <= min(ends, last):
            line = {"entry": entry, "words": _words(entry, day, here), "goes_on": day > begins}
            on[day].append(line)
            day += timedelta(days=1)
    for lines in on.values():
        lines.sort(key=lambda line: not line["goes_on"])
    return on


def _span(entry: Entry, here: ZoneInfo) -> tuple[date, date]:
    """First and last day; who ends at midnight does not touch the day that then begins."""
    begins, ends = entry.starts_at.astimezone(here), entry.ends_at.astimezone(here)
    last = ends.date()
    if ends.time() == MIDNIGHT and last > begins.date():
        last -= timedelta(days=1)
    return begins.date(), last


def _words(entry: Entry, day: date, here: ZoneInfo) -> str:
    """The clock of one day's line: “2 p.m.”, “All day”, “Until 2 a.m.”."""
    begins, ends = _span(entry, here)
    if entry.is_all_day or begins < day < ends:
        return "All day"
    if day == begins:
        return walltime.clock(entry.starts_at.astimezone(here))
    end = entry.ends_at.astimezone(here)
    return "All day" if end.time() == MIDNIGHT else f"Until {walltime.clock(end)}"
