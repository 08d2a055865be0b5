"""Looks an installation over."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import diagnosis


class Command(BaseCommand):
    help = (
        "Looks at database, workers, mail, fonts, keys, clock and disk; a sentence each. "
        "Ends with exit code 1 where something is wrong."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each look, then how many need attention."""
        bad = 0
        for finding in diagnosis.examine():
            bad += not finding.is_well
            mark = self.style.SUCCESS("well ") if finding.is_well else self.style.ERROR("WRONG")
            self.stdout.write(f"{mark}  {finding.about}: {finding.sentence}")
        if bad:
            raise CommandError(f"{bad} of {len(diagnosis.LOOKS)} need attention.")
