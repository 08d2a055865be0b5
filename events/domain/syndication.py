"""The same choices of events for readers of news: Atom (RFC 4287) and JSON Feed 1.1.

An event is one entry, however many dates it has; what is coming, and what was changed in the last
30 days, newest announcement first.
"""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.db.models import Prefetch, Q

from events.domain import news, partners, selections
from events.domain.headings import Heading
from events.domain.news import Item, stamp
from events.domain.selections import Selection
from events.models import Event, EventHost, Session
from kit.ical import clean

RECENT = timedelta(days=30)
MOST = 200
MOST_THEIRS = 100
"""Entries of partners' own calendars, the next ones: a calendar just registered is not all new."""
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""When an empty feed was changed last: a date there must be, and now would change each time."""
_NOT_XML = re.compile("[\ufffe\uffff]")


def written(selection: Selection, heading: Heading, *, at: datetime) -> bytes:
    """The feed as ``selection.form`` says, “atom” or “json”. A handful of queries."""
    items = [news.of_event(event, selection.language) for event in _events(selection, at)]
    theirs = partners.chosen(selection, start=at)[:MOST_THEIRS]
    items += [news.of_partner(entry, selection.language) for entry in theirs]
    if selection.form == "atom":
        return _atom(selection, heading, items)
    return _json(selection, heading, items)


def _events(selection: Selection, at: datetime) -> list[Event]:
    events = selections.matching_events(selection)
    if not selection.has_past:
        today = at.replace(hour=0, minute=0, second=0, microsecond=0)
        events = events.filter(Q(ends_at__gt=today) | Q(changed_at__gt=today - RECENT))
    if selection.hides_cancelled:
        events = events.filter(cancelled_at=None)
    hosts = EventHost.objects.standing().select_related("alliance")
    rows = events.select_related("lead").prefetch_related(
        Prefetch("hosts", hosts, to_attr="accepted"),
        Prefetch("sessions", Session.objects.order_by("starts_at", "pk")),
        "topics",
    )
    return list(rows.order_by("-published_at", "-pk")[:MOST])


# -- Atom


def _atom(selection: Selection, heading: Heading, items: list[Item]) -> bytes:
    out = io.BytesIO()
    xml = _Xml(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    own = selections.address(selection)
    xml.open("feed", **{"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": selection.language})
    xml.text("id", own)
    xml.text("title", heading.name)
    xml.text("subtitle", heading.description)
    xml.text("updated", stamp(max((item.changed for item in items), default=BEGINNING)))
    xml.text("generator", "Lyceum")
    xml.link("self", own, "application/atom+xml")
    xml.link("alternate", f"{settings.PUBLIC_BASE_URL}/events/", "text/html")
    for item in items:
        _atom_entry(xml, item)
    xml.endElement("feed")
    xml.endDocument()
    return out.getvalue()


def _atom_entry(xml: "_Xml", item: Item) -> None:
    xml.open("entry")
    xml.text("id", item.id)
    xml.text("title", item.title)
    xml.link("alternate", item.url, "text/html")
    if item.published is not None:
        xml.text("published", stamp(item.published))
    xml.text("updated", stamp(item.changed))
    for name in item.authors:
        xml.open("author")
        xml.text("name", name)
        xml.endElement("author")
    for tag in item.tags:
        xml.open("category", term=_xml_safe(tag))
        xml.endElement("category")
    xml.text("summary", "\n".join([item.summary, *item.lines]).strip())
    xml.text("content", item.html, type="html")
    xml.endElement("entry")


class _Xml(XMLGenerator):
    """Elements with text, cleaned of what XML cannot hold."""

    def open(self, name: str, **attributes: str) -> None:
        self.startElement(name, AttributesImpl(attributes))

    def text(self, name: str, content: str, **attributes: str) -> None:
        self.open(name, **attributes)
        self.characters(_xml_safe(content))
        self.endElement(name)

    def link(self, rel: str, href: str, kind: str) -> None:
        self.open("link", rel=rel, type=kind, href=href)
        self.endElement("link")


def _xml_safe(text: str) -> str:
    return _NOT_XML.sub("", clean(text))


# -- JSON Feed


def _json(selection: Selection, heading: Heading, items: list[Item]) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": heading.name,
        "description": heading.description,
        "home_page_url": f"{settings.PUBLIC_BASE_URL}/events/",
        "feed_url": selections.address(selection),
        "language": selection.language,
        "items": [_item(item) for item in items],
    }
    return json.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode()


def _item(item: Item) -> dict[str, Any]:
    found = {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "content_html": item.html,
        "date_published": stamp(item.published) if item.published else "",
        "date_modified": stamp(item.changed),
        "authors": [{"name": name} for name in item.authors],
        "tags": item.tags,
        # Their own key, as the standard asks of what it does not name.
        "_lyceum": {"about": f"{settings.PUBLIC_BASE_URL}/help/", **item.facts},
    }
    return {name: value for name, value in found.items() if value not in ("", [])}
