"""JSON of finding a time: what is asked, the slots, and what clashes."""

from typing import Annotated, Literal

from pydantic import Field

from programmes.models import ConflictLevel
from programmes.schemas import In, Out, Page, Slug, Stamp, Text

ConflictKind = Literal[*ConflictLevel.Kind.values]
Words = Annotated[Text, Field(max_length=1000)]
Clock = Annotated[Text, Field(max_length=8)]


class SlotFilter(Page):
    """What is looked for. Days and times of day are those of ``zone``."""

    alliances: list[Words] = Field(
        ..., description="Slugs of who is to take part, with commas between or repeated."
    )
    minutes: int = Field(60, description="How long it lasts, 10 to 720.")
    from_: Text = Field(
        ..., alias="from", max_length=40, description="The first day, such as 2027-01-11."
    )
    to: Text = Field(..., max_length=40, description="The last day, at most 92 days in all.")
    topic: list[Words] = Field(
        [], description="Topics, so that the same one in the same week counts."
    )
    speaker: list[Words] = Field([], description="Slugs of speakers who must be free.")
    step: int = Field(30, description="Minutes between starts: 15, 30 or 60.")
    zone: Text = Field(
        "", max_length=64, description="IANA name; the first alliance's, if not said."
    )
    earliest: Clock = Field("", description="No start before this time of day, such as 09:00.")
    latest: Clock = Field("", description="No end after this time of day, such as 17:30.")
    weekday: list[Words] = Field(
        [], description="mon, tue, wed, thu, fri, sat, sun; every day if not said."
    )
    venue: Text = Field("", max_length=300, description="Where it is, for rooms that are taken.")
    event: Text = Field(
        "", max_length=120, description="Slug of the event that looks for a time: it is no clash."
    )
    strict: bool = Field(False, description="Only times inside everybody's office hours.")


class ConflictFilter(In):
    event: Slug = Field(description="Slug of the event.")


class ConflictOut(Out):
    kind: ConflictKind
    level: Literal["block", "warn"]
    sentence: str
    event: str | None = Field(description="Slug of the other event, where you may know of it.")


class SlotOut(Out):
    starts_at: Stamp
    ends_at: Stamp
    local: dict[str, str] = Field(description="By IANA zone, the wall time of the start there.")
    score: int = Field(ge=0, le=100, description="100: suits everybody and touches nothing.")
    reasons: list[str] = Field(description="What made the score, in sentences.")
    conflicts: list[ConflictOut]
