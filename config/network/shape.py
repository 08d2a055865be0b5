"""What a network file looks like. Each fault is told with its list, index and field."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError

from events.models import Event
from kit.walltime import is_zone
from programmes.models import Organisation

WALL_TIME = "%Y-%m-%dT%H:%M"
MOST_FAULTS = 20
CAPTIONS = Literal["live", "edited", "none", "on request", ""]


class BrokenFile(Exception):
    """The file cannot be imported; ``faults`` has a sentence for each thing that is wrong."""

    def __init__(self, faults: list[str]) -> None:
        shown = faults[:MOST_FAULTS]
        if more := len(faults) - len(shown):
            shown.append(f"… and {more} more.")
        super().__init__("\n".join(shown))
        self.faults = faults


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError(f"“{name}” is not a time zone; write one such as America/Denver")
    return name


def _wall_time(text: str) -> str:
    try:
        spelt = f"{datetime.strptime(text, WALL_TIME):{WALL_TIME}}"
    except ValueError:
        spelt = ""
    if spelt != text:
        raise ValueError(f"“{text}” is not a wall time such as 2027-01-13T11:00")
    return text


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Zone = Annotated[str, AfterValidator(_zone)]
WallTime = Annotated[str, AfterValidator(_wall_time)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
OrganisationKind = Literal[tuple(Organisation.Kind.values)]  # type: ignore[valid-type]
Format = Literal[tuple(Event.Format.values)]  # type: ignore[valid-type]
Visibility = Literal[tuple(Event.Visibility.values)]  # type: ignore[valid-type]


class Colours(BaseModel):
    """An alliance's accent and the ink on it, on light and on dark paper."""

    light: Colour
    ink_light: Colour
    dark: Colour
    ink_dark: Colour


class Signatory(BaseModel):
    name: str
    title: str = ""


class AllianceEntry(BaseModel):
    slug: Slug
    name: Name
    short_name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    region: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    city: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    states: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]] = []
    zone: Zone
    domain: str = ""
    legal_name: str = ""
    legal_form: str = ""
    description: str = ""
    code: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]{1,11})?$")] = ""
    mark: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""
    dot: tuple[int, int] | None = None
    colours: Colours | None = None
    signatory: Signatory | None = None


class OrganisationEntry(BaseModel):
    slug: Slug
    name: Name
    kind: OrganisationKind
    subkind: str = ""
    city: str = ""
    state: str = ""
    domain: str = ""
    alliances: list[Slug] = Field(min_length=1)
    invented: bool = False


class TopicEntry(BaseModel):
    slug: Slug
    name: Name
    description: str = ""


class SpeakerEntry(BaseModel):
    slug: Slug
    name: Name
    title: str = ""
    organisation: str | None = None
    email: str = ""
    zone: Zone | Literal[""] = ""


class ProgrammeEntry(BaseModel):
    slug: Slug
    name: Name
    kind: str
    lead: Slug
    hosts: list[Slug] = []
    topics: list[Slug] = []
    description: str = ""
    completion: dict[str, Any] | None = None
    award: dict[str, Any] | None = None
    sets: dict[str, list[Slug]] = {}


class BreakEntry(BaseModel):
    start_local: WallTime
    end_local: WallTime


class CreditEntry(BaseModel):
    scheme: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    amount: Annotated[str, StringConstraints(pattern=r"^\d{1,4}(\.\d{1,2})?$")]
    minutes_per_unit: Annotated[int, Field(gt=0, le=480)] | None = None


class OverrideEntry(BaseModel):
    """One date of a series that differs from the rule."""

    recurrence_id_local: WallTime
    start_local: WallTime | None = None
    end_local: WallTime | None = None
    title: str = ""
    reason: str = ""


class RecurrenceEntry(BaseModel):
    rrule: str
    exdates_local: list[WallTime] = []
    overrides: list[OverrideEntry] = []


class EventEntry(BaseModel):
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]
    title: Name
    kind: str = Event.Kind.OTHER
    format: Format = Event.Format.ONLINE
    programme: Slug | None = None
    lead_host: Slug
    co_hosts: list[Slug] = []
    zone: Zone
    start_local: WallTime
    end_local: WallTime
    start_utc: str = ""
    end_utc: str = ""
    breaks: list[BreakEntry] = []
    platform: str = ""
    venue: str = ""
    join_url: str = ""
    capacity: Annotated[int, Field(gt=0)] | None = None
    waitlist: bool = True
    registration_closes_minutes_before: Annotated[int, Field(ge=0)] = 0
    visibility: Visibility = Event.Visibility.PUBLIC
    topics: list[Slug] = []
    speakers: list[Slug] = []
    captions: CAPTIONS = "live"
    recording: bool = False
    credits: list[CreditEntry] = []
    status: Literal["scheduled", "cancelled", "rescheduled", "completed"] = "scheduled"
    reason: str = ""
    rescheduled_from_local: WallTime | None = None
    recurrence: RecurrenceEntry | None = None
    summary: Annotated[str, StringConstraints(max_length=500)] = ""
    description: str = ""


