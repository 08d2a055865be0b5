"""The watched workers, as real processes: what is killed comes back, what is stopped is gone."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        os.environ.get("DATABASE_URL", "").startswith("postgres"),
        reason="the same processes were watched on SQLite",
    ),
]

SILENCE = 5
PATIENCE = 40


class Runner:
    """`manage.py run_workers` on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.database, self.pidfile = folder / "db.sqlite3", folder / "workers.json"
        self.environment = {
            **os.environ,
            "TESTING": "on",
            "DATABASE_URL": f"sqlite:///{self.database}",
        }
        self.log = folder / "log"
        self.running: subprocess.Popen[bytes] | None = None

    def manage(self, *words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *map(str, words)]
        return subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self) -> None:
        limits = ["--silence", SILENCE, "--canary", 1, "--stop", 10, "--pidfile", self.pidfile]
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "manage.py", "run_workers", *map(str, limits)],
                cwd=settings.BASE_DIR,
                env={**self.environment, "SUPERVISOR_ENABLED": "1"},
                stdout=log,
                stderr=log,
            )

    def group(self) -> int:
        return int(json.loads(self.pidfile.read_text())["group"]) if self.pidfile.exists() else 0

    def members(self, group: int) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if os.getpgid(process.pid) == group and process.status() != "zombie":
                    found.append(process)
            except (OSError, psutil.Error):
                continue
        return found

    def beat(self) -> str | None:
        with sqlite3.connect(self.database) as line:
            row = line.execute("SELECT at FROM programmes_heartbeat").fetchone()
        return row[0] if row else None

    def wait_for_new_beat(self) -> None:
        seen = self.beat()
        wait_until(lambda: self.beat() != seen)


def wait_until(holds: Callable[[], object]) -> None:
    last = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < last, "waited in vain"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runner = Runner(tmp_path_factory.mktemp("migrated"))
    done = runner.manage("migrate", "--verbosity", 0)
    assert done.returncode == 0, done.stderr
    return runner.database


@pytest.fixture
def runner(tmp_path: Path, migrated: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path)
    shutil.copyfile(migrated, runner.database)
    runner.start()
    try:
        wait_until(runner.beat)
        yield runner
    finally:
        assert runner.running is not None
        runner.running.terminate()
        runner.running.wait(timeout=30)
        for process in runner.members(runner.group()):
            process.kill()


def test_a_cluster_that_hangs_because_its_idle_workers_were_killed_is_replaced(
    runner: Runner,
) -> None:
    hung = runner.group()
    idle = [p for p in runner.members(hung) if " ".join(p.cmdline()).rstrip().endswith("idle")]
    assert len(idle) == 2
    for worker in idle:
        worker.kill()

    wait_until(lambda: runner.group() != hung)

    runner.wait_for_new_beat()
    assert runner.members(hung) == []


def test_a_cluster_whose_main_process_was_killed_leaves_no_orphans_and_comes_back(
    runner: Runner,
) -> None:
    old = runner.group()
    os.kill(old, signal.SIGKILL)

    wait_until(lambda: runner.group() != old)

    runner.wait_for_new_beat()
    assert runner.members(old) == []


def test_sigterm_ends_every_process_and_takes_the_pidfile_away(runner: Runner) -> None:
    group = runner.group()
    assert runner.running is not None
    runner.running.terminate()

    assert runner.running.wait(timeout=20) == 0

    assert runner.members(group) == []
    assert not runner.pidfile.exists()


def test_a_killed_runner_leaves_nothing_that_the_next_one_does_not_clear(runner: Runner) -> None:
    old = runner.group()
    frozen = runner.members(old)
    for process in frozen:
        process.suspend()  # so that they cannot end on their own
    assert runner.running is not None
    runner.running.kill()
    runner.running.wait()
    assert runner.members(old) != []

    runner.start()

    wait_until(lambda: runner.group() != old)
    runner.wait_for_new_beat()
    assert runner.members(old) == []


def test_a_second_runner_in_the_same_place_is_refused_with_a_sentence(runner: Runner) -> None:
    assert runner.running is not None

    second = runner.manage("run_workers", "--pidfile", runner.pidfile)

    assert second.returncode == 1
    assert f"The workers already run: process {runner.running.pid}." in second.stderr
