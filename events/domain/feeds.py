"""Calendar feeds: which sessions are in one, its bytes, and the marks that say nothing changed.

Clients poll for years. What a feed says is worked out once per change and kept; its digest and its
date live in the database, so that a cache flush or a second server changes neither.
"""

import gzip
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from events.domain import (
    calendar,
    calendars,
    partners,
    redrawing,
    stored_entries,
    syndication,
    tombstones,
)
from events.domain.headings import Heading, heading_of
from events.domain.phrases import HOUSE
from events.domain.selections import (
    CANCELLED_PAST,
    FILTERS,
    PAST,
    BadFilter,
    NoSuchFeed,
    Selection,
    address,
    check_known,
    matching_events,
    select,
)
from events.domain.stored_entries import Rows
from events.models import FeedState, Session, SessionText
from kit.errors import Refused
from kit.shelf import Shelf
from programmes.domain import brand

__all__ = [
    "FILTERS",
    "SOURCES",
    "BadFilter",
    "Feed",
    "Marks",
    "NoSuchFeed",
    "Recipe",
    "Selection",
    "StillDrawing",
    "address",
    "body",
    "build",
    "check_known",
    "direct",
    "is_new",
    "known_marks",
    "marks",
    "matching_events",
    "select",
    "settle",
    "tidy",
]

KEEP_SECONDS = 86_400
BUILD_SECONDS = 30
WAIT_SECONDS = 0.05
MOST_DRAWN = 1000
"""Entries a reader waits for; more are left to a worker."""
MUCH = 1_000_000
"""Bytes from which on a feed is packed in half the time, and a fifth larger: a reader waits."""
STATES_LAST = timedelta(days=365)
SHELF_BYTES = 48_000_000
"""What one process keeps of built feeds: two states of the whole network at 10,000 sessions."""

Source = Callable[..., Rows]
SOURCES: tuple[Source, ...] = (tombstones.marks_of, partners.rows_of)
"""Entries beside the sessions a selection chooses: called with it and ``at=``."""

shelf = Shelf(SHELF_BYTES)


class StillDrawing(Refused):
    """Thousands of entries were never written out; a worker is at it."""

    code = "still-drawing"
    status = 503

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence, retry_after=retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Marks:
    """A feed's validators: ``digest`` of its bytes, and its last change in epoch seconds."""

    digest: str
    changed: int


@dataclass(frozen=True)
class Feed:
    """A feed's bytes with its marks; ``packed`` by gzip."""

    marks: Marks
    packed: bytes

    @property
    def body(self) -> bytes:
        """The plain bytes, unpacked where they are not at hand."""
        return shelf.get(f"plain:{self.marks.digest}") or gzip.decompress(self.packed)


@dataclass(frozen=True)
class Recipe:
    """How a feed is made: what names its content, where its validators live, and what writes it.

    ``key`` is different where anything but the events themselves would make other bytes.
    """

    key: str
    state_key: str
    write: Callable[[datetime], bytes]


def marks(what: Selection | Recipe, *, at: datetime) -> Marks:
    """The feed's validators: one query and one look into the cache where nothing changed."""
    return known_marks(what, at=at) or build(what, at=at).marks


def known_marks(what: Selection | Recipe, *, at: datetime) -> Marks | None:
    """The same where they are known, None where the feed must be built first."""
    known: Marks | None = cache.get(f"feed:m:{_moment(what, at)}")
    return known


def is_new(selection: Selection) -> bool:
    """Nobody has asked for this combination of filters before."""
    return selection.is_filtered and not FeedState.objects.filter(key=selection.state_key).exists()


def body(what: Selection | Recipe, *, at: datetime) -> Feed:
    """The feed's bytes, plain and packed, built anew where something changed."""
    return _known(what, at) or build(what, at=at)


