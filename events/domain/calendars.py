"""Keeps each session's calendar text ready and tells the feeds when something they show changed."""

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Prefetch, QuerySet

from events.domain import calendar, stored_entries, tombstones
from events.domain.phrases import HOUSE, say
from events.models import Event, EventHost, Revision, Session, SessionText

log = logging.getLogger("lyceum.calendars")
SCOPE = "events"
BATCH = 500
MOST_AT_ONCE = 60
"""Sessions of one event that are drawn with its change; longer series are left to a worker."""
AT_ONCE = 100
"""Rows written in one transaction, so that no other writer waits long."""
TRIES = 5
_REVISION = f"SELECT number FROM {Revision._meta.db_table} WHERE scope = %s"  # noqa: S608  (ours)


def touch(event: Event, *, at: datetime) -> None:
    """The event changed at ``at``: its calendar text is drawn anew, and no feed is up to date.

    Called last in the transaction of the change, since the one counter row stays locked until the
    commit. The text is drawn right after the commit, so that no reader waits for it; whatever is
    left undone then is done by the next reader or by the clock.
    """
    tombstones.note(event, at=at)
    event.sessions.update(ics=None)
    SessionText.objects.filter(session__event=event).delete()
    raise_revision()
    transaction.on_commit(partial(draw_soon, event.pk, at=at), robust=True)


def raise_revision() -> None:
    """No feed is up to date any more. Its row stays locked until the commit."""
    if not Revision.objects.filter(scope=SCOPE).update(number=F("number") + 1):
        Revision.objects.get_or_create(scope=SCOPE, defaults={"number": 1})


def draw_soon(event_id: int, *, at: datetime) -> None:
    """Draw what a change of one event struck out, where it is public and not a long series."""
    if Event.objects.published().filter(pk=event_id).exists():
        redraw(Session.objects.filter(event=event_id), at=at, most=MOST_AT_ONCE)


def revision() -> int:
    """The number that every change of any event raises.

    Asked before every unchanged feed and page, thousands of times for each change: written out,
    because composing the query took longer than all the rest of the answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REVISION, [SCOPE])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def redraw(sessions: QuerySet[Session], *, at: datetime, most: int | None = None) -> int:
    """Write the calendar text of those ``sessions`` that have none; returns how many.

    A text that says the same as before keeps its stamp, so no calendar shows it as changed. The
    stamp of a new one is ``at`` in whole seconds, never earlier than the one before. With more than
    ``most`` to write, none is.
    """
    todo = list(sessions.filter(ics=None).order_by("pk").values_list("pk", flat=True))
    return 0 if most is not None and len(todo) > most else draw_all(todo, at=at)


def draw_all(ids: Sequence[int], *, at: datetime) -> int:
    """Draw these sessions anew, however many; returns how many were written."""
    firsts = range(0, len(ids), BATCH)
    return sum(draw(ids[first : first + BATCH], at=at) for first in firsts)


def draw(ids: Collection[int], *, at: datetime) -> int:
    """Draw these sessions anew, at most 500; returns how many were written.

    What changes while they are drawn is left for the next time: it would be written as it was.
    """
    for _ in range(TRIES):
        number = revision()
        batch = list(with_event(Session.objects.filter(pk__in=ids)))
        for session in batch:
            _draw(session, at)
        if all(_kept(batch[first : first + AT_ONCE], number, at) for first in _firsts(batch)):
            return len(batch)
    log.warning("%d sessions change faster than they are drawn", len(ids))
    return 0


def _firsts(batch: list[Session]) -> range:
    return range(0, len(batch), AT_ONCE)


def _kept(drawn: list[Session], number: int, at: datetime) -> bool:
    """Write these down, unless something changed since revision ``number``."""
    with transaction.atomic():
        if not _is_still(number):
            return False
        Session.objects.bulk_update(drawn, ["ics", "ics_digest", "changed_at"])
        tombstones.note_drawn(drawn, at=at)
    return True


def _is_still(number: int) -> bool:
    """Nothing changed since ``number`` was read, nor will before the end of the transaction."""
    rows = Revision.objects.select_for_update().filter(scope=SCOPE)
    return (rows.values_list("number", flat=True).first() or 0) == number


def draw_in(language: str, sessions: QuerySet[Session]) -> int:
    """Write what is missing of the sessions' texts in another language; returns how many.

    The house's own text is drawn before: the stamps are those of the session.
    """
    written = SessionText.objects.filter(language=language).values("session")
    todo = list(sessions.exclude(pk__in=written).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(todo), BATCH):
        number = revision()
        batch = with_event(Session.objects.filter(pk__in=todo[first : first + BATCH]))
        texts = [
            SessionText(
                session=session,
                language=language,
                ics=calendar.entry_bytes(entry_of(session, language=language)),
            )
            for session in batch
        ]
        with transaction.atomic():
            if _is_still(number):
                SessionText.objects.bulk_create(texts, batch_size=100, ignore_conflicts=True)
    return len(todo)


def unwritten(ids: Collection[int], *, language: str = HOUSE) -> dict[int, bytes]:
    """The text of sessions that cannot be written down now, because they change all the time."""
    rows = with_event(Session.objects.filter(pk__in=ids))
    return {row.pk: calendar.entry_bytes(entry_of(row, language=language)) for row in rows}


def with_event(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Load what an entry needs: three queries, whatever the number of sessions."""
    hosts = EventHost.objects.standing().select_related("alliance")
    return sessions.select_related("event__programme").prefetch_related(
        Prefetch("event__hosts", hosts, to_attr="accepted"), "event__topics", "event__sessions"
    )


