"""What a feed holds: its scope and filters, read from an address, and the events they choose."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from events.domain import calendar
from events.domain.phrases import HOUSE, LANGUAGES
from events.models import Event, EventHost
from kit.errors import Invalid, Refused
from kit.vtimezone import tzdata_version
from programmes.models import Alliance, Topic

PAST = timedelta(days=180)
CANCELLED_PAST = timedelta(days=60)
MOST_VALUES = 32
FILTERS = ("alliance", "topic", "format")
SCOPES = ("all", "alliances", "programs", "topics", "events")


class NoSuchFeed(Refused):
    code = "no-such-feed"
    status = 404


class BadFilter(Invalid):
    """A filter of a feed's address that cannot be; feeds answer it with 400."""

    code = "bad-filter"
    status = 400


@dataclass(frozen=True)
class Selection:
    """What a feed holds. ``scope``: one of SCOPES; ``slug``: which.

    ``form`` is the ending of its address: ics, atom or json. A subscription's own feed also has its
    ``subscription`` (the row's id), the ``name`` its owner gave it, a reminder, and how often it
    was edited: who goes back to an earlier choice gets an answer newer than the one between.
    """

    scope: str
    slug: str = ""
    alliance: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    hides_cancelled: bool = False
    has_past: bool = False
    form: str = "ics"
    language: str = HOUSE
    alarm_minutes: int | None = None
    name: str = ""
    subscription: int = 0
    edits: int = 0

    @property
    def key(self) -> str:
        """The same for the same choice, however its address was written; 64 hex digits."""
        mark = f"{calendar.FORMAT}:{tzdata_version()}:{self!r}"
        return hashlib.sha256(mark.encode()).hexdigest()

    @property
    def state_key(self) -> str:
        """Where the feed's validators are kept. A subscription keeps its own through every edit."""
        return f"subscription:{self.subscription}" if self.subscription else self.key

    @property
    def is_filtered(self) -> bool:
        """It is one of the many that can be put together, not one of the feeds we name."""
        return bool(self.alliance or self.topic or self.format or self.subscription)


def select(
    scope: str, slug: str, query: Mapping[str, Sequence[str]], *, form: str = "ics"
) -> Selection:
    """The selection an address asks for, in canonical form.

    ``query`` maps names to lists of values. Raises BadFilter for a name or value no feed knows of
    and for more than 32 values; whether slugs exist is looked at when the feed is built.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    language = HOUSE
    for name, values in query.items():
        if name in FILTERS:
            if "\x00" in "".join(values):  # no slug holds one, and PostgreSQL cannot even compare
                raise BadFilter(f"The filter “{name}” holds a character that no {name} has.")
            chosen[name] = tuple(sorted({v for v in values if v}))
        elif name == "lang":
            language = _language(values)
        elif (name, *values) not in {("cancelled", "hide"), ("past", "all"), ("past", "")}:
            raise BadFilter(
                f"A feed cannot be filtered by “{name[:40]}={','.join(values)[:40]}”. "
                "Use alliance, topic, format, cancelled=hide, past=all or lang."
            )
    if sum(map(len, chosen.values())) > MOST_VALUES:
        raise BadFilter(f"A feed takes at most {MOST_VALUES} filter values.")
    return Selection(
        scope,
        slug,
        hides_cancelled="cancelled" in query,
        has_past=query.get("past") == ["all"],
        form=form,
        language=language,
        alliance=chosen.get("alliance", ()),
        topic=chosen.get("topic", ()),
        format=chosen.get("format", ()),
    )


def _language(values: Sequence[str]) -> str:
    if len(values) == 1 and values[0] in LANGUAGES:
        return values[0]
    raise BadFilter(
        f"Feeds do not speak “{','.join(values)[:40]}”. Use lang={' or lang='.join(LANGUAGES)}."
    )


def address(selection: Selection) -> str:
    """The feed's public address, with its filters in canonical order."""
    path = "all" if selection.scope == "all" else f"{selection.scope}/{selection.slug}"
    query = urlencode(pairs(selection))
    question = "?" if query else ""
    return f"{settings.PUBLIC_BASE_URL}/feeds/{path}.{selection.form}{question}{query}"


