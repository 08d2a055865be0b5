"""The tables of this app, by subject."""

from events.models.attendance import Attendance, AttendanceImport, AttendanceSpan
from events.models.event import Event, EventCredit, EventHost, EventSpeaker
from events.models.feed import FeedState, Revision
from events.models.registration import Registration
from events.models.session import Session, SessionBreak

__all__ = [
    "Attendance",
    "AttendanceImport",
    "AttendanceSpan",
    "Event",
    "EventCredit",
    "EventHost",
    "EventSpeaker",
    "FeedState",
    "Registration",
    "Revision",
    "Session",
    "SessionBreak",
]
