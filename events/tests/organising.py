"""What the tests of the organisers' pages share: pages read, plans typed, drafts made."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conftest import NOON
from events.domain import scheduling

WHOLE = ("11:00:00 AM", "12:30:00 PM")
"""From the start of the session to its end, on Denver's clocks."""


def page(client: Client, name: str, *args, query: str = "") -> str:
    response = client.get(reverse(f"organise-{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def typed_plan(lead, **changes) -> dict:
    """What the browser sends for a complete plan of one session."""
    return {
        "lead": lead.slug,
        "title": "Fiber to every block",
        "kind": "webinar",
        "format": "online",
        "time_zone": "America/Chicago",
        "visibility": "public",
        "sharing": "own",
        "attendance_percent": "80",
        "captions": "live",
        "capacity": "200",
        "has_waitlist": "on",
        "session-total": "1",
        "session-0-on": "2027-01-13",
        "session-0-starts": "11:00",
        "session-0-ends": "12:30",
        **changes,
    }


def drafted(lead, by, *, co_hosts=()):
    plan = scheduling.EventPlan(
        title="Fiber to every block",
        time_zone="America/Chicago",
        sessions=(scheduling.SessionPlan("2027-01-13T11:00", "2027-01-13T12:30"),),
        capacity=200,
    )
    return scheduling.draft(lead, plan, co_hosts=co_hosts, by=by, at=NOON)


def zoom(*rows: tuple[str, str, str, str]) -> SimpleUploadedFile:
    """A report of January 13, 2027: name, address, joined, left, as Denver's clocks show them."""
    lines = ["Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)"]
    for name, email, joined, left in rows:
        lines.append(f"{name},{email},01/13/2027 {joined},01/13/2027 {left},1")
    return SimpleUploadedFile("participants.csv", "\n".join(lines).encode(), "text/csv")
