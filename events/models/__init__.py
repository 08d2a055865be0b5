"""The tables of this app, by subject."""

from events.models.attendance import Attendance, AttendanceImport, AttendanceSpan
from events.models.embed import EmbedSite
from events.models.enrolment import Enrolment, EnrolmentDate
from events.models.event import Event, EventCredit, EventHost, EventSpeaker
from events.models.feed import (
    FeedFetch,
    FeedShowing,
    FeedState,
    FeedSubscription,
    Redrawing,
    Revision,
    SessionText,
)
from events.models.partner import PartnerCalendar, PartnerEntry
from events.models.poll import Poll, PollAnswer, PollSlot, PollVoice
from events.models.proposal import EventTerms, HostComment, Proposal, ProposalAnswer
from events.models.registration import Registration
from events.models.reply import InvitationReply
from events.models.season import Season, SeasonItem
from events.models.session import Session, SessionBreak, SessionSpeaker
from events.models.speaking import EventMaterial, SpeakerInvitation

__all__ = [
    "Attendance",
    "AttendanceImport",
    "AttendanceSpan",
    "EmbedSite",
    "Enrolment",
    "EnrolmentDate",
    "Event",
    "EventCredit",
    "EventHost",
    "EventMaterial",
    "EventSpeaker",
    "EventTerms",
    "FeedFetch",
    "FeedShowing",
    "FeedState",
    "FeedSubscription",
    "HostComment",
    "InvitationReply",
    "PartnerCalendar",
    "PartnerEntry",
    "Poll",
    "PollAnswer",
    "PollSlot",
    "PollVoice",
    "Proposal",
    "ProposalAnswer",
    "Redrawing",
    "Registration",
    "Revision",
    "Season",
    "SeasonItem",
    "Session",
    "SessionBreak",
    "SessionSpeaker",
    "SessionText",
    "SpeakerInvitation",
]
