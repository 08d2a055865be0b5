"""How many seats there are: never fewer than are taken, and who waits gets the new ones."""

from datetime import datetime

from events.domain import waitlist
from events.models import Event
from kit.errors import Refused


class CapacityTooLow(Refused):
    """Fewer seats than are taken already."""

    code = "capacity-too-low"


def write(held: Event, seats: int | None, *, at: datetime) -> None:
    """Write the new number of seats on a locked event and seat who waits.

    Raises CapacityTooLow, with the seats taken among its facts.
    """
    if seats is not None and seats < held.seats_taken:
        raise CapacityTooLow(
            f"{held.seats_taken} people hold a seat already, so “{held.title}” cannot have only "
            f"{seats}. Cancel some registrations first.",
            seats_taken=held.seats_taken,
        )
    Event.objects.filter(pk=held.pk).update(capacity=seats)
    waitlist.promote(held.pk, at=at)
