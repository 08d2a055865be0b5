"""JSON of the dates of an event: changed alone or together, repeated, moved to another zone."""

from typing import Annotated, Literal

from pydantic import Field

from events.domain.dates import LONGEST
from programmes.schemas import In, Out, Slug, Stamp, Text

Wall = Annotated[
    Text, Field(max_length=16, description="Wall time in the event's zone: 2027-01-13T11:00.")
]
Uid = Annotated[Text, Field(max_length=300, description="UID of a session, as it was answered.")]
Version = Annotated[
    int | None,
    Field(ge=0, le=2**31, description="The version you saw: 409 `stale-edit` where it is older."),
]
Fold = Annotated[
    Literal[0, 1] | None,
    Field(description="Of a wall time that happens twice, the first (0) or the second (1)."),
]


class DateChangeIn(In):
    """What is to be different about a date, and about which others. What is not sent stays."""

    scope: Text = Field("one", max_length=20, description="one, following or all.")
    overwrite: bool = Field(False, description="Also change dates that were changed by hand.")
    starts_local: Wall | None = None
    minutes: int | None = Field(None, ge=1, le=LONGEST)
    title: Text | None = Field(None, max_length=1000)
    room: Text | None = Field(None, max_length=1000)
    join_url: Text | None = Field(None, max_length=2000, description="Never answered.")
    speakers: list[Slug] | None = Field(None, max_length=60)
    is_cancelled: bool | None = None
    fold: Fold = None
    version: Version = None


class RecurrenceIn(In):
    """How an event is to repeat, from the date `from` on."""

    rule: Text = Field(
        max_length=500, description="RRULE that ends, or blank: it does not repeat any more."
    )
    from_: Uid | None = Field(None, alias="from")
    first_local: Wall | None = Field(None, description="First date, where that is another one.")
    gaps: Literal["refuse", "leave-out", "later"] = Field(
        "refuse", description="What becomes of a date at a time that clocks skip."
    )
    fold: Fold = None
    overwrite: bool = Field(False, description="Also put dates changed by hand back to the rule.")
    preview: bool = Field(False, description="Answer the dates without saving them.")
    version: Version = None


class LeftOutIn(In):
    starts_local: Wall = Field(description="A date of the rule that was left out.")
    fold: Fold = None
    version: Version = None


class ZoneIn(In):
    """Another time zone, and what stays: the wall time or the moment."""

    time_zone: Text = Field(max_length=64, description="IANA name, such as America/Chicago.")
    keep: Text = Field(max_length=20, description="wall or instant.")
    folds: dict[Text, Literal[0, 1]] = Field(
        {}, max_length=200, description="By UID, which of two equal times is meant."
    )
    preview: bool = Field(False, description="Answer before and after without saving.")
    version: Version = None


class CopyIn(In):
    """What to copy of an event. All of it, on the same days, where nothing is said."""

    first_on: Text | None = Field(None, max_length=10, description="Day of the first session.")
    sessions: list[Uid] | None = Field(None, max_length=200)
    title: Text = Field("", max_length=1000)
    fold: Fold = None


class RuleOut(Out):
    rule: str
    first_local: str
    text: str = Field(description="The rule in words.")


class DatePlanOut(Out):
    """One date as it would be."""

    uid: str | None = Field(description="null: it would be new.")
    starts_local: str
    ends_local: str
    starts_at: Stamp
    ends_at: Stamp
    recurrence_local: str
    is_cancelled: bool
    notes: list[str] = Field(description="For whom the hour changes, because clocks do.")


class RepeatedOut(Out):
    recurrence: list[RuleOut]
    dates: list[DatePlanOut]
    left_out: list[str] = Field(description="Starts of the rule that clocks skip.")
    taken_out: list[str] = Field(description="UIDs of dates the rule does not give any more.")
    kept: list[str] = Field(description="UIDs of dates that keep what was changed by hand.")


class StepOut(Out):
    uid: str
    before_local: str
    after_local: str
    before_at: Stamp
    after_at: Stamp | None = Field(description="null where the wall time is none, or two.")
    problem: str
    options: list[dict[str, str | int]]


class ZoneMoveOut(Out):
    time_zone: str
    drops_rule: bool = Field(description="No rule gives these moments: each date for itself.")
    steps: list[StepOut]
