"""Writes the calendar feed of the network, or of a part of it, into a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from events.domain import feeds
from kit.errors import Refused


class Command(BaseCommand):
    help = "Writes events as an iCalendar file: the very bytes of the feed with the same choice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--alliance", action="append", default=[], metavar="SLUG")
        parser.add_argument("--topic", action="append", default=[], metavar="SLUG")
        parser.add_argument("--format", action="append", default=[], metavar="FORMAT")
        parser.add_argument("--program", metavar="SLUG", help="only its events")
        parser.add_argument("--event", metavar="SLUG", help="only this one")
        parser.add_argument("--past", action="store_true", help="all that is over, too")
        parser.add_argument("--hide-canceled", action="store_true")
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="standard output if not said"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """The calendar goes to the file or to standard output, the count to standard error."""
        if options["program"] and options["event"]:
            raise CommandError("Choose --program or --event, not both.")
        try:
            selection = feeds.select(*_scope(options), _query(options))
            body = feeds.build(selection, at=timezone.now()).body
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if options["output"]:
            _write(options["output"], body)
        elif hasattr(self.stdout, "buffer"):
            self.stdout.buffer.write(body)
        else:
            self.stdout.write(body.decode(), ending="")
        self.stderr.write(f"{body.count(b'BEGIN:VEVENT')} entries, {len(body)} bytes")


def _scope(options: dict[str, Any]) -> tuple[str, str]:
    if options["program"]:
        return "programs", options["program"]
    if options["event"]:
        return "events", options["event"]
    return "all", ""


def _query(options: dict[str, Any]) -> dict[str, list[str]]:
    query = {name: options[name] for name in ("alliance", "topic", "format") if options[name]}
    if options["past"]:
        query["past"] = ["all"]
    if options["hide_canceled"]:
        query["cancelled"] = ["hide"]
    return query


def _write(path: Path, body: bytes) -> None:
    try:
        path.write_bytes(body)
    except OSError as fault:
        raise CommandError(f"{path} cannot be written: {fault.strerror}.") from fault
