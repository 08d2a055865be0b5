"""Alliances and programs, each with its events. Kept in the cache like the other public pages."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.domain import (
    calendars,
    enrolment,
    enrolment_dates,
    listing,
    passport,
    registration,
    together,
)
from events.forms_enrolment import EnrolmentForm
from events.models import Event
from events.views import elsewhere, enrolled, kept, shown
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
    return kept.page(request, mark, lambda: draw_programme(request, found, EnrolmentForm()))


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
    rows += [elsewhere.row(entry) for entry in together.entries(_of(found), start=at)]
    rows.sort(key=lambda row: row["starts_at"])
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


def draw_programme(
    request: HttpRequest, found: Programme, form: EnrolmentForm, *, status: int = 200
) -> HttpResponse:
    """One program's page, with the form as it was typed."""
    at = timezone.now()
    course = passport.courses([found], at=at)[found.pk]
    listed = [event.pk for event in course.events if event.visibility != "unlisted"]
    rows = _rows(found, listed, at=at)
    with_lists = Programme.objects.select_related("lead").prefetch_related(_hosts(), "topics")
    full = with_lists.get(pk=found.pk)
    context = {
        "programme": full,
        "form": form,
        "hosts": _lead_first(full),
        "topics": full.topics.all(),
        "rules": enrolled.sentences(course, full),
        "award": _award(full),
        "is_path": found.kind == Programme.Kind.LEARNING_PATH,
        "may_enrol": enrolment.may_enrol(full),
        "feed_url": f"{settings.PUBLIC_BASE_URL}{reverse('feed', args=['programs', found.slug])}",
        "network": brand.marks(),
        "path": rows,
        "ahead": [row for row in rows if not row["is_over"]],
        "past": [row for row in rows if row["is_over"]],
        "open_count": sum(row["is_open"] for row in rows),
    }
    return render(request, "events/public/program.html", context, status=status)


def open_rows(found: Programme, *, at: datetime) -> list[dict[str, Any]]:
    """The program's dates that take people now, as rows."""
    dates = [event.pk for event in enrolment_dates.open_now(found.pk, at=at)]
    return _rows(found, dates, at=at)


def _rows(found: Programme, ids: list[int], *, at: datetime) -> list[dict[str, Any]]:
    """Rows of these events, in the order given."""
    required = set(completion_words.required(found.completion))
    events = {event.pk: event for event in shown.with_hosts(Event.objects.filter(pk__in=ids))}
    rows = []
    for number, event in enumerate((events[pk] for pk in ids), start=1):
        row = shown.row(event, at=at)
        if event.slug in required and row["flag"] is None:
            row["flag"] = {"kind": "info", "text": "Required"}
        row["is_over"] = event.ends_at is not None and event.ends_at <= at
        row["is_open"] = registration.state_of(event, at) in {"open", "waitlist"}
        row["number"] = number
        rows.append(row)
    return rows


def _award(found: Programme) -> str:
    return found.award.get("title", "") if not found.completion.get("per_event") else ""


def _hosts() -> Prefetch:
    return Prefetch("hosts", Alliance.objects.order_by("position", "pk"))


def _lead_first(found: Programme) -> list[Alliance]:
    return sorted(found.hosts.all(), key=lambda host: host.pk != found.lead_id)
