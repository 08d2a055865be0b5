"""An entry of a partner's calendar as our feeds carry it: under its own UID, and marked as theirs.

The dates of a series are worked out already, so each stands alone and in UTC: no feed needs the
zones of strangers. The bytes are made when the calendar is read, and feeds only join them.
"""

import hashlib
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime

from django.conf import settings
from icalendar import Event

from events.domain.incoming.entries import Incoming
from events.domain.phrases import say
from events.models import PartnerEntry
from kit.ical import Text, component_bytes, uri
from programmes.models import Alliance

FORMAT = 1  # raised when the bytes of an unchanged entry change


def digest(entry: Incoming, alliance: Alliance) -> str:
    """64 hex digits over all that anybody could see of an entry."""
    seen = [FORMAT, alliance.name, alliance.short_name, asdict(entry)]
    text = json.dumps(seen, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def uid(entry: Incoming | PartnerEntry) -> str:
    """The entry's own UID; one made from it for a date of a series, or where it cannot be sent."""
    own = f"{entry.uid}/{entry.recurrence}" if entry.recurrence else entry.uid
    if re.fullmatch(r"[!-~]{1,255}", own):
        return own
    return f"{hashlib.sha256(own.encode()).hexdigest()[:40]}@{settings.IDENTITY_DOMAIN}"


def entry_bytes(entry: Incoming, alliance: Alliance, *, sequence: int, stamp: datetime) -> bytes:
    """The VEVENT of an entry that has a title. ``stamp`` is when it was first found like this."""
    event = Event()
    event.add("UID", Text(uid(entry)))
    event.add("SEQUENCE", sequence)
    event.add("DTSTAMP", stamp.astimezone(UTC))
    event.add("LAST-MODIFIED", stamp.astimezone(UTC))
    if entry.starts_on is not None and entry.ends_on is not None:
        event.add("DTSTART", entry.starts_on)
        event.add("DTEND", entry.ends_on)
    else:
        event.add("DTSTART", entry.starts_at)
        event.add("DTEND", entry.ends_at)
    is_off = entry.status == "CANCELLED"
    event.add("SUMMARY", Text(f"Canceled: {entry.title}" if is_off else entry.title))
    event.add("STATUS", Text(entry.status))
    event.add("TRANSP", Text("OPAQUE" if entry.is_busy and not is_off else "TRANSPARENT"))
    said = say("theirs", name=alliance.name)
    event.add("DESCRIPTION", Text(f"{said}\n\n{entry.url}" if entry.url else said))
    if entry.location:
        event.add("LOCATION", Text(entry.location))
    if entry.url:
        event.add("URL", uri(entry.url))
    event.add("CATEGORIES", [alliance.short_name])
    return component_bytes(event)
