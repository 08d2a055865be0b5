"""The time an event was scheduled for: its sessions without breaks and cancelled ones."""

from events.domain import minutes
from events.domain.minutes import Span
from events.models import Event, Session


def windows(session: Session) -> list[Span]:
    """The parts of a session that count: from start to end, breaks left out."""
    pauses = [Span(b.starts_at, b.ends_at) for b in session.breaks.all()]
    return minutes.windows(Span(session.starts_at, session.ends_at), pauses)


def seconds_of(event: Event) -> int:
    """How many seconds of an event count, all sessions together. Two queries."""
    held = event.sessions.filter(is_cancelled=False).prefetch_related("breaks")
    return sum(minutes.seconds(windows(session)) for session in held)
