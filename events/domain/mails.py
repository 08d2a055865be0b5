"""The mails of this app: each composed from one outbox entry, at the moment it is sent.

A function returns None where the mail is no longer true: somebody who cancelled in the meantime
gets no confirmation.
"""

from datetime import datetime
from typing import Any, Literal

from django.core.mail import EmailMultiAlternatives

from events.domain import calendar, calendars, links, replies, waitlist
from events.domain.revisions import ROUND_STEP
from events.models import Event, Registration, Session
from programmes.domain import letters
from programmes.domain.letters import Invitation
from programmes.models import OutboxEntry

State = Registration.State
MOST_DATES = 12


def registration_confirmed(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“You are registered”, with the invitation."""
    return _to_registrant(entry, "registration-confirmed", while_=State.CONFIRMED, invites=True)


def registration_promoted(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“A seat is yours”, with the invitation."""
    return _to_registrant(entry, "registration-promoted", while_=State.CONFIRMED, invites=True)


def registration_waitlisted(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“You are on the waitlist”, with the place in line as it is now."""
    return _to_registrant(entry, "registration-waitlisted", while_=State.WAITLISTED)


def registration_again(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“You were registered already, here is your link”, or the link somebody asked for."""
    registration = _registration(entry)
    if registration.state in Registration.ENDED:
        return None
    asked = entry.facts.get("asked", "registration")
    return _letter("registration-again", registration, asked=asked)


def registration_cancelled(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“You are no longer registered”; takes the event out of the person's calendar again."""
    registration = _registration(entry)
    had_seat = entry.facts.get("was") == State.CONFIRMED
    invitation = invitation_for(registration, "CANCEL") if had_seat else None
    return _letter("registration-cancelled", registration, invitation, was_waiting=not had_seat)


def event_changed(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“Time or place has changed”, with the old beside the new; None for an outdated change."""
    registration = _registration(entry)
    event = registration.event
    if registration.state in Registration.ENDED or event.version != entry.facts["version"]:
        return None
    seated = registration.state == State.CONFIRMED
    was = entry.facts["was"]
    context = {
        "changed": entry.facts["changed"],
        "old_starts_at": _instant(was["starts_at"]),
        "old_ends_at": _instant(was["ends_at"]),
        "old_zone": was["time_zone"],
        "old_place": was["venue"] or Event.Format(was["format"]).label,
        **_dates_changed(event, was["sessions"]),
        "answers": _answers(registration, was["sessions"]) if seated else [],
    }
    invitation = invitation_for(registration, "REQUEST") if seated else None
    return _letter("event-changed", registration, invitation, **context)


def _dates_changed(event: Event, was: list[list[str]]) -> dict[str, Any]:
    """Of an event of several dates those that are new and those that are gone, in order.

    Nothing where all moved alike into another zone, or where there is one date: then the mail sets
    the old time beside the new one.
    """
    live = event.sessions.filter(is_cancelled=False).order_by("starts_at", "pk")
    now = list(live.values_list("starts_at", "ends_at"))
    old = [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in was]
    if max(len(now), len(old)) < 2:
        return {}
    gone = [span for span in old if span not in now]
    new = [span for span in now if span not in old]
    if not gone and not new:
        return {}
    return {
        "has_dates": True,
        "new_dates": new[:MOST_DATES],
        "gone_dates": gone[:MOST_DATES],
        "more_dates": max(len(new), len(gone)) > MOST_DATES,
    }


def _answers(registration: Registration, was: list[list[str]]) -> list[dict[str, Any]]:
    """Links to say yes, maybe or no to each date that is new, or to all where none moved.

    For who reads mail in a program that makes no card of an invitation.
    """
    live = registration.event.sessions.filter(is_cancelled=False).order_by("starts_at", "pk")
    sessions = list(live)
    old = {(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in was}
    moved = [one for one in sessions if (one.starts_at, one.ends_at) not in old]
    return [
        {
            "session": one,
            "accept_url": replies.answer_url(one, registration, "accepted"),
            "maybe_url": replies.answer_url(one, registration, "tentative"),
            "decline_url": replies.answer_url(one, registration, "declined"),
        }
        for one in (moved or sessions)[:MOST_DATES]
    ]


def event_cancelled(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“The event was canceled”, and out of the calendar."""
    registration = _registration(entry)
    if registration.state in Registration.ENDED:
        return None
    seated = registration.state == State.CONFIRMED
    invitation = invitation_for(registration, "CANCEL") if seated else None
    return _letter("event-cancelled", registration, invitation)


def _to_registrant(
    entry: OutboxEntry, template: str, *, while_: str, invites: bool = False
) -> EmailMultiAlternatives | None:
    registration = _registration(entry)
    if registration.state != while_ or registration.event.cancelled_at is not None:
        return None
    invitation = invitation_for(registration, "REQUEST") if invites else None
    return _letter(template, registration, invitation)


def _letter(
    template: str, registration: Registration, invitation: Invitation | None = None, **more: Any
) -> EmailMultiAlternatives:
    event = registration.event
    position = waitlist.position(registration) if registration.state == "waitlisted" else None
    context = {
        "registration": registration,
        "event": event,
        "place": place_of(event),
        "manage_url": links.registration_url(registration),
        "position": position,
        "event_url": calendars.event_url(event),
        **more,
    }
    return letters.compose(
        f"events/email/{template}",
        context,
        to=[(registration.name, registration.email)],
        sender=event.lead,
        invitation=invitation,
    )


def invitation_for(
    registration: Registration, method: Literal["REQUEST", "CANCEL"]
) -> Invitation | None:
    """The event's dates as an invitation for one person; None where no date is left to send."""
    sessions = Session.objects.filter(event=registration.event_id)
    if method == "REQUEST":
        sessions = sessions.filter(is_cancelled=False)
    above = registration.round * ROUND_STEP + (1 if method == "CANCEL" else 0)
    entries = [
        calendars.entry_of(session, sequence=session.sequence + above)
        for session in calendars.with_event(sessions)
    ]
    if not entries:
        return None
    contents = calendar.invitations(
        entries,
        method=method,
        organiser=(registration.event.lead.name, letters.mailbox()),
        attendee=(registration.name, registration.email),
    )
    return Invitation(contents, method)


def _registration(entry: OutboxEntry) -> Registration:
    found = Registration.objects.select_related("event__lead", "person")
    return found.get(pk=_pk(entry))


def _pk(entry: OutboxEntry) -> int:
    return int(entry.subject.split(":")[1])


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def place_of(event: Event) -> str:
    """“Online”, or the venue."""
    if event.format == Event.Format.ONLINE:
        return "Online"
    return event.venue or "The place will be announced"
