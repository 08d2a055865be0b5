"""What is announced, one item for each event, as readers of news show it: ours and partners'."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings

from events.domain import partner_text
from events.domain.phrases import HOUSE, say
from events.models import Event, PartnerEntry, Session
from kit import walltime
from kit.ical import clean, one_line
from kit.markdown import to_html


@dataclass(frozen=True, kw_only=True)
class Item:
    """One event. ``summary`` is its first sentence, ``lines`` say when, where and by whom.

    ``published`` is None where nobody told us when. ``facts`` are for programs, in JSON's values.
    """

    id: str
    url: str
    title: str
    summary: str
    lines: list[str]
    html: str
    published: datetime | None
    changed: datetime
    authors: list[str]
    tags: list[str]
    facts: dict[str, Any] = field(default_factory=dict)


def of_event(event: Event, language: str) -> Item:
    """An event of ours. Needs its accepted hosts, sessions in order, topics and lead loaded."""
    names = [one_line(part.alliance.name) for part in event.accepted]  # type: ignore[attr-defined]
    lines = _lines(event, names, language)
    published = event.published_at or event.changed_at
    return Item(
        id=f"urn:uuid:{event.public_id}",
        url=f"{settings.PUBLIC_BASE_URL}/events/{event.slug}/",
        title=_title(event, language),
        summary=one_line(event.summary),
        lines=lines,
        html=_html(event.summary, lines) + to_html(clean(event.description)),
        published=published,
        changed=max(event.changed_at, published),
        authors=names or [one_line(event.lead.name)],
        tags=_tags(event, language),
        facts=_facts(event),
    )


def of_partner(entry: PartnerEntry, language: str) -> Item:
    """An entry of a partner's own calendar, marked as theirs. Needs calendar and alliance loaded.

    Links to the event's own page; where it names none, to the alliance here.
    """
    alliance = entry.calendar.alliance
    title = one_line(entry.title)
    if entry.status == PartnerEntry.Status.CANCELLED:
        title = say("canceled", language, title=title)
    source = say("theirs", language, name=one_line(alliance.name))
    lines = [_when_there(entry, language), one_line(entry.location), source]
    lines = [line for line in lines if line]
    return Item(
        id=f"urn:uuid:{uuid5(NAMESPACE_URL, partner_text.uid(entry))}",
        url=entry.url or f"{settings.PUBLIC_BASE_URL}/alliances/{alliance.slug}/",
        title=title,
        summary="",
        lines=lines,
        html=_html("", lines),
        published=None,
        changed=entry.changed_at,
        authors=[one_line(alliance.name)],
        tags=[one_line(alliance.short_name)],
        facts={
            "status": entry.status.lower(),
            "venue": one_line(entry.location),
            "time_zone": entry.time_zone,
            "starts_at": stamp(entry.starts_at),
            "ends_at": stamp(entry.ends_at),
            "is_elsewhere": True,
            "sessions": [_dates(partner_text.uid(entry), entry)],
        },
    )


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _html(summary: str, lines: Iterable[str]) -> str:
    first = f"<p>{escape(one_line(summary))}</p>\n" if summary else ""
    return first + "".join(f"<p>{escape(line)}</p>\n" for line in lines)


def _title(event: Event, language: str) -> str:
    title = one_line(event.title)
    return say("canceled", language, title=title) if event.cancelled_at else title


def _lines(event: Event, names: list[str], language: str) -> list[str]:
    """When, where, by whom, in plain words."""
    lines = [_when(session, language) for session in event.sessions.all()]
    online = event.format == Event.Format.ONLINE
    lines.append(say("online", language) if online else one_line(event.venue))
    lines.append(say("hosted", language, names=", ".join(names)) if names else "")
    if event.cancelled_at and event.cancel_reason:
        lines.insert(0, say("reason", language, reason=one_line(event.cancel_reason)))
    return [line for line in lines if line]


def _when(session: Session, language: str) -> str:
    text = _span(session, session.starts_local, session.ends_local, language)
    return say("canceled", language, title=text) if session.is_cancelled else text


def _when_there(entry: PartnerEntry, language: str) -> str:
    if entry.starts_on is not None and entry.ends_on is not None:
        last = entry.ends_on - timedelta(days=1)
        days = (entry.starts_on,) if last <= entry.starts_on else (entry.starts_on, last)
        in_words = (walltime.long_date(day) if language == HOUSE else str(day) for day in days)
        return " – ".join(in_words)
    here = ZoneInfo(entry.time_zone)
    starts, ends = (
        f"{at.astimezone(here):%Y-%m-%dT%H:%M}" for at in (entry.starts_at, entry.ends_at)
    )
    return _span(entry, starts, ends, language)


def _span(one: Session | PartnerEntry, starts: str, ends: str, language: str) -> str:
    """``starts`` and ``ends`` are wall times."""
    if language == HOUSE:
        date = walltime.long_date(datetime.fromisoformat(starts))
        return f"{date}, {walltime.time_range(one.starts_at, one.ends_at, one.time_zone)}"
    until = ends[11:] if ends[:10] == starts[:10] else ends.replace("T", " ")
    return f"{starts.replace('T', ' ')} – {until} ({one.time_zone})"


def _tags(event: Event, language: str) -> list[str]:
    topics = [one_line(topic.name) for topic in event.topics.all()]
    hosts = [one_line(part.alliance.short_name) for part in event.accepted]  # type: ignore[attr-defined]
    return sorted({*topics, *hosts, say(event.format, language)})


def _facts(event: Event) -> dict[str, Any]:
    return {
        "status": "cancelled" if event.cancelled_at else event.status,
        "format": event.format,
        "venue": one_line(event.venue),
        "time_zone": event.time_zone,
        "starts_at": stamp(event.starts_at) if event.starts_at else None,
        "ends_at": stamp(event.ends_at) if event.ends_at else None,
        "sessions": [
            _dates(f"{session.public_id}@{settings.IDENTITY_DOMAIN}", session)
            | {"is_cancelled": session.is_cancelled}
            for session in event.sessions.all()
        ],
    }


def _dates(uid: str, one: Session | PartnerEntry) -> dict[str, Any]:
    return {"uid": uid, "starts_at": stamp(one.starts_at), "ends_at": stamp(one.ends_at)}
