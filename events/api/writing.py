"""Events and registrations as plain values for JSON: a fixed number of queries for any number."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from events.api import treaties
from events.domain import registration as registering
from events.domain import replies, series, timing
from events.domain.recurrence import BadRecurrence
from events.domain.series import Stretch
from events.models import (
    Event,
    EventCredit,
    EventSpeaker,
    Registration,
    Session,
    SessionBreak,
    SessionSpeaker,
)
from programmes.access import Actor
from programmes.answers import stamp
from programmes.models import Alliance

Row = dict[str, Any]


def with_slugs(events: QuerySet[Event]) -> QuerySet[Event]:
    """``events`` as ``events()`` takes them: with the slugs of lead and programme beside them."""
    return events.annotate(lead_slug=F("lead__slug"), programme_slug=F("programme__slug"))


def events(found: Sequence[Event], *, at: datetime, actor: Actor) -> list[Row]:
    """The Event objects of the contract, of events read ``with_slugs``. Eight queries.

    Rows of other tables are read as tuples, which costs a third of what models do. A host that is
    asked about a change is shown as such to the hosts alone; to others it hosts as before.
    """
    ids = [event.pk for event in found]
    hosts, proposals = treaties.of_events(ids, actor)
    parts = {
        "hosts": hosts,
        "topics": _topics(ids),
        "speakers": _speakers(ids),
        "sessions": _sessions(ids),
        "credits": _credits(ids),
    }
    return [
        _event(event, at=at)
        | {name: rows[event.pk] for name, rows in parts.items()}
        | {
            "recurrence": _recurrence(event.recurrence, parts["sessions"][event.pk]),
            "proposal": proposals.get(event.pk),
        }
        for event in found
    ]


def registrations(found: Sequence[Registration]) -> list[Row]:
    """The Registration objects of the contract, with their places in the queue."""
    places = _places(found)
    joined = {r.alliance_id for r in found}
    alliances = dict(Alliance.objects.filter(pk__in=joined - {None}).values_list("pk", "slug"))
    answers = replies.answers_of(found)
    return [
        {
            "code": r.code,
            "name": r.name,
            "email": r.email,
            "organisation": r.organisation,
            "alliance": alliances.get(r.alliance_id),
            "state": r.state,
            "position": places.get(r.pk),
            "joined_at": stamp(r.joined_at),
            "answer": answers.get(r.pk),
        }
        for r in found
    ]


def _event(event: Any, *, at: datetime) -> Row:
    return {
        "slug": event.slug,
        "title": event.title,
        "summary": event.summary,
        "description": event.description,
        "kind": event.kind,
        "format": event.format,
        "status": event.status,
        "visibility": event.visibility,
        "lead": event.lead_slug,
        "programme": event.programme_slug,
        "time_zone": event.time_zone,
        "starts_at": stamp(event.starts_at),
        "ends_at": stamp(event.ends_at),
        "capacity": event.capacity,
        "seats_free": event.seats_free,
        "waitlist": event.has_waitlist,
        "registration": {
            "state": registering.state_of(event, at),
            "closes_at": stamp(event.closes_at),
        },
        "venue": event.venue,
        "captions": event.captions,
        "url": f"{settings.PUBLIC_BASE_URL}/events/{event.slug}/",
        "feed_url": f"{settings.PUBLIC_BASE_URL}/feeds/events/{event.slug}.ics",
        "version": event.version,
        "cancel_reason": event.cancel_reason,
        "changed_at": stamp(event.changed_at),
    }


def _topics(ids: list[int]) -> dict[int, list[str]]:
    rows = Event.topics.through.objects.filter(event__in=ids).order_by("topic__name", "topic")
    return _grouped(rows.values_list("event_id", "topic__slug"))


def _speakers(ids: list[int]) -> dict[int, list[str]]:
    rows = EventSpeaker.objects.filter(event__in=ids).order_by("position", "pk")
    return _grouped(rows.values_list("event_id", "speaker__slug"))


def _credits(ids: list[int]) -> dict[int, list[Row]]:
    rows = EventCredit.objects.filter(event__in=ids).order_by("scheme")
    return _grouped(
        (event, {"scheme": scheme, "amount": amount_text(amount)})
        for event, scheme, amount in rows.values_list("event_id", "scheme", "amount")
    )


def _sessions(ids: list[int]) -> dict[int, list[Row]]:
    breaks = _breaks(ids)
    fields = (
        *("event_id", "pk", "public_id", "title", "starts_local", "ends_local"),
        *("starts_at", "ends_at", "room", "follows", "gap_minutes", "recurrence_local", "own"),
        *("sequence", "is_cancelled"),
    )
    speakers = _session_speakers(ids)
    rows = Session.objects.filter(event__in=ids).order_by("starts_at", "position", "pk")
    return _grouped(
        (
            event,
            {
                "uid": f"{uid}@{settings.IDENTITY_DOMAIN}",
                "title": title,
                "starts_local": starts_local,
                "ends_local": ends_local,
                "starts_at": stamp(starts_at),
                "ends_at": stamp(ends_at),
                "breaks": breaks[pk],
                "room": room,
                "speakers": speakers[pk],
                "follows": follows,
                "gap_minutes": gap_minutes,
                "recurrence_local": recurrence_local,
                "changed_by_hand": own.split(),
                "sequence": sequence,
                "is_cancelled": is_cancelled,
            },
        )
        for event, pk, uid, title, starts_local, ends_local, *rest in rows.values_list(*fields)
        for starts_at, ends_at, room, follows, gap_minutes, recurrence_local, own, *end in [rest]
        for sequence, is_cancelled in [end]
    )


def _session_speakers(ids: list[int]) -> dict[int, list[str]]:
    rows = SessionSpeaker.objects.filter(session__event__in=ids).order_by("position", "pk")
    return _grouped(rows.values_list("session_id", "speaker__slug"))


def rules(stretches: Sequence[Stretch]) -> list[Row]:
    """The rules of a series, each with the words for it."""
    return [
        {"rule": one.rule, "first_local": timing.spelt(one.first), "text": series.said(one)}
        for one in stretches
    ]


def _recurrence(kept: str, sessions: Sequence[Row]) -> list[Row]:
    """The rules kept with an event whose sessions are these."""
    if not kept:
        return []
    origins = [one["recurrence_local"] for one in sessions if one["recurrence_local"]]
    first = timing.wall(min(origins)) if origins else None
    try:
        return rules(series.read(kept, first=first))
    except BadRecurrence:
        return []


def _breaks(ids: list[int]) -> dict[int, list[Row]]:
    rows = SessionBreak.objects.filter(session__event__in=ids).order_by("starts_at")
    return _grouped(
        (session, {"starts_local": starts, "ends_local": ends})
        for session, starts, ends in rows.values_list("session_id", "starts_local", "ends_local")
    )


def _places(found: Sequence[Registration]) -> dict[int, int]:
    """Places in the queue by registration; one query for each event that has a queue."""
    waiting = {r.event_id for r in found if r.state == Registration.State.WAITLISTED}
    queues = (
        Registration.objects.waiting().filter(event=event).values_list("pk", flat=True)
        for event in sorted(waiting)
    )
    return {pk: place for queue in queues for place, pk in enumerate(queue, start=1)}


def _grouped(rows: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for owner, value in rows:
        groups[owner].append(value)
    return groups


def amount_text(amount: Decimal) -> str:
    """“1.5” for 1.50, “7” for 7.00."""
    return f"{amount.normalize():f}"
