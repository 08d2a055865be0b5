"""The tables of this app, by subject."""

from programmes.models.access import ApiKey, IdempotentAnswer
from programmes.models.alliances import Alliance, Organisation, Role, Topic
from programmes.models.audit import AuditEntry
from programmes.models.office import AllianceDayOff, AllianceHours, ConflictLevel, Licence
from programmes.models.outbox import Heartbeat, OutboxEntry
from programmes.models.people import Address, Person
from programmes.models.programmes import Programme, ProgrammeRecord
from programmes.models.speakers import FormerSpeaker, Speaker
from programmes.models.team import RoleInvitation

__all__ = [
    "Address",
    "Alliance",
    "AllianceDayOff",
    "AllianceHours",
    "ApiKey",
    "AuditEntry",
    "ConflictLevel",
    "FormerSpeaker",
    "Heartbeat",
    "IdempotentAnswer",
    "Licence",
    "Organisation",
    "OutboxEntry",
    "Person",
    "Programme",
    "ProgrammeRecord",
    "Role",
    "RoleInvitation",
    "Speaker",
    "Topic",
]
