"""Puts effects into the outbox, inside the transaction of the change that wants them.

An effect is a mail to send or a file to draw. It is carried out by ``domain/delivery.py`` in a
worker, once in effect, whatever happens to the worker. The kinds are listed in ``effects.py``.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Now
from django_q.tasks import async_task

from programmes.audit import subject as subject_of
from programmes.effects import KINDS
from programmes.models import Heartbeat, OutboxEntry

DRAIN = "programmes.tasks.drain"
RING_SECONDS = 1
"""At most one doorbell a second from each process; a drain lingers longer than that."""


def entry(
    kind: str,
    about: Model,
    *,
    key: str,
    group: str = "",
    due_at: datetime | None = None,
    **facts: Any,
) -> OutboxEntry:
    """An entry not yet saved. ``key`` names the effect for good: the same key is never done twice.

    ``due_at`` is when to do it, at once where it is None. ``facts`` hold ids and plain values.
    """
    if kind not in KINDS:
        raise ValueError(f"no outbox kind “{kind}” is registered")
    return OutboxEntry(
        kind=kind,
        key=f"{kind}:{key}",
        subject=subject_of(about),
        group=group,
        due_at=due_at or Now(),
        facts=facts,
    )


def put(kind: str, about: Model, *, key: str, **options: Any) -> None:
    """Put one effect (arguments as for ``entry``) and ring for a worker after the commit."""
    put_all([entry(kind, about, key=key, **options)])


def put_all(entries: Iterable[OutboxEntry]) -> None:
    """Put many effects; those whose key is there already are passed over."""
    OutboxEntry.objects.bulk_create(entries, batch_size=200, ignore_conflicts=True)
    transaction.on_commit(ring)


def ring() -> None:
    """Wake a worker. A lost ring costs seconds: the clock rings twice a minute on its own."""
    if settings.TESTING and not settings.RING_IN_TESTS:
        return
    if cache.add("outbox:rung", 1, RING_SECONDS):
        async_task(DRAIN)


def last_beat() -> datetime | None:
    """When a worker last showed that it is alive, or None where none ever did."""
    return Heartbeat.objects.filter(name="workers").values_list("at", flat=True).first()
