"""Alliances and programs, each with its events. Kept in the cache like the other public pages."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.domain import calendars, listing
from events.models import Event
from events.views import kept, shown
from programmes.access import public
from programmes.domain import brand, completion_words
from programmes.models import Alliance, Organisation, Programme

SOME = 12
"""Events on an alliance's page; the rest is one click away."""


@public
@require_safe
def alliances(request: HttpRequest) -> HttpResponse:
    """Every alliance with its region."""
    at = timezone.now()
    return kept.page(request, _moment(at), lambda: _draw_alliances(request, at))


@public
@require_safe
def alliance(request: HttpRequest, slug: str) -> HttpResponse:
    """One alliance: who is in it, what it hosts next, how to follow it."""
    found = get_object_or_404(Alliance.objects.active(), slug=slug)
    at = timezone.now()
    mark = f"{_moment(at)}:{found.changed_at.isoformat()}"
    return kept.page(request, mark, lambda: _draw_alliance(request, found, at))


@public
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """Every program with its hosts."""
    at = timezone.now()
    return kept.page(request, _moment(at), lambda: _draw_programmes(request, at))


@public
@require_safe
def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """One program: its events in order, and what completing it takes."""
    found = get_object_or_404(Programme.objects.select_related("lead"), slug=slug)
    at = timezone.now()
    mark = f"{_moment(at)}:{found.changed_at.isoformat()}"
    return kept.page(request, mark, lambda: _draw_programme(request, found, at))


def _moment(at: datetime) -> str:
    """These pages may be a minute old: seats and ended events are not worth a query each time."""
    return f"{calendars.revision()}:{at:%Y%m%d%H%M}"


def _draw_alliances(request: HttpRequest, at: datetime) -> HttpResponse:
    rows = [
        {"alliance": found, "count": listing.upcoming(_of(found), at=at).count()}
        for found in Alliance.objects.active()
    ]
    context = {"rows": rows, "network": brand.marks()}
    return render(request, "events/public/alliances.html", context)


def _draw_alliance(request: HttpRequest, found: Alliance, at: datetime) -> HttpResponse:
    events = shown.with_hosts(listing.upcoming(_of(found), at=at))
    rows = [shown.row(event, at=at) for event in events]
    members = Organisation.objects.filter(alliances=found)
    context = {
        "alliance": found,
        "rows": rows[:SOME],
        "more": max(len(rows) - SOME, 0),
        "members": [
            {"kind": label, "names": names}
            for kind, label in Organisation.Kind.choices
            if (names := [member.name for member in members if member.kind == kind])
        ],
        "programmes": Programme.objects.filter(hosts=found),
        "network": brand.marks(),
    }
    return render(request, "events/public/alliance.html", context)


def _of(found: Alliance) -> listing.Filters:
    return listing.Filters(alliance=found.slug)


def _draw_programmes(request: HttpRequest, at: datetime) -> HttpResponse:
    listed = Q(events__in=Event.objects.listed())
    found = (
        Programme.objects.select_related("lead")
        .prefetch_related(_hosts())
        .annotate(
            count=Count("events", filter=listed),
            ahead=Count("events", filter=listed & Q(events__ends_at__gt=at)),
        )
    )
    rows = [{"programme": one, "hosts": _lead_first(one)} for one in found]
    context = {"rows": rows, "network": brand.marks()}
    return render(request, "events/public/programs.html", context)


def _draw_programme(request: HttpRequest, found: Programme, at: datetime) -> HttpResponse:
    events = shown.with_hosts(_listed(found))
    rows: dict[str, list[dict[str, Any]]] = {"ahead": [], "past": []}
    required = set(completion_words.required(found.completion))
    for event in events:
        row = shown.row(event, at=at)
        if event.slug in required and row["flag"] is None:
            row["flag"] = {"kind": "info", "text": "Required"}
        is_over = event.ends_at is not None and event.ends_at <= at
        rows["past" if is_over else "ahead"].append(row)
    full = Programme.objects.prefetch_related(_hosts(), "topics").get(pk=found.pk)
    context = {
        "programme": full,
        "hosts": _lead_first(full),
        "topics": full.topics.all(),
        "rules": completion_words.sentences(full.completion, full.sets),
        "award": full.award.get("title", "") if not full.completion.get("per_event") else "",
        "feed_url": f"{settings.PUBLIC_BASE_URL}{reverse('feed', args=['programs', full.slug])}",
        "network": brand.marks(),
        **rows,
    }
    return render(request, "events/public/program.html", context)


def _listed(found: Programme) -> QuerySet[Event]:
    return Event.objects.listed().filter(programme=found).order_by("starts_at", "pk")


def _hosts() -> Prefetch:
    return Prefetch("hosts", Alliance.objects.order_by("position", "pk"))


def _lead_first(found: Programme) -> list[Alliance]:
    return sorted(found.hosts.all(), key=lambda host: host.pk != found.lead_id)
