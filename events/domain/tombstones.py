"""What feeds held and hold no more: marked as gone for 90 days, for programs that merge.

A program that takes each answer for the whole needs none of this. One that merges would keep what
was unpublished, or lost the topic a feed is about, for ever. Filters combine freely, so it is not
written down which feeds held a session but by what it was found in them, from when until when
(``FeedShowing``); a feed asks which of those that ended lately it would have held.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from events.domain import calendar, selections, stored_entries
from events.domain.phrases import HOUSE
from events.domain.selections import Selection
from events.domain.stored_entries import Rows
from events.models import Event, EventHost, FeedShowing, Session

KEEP = timedelta(days=90)


@dataclass(frozen=True)
class Facts:
    """By what an event's sessions are found in feeds. Slugs stand between blanks, sorted."""

    event_slug: str
    alliances: str
    topics: str
    format: str
    programme: str
    is_listed: bool

    @property
    def places(self) -> frozenset[str]:
        """Each thing a feed could have found it by, as a word."""
        words = {f"host {slug}" for slug in self.alliances.split()}
        words |= {f"topic {slug}" for slug in self.topics.split()}
        words |= {f"format {self.format}", f"program {self.programme}"}
        return frozenset(words | ({"listed"} if self.is_listed else set()))


# -- keeping


def note(event: Event, *, at: datetime) -> None:
    """Keep by what the event's sessions are found now; what ended leaves its mark.

    Called within the transaction of every change, before the sessions' calendar text is redrawn:
    the text still says what subscribers last saw. Two queries for a draft that never was public,
    five for a public event that feeds find as before.
    """
    facts = facts_of(event.pk)
    showing = FeedShowing.objects.filter(session__event=event, left_at=None)
    open_rows = list(showing.select_related("session__event"))
    if facts is None:
        for row in open_rows:
            _close(row, at=at)
        return
    known = {row.session_id for row in open_rows if row.session_id is not None}
    for row in open_rows:
        _follow(row, facts, at=at)
    _open([(row, facts) for row in event.sessions.exclude(pk__in=known)], at=at)


def note_drawn(sessions: Iterable[Session], *, at: datetime) -> None:
    """The same for sessions that are drawn and were never noted: those of before there was a note.

    Needs what entries need (``calendars.with_event``), and costs two queries whatever their number.
    """
    rows = list(sessions)
    ids = [row.pk for row in rows]
    noted = FeedShowing.objects.filter(session__in=ids, left_at=None)
    known = set(noted.values_list("session", flat=True))
    bare = [row for row in rows if row.pk not in known and row.event.is_public]
    _open([(row, _facts_loaded(row.event)) for row in bare], at=at)


def facts_of(event_id: int) -> Facts | None:
    """By what an event is found; None for one that is not public. Three queries at most."""
    fields = ("slug", "format", "programme__slug", "visibility")
    row = Event.objects.published().filter(pk=event_id).values_list(*fields).first()
    if row is None:
        return None
    slug, form, programme, visibility = row
    hosts = EventHost.objects.standing().filter(event=event_id)
    topics = Event.topics.through.objects.filter(event=event_id)
    return Facts(
        event_slug=slug,
        alliances=_words(hosts.values_list("alliance__slug", flat=True)),
        topics=_words(topics.values_list("topic__slug", flat=True)),
        format=form,
        programme=programme or "",
        is_listed=visibility != Event.Visibility.UNLISTED,
    )


def _facts_loaded(event: Event) -> Facts:
    hosts: Iterable[EventHost] = event.accepted  # type: ignore[attr-defined]
    return Facts(
        event_slug=event.slug,
        alliances=_words(part.alliance.slug for part in hosts),
        topics=_words(topic.slug for topic in event.topics.all()),
        format=event.format,
        programme=event.programme.slug if event.programme else "",
        is_listed=event.visibility != Event.Visibility.UNLISTED,
    )


def _words(slugs: Iterable[str]) -> str:
    found = sorted(set(slugs))
    return f" {' '.join(found)} " if found else ""


def _facts_in(row: FeedShowing) -> Facts:
    return Facts(
        row.event_slug, row.alliances, row.topics, row.format, row.programme, row.is_listed
    )


def _follow(row: FeedShowing, facts: Facts, *, at: datetime) -> None:
    """Bring a showing in step: widened in place, or closed and begun anew where it lost a place."""
    before = _facts_in(row)
    if before == facts or row.session is None:
        return
    if before.places <= facts.places or row.shown_at == at:  # or within one and the same change
        FeedShowing.objects.filter(pk=row.pk).update(**vars(facts))
        _outrank([(row.session, facts)], after=before)
        return
    _close(row, at=at)
    _open([(row.session, facts)], at=at, after=before)


def _open(
    pairs: Sequence[tuple[Session, Facts]], *, at: datetime, after: Facts | None = None
) -> None:
    """Begin showings. ``after`` is by what they were found until now, None for by nothing."""
    if not pairs:
        return
    _outrank(pairs, after=after)
    FeedShowing.objects.bulk_create(
        (FeedShowing(session=session, shown_at=at, **vars(facts)) for session, facts in pairs),
        batch_size=100,
    )


