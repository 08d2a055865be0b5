"""The mails of polls: each composed from one outbox entry, at the moment it is sent."""

from datetime import timedelta

from django.core.mail import EmailMultiAlternatives

from events.domain.polls import links, votes
from events.models import PollVoice
from programmes.domain import letters
from programmes.models import OutboxEntry


def poll_asked(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“Which time suits you?”, or the link once more; None once the poll is closed."""
    voice = _voice(entry)
    if not votes.is_open(voice.poll, entry.made_at):
        return None
    return _letter(
        "poll-asked",
        voice,
        has_answered=voice.answered_at is not None,
        times=voice.poll.slots.count(),
    )


def poll_chosen(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“It will be on …”; None where another time was chosen since."""
    voice = _voice(entry)
    chosen = voice.poll.chosen_at
    if chosen is None or not entry.key.endswith(chosen.isoformat()):
        return None
    ends_at = chosen + timedelta(minutes=voice.poll.minutes)
    return _letter("poll-chosen", voice, starts_at=chosen, ends_at=ends_at)


def _letter(template: str, voice: PollVoice, **more: object) -> EmailMultiAlternatives:
    context = {
        "poll": voice.poll,
        "voice": voice,
        "url": links.voice_url(voice),
        **more,
    }
    return letters.compose(
        f"events/email/{template}",
        context,
        to=[(voice.name, voice.email)],
        sender=voice.poll.alliance,
    )


def _voice(entry: OutboxEntry) -> PollVoice:
    found = PollVoice.objects.select_related("poll__alliance", "poll__event")
    return found.get(pk=int(entry.subject.split(":")[1]))
