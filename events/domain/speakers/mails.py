"""The mails to speakers: each composed from one outbox entry, at the moment it is sent."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from django.core.mail import EmailMultiAlternatives
from django.db.models import F

from events.domain import calendar, calendars, mails, replies
from events.domain.calendar import Entry
from events.domain.speakers import links
from events.models import Event, Session, SpeakerInvitation
from programmes.domain import letters
from programmes.domain.letters import Invitation
from programmes.models import Alliance, OutboxEntry, Speaker

Method = Literal["REQUEST", "CANCEL"]


def speaker_invited(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“Will you speak?”, a change, or a reminder, with the dates as invitation.

    Dates that changed once more since are left to the mail about that; None where none is left.
    """
    event, speaker = _event(entry), _speaker(entry)
    told = [one for one in _told(entry, speaker) if one.withdrawn_at is None and one.session_id]
    loaded = calendars.with_event(Session.objects.filter(pk__in=[one.session_id for one in told]))
    sessions = {session.pk: session for session in loaded}
    if event.cancelled_at is not None or not speaker.email or not sessions:
        return None
    told.sort(key=lambda one: sessions[one.session_id or 0].starts_at)
    pairs = [(one, sessions[one.session_id or 0]) for one in told]
    entries = [_entry(event, one, session) for one, session in pairs]
    dates = [
        _date(session, speaker, entry) for (_, session), entry in zip(pairs, entries, strict=True)
    ]
    context = {
        "what": entry.facts["what"],
        "dates": dates,
        "is_announced": event.published_at is not None,
        "event_url": calendars.event_url(event),
    }
    return _letter(
        "speaker-invited",
        event,
        speaker,
        _invitation(event, speaker, entries, "REQUEST"),
        **context,
    )


def speaker_withdrawn(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“You need not come”, and out of the calendar; None where they were asked again since."""
    event, speaker = _event(entry), _speaker(entry)
    told = [one for one in _told(entry, speaker) if one.withdrawn_at is not None]
    if not told or not speaker.email:
        return None
    entries = sorted((_gone(one) for one in told), key=lambda one: one.starts_at)
    is_event_off = event.cancelled_at is not None
    invitation = _invitation(event, speaker, entries, "CANCEL")
    return _letter(
        "speaker-withdrawn", event, speaker, invitation, dates=entries, is_event_off=is_event_off
    )


def speaker_link(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“Your speaker page”: nothing but the link."""
    speaker = _speaker(entry)
    if not speaker.email:
        return None
    sender = _sender(speaker)
    context = {"speaker": speaker, "own_url": links.own_url(speaker)}
    to = [(speaker.name, speaker.email)]
    return letters.compose("events/email/speaker-link", context, to=to, sender=sender)


def _letter(
    template: str, event: Event, speaker: Speaker, invitation: Invitation, **more: Any
) -> EmailMultiAlternatives:
    """From the mailbox that the answer goes to, so that it proves who answers."""
    context = {"event": event, "speaker": speaker, "own_url": links.own_url(speaker), **more}
    message = letters.compose(
        f"events/email/{template}",
        context,
        to=[(speaker.name, speaker.email)],
        sender=event.lead,
        invitation=invitation,
    )
    message.from_email = letters.sender_address(event.lead, replies.reply_address(speaker))
    return message


def _invitation(event: Event, speaker: Speaker, entries: list[Entry], method: Method) -> Invitation:
    contents = calendar.invitations(
        entries,
        method=method,
        organiser=(event.lead.name, replies.reply_address(speaker)),
        attendee=(speaker.name, speaker.email),
    )
    return Invitation(contents, method)


def _entry(event: Event, told: SpeakerInvitation, session: Session) -> Entry:
    """The date as the feeds have it; before the announcement tentative, and without its page."""
    entry = calendars.entry_of(session, sequence=told.sequence)
    if event.published_at is None:
        entry = replace(entry, status="TENTATIVE", url="")
    return replace(entry, stamp=told.told_at)


def _gone(told: SpeakerInvitation) -> Entry:
    """A date taken back, from what was told of it: the session itself may be gone."""
    said = told.told
    return Entry(
        uid=calendars.uid_from(told.public_id),
        sequence=told.sequence,
        stamp=told.told_at,
        starts_at=datetime.fromisoformat(said["starts_at"]),
        ends_at=datetime.fromisoformat(said["ends_at"]),
        time_zone=said["time_zone"],
        title=said["title"],
        location=said["place"],
        status="CANCELLED",
        has_left=True,
    )


def _date(session: Session, speaker: Speaker, entry: Entry) -> dict[str, Any]:
    """One date for the templates: when on both clocks, where, and the links that answer."""
    held = replies.held_answer(session, speaker)
    is_told = held is not None and held.sequence >= entry.sequence
    return {
        "session": session,
        "title": session.title if session.title != session.event.title else "",
        "place": entry.location or mails.place_of(session.event),
        "own_zone": speaker.zone if speaker.zone != session.time_zone else "",
        "answer": held.get_answer_display() if held is not None and is_told else "",
        "accept_url": replies.answer_url(session, speaker, "accepted"),
        "maybe_url": replies.answer_url(session, speaker, "tentative"),
        "decline_url": replies.answer_url(session, speaker, "declined"),
    }


def _told(entry: OutboxEntry, speaker: Speaker) -> list[SpeakerInvitation]:
    """What this mail is about, as far as nothing newer was said since."""
    sequences: dict[str, int] = entry.facts["dates"]
    rows = SpeakerInvitation.objects.filter(pk__in=map(int, sequences), speaker=speaker)
    return [one for one in rows if one.sequence == sequences[str(one.pk)]]


def _event(entry: OutboxEntry) -> Event:
    return Event.objects.select_related("lead").get(pk=int(entry.subject.split(":")[1]))


def _speaker(entry: OutboxEntry) -> Speaker:
    """Who it is for; the other one where the row was merged since."""
    number = int(entry.facts["speaker"])
    found = replies.speaker_by_number(number)
    if found is None:
        raise Speaker.DoesNotExist(f"speaker {number}")
    return found


def _sender(speaker: Speaker) -> Alliance:
    """The alliance at whose announced event they spoke last, else the first of the network."""
    events = Event.objects.published().filter(speaking__speaker=speaker).select_related("lead")
    last = events.order_by(F("starts_at").desc(nulls_last=True)).first()
    return last.lead if last is not None else Alliance.objects.active()[0]
