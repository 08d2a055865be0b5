"""What happened to an event or a registration, as sentences from the audit log and the outbox."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from events.models import AttendanceImport, Event, EventHost, Registration
from kit.text import listed
from programmes import audit
from programmes.domain import brand
from programmes.models import AuditEntry, OutboxEntry

MOST_ENTRIES = 60
State = OutboxEntry.State

# What was done, and the state it left behind.
SAID: dict[str, tuple[str, str]] = {
    "event.drafted": ("drafted the event", "info"),
    "event.edited": ("changed {changed}", "info"),
    "event.capacity-changed": ("changed the seats from {was} to {now}", "info"),
    "event.published": ("published the event", "ok"),
    "event.cancelled": ("canceled the event", "problem"),
    "host.invited": ("asked {host} to co-host", "waiting"),
    "host.accepted": ("accepted", "ok"),
    "host.declined": ("declined", "problem"),
    "host.withdrawn": ("left the event", "off"),
    "host.asked-again": ("{hosts} asked to agree again: {changed} changed", "waiting"),
    "attendance.uploaded": ("uploaded an attendance report", "info"),
    "attendance.applied": ("applied an attendance report", "ok"),
    "attendance.undone": ("took an attendance report back", "off"),
    "attendance.assigned": ("matched a person of a report", "info"),
    "attendance.settled": ("settled attendance: {met} of {of} met the rule", "ok"),
    "registration.made": ("registered", "ok"),
    "registration.promoted": ("moved up from the waitlist to a seat", "ok"),
    "registration.cancelled": ("canceled the registration", "off"),
    "registration.changed": ("changed the registration", "info"),
}
MAILS = {
    "registration-confirmed": "Confirmation with the invitation",
    "registration-waitlisted": "Note about the waitlist",
    "registration-promoted": "News of the seat",
    "registration-again": "The link, once more",
    "registration-cancelled": "Confirmation of the cancellation",
    "event-changed": "News of a change",
    "event-cancelled": "News of the cancellation",
}
MAIL_STATES = {
    State.DONE: ("ok", "sent"),
    State.DEAD: ("problem", "could not be sent"),
    State.UNSURE: ("problem", "may have been sent"),
    State.CANCELLED: ("off", "not needed any more"),
}


def of_event(event: Event) -> list[dict[str, Any]]:
    """Newest first: the event and its attendance reports. Two queries."""
    reports = AttendanceImport.objects.filter(event=event).values_list("pk", flat=True)
    label = AttendanceImport._meta.label_lower
    subjects = [audit.subject(event), *(f"{label}:{pk}" for pk in reports)]
    entries = AuditEntry.objects.filter(subject__in=subjects).select_related("by", "alliance")
    return [_entry(entry) for entry in entries[:MOST_ENTRIES]]


def of_registration(registration: Registration) -> list[dict[str, Any]]:
    """Newest first: what was done to it, and the mails about it. Two queries."""
    subject = audit.subject(registration)
    done = AuditEntry.objects.filter(subject=subject).select_related("by", "alliance")
    mails = OutboxEntry.objects.filter(subject=subject, kind__startswith="events/")
    rows = [_entry(entry) for entry in done[:MOST_ENTRIES]]
    rows += [_mail(entry) for entry in mails.order_by("-pk")[:MOST_ENTRIES]]
    return sorted(rows, key=lambda row: row["at"], reverse=True)


def asked_again(event: Event) -> dict[int, str]:
    """For each alliance id that has to agree anew, what changed: “time and place”."""
    waiting = {p.alliance_id for p in event.hosts.all() if p.state == EventHost.State.INVITED}
    if not waiting:
        return {}
    entries = AuditEntry.objects.filter(
        Q(action="host.asked-again") | Q(action="host.invited"), subject=audit.subject(event)
    )
    found: dict[int, str] = {}
    for entry in entries.order_by("pk"):
        if entry.action == "host.invited":
            found.pop(entry.facts.get("host", 0), None)
        for pk in waiting.intersection(entry.facts.get("hosts", [])):
            found[pk] = listed(entry.facts.get("changed", []))
    return found


def _entry(entry: AuditEntry) -> dict[str, Any]:
    text, kind = SAID.get(entry.action, (entry.action.replace(".", " ").replace("-", " "), "info"))
    facts = {name: _said(name, value) for name, value in entry.facts.items()}
    try:
        text = text.format(**facts)
    except (KeyError, IndexError):
        text = text.replace("{", "").replace("}", "")
    actor = entry.alliance.name if entry.alliance else ""
    person = entry.by.name if entry.by else ""
    return {
        "at": entry.at,
        "text": f"{text}.",
        "who": " · ".join(part for part in (actor, person) if part),
        "note": entry.facts.get("note") or entry.facts.get("reason") or "",
        "kind": kind,
    }


def _said(name: str, value: Any) -> Any:
    names = {alliance.pk: alliance.name for alliance in brand.marks()}
    if name == "host":
        return names.get(value, "an alliance")
    if name == "hosts":
        return listed(names.get(pk, "an alliance") for pk in _several(value))
    if name == "changed":
        return listed(str(word).replace("_", " ") for word in _several(value)) or "it"
    if name in {"was", "now"}:
        return "no limit" if value is None else value
    return value


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]


def _mail(entry: OutboxEntry) -> dict[str, Any]:
    kind, word = MAIL_STATES.get(State(entry.state), ("waiting", "waits to be sent"))
    name = MAILS.get(entry.kind.partition("/")[2], entry.kind)
    return {
        "at": entry.done_at or entry.made_at,
        "text": f"{name}: {word}.",
        "kind": kind,
        "note": entry.error,
    }
