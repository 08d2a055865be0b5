"""Writes the table of periodic tasks into the database, where django-q2 reads it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from config import schedules


class Command(BaseCommand):
    help = "Brings the periodic tasks in step with config/schedules.py. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """One line where something changed, nothing where all is in step."""
        changes = schedules.sync(at=timezone.now(), dry_run=dry_run)
        verb = "would change" if dry_run else "changed"
        if changes or options["verbosity"] > 1:
            self.stdout.write(f"Schedules: {len(changes)} {verb} ({'; '.join(changes) or 'none'})")
