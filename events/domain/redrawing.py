"""Writes calendar text in bulk, in a worker: all of it after a new edition of the writer or of the
time zone database, and what many changes at once have struck out.

A new edition is written over the old one, so that feeds go on answering; how far it is stands in a
row of its own, and a worker that dies is followed by one that goes on there.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Max, Min, QuerySet
from django_q.tasks import async_task

from events.domain import calendar, calendars
from events.models import Event, Redrawing, Session, SessionText
from kit import walltime
from kit.errors import Invalid
from kit.vtimezone import tzdata_version

log = logging.getLogger("lyceum.calendars")
TASK = "events.tasks.redraw_calendars"
WORK_SECONDS = 40
"""How long one run goes on; the next begins where it ended."""
RING_SECONDS = 20


def edition() -> str:
    """What calendar text depends on beside the sessions themselves."""
    return f"{calendar.FORMAT}:{tzdata_version()}"


def ring() -> None:
    """Wake a worker to write what is missing; at most once in a while."""
    if settings.TESTING and not settings.RING_IN_TESTS:
        return
    if cache.add("calendars:rung", 1, RING_SECONDS):
        async_task(TASK)


def strike_out(events: QuerySet[Event]) -> int:
    """Have the sessions of ``events`` drawn anew: what they share, such as a name, has changed.

    Returns how many. Within the transaction of the change. Many are left to a worker, and until it
    is done feeds answer as before.
    """
    sessions = Session.objects.filter(event__in=events.values("pk"))
    count = sessions.update(ics=None)
    SessionText.objects.filter(session__event__in=events.values("pk")).delete()
    if count <= calendars.BATCH:
        calendars.raise_revision()
    transaction.on_commit(ring)
    return count


def work(*, at: datetime, clock: Callable[[], float] = time.monotonic) -> str:
    """Write for some seconds: first what feeds wait for, then what is of an old edition.

    Returns a line about it. ``clock`` counts seconds.
    """
    until = clock() + WORK_SECONDS
    drawn = 0
    while clock() < until and (batch := _bare()):
        done = calendars.draw(batch, at=at)
        drawn += done
        if not done:
            break
    row = _begun(at)
    while row.finished_at is None and clock() < until:
        if not _renew_batch(row, at=at):
            break
    if row.finished_at is None or _bare():
        ring()
    if drawn:  # readers were told to come back, or got the feed as it was
        with transaction.atomic():
            calendars.raise_revision()
    return f"{drawn} drawn, {row.done} of {row.total} in edition {row.edition}"


def progress() -> tuple[int, int, str]:
    """How many public sessions have calendar text of today's edition, of how many; the edition."""
    public = Session.objects.filter(event__in=Event.objects.published().values("pk"))
    bare = public.filter(ics=None).count()
    row = Redrawing.objects.filter(edition=edition()).first()
    total = public.count()
    if row is None or row.finished_at is None:
        old = (row.total - row.done) if row else total
        return max(total - max(bare, old), 0), total, edition()
    return total - bare, total, edition()


def _bare() -> list[int]:
    """The next public sessions without calendar text."""
    public = Event.objects.published().values("pk")
    rows = Session.objects.filter(ics=None, event__in=public).order_by("starts_at", "pk")
    return list(rows.values_list("pk", flat=True)[: calendars.BATCH])


def _begun(at: datetime) -> Redrawing:
    """The row of today's edition. Texts in other languages of an old one are thrown away."""
    row = Redrawing.objects.filter(edition=edition()).first()
    if row is not None:
        return row
    with transaction.atomic():
        SessionText.objects.all().delete()
        total = Session.objects.count()
        is_first = not Redrawing.objects.exists() and not total
        row, _ = Redrawing.objects.get_or_create(
            edition=edition(),
            defaults={"total": total, "started_at": at, "finished_at": at if is_first else None},
        )
    return row


def _renew_batch(row: Redrawing, *, at: datetime) -> bool:
    """Work out the instants of the next sessions again and draw the public ones; False at a stop.

    At the end no feed is up to date any more: those built meanwhile hold some of the old edition.
    """
    rest = Session.objects.filter(pk__gt=row.last_session).order_by("pk")
    batch = list(rest.select_related("event")[: calendars.BATCH])
    if not batch:
        with transaction.atomic():
            Redrawing.objects.filter(pk=row.pk).update(finished_at=at, total=F("done"))
            calendars.raise_revision()
        row.refresh_from_db()
        return True
    _time_again(batch)
    public = [session.pk for session in batch if session.event.is_public]
    if public and not calendars.draw(public, at=at):
        return False
    mine = Redrawing.objects.filter(pk=row.pk, last_session=row.last_session)
    mine.update(done=F("done") + len(batch), last_session=batch[-1].pk)
    row.refresh_from_db()
    return True


def _time_again(sessions: list[Session]) -> None:
    """Derive the instants from the wall times by today's rules (docs/decisions/0006)."""
    moved = [session for session in sessions if _derive(session)]
    if not moved:
        return
    with transaction.atomic():
        for session in moved:
            was = Session.objects.values_list("starts_at", flat=True).get(pk=session.pk)
            shift = session.starts_at - was
            session.save(update_fields=["starts_at", "ends_at"])
            session.breaks.update(starts_at=F("starts_at") + shift, ends_at=F("ends_at") + shift)
        for event_id in {session.event_id for session in moved}:
            held = Session.objects.filter(event=event_id, is_cancelled=False)
            edges = held.aggregate(starts_at=Min("starts_at"), ends_at=Max("ends_at"))
            Event.objects.filter(pk=event_id).update(**edges)


def _derive(session: Session) -> bool:
    """Set the session's instants anew; whether they moved. What no longer exists stays put."""
    edges: dict[str, Any] = {}
    for edge in ("starts", "ends"):
        local = datetime.fromisoformat(getattr(session, f"{edge}_local"))
        fold = getattr(session, f"{edge}_fold")
        try:
            edges[f"{edge}_at"] = walltime.to_utc(local, session.time_zone, fold=fold)
        except Invalid as refused:
            log.error("session %d keeps its instants: %s", session.pk, refused)
            return False
    if all(getattr(session, name) == at for name, at in edges.items()):
        return False
    for name, at in edges.items():
        setattr(session, name, at)
    return True
