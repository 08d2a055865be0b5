"""The gates of `make check` and the suite of `make test`. Standard library only."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Callable

from config import machine, services

NO_TESTS = 5  # pytest's exit code where the marker selects nothing
ORDINARY = "not live and not browser"
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
    began = time.monotonic()
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
        failures = _pytest("SQLite", on_sqlite, alone, arguments)
        if postgres:
            grown = {**settings, "DATABASE_URL": postgres, "REDIS_URL": redis}
            failures += _pytest("PostgreSQL", grown, "live and not browser", arguments)
    verdict = f"failed: {', '.join(failures)}" if failures else "passed"
    machine.say(f"\nThe suite {verdict}, after {time.monotonic() - began:.0f} s.")
    return 1 if failures else 0


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


def _pytest(where: str, settings: dict[str, str], alone: str, arguments: list[str]) -> list[str]:
    """Both halves of the suite in one place; returns the names of the halves that failed."""
    failures = []
    halves = {"": ["-n", "2", "-m", ORDINARY], " with real processes": ["-m", alone]}
    for half, options in halves.items():
        machine.say(f"\n— tests on {where}{half}")
        command = [machine.PYTHON, "-m", "pytest", "-p", "config.tests.own_redis", *options]
        code = machine.run([*command, *arguments], env=settings)
        if code and not (code == NO_TESTS and (half or arguments)):
            failures.append(where + half)
    return failures
