"""How each alliance does in the network: events, what it does together with others, people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from certificates.models import Certificate
from events.models import Event, EventHost, Registration
from programmes.models import Alliance


@dataclass(frozen=True)
class Standing:
    """Counts of one alliance. ``led`` and ``hosted`` are announced events that were not canceled;
    ``joint`` those of the hosted with more than one host; ``seats`` and ``certificates`` those of
    the events it leads; ``chosen`` the people anywhere in the network who named it as theirs.
    """

    alliance: Alliance
    led: int
    hosted: int
    joint: int
    seats: int
    chosen: int
    certificates: int

    @property
    def joint_percent(self) -> int | None:
        """Share of joint events among the hosted, rounded down; None where there is none."""
        return self.joint * 100 // self.hosted if self.hosted else None


def of_network(*, since: datetime | None = None) -> list[Standing]:
    """Every active alliance, counting events that begin at ``since`` or later (None: all).

    Seven queries, whatever the size of the network.
    """
    events = Event.objects.published().exclude(status=Event.Status.CANCELLED)
    if since is not None:
        events = events.filter(starts_at__gte=since)
    hosts = EventHost.objects.standing().filter(event__in=events)
    several = hosts.order_by().values("event").annotate(hosts=Count("pk")).filter(hosts__gt=1)
    places = Registration.objects.seated().filter(event__in=events)
    valid = Certificate.objects.standing().filter(award__event__in=events)
    led = _count(events, "lead")
    hosted = _count(hosts, "alliance")
    joint = _count(hosts.filter(event__in=several.values("event")), "alliance")
    seats = _count(places, "event__lead")
    chosen = _count(places, "alliance")
    held = _count(valid, "award__event__lead")
    return [
        Standing(
            alliance=a,
            led=led.get(a.pk, 0),
            hosted=hosted.get(a.pk, 0),
            joint=joint.get(a.pk, 0),
            seats=seats.get(a.pk, 0),
            chosen=chosen.get(a.pk, 0),
            certificates=held.get(a.pk, 0),
        )
        for a in Alliance.objects.active()
    ]


def joint_share(*, since: datetime | None = None) -> tuple[int, int]:
    """How many announced events have several hosts, and how many there are. Two queries."""
    events = Event.objects.published().exclude(status=Event.Status.CANCELLED)
    if since is not None:
        events = events.filter(starts_at__gte=since)
    hosts = EventHost.objects.standing().filter(event__in=events)
    several = hosts.order_by().values("event").annotate(hosts=Count("pk")).filter(hosts__gt=1)
    return several.count(), events.count()


def _count(rows: QuerySet[Any], by: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(count=Count("pk")))
