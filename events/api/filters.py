"""The filters of the event list: what they mean, and a fault for a word that means nothing."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_datetime

from events.domain import listing
from events.models import Event, EventHost, Session
from events.schemas import EventFilter
from kit.faults import Faults
from programmes.access import Actor
from programmes.models import Alliance, Programme, Topic


def listed_to(actor: Actor) -> QuerySet[Event]:
    """Events a list may show: what is announced and not unlisted, and the actor's own."""
    if actor.is_operator:
        return Event.objects.all()
    announced = Q(pk__in=Event.objects.listed().values("pk"))
    own = Q(pk__in=Event.objects.hosted_by(actor.alliances).values("pk"))
    return Event.objects.filter(announced | own if actor.alliances else announced)


def narrowed(events: QuerySet[Event], wanted: EventFilter) -> QuerySet[Event]:
    """``events`` that pass every filter, by their start; those without a date come last.

    Raises Invalid where a filter names something that does not exist.
    """
    faults = Faults()
    _check(faults, wanted)
    found = events
    for name, bound in (("from", _from), ("to", _to)):
        with faults.noted():
            found = bound(found, wanted.from_ if name == "from" else wanted.to)
    faults.settle()
    found = _by_words(found, wanted)
    found = listing.matching(found, listing.Filters(q=wanted.q))
    return found.order_by(F("starts_at").asc(nulls_last=True), "pk")


def _by_words(events: QuerySet[Event], wanted: EventFilter) -> QuerySet[Event]:
    if wanted.alliance:
        hosts = EventHost.objects.filter(
            event=OuterRef("pk"), alliance__slug__in=wanted.alliance
        ).filter(EventHost.STANDS | Q(state=EventHost.State.INVITED))
        events = events.filter(Exists(hosts))
    if wanted.topic:
        filed = Event.topics.through.objects.filter(topic__slug__in=wanted.topic)
        events = events.filter(Exists(filed.filter(event=OuterRef("pk"))))
    if wanted.programme:
        events = events.filter(programme__slug__in=wanted.programme)
    if wanted.format:
        events = events.filter(format__in=wanted.format)
    if wanted.status:
        events = events.filter(status__in=wanted.status)
    return events


def _check(faults: Faults, wanted: EventFilter) -> None:
    tables: Iterable[tuple[str, Any, list[str]]] = (
        ("alliance", Alliance, wanted.alliance),
        ("programme", Programme, wanted.programme),
        ("topic", Topic, wanted.topic),
    )
    for name, table, slugs in tables:
        if not slugs:
            continue
        known = set(table.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        for slug in slugs:
            if slug not in known:
                faults.add(name, msg=f"There is no {name} “{slug}”.")


def _from(events: QuerySet[Event], text: str) -> QuerySet[Event]:
    if not text:
        return events
    at = _moment("from", text)
    if isinstance(at, datetime):
        return events.filter(ends_at__gt=at)
    on_or_after = Session.objects.filter(event=OuterRef("pk"), ends_local__gte=at.isoformat())
    return events.filter(Exists(on_or_after))


def _to(events: QuerySet[Event], text: str) -> QuerySet[Event]:
    if not text:
        return events
    at = _moment("to", text)
    if isinstance(at, datetime):
        return events.filter(starts_at__lt=at)
    following = (at + timedelta(days=1)).isoformat()
    before = Session.objects.filter(event=OuterRef("pk"), starts_local__lt=following)
    return events.filter(Exists(before))


def _moment(name: str, text: str) -> date | datetime:
    """A day, which is one on each event's own clock, or an instant with an offset."""
    faults = Faults()
    try:
        if len(text) == len("2027-01-13"):
            day = date.fromisoformat(text)
            return day if day < date.max else date.max - timedelta(days=1)
        at = parse_datetime(text.replace(" ", "+"))
        if at is not None and at.tzinfo is not None:
            return at
    except ValueError:
        pass
    faults.add(
        name, msg=f"“{text[:40]}” is neither a day, 2027-01-13, nor a time, 2027-01-13T18:00:00Z."
    )
    faults.settle()
    raise AssertionError("not reached")
