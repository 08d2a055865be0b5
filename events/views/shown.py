"""Events as templates show them: plain values, worked out once per row from loaded objects."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import segno
from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from events.domain import registration, speaking
from events.models import Event, EventHost, Session
from kit import walltime
from kit.text import listed
from programmes.models import Alliance, Speaker

FEW_SEATS = 10
MOVED_NOTICE_DAYS = 14


def with_hosts(events: QuerySet[Event]) -> QuerySet[Event]:
    """Load what a row needs: three queries, whatever the number of events."""
    hosts = EventHost.objects.standing().select_related("alliance")
    return events.select_related("lead").prefetch_related(
        Prefetch("hosts", hosts, to_attr="accepted"), "credits"
    )


def accepted(event: Event) -> list[Alliance]:
    """Hosts that said yes, lead first, then as they joined. Needs ``with_hosts``."""
    parts = sorted(event.accepted, key=lambda part: (part.role != "lead", part.position))  # type: ignore[attr-defined]
    return [part.alliance for part in parts]


def row(event: Event, *, at: datetime) -> dict[str, Any]:
    """What components/event_row.html needs."""
    return {
        "title": event.title,
        "url": reverse("event", args=[event.slug]),
        "starts_at": getattr(event, "next_starts_at", event.starts_at),
        "ends_at": getattr(event, "next_ends_at", event.ends_at),
        "time_zone": event.time_zone,
        "hosts": accepted(event),
        "kind": event.get_kind_display(),
        "place": place(event),
        "summary": event.summary,
        "credit": credit(event),
        "seats": None if event.status == Event.Status.CANCELLED else seats(event, at=at),
        "flag": flag(event),
    }


def flag(event: Event) -> dict[str, str] | None:
    """A word that goes before everything else."""
    if event.status == Event.Status.CANCELLED:
        return {"kind": "problem", "text": "Canceled"}
    if event.visibility == Event.Visibility.MEMBERS:
        return {"kind": "info", "text": "Members only"}
    return None


def place(event: Event) -> str:
    """“Online”, the venue, or both."""
    if event.format == Event.Format.ONLINE:
        return "Online"
    venue = event.venue or "Place to be announced"
    return venue if event.format == Event.Format.IN_PERSON else f"{venue}, and online"


def seats(event: Event, *, at: datetime) -> dict[str, str]:
    """How full it is, in words."""
    state = registration.state_of(event, at)
    free = event.seats_free
    if state == "closed":
        return {"kind": "off", "text": "Registration closed"}
    if state == "not-open":
        return {"kind": "off", "text": "Registration opens later"}
    if state == "waitlist":
        return {"kind": "full", "text": "Waitlist open"}
    if state == "full":
        return {"kind": "full", "text": "Full"}
    if free is None:
        return {"kind": "many", "text": "Open to all"}
    few = free < FEW_SEATS
    words = "seat" if free == 1 else "seats"
    return {"kind": "few" if few else "many", "text": f"{free:,} {words}{' left' if few else ''}"}


def credit(event: Event) -> str:
    """“1.25 credit hours”, or nothing."""
    hours = [c.amount for c in event.credits.all() if c.scheme == "contact_hour"]
    amounts = hours or [c.amount for c in event.credits.all()]
    if not amounts:
        return ""
    return f"{number(amounts[0])} credit hour{'' if amounts[0] == 1 else 's'}"


def number(amount: Decimal) -> str:
    """“1.5” for 1.50."""
    return f"{amount.normalize():f}"


def by_month(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows under the month of their own clock, in the order they come."""
    months: list[dict[str, Any]] = []
    for item in rows:
        name = item["starts_at"].astimezone(ZoneInfo(item["time_zone"])).strftime("%B %Y")
        if not months or months[-1]["name"] != name:
            months.append({"name": name, "rows": []})
        months[-1]["rows"].append(item)
    return months


