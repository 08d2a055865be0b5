"""JSON of speakers, what they were asked, and materials."""

from typing import Annotated, Literal

from pydantic import Field

from programmes.schemas import In, Out, Slug, Stamp, Text

Answer = Literal["accepted", "tentative", "declined", "waiting", "not-asked", "no-address"]


class SpeakerProfile(Out):
    """A speaker. Biography, photo and page are there once the person agreed to be shown; `email`,
    `zone`, `is_shown` and `is_claimed` are for organisers alone, null for others."""

    slug: str
    name: str
    title: str
    organisation: str | None
    bio: str
    photo_url: str | None
    photo_alt: str
    url: str | None
    email: str | None
    zone: str | None
    is_shown: bool | None
    is_claimed: bool | None


class SpeakerEdit(In):
    """What is to change; what is left out stays. `organisation` is a slug, null for none."""

    name: Annotated[Text, Field(max_length=300)] | None = None
    title: Annotated[Text, Field(max_length=300)] | None = None
    organisation: Slug | None = None
    email: Annotated[Text, Field(max_length=600)] | None = None
    zone: Annotated[Text, Field(max_length=64)] | None = None
    bio: Annotated[Text, Field(max_length=6000)] | None = None
    photo_alt: Annotated[Text, Field(max_length=300)] | None = None
    is_shown: bool | None = None


class InvitationsIn(In):
    """`speakers` are slugs; null is everybody. `remind` writes once more to who has not answered,
    instead of asking who was not asked."""

    speakers: Annotated[list[Slug], Field(max_length=200)] | None = None
    remind: bool = False


class PartOut(Out):
    """One speaker at one date: what they were asked and what they said."""

    speaker: str
    name: str
    session: str
    starts_at: Stamp
    ends_at: Stamp
    state: Answer
    asked_at: Stamp | None
    reminded_at: Stamp | None
    answered_at: Stamp | None
    comment: str


class PartsOut(Out):
    """All who speak at an event, by date. `mailed` counts the people written to just now."""

    items: list[PartOut]
    count: int
    mailed: int


class MaterialOut(Out):
    """Slides, a handout, a link or a recording. `state` other than published is for hosts alone."""

    id: str
    kind: Literal["slides", "handout", "link", "recording"]
    title: str
    session: str | None
    url: str
    filename: str
    content_type: str
    size: int
    captions_confirmed: bool
    captions_url: str | None
    state: Literal["published", "waiting"]
    published_at: Stamp | None