def pairs(selection: Selection) -> list[tuple[str, str]]:
    """The filters as pairs of a query, in canonical order."""
    found = [(name, value) for name in FILTERS for value in getattr(selection, name)]
    found += [("cancelled", "hide")] if selection.hides_cancelled else []
    found += [("past", "all")] if selection.has_past else []
    return found + ([("lang", selection.language)] if selection.language != HOUSE else [])


def as_kept(selection: Selection) -> dict[str, object]:
    """The choice as JSON to keep; ``from_kept`` reads it."""
    lists = {name: list(getattr(selection, name)) for name in FILTERS}
    return {
        "scope": selection.scope,
        "slug": selection.slug,
        **lists,
        "hides_cancelled": selection.hides_cancelled,
        "has_past": selection.has_past,
        "edits": selection.edits,
    }


def from_kept(kept: Mapping[str, object]) -> Selection:
    """The choice that ``as_kept`` wrote down."""
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()
    }
    return Selection(**values)  # type: ignore[arg-type]


def matching_events(selection: Selection) -> QuerySet[Event]:
    """The events a feed draws from, whatever their dates."""
    events = Event.objects.published() if selection.scope == "events" else Event.objects.listed()
    if selection.scope == "events":
        events = events.filter(slug=selection.slug)
    if selection.scope == "programs":
        events = events.filter(programme__slug=selection.slug)
    for slugs in hosts_wanted(selection):
        events = events.filter(_hosted_by(slugs))
    for slugs in topics_wanted(selection):
        events = events.filter(_about(slugs))
    return events.filter(format__in=selection.format) if selection.format else events


def hosts_wanted(selection: Selection) -> list[tuple[str, ...]]:
    """Of each of these groups of alliances, one must host the event."""
    return _wanted(selection, "alliances", selection.alliance)


def topics_wanted(selection: Selection) -> list[tuple[str, ...]]:
    """Of each of these groups of topics, the event must have one."""
    return _wanted(selection, "topics", selection.topic)


def _wanted(selection: Selection, scope: str, filters: tuple[str, ...]) -> list[tuple[str, ...]]:
    own = (selection.slug,) if selection.scope == scope else ()
    return [slugs for slugs in (own, filters) if slugs]


def _hosted_by(slugs: tuple[str, ...]) -> Exists:
    host = EventHost.objects.standing().filter(event=OuterRef("pk"))
    return Exists(host.filter(alliance__slug__in=slugs))


def _about(slugs: tuple[str, ...]) -> Exists:
    topic = Event.topics.through.objects.filter(event=OuterRef("pk"))
    return Exists(topic.filter(topic__slug__in=slugs))


def check_known(selection: Selection) -> None:
    """Raises BadFilter where a filter names something that does not exist.

    What a saved selection once named may be gone since: then it chooses nothing there.
    """
    if selection.subscription:
        return
    _ensure_known(Alliance.objects.all(), selection.alliance, "alliance")
    _ensure_known(Topic.objects.all(), selection.topic, "topic")
    if unknown := set(selection.format) - set(Event.Format.values):
        raise BadFilter(f"There is no format “{min(unknown)[:40]}”.")


def _ensure_known(rows: QuerySet, slugs: tuple[str, ...], word: str) -> None:
    known = set(rows.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
    if unknown := set(slugs) - known:
        raise BadFilter(f"There is no {word} “{min(unknown)[:40]}”.")


def plain(selection: Selection) -> Selection:
    """The same choice without what belongs to one subscriber."""
    return replace(selection, form="ics", name="", subscription=0, alarm_minutes=None, edits=0)
