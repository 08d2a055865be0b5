"""Where one speaker speaks: all they were asked for themselves, what is public for others."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from events.domain import speaking
from events.domain.speakers import inviting
from events.models import Event, InvitationReply, Session, SpeakerInvitation
from programmes.models import Speaker

LOOK_BACK = timedelta(days=180)
"""How long after a date its slides can still be handed in."""
MOST = 200


@dataclass(frozen=True)
class Appearance:
    """One date of one speaker: ``state`` is planned, announced, called-off or over; ``answer`` one
    of accepted, tentative, declined, or "" where none counts."""

    session: Session
    state: str
    answer: str

    @property
    def event(self) -> Event:
        return self.session.event

    @property
    def is_ahead(self) -> bool:
        """It may still be answered."""
        return self.state in {"planned", "announced"}


@dataclass(frozen=True)
class Part:
    """What organisers see of one speaker at one of their event's dates.

    ``state`` is accepted, tentative, declined, waiting, not-asked or no-address.
    """

    speaker: Speaker
    session: Session
    state: str
    invitation: SpeakerInvitation | None
    reply: InvitationReply | None


def own(speaker: Speaker, *, at: datetime) -> list[Appearance]:
    """The dates of the last half year and all to come, in order; six queries.

    Of what is not announced only what the speaker was asked for.
    """
    asked = SpeakerInvitation.objects.filter(speaker=speaker, withdrawn_at=None)
    sequences = dict(asked.values_list("session", "sequence"))
    replies = InvitationReply.objects.filter(speaker=speaker)
    said = {one.session_id: one for one in replies}
    rows = []
    for session in _sessions(speaker).filter(ends_at__gt=at - LOOK_BACK)[:MOST]:
        if not session.event.is_public and session.pk not in sequences:
            continue
        reply = said.get(session.pk)
        counts = reply and reply.sequence >= sequences.get(session.pk, session.sequence)
        answer = reply.answer if reply is not None and counts else ""
        rows.append(Appearance(session, _state(session, at), answer))
    return rows


def public(speaker: Speaker) -> QuerySet[Event]:
    """The events anybody may know this person speaks at, the latest first."""
    ids = {session.event_id for session in _sessions(speaker)}
    found = Event.objects.listed().filter(pk__in=ids).exclude(status=Event.Status.CANCELLED)
    return found.order_by("-starts_at", "pk")


def parts(event: Event) -> list[Part]:
    """Who speaks when at an event, and what became of asking them; in order. Seven queries."""
    live = {one.pk: one for one in event.sessions.filter(is_cancelled=False)}
    pairs = [pair for pair in speaking.pairs([event.pk]) if pair[0] in live]
    found = Speaker.objects.select_related("organisation")
    speakers = {one.pk: one for one in found.filter(pk__in={pk for _, pk in pairs})}
    rows = SpeakerInvitation.objects.filter(event=event, withdrawn_at=None)
    asked = {(one.session_id, one.speaker_id): one for one in rows}
    said = inviting.answers(event)
    pairs.sort(key=lambda pair: (live[pair[0]].starts_at, pair[0], speakers[pair[1]].name))
    return [
        Part(
            speakers[pair[1]],
            live[pair[0]],
            _standing(speakers[pair[1]], asked.get(pair), said.get(pair)),
            asked.get(pair),
            said.get(pair),
        )
        for pair in pairs
    ]


def speaks_at(speaker: Speaker, event: Event, *, at: datetime) -> bool:
    """They are named for a date of the event and may know of it."""
    return any(one.event.pk == event.pk for one in own(speaker, at=at))


def _sessions(speaker: Speaker) -> QuerySet[Session]:
    """The dates a speaker is named for, as ``speaking.pairs`` has it."""
    theirs = Q(speaking__speaker=speaker) | Q(sessions__speaking__speaker=speaker)
    events = Event.objects.filter(theirs).values_list("pk", flat=True)
    mine = [session for session, pk in speaking.pairs(set(events)) if pk == speaker.pk]
    rows = Session.objects.filter(pk__in=mine).select_related("event__lead")
    return rows.defer("ics").order_by("starts_at", "pk")


def _state(session: Session, at: datetime) -> str:
    if session.is_cancelled or session.event.cancelled_at is not None:
        return "called-off"
    if session.ends_at <= at:
        return "over"
    return "announced" if session.event.is_public else "planned"


def _standing(
    speaker: Speaker, asked: SpeakerInvitation | None, reply: InvitationReply | None
) -> str:
    if reply is not None:
        return reply.answer
    if asked is not None:
        return "waiting"
    return "not-asked" if speaker.email else "no-address"
