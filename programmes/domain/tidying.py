"""Clears away what is of no more use: effects done long ago, answers kept for repeated requests."""

from datetime import datetime, timedelta

from programmes.models import IdempotentAnswer, OutboxEntry

KEEP_DONE = timedelta(days=90)
KEEP_ANSWERS = timedelta(days=1)
AT_ONCE = 500
"""Rows deleted in one statement, so that no writer waits long for the lock."""


def tidy(*, at: datetime) -> dict[str, int]:
    """Delete outbox entries that were done or called off 90 days ago, and answers of yesterday.

    Entries that failed stay until a person has decided. Returns how many of each went.
    """
    states = OutboxEntry.State
    old = OutboxEntry.objects.filter(made_at__lt=at - KEEP_DONE)
    done = old.filter(state=states.DONE, done_at__lt=at - KEEP_DONE)
    called_off = old.filter(state=states.CANCELLED)
    answers = IdempotentAnswer.objects.filter(made_at__lt=at - KEEP_ANSWERS)
    return {
        "done": _delete(done),
        "cancelled": _delete(called_off),
        "answers": _delete(answers),
    }


def _delete(rows) -> int:  # type: ignore[no-untyped-def]
    """Delete in small portions; returns how many rows went."""
    table, gone = rows.model._base_manager, 0
    while ids := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        gone += table.filter(pk__in=ids).delete()[0]
    return gone
