"""Loads a real network from a file of the demo's shape."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from config.network import events, lists, shape
from kit.errors import Refused


class Command(BaseCommand):
    help = (
        "Imports alliances, organisations, topics, speakers, programmes and events from a JSON "
        "file shaped like config/demo/data/network.json. Safe to repeat: what differs is changed, "
        "events that are there stay as their hosts have them, and nothing is deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the network file")
        parser.add_argument(
            "--dry-run", action="store_true", help="check it all, say what would change"
        )

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """All of the file or nothing; ends with one line of counts."""
        tally = lists.Tally()
        try:
            network = shape.read(file.read_bytes(), known=lists.known_slugs())
            with transaction.atomic():
                lists.store(network, tally)
                events.store(network, tally, at=timezone.now())
                transaction.set_rollback(dry_run)
        except OSError as fault:
            raise CommandError(f"{file} cannot be read: {fault.strerror}.") from fault
        except shape.BrokenFile as broken:
            raise CommandError(f"{file} was not imported.\n{broken}") from broken
        except Refused as refused:
            raise CommandError(f"{file} was not imported.\n{refused}") from refused
        self.stdout.write(f"{'Would import' if dry_run else 'Imported'} {file.name}: {tally}")
