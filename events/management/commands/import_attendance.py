"""Takes an attendance report into the ledger."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from events.domain import attendance
from events.models import AttendanceImport, Event
from kit.errors import Refused


class Command(BaseCommand):
    help = (
        "Reads a meeting platform's attendance report for an event and applies it. Who is only "
        "proposed by name counts for nobody until an organizer says so on the event's page. Safe "
        "to repeat: the same file is taken once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event", help="the event's slug; `list_events` has them")
        parser.add_argument("file", type=Path, help="the report, as the platform wrote it")
        parser.add_argument("--zone", default="", help="of its times; the event's if not said")
        parser.add_argument(
            "--review", action="store_true", help="only read it; apply it on the event's page"
        )
        parser.add_argument("--dry-run", action="store_true", help="read it and keep nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """A line for each problem of the file; the last line counts people and matches."""
        event = Event.objects.filter(slug=options["event"]).first()
        if event is None:
            raise CommandError(f"No event “{options['event']}”; see `manage.py list_events`.")
        try:
            with transaction.atomic():
                batch = self._take(event, file, options)
                transaction.set_rollback(dry_run)
        except OSError as fault:
            raise CommandError(f"{file} cannot be read: {fault.strerror}.") from fault
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self._tell(batch, dry_run=dry_run)

    def _take(self, event: Event, file: Path, options: dict[str, Any]) -> AttendanceImport:
        now = timezone.now()
        batch = attendance.upload(
            event,
            raw=file.read_bytes(),
            filename=file.name,
            zone=options["zone"],
            by=None,
            at=now,
        )
        return batch if options["review"] else attendance.apply(batch, by=None, at=now)

    def _tell(self, batch: AttendanceImport, *, dry_run: bool) -> None:
        for problem in batch.problems:
            row = f"row {problem['row']}: " if problem["row"] else ""
            self.stderr.write(f"{row}{problem['message']}")
        matches = [person["match"] for person in batch.people]
        counts = ", ".join(
            f"{matches.count(kind)} {word}"
            for kind, word in (("exact", "matched"), ("proposed", "proposed"), ("none", "unknown"))
        )
        verb = "Would take in" if dry_run else batch.get_state_display()
        self.stdout.write(
            f"{verb}: {batch.layout}, {batch.row_count} rows, {len(matches)} people: {counts}"
        )
