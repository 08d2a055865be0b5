"""What the tests of speakers share: speakers, pictures of real bytes, mails read as sent."""

import email
import email.policy
from io import BytesIO

import icalendar
from PIL import Image

from events.domain.speakers import mails
from events.models import EventSpeaker
from programmes.models import OutboxEntry, Speaker


def speaker(name: str = "Mara Lindqvist", *, email: str = "mara@city.gov", **fields) -> Speaker:
    slug = fields.pop("slug", name.lower().replace(" ", "-"))
    return Speaker.objects.create(slug=slug, name=name, email=email, **fields)


def speaks(event, *speakers: Speaker) -> None:
    for position, one in enumerate(speakers):
        EventSpeaker.objects.create(event=event, speaker=one, position=position)


def picture(
    width: int = 640, height: int = 480, *, kind: str = "JPEG", mode: str = "RGB", **options
) -> bytes:
    written = BytesIO()
    Image.new(mode, (width, height), "teal").save(written, kind, **options)
    return written.getvalue()


def queued(*kinds: str) -> list[OutboxEntry]:
    """Mails to speakers in the outbox, oldest first; of these kinds alone if any are given."""
    rows = OutboxEntry.objects.filter(kind__startswith="events/speaker-").order_by("pk")
    return [one for one in rows if not kinds or one.kind.rpartition("speaker-")[2] in kinds]


def sent(entry: OutboxEntry):
    """The mail as it would go out, parsed from its bytes; None where it is no longer wanted."""
    compose = getattr(mails, entry.kind.partition("/")[2].replace("-", "_"))
    message = compose(entry)
    if message is None:
        return None
    raw = message.message().as_bytes()
    return email.message_from_bytes(raw, policy=email.policy.default)


def calendar_part(message):
    """The part calendar programs read, as it is in the mail, and its event."""
    (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    return part, calendar, event