def build(what: Selection | Recipe, *, at: datetime) -> Feed:
    """Build a feed and keep it. One builder at a time; the others get what there was before.

    Raises NoSuchFeed or BadFilter where a selection names something that does not exist, and
    StillDrawing where there is too much to write and nothing was there before.
    """
    recipe = what if isinstance(what, Recipe) else _recipe(what)
    lock = f"feed:lock:{recipe.key}"
    for _ in range(int(BUILD_SECONDS / WAIT_SECONDS)):
        if cache.add(lock, 1, BUILD_SECONDS):
            try:
                return _known(recipe, at) or _build(recipe, at)
            except StillDrawing:
                if (before := _before(recipe)) is not None:
                    return before
                raise
            finally:
                cache.delete(lock)
        if (before := _before(recipe)) is not None:
            return before
        time.sleep(WAIT_SECONDS)
    return _build(recipe, at)  # the builder has been away for too long


def direct(state_key: str, text: bytes, *, at: datetime) -> Feed:
    """A feed of a few entries that is written at each fetch, with its validators."""
    return Feed(settle(state_key, text, at=at), _packed(text))


def _packed(text: bytes) -> bytes:
    return gzip.compress(text, 6 if len(text) < MUCH else 3, mtime=0)


def _known(what: Selection | Recipe, at: datetime) -> Feed | None:
    """The feed as it is, where it is built and this process still has it."""
    marks = known_marks(what, at=at)
    return _on_shelf(marks) if marks is not None else None


def _before(recipe: Recipe) -> Feed | None:
    """The feed as it was built last, where this process still has it."""
    last: Marks | None = cache.get(f"feed:last:{recipe.key}")
    return _on_shelf(last) if last is not None else None


def _on_shelf(marks: Marks) -> Feed | None:
    packed = shelf.get(f"packed:{marks.digest}")
    return Feed(marks, packed) if packed is not None else None


def _build(recipe: Recipe, at: datetime) -> Feed:
    moment = _moment(recipe, at)  # read before the rows: a change in between builds again
    text = recipe.write(at)
    marks = settle(recipe.state_key, text, at=at)
    feed = Feed(marks, _packed(text))
    last: Marks | None = cache.get(f"feed:last:{recipe.key}")
    if last is not None and last.digest != marks.digest:
        # What was before is megabytes that nobody asks for again.
        shelf.drop(f"plain:{last.digest}")
        shelf.drop(f"packed:{last.digest}")
    shelf.put(f"packed:{marks.digest}", feed.packed)
    shelf.put(f"plain:{marks.digest}", text)
    cache.set(f"feed:m:{moment}", marks, KEEP_SECONDS)
    cache.set(f"feed:last:{recipe.key}", marks, KEEP_SECONDS)
    return feed


def _recipe(selection: Selection) -> Recipe:
    return Recipe(selection.key, selection.state_key, partial(_write, selection))


def _write(selection: Selection, at: datetime) -> bytes:
    heading = heading_of(selection, at=at)
    if selection.form == "ics":
        return _calendar(selection, heading, at)
    return syndication.written(selection, heading, at=at)


def _calendar(selection: Selection, heading: Heading, at: datetime) -> bytes:
    own = _entries(selection, _sessions(selection, at), at)
    entries = own.entries
    more = [source(selection, at=at) for source in SOURCES]
    for rows in more:
        entries += rows.entries
    if (minutes := selection.alarm_minutes) is not None:
        entries = [stored_entries.with_alarm(entry, minutes) for entry in entries]
    return calendar.calendar_bytes(
        name=heading.name,
        description=heading.description,
        source_url="" if selection.subscription else address(selection),
        entries=entries,
        zones=stored_entries.joined_years(own.zones, *(rows.zones for rows in more)),
        colour=heading.colour,
        home_zone=heading.home_zone,
    )


