"""iCalendar out: sessions as VEVENT bytes, feeds joined from them, and invitations.

The same entry always gives the same bytes, so they can be stored when a session is saved and a feed
is a join (RFC 5545). Invitations are messages about the same entries (RFC 5546). ``icalendar``
writes every property, from values and with folding of ``kit.ical``; time zones are our own.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Parameters, vCategory, vGeo

from events.domain.phrases import HOUSE, say
from kit.colours import css_name
from kit.ical import Text, clean, component_bytes, one_line, person, uri
from kit.vtimezone import vtimezone
from kit.walltime import canonical_zone, happens_twice

FORMAT = 2  # raised when the bytes of an unchanged entry change: stored ones are then stale
PRODID = "-//Lyceum//Calendar//EN"
COLOUR = "#0b5570"
REFRESH = "PT1H"

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]
Method = Literal["REQUEST", "CANCEL"]
STATUSES = ("CONFIRMED", "TENTATIVE", "CANCELLED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One session as calendars show it. Instants are aware; ``stamp`` is its last visible change.

    ``uid`` never changes once published, ``sequence`` counts significant changes from 0
    (``events.domain.revisions``), ``url`` is the public page, and ``conference_url`` is set only
    where the reader of this very file may join. ``related_to`` is the UID of the first session of
    the same event, ``geo`` latitude and longitude in degrees. ``has_left`` with the status
    CANCELLED marks what this calendar no longer holds, whether or not it takes place.
    """

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    title: str
    description: str = ""
    location: str = ""
    url: str = ""
    status: Status = "CONFIRMED"
    categories: tuple[str, ...] = ()
    conference_url: str | None = None
    geo: tuple[float, float] | None = None
    image_url: str = ""
    related_to: str = ""
    is_private: bool = False
    has_left: bool = False
    alarm_minutes: int | None = None
    language: str = HOUSE


# What is not the session's: when it was written, for whom, and what only ties it to others.
_UNSEEN = ("stamp", "sequence", "related_to", "is_private", "has_left", "alarm_minutes", "language")