def entry_of(
    session: Session, *, sequence: int | None = None, language: str = HOUSE
) -> calendar.Entry:
    """A session as calendars show it to everybody: no join link, nothing of any person.

    ``sequence`` overrides the session's own, for an invitation to somebody who came back. Needs
    ``with_event``.
    """
    event = session.event
    return calendar.Entry(
        uid=uid_of(session),
        sequence=session.sequence if sequence is None else sequence,
        stamp=session.changed_at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        time_zone=session.time_zone,
        title=_title(session),
        description=_description(event, language),
        location=_place(session, language),
        url=event_url(event),
        status="CANCELLED" if session.is_cancelled or event.cancelled_at else "CONFIRMED",
        categories=_categories(event, language),
        related_to=_first_uid(event),
        language=language,
    )


def uid_of(session: Session) -> str:
    """The session's UID: the same for its whole life and in every calendar."""
    return uid_from(session.public_id)


def uid_from(public_id: UUID) -> str:
    """The UID of the session with this id, whether or not it is still there."""
    return stored_entries.own_uid(public_id, settings.IDENTITY_DOMAIN)


def event_url(event: Event) -> str:
    """The event's page, whole address."""
    return f"{settings.PUBLIC_BASE_URL}/events/{event.slug}/"


def _draw(session: Session, at: datetime) -> None:
    entry = entry_of(session)
    digest = calendar.digest(entry)
    if digest != session.ics_digest:
        session.changed_at = max(at.replace(microsecond=0), session.changed_at)
        entry = entry_of(session)
    session.ics, session.ics_digest = calendar.entry_bytes(entry), digest


def _title(session: Session) -> str:
    """The event's name; with the session's where there are several and it has its own."""
    name = session.event.title
    own = session.title and session.title != name
    if not own or session.event.recurrence:
        return session.title or name
    return f"{name}: {session.title}" if len(session.event.sessions.all()) > 1 else name


def _place(session: Session, language: str) -> str:
    """Where to go: venue and room, or “Online”."""
    if session.event.format == Event.Format.ONLINE:
        return say("online", language)
    return ", ".join(part for part in (session.event.venue, session.room) if part)


def _first_uid(event: Event) -> str:
    """What ties the sessions of an event together: the UID of the one that was there first."""
    rows = event.sessions.all()
    return uid_of(min(rows, key=lambda row: row.pk)) if len(rows) > 1 else ""


def _description(event: Event, language: str) -> str:
    hosts: Iterable[EventHost] = event.accepted  # type: ignore[attr-defined]
    names = ", ".join(part.alliance.name for part in hosts)
    lines = [event.summary, say("hosted", language, names=names) if names else ""]
    if event.cancelled_at and event.cancel_reason:
        lines.insert(0, say("reason", language, reason=event.cancel_reason))
    return "\n\n".join(line for line in lines if line)


def _categories(event: Event, language: str) -> tuple[str, ...]:
    hosts: Iterable[EventHost] = event.accepted  # type: ignore[attr-defined]
    topics = [topic.name for topic in event.topics.all()]
    return (*topics, *(part.alliance.short_name for part in hosts), say(event.format, language))
