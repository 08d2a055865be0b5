"""JSON of what hosts agree on, how they answer, and what they say to each other."""

from typing import Literal

from pydantic import Field

from events.models import HostComment, ProposalAnswer
from programmes.schemas import In, Out, Slug, Stamp, Text


class DifferenceOut(Out):
    """One agreed field that differs, in words."""

    field: Literal["title", "time", "place", "capacity", "sharing"]
    word: str
    was: str
    now: str


class AnswerOut(Out):
    alliance: str
    state: Literal[*ProposalAnswer.State.values]
    answered_at: Stamp | None
    note: str


class ProposalOut(Out):
    """A change of what the hosts agreed on; it is public once all of them have said yes."""

    changes: list[DifferenceOut]
    agreed: str = Field(description="Fingerprint of what is asked, to send back with an answer.")
    made_at: Stamp
    answers: list[AnswerOut]
    problem: str = Field(description="Why it is not public although all agreed, if that is so.")


class CommentIn(In):
    text: Text = Field(max_length=10_000)


class CommentOut(Out):
    alliance: str | None = Field(description="In whose name; null for an operator.")
    by: str
    kind: Literal[*HostComment.Kind.values]
    text: str
    made_at: Stamp


class HappeningOut(Out):
    """One entry of an event's history."""

    at: Stamp
    action: str
    alliance: str | None
    by: str | None
    hosts: list[str] = Field(description="Slugs of the alliances it was about.")
    changed: list[str]
    differences: list[DifferenceOut]
    note: str


class LeadIn(In):
    alliance: Slug = Field(description="A co-host that has accepted.")


class LeadAnswerIn(In):
    decision: Literal["accept", "decline"]
