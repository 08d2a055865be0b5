"""Batches: ask for the certificates of an event once, watch them come, pause, retry."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from certificates.domain import issuing
from certificates.domain.refusals import NothingToIssue, NotSettled
from certificates.models import Award, Batch, Certificate
from events.models import Event
from programmes import audit, outbox
from programmes.domain import delivery
from programmes.models import OutboxEntry, Person
from programmes.models.outbox import OutboxQuerySet

State = OutboxEntry.State


@dataclass(frozen=True)
class Failure:
    code: str
    name: str
    error: str


@dataclass(frozen=True)
class Progress:
    """How far a batch has come. ``seconds_left`` is None while it cannot be told."""

    state: str
    total: int
    done: int
    failed: int
    seconds_left: int | None
    failures: list[Failure]

    @property
    def is_finished(self) -> bool:
        return self.state == Batch.State.DONE


def request(event: Event, *, by: Person | None, at: datetime) -> Batch:
    """Start issuing the certificates that ``event`` has earned; returns the running batch.

    Asking again while one runs (a double click, two organisers) returns that same batch.
    Raises NotSettled before attendance is settled, NothingToIssue where nobody new has earned one.
    """
    if event.settled_at is None:
        raise NotSettled("Settle attendance first: certificates are made from settled minutes.")
    award = issuing.award_of(event)
    if (running := _running(award)) is not None:
        return running
    if not any(v.is_due for v in issuing.preview(event)):
        raise NothingToIssue("Everyone who has earned a certificate holds one already.")
    try:
        with transaction.atomic():
            batch = Batch.objects.create(award=award, requested_by=by, requested_at=at)
            outbox.put("certificates/batch", batch, key=str(batch.pk))
            audit.record("certificates.requested", batch, by=by)
    except IntegrityError:  # somebody else asked in the same moment
        return Batch.objects.exclude(state=Batch.State.DONE).get(award=award)
    return batch


def fan_out(entry: OutboxEntry) -> None:
    """Outbox effect `certificates/batch`, before: nothing, all of it is rows."""


def fan_out_rows(entry: OutboxEntry, prepared: None) -> None:
    """Outbox effect `certificates/batch`: make the certificates and ask for their drawings."""
    batch = Batch.objects.select_related("award__event").get(pk=entry.subject.split(":")[1])
    if issuing.issue_all(batch, at=timezone.now()) == 0:
        _close(batch.pk)


def progress(batch: Batch) -> Progress:
    """Counts from the outbox: two queries while it runs. Closes a batch found finished.

    ``done`` are the certificates drawn. Its mails belong to the batch too: it runs until the last
    one is out, and those that failed or may not have arrived are among ``failed``.
    """
    batch.refresh_from_db()
    drawn, waits = (
        Q(kind="certificates/draw"),
        Q(state__in=[*OutboxEntry.OPEN_STATES, State.PAUSED]),
    )
    counted = _entries(batch).aggregate(
        done=Count("pk", filter=drawn & Q(state=State.DONE)),
        failed=Count("pk", filter=Q(state__in=[State.DEAD, State.UNSURE])),
        waiting=Count("pk", filter=drawn & waits),
        open=Count("pk", filter=waits),
        first=Min("done_at", filter=drawn),
        last=Max("done_at", filter=drawn),
    )
    if batch.state == Batch.State.RUNNING and not counted["open"]:
        _close(batch.pk)
        batch.refresh_from_db()
    return Progress(
        state=batch.state,
        total=batch.total,
        done=counted["done"],
        failed=counted["failed"],
        seconds_left=_seconds_left(counted),
        failures=_failures(batch) if counted["failed"] else [],
    )


def pause(batch: Batch) -> None:
    """Hold back what has not been begun. What is in a worker's hands is finished."""
    with transaction.atomic():
        Batch.objects.filter(pk=batch.pk, state=Batch.State.RUNNING).update(
            state=Batch.State.PAUSED
        )
        _entries(batch).filter(state=State.READY).update(state=State.PAUSED)


def resume(batch: Batch) -> None:
    """Go on where it was paused."""
    with transaction.atomic():
        Batch.objects.filter(pk=batch.pk, state=Batch.State.PAUSED).update(
            state=Batch.State.RUNNING
        )
        _entries(batch).filter(state=State.PAUSED).update(state=State.READY, due_at=Now())
        transaction.on_commit(outbox.ring)


def retry(batch: Batch) -> int:
    """Try the failed ones again; returns how many."""
    with transaction.atomic():
        again = delivery.retry(group=issuing.group_of(batch))
        if again:
            Batch.objects.filter(pk=batch.pk).update(state=Batch.State.RUNNING, finished_at=None)
            transaction.on_commit(outbox.ring)
    return again


def latest(event: Event) -> Batch | None:
    """The newest batch of an event."""
    return Batch.objects.filter(award__event=event).order_by("-pk").first()


def close_finished() -> int:
    """The sweep: close batches whose last entry is done; returns how many."""
    running = Batch.objects.filter(state=Batch.State.RUNNING)
    return sum(progress(batch).is_finished for batch in running)


def _running(award: Award) -> Batch | None:
    for batch in Batch.objects.filter(award=award).exclude(state=Batch.State.DONE):
        if not progress(batch).is_finished:
            return batch
    return None


def _entries(batch: Batch) -> OutboxQuerySet:
    return OutboxEntry.objects.in_batch(issuing.group_of(batch))


def _close(pk: int) -> None:
    Batch.objects.filter(pk=pk).exclude(state=Batch.State.DONE).update(
        state=Batch.State.DONE, finished_at=timezone.now()
    )


def _seconds_left(counted: dict) -> int | None:
    """From the pace so far; None before two are done."""
    if counted["done"] < 2:
        return None
    took = (counted["last"] - counted["first"]).total_seconds() / (counted["done"] - 1)
    return round(took * counted["waiting"])


def _failures(batch: Batch) -> list[Failure]:
    failed = _entries(batch).filter(state__in=[State.DEAD, State.UNSURE])
    errors = {entry.subject.split(":")[1]: entry.error for entry in failed[:100]}
    named = Certificate.objects.filter(pk__in=errors).order_by("registration__name")
    return [Failure(c.code, c.facts["name"], errors[str(c.pk)]) for c in named]
