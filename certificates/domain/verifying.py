"""What a certificate's code tells anyone: what the paper says, and whether it holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certificates.models import Certificate
from kit.ids import clean


@dataclass(frozen=True)
class Finding:
    """``state`` is valid, revoked or superseded; ``facts`` are those printed on the paper."""

    state: str
    code: str
    facts: dict[str, Any]
    issued_at: datetime
    revoked_at: datetime | None
    reason: str
    superseded_by: str
    superseded_at: datetime | None
    sha256: str


def look_up(code: str) -> Finding | None:
    """The certificate a typed code means, or None. One query; none where the check symbol is off.

    One that is still being drawn cannot be found yet: nobody can hold it.
    """
    cleaned = clean(code)
    if cleaned is None:
        return None
    found = (
        Certificate.objects.select_related("file", "superseded_by")
        .filter(code=cleaned, file__isnull=False)
        .first()
    )
    return None if found is None else _finding(found)


def _finding(found: Certificate) -> Finding:
    newer = getattr(found, "superseded_by", None)
    state = "revoked" if found.revoked_at else "superseded" if found.superseded_at else "valid"
    return Finding(
        state=state,
        code=found.code,
        facts=found.facts,
        issued_at=found.issued_at,
        revoked_at=found.revoked_at,
        reason=found.revoke_reason,
        superseded_by=newer.code if newer else "",
        superseded_at=found.superseded_at,
        sha256=found.file.sha256,
    )
