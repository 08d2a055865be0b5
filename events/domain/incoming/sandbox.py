"""Has a calendar fetched and read in a process of its own, which cannot hold up or harm ours."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from events.domain.incoming.entries import Incoming, NotACalendar, Reading
from kit.fetching import Seen
from kit.webaddress import NotFetched

SECONDS = 40
"""Fetching takes up to 10 seconds, reading the largest file some 10 more."""
ROOT = Path(__file__).resolve().parents[3]
_KEPT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONTZPATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to read. ``zone`` is for times that name none; ``open_networks`` as for ``Limits``."""

    url: str
    seen: Seen
    zone: str
    start: datetime
    end: datetime
    open_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """``reading`` is None where the server said that nothing has changed."""

    seen: Seen
    reading: Reading | None


def ask(question: Question, *, seconds: float = SECONDS) -> Answer:
    """Fetch and read. Raises NotFetched or NotACalendar, each with a sentence for people."""
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "events.domain.incoming"],
            input=json.dumps(asdict(question), default=_written),
            capture_output=True,
            check=False,
            cwd=ROOT,
            env=environment,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise NotACalendar("Reading the calendar took too long. It was given up.") from None
    try:
        told = json.loads(done.stdout)
    except ValueError:  # it ran into one of its limits and was ended
        raise NotACalendar(
            "The calendar is too large or too tangled to be read. It was given up."
        ) from None
    if "error" in told:
        kind = NotACalendar if told["code"] == NotACalendar.code else NotFetched
        raise kind(told["error"])
    return Answer(Seen(**told["seen"]), _reading(told["reading"]))


def _written(value: datetime) -> str:
    return value.isoformat()


def _reading(told: dict[str, Any] | None) -> Reading | None:
    if told is None:
        return None
    return Reading(told["name"], [_entry(row) for row in told["entries"]], told["notes"])


def _entry(row: dict[str, Any]) -> Incoming:
    instants = {key: datetime.fromisoformat(row[key]) for key in ("starts_at", "ends_at")}
    days = {
        key: date.fromisoformat(row[key]) if row[key] else None for key in ("starts_on", "ends_on")
    }
    return Incoming(**{**row, **instants, **days})
