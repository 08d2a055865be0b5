"""The secret address of a speaker's own page, and the mail that brings it to the address on file.

Whoever holds the link acts for the speaker. It goes nowhere but into mails to them, and opens
nothing any more once ``link_version`` has moved on.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from events.domain import replies
from kit import ids
from programmes import audit, outbox
from programmes.domain import people
from programmes.models import Person, Speaker

PURPOSE = "speaker"
MOST = 5
"""Rows that share one address: so many mails at most for one request."""


def token_of(speaker: Speaker) -> str:
    """The token in a speaker's own link."""
    value = f"{speaker.pk}.{speaker.link_version}"
    return ids.sign(PURPOSE, value, key=settings.SECRET_KEY.encode())


def own_url(speaker: Speaker) -> str:
    """The whole address of a speaker's own page."""
    return f"{settings.PUBLIC_BASE_URL}/speakers/mine/{token_of(speaker)}/"


def speaker_of(token: str) -> Speaker | None:
    """Whose link this is; None for any other text and for a link that was renewed since.

    The link of a row that was merged into another opens the other.
    """
    keys = [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    value = ids.unsign(PURPOSE, token, keys=keys)
    if value is None:
        return None
    number, version = map(int, value.split("."))
    return replies.speaker_by_number(number, version=version)


def send(address: str, *, at: datetime) -> int:
    """Mail the own link to whoever speaks under this address; returns how many mails.

    Once an hour for each. Whether the address is known must not be told to whoever asked. Raises
    BadAddress.
    """
    key = people.key_of(address)
    known = Speaker.objects.filter(email__iexact=key).order_by("pk")[:MOST]
    entries = [
        outbox.entry("events/speaker-link", one, key=f"{one.pk}:{at:%Y%m%d%H}", speaker=one.pk)
        for one in known
    ]
    with transaction.atomic():
        outbox.put_all(entries)
    return len(entries)


def renew(speaker: Speaker, *, by: Person | None) -> None:
    """Every link sent so far opens nothing any more."""
    with transaction.atomic():
        Speaker.objects.filter(pk=speaker.pk).update(link_version=F("link_version") + 1)
        speaker.formers.update(link_version=0)
        audit.record("speaker.link-renewed", speaker, by=by)
    speaker.refresh_from_db(fields=["link_version"])
