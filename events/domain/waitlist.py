"""The queue for an event's seats: in order, and nobody overtakes it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Q

from events.models import Event, Registration
from programmes import audit, outbox

State = Registration.State


def locked(event_id: int) -> Event:
    """The event's row, locked until the transaction ends: every change of its seats takes it first.

    The lock leaves the key alone, so that a registration being inserted need not wait for it.
    """
    return Event.objects.select_for_update(no_key=True).get(pk=event_id)


def promote(event_id: int, *, at: datetime) -> list[Registration]:
    """Give free seats to who waits longest; returns those seated, each told by mail.

    Seats nobody once the event has started (a recurring one: once its last date has ended) or is
    not published: a seat that comes too late is worth less than a quiet evening.
    """
    with transaction.atomic():
        event = locked(event_id)
        if not event.waiting_count or not _still_promotes(event, at):
            return []
        seats = event.seats_free
        queue = Registration.objects.waiting().filter(event=event)
        chosen = list(queue if seats is None else queue[:seats])
        if chosen:
            _seat(event, chosen, at=at)
        return chosen


def position(registration: Registration) -> int | None:
    """The place in the queue, 1 for next in line; None for who does not wait."""
    if registration.state != State.WAITLISTED:
        return None
    earlier = Q(joined_at__lt=registration.joined_at) | Q(
        joined_at=registration.joined_at, pk__lt=registration.pk
    )
    queue = Registration.objects.waiting().filter(event=registration.event_id)
    return queue.filter(earlier).count() + 1


def positions(registrations: Sequence[Registration]) -> dict[int, int]:
    """Places in the queue by registration id, of those who wait, one of each event. One query."""
    waiting = [one for one in registrations if one.state == State.WAITLISTED]
    if not waiting:
        return {}
    ahead = Q()
    for one in waiting:
        earlier = Q(joined_at__lt=one.joined_at) | Q(joined_at=one.joined_at, pk__lt=one.pk)
        ahead |= Q(event=one.event_id) & earlier
    queue = Registration.objects.filter(ahead, state=State.WAITLISTED)
    counts = dict(queue.values_list("event").annotate(count=Count("pk")).order_by())
    return {one.pk: counts.get(one.event_id, 0) + 1 for one in waiting}


def _still_promotes(event: Event, at: datetime) -> bool:
    until = event.ends_at if event.recurrence else event.starts_at
    return event.status == Event.Status.PUBLISHED and until is not None and at < until


def _seat(event: Event, chosen: list[Registration], *, at: datetime) -> None:
    ids = [registration.pk for registration in chosen]
    Registration.objects.filter(pk__in=ids).update(state=State.CONFIRMED, seated_at=at)
    Event.objects.filter(pk=event.pk).update(
        seats_taken=F("seats_taken") + len(ids), waiting_count=F("waiting_count") - len(ids)
    )
    for registration in chosen:
        registration.state, registration.seated_at = State.CONFIRMED, at
        audit.record("registration.promoted", registration, event=event.pk)
    outbox.put_all(
        outbox.entry("events/registration-promoted", registration, key=str(registration.pk))
        for registration in chosen
    )
