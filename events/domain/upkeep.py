"""What the clock looks after: a safety net below changes that do all of this themselves."""

import logging
from datetime import datetime

from django.db.models import Count, Q

from events.models import Event, Registration

log = logging.getLogger("lyceum.upkeep")
State = Registration.State


def with_waiting_and_free() -> list[tuple[int, str]]:
    """Id and slug of the published events where somebody waits although a seat is free."""
    free = Event.objects.with_free_seat().filter(status=Event.Status.PUBLISHED)
    return list(free.filter(waiting_count__gt=0).values_list("pk", "slug"))


def complete_past(*, at: datetime) -> int:
    """Mark published events completed once their last date has ended; returns how many."""
    past = Event.objects.filter(status=Event.Status.PUBLISHED, ends_at__lte=at)
    return past.update(status=Event.Status.COMPLETED)


def wrong_counters() -> list[str]:
    """Slugs of the events whose counters differ from their rows, logged as errors.

    Nothing is repaired: a wrong counter is a fault to be understood, and its event still refuses
    to be oversold.
    """
    counted = Event.objects.annotate(
        seated=Count("registrations", filter=Q(registrations__state=State.CONFIRMED)),
        waiting=Count("registrations", filter=Q(registrations__state=State.WAITLISTED)),
    ).order_by("pk")
    wrong = [
        event
        for event in counted
        if (event.seats_taken, event.waiting_count) != (event.seated, event.waiting)
    ]
    for event in wrong:
        log.error(
            "%s says %d seated and %d waiting, its rows say %d and %d",
            event.slug,
            event.seats_taken,
            event.waiting_count,
            event.seated,
            event.waiting,
        )
    return [event.slug for event in wrong]
