"""When an alliance is busy, without saying with what: VFREEBUSY, and the same as events.

Anybody may read it, so that partners outside the network can plan around it: what is public is
BUSY, what is proposed and waits for co-hosts is BUSY-TENTATIVE, drafts are nobody's business, and
the alliance's own calendars elsewhere count as it has registered them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from icalendar import Availability, Available, FreeBusy

from events.domain import busy, calendar
from events.domain.calendar import Entry
from events.domain.finding import hours, world
from events.domain.finding.hours import OfficeDay, OfficeWeek
from events.domain.minutes import Span, clip, union, windows
from events.domain.phrases import say
from events.domain.selections import NoSuchFeed
from events.models import Event, EventHost, Session
from kit.ical import Text, component_bytes, uri
from programmes.models import Alliance

AHEAD = timedelta(days=60)
BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""The stamp of what came from a calendar elsewhere: unchanged as long as its times are."""

__all__ = ["AHEAD", "as_events", "as_freebusy", "find"]


@dataclass(frozen=True, order=True)
class Taken:
    """One span an alliance is taken for. ``name`` tells it from others and says nothing."""

    span: Span
    name: str
    is_certain: bool
    stamp: datetime


def find(slug: str) -> Alliance:
    """The alliance, one that left the network too. Raises NoSuchFeed."""
    found = Alliance.objects.filter(slug=slug).first()
    if found is None:
        raise NoSuchFeed("There is no such calendar feed. Choose one on our Subscribe page.")
    return found


def as_freebusy(alliance: Alliance, *, at: datetime) -> bytes:
    """A VFREEBUSY of the 60 days from today on, in UTC (RFC 5545 §3.6.4), and the alliance's office
    hours on its own clock as VAVAILABILITY (RFC 7953).

    The same bytes all day while nothing changes: DTSTAMP is the last change, not now.
    """
    window, taken = _window(at), _taken(alliance, at)
    component = FreeBusy()
    component.add("UID", Text(f"busy-{alliance.pk}@{settings.IDENTITY_DOMAIN}"))
    component.add("DTSTAMP", max([window.start, *(one.stamp for one in taken)]))
    component.add("DTSTART", window.start)
    component.add("DTEND", window.end)
    component.add("URL", uri(f"{settings.PUBLIC_BASE_URL}/alliances/{alliance.slug}/"))
    certain = clip((one.span for one in taken if one.is_certain), [window])
    for span in certain:
        component.add("FREEBUSY", _period(span), {"FBTYPE": "BUSY"})
    maybe = clip((one.span for one in taken if not one.is_certain), [window])
    for span in union(part for one in maybe for part in windows(one, certain)):
        component.add("FREEBUSY", _period(span), {"FBTYPE": "BUSY-TENTATIVE"})
    return calendar.calendar_bytes(
        name=_name(alliance),
        description="",
        source_url=_address(alliance, "ifb"),
        entries=[component_bytes(component), _office_hours(alliance, window)],
        zones={alliance.zone: (window.start.year, window.end.year)},
        colour=alliance.colour_light,
    )


def _office_hours(alliance: Alliance, window: Span) -> bytes:
    """When the office is open, lunch out; all else of the window is BUSY-UNAVAILABLE."""
    [party] = world.parties_of([alliance])
    whole = Availability()
    _name_part(whole, f"hours-{alliance.pk}", window)
    whole.add("DTSTART", window.start)
    whole.add("DTEND", window.end)
    whole.add("BUSYTYPE", Text("BUSY-UNAVAILABLE"))
    for opens, closes, weekdays in _open_times(party.week):
        part = Available()
        _name_part(part, f"hours-{alliance.pk}-{opens}-{closes}-{weekdays[0]}", window)
        first = window.start.astimezone(ZoneInfo(alliance.zone)).date()
        first += timedelta(days=min((day - first.weekday()) % 7 for day in weekdays))
        for name, minute in (("DTSTART", opens), ("DTEND", closes)):
            at = hours.instant(hours.wall_minute(first, minute, alliance.zone))
            part.add(name, at.astimezone(ZoneInfo(alliance.zone)))
        part.add("RRULE", {"FREQ": "WEEKLY", "BYDAY": [BYDAY[day] for day in weekdays]})
        whole.add_component(part)
    return component_bytes(whole)


