"""Calendar feeds: which sessions are in one, its bytes, and the marks that say nothing changed.

Clients poll for years. What a feed says is worked out once per change and kept; its digest and its
date live in the database, so that a cache flush or a second server changes neither.
"""

import gzip
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from events.domain import calendar, calendars
from events.models import Event, EventHost, FeedState, Session
from kit.errors import Invalid, Refused
from kit.vtimezone import tzdata_version
from programmes.models import Alliance, Programme, Topic

PAST = timedelta(days=180)
CANCELLED_PAST = timedelta(days=60)
MOST_VALUES = 32
KEEP_SECONDS = 86_400
BUILD_SECONDS = 30
FILTERS = ("alliance", "topic", "format")


class NoSuchFeed(Refused):
    code = "no-such-feed"
    status = 404


class BadFilter(Invalid):
    """A filter of a feed's address that cannot be; feeds answer it with 400."""

    code = "bad-filter"
    status = 400


@dataclass(frozen=True)
class Selection:
    """What a feed holds. ``scope``: all, alliances, programs, topics, events; ``slug``: which."""

    scope: str
    slug: str = ""
    alliance: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    hides_cancelled: bool = False
    has_past: bool = False

    @property
    def key(self) -> str:
        """The same for the same choice, however its address was written; 64 hex digits."""
        mark = f"{calendar.FORMAT}:{tzdata_version()}:{self!r}"
        return hashlib.sha256(mark.encode()).hexdigest()


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


def select(scope: str, slug: str, query: Mapping[str, Sequence[str]]) -> Selection:
    """The selection an address asks for, in canonical form.

    ``query`` maps names to lists of values. Raises BadFilter for a name or value no feed knows of
    and for more than 32 values; whether slugs exist is looked at when the feed is built.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for name, values in query.items():
        if name in FILTERS:
            if "\x00" in "".join(values):  # no slug holds one, and PostgreSQL cannot even compare
                raise BadFilter(f"The filter “{name}” holds a character that no {name} has.")
            chosen[name] = tuple(sorted({v for v in values if v}))
        elif (name, *values) not in {("cancelled", "hide"), ("past", "all"), ("past", "")}:
            raise BadFilter(
                f"A feed cannot be filtered by “{name[:40]}={','.join(values)[:40]}”. "
                "Use alliance, topic, format, cancelled=hide or past=all."
            )
    if sum(map(len, chosen.values())) > MOST_VALUES:
        raise BadFilter(f"A feed takes at most {MOST_VALUES} filter values.")
    return Selection(
        scope,
        slug,
        hides_cancelled="cancelled" in query,
        has_past=query.get("past") == ["all"],
        **chosen,
    )


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


def address(selection: Selection) -> str:
    """The feed's own address, with its filters in canonical order."""
    path = {"all": "all"}.get(selection.scope, f"{selection.scope}/{selection.slug}")
    pairs = [(name, value) for name in FILTERS for value in getattr(selection, name)]
    pairs += [("cancelled", "hide")] if selection.hides_cancelled else []
    pairs += [("past", "all")] if selection.has_past else []
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{settings.PUBLIC_BASE_URL}/feeds/{path}.ics{'?' if query else ''}{query}"


def matching_events(selection: Selection) -> QuerySet[Event]:
    """The events a feed draws from, whatever their dates."""
    events = Event.objects.published() if selection.scope == "events" else Event.objects.listed()
    if selection.scope == "events":
        events = events.filter(slug=selection.slug)
    if selection.scope == "programs":
        events = events.filter(programme__slug=selection.slug)
    whole = replace(
        selection,
        alliance=selection.alliance or _own(selection, "alliances"),
        topic=selection.topic or _own(selection, "topics"),
    )
    if whole.alliance:
        events = events.filter(_hosted_by(whole.alliance))
    if selection.scope == "alliances" and selection.alliance:
        events = events.filter(_hosted_by((selection.slug,)))
    if whole.topic:
        events = events.filter(_about(whole.topic))
    if selection.scope == "topics" and selection.topic:
        events = events.filter(_about((selection.slug,)))
    return events.filter(format__in=selection.format) if selection.format else events


def _own(selection: Selection, scope: str) -> tuple[str, ...]:
    return (selection.slug,) if selection.scope == scope else ()


def _hosted_by(slugs: tuple[str, ...]) -> Exists:
    host = EventHost.objects.standing().filter(event=OuterRef("pk"))
    return Exists(host.filter(alliance__slug__in=slugs))


def _about(slugs: tuple[str, ...]) -> Exists:
    topic = Event.topics.through.objects.filter(event=OuterRef("pk"))
    return Exists(topic.filter(topic__slug__in=slugs))


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


def check_known(selection: Selection) -> None:
    """Raises BadFilter where a filter names something that does not exist."""
    _ensure_known(Alliance.objects.all(), selection.alliance, "alliance")
    _ensure_known(Topic.objects.all(), selection.topic, "topic")
    if unknown := set(selection.format) - set(Event.Format.values):
        raise BadFilter(f"There is no format “{min(unknown)[:40]}”.")


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


def _ensure_known(rows: QuerySet, slugs: tuple[str, ...], word: str) -> None:
    known = set(rows.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
    if unknown := set(slugs) - known:
        raise BadFilter(f"There is no {word} “{min(unknown)[:40]}”.")


def _moment(selection: Selection, at: datetime) -> str:
    """Names the state of the world a feed was built in: its choice, all changes so far, the day."""
    return f"{selection.key}:{calendars.revision()}:{at:%Y%m%d}"


def _settle(selection: Selection, digest: str, at: datetime) -> Marks:
    """Keep the marks while the bytes stay; else a date later than any given out before."""
    second = at.replace(microsecond=0)
    with transaction.atomic():
        state = FeedState.objects.select_for_update().filter(key=selection.key).first()
        if state is None:
            try:
                with transaction.atomic():
                    state = FeedState.objects.create(
                        key=selection.key, digest=digest, changed_at=second
                    )
            except IntegrityError:  # another server built the same at the same moment
                state = FeedState.objects.select_for_update().get(key=selection.key)
        if state.digest != digest:
            state.changed_at = max(second, state.changed_at + timedelta(seconds=1))
            state.digest = digest
            state.save(update_fields=["digest", "changed_at"])
    return Marks(state.digest, int(state.changed_at.timestamp()))
