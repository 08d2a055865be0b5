"""Carries out the outbox without django-q2: for emergencies, cron, development and tests."""

import logging
import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string

from config import schedules
from programmes.domain import delivery
from programmes.models import OutboxEntry

log = logging.getLogger("lyceum.outbox")

WAITING = {"programmes.tasks.sweep", "programmes.tasks.beat"}
"""What draining does anyway."""


class Command(BaseCommand):
    help = (
        "Sends the waiting mails and draws the waiting certificates in this process. With "
        "--forever it goes on until it is stopped and does what the clock asks for, too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forever", action="store_true", help="until SIGTERM or Ctrl-C")
        parser.add_argument("--dry-run", action="store_true", help="only say what is waiting")

    def handle(self, *args: Any, forever: bool, dry_run: bool, **options: Any) -> None:
        """Ends with one line: how many were done, how many failed for good."""
        if dry_run:
            waiting = OutboxEntry.objects.open().filter(due_at__lte=timezone.now()).count()
            self.stdout.write(f"Outbox: {waiting} waiting")
            return
        done = self._forever() if forever else self._once()
        failed = OutboxEntry.objects.filter(state=OutboxEntry.State.DEAD).count()
        self.stdout.write(f"Outbox: {done} done, {failed} failed")

    def _once(self) -> int:
        """Until nothing is due. What failed comes due again later, so this ends."""
        done = delivery.drain(linger=0)
        while delivery.is_waiting():
            done += delivery.drain(linger=0)
        return done

    def _forever(self) -> int:
        stopping = threading.Event()

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            stopping.set()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        clock, done = schedules.Clock(at=timezone.now()), 0
        while not stopping.is_set():
            close_old_connections()
            done += delivery.drain(seconds=5, linger=0)
            for function in clock.due(at=timezone.now()):
                self._run(function)
            stopping.wait(0.5)
        return done

    def _run(self, function: str) -> None:
        if function in WAITING:
            return
        try:
            import_string(function)()
        except Exception:  # one task of several: the others go on
            log.exception("%s failed", function)
