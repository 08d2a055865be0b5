"""“Send me my link again”: by mail, to the address it belongs to, and to nobody else."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from events.models import Registration
from programmes import outbox
from programmes.domain import people

MOST = 20
"""So many mails at most for one request: those of the events that come first."""


def resend(address: str, *, at: datetime) -> int:
    """Mail the links of what this address is registered for and is not over; returns how many.

    Once an hour at most for each registration, with those that registering again asks for. Whether
    the address is known must not be told to whoever asked. Raises BadAddress.
    """
    person = people.by_key(people.key_of(address))
    if person is None:
        return 0
    coming = Q(event__ends_at=None) | Q(event__ends_at__gt=at)
    mine = Registration.objects.live().filter(coming, person=person, event__cancelled_at=None)
    entries = [
        outbox.entry("events/registration-again", one, key=f"{one.pk}:{at:%Y%m%d%H}", asked="link")
        for one in mine.order_by("event__starts_at", "pk")[:MOST]
    ]
    with transaction.atomic():
        outbox.put_all(entries)
    return len(entries)
