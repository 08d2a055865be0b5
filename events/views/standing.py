"""Where a registration stands, in words: before, during and after the event."""

from datetime import datetime

from events.domain import waitlist
from events.models import Registration
from programmes.templatetags.clocks import ordinal

State = Registration.State

AFTER_ASKING = {
    State.PENDING: ("waiting", "The organizers look at your request"),
    State.DECLINED: ("off", "The organizers could not give you a seat"),
}


def standing(mine: Registration, at: datetime) -> dict[str, str]:
    """``kind`` of status, ``text`` for the heading and, where there is more to say, a ``note``."""
    if mine.state == State.CANCELLED:
        return {"kind": "off", "text": "This registration was canceled"}
    if mine.event.cancelled_at:
        return {"kind": "problem", "text": "This event was canceled"}
    if mine.state in AFTER_ASKING:
        kind, text = AFTER_ASKING[State(mine.state)]
        return {"kind": kind, "text": text}
    if mine.state == State.WAITLISTED:
        return _waiting(mine, at)
    if mine.event.ends_at is None or at < mine.event.ends_at:
        return {"kind": "ok", "text": "You are registered"}
    return _attended(mine)


def _waiting(mine: Registration, at: datetime) -> dict[str, str]:
    if mine.event.ends_at is not None and at >= mine.event.ends_at:
        return {"kind": "off", "text": "No seat came free before the event"}
    place = ordinal(waitlist.position(mine) or 0)
    note = "When a seat is given back it goes to the next in line, and we write to you at once."
    return {"kind": "waiting", "text": f"You are {place} in line", "note": note}


def _attended(mine: Registration) -> dict[str, str]:
    """After the event: the minutes that were counted, once they are settled."""
    if mine.presence == Registration.Presence.UNSETTLED:
        note = "The organizers count attendance now. What comes of it stands here."
        return {"kind": "info", "text": "This event is over", "note": note}
    if mine.presence == Registration.Presence.ABSENT:
        note = "If you were there, write to the organizers: they can put it right."
        return {"kind": "off", "text": "No attendance was recorded", "note": note}
    minutes = (mine.attended_seconds or 0) // 60
    said = f"You attended {minutes:,} minute{'' if minutes == 1 else 's'}"
    if mine.presence == Registration.Presence.MET:
        return {"kind": "ok", "text": said}
    note = "That is less than the certificate asks for. If it is wrong, write to the organizers."
    return {"kind": "waiting", "text": said, "note": note}