def digest(entry: Entry) -> str:
    """64 hex digits over all that a reader could see of ``entry``.

    Equal digests mean that an edit changed nothing: ``stamp`` and ``sequence`` stay out of it, as
    do characters that are cleaned away. A new ``FORMAT`` is no change of the session either.
    """
    seen = {name: value for name, value in asdict(entry).items() if name not in _UNSEEN}
    for name in ("geo", "image_url"):  # came later: without them all is as it was
        if not seen[name]:
            del seen[name]
    seen["starts_at"], seen["ends_at"] = _utc(entry.starts_at), _utc(entry.ends_at)
    seen["time_zone"] = canonical_zone(entry.time_zone)
    seen["title"], seen["location"] = one_line(entry.title), one_line(entry.location)
    seen["description"] = clean(entry.description)
    seen["categories"] = _categories(entry)
    text = json.dumps(seen, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def entry_bytes(entry: Entry) -> bytes:
    """The VEVENT of ``entry`` for feeds: no ORGANIZER and no ATTENDEE, so that nobody mails either.

    Raises ``kit.ical.NotAnAddress`` for an unusable URL, UnknownZone, and ValueError for what no
    session of ours can be: naive times, an end before its start, a status or UID that is none.
    """
    return component_bytes(_event(entry))


def calendar_bytes(  # noqa: PLR0913  (what a calendar says of itself)
    *,
    name: str,
    description: str,
    source_url: str,
    entries: Iterable[bytes],
    zones: dict[str, tuple[int, int]],
    colour: str = COLOUR,
    home_zone: str = "",
) -> bytes:
    """A whole feed from stored ``entries``.

    Args:
        name: what calendar programs call it.
        description: a sentence more, or "".
        source_url: the address it is fetched from; "" where that is a secret.
        entries: results of ``entry_bytes``, in the order wanted.
        zones: for each zone among them, the first and the last local year.
        colour: such as #0b5570.
        home_zone: the zone of a calendar of one region. Google takes it for all that is in it.

    No METHOD, for a feed is a snapshot and not a message (RFC 5545 §3.7.2), and no UID, which makes
    vdirsyncer take all events for one. An empty feed holds the UTC zone: a calendar without any
    component is not allowed (§3.6).
    """
    text = one_line(name)
    calendar = _calendar()
    for key in ("NAME", "X-WR-CALNAME"):
        calendar.add(key, Text(text))
    if about := clean(description):
        for key in ("DESCRIPTION", "X-WR-CALDESC"):
            calendar.add(key, Text(about))
    calendar.add("REFRESH-INTERVAL", Text(REFRESH), {"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", Text(REFRESH))
    if source_url:
        calendar.add("SOURCE", uri(source_url), {"VALUE": "URI"})
    # CSS3 names are all that COLOR may hold (RFC 7986 §5.9); Apple's own takes the real one.
    calendar.add("COLOR", Text(css_name(colour)))
    calendar.add("X-APPLE-CALENDAR-COLOR", Text(colour.upper()))
    if home_zone:
        calendar.add("X-WR-TIMEZONE", Text(canonical_zone(home_zone)))

    body = [*_zone_blocks(zones), *entries]
    return _joined(calendar, body or [vtimezone("Etc/UTC", 2000, 2000)])


def invitation_bytes(
    entries: list[Entry],
    *,
    method: Method,
    organiser: tuple[str, str],
    attendee: tuple[str, str],
) -> bytes:
    """An invitation or its withdrawal for one person, the ``text/calendar`` part of a mail.

    Args:
        entries: what it is about, at least one. RFC 5546 §3.2.2 and §3.2.5 want a single UID in a
            message; readers show the first of several. ``invitations`` writes one for each.
        method: also goes into the Content-Type of the mail part; Outlook refuses a mismatch.
        organiser: name and mail address; the address answers go to.
        attendee: name and mail address of the one reader. Nobody else is named.

    CANCEL says STATUS:CANCELLED whatever the entry says; the caller has raised its sequence.

    Raises ``kit.ical.NotAnAddress`` for a name or address with line breaks or no shape of one,
    ValueError for no entry at all or a REQUEST for what is cancelled.
    """
    if not entries:
        raise ValueError("an invitation is about something")
    calendar = _calendar()
    calendar.add("METHOD", Text(method))
    body = _zone_blocks(zone_years(entries))
    for entry in entries:
        if method == "CANCEL":
            entry = replace(entry, status="CANCELLED")
        elif entry.status == "CANCELLED":
            raise ValueError("nobody is asked to come to what is cancelled; send CANCEL")
        event = _event(entry)
        event.add("ORGANIZER", person(*organiser))
        event.add("ATTENDEE", person(*attendee), _ASKED if method == "REQUEST" else _INFORMED)
        body.append(component_bytes(event))
    return _joined(calendar, body)


def invitations(
    entries: list[Entry],
    *,
    method: Method,
    organiser: tuple[str, str],
    attendee: tuple[str, str],
) -> list[bytes]:
    """``invitation_bytes`` for each session of an event: one UID in a message (RFC 5546 §3.2)."""
    return [
        invitation_bytes([entry], method=method, organiser=organiser, attendee=attendee)
        for entry in entries
    ]


_ASKED = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
_INFORMED = _ASKED | {"RSVP": "FALSE"}


# -- components


def _calendar() -> Calendar:
    calendar = Calendar()  # not Calendar.new, which invents a UID
    calendar.add("VERSION", Text("2.0"))
    calendar.add("PRODID", Text(PRODID))
    calendar.add("CALSCALE", Text("GREGORIAN"))
    return calendar


def _joined(calendar: Calendar, body: list[bytes]) -> bytes:
    """``body`` inside ``calendar``. One join: a feed of 10,000 events is 10 MB."""
    end = b"END:VCALENDAR\r\n"
    return b"".join([component_bytes(calendar).removesuffix(end), *body, end])


def _event(entry: Entry) -> Event:
    _ensure_sound(entry)
    event = Event()  # not Event.new, which invents a UID and stamps it with the present
    event.add("UID", Text(entry.uid))
    event.add("SEQUENCE", entry.sequence)
    stamp = entry.stamp.astimezone(UTC)
    event.add("DTSTAMP", stamp)
    event.add("LAST-MODIFIED", stamp)
    for key, at in zip(("DTSTART", "DTEND"), _local(entry), strict=True):
        event.add(key, at)
    cancelled = entry.status == "CANCELLED"
    event.add("SUMMARY", Text(_summary(entry)))
    event.add("STATUS", Text(entry.status))
    event.add("TRANSP", Text("TRANSPARENT" if cancelled else "OPAQUE"))
    event.add("CLASS", Text("PRIVATE" if entry.is_private else "PUBLIC"))
    if entry.related_to and entry.related_to != entry.uid:
        event.add("RELATED-TO", Text(entry.related_to), {"RELTYPE": "SIBLING"})
    _add_content(event, entry)
    if entry.alarm_minutes is not None and not cancelled:
        event.add_component(_alarm(entry.alarm_minutes, _summary(entry)))
    return event


def _add_content(event: Event, entry: Entry) -> None:
    if about := _about(entry):
        event.add("DESCRIPTION", Text(about))
    if place := one_line(entry.location):
        event.add("LOCATION", Text(place))
    if entry.url:
        event.add("URL", uri(entry.url))
    if categories := _categories(entry):
        value = vCategory([])
        value.cats = [Text(category) for category in categories]
        event.add("CATEGORIES", value)
    if entry.conference_url:
        # A list: the library would quote "AUDIO,VIDEO" as one feature of that name.
        label = say("join", entry.language)
        parameters = Parameters(VALUE="URI", FEATURE=["AUDIO", "VIDEO"], LABEL=label)
        event.add("CONFERENCE", uri(entry.conference_url), parameters)
    if entry.geo:
        event.add("GEO", vGeo((round(entry.geo[0], 6), round(entry.geo[1], 6))))
    if entry.image_url:
        event.add("IMAGE", uri(entry.image_url), {"VALUE": "URI", "DISPLAY": "FULLSIZE"})


def _about(entry: Entry) -> str:
    """The description; not every program shows URL, and hardly any CONFERENCE, so both end it."""
    about = clean(entry.description)
    if entry.conference_url:
        about = f"{about}\n\n{say('join', entry.language)}: {uri(entry.conference_url)}".strip()
    if entry.url and not about.endswith(url := uri(entry.url)):
        about = f"{about}\n\n{url}".strip()
    return about


def _alarm(minutes: int, title: str) -> Alarm:
    """A reminder as a calendar shows it. Without DESCRIPTION it is not valid (RFC 5545 §3.6.6)."""
    alarm = Alarm()
    alarm.add("ACTION", Text("DISPLAY"))
    alarm.add("DESCRIPTION", Text(title))
    alarm.add("TRIGGER", timedelta(minutes=-minutes))
    return alarm


def _ensure_sound(entry: Entry) -> None:
    if None in (entry.stamp.tzinfo, entry.starts_at.tzinfo, entry.ends_at.tzinfo):
        raise ValueError("times of a calendar entry are aware")
    if entry.ends_at < entry.starts_at:
        raise ValueError(f"{entry.uid} ends before it starts")
    if entry.status not in STATUSES:
        raise ValueError(f"{entry.status} is not a status of an event")
    if entry.sequence < 0:
        raise ValueError(f"SEQUENCE starts at 0 and never falls; {entry.sequence} is not one")
    # RFC 7986 §5.3 and what clients store: no more than 255 octets.
    if not re.fullmatch(r"[!-~]{1,255}", entry.uid):
        raise ValueError(f"{entry.uid!r} cannot be a UID")


def _summary(entry: Entry) -> str:
    """The title; of what is cancelled it says so in words, for programs that ignore STATUS."""
    title = one_line(entry.title)
    phrase = "gone" if entry.has_left else "canceled"
    if entry.status != "CANCELLED" or title.startswith(say(phrase, entry.language, title="")):
        return title
    return say(phrase, entry.language, title=title)


def _categories(entry: Entry) -> list[str]:
    return sorted({one_line(category) for category in entry.categories} - {""})


def _local(entry: Entry) -> tuple[datetime, datetime]:
    """Start and end on the session's own clock.

    Both in UTC where either shows a time that comes twice that night: with TZID it would always
    mean the first (RFC 5545 §3.3.5).
    """
    zone = canonical_zone(entry.time_zone)
    ends = (entry.starts_at, entry.ends_at)
    in_utc = zone == "UTC" or any(happens_twice(at, zone) for at in ends)
    here = UTC if in_utc else ZoneInfo(zone)
    return entry.starts_at.astimezone(here), entry.ends_at.astimezone(here)


def zone_years(entries: Iterable[Entry]) -> dict[str, tuple[int, int]]:
    """The first and the last local year of each zone, as ``calendar_bytes`` wants them."""
    years: dict[str, tuple[int, int]] = {}
    for entry in entries:
        here = ZoneInfo(entry.time_zone)
        first, last = entry.starts_at.astimezone(here).year, entry.ends_at.astimezone(here).year
        known = years.get(entry.time_zone, (first, last))
        years[entry.time_zone] = min(known[0], first), max(known[1], last)
    return years


def _zone_blocks(zones: dict[str, tuple[int, int]]) -> list[bytes]:
    """A VTIMEZONE for each zone under its canonical name; UTC needs none."""
    years: dict[str, tuple[int, int]] = {}
    for name, (first, last) in zones.items():
        zone = canonical_zone(name)
        known = years.get(zone, (first, last))
        years[zone] = min(known[0], first), max(known[1], last)
    years.pop("UTC", None)
    return [vtimezone(zone, *years[zone]) for zone in sorted(years)]


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