def _name_part(part: Availability | Available, name: str, window: Span) -> None:
    part.add("UID", Text(f"{name}@{settings.IDENTITY_DOMAIN}"))
    part.add("DTSTAMP", window.start)


def _open_times(week: OfficeWeek) -> list[tuple[int, int, list[int]]]:
    """Spans of a day in minutes after midnight, each with the weekdays it is open on."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for weekday, day in enumerate(week.days):
        for span in _parts(day) if day is not None else ():
            found[span].append(weekday)
    return [(opens, closes, weekdays) for (opens, closes), weekdays in sorted(found.items())]


def _parts(day: OfficeDay) -> list[tuple[int, int]]:
    """The hours of a day, in two where there is lunch between them."""
    if day.lunch is None:
        return [(day.opens, day.closes)]
    begins, ends = day.lunch
    return [span for span in ((day.opens, begins), (ends, day.closes)) if span[0] < span[1]]


def as_events(alliance: Alliance, *, at: datetime) -> bytes:
    """The same as events called “Busy”, for programs that cannot subscribe to VFREEBUSY."""
    entries = [_entry(one) for one in sorted(_taken(alliance, at))]
    return calendar.calendar_bytes(
        name=_name(alliance),
        description="",
        source_url=_address(alliance, "ics"),
        entries=[calendar.entry_bytes(entry) for entry in entries],
        zones={},
        colour=alliance.colour_light,
    )


def _window(at: datetime) -> Span:
    today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(today, today + AHEAD)


def _taken(alliance: Alliance, at: datetime) -> list[Taken]:
    """Every span that meets the window. A handful of queries."""
    window = _window(at)
    elsewhere = busy.spans_of([alliance.pk], start=window.start, end=window.end)
    return [
        *_ours(alliance, window),
        *(
            Taken(
                Span(one.start, one.end),
                f"{one.start:%Y%m%dT%H%M%S}-{one.end:%Y%m%dT%H%M%S}",
                True,
                BEGINNING,
            )
            for one in elsewhere
        ),
    ]


def _ours(alliance: Alliance, window: Span) -> Iterable[Taken]:
    standing = EventHost.objects.standing().filter(alliance=alliance)
    asked = EventHost.objects.filter(alliance=alliance, state=EventHost.State.INVITED)
    hosted = Q(event__in=standing.values("event"))
    public = Q(event__in=Event.objects.published().values("pk"))
    proposed = Q(event__status=Event.Status.PROPOSED)
    rows = Session.objects.filter(
        hosted & (public | proposed) | Q(event__in=asked.values("event")) & (public | proposed),
        starts_at__lt=window.end,
        ends_at__gt=window.start,
        is_cancelled=False,
        event__cancelled_at=None,
    )
    certain = set(rows.filter(hosted & public).values_list("pk", flat=True))
    for row in rows.order_by("starts_at", "pk"):
        span = Span(row.starts_at, row.ends_at)
        yield Taken(span, str(row.public_id), row.pk in certain, row.changed_at)


def _period(span: Span) -> Text:
    """Start and end in UTC, as FREEBUSY wants them; the library would add VALUE=PERIOD."""
    return Text(f"{span.start:%Y%m%dT%H%M%SZ}/{span.end:%Y%m%dT%H%M%SZ}")


def _entry(one: Taken) -> Entry:
    name = hashlib.sha256(f"busy:{one.name}".encode()).hexdigest()[:32]
    return Entry(
        uid=f"{name}@{settings.IDENTITY_DOMAIN}",
        sequence=0,
        stamp=one.stamp,
        starts_at=one.span.start,
        ends_at=one.span.end,
        time_zone="UTC",
        title=say("busy"),
        status="CONFIRMED" if one.is_certain else "TENTATIVE",
        is_private=True,
    )


def _name(alliance: Alliance) -> str:
    return f"{alliance.name}: {say('busy').lower()}"


def _address(alliance: Alliance, ending: str) -> str:
    return f"{settings.PUBLIC_BASE_URL}/feeds/busy/{alliance.slug}.{ending}"