class NetworkFile(BaseModel):
    """The whole file. Each list may be missing: then what the tables hold is used."""

    alliances: list[AllianceEntry] = []
    topics: list[TopicEntry] = []
    organisations: list[OrganisationEntry] = []
    speakers: list[SpeakerEntry] = []
    programmes: list[ProgrammeEntry] = []
    events: list[EventEntry] = []


def read(raw: str | bytes, *, known: dict[str, set[str]]) -> NetworkFile:
    """The file's content, checked.

    ``known`` has, for each list, the slugs the tables hold already, so that a file with events
    alone may speak of them. Raises BrokenFile with a sentence for each fault.
    """
    try:
        content = json.loads(raw)
    except ValueError as fault:
        raise BrokenFile([f"This is not JSON: {fault}."]) from fault
    try:
        network = NetworkFile.model_validate(content)
    except ValidationError as fault:
        raise BrokenFile([_sentence(error, content) for error in fault.errors()]) from fault
    faults = [*_repeated(network), *_unknown(network, known), *_wrong_times(network)]
    if faults:
        raise BrokenFile(faults)
    return network


def _sentence(error: Any, content: Any) -> str:
    place, here = "", content
    for step in error["loc"]:
        place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else str(step)
        here = here[step] if isinstance(here, (dict, list)) and _has(here, step) else None
        if isinstance(here, dict) and "slug" in here:
            place += f" ({here['slug']})"
    said = error["msg"].removeprefix("Value error, ")
    return f"{place or 'The file'}: {said}."


def _has(holder: dict[Any, Any] | list[Any], step: Any) -> bool:
    if isinstance(holder, list):
        return isinstance(step, int) and step < len(holder)
    return step in holder


def _repeated(network: NetworkFile) -> Iterator[str]:
    for name in NetworkFile.model_fields:
        seen: dict[str, int] = {}
        for index, entry in enumerate(getattr(network, name)):
            if entry.slug in seen:
                first = f"{name}[{seen[entry.slug]}]"
                yield f"{name}[{index}].slug: “{entry.slug}” stands in {first} too."
            seen.setdefault(entry.slug, index)


REFERENCES = (
    ("organisations", "alliances", "alliances"),
    ("speakers", "organisation", "organisations"),
    ("programmes", "lead", "alliances"),
    ("programmes", "hosts", "alliances"),
    ("programmes", "topics", "topics"),
    ("events", "lead_host", "alliances"),
    ("events", "co_hosts", "alliances"),
    ("events", "programme", "programmes"),
    ("events", "topics", "topics"),
    ("events", "speakers", "speakers"),
)


def _unknown(network: NetworkFile, known: dict[str, set[str]]) -> Iterator[str]:
    there = {
        name: {entry.slug for entry in getattr(network, name)} | known.get(name, set())
        for name in NetworkFile.model_fields
    }
    for name, field, target in REFERENCES:
        for index, entry in enumerate(getattr(network, name)):
            value = getattr(entry, field)
            wanted = value if isinstance(value, list) else [value] if value else []
            for slug in wanted:
                if slug not in there[target]:
                    yield f"{name}[{index}].{field} ({entry.slug}): no “{slug}” in {target}."


def _wrong_times(network: NetworkFile) -> Iterator[str]:
    """The UTC fields are there to check conversions: a file that contradicts itself is refused."""
    for index, entry in enumerate(network.events):
        for field in ("start", "end"):
            told = getattr(entry, f"{field}_utc")
            local = getattr(entry, f"{field}_local")
            if told and _utc(told) != _instant(local, entry.zone):
                yield (
                    f"events[{index}].{field}_utc ({entry.slug}): {local} in {entry.zone} "
                    f"is not {told}."
                )
        if entry.status == "cancelled" and not entry.reason:
            yield f"events[{index}].reason ({entry.slug}): say why it was canceled."


def _instant(local: str, zone: str) -> datetime:
    wall = datetime.strptime(local, WALL_TIME)
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _utc(text: str) -> datetime | None:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else None
