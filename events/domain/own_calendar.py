"""Calendars of one person: a registration's file, and the feeds behind a secret address.

Only here a registrant's own way in is named, and even here as a page of ours: calendars are shared.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet

from events.domain import calendar, calendars, links, selections
from events.domain.calendar import Entry
from events.domain.phrases import say
from events.domain.revisions import ROUND_STEP
from events.models import Event, EventHost, FeedSubscription, Registration, Session
from programmes.access import actor_of
from programmes.models import Person, Speaker

State = Registration.State
Kind = FeedSubscription.Kind


def own_calendar(registration: Registration) -> bytes:
    """The sessions under the same UIDs as in feeds and invitations, so that nothing stands twice.

    Online ones carry the address of the join page, which is why the file is nobody else's.
    """
    event = registration.event
    sessions = calendars.with_event(Session.objects.filter(event=event))
    entries = [calendars.entry_of(session) for session in sessions]
    page = links.registration_url(registration)
    if event.format != Event.Format.IN_PERSON:
        entries = [replace(entry, conference_url=f"{page}join/") for entry in entries]
    return calendar.calendar_bytes(
        name=event.title,
        description="",
        source_url=f"{page}invitation.ics",
        entries=[calendar.entry_bytes(entry) for entry in entries],
        zones=calendar.zone_years(entries),
    )


def feed_of(subscription: FeedSubscription, *, at: datetime) -> bytes:
    """The whole feed of a subscription that is not a saved selection.

    What it may show is looked up now: it is empty for whom nothing belongs to any more.
    """
    writers: dict[str, Callable[[FeedSubscription, datetime], list[Entry]]] = {
        Kind.PERSONAL: _registered,
        Kind.ORGANISER: _organised,
        Kind.SPEAKER: _spoken,
    }
    entries = [
        replace(entry, is_private=True, alarm_minutes=subscription.alarm_minutes)
        for entry in writers[subscription.kind](subscription, at)
    ]
    entries.sort(key=lambda entry: (entry.starts_at, entry.uid))
    return calendar.calendar_bytes(
        name=subscription.name,
        description="",
        source_url="",
        entries=[calendar.entry_bytes(entry) for entry in entries],
        zones=calendar.zone_years(entries),
    )


def _within(sessions: QuerySet[Session], at: datetime) -> QuerySet[Session]:
    """What a feed reaches back to, with all that entries need."""
    return calendars.with_event(sessions.filter(ends_at__gt=at - selections.PAST))


# -- what somebody registered for


def _registered(subscription: FeedSubscription, at: datetime) -> list[Entry]:
    found = _registrations(subscription.owner)
    sessions = _within(Session.objects.filter(event__in=list(found)), at)
    return [
        _own_entry(session, found[session.event_id], subscription.language) for session in sessions
    ]


def _registrations(person: Person | None) -> dict[int, Registration]:
    """The one registration that counts for each event: the live one, else the last."""
    rows = Registration.objects.filter(person=person).select_related("event", "person")
    found: dict[int, Registration] = {}
    for row in rows.order_by("round", "pk"):
        before = found.get(row.event_id)
        if before is None or before.state in Registration.ENDED:
            found[row.event_id] = row
    return found


def _own_entry(session: Session, registration: Registration, language: str) -> Entry:
    """A session with the person's part in it; SEQUENCE as in the invitations they were mailed."""
    entry = calendars.entry_of(session, language=language)
    stamps = (registration.joined_at, registration.seated_at, registration.cancelled_at)
    has_left = registration.state in Registration.ENDED
    raised = registration.round * ROUND_STEP + (1 if has_left else 0)
    entry = replace(
        entry,
        sequence=session.sequence + raised,
        stamp=max(at for at in (entry.stamp, *stamps) if at is not None),
    )
    if has_left:
        return replace(entry, status="CANCELLED", has_left=entry.status != "CANCELLED")
    if entry.status == "CANCELLED":
        return entry
    if registration.state == State.CONFIRMED and session.event.is_public:
        if session.event.format == Event.Format.IN_PERSON:
            return entry
        return replace(entry, conference_url=f"{links.registration_url(registration)}join/")
    word = {State.WAITLISTED: "waiting", State.PENDING: "pending"}.get(State(registration.state))
    return _tentative(entry, word or "proposed")


def _tentative(entry: Entry, word: str) -> Entry:
    said = f"{say(word, entry.language)}\n\n{entry.description}".strip()
    return replace(entry, status="TENTATIVE", description=said)


# -- what somebody plans, and what somebody speaks at


def _organised(subscription: FeedSubscription, at: datetime) -> list[Entry]:
    """All that the person's alliances host or were asked to, drafts too."""
    theirs = actor_of(subscription.owner).alliances
    parts = EventHost.objects.filter(alliance__in=theirs)
    parts = parts.exclude(state__in=[EventHost.State.WITHDRAWN, EventHost.State.DECLINED])
    sessions = Session.objects.filter(event__in=parts.values("event"))
    return _planned(_within(sessions, at), subscription.language)


def _spoken(subscription: FeedSubscription, at: datetime) -> list[Entry]:
    """The sessions they speak at: their own, or all of an event that names none. No drafts."""
    return _planned(_within(_sessions_of(subscription.speaker), at), subscription.language)


def _sessions_of(speaker: Speaker | None) -> QuerySet[Session]:
    own = Q(speaking__speaker=speaker)
    named = Session.objects.filter(own).values("event")
    whole = Q(event__speaking__speaker=speaker) & ~Q(event__in=named)
    ids = Session.objects.filter(own | whole).exclude(event__status=Event.Status.DRAFT)
    return Session.objects.filter(pk__in=ids.values("pk"))


def _planned(sessions: Iterable[Session], language: str) -> list[Entry]:
    entries = []
    for session in sessions:
        entry = calendars.entry_of(session, language=language)
        if not session.event.is_public and entry.status != "CANCELLED":
            word = "draft" if session.event.status == Event.Status.DRAFT else "proposed"
            entry = _tentative(entry, word)
        entries.append(entry)
    return entries
