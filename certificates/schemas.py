"""JSON of certificates, batches and transcripts."""

from typing import Literal

from pydantic import Field

from certificates.models import Batch
from programmes.schemas import In, Out, Stamp, Text


class RevocationIn(In):
    reason: Text = Field(max_length=5000, description="Shown to everyone who checks it.")


class ReissueIn(In):
    name: Text = Field(max_length=5000, description="The name as it should be printed.")


class VerdictOut(Out):
    registration: str = Field(description="Code of the registration.")
    name: str
    email: str
    alliance: str | None
    earned: bool
    minutes: int
    reason: str
    certificate: str | None = Field(description="Code of the one that stands, if any.")


class PreviewOut(Out):
    items: list[VerdictOut]
    count: int
    earned: int = Field(description="How many of them have earned one.")


class FailureOut(Out):
    code: str
    name: str
    error: str


class BatchOut(Out):
    id: int
    state: Literal[*Batch.State.values]
    total: int
    done: int
    failed: int
    seconds_left: int | None
    failures: list[FailureOut]


class IssuerOut(Out):
    slug: str
    name: str
    legal_name: str
    role: Literal["lead", "co-host"]


class EarnedOut(Out):
    scheme: str
    label: str
    amount: str


class AboutOut(Out):
    slug: str
    title: str
    time_zone: str
    starts_at: Stamp
    ends_at: Stamp


class CertificateOut(Out):
    code: str
    state: Literal["valid", "revoked", "superseded"]
    name: str
    title: str
    event: AboutOut
    issuers: list[IssuerOut]
    issued_at: Stamp
    minutes: int
    credits: list[EarnedOut]
    reason: str = Field("", description="Why it was revoked; only then.")
    superseded_by: str = Field("", description="Code of the one that replaced it; only then.")
    sha256: str | None = Field(description="Of the PDF; null while it is being drawn.")
    url: str = Field(description="Where anyone can check it.")


class YearCreditOut(Out):
    scheme: str
    label: str
    year: int = Field(description="In which the event began, on its own clock.")
    amount: str


class HeldOut(Out):
    code: str
    title: str
    event: AboutOut
    issued_at: Stamp
    year: int
    minutes: int
    credits: list[EarnedOut]


class TranscriptOut(Out):
    name: str
    credits: list[YearCreditOut]
    certificates: list[HeldOut]
