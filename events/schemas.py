"""JSON of events and registrations."""

import math
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from events.domain.dates import LONGEST
from events.models import AttendanceImport, Event, EventHost, Registration
from events.schemas_dates import RuleOut
from events.schemas_treaty import ProposalOut
from programmes.schemas import In, Out, Page, Slug, Stamp, Text, Zone, storable

Kind = Literal[*Event.Kind.values]
Format = Literal[*Event.Format.values]
Status = Literal[*Event.Status.values]
Visibility = Literal[*Event.Visibility.values]
Sharing = Literal[*Event.Sharing.values]
Silence = Literal[*Event.Silence.values]
WallTime = Annotated[
    Text, Field(max_length=16, description="Wall time in the event's zone: 2027-01-13T11:00.")
]
Amount = Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)]
Derived = Annotated[Any, Field(json_schema_extra={"readOnly": True})]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


def _slug_of(host: Any) -> Any:
    """Hosts may be sent back as they are answered: ``{"alliance": slug, …}``."""
    return host.get("alliance") if isinstance(host, dict) else host


def _answer(value: Any) -> Any:
    """One check instead of a union of types, so that one fault is one error."""
    if isinstance(value, str):
        return storable(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError("Write text, a number, true or false.")


Answer = Annotated[
    Any,
    AfterValidator(_answer),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
HostSlug = Annotated[Slug, BeforeValidator(_slug_of)]


def _without_blanks(values: Any) -> Any:
    """``?topic=`` is a filter left open, as a form would send it."""
    return [value for value in values if value != ""] if isinstance(values, list) else values


LeftOpen = BeforeValidator(_without_blanks)
Slugs = Annotated[list[Slug], LeftOpen]


class EventFilter(Page):
    """Each filter may be repeated for several values, any of which will do."""

    alliance: Slugs = Field([], description="Slug of an alliance that hosts.")
    programme: Slugs = Field([], description="Slug of a programme.")
    topic: Slugs = Field([], description="Slug of a topic.")
    format: Annotated[list[Format], LeftOpen] = Field([])
    status: Annotated[list[Status], LeftOpen] = Field([])
    from_: Text = Field(
        "",
        alias="from",
        max_length=40,
        description="Ends after this time (RFC 3339), or on or after this day on its own clock.",
    )
    to: Text = Field(
        "",
        max_length=40,
        description="Starts before this time (RFC 3339), or on or before this day.",
    )
    q: Text = Field("", max_length=200, description="Words in title, summary or venue.")


class BreakIn(In):
    starts_local: WallTime
    ends_local: WallTime


class SessionIn(In):
    """A session as planned. What is derived may be sent back as it was answered; it is not read."""

    title: Text = Field("", max_length=200)
    starts_local: WallTime = Field("", description="Left out of one that follows another.")
    ends_local: WallTime = Field("", description="Or `minutes`.")
    minutes: int | None = Field(None, ge=1, le=LONGEST, description="Length, in place of an end.")
    breaks: list[BreakIn] = Field([], max_length=50)
    starts_fold: Literal[0, 1] | None = Field(
        None, description="Which one of a wall time that happens twice: 0 the first, 1 the second."
    )
    ends_fold: Literal[0, 1] | None = None
    is_cancelled: bool = Field(False, description="Called off, this date alone.")
    room: Text = Field("", max_length=1000)
    join_url: Text = Field("", max_length=2000, description="Its own address. Never answered.")
    speakers: list[Slug] = Field([], max_length=60, description="In order.")
    follows: bool = Field(False, description="It starts when the session before it is over.")
    gap_minutes: int = Field(0, ge=0, le=24 * 60, description="How long after that.")
    uid: Text | None = Field(
        None, max_length=300, description="Which session it is. Then what is not sent stays."
    )
    recurrence_local: Derived = None
    changed_by_hand: Derived = None
    starts_at: Derived = None
    ends_at: Derived = None
    sequence: Derived = None


class CreditIn(In):
    scheme: Slug = Field(max_length=40)
    amount: Amount
    minutes_per_unit: int | None = Field(None, ge=1, le=1000)


class ChangesIn(In):
    """What may be changed of an event. What is not sent stays."""

    title: Text = Field("", max_length=1000)
    slug: Slug | None = None
    summary: Text = Field("", max_length=5000)
    description: Text = Field("", max_length=100_000, description="Markdown.")
    kind: Kind = "webinar"
    format: Format = "online"
    visibility: Visibility = "public"
    programme: Slug | None = None
    topics: list[Slug] = Field([], max_length=24)
    speakers: list[Slug] = Field([], max_length=60)
    hosts: list[HostSlug] = Field(
        [], max_length=20, description="Alliances to ask as co-hosts. Hosts already stay."
    )
    time_zone: Text = Field("", max_length=64, description="IANA name, such as America/Chicago.")
    sessions: list[SessionIn] = Field([], max_length=200)
    venue: Text = Field("", max_length=1000)
    platform: Text = Field("", max_length=200)
    join_url: Text = Field("", max_length=2000, description="Never answered: registrants get it.")
    capacity: int | None = Field(None, ge=1, le=1_000_000, description="null: no limit.")
    waitlist: bool = Field(True, description="Whether it keeps a waitlist once it is full.")
    closes_minutes_before: Count = 0
    sharing: Sharing = Field("own", description="What co-hosts may see of registrants.")
    captions: Literal["live", "edited", "none", ""] = "live"
    is_recorded: bool = False
    attendance_percent: int = Field(80, ge=0, le=100)
    silence: Silence = Field(
        "wait",
        description="A co-host has not answered in time: wait for it, count a yes, go without.",
    )
    answer_days: int = Field(7, ge=0, le=1000, description="Days each co-host has to answer.")
    credits: list[CreditIn] = Field([], max_length=20)
    version: int | None = Field(
        None, ge=0, le=2**31, description="The version you saw: 409 `stale-edit` where it is older."
    )


class PlanIn(ChangesIn):
    """A new event. `lead` may be left out by who organises for one alliance alone."""

    title: Text = Field(max_length=1000)
    time_zone: Text = Field(max_length=64, description="IANA name, such as America/Chicago.")
    sessions: list[SessionIn] = Field(max_length=200)
    lead: Slug | None = None


class DecisionIn(In):
    decision: Text = Field(max_length=40, description="accept, decline or withdraw.")
    note: Text = Field("", max_length=2000)
    version: int | None = Field(
        None,
        ge=0,
        le=2**31,
        description="The version you saw: 409 `outdated-approval` where something else is asked.",
    )
    agreed: Text = Field(
        "", max_length=64, description="The same by the fingerprint in `proposal.agreed`."
    )


class ReasonIn(In):
    reason: Text = Field(max_length=5000)


class PlaceIn(In):
    """What somebody fills in to register."""

    name: Text = Field(max_length=5000)
    email: Text = Field(max_length=5000)
    organisation: Text = Field("", max_length=5000)
    alliance: Slug | None = Field(None, description="The alliance they belong to, if they know.")
    access_needs: Text = Field("", max_length=20_000)
    answers: dict[Text, Answer] = Field({}, max_length=60)


class HostOut(Out):
    alliance: str
    role: Literal[*EventHost.Role.values]
    state: Literal[*EventHost.State.values]


class BreakOut(Out):
    starts_local: str
    ends_local: str


class SessionOut(Out):
    uid: str = Field(description="Its UID in every calendar.")
    title: str
    starts_local: str
    ends_local: str
    starts_at: Stamp
    ends_at: Stamp
    breaks: list[BreakOut]
    room: str
    speakers: list[str]
    follows: bool
    gap_minutes: int
    recurrence_local: str = Field(description="The start the rule of a series gave, or blank.")
    changed_by_hand: list[str] = Field(
        description="What a date of a series has for itself: length, title, place, speakers."
    )
    sequence: int
    is_cancelled: bool


class CreditOut(Out):
    scheme: str
    amount: str = Field(description="A decimal number, such as 1.25.")


class RegistrationWindow(Out):
    state: Literal["not-open", "open", "full", "waitlist", "closed"]
    closes_at: Stamp | None


class EventOut(Out):
    slug: str
    title: str
    summary: str
    description: str = Field(description="Markdown.")
    kind: Kind
    format: Format
    status: Status
    visibility: Visibility
    lead: str
    hosts: list[HostOut]
    programme: str | None
    topics: list[str]
    speakers: list[str]
    time_zone: Zone
    starts_at: Stamp | None
    ends_at: Stamp | None
    recurrence: list[RuleOut]
    sessions: list[SessionOut]
    capacity: int | None = Field(description="null: no limit.")
    seats_free: int | None = Field(description="null: no limit.")
    waitlist: bool = Field(description="Whether it keeps a waitlist once it is full.")
    registration: RegistrationWindow
    venue: str
    captions: str
    credits: list[CreditOut]
    url: str
    feed_url: str
    version: int
    cancel_reason: str
    changed_at: Stamp
    proposal: ProposalOut | None = Field(
        description="A change that waits for the co-hosts. Shown to hosts only."
    )


class PlaceOut(Out):
    state: Literal["confirmed", "waitlisted", "pending"]
    position: int | None = Field(description="Place on the waitlist, 1 for next in line.")


class RegistrationOut(Out):
    code: str
    name: str
    email: str
    organisation: str
    alliance: str | None
    state: Literal[*Registration.State.values]
    position: int | None
    joined_at: Stamp
    answer: Literal["accepted", "tentative", "declined", "mixed"] | None = Field(
        description="What their calendar answered to the invitation; it takes no seat away."
    )


class RegistrationFilter(Page):
    state: Annotated[list[Literal[*Registration.State.values]], LeftOpen] = Field([])


class ImportMade(Out):
    id: int


class ReportedOut(Out):
    """One person of a report."""

    key: str
    name: str
    email: str
    present_seconds: int
    in_session_seconds: int | None = Field(
        description="Inside the sessions, without breaks; null where the report cannot say."
    )
    registration: str = Field("", description="Code of the registration they belong to, if any.")
    match: Literal["exact", "proposed", "none"]


class ReportProblemOut(Out):
    message: str
    row: int | None
    line: int | None


class ImportOut(Out):
    id: int
    state: Literal[*AttendanceImport.State.values]
    layout: str
    rows: int
    people: list[ReportedOut]
    problems: list[ReportProblemOut]


class SettlementIn(In):
    early: bool = False
