"""Puts a backup back."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import archive
from kit.errors import Refused


class Command(BaseCommand):
    help = (
        "Replaces database and media files by those of a backup. Stop the web server and the "
        "workers first. Refuses where there is data, unless --force is said."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that `manage.py backup` wrote")
        parser.add_argument("--force", action="store_true", help="replace the data that is there")
        parser.add_argument("--dry-run", action="store_true", help="only look whether it would fit")

    def handle(self, *args: Any, file: Path, force: bool, dry_run: bool, **options: Any) -> None:
        """Ends with one line: when the backup was made and how many files came with it."""
        try:
            manifest = (
                archive.check(file, force=force) if dry_run else archive.restore(file, force=force)
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        verb = "Would restore" if dry_run else "Restored"
        self.stdout.write(
            f"{verb} the backup of {manifest['made_at']} with {manifest['media_files']} files"
        )