def _outrank(pairs: Sequence[tuple[Session, Facts]], *, after: Facts | None) -> None:
    """Give a SEQUENCE above that of its mark to what comes back to where it was marked as gone."""
    facts_by = {session.pk: facts for session, facts in pairs}
    highest: dict[int, int] = {}
    ended = FeedShowing.objects.filter(session__in=list(facts_by)).exclude(left_at=None)
    for row in ended.defer("ics"):
        key = row.session_id or 0
        gained = facts_by[key].places - (after.places if after else frozenset())
        if after is None or gained & _facts_in(row).places:
            highest[key] = max(highest.get(key, 0), row.sequence)
    for session, _ in pairs:
        if highest.get(session.pk, -1) >= session.sequence:
            raised = highest[session.pk] + 1
            Session.objects.filter(pk=session.pk).update(sequence=raised, ics=None)


def _close(row: FeedShowing, *, at: datetime) -> None:
    """End a showing and write its mark, from the text that was last shown.

    One that nobody can have fetched, for it was never drawn, leaves no mark and no row.
    """
    session = row.session
    if session is None or row.shown_at == at or not session.ics_digest:
        row.delete()
        return
    row.left_at, row.sequence = at.replace(microsecond=0), session.sequence + 1
    was = bytes(session.ics) if session.ics else _bare(session)
    row.ics = stored_entries.as_left(
        was, sequence=row.sequence, at=row.left_at, help_url=_help_url()
    )
    row.starts_at, row.ends_at, row.time_zone = stored_entries.when(was)
    row.title = stored_entries.title_of(was)[:300]
    row.save()


def _bare(session: Session) -> bytes:
    """A session in short: where its text was struck out and not yet drawn again."""
    entry = calendar.Entry(
        uid=stored_entries.own_uid(session.public_id, settings.IDENTITY_DOMAIN),
        sequence=session.sequence,
        stamp=session.changed_at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        time_zone=session.time_zone,
        title=session.event.title,
    )
    return calendar.entry_bytes(entry)


def _help_url() -> str:
    return f"{settings.PUBLIC_BASE_URL}/events/"


# -- asking


def marks_of(selection: Selection, *, at: datetime) -> Rows:
    """The marks of what a feed would have held within 90 days and would not hold now."""
    if selection.hides_cancelled:
        return Rows()
    rows = _found_by(selection).filter(left_at__gte=at - KEEP, ics__isnull=False)
    if not selection.has_past:
        rows = rows.filter(ends_at__gt=at - selections.PAST)
    held = Q(session__event__in=selections.matching_events(selection).values("pk"))
    rows = rows.exclude(event_slug="")  # a partner's: domain/partner_marks.py
    rows = rows.filter(Q(session=None) | ~held).order_by("starts_at", "sequence", "pk")
    latest = {stored_entries.uid_of(bytes(row.ics or b"")): row for row in rows}
    return Rows(
        [said(row, selection.language) for row in latest.values()],
        stored_entries.zone_years(
            (row.time_zone, row.starts_at, row.ends_at)
            for row in latest.values()
            if row.starts_at and row.ends_at
        ),
    )


def said(row: FeedShowing, language: str) -> bytes:
    """The mark that ``row`` keeps, in another language where one is asked for."""
    mark = bytes(row.ics or b"")
    if language == HOUSE:
        return mark
    at = row.left_at or row.shown_at
    return stored_entries.as_left(
        mark, sequence=row.sequence, at=at, help_url=_help_url(), language=language
    )


def once_held(selection: Selection, *, at: datetime) -> str | None:
    """The last title of something this scope held within 90 days, None where it held nothing.

    Tells a feed whose alliance, programme, topic or event is no more from one that never was.
    """
    scope = Selection(selection.scope, selection.slug)
    rows = _found_by(scope).filter(Q(left_at__gte=at - KEEP) | Q(left_at=None))
    return rows.order_by("-left_at", "pk").values_list("title", flat=True).first()


def _found_by(selection: Selection) -> QuerySet[FeedShowing]:
    """The showings that a feed's scope and filters would have found."""
    rows = FeedShowing.objects.all()
    if selection.scope == "events":
        rows = rows.filter(event_slug=selection.slug)
    else:
        rows = rows.filter(is_listed=True)
    if selection.scope == "programs":
        rows = rows.filter(programme=selection.slug)
    rows = rows.filter(hosted_by(selection))
    for slugs in selections.topics_wanted(selection):
        rows = rows.filter(_any_word("topics", slugs))
    return rows.filter(format__in=selection.format) if selection.format else rows


def hosted_by(selection: Selection) -> Q:
    """Whether one of the alliances that a feed asks for is among the hosts of a showing."""
    found = Q()
    for slugs in selections.hosts_wanted(selection):
        found &= _any_word("alliances", slugs)
    return found


def _any_word(field: str, slugs: tuple[str, ...]) -> Q:
    found = Q()
    for slug in slugs:
        found |= Q(**{f"{field}__contains": f" {slug} "})
    return found


# -- clearing away


def tidy(*, at: datetime) -> int:
    """Delete marks older than 90 days and showings whose session was deleted; returns how many."""
    old = Q(left_at__lt=at - KEEP) | Q(left_at=None, session=None)
    return FeedShowing.objects.filter(old).delete()[0]
