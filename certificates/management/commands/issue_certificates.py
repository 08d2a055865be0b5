"""Issues the certificates of an event."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from certificates.domain import batches, issuing
from certificates.domain.refusals import NothingToIssue
from certificates.models import Batch
from events.models import Event
from kit.errors import Refused
from programmes.domain import delivery


class Command(BaseCommand):
    help = (
        "Issues the certificates an event has earned, once its attendance is settled, and mails "
        "their holders. Safe to repeat: nobody gets two. Works with and without running workers."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event", help="the event's slug; `list_events` has them")
        parser.add_argument(
            "--no-wait", action="store_true", help="leave the drawing to the workers"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say who would get one")

    def handle(self, *args: Any, dry_run: bool, no_wait: bool, **options: Any) -> None:
        """Ends with one line of counts; exit code 1 where a certificate could not be drawn."""
        event = Event.objects.filter(slug=options["event"]).first()
        if event is None:
            raise CommandError(f"No event “{options['event']}”; see `manage.py list_events`.")
        if dry_run:
            self._say_who(event)
            return
        try:
            batch = batches.request(event, by=None, at=timezone.now())
        except NothingToIssue as nothing:
            self.stdout.write(f"{event.title}: 0 issued. {nothing}")
            return
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if no_wait:
            self.stdout.write(f"{event.title}: batch {batch.pk} waits for the workers")
            return
        self._work(event, batch)

    def _say_who(self, event: Event) -> None:
        verdicts = issuing.preview(event)
        for verdict in verdicts:
            mark = "has one" if verdict.certificate else "earned" if verdict.earned else "not"
            self.stdout.write(f"{mark}\t{verdict.registration.name}\t{verdict.reason}")
        new = sum(v.is_due for v in verdicts)
        self.stdout.write(f"{event.title}: {new} would be issued, {len(verdicts) - new} not")

    def _work(self, event: Event, batch: Batch) -> None:
        while not (progress := batches.progress(batch)).is_finished:
            if not delivery.drain(seconds=5, linger=0):
                time.sleep(0.2)  # the rest is in the hands of a worker, or waits to be tried again
        self.stdout.write(f"{event.title}: {progress.done} issued, {progress.failed} failed")
        for failure in progress.failures:
            self.stderr.write(f"{failure.name}: {failure.error}")
        if progress.failed:
            raise CommandError("Some certificates could not be drawn; their batch can be retried.")
