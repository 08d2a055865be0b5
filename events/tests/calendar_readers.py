"""An entry to vary, and programs of others that read back what is written of it."""

import re
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec

import icalendar
import pytest
import vobject

from events.domain.calendar import Entry, calendar_bytes, entry_bytes, zone_years
from kit.ical import clean, one_line

# The strictest reader there is, but a package of its own: its tests say so where it is missing.
strict = import_module("ical.calendar_stream") if find_spec("ical") else None
needs_strict = pytest.mark.skipif(strict is None, reason="the package ical is not installed")


def utc(*numbers):
    return datetime(*numbers, tzinfo=UTC)


ENTRY = Entry(
    uid="4f0c9f2e-3f64-4a7e-a9c4-6d7f0c5b1e11@lyceum.example",
    sequence=2,
    stamp=utc(2026, 11, 20, 15),
    starts_at=utc(2027, 1, 13, 18),
    ends_at=utc(2027, 1, 13, 19, 30),
    time_zone="America/Denver",
    title="Data, trust; and equity",
    description="First line\nsecond line",
    location="City Hall, Denver",
    url="https://lyceum.example/events/data-trust/",
    categories=("Mobility", "Data, open"),
)


def feed(*entries, name="All events", description="", zones=None):
    return calendar_bytes(
        name=name,
        description=description,
        source_url="https://lyceum.example/feeds/all.ics",
        entries=[entry_bytes(entry) for entry in entries],
        zones=zone_years(entries) if zones is None else zones,
    )


def lines(content):
    return re.sub(b"\r\n[ \t]", b"", content).decode().removesuffix("\r\n").split("\r\n")


def names(content):
    return [re.split("[;:]", line)[0] for line in lines(content)]


def read_with_vobject(content):
    calendar = vobject.readOne(content.decode())
    return [
        {
            "uid": event.uid.value,
            "starts": event.dtstart.value.astimezone(UTC),
            "ends": event.dtend.value.astimezone(UTC),
            "title": event.summary.value,
            "description": event.description.value if hasattr(event, "description") else "",
            "place": event.location.value if hasattr(event, "location") else "",
            "status": event.status.value,
        }
        for event in calendar.contents.get("vevent", [])
    ]


def read_strictly(content):
    calendar = strict.IcsCalendarStream.calendar_from_ics(content.decode())
    return [
        {
            "uid": event.uid,
            "starts": event.dtstart.astimezone(UTC),
            "ends": event.dtend.astimezone(UTC),
            "title": event.summary,
            "description": event.description or "",
            "place": event.location or "",
            "status": str(event.status.value),
        }
        for event in calendar.events
    ]


def read_with_the_library(content):
    calendar = icalendar.Calendar.from_ical(content)
    return [
        {
            "uid": str(event["UID"]),
            "starts": event["DTSTART"].dt.astimezone(UTC),
            "ends": event["DTEND"].dt.astimezone(UTC),
            "title": str(event["SUMMARY"]),
            "description": str(event.get("DESCRIPTION", "")),
            "place": str(event.get("LOCATION", "")),
            "status": str(event["STATUS"]),
        }
        for event in calendar.walk("VEVENT")
    ]


READERS = [read_with_vobject, read_with_the_library, *([read_strictly] if strict else [])]


def seen(entry):
    about = "\n\n".join(part for part in (clean(entry.description), entry.url) if part)
    title = one_line(entry.title)
    return {
        "uid": entry.uid,
        "starts": entry.starts_at,
        "ends": entry.ends_at,
        "title": f"Canceled: {title}" if entry.status == "CANCELLED" else title,
        "description": about,
        "place": one_line(entry.location),
        "status": entry.status,
    }
