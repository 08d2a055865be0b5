"""What a feed says of itself: its name, a sentence, its colour, and the zone it is at home in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from events.domain import calendar, tombstones
from events.domain.phrases import say
from events.domain.selections import NoSuchFeed, Selection, check_known
from events.models import Event
from programmes.models import Alliance, Programme, Topic

HOUSE_NAME = "Smart Coalitions"


@dataclass(frozen=True)
class Heading:
    """``home_zone`` is "" where the feed is not that of one region."""

    name: str
    description: str
    colour: str = calendar.COLOUR
    home_zone: str = ""


def heading_of(selection: Selection, *, at: datetime) -> Heading:
    """The heading of a feed; finds out whether everything it names exists, or did within 90 days.

    Raises NoSuchFeed or BadFilter.
    """
    check_known(selection)
    about = say("about", selection.language)
    if selection.scope == "all":
        name = f"{HOUSE_NAME}: {say('all', selection.language)}"
        return Heading(selection.name or name, about)
    if selection.scope == "alliances":
        alliance = Alliance.objects.filter(slug=selection.slug).first()
        if alliance is not None:
            return _of_alliance(alliance, selection, about)
    elif (title := _title(selection)) is not None:
        return Heading(selection.name or f"{HOUSE_NAME}: {title}", about)
    return _of_what_is_no_more(selection, at=at)


def _of_alliance(alliance: Alliance, selection: Selection, about: str) -> Heading:
    """One that left the network keeps its feed, which says so: programs go on asking for years."""
    name = alliance.name
    if not alliance.is_active:
        about = say("left about", selection.language, name=name)
        name = say("left", selection.language, name=name)
    return Heading(
        selection.name or f"{HOUSE_NAME}: {name}",
        about,
        colour=alliance.colour_light,
        home_zone="" if selection.alliance else alliance.zone,
    )


def _title(selection: Selection) -> str | None:
    rows: dict[str, tuple[QuerySet[Any], str]] = {
        "programs": (Programme.objects.all(), "name"),
        "topics": (Topic.objects.all(), "name"),
        "events": (Event.objects.published(), "title"),
    }
    found, name = rows[selection.scope]
    title: str | None = found.filter(slug=selection.slug).values_list(name, flat=True).first()
    return title


def _of_what_is_no_more(selection: Selection, *, at: datetime) -> Heading:
    last = tombstones.once_held(selection, at=at)
    if last is None:
        raise NoSuchFeed("There is no such calendar feed. Choose one on our Subscribe page.")
    called = (last if selection.scope == "events" else "") or selection.slug
    return Heading(
        selection.name or f"{HOUSE_NAME}: {say('removed', selection.language, slug=called)}",
        say("removed about", selection.language, url=f"{settings.PUBLIC_BASE_URL}/feeds/"),
    )
