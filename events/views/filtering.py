"""The filters over lists of events: read from the query, and the form that sets them."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from events.domain import feeds, listing
from events.domain.listing import Filters
from events.models import Event
from kit.errors import Refused
from programmes.domain import brand
from programmes.models import Topic

LONGEST = 100


def read(request: HttpRequest, *, without: str = "") -> Filters:
    """What the query asks for, cut to a sensible length; the field ``without`` is left empty."""
    names = Filters.__dataclass_fields__.keys() - {without}
    return Filters(**{name: typed(request, name) for name in names})


def fields(filters: Filters, *, without: str = "") -> list[dict[str, Any]]:
    """The filter form, for components/filters.html. One query."""
    alliances = [("", "All alliances"), *((a.slug, a.name) for a in brand.marks())]
    topics = [("", "Any topic"), *Topic.objects.values_list("slug", "name")]
    formats = [("", "Any format"), *Event.Format.choices]
    rows: list[dict[str, Any]] = [
        {"kind": "select", "name": "alliance", "label": "Alliance", "options": alliances},
        {"kind": "select", "name": "topic", "label": "Topic", "options": topics},
        {"kind": "select", "name": "format", "label": "Format", "options": formats},
        {"kind": "month", "name": "month", "label": "Month"},
        {"kind": "search", "name": "q", "label": "Words"},
        {"kind": "tick", "name": "credits", "label": "Earns credit"},
    ]
    for row in rows:
        value = getattr(filters, row["name"])
        if row["kind"] == "tick":
            row["checked"] = bool(value)
        else:
            row["value"] = value
    return [row for row in rows if row["name"] != without]


def problem(filters: Filters) -> str:
    """A sentence about what no event can be filtered by, or nothing; a query for each one set."""
    if filters.month and not listing.is_month(filters.month):
        return f"There is no month “{filters.month[:40]}”. Write it as in 2027-01, the year first."
    chosen = {name: [getattr(filters, name)] for name in ("alliance", "topic", "format")}
    try:
        feeds.check_known(feeds.select("all", "", chosen))
    except Refused as no:
        return str(no)
    return ""


def feed_query(filters: Filters) -> str:
    """The same choice for the feed builder, which also says what no calendar can follow."""
    chosen = {name: getattr(filters, name) for name in ("alliance", "topic", "format")}
    chosen |= {"program": filters.programme, "q": filters.q, "credits": filters.credits}
    chosen |= {"month": filters.month}
    return urlencode({name: value for name, value in chosen.items() if value})


def own_query(filters: Filters) -> str:
    """As much of the choice as the address of a feed takes."""
    chosen = {name: getattr(filters, name) for name in ("alliance", "topic", "format")}
    return urlencode({name: value for name, value in chosen.items() if value})


def typed(request: HttpRequest, name: str) -> str:
    """What a reader typed: trimmed, cut, without the one character PostgreSQL cannot compare."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST]
