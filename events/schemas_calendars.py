"""JSON of calendars that alliances keep elsewhere."""

from typing import Literal

from pydantic import Field

from events.models import PartnerCalendar, PartnerEntry
from programmes.schemas import In, Out, Page, Slug, Stamp, Text

Purpose = Literal[*PartnerCalendar.Purpose.values]
State = Literal[*PartnerCalendar.State.values]
EntryStatus = Literal[*[value.lower() for value in PartnerEntry.Status.values]]


class PartnerCalendarIn(In):
    alliance: Slug
    url: Text = Field(max_length=2000, description="Its ICS address: https or webcal.")
    name: Text = Field(max_length=200)
    purpose: Purpose = Field(
        "busy", description="`busy` only counts its time; `listed` also shows its events to all."
    )
    shows_titles: bool = Field(
        False, description="Organisers of other alliances see titles, not just that time is taken."
    )


class PartnerCalendarPatch(In):
    """What is left out stays as it is."""

    name: Text | None = Field(None, max_length=200)
    purpose: Purpose | None = None
    shows_titles: bool | None = None
    state: State | None = None


class PartnerCalendarOut(Out):
    id: int
    alliance: str
    name: str
    host: str = Field(description="Where it is kept; the whole address may be a secret.")
    url: str | None = Field(description="For those who may change it, else null.")
    purpose: Purpose
    shows_titles: bool
    state: State
    is_being_read: bool
    tried_at: Stamp | None
    read_at: Stamp | None = Field(description="The last reading that went well.")
    next_try_at: Stamp
    entry_count: int
    error: str = Field(description="Why the last try failed, or blank.")
    notes: list[str] = Field(description="What was left out of it, and why.")


class PartnerEntryFilter(Page):
    alliance: list[Slug] = Field([], description="Slug of the alliance whose calendar it is.")
    from_: Text = Field("", alias="from", max_length=40, description="Not over at this time.")
    to: Text = Field("", max_length=40, description="Starts before this time.")


class PartnerEntryOut(Out):
    uid: str
    alliance: str
    calendar: str
    title: str
    starts_at: Stamp
    ends_at: Stamp
    starts_on: str | None = Field(description="First day of an entry of whole days.")
    ends_on: str | None = Field(description="The day after its last.")
    time_zone: str
    location: str
    url: str
    status: EntryStatus
