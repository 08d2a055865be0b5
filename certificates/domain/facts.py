"""What a certificate says: plain values, frozen at the moment it is issued."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from certificates.models import Award
from events.domain import credit
from events.models import Event, EventHost, Registration, Session
from kit import walltime

SCHEMA = 1


def of_event(award: Award) -> dict[str, Any]:
    """The part that is the same for everybody: event, hosts, credit and paper."""
    event = award.event
    return {
        "schema": SCHEMA,
        "kind": award.kind,
        "title": award.get_kind_display(),
        "event": _event(event),
        "credits": [
            {"scheme": c.scheme, "label": credit.label(c.scheme), "amount": _amount(c.amount)}
            for c in event.credits.all()
        ],
        "issuers": [_issuer(host) for host in accepted_hosts(event)],
        "rule": {"percent": event.attendance_percent, "of": "session minutes without breaks"},
        "language": "en-US",
        "paper": award.paper,
    }


def of_person(
    shared: dict[str, Any], registration: Registration, *, code: str, minutes: int, at: datetime
) -> dict[str, Any]:
    """``shared`` completed for one person: ``minutes`` are whole minutes in session."""
    zone = ZoneInfo(shared["event"]["time_zone"])
    return {
        **shared,
        "code": code,
        "name": registration.name,
        "organisation": registration.organisation,
        "minutes": minutes,
        "issued_on": at.astimezone(zone).date().isoformat(),
        "verify_url": verify_url(code),
    }


def verify_url(code: str) -> str:
    """The absolute address where anyone can check ``code``."""
    return settings.PUBLIC_BASE_URL + reverse("verify-code", args=[code])


def accepted_hosts(event: Event) -> list[EventHost]:
    """The alliances whose names stand on the paper, lead first."""
    hosts = event.hosts.standing().select_related("alliance")
    return sorted(hosts, key=lambda host: (host.role != EventHost.Role.LEAD, host.position))


def _event(event: Event) -> dict[str, Any]:
    sessions = list(event.sessions.filter(is_cancelled=False))
    return {
        "title": event.title,
        "slug": event.slug,
        "time_zone": event.time_zone,
        "starts_at": _instant(sessions[0].starts_at),
        "ends_at": _instant(sessions[-1].ends_at),
        "when": _when(sessions, event.time_zone),
        "place": "Live online" if event.format == Event.Format.ONLINE else event.venue,
    }


def _when(sessions: list[Session], zone: str) -> str:
    """“Wednesday, January 13, 2027, 11 a.m. to 12:30 p.m. Mountain”, or first and last date."""
    here = ZoneInfo(zone)
    first, last = sessions[0].starts_at.astimezone(here), sessions[-1].ends_at.astimezone(here)
    if first.date() != last.date():
        return f"{walltime.long_date(first)} to {walltime.long_date(last)}"
    return f"{walltime.long_date(first)}, {walltime.time_range(first, last, zone)}"


def _issuer(host: EventHost) -> dict[str, Any]:
    alliance = host.alliance
    return {
        "slug": alliance.slug,
        "name": alliance.name,
        "legal_name": alliance.legal_name or alliance.name,
        "mark": alliance.mark,
        "colour": alliance.colour_light,
        "ink": alliance.ink_light,
        "dot": [alliance.dot_x, alliance.dot_y],
        "role": host.role,
        "signatory": alliance.signatory_name,
        "signatory_title": alliance.signatory_title,
    }


def _amount(amount: Any) -> str:
    """“1.5” for 1.50, “7” for 7.00."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
