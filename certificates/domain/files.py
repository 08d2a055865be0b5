"""The PDF of a certificate: drawn from its facts, kept under its own hash."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from certificates.domain import drawing
from certificates.models import Certificate, CertificateFile
from programmes import outbox
from programmes.models import OutboxEntry


@dataclass(frozen=True)
class Drawn:
    path: str
    sha256: str
    size: int


def draw(entry: OutboxEntry) -> Drawn:
    """Outbox effect `certificates/draw`, before: draw and store. Drawing twice stores one file."""
    certificate = _certificate(entry)
    content = drawing.draw(certificate.facts)
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"certificates/{sha256[:2]}/{sha256}.pdf"
    _store(settings.MEDIA_ROOT / path, content)
    return Drawn(path, sha256, len(content))


def keep(entry: OutboxEntry, drawn: Drawn) -> None:
    """Outbox effect `certificates/draw`: the row that says the file exists, and the mail."""
    certificate = _certificate(entry)
    CertificateFile.objects.get_or_create(
        certificate=certificate,
        defaults={
            "path": drawn.path,
            "sha256": drawn.sha256,
            "size": drawn.size,
            "drawn_at": timezone.now(),
        },
    )
    outbox.put("certificates/issued", certificate, key=certificate.code, group=entry.group)


def _certificate(entry: OutboxEntry) -> Certificate:
    return Certificate.objects.get(pk=entry.subject.split(":")[1])


def _store(target: Path, content: bytes) -> None:
    """Write so that the file is there whole or not at all, whatever happens to the machine."""
    if target.exists() and target.stat().st_size == len(content):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
