"""Writes everything an installation holds into one file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config import archive
from kit.errors import Refused


class Command(BaseCommand):
    help = (
        "Writes database and media files into one .tar.gz, while the site goes on running. "
        "SECRET_KEY is not in it: keep that elsewhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            help="where to; var/backups/lyceum-TIME.tar.gz if not said",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say where it would go")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """Ends with one line: the file, its size, and what is in it."""
        now = timezone.now()
        usual = settings.VAR_DIR / "backups" / f"lyceum-{now:%Y%m%dT%H%M%SZ}.tar.gz"
        target: Path = options["file"] or usual
        if target.exists():
            raise CommandError(f"{target} is there already: choose another name.")
        if dry_run:
            self.stdout.write(f"Would write {target}")
            return
        try:
            manifest = archive.write(target, at=now)
        except (Refused, OSError) as fault:
            raise CommandError(f"No backup was made: {fault}") from fault
        size = target.stat().st_size / 1e6
        self.stdout.write(
            f"{target}: {size:.1f} MB, database ({manifest['database']}) "
            f"and {manifest['media_files']} files"
        )
