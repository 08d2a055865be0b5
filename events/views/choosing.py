"""What organisers narrow their lists and their calendar by: words in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from events.domain import listing
from events.models import Event, EventHost
from events.views import filtering
from programmes.access import Actor
from programmes.domain import brand
from programmes.models import Topic

SHOW = (
    ("", "All my events"),
    ("drafts", "Drafts"),
    ("upcoming", "Coming up"),
    ("invited", "Waiting for my answer"),
    ("waiting", "Waiting for co-hosts"),
    ("unsettled", "Over, attendance not settled"),
    ("uncertified", "Settled, certificates not issued"),
    ("failed", "With failed certificates"),
)
Options = Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Choice:
    """What was chosen; an empty value narrows nothing, an unknown one leaves nothing."""

    show: str = ""
    alliance: str = ""
    topic: str = ""
    format: str = ""
    status: str = ""
    q: str = ""

    @property
    def is_set(self) -> bool:
        return any(vars(self).values())


def read(request: HttpRequest) -> Choice:
    """What the query asks for, cut to a sensible length."""
    return Choice(**{name: filtering.typed(request, name) for name in vars(Choice())})


def matching(events: QuerySet[Event], choice: Choice) -> QuerySet[Event]:
    """``events`` narrowed by all but ``show``. An alliance counts from the moment it is asked."""
    if choice.alliance:
        host = EventHost.objects.filter(event=OuterRef("pk"), alliance__slug=choice.alliance)
        taking_part = host.exclude(state__in=[EventHost.State.WITHDRAWN, EventHost.State.DECLINED])
        events = events.filter(Exists(taking_part))
    if choice.status:
        events = events.filter(status=choice.status)
    rest = listing.Filters(topic=choice.topic, format=choice.format, q=choice.q)
    return listing.matching(events, rest)


def shows(actor: Actor) -> Options:
    """The lists there are for the actor: who has no duties is offered none."""
    return SHOW if actor.is_organiser else SHOW[:3]


def fields(choice: Choice, actor: Actor, *, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The form, for components/filters.html. One query."""
    alliances = [("", "All alliances"), *((a.slug, a.name) for a in brand.marks())]
    topics = [("", "Any topic"), *Topic.objects.values_list("slug", "name")]
    rows = [
        _select("show", "Show", shows(actor), choice.show),
        _select("alliance", "Host", alliances, choice.alliance),
        _select("topic", "Topic", topics, choice.topic),
        _select("format", "Format", [("", "Any format"), *Event.Format.choices], choice.format),
        _select("status", "State", [("", "Any state"), *Event.Status.choices], choice.status),
        {"kind": "search", "name": "q", "label": "Words", "value": choice.q},
    ]
    return [row for row in rows if row["name"] not in without]


def _select(name: str, label: str, options: Options, value: str) -> dict[str, Any]:
    return {"kind": "select", "name": name, "label": label, "options": options, "value": value}
