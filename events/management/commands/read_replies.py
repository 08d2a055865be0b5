"""Reads answers to invitations out of mail files: ``read_replies FILE|DIR|-``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from events.domain import replies, reply_folder
from events.domain.reply_mail import NotAMail


class Command(BaseCommand):
    help = (
        "Reads answers to invitations out of a mail file, every file of a folder, or - for "
        "standard input, which is what a mail server's pipe wants. Files stay where they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", help="a file, a folder, or -")
        parser.add_argument("--dry-run", action="store_true", help="say it, note nothing")

    def handle(self, *, path: str, dry_run: bool, **options: Any) -> None:
        unread = 0
        for name, raw in self._mails(path):
            try:
                with transaction.atomic():
                    outcomes = replies.take_in(raw, at=timezone.now())
                    transaction.set_rollback(dry_run)
            except NotAMail as no:
                unread += 1
                self.stdout.write(f"{name}: {no}")
                continue
            said = " ".join(outcome.sentence for outcome in outcomes)
            self.stdout.write(f"{name}: {said or 'It holds no answer to an invitation.'}")
        if unread:
            raise CommandError(f"{unread} could not be read as a mail.")

    def _mails(self, path: str) -> Iterator[tuple[str, bytes]]:
        if path == "-":
            yield "standard input", sys.stdin.buffer.read()
            return
        try:
            place = Path(path)
            for file in reply_folder.mails_in(place) if place.is_dir() else [place]:
                yield file.name, file.read_bytes()
        except OSError as fault:
            raise CommandError(f"{path} cannot be read: {fault.strerror}.") from None
