"""All the credit one person holds: added up by scheme and year from certificates that stand."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from certificates.models import Certificate
from programmes.models import Person


@dataclass(frozen=True)
class Earned:
    """The credit of one scheme in one year."""

    scheme: str
    label: str
    year: int
    amount: Decimal


@dataclass(frozen=True)
class Transcript:
    """``certificates`` newest first, each with the year its event began in."""

    credits: list[Earned]
    certificates: list[tuple[int, Certificate]]


def of(person: Person) -> Transcript:
    """The transcript of a person, from the facts frozen in their valid certificates. One query."""
    held = Certificate.objects.standing().filter(person=person, file__isnull=False)
    dated = [(year_of(c.facts), c) for c in held.order_by("-issued_at", "-pk")]
    return Transcript(credits=added_up((year, c.facts) for year, c in dated), certificates=dated)


def year_of(facts: dict[str, Any]) -> int:
    """The year the event began in, on its own clock: New Year's Eve may be another year in UTC."""
    starts_at = datetime.fromisoformat(facts["event"]["starts_at"])
    return starts_at.astimezone(ZoneInfo(facts["event"]["time_zone"])).year


def added_up(dated: Iterable[tuple[int, dict[str, Any]]]) -> list[Earned]:
    """The credits of ``(year, facts)`` added up exactly, newest year first, then by scheme."""
    sums: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    labels: dict[str, str] = {}
    for year, facts in dated:
        for credit in facts["credits"]:
            labels.setdefault(credit["scheme"], credit["label"])
            sums[year, credit["scheme"]] += Decimal(credit["amount"])
    return [
        Earned(scheme=scheme, label=labels[scheme], year=year, amount=amount)
        for (year, scheme), amount in sorted(sums.items(), key=lambda row: (-row[0][0], row[0][1]))
    ]
