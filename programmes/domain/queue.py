"""The outbox as who runs the network sees it: how it stands, and what to do with what failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from kit.errors import Refused
from programmes import audit, outbox
from programmes.domain import delivery
from programmes.effects import KINDS, Mail
from programmes.models import OutboxEntry, Person

State = OutboxEntry.State
FAILED = (State.DEAD, State.UNSURE)
SILENT = timedelta(minutes=3)


class NotFailed(Refused):
    """It was tried again or done meanwhile."""

    code = "not-failed"


@dataclass(frozen=True)
class Health:
    """``waiting`` is due now, ``later`` is due some other time; ``oldest`` is when what waits
    longest was put in; ``beat`` when a worker last showed that it is alive."""

    waiting: int
    later: int
    failed: int
    unsure: int
    paused: int
    oldest: datetime | None
    beat: datetime | None
    is_silent: bool


def health(*, at: datetime) -> Health:
    """How the outbox stands at ``at``. Two queries."""
    entries = OutboxEntry.objects.exclude(state__in=[State.DONE, State.CANCELLED])
    is_open = Q(state__in=OutboxEntry.OPEN_STATES)
    found = entries.aggregate(
        waiting=Count("pk", filter=is_open & Q(due_at__lte=at)),
        later=Count("pk", filter=is_open & Q(due_at__gt=at)),
        failed=Count("pk", filter=Q(state=State.DEAD)),
        unsure=Count("pk", filter=Q(state=State.UNSURE)),
        paused=Count("pk", filter=Q(state=State.PAUSED)),
        oldest=Min("made_at", filter=is_open & Q(due_at__lte=at)),
    )
    beat = outbox.last_beat()
    return Health(**found, beat=beat, is_silent=beat is None or at - beat > SILENT)


def failed() -> QuerySet[OutboxEntry]:
    """What was given up, or may have arrived: a person decides. The newest first."""
    return OutboxEntry.objects.filter(state__in=FAILED).order_by("-pk")


def retry(entry: OutboxEntry, *, by: Person | None) -> None:
    """Try it again from the start. Raises NotFailed where somebody else was quicker."""
    if not delivery.retry(entry):
        raise NotFailed("This was tried again or settled already. Nothing was changed.")
    audit.record("outbox.retried", entry, by=by, kind=entry.kind)
    outbox.ring()


def is_mail(entry: OutboxEntry) -> bool:
    """A mail may be let be. What is to be drawn is wanted, and its batch waits for it."""
    return isinstance(KINDS.get(entry.kind), Mail)


def let_be(entry: OutboxEntry, *, by: Person | None) -> None:
    """Try a mail no more; it no longer counts as failed. Raises NotFailed, also for no mail."""
    if not is_mail(entry):
        raise NotFailed("Only a mail can be let be. Try this again, or see its event's page.")
    gone = OutboxEntry.objects.filter(pk=entry.pk, state__in=FAILED)
    if not gone.update(state=State.CANCELLED):
        raise NotFailed("This was tried again or settled already. Nothing was changed.")
    audit.record("outbox.let-be", entry, by=by, kind=entry.kind)
