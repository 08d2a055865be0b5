"""Carries out what the outbox holds: claim, do, mark done; back off, give up, tell a person.

Every step is one conditional UPDATE that names the lease, so a worker that was stopped for longer
than its lease finds its claim gone and rolls back. Due times and leases are compared with the
database's clock, because workers' clocks differ.
"""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.message import EmailMessage
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from kit.errors import Refused
from programmes.effects import KINDS, Effect, Mail
from programmes.models import Heartbeat, OutboxEntry
from programmes.models.outbox import OutboxQuerySet

log = logging.getLogger("lyceum.outbox")

LEASE = timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
CLAIM = 20
BEAT_SECONDS = 2
MAX_ATTEMPTS = 5
State = OutboxEntry.State
UNSURE = "The worker died while this mail was sent: it may or may not have arrived."


class LeaseLost(Exception):
    """Another worker holds the entry now; what this one was about to write must not be."""


def drain(*, seconds: float = 10, linger: float = 2) -> int:
    """Carry out due entries for up to ``seconds``; returns how many were done.

    Lingers after the last one, so that an entry put while its doorbell was held back is seen.
    """
    done, idle_since = 0, time.monotonic()
    until = idle_since + seconds
    while time.monotonic() < until:
        entries = claim()
        beat()
        if entries:
            done += _carry_out_all(entries, until=until)
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since >= linger:
            break
        else:
            time.sleep(0.1)
    return done


def _carry_out_all(entries: list[OutboxEntry], *, until: float) -> int:
    """Each in turn, while there is time; what was not begun is given back for others.

    Beats along the way: a mail server that hangs is no sign of dead workers.
    """
    done, beaten = 0, time.monotonic()
    for number, entry in enumerate(entries):
        if number and time.monotonic() >= until:
            _give_back(entries[number:])
            break
        if time.monotonic() - beaten >= BEAT_SECONDS:
            beat()
            beaten = time.monotonic()
        done += carry_out(entry)
    return done


def _give_back(entries: list[OutboxEntry]) -> None:
    mine = OutboxEntry.objects.filter(
        pk__in=[entry.pk for entry in entries], lease=entries[0].lease, state=State.LEASED
    )
    mine.update(state=State.READY, lease="", due_at=Now())


def beat() -> None:
    """Show that the workers are alive."""
    Heartbeat.objects.update_or_create(name="workers", defaults={"at": Now()})


def claim(limit: int = CLAIM) -> list[OutboxEntry]:
    """Lease up to ``limit`` due entries to the caller, oldest first."""
    settle_expired()
    if not is_waiting():
        return []
    token = secrets.token_hex(16)
    with transaction.atomic():
        due = OutboxEntry.objects.filter(state=State.READY, due_at__lte=Now())
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
        OutboxEntry.objects.filter(pk__in=ids, state=State.READY).update(
            state=State.LEASED, lease=token, due_at=Now() + LEASE
        )
    mine = OutboxEntry.objects.filter(pk__in=ids, lease=token, state=State.LEASED)
    return list(mine.order_by("pk"))


def carry_out(entry: OutboxEntry) -> bool:
    """Do one leased entry; True where it is done now. Faults are noted on the entry, not raised."""
    if not _begin(entry):
        return False
    try:
        how = KINDS[entry.kind]
        _send(entry, how) if isinstance(how, Mail) else _work(entry, how)
    except LeaseLost:
        log.warning("%s: another worker took over", entry.key)
        return False
    except Refused as no:  # a rule said no: trying again would hear the same
        log.warning("%s: %s", entry.key, no)
        _put_off(entry, str(no), tired=True)
        return False
    except Exception as fault:  # one entry of many: the others go on
        log.warning("%s: %s", entry.key, fault)
        error = f"{type(fault).__name__}: {fault}"
        _put_off(entry, error, tired=entry.attempts >= MAX_ATTEMPTS)
        return False
    return True


def settle_expired() -> None:
    """Give back what dead workers held. Mail caught in the act is resent or left to a person."""
    expired = OutboxEntry.objects.filter(due_at__lte=Now())
    tired = Q(attempts__gte=MAX_ATTEMPTS)
    leased = expired.filter(state=State.LEASED)
    leased.filter(tired).update(state=State.DEAD, lease="", error="The worker died each time.")
    leased.exclude(tired).update(state=State.READY, lease="", due_at=Now())
    sending = expired.filter(state=State.SENDING)
    again = [kind for kind, how in KINDS.items() if isinstance(how, Mail) and how.resend]
    sending.filter(kind__in=again).exclude(tired).update(state=State.READY, lease="", due_at=Now())
    for held in (sending.exclude(kind__in=again), sending.filter(tired)):
        held.update(state=State.UNSURE, lease="", error=UNSURE)


def is_waiting() -> bool:
    """Is anything due that nobody has claimed?"""
    return OutboxEntry.objects.filter(state=State.READY, due_at__lte=Now()).exists()


def retry(entries: "OutboxEntry | None" = None, *, group: str = "") -> int:
    """Try failed and unsure entries of a group (or one entry) again; returns how many."""
    failed = OutboxEntry.objects.filter(state__in=[State.DEAD, State.UNSURE])
    chosen = failed.filter(group=group) if entries is None else failed.filter(pk=entries.pk)
    return chosen.update(state=State.READY, attempts=0, error="", due_at=Now())


def _begin(entry: OutboxEntry) -> bool:
    """Count the attempt and renew the lease, only now that this very entry is begun."""
    began = _held(entry, State.LEASED).update(attempts=F("attempts") + 1, due_at=Now() + LEASE)
    entry.attempts += 1
    return bool(began)


def _work(entry: OutboxEntry, how: Effect) -> None:
    prepared = _call(how.prepare)(entry)
    with transaction.atomic():
        _mark_done(entry, State.LEASED)
        _call(how.finish)(entry, prepared)


def _send(entry: OutboxEntry, how: Mail) -> None:
    message: EmailMessage | None = _call(how.compose)(entry)
    if message is None:
        if not _held(entry, State.LEASED).update(state=State.CANCELLED, lease=""):
            raise LeaseLost
        return
    message.extra_headers.setdefault("Message-ID", message_id(entry))
    if not _held(entry, State.LEASED).update(state=State.SENDING, due_at=Now() + LEASE):
        raise LeaseLost
    get_connection().send_messages([message])
    _mark_done(entry, State.SENDING)


def message_id(entry: OutboxEntry) -> str:
    """The Message-ID of an entry's mail: the same each time, so a copy can be told apart."""
    return f"<outbox.{entry.pk}@{settings.IDENTITY_DOMAIN}>"


def _mark_done(entry: OutboxEntry, state: str) -> None:
    done = _held(entry, state).update(state=State.DONE, done_at=Now(), lease="", error="")
    if not done:
        raise LeaseLost


def _put_off(entry: OutboxEntry, error: str, *, tired: bool) -> None:
    """Wait 2, 4, 8 … seconds more with some jitter, or give up and leave it to a person."""
    wait = timedelta(seconds=2**entry.attempts * (1 + secrets.randbelow(50) / 100))
    held = OutboxEntry.objects.filter(pk=entry.pk, lease=entry.lease)
    held.exclude(state=State.DONE).update(
        state=State.DEAD if tired else State.READY,
        due_at=Now() + wait,
        lease="",
        error=error[:500],
    )


def _held(entry: OutboxEntry, state: str) -> OutboxQuerySet:
    return OutboxEntry.objects.filter(pk=entry.pk, lease=entry.lease, state=state)


@cache
def _call(path: str) -> Callable[..., Any]:
    found: Callable[..., Any] = import_string(path)
    return found
