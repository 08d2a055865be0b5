"""An event in the words of schema.org, for search engines and for programs that read pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from events.models import Event, Session
from kit.ical import clean, one_line
from programmes.models import Alliance, Speaker

_SCHEMA = "https://schema.org/"
_MODES = {
    Event.Format.ONLINE: "OnlineEventAttendanceMode",
    Event.Format.IN_PERSON: "OfflineEventAttendanceMode",
    Event.Format.HYBRID: "MixedEventAttendanceMode",
}


def facts_of(
    event: Event,
    *,
    hosts: Sequence[Alliance],
    sessions: Sequence[Session],
    speakers: Sequence[Speaker] = (),
) -> dict[str, Any]:
    """``schema.org/Event`` of a public event; {} for one that is in no list.

    One that was moved is EventRescheduled and names its ``previousStartDate``. The address of the
    call is in it as little as on the page.
    """
    unlisted = event.visibility == Event.Visibility.UNLISTED
    if not event.is_public or unlisted or event.starts_at is None or event.ends_at is None:
        return {}
    url = f"{settings.PUBLIC_BASE_URL}/events/{event.slug}/"
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": url,
        "identifier": str(event.public_id),
        "name": one_line(event.title),
        "description": clean(event.summary or event.description),
        "url": url,
        "startDate": _on_the_wall(event.starts_at, event.time_zone),
        "endDate": _on_the_wall(event.ends_at, event.time_zone),
        "eventStatus": _SCHEMA + _status(event),
        "eventAttendanceMode": _SCHEMA + _MODES[Event.Format(event.format)],
        "location": _location(event, url),
        "organizer": [_organisation(alliance) for alliance in hosts],
        "performer": [{"@type": "Person", "name": one_line(one.name)} for one in speakers],
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": event.capacity,
        "subEvent": [_part(one, event) for one in sessions] if len(sessions) > 1 else [],
    }
    if event.moved_from is not None:
        facts["previousStartDate"] = _on_the_wall(event.moved_from, event.time_zone)
    if event.programme is not None:
        facts["superEvent"] = {
            "@type": "EventSeries",
            "name": one_line(event.programme.name),
            "url": f"{settings.PUBLIC_BASE_URL}/programs/{event.programme.slug}/",
        }
    return {name: value for name, value in facts.items() if value not in (None, "", [])}


def _status(event: Event) -> str:
    if event.cancelled_at is not None:
        return "EventCancelled"
    return "EventRescheduled" if event.moved_from is not None else "EventScheduled"


def _location(event: Event, url: str) -> Any:
    venue = one_line(event.venue)
    place = {"@type": "Place", "name": venue, "address": venue} if venue else None
    virtual = {"@type": "VirtualLocation", "url": url}
    if event.format == Event.Format.ONLINE:
        return virtual
    if event.format == Event.Format.IN_PERSON:
        return place
    return [place, virtual] if place else virtual


def _organisation(alliance: Alliance) -> dict[str, str]:
    return {
        "@type": "Organization",
        "name": one_line(alliance.name),
        "url": f"{settings.PUBLIC_BASE_URL}/alliances/{alliance.slug}/",
    }


def _part(session: Session, event: Event) -> dict[str, Any]:
    is_off = session.is_cancelled or event.cancelled_at is not None
    return {
        "@type": "Event",
        "name": one_line(session.title or event.title),
        "startDate": _on_the_wall(session.starts_at, session.time_zone),
        "endDate": _on_the_wall(session.ends_at, session.time_zone),
        "eventStatus": _SCHEMA + ("EventCancelled" if is_off else "EventScheduled"),
        "eventAttendanceMode": _SCHEMA + _MODES[Event.Format(event.format)],
        "location": _location(event, f"{settings.PUBLIC_BASE_URL}/events/{event.slug}/"),
    }


def _on_the_wall(at: datetime, zone: str) -> str:
    """ISO 8601 with the offset of the event's own zone."""
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
