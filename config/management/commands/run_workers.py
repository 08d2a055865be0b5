"""The background workers, watched: what `make run` and a production supervisor start."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.services import die_with_parent
from config.workers import AlreadyRunning, Cluster, Limits, watch


class Command(BaseCommand):
    """Runs the workers until SIGTERM or SIGINT."""

    help = (
        "Runs the background workers and replaces them when they stop beating. "
        "SIGTERM or Ctrl-C stops them after the tasks in hand."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The limits, in seconds, and where to note the process numbers."""
        usual = Limits()
        parser.add_argument(
            "--silence",
            type=float,
            default=usual.silence,
            metavar="SECONDS",
            help="without a beat until the workers are replaced (%(default)s)",
        )
        parser.add_argument(
            "--canary",
            type=float,
            default=usual.canary,
            metavar="SECONDS",
            help="between two test tasks (%(default)s)",
        )
        parser.add_argument(
            "--stop",
            type=float,
            default=usual.stop,
            metavar="SECONDS",
            help="for the tasks in hand when stopping (%(default)s)",
        )
        parser.add_argument(
            "--pidfile",
            type=Path,
            default=settings.VAR_DIR / "workers.json",
            help="where the process numbers are noted (var/workers.json)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Blocks until a signal; one sentence where the workers already run."""
        stopping = threading.Event()

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            stopping.set()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        if os.environ.get("SUPERVISOR_ENABLED"):
            die_with_parent(signal.SIGTERM)()
        limits = Limits(options["silence"], options["canary"], options["stop"])
        try:
            watch(Cluster(options["pidfile"]), limits, stopping)
        except AlreadyRunning as refusal:
            raise CommandError(str(refusal)) from refusal
