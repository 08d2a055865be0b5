"""The load: a process of its own that sends requests over kept-open connections and times them.

Run as ``python -m config.bench.load`` with a plan as JSON on standard input; prints the outcome as
JSON. Bounded by a count or by seconds, whichever comes first, and only ever to 127.0.0.1.
"""

import json
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """Seconds per answer, and how many answers had which status."""

    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bodies: list[str] = field(default_factory=list)


def main() -> None:
    plan = json.load(sys.stdin)
    outcomes = [Outcome() for _ in range(plan["clients"])]
    until = time.perf_counter() + plan["seconds"]
    threads = [
        threading.Thread(target=_client, args=(plan, number, outcomes[number], until))
        for number in range(plan["clients"])
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    json.dump(_summary(outcomes, took), sys.stdout)


def _client(plan: dict[str, Any], number: int, outcome: Outcome, until: float) -> None:
    """Send this client's share of the requests, one after the other on one connection."""
    requests = plan["requests"][number :: plan["clients"]] or plan["requests"]
    rounds = plan["repeat"]
    connection = _Connection(plan["port"])
    for turn in range(rounds):
        for text in requests:
            if time.perf_counter() > until:
                return
            sent = time.perf_counter()
            status, body = connection.ask(text.encode())
            outcome.times.append(time.perf_counter() - sent)
            outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
            if plan.get("keep_bodies") and turn == 0:
                outcome.bodies.append(body.decode("utf-8", "replace"))


class _Connection:
    """A kept-open connection that reads just enough of HTTP/1.1: status and Content-Length."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and body of one answer; opens the connection again where it was closed."""
        for _ in range(3):
            try:
                return self._ask(request)
            except (ConnectionError, IndexError):
                self.socket = None
        raise ConnectionError("the server closed the connection three times")

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].lower()
        status = int(head[9:12])
        length = 0
        if status not in {204, 304} and (at := head.find(b"content-length:")) > 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        parts, have = [received[end + 4 :]], len(received) - end - 4
        while have < length:
            parts.append(self._more())
            have += len(parts[-1])
        if b"connection: close" in head:
            self.socket = None
        return status, b"".join(parts)

    def _more(self) -> bytes:
        if self.socket is None:
            raise ConnectionError
        chunk = self.socket.recv(262_144)
        if not chunk:
            raise ConnectionError
        return chunk


def _summary(outcomes: list[Outcome], took: float) -> dict[str, Any]:
    times = sorted(t for outcome in outcomes for t in outcome.times)
    statuses: dict[str, int] = {}
    for outcome in outcomes:
        for status, count in outcome.statuses.items():
            statuses[str(status)] = statuses.get(str(status), 0) + count
    return {
        "count": len(times),
        "per_second": len(times) / took if took else 0,
        "median_ms": times[len(times) // 2] * 1000 if times else None,
        "p95_ms": times[int(len(times) * 0.95)] * 1000 if times else None,
        "statuses": statuses,
        "bodies": [body for outcome in outcomes for body in outcome.bodies],
    }


if __name__ == "__main__":
    main()
