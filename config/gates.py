"""The gates of `make check` and the suite of `make test`. Standard library only."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable
from xml.etree import ElementTree

from config import machine, services

NO_TESTS = 5  # pytest's exit code where the marker selects nothing
ORDINARY = "not live and not browser and not clients"
GATES: dict[str, list[str]] = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "import boundaries": ["lint-imports"],
    "templates": ["djlint", "templates", "--lint", "--quiet"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "settings": ["python", "manage.py", "check"],
}


def gates(settings: dict[str, str]) -> list[str]:
    """Runs every gate; returns the names of those that failed."""
    failed = []
    for name, (program, *words) in GATES.items():
        machine.say(f"\n— {name}: {program} {' '.join(words)}")
        if machine.run([machine.VENV / "bin" / program, *words], env=settings):
            failed.append(name)
    return failed


def suite(settings: dict[str, str], arguments: list[str]) -> int:
    """All tests on SQLite with the local cache, then on PostgreSQL with Redis where found.

    Ordinary tests run on both cores; those with real server processes or a browser run alone.
    """
    began, tally = time.monotonic(), Tally()
    if not settings["CHROMIUM"]:
        machine.say("Chromium is not found: the tests in a browser are skipped.")
    with contextlib.ExitStack() as running:
        redis = _start("Redis", services.redis_program(), services.redis, running)
        given = os.environ.get("DATABASE_URL_TEST")
        postgres = given or _start(
            "PostgreSQL", services.postgres_programs(), services.postgres, running
        )
        alone = "live or browser" if settings["CHROMIUM"] else "live and not browser"
        # SQLite goes with the local cache, as on a fresh machine; Redis joins PostgreSQL.
        on_sqlite = {**settings, "REDIS_URL": "" if postgres else redis}
        failures = _pytest("SQLite", on_sqlite, alone, arguments, tally)
        if postgres:
            grown = {**settings, "DATABASE_URL": postgres, "REDIS_URL": redis}
            failures += _pytest("PostgreSQL", grown, "live and not browser", arguments, tally)
    verdict = f"failed: {', '.join(failures)}" if failures else "passed"
    machine.say(f"\nThe suite {verdict}, after {time.monotonic() - began:.0f} s. In all:\n{tally}")
    return 1 if failures else 0


@dataclass
class Tally:
    """How many tests of all runs together did what, as pytest's reports count them."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, report: Path) -> None:
        """Counts one run's JUnit report; none where the run broke off before writing it."""
        if not report.exists():
            return
        for run in ElementTree.parse(report).iter("testsuite"):
            count = {
                name: int(run.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
            }
            failed = count["failures"] + count["errors"]
            self.failed += failed
            self.skipped += count["skipped"]
            self.passed += count["tests"] - failed - count["skipped"]
        report.unlink()

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def clients(settings: dict[str, str], arguments: list[str]) -> int:
    """Desktop calendar programs subscribe to a site: those of them that are installed."""
    command = [machine.PYTHON, "-m", "pytest", "-m", "clients", "config/tests/clients"]
    return machine.run([*command, *arguments], env=settings)


def _start(
    name: str,
    program: object,
    service: Callable[[], contextlib.AbstractContextManager[str]],
    running: contextlib.ExitStack,
) -> str:
    """The address of a private server; blank, with a line that says so, where there is none."""
    if not program:
        machine.say(f"{name} is not found: the tests that need it are skipped.")
        return ""
    try:
        return running.enter_context(service())
    except services.NotStarted as problem:
        machine.stop(str(problem))


def _pytest(
    where: str, settings: dict[str, str], alone: str, arguments: list[str], tally: Tally
) -> list[str]:
    """Both halves of the suite in one place; returns the names of the halves that failed."""
    failures, report = [], Path(settings["MEDIA_ROOT"]).parent / "report.xml"
    halves = {"": ["-n", "2", "-m", ORDINARY], " with real processes": ["-m", alone]}
    for half, options in halves.items():
        machine.say(f"\n— tests on {where}{half}")
        command = [machine.PYTHON, "-m", "pytest", "-p", "config.tests.own_redis", *options]
        command.append(f"--junitxml={report}")
        code = machine.run([*command, *arguments], env=settings)
        tally.add(report)
        if code and not (code == NO_TESTS and (half or arguments)):
            failures.append(where + half)
    return failures
