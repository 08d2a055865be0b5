"""What four unrelated programs see in a calendar: ical.js, libical, vobject and the strict ical."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import vobject
from ical.calendar_stream import IcsCalendarStream

from config import readers

HERE = Path(__file__).parent


@dataclass(frozen=True, order=True)
class Seen:
    """One event as a reader understood it; times are UTC, a whole day begins at 0:00."""

    uid: str
    starts: datetime
    ends: datetime
    title: str
    description: str
    place: str
    status: str


def with_ical_js(content: bytes) -> list[Seen]:
    return _events(_run("node", str(HERE / "ical.mjs"), str(readers.HOME), content=content))


def with_libical(content: bytes) -> list[Seen]:
    seen = _run(sys.executable, str(HERE / "libical.py"), content=content)
    assert seen["errors"] == 0, "libical finds fault with the calendar"
    return _events(seen)


def with_vobject(content: bytes) -> list[Seen]:
    calendar = vobject.readOne(content.decode())
    return sorted(
        Seen(
            uid=event.uid.value,
            starts=_instant(event.dtstart.value),
            ends=_instant(event.dtend.value),
            title=event.summary.value,
            description=_value(event, "description"),
            place=_value(event, "location"),
            status=_value(event, "status"),
        )
        for event in calendar.contents.get("vevent", [])
    )


def strictly(content: bytes) -> list[Seen]:
    calendar = IcsCalendarStream.calendar_from_ics(content.decode())
    return sorted(
        Seen(
            uid=event.uid,
            starts=_instant(event.dtstart),
            ends=_instant(event.dtend),
            title=event.summary,
            description=event.description or "",
            place=event.location or "",
            status=str(event.status.value) if event.status else "",
        )
        for event in calendar.events
    )


READERS: dict[str, Callable[[bytes], list[Seen]]] = {
    "ical.js": with_ical_js,
    "libical": with_libical,
    "vobject": with_vobject,
    "ical": strictly,
}


def busy_times(content: bytes) -> dict[str, list[tuple[datetime, datetime]]]:
    """The periods of a free/busy document as two readers see them, each sorted."""
    found = {
        "ical.js": _run("node", str(HERE / "ical.mjs"), str(readers.HOME), content=content),
        "libical": _run(sys.executable, str(HERE / "libical.py"), content=content),
    }
    return {
        name: sorted(_period(text) for part in seen["busy"] for text in part)
        for name, seen in found.items()
    }


def _run(*command: str, content: bytes) -> dict[str, Any]:
    done = subprocess.run(command, input=content, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _events(seen: dict[str, Any]) -> list[Seen]:
    return sorted(
        Seen(
            **{
                **event,
                "starts": datetime.fromtimestamp(event["starts"], UTC),
                "ends": datetime.fromtimestamp(event["ends"], UTC),
            }
        )
        for event in seen["events"]
    )


def _instant(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _value(event: Any, name: str) -> str:
    return getattr(event, name).value if hasattr(event, name) else ""


def _period(text: str) -> tuple[datetime, datetime]:
    starts, ends = (
        datetime.strptime(part.replace("-", "").replace(":", ""), "%Y%m%dT%H%M%SZ")
        for part in text.split("/")
    )
    return starts.replace(tzinfo=UTC), ends.replace(tzinfo=UTC)
