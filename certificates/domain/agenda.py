"""What of certificates waits for an organiser: events that lack some, and failed drawings."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from certificates.models import Batch, Certificate
from events.domain import agenda
from events.models import Event, Registration
from programmes.models import OutboxEntry

State = OutboxEntry.State


@dataclass(frozen=True)
class Failed:
    """An event with drawings or batches that were given up, and how many."""

    event: Event
    count: int


def uncertified(alliances: agenda.Scope) -> QuerySet[Event]:
    """Settled events where somebody who met the rule holds no certificate and none is being made.

    Who once held one that was revoked does not make an event wait.
    """
    held = Certificate.objects.filter(award__event=OuterRef("event"), person=OuterRef("person"))
    lacking = Registration.objects.seated().filter(
        ~Exists(held), event=OuterRef("pk"), presence=Registration.Presence.MET
    )
    running = Batch.objects.filter(award__event=OuterRef("pk")).exclude(state=Batch.State.DONE)
    return agenda.uncertified(alliances).filter(Exists(lacking), ~Exists(running))


def failed(alliances: agenda.Scope) -> list[Failed]:
    """Events of theirs whose batches have failed entries. Two queries, three where there are."""
    entries = OutboxEntry.objects.filter(
        state__in=[State.DEAD, State.UNSURE], group__startswith="certificates.batch:"
    )
    counts = dict(entries.values_list("group").annotate(count=Count("pk")).order_by())
    numbers = {int(group.partition(":")[2]): count for group, count in counts.items()}
    if not numbers:
        return []
    batches = Batch.objects.filter(pk__in=numbers, award__event__in=agenda.led(alliances))
    by_event: dict[int, int] = {}
    for pk, event in batches.values_list("pk", "award__event"):
        by_event[event] = by_event.get(event, 0) + numbers[pk]
    events = Event.objects.in_bulk(by_event)
    return [Failed(events[pk], count) for pk, count in sorted(by_event.items())]
