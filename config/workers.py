"""Keeps one django-q2 cluster alive: watches that it beats, and replaces it when it does not.

A cluster one of whose idle workers was killed hangs for ever while its own status says “Working”
(the dead worker holds the queue's lock), and a cluster whose main process was killed leaves orphans
behind. So it runs in a process group of its own, which is killed as a whole.
"""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django_q.models import OrmQ
from django_q.tasks import async_task

from config.services import die_with_parent
from programmes.outbox import last_beat, ring

CANARY = "programmes.tasks.beat"
LOOK_SECONDS = 1
KILL_SECONDS = 3
LONGEST_PAUSE = 30
log = logging.getLogger("lyceum.workers")


class AlreadyRunning(Exception):
    """Another run_workers with the same pidfile is alive."""


@dataclass(frozen=True)
class Limits:
    """Seconds: without a beat until the cluster is replaced, between canaries, to stop in order."""

    silence: float = 30
    canary: float = 10
    stop: float = 25


def _words(pid: int) -> str:
    """The command line of a process; blank where it is gone or not ours to see."""
    with contextlib.suppress(psutil.Error):
        return " ".join(psutil.Process(pid).cmdline())
    return ""


def _members(group: int) -> list[int]:
    """The processes of a process group that are a cluster's."""
    members = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError):
            if os.getpgid(pid) == group and "qcluster" in _words(pid):
                members.append(pid)
    return members


class Cluster:
    """One ``manage.py qcluster`` with all its processes, and the file that says which they are."""

    def __init__(self, pidfile: Path) -> None:
        self.pidfile = pidfile
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def clear_left_over(self) -> None:
        """Kill what a runner that was itself killed left behind. Raises AlreadyRunning."""
        try:
            note = json.loads(self.pidfile.read_text())
            runner, group = int(note["runner"]), int(note["group"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        if runner != os.getpid() and "run_workers" in _words(runner):
            raise AlreadyRunning(f"The workers already run: process {runner}.")
        if _members(group):
            log.warning("Ending the workers that an earlier run left behind.")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def start(self) -> None:
        """Start the cluster in a new process group; it ends when this process does."""
        self.process = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        self.started = time.monotonic()
        self.pidfile.parent.mkdir(parents=True, exist_ok=True)
        self.pidfile.write_text(json.dumps({"runner": os.getpid(), "group": self.process.pid}))

    def is_alive(self) -> bool:
        """Whether its main process is there; says nothing about whether it works."""
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float) -> None:
        """Let running tasks finish for up to ``seconds``, then end what is left."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()
        self.pidfile.unlink(missing_ok=True)

    def kill(self) -> None:
        """End every process of the group: SIGTERM, then SIGKILL after a moment."""
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            last = time.monotonic() + KILL_SECONDS
            while (self.is_alive() or _members(self.process.pid)) and time.monotonic() < last:
                time.sleep(0.05)
        self.process.wait()


class Pulse:
    """How long the workers have been silent. Compares beats with each other, never two clocks."""

    def __init__(self, canary: float) -> None:
        self.canary = canary
        self.beat: datetime | None = None
        self.heard = self.rung = 0.0

    def reset(self) -> None:
        """A new cluster: its time begins now, and canaries of the old one are forgotten."""
        self.heard, self.rung = time.monotonic(), 0.0
        with contextlib.suppress(DatabaseError):
            OrmQ.objects.filter(pk__in=[row.pk for row in _canaries()]).delete()
            ring()

    def silence(self) -> float:
        """Seconds since the last new beat; 0 while the database cannot be asked."""
        try:
            close_old_connections()
            beat = last_beat()
            self._ring_canary()
        except DatabaseError as fault:
            log.warning("The database does not answer: %s", fault)
            self.heard = time.monotonic()
            return 0.0
        if beat != self.beat:
            self.beat, self.heard = beat, time.monotonic()
        return time.monotonic() - self.heard

    def _ring_canary(self) -> None:
        if time.monotonic() - self.rung >= self.canary:
            self.rung = time.monotonic()
            if not _canaries():
                async_task(CANARY)


def _canaries() -> list[OrmQ]:
    return [row for row in OrmQ.objects.all()[:200] if row.func() == CANARY]


def watch(cluster: Cluster, limits: Limits, stopping: threading.Event) -> None:
    """Keep ``cluster`` working until ``stopping`` is set, then stop it in order.

    Raises AlreadyRunning where another runner holds the pidfile.
    """
    cluster.clear_left_over()
    pulse = Pulse(limits.canary)
    pulse.reset()
    cluster.start()
    quick_deaths = 0
    while not stopping.wait(LOOK_SECONDS):
        silent = pulse.silence()
        if cluster.is_alive() and silent <= limits.silence:
            continue
        if cluster.is_alive():
            log.error("No beat for %.0f seconds: replacing the workers.", silent)
        else:
            log.error("The workers ended on their own: starting them again.")
        lived = time.monotonic() - cluster.started
        quick_deaths = quick_deaths + 1 if lived < limits.silence else 0
        cluster.kill()
        if stopping.wait(min(2**quick_deaths - 1, LONGEST_PAUSE)):
            break
        pulse.reset()
        cluster.start()
    cluster.stop(limits.stop)
