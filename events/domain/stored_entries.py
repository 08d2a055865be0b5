"""What is done to the calendar text of a session once it is written: reminders, marks of absence.

Pure: bytes in, bytes out, whatever the feed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Event

from events.domain.calendar import Entry, entry_bytes
from events.domain.phrases import HOUSE, say
from kit.ical import Text, component_bytes, fold

_FOLD = re.compile(rb"\r\n[ \t]")
_TITLE = re.compile(rb"\r\nSUMMARY:(.*?)\r\n(?![ \t])", re.DOTALL)
_UID = re.compile(rb"\r\nUID:(.*?)\r\n(?![ \t])", re.DOTALL)
_SEQUENCE = re.compile(rb"\r\nSEQUENCE:\d+\r\n")
_END = b"END:VEVENT\r\n"


@dataclass(frozen=True)
class Rows:
    """Entries that a feed holds beside the sessions it chooses, in the order wanted.

    ``zones``: for each zone among them, the first and the last local year.
    """

    entries: list[bytes] = field(default_factory=list)
    zones: dict[str, tuple[int, int]] = field(default_factory=dict)


def own_uid(public_id: UUID, domain: str) -> str:
    """The UID of a session of ours, the same for its whole life and in every calendar."""
    return f"{public_id}@{domain}"


def with_alarm(ics: bytes, minutes: int) -> bytes:
    """The VEVENT with a reminder so long before its start; as it is where it was cancelled."""
    title = _TITLE.search(ics)
    if b"\r\nSTATUS:CANCELLED\r\n" in ics or title is None or not ics.endswith(_END):
        return ics
    about = fold(b"DESCRIPTION:" + _FOLD.sub(b"", title[1]))
    alarm = b"BEGIN:VALARM\r\nACTION:DISPLAY\r\n%bTRIGGER:%b\r\nEND:VALARM\r\n"
    return ics[: -len(_END)] + alarm % (about, _before(minutes)) + _END


def _before(minutes: int) -> bytes:
    """RFC 5545 §3.3.6: PT0S, -PT30M."""
    return b"-PT%dM" % minutes if minutes else b"PT0S"


def uid_of(ics: bytes) -> str:
    """The UID of a VEVENT. Raises ValueError where it has none."""
    found = _UID.search(ics)
    if found is None:
        raise ValueError("a calendar entry has a UID")
    return _FOLD.sub(b"", found[1]).decode()


def title_of(ics: bytes) -> str:
    """The title of a VEVENT of ours, without what we put before it."""
    title = str(Event.from_ical(ics)["SUMMARY"])
    for phrase in ("canceled", "gone"):
        title = title.removeprefix(say(phrase, title=""))
    return title


def when(ics: bytes) -> tuple[datetime, datetime, str]:
    """Start, end and zone of a VEVENT of ours."""
    event: Any = Event.from_ical(ics)
    starts, ends = event["DTSTART"].dt, event["DTEND"].dt
    return starts.astimezone(UTC), ends.astimezone(UTC), getattr(starts.tzinfo, "key", "UTC")


def zone_years(spans: Iterable[tuple[str, datetime, datetime]]) -> dict[str, tuple[int, int]]:
    """The first and last local year of each zone among spans of (zone, start, end)."""
    years: dict[str, tuple[int, int]] = {}
    for zone, starts, ends in spans:
        here = ZoneInfo(zone)
        first, last = starts.astimezone(here).year, ends.astimezone(here).year
        known = years.get(zone, (first, last))
        years[zone] = min(known[0], first), max(known[1], last)
    return years


def local_years(spans: Iterable[tuple[str, str, str]]) -> dict[str, tuple[int, int]]:
    """The same from (zone, first local year, last local year), the years as digits."""
    years: dict[str, tuple[int, int]] = {}
    for zone, first, last in sorted(set(spans)):
        known = years.get(zone, (int(first), int(last)))
        years[zone] = min(known[0], int(first)), max(known[1], int(last))
    return years


def joined_years(*all_years: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The years of each zone in any of these."""
    joined: dict[str, tuple[int, int]] = {}
    for years in all_years:
        for zone, (first, last) in years.items():
            known = joined.get(zone, (first, last))
            joined[zone] = min(known[0], first), max(known[1], last)
    return joined


def as_left(
    ics: bytes, *, sequence: int, at: datetime, help_url: str, language: str = HOUSE
) -> bytes:
    """The mark that an entry has left a calendar: cancelled there, whether it takes place or not.

    Of the entry as it was last shown (``ics``, a VEVENT of ours) it keeps UID, times and title;
    whatever else changed since then is nobody's business. ``sequence`` is above all that was sent,
    ``at`` when it left, and ``help_url`` where to look it up.
    """
    title, about = title_of(ics), say("gone about", language, url=help_url)
    event: Any = Event.from_ical(ics)
    if not isinstance(event["DTSTART"].dt, datetime):
        return _days_left(event, sequence, at, say("gone", language, title=title), about)
    starts, ends, zone = when(ics)
    entry = Entry(
        uid=uid_of(ics),
        sequence=sequence,
        stamp=at,
        starts_at=starts,
        ends_at=ends,
        time_zone=zone,
        title=title,
        description=about,
        status="CANCELLED",
        has_left=True,
        language=language,
    )
    return entry_bytes(entry)


def _days_left(event: Any, sequence: int, at: datetime, title: str, about: str) -> bytes:
    """The same for whole days, which only partners' entries take."""
    gone = Event()
    gone.add("UID", Text(str(event["UID"])))
    gone.add("SEQUENCE", sequence)
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        gone.add(name, at.astimezone(UTC))
    for name in ("DTSTART", "DTEND"):
        gone.add(name, event[name].dt)
    for name, text in (("SUMMARY", title), ("DESCRIPTION", about), ("STATUS", "CANCELLED")):
        gone.add(name, Text(text))
    gone.add("TRANSP", Text("TRANSPARENT"))
    return component_bytes(gone)


def with_sequence(ics: bytes, sequence: int) -> bytes:
    """The VEVENT with another SEQUENCE."""
    return _SEQUENCE.sub(b"\r\nSEQUENCE:%d\r\n" % sequence, ics, count=1)
