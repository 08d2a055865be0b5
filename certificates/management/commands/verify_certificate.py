"""Checks a certificate by its code or by its file."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certificates.domain import verifying
from certificates.domain.verifying import Finding
from certificates.models import CertificateFile
from kit.ids import group


class Command(BaseCommand):
    help = (
        "Says whether a certificate is valid: by its code, or by its PDF, which must be the very "
        "file that was issued. Exit code 1 where it is not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("certificate", metavar="CODE|FILE.pdf")

    def handle(self, *args: Any, certificate: str, **options: Any) -> None:
        """What the paper says, and whether it holds; exit code 1 where it does not."""
        is_file = certificate.lower().endswith(".pdf") or Path(certificate).is_file()
        finding = _by_file(Path(certificate)) if is_file else verifying.look_up(certificate)
        if finding is None:
            raise CommandError(f"No certificate has the code “{certificate[:60]}”.")
        self._tell(finding)
        if finding.state == "revoked":
            raise CommandError(f"It was revoked: {finding.reason}")
        if finding.state == "superseded":
            raise CommandError(f"It was replaced by {group(finding.superseded_by)}.")

    def _tell(self, finding: Finding) -> None:
        facts = finding.facts
        issuers = ", ".join(issuer["name"] for issuer in facts["issuers"])
        self.stdout.write(f"{finding.state}: {group(finding.code)}")
        self.stdout.write(f"{facts['title']} for {facts['name']}")
        self.stdout.write(f"{facts['event']['title']}, {facts['event']['when']}")
        self.stdout.write(f"{facts['minutes']} minutes; issued by {issuers}")


def _by_file(path: Path) -> Finding | None:
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as fault:
        raise CommandError(f"{path} cannot be read: {fault.strerror}.") from fault
    file = CertificateFile.objects.select_related("certificate").filter(sha256=sha256).first()
    if file is None:
        raise CommandError(f"{path.name} is not a file we issued, or it was changed since.")
    return verifying.look_up(file.certificate.code)
