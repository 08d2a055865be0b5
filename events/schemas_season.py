"""JSON of seasons."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from events.models import Season
from events.schemas import Kind
from programmes.schemas import In, Out, Slug, Stamp, Text, Zone

State = Literal[*Season.State.values]


class SeasonItemIn(In):
    """One event to place. With `any_host_leads` off, the first of the hosts leads."""

    title: Annotated[Text, Field(max_length=200)]
    minutes: Annotated[int, Field(ge=1, le=10_000)] = 60
    hosts: Annotated[list[Slug], Field(max_length=50)]
    first_day: date
    last_day: date
    kind: Kind = "webinar"
    any_host_leads: bool = True
    topics: list[Slug] = []
    speakers: list[Slug] = []


class SeasonIn(In):
    alliance: Slug
    title: Annotated[Text, Field(max_length=200)]
    time_zone: Zone
    first_day: date
    last_day: date
    events: Annotated[list[SeasonItemIn], Field(max_length=60)] = []


class ItemsIn(In):
    events: Annotated[list[SeasonItemIn], Field(max_length=60)]


class PinIn(In):
    pinned: bool


class SeasonItemOut(Out):
    """One event; `reasons` say what its time costs whom."""

    id: str
    title: str
    minutes: int
    hosts: list[str]
    first_day: date
    last_day: date
    kind: str
    topics: list[str]
    starts_at: Stamp | None
    lead: str | None
    cost: int
    reasons: list[str]
    pinned: bool
    event: str | None = Field(description="The draft made of it.")


class SeasonOut(Out):
    """`reasons` say why there is no plan, `bill` what the plan costs by what for."""

    id: str
    alliance: str
    title: str
    time_zone: str
    first_day: date
    last_day: date
    state: State
    reasons: list[str]
    bill: dict[str, Any]
    events: list[SeasonItemOut]
