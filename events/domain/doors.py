"""The list at the door: when it is open, and who is on it."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from events.models import Event, EventHost, Registration, Session
from programmes.access import Actor

AROUND = timedelta(hours=24)
"""Check-in staff see the list from a day before a date to a day after it."""


def open_to(actor: Actor, *, at: datetime) -> QuerySet[Event]:
    """The events at whose door the actor stands these days, the next one first."""
    dates = _dates(at).filter(event=OuterRef("pk"))
    found = Event.objects.published().exclude(status=Event.Status.CANCELLED)
    found = found.filter(Exists(dates)).order_by("starts_at", "pk")
    if actor.is_operator:
        return found
    host = EventHost.objects.standing().filter(event=OuterRef("pk"), alliance__in=actor.doors)
    return found.filter(Exists(host))


def is_open(event: Event, *, at: datetime) -> bool:
    """Is it one of the days of the event?"""
    return event.status != Event.Status.CANCELLED and _dates(at).filter(event=event).exists()


def expected(actor: Actor, event: Event) -> QuerySet[Registration]:
    """Who holds a seat, by name: those whom the event's data rule shows the actor's hosts."""
    shown = Registration.objects.at_door_for(actor).filter(event=event)
    return shown.seated().order_by("name", "pk")


def _dates(at: datetime) -> QuerySet[Session]:
    return Session.objects.filter(
        is_cancelled=False, starts_at__lt=at + AROUND, ends_at__gt=at - AROUND
    )
