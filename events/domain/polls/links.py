"""The secret addresses by which people answer polls without an account."""

from django.conf import settings

from events.models import Poll, PollVoice
from kit import ids

PURPOSE, OPEN_PURPOSE = "poll", "poll-open"


def token_of(voice: PollVoice) -> str:
    """The token in one person's own link."""
    return ids.sign(PURPOSE, str(voice.pk), key=settings.SECRET_KEY.encode())


def voice_url(voice: PollVoice) -> str:
    """The whole address of one person's own page."""
    return f"{settings.PUBLIC_BASE_URL}/polls/{token_of(voice)}/"


def open_url(poll: Poll) -> str:
    """The whole address that anybody may answer at, where the poll has one."""
    token = ids.sign(OPEN_PURPOSE, str(poll.pk), key=settings.SECRET_KEY.encode())
    return f"{settings.PUBLIC_BASE_URL}/polls/open/{token}/"


def voice_of(token: str) -> PollVoice | None:
    """Whose link this is, with the poll; None for any other text."""
    value = ids.unsign(PURPOSE, token, keys=_keys())
    found = PollVoice.objects.select_related("poll__alliance", "poll__event")
    return found.filter(pk=int(value)).first() if value else None


def open_poll_of(token: str) -> Poll | None:
    """Which poll an open link belongs to; None for any other text and where the link is shut."""
    value = ids.unsign(OPEN_PURPOSE, token, keys=_keys())
    found = Poll.objects.select_related("alliance", "event").filter(has_open_link=True)
    return found.filter(pk=int(value)).first() if value else None


def _keys() -> list[bytes]:
    return [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
