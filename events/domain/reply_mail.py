"""Answers to invitations, found in mail files (RFC 5546 §3.2.3, RFC 6047). Pure.

Calendar programs differ: the part may be called an attachment, the METHOD may stand in the mail or
in the text only, Outlook.com leaves out the ORGANIZER, and a secretary's program names two people.
Only what an answer needs is read, so nothing in it can keep us busy.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote

from icalendar import Calendar

from kit.errors import Invalid
from kit.ical import clean, one_line

MOST_BYTES = 5_000_000
MOST_CALENDAR = 300_000
MOST_PARTS = 50
ANSWERS = {"ACCEPTED": "accepted", "TENTATIVE": "tentative", "DECLINED": "declined"}
_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
_ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")
_ZONES = re.compile(r"^BEGIN:VTIMEZONE\b.*?^END:VTIMEZONE[^\n]*\n?", re.I | re.M | re.S)


class NotAMail(Invalid):
    """Bytes that are no mail, or one far too large to be an answer."""

    code = "not-a-mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One answer as a calendar program wrote it.

    ``attendee`` and ``sender`` are addresses in small letters, ``recipients`` all the mail went to.
    ``sequence`` is that of the invitation answered, None where it is not said; ``stamp`` is when
    the answer was made, None likewise. ``answer`` is "" for what is no answer: a counter-proposal,
    or a word we do not know.
    """

    method: str
    uid: str
    attendee: str
    sender: str
    recipients: tuple[str, ...]
    answer: str
    sequence: int | None
    stamp: datetime | None
    comment: str


def heard(raw: bytes) -> list[Heard]:
    """The answers in a mail, none for any other mail. Raises NotAMail."""
    if len(raw) > MOST_BYTES:
        raise NotAMail(f"The mail is larger than {MOST_BYTES // 1_000_000} MB, so it is no answer.")
    if not raw.strip():
        raise NotAMail("The file is empty.")
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        sender = next(iter(_senders(mail)), "")
        recipients = tuple(_recipients(mail))
        texts = list(_calendars(mail))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, IndexError):
        raise NotAMail("The file cannot be read as a mail.") from None
    if not sender:
        raise NotAMail("The file is no mail: it does not say who it is from.")
    found: dict[tuple[str, str], Heard] = {}
    for method, text in texts:
        for one in _of_calendar(method, text):
            said = Heard(sender=sender, recipients=recipients, **one)
            found.setdefault((said.uid, said.attendee), said)
    return list(found.values())


def _senders(mail: EmailMessage) -> list[str]:
    """The addresses of From: read by its grammar, for a name may look like another address."""
    found = [address for value in mail.get_all("From", []) for address in value.addresses]
    return [one_line(address.addr_spec).lower()[:320] for address in found if address.domain]


def _recipients(mail: EmailMessage) -> Iterator[str]:
    """Everything that looks like an address in the headers that name recipients."""
    for name in _TO:
        for value in mail.get_all(name, []):
            for address in _ADDRESS.findall(str(value)):
                yield address.lower()[:320]


def _calendars(mail: EmailMessage) -> Iterator[tuple[str, str]]:
    """The method (as the mail says it, or "") and the text of each calendar part."""
    for number, part in enumerate(mail.walk()):
        if number >= MOST_PARTS:
            return
        name = (part.get_filename() or "").lower()
        kind = part.get_content_type()
        if kind not in {"text/calendar", "application/ics"} and not name.endswith(".ics"):
            continue
        raw = part.get_payload(decode=True)
        if not isinstance(raw, bytes) or len(raw) > MOST_CALENDAR:
            continue
        charset = part.get_content_charset() or "utf-8"
        try:
            text = raw.decode(charset, "replace")
        except LookupError:
            text = raw.decode("utf-8", "replace")
        yield str(part.get_param("method") or "").upper(), text


def _of_calendar(method: str, text: str) -> Iterator[dict[str, Any]]:
    """What each event of a reply says. Zones are cut out first: an answer's times are not read."""
    try:
        calendars = Calendar.from_ical(_ZONES.sub("", text).encode(), multiple=True)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return
    for calendar in calendars:
        said = (method or str(calendar.get("METHOD", ""))).upper()
        if said not in {"REPLY", "COUNTER"}:
            continue
        for event in calendar.walk("VEVENT"):
            attendee = _first(event.get("ATTENDEE"))
            if attendee is None or "UID" not in event:
                continue
            answer = str(getattr(attendee, "params", {}).get("PARTSTAT", "")).upper()
            yield {
                "method": said,
                "uid": one_line(str(event["UID"]))[:255],
                "attendee": _mailbox(str(attendee)),
                "answer": ANSWERS.get(answer, "") if said == "REPLY" else "",
                "sequence": _number(_first(event.get("SEQUENCE"))),
                "stamp": _instant(getattr(_first(event.get("DTSTAMP")), "dt", None)),
                "comment": clean(str(_first(event.get("COMMENT")) or ""))[:500],
            }


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _mailbox(value: str) -> str:
    return unquote(re.sub("^mailto:", "", value.strip(), flags=re.I)).strip().lower()[:320]


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int) and 0 <= value < 2**31 else None


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
