"""Writes the audit log, inside the transaction of what it tells."""

from typing import Any

from django.db.models import Model

from programmes.models import AuditEntry, Person


def subject(thing: Model) -> str:
    """How audit and outbox name a row of any app: “events.event:41”."""
    return f"{thing._meta.label_lower}:{thing.pk}"


def record(
    action: str,
    thing: Model,
    *,
    by: Person | int | None = None,
    alliance: int | None = None,
    **facts: Any,
) -> AuditEntry:
    """Note that ``action`` happened to ``thing``.

    ``by`` is the person or their id, None for a guest or the clock; ``alliance`` the id of the
    alliance in whose name it was done; ``facts`` are plain values, ids and times, never more of a
    person than the row itself holds.
    """
    who = by.pk if isinstance(by, Person) else by
    return AuditEntry.objects.create(
        action=action, subject=subject(thing), by_id=who, alliance_id=alliance, facts=facts
    )
