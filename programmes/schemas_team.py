"""JSON of teams, and of what waits for somebody."""

from typing import Literal

from pydantic import Field

from programmes.models import Role
from programmes.schemas import In, Out, Stamp, Text

Kind = Literal[*Role.Kind.values]  # type: ignore[valid-type]


class RoleIn(In):
    role: Kind


class InvitationIn(In):
    email: Text = Field(max_length=600)
    role: Kind


class InvitationOut(Out):
    id: int
    email: str
    role: Kind
    expires_at: Stamp = Field(description="Until when the link in the mail works.")


class MemberOut(Out):
    id: int
    name: str
    email: str | None = Field(description="For administrators of the alliance; else null.")
    role: Kind
    since: Stamp


class NeedOut(Out):
    kind: str = Field(description="waiting, problem or info.")
    word: str = Field(description="What is wanted, in one word.")
    text: str
    url: str = Field(description="The page on which to do it, from the root of the site.")
    note: str
