"""Hosting together: who is asked, who agreed, and to what exactly."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from events.domain import calendars, waitlist
from events.models import Event, EventHost
from kit import text
from kit.errors import Invalid, Refused
from programmes import audit, outbox
from programmes.models import Alliance, Person

Role = EventHost.Role
State = EventHost.State
DECISIONS = {"accept": State.ACCEPTED, "decline": State.DECLINED, "withdraw": State.WITHDRAWN}
AGREED = ("title", "time", "place", "capacity", "sharing")


class NotAHost(Refused):
    """The alliance was not asked, or has left."""

    code = "not-a-host"
    status = 404


class LeadStays(Refused):
    """The lead answers for the event and cannot leave it."""

    code = "lead-stays"


class EventCalledOff(Refused):
    """The event was cancelled: nothing about it can be agreed or changed any more."""

    code = "event-cancelled"


def fingerprint(event: Event) -> str:
    """What a co-host agrees to, in 64 hex digits: title, times, place, seats and the data rule.

    Times are the promise, that is wall time and zone. One query.
    """
    times = event.sessions.order_by("starts_at", "pk").values_list(
        "starts_local", "starts_fold", "ends_local", "ends_fold", "time_zone", "is_cancelled"
    )
    agreed: list[Any] = [event.title, event.format, event.venue, event.capacity, event.sharing]
    said = json.dumps([*agreed, sorted(times)], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def waiting_for(event: Event) -> list[Alliance]:
    """The alliances that were asked and have not answered, in the order they were asked."""
    asked = event.hosts.filter(state=State.INVITED).select_related("alliance")
    return [host.alliance for host in asked]


def set_up(event: Event, co_hosts: Sequence[Alliance], *, by: Person | None, at: datetime) -> None:
    """Make the lead a host of a new event, and ask the co-hosts in the order given."""
    EventHost.objects.create(
        event=event,
        alliance_id=event.lead_id,
        role=Role.LEAD,
        state=State.ACCEPTED,
        invited_at=at,
        decided_at=at,
        decided_by=by,
    )
    for alliance in dict.fromkeys(co_hosts):
        invite(event, alliance, by=by, at=at)


def invite(event: Event, alliance: Alliance, *, by: Person | None, at: datetime) -> EventHost:
    """Ask an alliance to host along; its organisers are told by mail. Asking twice is harmless.

    One that declined or left before is asked anew. Raises EventCalledOff.
    """
    with transaction.atomic():
        held = _locked(event)
        host = held.hosts.filter(alliance=alliance).first()
        if host is not None and host.state in {State.INVITED, State.ACCEPTED}:
            return host
        if host is None:
            host = EventHost(event=held, alliance=alliance, role=Role.CO_HOST)
            host.position = held.hosts.count()
        host.state, host.invited_at = State.INVITED, at
        host.decided_at = host.decided_by = None
        host.agreed = host.note = ""
        host.save()
        audit.record("host.invited", held, by=by.pk if by else None, host=alliance.pk)
        _tell(host, at=at)
        _keep_status(held)
        calendars.touch(held, at=at)
    event.status = held.status
    return host


def decide(  # noqa: PLR0913
    event: Event,
    alliance: Alliance,
    decision: str,
    *,
    note: str = "",
    by: Person | None,
    at: datetime,
) -> EventHost:
    """Write down a host's answer: accept, decline or withdraw. The same answer twice is harmless.

    Accepting keeps a fingerprint of what was agreed. Raises Invalid for another word, NotAHost
    where the alliance was not asked (or left, and was not asked again), LeadStays, EventCalledOff.
    """
    if decision not in DECISIONS:
        raise Invalid.at("decision", msg="The decision is accept, decline or withdraw.")
    remark = text.one_line(note, loc="note", what="The note", at_most=500)
    with transaction.atomic():
        held = _locked(event)
        host = held.hosts.select_related("alliance").filter(alliance=alliance).first()
        if host is None:
            raise NotAHost(f"This alliance was not asked to host “{held.title}”.")
        _ensure_may_decide(host, held, decision)
        if host.role == Role.LEAD or host.state == DECISIONS[decision]:
            return host
        host.state, host.note = DECISIONS[decision], remark
        host.decided_at, host.decided_by = at, by
        host.agreed = fingerprint(held) if decision == "accept" else ""
        host.save(update_fields=["state", "note", "decided_at", "decided_by", "agreed"])
        audit.record(
            f"host.{host.state}", held, by=by.pk if by else None, alliance=alliance.pk, note=remark
        )
        _keep_status(held)
        Event.objects.filter(pk=held.pk).update(changed_at=at)
        calendars.touch(held, at=at)
    event.status = held.status
    return host


def ask_again(event: Event, *, changed: Sequence[str], at: datetime) -> list[Alliance]:
    """Ask those co-hosts again whose yes was to something else than the event is now.

    The caller holds the event's row. ``changed`` names the fields for the mail. A published event
    stays published: people have its date in their calendars.
    """
    now = fingerprint(event)
    accepted = event.hosts.filter(role=Role.CO_HOST, state=State.ACCEPTED).exclude(agreed=now)
    asked = list(accepted.select_related("alliance"))
    for host in asked:
        host.state, host.invited_at, host.decided_at, host.agreed = State.INVITED, at, None, ""
        host.save(update_fields=["state", "invited_at", "decided_at", "agreed"])
        _tell(host, at=at, changed=list(changed))
    if asked:
        names = [host.alliance_id for host in asked]
        audit.record("host.asked-again", event, hosts=names, changed=list(changed))
        _keep_status(event)
    return [host.alliance for host in asked]


def _locked(event: Event) -> Event:
    held = waitlist.locked(event.pk)
    if held.status == Event.Status.CANCELLED:
        raise EventCalledOff(f"“{held.title}” was canceled, so its hosts stay as they are.")
    return held


def _ensure_may_decide(host: EventHost, event: Event, decision: str) -> None:
    if host.role == Role.LEAD and decision != "accept":
        raise LeadStays(
            f"{host.alliance.short_name} leads “{event.title}”. Cancel the event instead, or hand "
            "the lead over first."
        )
    if host.state == State.WITHDRAWN and decision != "withdraw":
        raise NotAHost(f"This alliance has left “{event.title}”. Ask its lead to invite you again.")


def _tell(host: EventHost, *, at: datetime, changed: list[str] | None = None) -> None:
    outbox.put(
        "events/co-host-invited", host, key=f"{host.pk}:{at.isoformat()}", changed=changed or []
    )


def _keep_status(event: Event) -> None:
    """Before it is published, an event is “proposed” as long as somebody is still to answer."""
    if event.published_at is not None or event.status == Event.Status.CANCELLED:
        return
    asked = event.hosts.filter(state=State.INVITED).exists()
    event.status = Event.Status.PROPOSED if asked else Event.Status.DRAFT
    event.save(update_fields=["status"])
