"""Entries of partners' own calendars in lists and tables: marked, and linked to where they are."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from events.models import PartnerEntry
from kit import walltime


def row(entry: PartnerEntry) -> dict[str, Any]:
    """What components/event_row.html needs. Needs the calendar and its alliance loaded.

    Links to the event's own page; where it names none, to the alliance here.
    """
    alliance = entry.calendar.alliance
    is_day = entry.starts_on is not None and entry.ends_on is not None
    return {
        "title": entry.title,
        "url": entry.url or reverse("alliance", args=[alliance.slug]),
        "starts_at": entry.starts_at,
        "ends_at": entry.ends_at,
        "time_zone": entry.time_zone,
        "hosts": [alliance],
        "place": entry.location,
        "flag": {"kind": "info", "text": source(entry)},
        "source": source(entry),
        "days": (entry.starts_on, entry.ends_on) if is_day else None,
        "days_words": days_words(entry) if is_day else "",
    }


def source(entry: PartnerEntry) -> str:
    """“On NTXIA’s own calendar”."""
    return f"On {entry.calendar.alliance.short_name}’s own calendar"


def days_words(entry: PartnerEntry) -> str:
    """“All day”, or “All day, through January 15”."""
    if entry.starts_on is None or entry.ends_on is None:
        return ""
    last = entry.ends_on - timedelta(days=1)
    return "All day" if last <= entry.starts_on else f"All day, through {walltime.month_day(last)}"
