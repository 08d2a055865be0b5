"""Calendar feeds: which sessions are in one, its bytes, and the marks that say nothing changed.

Clients poll for years. What a feed says is worked out once per change and kept; its digest and its
date live in the database, so that a cache flush or a second server changes neither.
"""

import gzip
import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Max, Min, Q, QuerySet

from events.domain import calendar, calendars
from events.domain.selections import (
    FILTERS,
    BadFilter,
    NoSuchFeed,
    Selection,
    address,
    check_known,
    matching_events,
    select,
)
from events.models import Event, FeedState, Session
from programmes.models import Alliance, Programme, Topic

__all__ = [
    "FILTERS",
    "BadFilter",
    "Feed",
    "Marks",
    "NoSuchFeed",
    "Selection",
    "address",
    "body",
    "build",
    "check_known",
    "marks",
    "matching_events",
    "select",
]

PAST = timedelta(days=180)
CANCELLED_PAST = timedelta(days=60)
KEEP_SECONDS = 86_400
BUILD_SECONDS = 30


@dataclass(frozen=True)
class Marks:
    """A feed's validators: ``digest`` of its bytes, and its last change in epoch seconds."""

    digest: str
    changed: int


@dataclass(frozen=True)
class Feed:
    marks: Marks
    body: bytes
    packed: bytes


def marks(selection: Selection, *, at: datetime) -> Marks:
    """The feed's validators: one query and one look into the cache where nothing changed."""
    known = cache.get(f"feed:m:{_moment(selection, at)}")
    return known if known is not None else build(selection, at=at).marks


def body(selection: Selection, *, at: datetime) -> Feed:
    """The feed's bytes, plain and packed, built anew where something changed."""
    moment = _moment(selection, at)
    found = cache.get_many([f"feed:m:{moment}", f"feed:p:{moment}", f"feed:g:{moment}"])
    if len(found) == 3:
        return Feed(found[f"feed:m:{moment}"], found[f"feed:p:{moment}"], found[f"feed:g:{moment}"])
    return build(selection, at=at)


def build(selection: Selection, *, at: datetime) -> Feed:
    """Build a feed and keep it. One builder at a time; the others get what there was before.

    Raises NoSuchFeed or BadFilter where the selection names something that does not exist.
    """
    lock = f"feed:lock:{selection.key}"
    if not cache.add(lock, 1, BUILD_SECONDS):
        before = _wait_for(selection)
        if before is not None:
            return before
    try:
        return _build(selection, at)
    finally:
        cache.delete(lock)


def _wait_for(selection: Selection) -> Feed | None:
    """The feed as it was before the change, or a moment's wait where there is none yet."""
    last = f"feed:last:{selection.key}"
    for _ in range(40):
        if (moment := cache.get(last)) is not None:
            names = [f"feed:{kind}:{moment}" for kind in "mpg"]
            found = cache.get_many(names)
            if len(found) == 3:
                return Feed(*(found[name] for name in names))
        time.sleep(0.05)
    return None


def _build(selection: Selection, at: datetime) -> Feed:
    moment = _moment(selection, at)  # read before the rows: a change in between builds again
    name, description = _names(selection)
    sessions = _sessions(selection, at)
    calendars.redraw(Session.objects.filter(pk__in=sessions.values("pk")), at=at)
    rows = [bytes(ics) for ics in sessions.values_list("ics", flat=True) if ics]
    text = calendar.calendar_bytes(
        name=name,
        description=description,
        source_url=address(selection),
        entries=rows,
        zones=_zones(sessions),
    )
    marks = _settle(selection, hashlib.sha256(text).hexdigest()[:32], at)
    feed = Feed(marks, text, gzip.compress(text, 6, mtime=0))
    cache.set_many({f"feed:p:{moment}": feed.body, f"feed:g:{moment}": feed.packed}, KEEP_SECONDS)
    cache.set(f"feed:m:{moment}", marks, KEEP_SECONDS)
    _forget_before(f"feed:last:{selection.key}", moment)
    return feed


def _forget_before(last: str, moment: str) -> None:
    """Keep this state of a feed only: those before are megabytes that nobody asks for again."""
    before = cache.get(last)
    cache.set(last, moment, KEEP_SECONDS)
    if before is not None and before != moment:
        cache.delete_many([f"feed:{kind}:{before}" for kind in "mpg"])


def _sessions(selection: Selection, at: datetime) -> QuerySet[Session]:
    sessions = Session.objects.filter(event__in=matching_events(selection).values("pk"))
    is_off = Q(is_cancelled=True) | Q(event__cancelled_at__isnull=False)
    if selection.hides_cancelled:
        sessions = sessions.exclude(is_off)
    if not selection.has_past:
        sessions = sessions.filter(ends_at__gt=at - PAST)
        sessions = sessions.exclude(is_off, ends_at__lt=at - CANCELLED_PAST)
    return sessions.order_by("starts_at", "pk")


def _zones(sessions: QuerySet[Session]) -> dict[str, tuple[int, int]]:
    """The zones of a feed with the first and last year each is used in."""
    spans = sessions.order_by().values("time_zone").annotate(a=Min("starts_at"), b=Max("ends_at"))
    return {row["time_zone"]: (row["a"].year, row["b"].year) for row in spans}


def _names(selection: Selection) -> tuple[str, str]:
    """The calendar's name and a sentence about it; finds out whether everything named exists."""
    check_known(selection)
    title = _title(selection)
    return (
        f"Smart Coalitions: {title}" if title else "Smart Coalitions: all events",
        "Joint events of the smart-community alliances. Times are those of each event's own zone.",
    )


def _title(selection: Selection) -> str:
    models = {"alliances": Alliance, "programs": Programme, "topics": Topic}
    if selection.scope == "all":
        return ""
    if selection.scope == "events":
        found = Event.objects.published().filter(slug=selection.slug).values_list("title")
    else:
        model = models[selection.scope]
        found = model.objects.filter(slug=selection.slug).values_list("name")  # type: ignore[attr-defined]
    row = found.first()
    if row is None:
        raise NoSuchFeed("There is no such calendar feed. Choose one on our Subscribe page.")
    return str(row[0])


def _moment(selection: Selection, at: datetime) -> str:
    """Names the state of the world a feed was built in: its choice, all changes so far, the day."""
    return f"{selection.key}:{calendars.revision()}:{at:%Y%m%d}"


def _settle(selection: Selection, digest: str, at: datetime) -> Marks:
    """Keep the marks while the bytes stay; else a date later than any given out before."""
    second = at.replace(microsecond=0)
    with transaction.atomic():
        state = FeedState.objects.select_for_update().filter(key=selection.state_key).first()
        if state is None:
            try:
                with transaction.atomic():
                    state = FeedState.objects.create(
                        key=selection.state_key, digest=digest, changed_at=second
                    )
            except IntegrityError:  # another server built the same at the same moment
                state = FeedState.objects.select_for_update().get(key=selection.state_key)
        if state.digest != digest:
            state.changed_at = max(second, state.changed_at + timedelta(seconds=1))
            state.digest = digest
            state.save(update_fields=["digest", "changed_at"])
    return Marks(state.digest, int(state.changed_at.timestamp()))
