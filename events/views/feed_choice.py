"""Which events a calendar shall hold: read from a form or an address, and the boxes that say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from events.domain import selections
from events.domain.selections import Selection
from events.models import Event
from kit.errors import Refused
from programmes.domain import brand
from programmes.models import Programme, Topic

NO_PROGRAMME = "There is no program “{slug}”."


@dataclass(frozen=True)
class Choice:
    """What was chosen; ``problem`` says why it cannot be, and then all events stand in for it."""

    selection: Selection
    problem: str = ""


def read(typed: QueryDict) -> Choice:
    """The choice of a query or a form; one query for each kind of filter that is set."""
    slug = typed.get("program", "").replace("\x00", "")
    query: dict[str, list[str]] = {name: typed.getlist(name) for name in selections.FILTERS}
    if cancelled := typed.get("cancelled"):
        query["cancelled"] = [cancelled]
    if language := typed.get("lang"):
        query["lang"] = [language]
    try:
        selection = selections.select("programs" if slug else "all", slug, query)
        selections.check_known(selection)
    except Refused as no:
        return Choice(Selection("all"), str(no))
    if slug and not Programme.objects.filter(slug=slug).exists():
        return Choice(Selection("all"), NO_PROGRAMME.format(slug=slug[:40]))
    return Choice(selection)


def typed_of(selection: Selection) -> QueryDict:
    """The same as a form would send it."""
    query = QueryDict(mutable=True)
    for name, value in selections.pairs(selection):
        query.appendlist(name, value)
    if selection.scope == "programs":
        query["program"] = selection.slug
    return query


def boxes(typed: QueryDict) -> dict[str, Any]:
    """What components/feed_boxes.html needs, with ``typed`` ticked. Two queries."""
    return {
        "groups": [_group(typed, *row) for row in _options()],
        "programmes": [
            {"slug": slug, "name": name, "chosen": slug == typed.get("program")}
            for slug, name in Programme.objects.values_list("slug", "name")
        ],
        "hides_cancelled": typed.get("cancelled") == "hide",
    }


def _options() -> list[tuple[str, str, list[tuple[str, str, Any]]]]:
    alliances = [(a.slug, a.name, a) for a in brand.marks()]
    topics = [(slug, name, None) for slug, name in Topic.objects.values_list("slug", "name")]
    formats = [(value, label, None) for value, label in Event.Format.choices]
    return [
        ("alliance", "Alliances", alliances),
        ("format", "Formats", formats),
        ("topic", "Topics", topics),
    ]


def _group(
    typed: QueryDict, name: str, label: str, options: list[tuple[str, str, Any]]
) -> Mapping[str, Any]:
    ticked = typed.getlist(name)
    return {
        "name": name,
        "label": label,
        "options": [
            {"value": value, "text": text, "alliance": alliance, "checked": value in ticked}
            for value, text, alliance in options
        ],
    }
