"""What the walks read: mails, pages, calendars, in the eyes of programs that are not ours."""

import html
import re
import subprocess
from datetime import UTC, datetime
from email.message import EmailMessage

import icalendar
import vobject


def read_with_icalendar(content: bytes) -> dict[str, tuple[datetime, datetime]]:
    events = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return {
        str(event["UID"]): (in_utc(event["DTSTART"].dt), in_utc(event["DTEND"].dt))
        for event in events
    }


def read_with_vobject(content: bytes) -> dict[str, tuple[datetime, datetime]]:
    events = vobject.readOne(content.decode()).contents["vevent"]
    return {e.uid.value: (in_utc(e.dtstart.value), in_utc(e.dtend.value)) for e in events}


READERS = (read_with_icalendar, read_with_vobject)


def in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def printed(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(["plain"])
    assert body is not None
    return str(body.get_content())


def link_in(mail: EmailMessage) -> str:
    """The address of the registration's page."""
    return address_in(text_of(mail), r"(https?://\S+?/r/[^/\s]+/)")


def address_in(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found, f"{pattern} is not in\n{text[:2000]}"
    return html.unescape(found[1])


def visible(page: str) -> str:
    """The words of a page, with single blanks between them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
