"""The process in which a stranger's calendar is fetched and read: one question in, one answer out.

It is started by ``sandbox`` with next to no environment, so there is no secret in it, and bounds
its own memory and processor time before it looks at anything.
"""

import json
import resource
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

from events.domain.incoming.reading import read
from kit.errors import Refused
from kit.fetching import Limits, Seen, fetch
from kit.webaddress import networks

MOST_MEMORY = 1_000_000_000
MOST_CPU_SECONDS = 20


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """What a question gives: ``error``, or ``seen`` and, where something changed, ``reading``."""
    seen = Seen(**question["seen"])
    limits = Limits(open_networks=networks(question["open_networks"]))
    try:
        fetched = fetch(question["url"], seen=seen, limits=limits)
        found: dict[str, Any] = {"seen": asdict(fetched.seen), "reading": None}
        if fetched.body is not None:
            start, end = (datetime.fromisoformat(question[key]) for key in ("start", "end"))
            reading = read(fetched.body, zone=question["zone"], start=start, end=end)
            found["reading"] = asdict(reading)
    except Refused as no:
        return {"error": str(no), "code": no.code}
    return found


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _bound()
    json.dump(answer(json.load(sys.stdin)), sys.stdout, default=str)
