"""JSON of the API that all apps share, and that of alliances, members, topics and programmes."""

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Item = TypeVar("Item")


def storable(text: str) -> str:
    """Text a database can hold: no NUL, no half of a surrogate pair."""
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("This text has characters that cannot be stored.")
    return text


Text = Annotated[str, AfterValidator(storable)]
Slug = Annotated[str, Field(max_length=120, pattern=r"^[-a-zA-Z0-9_]+$")]
Stamp = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, description="RFC 3339, UTC, with Z.")
]
Zone = Annotated[str, Field(description="IANA name, such as America/Denver.")]


class In(BaseModel):
    """What is sent: a field we do not know is an error, so that a slip is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What is answered: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel):
    """Which part of a list is wanted."""

    limit: int = Field(100, ge=1, le=500, description="How many items, at most 500.")
    offset: int = Field(0, ge=0, le=10_000_000, description="How many items to pass over.")


class Listing(Out, Generic[Item]):
    items: list[Item]
    count: int = Field(description="How many there are in all, on every page.")


class Fault(Out):
    loc: list[str | int] = Field(description="The way to the field: names and, in lists, numbers.")
    msg: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it. Refusals may carry facts of their own beside these fields."""

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence for the person: what was wrong, what to do.")
    code: str = Field(description="A stable word for programs.")
    errors: list[Fault] | None = Field(None, description="Wrong input, fault by fault.")


class AllianceOut(Out):
    slug: str
    name: str
    short_name: str
    mark: str = Field(description="Two letters shown beside the name.")
    region: str
    city: str
    states: list[str]
    zone: Zone
    domain: str
    description: str
    url: str
    feed_url: str


class OrganisationOut(Out):
    slug: str
    name: str
    kind: str = Field(description="local_government, company, university or other.")
    subkind: str
    city: str
    state: str
    domain: str
    alliances: list[str]


class TopicOut(Out):
    slug: str
    name: str
    description: str
    feed_url: str


class SpeakerOut(Out):
    slug: str
    name: str
    title: str
    organisation: str | None
