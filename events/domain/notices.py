"""Tells registrants by mail what happened to an event they hold a place at."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from events.models import Event, Registration
from programmes import outbox


def place_and_time(event: Event) -> dict[str, Any]:
    """What a registrant goes by, in plain values that can be kept and compared. One query."""
    live = event.sessions.filter(is_cancelled=False).order_by("starts_at", "pk")
    return {
        "starts_at": event.starts_at.isoformat() if event.starts_at else "",
        "ends_at": event.ends_at.isoformat() if event.ends_at else "",
        "time_zone": event.time_zone,
        "format": event.format,
        "venue": event.venue,
        "sessions": [
            [start.isoformat(), end.isoformat()]
            for start, end in live.values_list("starts_at", "ends_at")
        ],
    }


def tell_of_change(event: Event, *, was: dict[str, Any], at: datetime) -> int:
    """Mail everybody with a place where time or place is not what it ``was``; returns how many.

    Only for an event that is announced and not over yet, before or after the change. Facts of the
    mail: ``changed`` (time, place), ``was`` (see ``place_and_time``) and ``version``.
    """
    now = place_and_time(event)
    changed = [
        word
        for word, names in (("time", ("sessions", "time_zone")), ("place", ("format", "venue")))
        if any(was[name] != now[name] for name in names)
    ]
    over = max(was["ends_at"], now["ends_at"]) <= at.astimezone(UTC).isoformat()
    if not changed or over or not event.is_public:
        return 0
    entries = [
        outbox.entry(
            "events/event-changed",
            one,
            key=f"{one.pk}:{event.version}",
            changed=changed,
            was=was,
            version=event.version,
        )
        for one in _told(event)
    ]
    outbox.put_all(entries)
    return len(entries)


def tell_of_cancellation(event: Event) -> int:
    """Mail everybody with a place that the event is off; returns how many."""
    entries = [outbox.entry("events/event-cancelled", one, key=str(one.pk)) for one in _told(event)]
    outbox.put_all(entries)
    return len(entries)


def _told(event: Event) -> QuerySet[Registration]:
    return Registration.objects.live().filter(event=event).order_by("pk").only("pk")
