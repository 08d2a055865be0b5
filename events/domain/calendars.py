"""Keeps each session's calendar text ready and tells the feeds when something they show changed."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Prefetch, QuerySet

from events.domain import calendar
from events.models import Event, EventHost, Revision, Session

SCOPE = "events"
BATCH = 500
_REVISION = f"SELECT number FROM {Revision._meta.db_table} WHERE scope = %s"  # noqa: S608  (ours)


def touch(event: Event, *, at: datetime) -> None:
    """The event changed at ``at``: its calendar text is to be redrawn, and no feed is up to date.

    Called last in the transaction of the change, since the one counter row stays locked until the
    commit.
    """
    event.sessions.update(ics=None)
    stir()


def stir() -> None:
    """Something that lists and feeds show changed, and no event of ours: a partner's, say."""
    if not Revision.objects.filter(scope=SCOPE).update(number=F("number") + 1):
        Revision.objects.get_or_create(scope=SCOPE, defaults={"number": 1})


def revision() -> int:
    """The number that every change of any event raises.

    Asked before every unchanged feed and page, thousands of times for each change: written out,
    because composing the query took longer than all the rest of the answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REVISION, [SCOPE])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def redraw(sessions: QuerySet[Session], *, at: datetime) -> int:
    """Write the calendar text of those ``sessions`` that have none; returns how many.

    A text that says the same as before keeps its stamp, so no calendar shows it as changed. The
    stamp of a new one is ``at`` in whole seconds, never earlier than the one before.
    """
    count = 0
    todo = with_event(sessions.filter(ics=None)).order_by("pk")
    while batch := list(todo[:BATCH]):
        for session in batch:
            _draw(session, at)
        with transaction.atomic():
            Session.objects.bulk_update(batch, ["ics", "ics_digest", "changed_at"])
        count += len(batch)
    return count


def with_event(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Load what an entry needs: three queries, whatever the number of sessions."""
    hosts = EventHost.objects.standing().select_related("alliance")
    return sessions.select_related("event").prefetch_related(
        Prefetch("event__hosts", hosts, to_attr="accepted"), "event__topics", "event__sessions"
    )


def entry_of(session: Session, *, sequence: int | None = None) -> calendar.Entry:
    """A session as calendars show it to everybody: no join link, nothing of any person.

    ``sequence`` overrides the session's own, for an invitation to somebody who came back. Needs
    ``with_event``.
    """
    event = session.event
    return calendar.Entry(
        uid=f"{session.public_id}@{settings.IDENTITY_DOMAIN}",
        sequence=session.sequence if sequence is None else sequence,
        stamp=session.changed_at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        time_zone=session.time_zone,
        title=_title(session),
        description=_description(event),
        location=event.venue if event.format != Event.Format.ONLINE else "Online",
        url=event_url(event),
        status="CANCELLED" if session.is_cancelled or event.cancelled_at else "CONFIRMED",
        categories=_categories(event),
        conference_url=None,
    )


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


def _description(event: Event) -> str:
    hosts: Iterable[EventHost] = event.accepted  # type: ignore[attr-defined]
    names = [part.alliance.name for part in hosts]
    lines = [event.summary, f"Hosted by {', '.join(names)}." if names else ""]
    if event.cancelled_at and event.cancel_reason:
        lines.insert(0, f"Canceled: {event.cancel_reason}")
    return "\n\n".join(line for line in lines if line)


def _categories(event: Event) -> tuple[str, ...]:
    hosts: Iterable[EventHost] = event.accepted  # type: ignore[attr-defined]
    topics = [topic.name for topic in event.topics.all()]
    return (*topics, *(part.alliance.short_name for part in hosts), event.get_format_display())
