"""What waits for an organiser: the lists behind the home page, each a query to be narrowed on.

``alliances`` are the ids a person plans events for; None means all of them (operators).
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from events.models import Event, EventHost

Status = Event.Status
LOOK_AHEAD = timedelta(days=14)
Scope = frozenset[int] | None


def invitations(alliances: Scope) -> QuerySet[EventHost]:
    """Parts in events that still lack the answer of one of these alliances, the oldest first."""
    asked = EventHost.objects.filter(state=EventHost.State.INVITED)
    asked = asked.exclude(event__status=Status.CANCELLED)
    if alliances is not None:
        asked = asked.filter(alliance__in=alliances)
    return asked.order_by("invited_at", "pk")


def led(alliances: Scope) -> QuerySet[Event]:
    """The events these alliances answer for."""
    return Event.objects.all() if alliances is None else Event.objects.filter(lead__in=alliances)


def hosted(alliances: Scope) -> QuerySet[Event]:
    """The events these alliances answer for or were asked to."""
    return Event.objects.all() if alliances is None else Event.objects.hosted_by(alliances)


def unanswered(alliances: Scope) -> QuerySet[Event]:
    """Events of theirs that wait for a co-host."""
    asked = EventHost.objects.filter(event=OuterRef("pk"), state=EventHost.State.INVITED)
    return led(alliances).exclude(status=Status.CANCELLED).filter(Exists(asked))


def drafts(alliances: Scope) -> QuerySet[Event]:
    """Events of theirs that are not announced yet, what was touched last first."""
    found = led(alliances).filter(status__in=[Status.DRAFT, Status.PROPOSED])
    return found.order_by("-changed_at", "pk")


def unsettled(alliances: Scope, *, at: datetime) -> QuerySet[Event]:
    """Announced events of theirs that are over without their attendance settled."""
    over = led(alliances).filter(published_at__isnull=False, ends_at__lte=at)
    return over.filter(settled_at__isnull=True).exclude(status=Status.CANCELLED)


def uncertified(alliances: Scope) -> QuerySet[Event]:
    """Settled events of theirs; the certificates app says which lack some."""
    return led(alliances).filter(settled_at__isnull=False).exclude(status=Status.CANCELLED)
