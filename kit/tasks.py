"""Hands work to a background worker, once what caused it is committed."""

from django.db import transaction
from django_q.tasks import async_task


def later(function: str, *args: int | str) -> None:
    """Ask a worker to call ``function``, a dotted path, after the current transaction commits.

    Only ids and text go along, and the call is a nudge: it may run twice, late or never, so each
    task is safe to repeat and has a sweep that finds what was missed.
    """
    transaction.on_commit(lambda: async_task(function, *args))