def _entries(selection: Selection, sessions: QuerySet[Session], at: datetime) -> Rows:
    """The text of each session in order, written out first where it is not, and their zones.

    One query where all is written: each reads all the text of all sessions.
    """
    fields = ("pk", "ics", "time_zone", "starts_local", "ends_local")
    rows = list(sessions.values_list(*fields))
    bare = [pk for pk, ics, *_ in rows if ics is None]
    if len(bare) > MOST_DRAWN:
        redrawing.ring()
        raise StillDrawing(
            f"This calendar is being written: {len(rows) - len(bare):,} of {len(rows):,} entries "
            "are ready. Ask again in half a minute.",
            retry_after=30,
        )
    if bare:
        calendars.draw_all(bare, at=at)
        rows = list(sessions.values_list(*fields))
    years = ((zone, starts[:4], ends[:4]) for _, _, zone, starts, ends in rows)
    texts = [(pk, ics) for pk, ics, *_ in rows]
    return Rows(_texts(selection.language, sessions, texts), stored_entries.local_years(years))


def _texts(
    language: str, sessions: QuerySet[Session], rows: list[tuple[int, bytes | None]]
) -> list[bytes]:
    """The same in the feed's language; ``rows`` are the ids in order with the house's own text."""
    if language == HOUSE:
        house = [bytes(ics) for _, ics in rows if ics is not None]
        if len(house) == len(rows):
            return house
        texts = {pk: bytes(ics) for pk, ics in rows if ics is not None}
    else:
        calendars.draw_in(language, Session.objects.filter(pk__in=sessions.values("pk")))
        found = SessionText.objects.filter(language=language, session__in=sessions.values("pk"))
        texts = {pk: bytes(ics) for pk, ics in found.values_list("session", "ics")}
    missing = [pk for pk, _ in rows if pk not in texts]
    texts |= calendars.unwritten(missing, language=language) if missing else {}
    return [texts[pk] for pk, _ in rows if pk in texts]


def _sessions(selection: Selection, at: datetime) -> QuerySet[Session]:
    sessions = Session.objects.filter(event__in=matching_events(selection).values("pk"))
    is_off = Q(is_cancelled=True) | Q(event__cancelled_at__isnull=False)
    if selection.hides_cancelled:
        sessions = sessions.exclude(is_off)
    if not selection.has_past:
        sessions = sessions.filter(ends_at__gt=at - PAST)
        sessions = sessions.exclude(is_off, ends_at__lt=at - CANCELLED_PAST)
    return sessions.order_by("starts_at", "pk")


def _moment(what: Selection | Recipe, at: datetime) -> str:
    """Names the state of the world a feed was built in: its choice, changes, alliances, the day."""
    return f"{what.key}:{calendars.revision()}:{brand.version()}:{at:%Y%m%d}"


def settle(key: str, text: bytes, *, at: datetime) -> Marks:
    """The marks of ``text``: as before while it stays, else with a date later than any given out.

    ``key`` names the feed for good. Nothing is written where nothing changed.
    """
    digest = hashlib.sha256(text).hexdigest()[:32]
    known = FeedState.objects.filter(key=key).first()
    if known is None or known.digest != digest:
        known = _moved_on(key, digest, at.replace(microsecond=0))
    return Marks(known.digest, int(known.changed_at.timestamp()))


def tidy(*, at: datetime) -> int:
    """Delete the validators of combinations that stayed the same for a year; returns how many.

    Whoever still asks gets the same tag again, and a later date.
    """
    old = FeedState.objects.filter(changed_at__lt=at - STATES_LAST)
    return old.exclude(key__startswith="subscription:").delete()[0]


def _moved_on(key: str, digest: str, second: datetime) -> FeedState:
    with transaction.atomic():
        state = FeedState.objects.select_for_update().filter(key=key).first()
        if state is None:
            try:
                with transaction.atomic():
                    return FeedState.objects.create(key=key, digest=digest, changed_at=second)
            except IntegrityError:  # another server built the same at the same moment
                state = FeedState.objects.select_for_update().get(key=key)
        if state.digest != digest:
            state.changed_at = max(second, state.changed_at + timedelta(seconds=1))
            state.digest = digest
            state.save(update_fields=["digest", "changed_at"])
    return state
