"""What the tests of planning share: a plan, and what is done with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conftest import NOON
from events.domain import scheduling
from events.domain.scheduling import (
    EventPlan,
    SessionPlan,
)
from events.models import Event
from programmes.models import OutboxEntry

LATER = NOON + timedelta(hours=1)
MORNING = SessionPlan("2027-01-13T11:00", "2027-01-13T12:30")
PLAN = EventPlan(title="Fiber to Every Block", time_zone="America/Denver", sessions=(MORNING,))


def drafted(lead, *, co_hosts=(), **changes) -> Event:
    return scheduling.draft(lead, replace(PLAN, **changes), co_hosts=co_hosts, by=None, at=NOON)


def published(lead, **changes) -> Event:
    return scheduling.publish(drafted(lead, **changes), by=None, at=NOON)


def edited(event, at=LATER, version=None, **changes) -> Event:
    return scheduling.edit(event, changes, by=None, at=at, version=version)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def mails(kind: str) -> list[OutboxEntry]:
    return list(OutboxEntry.objects.filter(kind=f"events/{kind}").order_by("pk"))


def session(starts: str, ends: str, **fields) -> SessionPlan:
    return SessionPlan(starts, ends, **fields)


SPRING_GAP = session("2027-03-14T02:30", "2027-03-14T04:00")
AUTUMN_TWICE = session("2027-11-07T01:30", "2027-11-07T03:00")
