"""Single properties of an event somebody else wrote: each may be missing, doubled or broken."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from kit.errors import Invalid
from kit.ical import one_line, uri

Block = Any
"""A component of icalendar, whose values may be of any kind."""

STATUSES = {"TENTATIVE": "TENTATIVE", "CANCELLED": "CANCELLED"}
_FREE = {"FREE", "WORKINGELSEWHERE"}


def broken(event: Block) -> set[str]:
    """Names of the properties that icalendar could not read."""
    return {str(name).upper() for name, _ in event.errors if name}


def has(event: Block, name: str) -> bool:
    """Whether there is such a property and it could be read."""
    return name in event and name not in broken(event)


def many(event: Block, name: str) -> list[Any]:
    """All values of a property, each line for itself."""
    if not has(event, name):
        return []
    found = event[name]
    return found if isinstance(found, list) else [found]


def one(event: Block, name: str) -> Any:
    """The value of a property that may stand once, the first where it stands twice, or None."""
    return next(iter(many(event, name)), None)


def word(event: Block, name: str) -> str:
    """A property whose value is one of a few words, in capitals."""
    return line(event, name).upper()


def line(event: Block, name: str) -> str:
    """A text on one line, without control characters, at most 300 signs."""
    found = one(event, name)
    return one_line(str(found))[:300].strip() if found is not None else ""


def place(event: Block) -> str:
    """Where it is. A link in its place lets people into a call, and is nobody else's."""
    text = line(event, "LOCATION")
    return "Online" if "://" in text else text


def url(event: Block) -> str:
    """The event's own page, where it gives a sound address of one."""
    found = one(event, "URL")
    try:
        address = str(uri(str(found).strip())) if found is not None else ""
    except Invalid:
        return ""
    is_page = address.startswith(("http://", "https://")) and len(address) <= 1000
    return address if is_page else ""


def is_busy(event: Block) -> bool:
    """Whether it takes time. What Outlook means goes before TRANSP (MS-OXCICAL 2.1.3.1.1.20.31)."""
    outlook = word(event, "X-MICROSOFT-CDO-BUSYSTATUS")
    if outlook:
        return outlook not in _FREE
    return word(event, "TRANSP") != "TRANSPARENT"


def status(event: Block) -> str:
    """CONFIRMED, TENTATIVE or CANCELLED, by STATUS and, where that is silent, by Outlook's word."""
    said = word(event, "STATUS")
    if said not in STATUSES and word(event, "X-MICROSOFT-CDO-BUSYSTATUS") == "TENTATIVE":
        return "TENTATIVE"
    return STATUSES.get(said, "CONFIRMED")


def uid(event: Block) -> str:
    """The event's UID; where it has none or a monstrous one, one made of what it says."""
    own = str(one(event, "UID") or "")
    if (given := line(event, "UID")) and len(own) <= 255:
        return given
    about = f"{own}|{one(event, 'DTSTART').dt}|{line(event, 'SUMMARY')}"
    return f"made-{hashlib.sha256(about.encode(errors='replace')).hexdigest()[:40]}"


def age(event: Block) -> tuple[int, float]:
    """Which of two versions is the later one: by SEQUENCE, then by DTSTAMP."""
    number, stamp = one(event, "SEQUENCE"), getattr(one(event, "DTSTAMP"), "dt", None)
    at = stamp.replace(tzinfo=UTC).timestamp() if isinstance(stamp, datetime) else 0.0
    return int(number) if isinstance(number, int) else 0, at
