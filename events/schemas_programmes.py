"""JSON of programmes: what they consist of, who is enrolled, how far people are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from events.models import Enrolment
from events.schemas import LeftOpen
from programmes.models import Programme
from programmes.schemas import In, Out, Page, Slug, Stamp, Text

Kind = Literal[*Programme.Kind.values]
Sharing = Literal[*Programme.Sharing.values]
State = Literal[*Enrolment.State.values]
RULES = "The completion rules as data; their form is in docs/programs.md."


class ProgrammeOut(Out):
    slug: str
    name: str
    kind: Kind
    lead: str
    hosts: list[str]
    topics: list[str]
    description: str
    events: list[str] = Field(description="Slugs of its announced events, in its order.")
    rules: list[str] = Field(description="The completion rules in words, a sentence each.")
    completion: dict[str, Any] = Field(description=RULES)
    sets: dict[str, list[str]] = Field(description="Named sets of events that the rules speak of.")
    award: dict[str, Any]
    sharing: Sharing = Field(description="What the other hosts see of who is enrolled.")
    takes_enrolments: bool
    version: int
    url: str
    feed_url: str


class ProgrammeChangesIn(In):
    """What may be changed of a programme. What is not sent stays."""

    name: Text = Field("", max_length=10_000)
    kind: Kind = "series"
    description: Text = Field("", max_length=100_000)
    topics: list[Slug] = Field([], max_length=24)
    hosts: list[Slug] = Field([], max_length=60, description="The other hosts, by slug.")
    completion: dict[str, Any] = Field({}, description=RULES)
    sets: dict[str, Any] = Field({}, description="Named sets of events that the rules speak of.")
    award: dict[str, Any] = Field({}, description="`title` of the certificate and its `credits`.")
    sharing: Sharing = "own"
    takes_enrolments: bool = True
    version: int | None = Field(
        None, ge=0, le=2**31, description="The version you saw: 409 `stale-edit` where it is older."
    )


class ProgrammeIn(ProgrammeChangesIn):
    """A new programme. `lead` may be left out by who organises for one alliance alone."""

    name: Text = Field(max_length=10_000)
    slug: Slug | None = None
    lead: Slug | None = None
    events: list[Slug] = Field(
        [], max_length=200, description="Events you lead, in their order; rules may name them."
    )


class EnrolmentIn(In):
    """What somebody fills in to enrol."""

    name: Text = Field(max_length=5000)
    email: Text = Field(max_length=5000)
    organisation: Text = Field("", max_length=5000)
    alliance: Slug | None = Field(None, description="The alliance they belong to, if they know.")
    access_needs: Text = Field("", max_length=20_000)


class EnrolmentOut(Out):
    state: Literal["enrolled"]
    dates: int = Field(description="How many dates of the programme take people now.")


class PartOut(Out):
    text: str = Field(description="The rule in words.")
    done: int
    of: int
    is_met: bool
    missing: list[str] = Field(description="What is still missing, a sentence each.")


class StandingOut(Out):
    event: str
    counts: bool
    text: str


class ProgressFields(Out):
    has_rule: bool = Field(description="Whether there is anything to complete.")
    is_complete: bool
    percent: int
    parts: list[PartOut]
    events: list[StandingOut]
    counted_from: Stamp | None
    counted_until: Stamp | None


class ProgressOut(ProgressFields):
    code: str
    name: str
    email: str
    organisation: str
    alliance: str | None
    state: State
    joined_at: Stamp


class ProgressFilter(Page):
    state: Annotated[list[State], LeftOpen] = Field([])


class TotalsOut(Out):
    """What every host may know, whatever the data rule."""

    enrolled: int
    left: int
    completed: int
    by_alliance: dict[str, int] = Field(description="Enrolled people by slug of their alliance.")


class MyProgrammeOut(ProgressFields):
    programme: str
    name: str
    state: State | None = Field(description="null for who attended without enrolling.")
    dates: list["MyDateOut"]


class MyDateOut(Out):
    event: str
    state: Literal["registered", "waitlisted", "pending", "skipped", "refused", "open"]
    reason: str = Field(description="Why it was refused, in words.")


class DateIn(In):
    decision: Literal["skip", "take"]


class RecordIn(In):
    kind: Text = Field(max_length=40, description="assignment, evaluation, approval, substitution.")
    name: Text = Field(max_length=400, description="Name of the work, or slug of the event.")
    note: Text = Field("", max_length=5000)
    minutes: int | None = Field(None, ge=0, le=60_000)
    alliance: Slug = Field(description="The host in whose name it is noted.")


class RecordOut(Out):
    id: int
    kind: str
    name: str
    note: str
    minutes: int | None
    alliance: str
    at: Stamp
    withdrawn_at: Stamp | None
