"""Tells the calendar feeds that something they show has changed."""

from datetime import datetime

from django.db.models import F

from events.models import Event, Revision

SCOPE = "events"


def touch(event: Event, *, at: datetime) -> None:
    """The event changed at ``at``: its calendar text is to be redrawn, and no feed is up to date.

    Called last in the transaction of the change, since the one counter row stays locked until the
    commit.
    """
    event.sessions.update(ics=None)
    if not Revision.objects.filter(scope=SCOPE).update(number=F("number") + 1):
        Revision.objects.get_or_create(scope=SCOPE, defaults={"number": 1})
