"""The same choices of events for readers of news: Atom (RFC 4287) and JSON Feed 1.1.

An event is one entry, however many dates it has; what is coming, and what was changed in the last
30 days, newest announcement first.
"""

import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.db.models import Prefetch, Q

from events.domain import selections
from events.domain.headings import Heading
from events.domain.phrases import HOUSE, say
from events.domain.selections import Selection
from events.models import Event, EventHost, Session
from kit import walltime
from kit.ical import clean, one_line
from kit.markdown import to_html

RECENT = timedelta(days=30)
MOST = 200
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""When an empty feed was changed last: a date there must be, and now would change each time."""
_NOT_XML = re.compile("[\ufffe\uffff]")


def written(selection: Selection, heading: Heading, *, at: datetime) -> bytes:
    """The feed as ``selection.form`` says, “atom” or “json”. Three queries."""
    events = _events(selection, at)
    if selection.form == "atom":
        return _atom(selection, heading, events)
    return _json(selection, heading, events)


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


# -- what one event says


def _title(event: Event, language: str) -> str:
    title = one_line(event.title)
    return say("canceled", language, title=title) if event.cancelled_at else title


def _url(event: Event) -> str:
    return f"{settings.PUBLIC_BASE_URL}/events/{event.slug}/"


def _lines(event: Event, language: str) -> list[str]:
    """When, where, by whom, in plain words."""
    lines = [_when(session, language) for session in event.sessions.all()]
    online = event.format == Event.Format.ONLINE
    lines.append(say("online", language) if online else one_line(event.venue))
    names = ", ".join(one_line(name) for name in _hosts(event))
    lines.append(say("hosted", language, names=names) if names else "")
    if event.cancelled_at and event.cancel_reason:
        lines.insert(0, say("reason", language, reason=one_line(event.cancel_reason)))
    return [line for line in lines if line]


def _when(session: Session, language: str) -> str:
    zone = session.time_zone
    if language == HOUSE:
        date = walltime.long_date(datetime.fromisoformat(session.starts_local))
        text = f"{date}, {walltime.time_range(session.starts_at, session.ends_at, zone)}"
    else:
        ends = session.ends_local
        until = ends[11:] if ends[:10] == session.starts_local[:10] else ends.replace("T", " ")
        text = f"{session.starts_local.replace('T', ' ')} – {until} ({zone})"
    return say("canceled", language, title=text) if session.is_cancelled else text


def _hosts(event: Event) -> list[str]:
    return [part.alliance.name for part in event.accepted]  # type: ignore[attr-defined]


def _tags(event: Event, language: str) -> list[str]:
    topics = [one_line(topic.name) for topic in event.topics.all()]
    hosts = [one_line(part.alliance.short_name) for part in event.accepted]  # type: ignore[attr-defined]
    return sorted({*topics, *hosts, say(event.format, language)})


def _html(event: Event, language: str) -> str:
    facts = "".join(f"<p>{escape(line)}</p>\n" for line in _lines(event, language))
    summary = f"<p>{escape(one_line(event.summary))}</p>\n" if event.summary else ""
    return summary + facts + to_html(clean(event.description))


# -- Atom


def _atom(selection: Selection, heading: Heading, events: list[Event]) -> bytes:
    out = io.BytesIO()
    xml = _Xml(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    own = selections.address(selection)
    xml.open("feed", **{"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": selection.language})
    xml.text("id", own)
    xml.text("title", heading.name)
    xml.text("subtitle", heading.description)
    xml.text("updated", _stamp(max((_changed(event) for event in events), default=BEGINNING)))
    xml.text("generator", "Lyceum")
    xml.link("self", own, "application/atom+xml")
    xml.link("alternate", f"{settings.PUBLIC_BASE_URL}/events/", "text/html")
    for event in events:
        _atom_entry(xml, event, selection.language)
    xml.endElement("feed")
    xml.endDocument()
    return out.getvalue()


def _atom_entry(xml: "_Xml", event: Event, language: str) -> None:
    xml.open("entry")
    xml.text("id", f"urn:uuid:{event.public_id}")
    xml.text("title", _title(event, language))
    xml.link("alternate", _url(event), "text/html")
    xml.text("published", _stamp(_published(event)))
    xml.text("updated", _stamp(_changed(event)))
    for name in _hosts(event) or [event.lead.name]:
        xml.open("author")
        xml.text("name", one_line(name))
        xml.endElement("author")
    for tag in _tags(event, language):
        xml.open("category", term=_xml_safe(tag))
        xml.endElement("category")
    xml.text("summary", "\n".join([one_line(event.summary), *_lines(event, language)]).strip())
    xml.text("content", _html(event, language), type="html")
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


def _json(selection: Selection, heading: Heading, events: Iterable[Event]) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": heading.name,
        "description": heading.description,
        "home_page_url": f"{settings.PUBLIC_BASE_URL}/events/",
        "feed_url": selections.address(selection),
        "language": selection.language,
        "items": [_item(event, selection.language) for event in events],
    }
    return json.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode()


def _item(event: Event, language: str) -> dict[str, Any]:
    authors = [{"name": one_line(name)} for name in _hosts(event) or [event.lead.name]]
    item = {
        "id": f"urn:uuid:{event.public_id}",
        "url": _url(event),
        "title": _title(event, language),
        "summary": one_line(event.summary),
        "content_html": _html(event, language),
        "date_published": _stamp(_published(event)),
        "date_modified": _stamp(_changed(event)),
        "authors": authors,
        "tags": _tags(event, language),
        # Their own key, as the standard asks of what it does not name.
        "_lyceum": {
            "about": f"{settings.PUBLIC_BASE_URL}/help/",
            "status": "cancelled" if event.cancelled_at else event.status,
            "format": event.format,
            "venue": one_line(event.venue),
            "time_zone": event.time_zone,
            "starts_at": _stamp(event.starts_at) if event.starts_at else None,
            "ends_at": _stamp(event.ends_at) if event.ends_at else None,
            "sessions": [_dates(session) for session in event.sessions.all()],
        },
    }
    return {name: value for name, value in item.items() if value not in ("", [])}


def _dates(session: Session) -> dict[str, Any]:
    return {
        "uid": f"{session.public_id}@{settings.IDENTITY_DOMAIN}",
        "starts_at": _stamp(session.starts_at),
        "ends_at": _stamp(session.ends_at),
        "is_cancelled": session.is_cancelled,
    }


def _published(event: Event) -> datetime:
    return event.published_at or event.changed_at


def _changed(event: Event) -> datetime:
    return max(event.changed_at, _published(event))


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
