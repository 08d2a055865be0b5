"""Finding events for lists: filters, order, and what tells that nothing on a page has changed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from events.models import Event, EventCredit, EventHost, Session


@dataclass(frozen=True)
class Filters:
    """What a reader asked for; an empty value asks for everything. ``month`` is “2027-01”."""

    alliance: str = ""
    topic: str = ""
    format: str = ""
    month: str = ""
    credits: str = ""
    programme: str = ""
    q: str = ""

    @property
    def is_set(self) -> bool:
        return any(vars(self).values())


def upcoming(filters: Filters, *, at: datetime) -> QuerySet[Event]:
    """Listed events that are not over, by the start of their next date (``next_starts_at``).

    With a month, all listed events that have a date in it, past ones too, on the event's clock.
    """
    found = matching(Event.objects.listed(), filters)
    dates = Session.objects.filter(event=OuterRef("pk"), is_cancelled=False).order_by("starts_at")
    span = _month(filters.month)
    if span is None:
        found = found.filter(ends_at__gt=at)
        dates = dates.filter(ends_at__gt=at)
    else:
        first, last = span
        dates = dates.filter(starts_local__gte=first, starts_local__lt=last)
        found = found.filter(Exists(dates))
    return found.annotate(
        next_starts_at=Coalesce(Subquery(dates.values("starts_at")[:1]), F("starts_at")),
        next_ends_at=Coalesce(Subquery(dates.values("ends_at")[:1]), F("ends_at")),
    ).order_by("next_starts_at", "pk")


def matching(events: QuerySet[Event], filters: Filters) -> QuerySet[Event]:
    """``events`` narrowed by every filter but the month. Unknown words match nothing."""
    if filters.alliance:
        host = EventHost.objects.standing().filter(
            event=OuterRef("pk"), alliance__slug=filters.alliance
        )
        events = events.filter(Exists(host))
    if filters.topic:
        topic = Event.topics.through.objects.filter(event=OuterRef("pk"), topic__slug=filters.topic)
        events = events.filter(Exists(topic))
    if filters.format:
        events = events.filter(format=filters.format)
    if filters.programme:
        events = events.filter(programme__slug=filters.programme)
    if filters.credits:
        events = events.filter(Exists(EventCredit.objects.filter(event=OuterRef("pk"))))
    for word in filters.q.split()[:8]:
        events = events.filter(
            Q(title__icontains=word) | Q(summary__icontains=word) | Q(venue__icontains=word)
        )
    return events


def fingerprint(rows: Sequence[tuple], *extra: object) -> str:
    """A short hash of everything a page of rows shows; the same hash, the same page."""
    return hashlib.sha256(repr((rows, extra)).encode()).hexdigest()[:32]


def is_month(text: str) -> bool:
    """Whether a list can be narrowed to it: “2027-01”."""
    return _month(text) is not None


def month_days(text: str) -> tuple[datetime, datetime]:
    """Where “2027-01” begins and ends in UTC; twice the same instant for what is no month."""
    span = _month(text)
    if span is None:
        return datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    first, following = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in span)
    return first, following


def _month(text: str) -> tuple[str, str] | None:
    """First and following month of “2027-01” as wall times to compare with, or None."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    following = (first + timedelta(days=32)).replace(day=1)
    return f"{first.isoformat()}T00:00", f"{following.isoformat()}T00:00"


def local_month(event: Event) -> str:
    """The month an event's next date lies in, on the event's own clock: “January 2027”."""
    starts = event.next_starts_at  # type: ignore[attr-defined]  # annotated by upcoming()
    return starts.astimezone(ZoneInfo(event.time_zone)).strftime("%B %Y")
