"""What happened to an event or a registration, as sentences from the audit log and the outbox."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from events.models import AttendanceImport, Event, Registration
from kit.text import listed
from programmes import audit
from programmes.domain import brand
from programmes.models import Alliance, AuditEntry, OutboxEntry

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
    "host.yes-restored": ("{host} had agreed to just this before, so its yes holds again", "ok"),
    "host.uninvited": ("took the invitation to {host} back", "off"),
    "host.silent": ("{host} did not answer in time: {rule}", "waiting"),
    "host.overdue": ("{host} did not answer in time: {rule}", "problem"),
    "host.left-behind": ("{host} no longer hosts: it did not agree to the change", "off"),
    "host.change-wanted": ("asked for a change", "waiting"),
    "event.proposed": ("proposed to change {changed}", "waiting"),
    "event.agreed": ("everybody agreed: {changed} changed", "ok"),
    "event.proposal-withdrawn": ("took the proposed change back", "off"),
    "event.not-applied": ("the agreed change could not be published", "problem"),
    "lead.offered": ("offered the lead to {host}", "waiting"),
    "lead.kept": ("took the offer of the lead back", "off"),
    "lead.refused": ("does not take the lead over", "off"),
    "lead.handed-over": ("{host} took the lead over", "ok"),
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
    "invitation.answered": ("answered the invitation: {answer}", "info"),
}
TREATY = (
    *("event.drafted", "event.proposed", "event.agreed", "event.proposal-withdrawn"),
    *("event.not-applied", "event.published", "event.cancelled"),
)
WORDS = {"capacity": "seats", "sharing": "what co-hosts see"}
RULES = {
    "wait": "nothing goes ahead",
    "yes": "that counts as a yes",
    "without": "it goes ahead without",
}
MAILS = {
    "registration-confirmed": "Confirmation with the invitation",
    "registration-waitlisted": "Note about the waitlist",
    "registration-promoted": "News of the seat",
    "registration-again": "The link, once more",
    "registration-cancelled": "Confirmation of the cancellation",
    "invitation-declined": "Question whether the seat is still wanted",
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


def of_hosts(event: Event) -> list[dict[str, Any]]:
    """Newest first: what the hosts did about each other and what they agree on. One query."""
    entries = AuditEntry.objects.filter(
        Q(action__startswith="host.") | Q(action__startswith="lead.") | Q(action__in=TREATY),
        subject=audit.subject(event),
    )
    return [_entry(entry) for entry in entries.select_related("by", "alliance")[:MOST_ENTRIES]]


def last_editor(event: Event) -> str:
    """Who changed the event last, by name; empty where nobody is known to have."""
    changes = AuditEntry.objects.filter(
        subject=audit.subject(event), facts__has_key="version", by__isnull=False
    )
    last = changes.select_related("by").order_by("-pk").first()
    return last.by.name if last and last.by else ""


def of_registration(registration: Registration) -> list[dict[str, Any]]:
    """Newest first: what was done to it, and the mails about it. Two queries."""
    subject = audit.subject(registration)
    done = AuditEntry.objects.filter(subject=subject).select_related("by", "alliance")
    mails = OutboxEntry.objects.filter(subject=subject, kind__startswith="events/")
    rows = [_entry(entry) for entry in done[:MOST_ENTRIES]]
    rows += [_mail(entry) for entry in mails.order_by("-pk")[:MOST_ENTRIES]]
    return sorted(rows, key=lambda row: row["at"], reverse=True)


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
        "note": entry.facts.get("note") or entry.facts.get("reason") or _differences(entry),
        "kind": kind,
    }


def _differences(entry: AuditEntry) -> str:
    """“Time: was 11 a.m., becomes 3 p.m.” for each agreed field of a change."""
    rows = entry.facts.get("differences") or []
    return " ".join(f"{row['word']}: was {row['was']}; becomes {row['now']}." for row in rows)


def _said(name: str, value: Any) -> Any:
    if name in {"host", "hosts"}:
        return _alliances(name, value)
    if name == "changed":
        return (
            listed(WORDS.get(word, str(word).replace("_", " ")) for word in _several(value)) or "it"
        )
    if name == "rule":
        return RULES.get(value, value)
    if name in {"was", "now"}:
        return "no limit" if value is None else value
    return value


def _alliances(name: str, value: Any) -> str:
    """Names of alliances by id; those that left the partnership have one too."""
    names = {alliance.pk: alliance.name for alliance in brand.marks()}
    missing = [pk for pk in _several(value) if pk not in names]
    if missing:
        names |= dict(Alliance.objects.filter(pk__in=missing).values_list("pk", "name"))
    return listed(names.get(pk, "an alliance") for pk in _several(value))


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
