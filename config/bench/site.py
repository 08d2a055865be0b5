"""A private site for one benchmark run: its own database, server and workers, gone afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from config.env import ROOT
from config.services import die_with_parent, free_port

START_SECONDS = 60


class Site:
    """Starts programs with the benchmark's settings and sends load at the web server."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            "DEBUG": "1",
            "TESTING": "0",
            "PORT": str(self.port),
            "PUBLIC_BASE_URL": self.base_url,
            "DATABASE_URL": database_url,
            "MEDIA_ROOT": str(folder / "media"),
            "MAIL_DIR": str(folder / "mail"),
            "RATE_LIMITS": "off",
            "SECRET_KEY": "only-for-the-benchmarks-of-one-run-and-never-again",
            "PYTHONWARNINGS": "ignore",
        }

    def manage(self, *words: str) -> str:
        """Run a management command to its end; returns what it printed."""
        done = subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def run(self, code: str) -> Any:
        """Run Python in the site's settings; returns the JSON on its last line."""
        return json.loads(self.manage("shell", "-v0", "-c", code).strip().splitlines()[-1])

    @contextmanager
    def web(self) -> Iterator["Memory"]:
        """The web server as `make run` starts it; gives its memory to look at."""
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
        with self._running("web", command) as program:
            self._wait_until_up()
            yield Memory(program.pid)

    @contextmanager
    def workers(self) -> Iterator["Memory"]:
        """The background workers."""
        command = [sys.executable, "manage.py", "run_workers"]
        command += ["--pidfile", str(self.folder / "workers.json")]  # not that of a running site
        with self._running("workers", command) as program:
            yield Memory(program.pid)

    @contextmanager
    def _running(self, name: str, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        with (self.folder / f"{name}.log").open("wb") as log:
            program = subprocess.Popen(  # noqa: S603
                command,
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
            try:
                yield program
            finally:
                program.terminate()
                program.wait(timeout=60)

    def _wait_until_up(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.base_url}/feeds/all.ics"):  # noqa: S310
                    return
            except urllib.error.HTTPError:  # an answer: a feed that is still being drawn is 503
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the web server did not start; see {self.folder / 'web.log'}")

    def load(
        self,
        requests: list[str],
        *,
        clients: int = 4,
        seconds: float = 5,
        repeat: int = 1_000_000,
        keep_bodies: bool = False,
    ) -> dict[str, Any]:
        """Send ``requests`` from another process; see load.py for what comes back."""
        plan = {
            "port": self.port,
            "requests": requests,
            "clients": clients,
            "seconds": seconds,
            "repeat": repeat,
            "keep_bodies": keep_bodies,
        }
        done = subprocess.run(
            [sys.executable, "-m", "config.bench.load"],
            cwd=ROOT,
            input=json.dumps(plan),
            check=True,
            capture_output=True,
            text=True,
        )
        return dict(json.loads(done.stdout))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> str:
        """A GET request as text, to send many times."""
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept-Encoding: gzip"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return "\r\n".join([*lines, "", ""])

    def post(self, path: str, body: str, *, kind: str) -> str:
        """A POST request as text."""
        return "\r\n".join(
            [
                f"POST {path} HTTP/1.1",
                f"Host: 127.0.0.1:{self.port}",
                f"Content-Type: {kind}",
                f"Content-Length: {len(body.encode())}",
                "",
                body,
            ]
        )

    def headers_of(self, path: str) -> dict[str, str]:
        """The headers of one answer, for conditional requests."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.base_url}{path}", headers={"Accept-Encoding": "gzip"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return dict(answer.headers)


class Memory:
    """What a program and its children hold, looked at now and then."""

    def __init__(self, pid: int) -> None:
        self.process = psutil.Process(pid)

    def largest_mb(self) -> float:
        """The resident memory of the largest process of the program, in MB."""
        family = [self.process, *self.process.children(recursive=True)]
        return max(_resident(process) for process in family) / 1_000_000


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
