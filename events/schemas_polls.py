"""JSON of polls."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from programmes.schemas import In, Out, Slug, Stamp, Text, Zone

State = Literal["open", "closed", "chosen"]


class AskedIn(In):
    """Somebody to ask."""

    name: Annotated[Text, Field(max_length=300)] = ""
    email: Annotated[Text, Field(max_length=320)]


class PollIn(In):
    """A poll of `alliance`; `ask_alliances` asks their organisers, `asked` anybody else."""

    alliance: Slug
    event: Slug | None = None
    title: Annotated[Text, Field(max_length=200)]
    note: Annotated[Text, Field(max_length=1000)] = ""
    minutes: Annotated[int, Field(ge=1, le=100_000)]
    time_zone: Zone
    starts_at: Annotated[list[AwareDatetime], Field(max_length=200)]
    closes_at: AwareDatetime | None = None
    ask_alliances: list[Slug] = []
    asked: Annotated[list[AskedIn], Field(max_length=200)] = []
    open_link: bool = False


class ChoiceIn(In):
    starts_at: AwareDatetime


class TimeOut(Out):
    """One time, with the names of who answered."""

    starts_at: Stamp
    yes: list[str]
    if_needed: list[str]
    no: list[str]


class PollOut(Out):
    """A poll; `times` come the best first."""

    id: str
    alliance: str
    event: str | None
    title: str
    note: str
    minutes: int
    time_zone: str
    state: State
    closes_at: Stamp | None
    chosen_at: Stamp | None
    asked: int
    answered: int
    open_url: str | None
    times: list[TimeOut]