def programme_items(
    event: Event,
    sessions: Sequence[Session],
    named: Mapping[int, Sequence[Speaker]] | None = None,
) -> list[dict[str, Any]]:
    """Sessions and their breaks in order of time, for components/program_list.html.

    ``named`` are the speakers of each session, as ``speaking.of_sessions`` gives them; one query
    where they are not given.
    """
    people = speaking.of_sessions(sessions) if named is None else named
    items: list[dict[str, Any]] = []
    for session in sessions:
        items.append(
            {
                "starts_at": session.starts_at,
                "ends_at": session.ends_at,
                "title": session.title or event.title,
                "speakers": listed(one.name for one in people.get(session.pk, ())),
                "note": "Canceled" if session.is_cancelled else _room(event, session),
                "has_both_clocks": len(sessions) > 1 and not session.is_cancelled,
            }
        )
        items += [
            {"starts_at": b.starts_at, "ends_at": b.ends_at, "title": "Break", "is_break": True}
            for b in session.breaks.all()
        ]
    items.sort(key=lambda item: item["starts_at"])
    return _with_days(items, event.time_zone)


def _room(event: Event, session: Session) -> str:
    """“Hall A”, with “and online” where that is so too."""
    if not session.room:
        return ""
    return f"{session.room}, and online" if event.format == Event.Format.HYBRID else session.room


def _with_days(items: list[dict[str, Any]], zone: str) -> list[dict[str, Any]]:
    """Name the day where a new one begins, once there is more than one."""
    days = [item["starts_at"].astimezone(ZoneInfo(zone)).date() for item in items]
    if len(set(days)) > 1:
        before: date | None = None
        for item, day in zip(items, days, strict=True):
            item["day"] = day if day != before else None
            before = day
    return items


def moved(event: Event, *, at: datetime) -> str:
    """“Time changed on December 1: was 11 a.m. Mountain”, for 14 days after."""
    if event.moved_from is None or event.moved_at is None:
        return ""
    if (at - event.moved_at).days >= MOVED_NOTICE_DAYS:
        return ""
    zone = ZoneInfo(event.time_zone)
    then, changed = event.moved_from.astimezone(zone), event.moved_at.astimezone(zone)
    label = walltime.zone_label(event.time_zone, event.moved_from)
    same_day = event.starts_at and then.date() == event.starts_at.astimezone(zone).date()
    clock = walltime.clock(then)
    was = clock if same_day else f"{walltime.long_date(then)}, {clock}"
    return f"Time changed on {walltime.month_day(changed)}: was {was} {label}"


def calendar_links(event: Event) -> dict[str, str]:
    """Addresses that add the event to a calendar: a file, Google, Outlook."""
    url = settings.PUBLIC_BASE_URL + reverse("event", args=[event.slug])
    first = event.sessions.filter(is_cancelled=False).first()
    links = {"ics_url": f"/feeds/events/{event.slug}.ics"}
    if first is None:
        return links
    stamp = "%Y%m%dT%H%M%SZ"
    google = {
        "action": "TEMPLATE",
        "text": event.title,
        "dates": f"{first.starts_at.strftime(stamp)}/{first.ends_at.strftime(stamp)}",
        "ctz": event.time_zone,
        "details": url,
        "location": place(event),
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": event.title,
        "startdt": first.starts_at.isoformat(),
        "enddt": first.ends_at.isoformat(),
        "body": url,
        "location": place(event),
    }
    links["google_url"] = f"https://calendar.google.com/calendar/render?{urlencode(google)}"
    links["outlook_url"] = (
        f"https://outlook.office.com/calendar/deeplink/compose?{urlencode(outlook)}"
    )
    return links


def qr(address: str) -> SafeString:
    """The address as an inline picture, to move it to a phone. Its text must stand beside it."""
    drawn = segno.make(address, error="m", boost_error=False)
    svg = drawn.svg_inline(border=4, svgclass="qr", lineclass=None, omitsize=True)
    return mark_safe(svg.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S308  (our own)
