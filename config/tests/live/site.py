"""A private site as `make run` starts it, with a mail server that keeps what it is sent."""

import http.client
import json
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import psutil
import psycopg
from aiosmtpd.controller import Controller

from config.bench import site as bench
from config.services import free_port

PATIENCE = 60
WEBINAR_LEAD = "north-texas-innovation-alliance"
CO_HOST = "smart-north-florida"
REPORT_LEAD = "colorado-smart-cities-alliance"
T = TypeVar("T")


def until(holds: Callable[[], T], *, what: str, seconds: float = PATIENCE) -> T:
    """What ``holds`` returns once it is true; fails after ``seconds`` with ``what`` was awaited."""
    last = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < last, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.1)
    return found


def multipart(
    fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]
) -> tuple[str, bytes]:
    """Content type and body of a form with files, as a browser sends it."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, (filename, content) in files.items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
        parts += [f"--{boundary}\r\n{head}\r\nContent-Type: text/csv\r\n\r\n".encode(), content]
        parts += [b"\r\n"]
    return f"multipart/form-data; boundary={boundary}", b"".join(parts) + f"--{boundary}--".encode()


@dataclass(frozen=True)
class Answer:
    """One answer of the web server; redirects are not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Sink:
    """An SMTP server on a port of its own; ``letters`` are the raw messages in their order."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, bytes]] = []
        self.port = free_port()
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Called by aiosmtpd with each message."""
        self.letters += [(whom, envelope.original_content) for whom in envelope.rcpt_tos]
        return "250 kept"

    def to(self, address: str, about: str = "") -> list[EmailMessage]:
        """The mails to an address whose subject contains ``about``, oldest first."""
        mails = [parsed(raw) for whom, raw in list(self.letters) if whom == address]
        return [mail for mail in mails if about.lower() in mail["Subject"].lower()]

    def wait_for(self, address: str, subject: str) -> EmailMessage:
        """The newest mail to ``address`` whose subject contains ``subject``."""
        what = f"a mail “{subject}” to {address}"
        return until(lambda: self.to(address, subject), what=what)[-1]

    @contextmanager
    def running(self) -> Iterator["Sink"]:
        self._server.start()
        try:
            yield self
        finally:
            self._server.stop()


def parsed(raw: bytes) -> EmailMessage:
    """A raw message as the standard library reads it."""
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


@dataclass(frozen=True)
class Network:
    """The demo network, loaded once: what each private site starts with."""

    folder: Path
    database_url: str
    keys: dict[str, str]
    """API keys of organisers by the slug of their alliance."""


class Site(bench.Site):
    """The benchmark's private site, and what a person and a program may ask of it."""

    def __init__(self, folder: Path, database_url: str, *, keys: Mapping[str, str] = {}) -> None:
        super().__init__(folder, database_url)
        self.keys = dict(keys)
        self.database = Path(urlsplit(database_url).path)
        self.media = folder / "media"
        self.pidfile = folder / "workers.json"
        self.sink = Sink()
        self.env |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "SECRET_KEY": "only-for-the-walk-of-one-run-and-never-again-after",
        }

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request on a connection of its own; blanks in header names are written ``_``."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method, path, body=body, headers=named)
            answer = line.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        finally:
            line.close()

    def page(self, path: str, **headers: str) -> Answer:
        """A page, as anybody sees it; ``path`` may be a whole address of this site."""
        return self.send("GET", path.removeprefix(self.base_url), **headers)

    def form(self, path: str, **fields: str) -> Answer:
        """A form sent as a browser without JavaScript does."""
        kind = "application/x-www-form-urlencoded"
        local = path.removeprefix(self.base_url)
        return self.send("POST", local, urlencode(fields).encode(), Content_Type=kind)

    def call(
        self, method: str, path: str, body: Any = None, *, by: str = "", **headers: str
    ) -> Answer:
        """A call of the JSON API, ``by`` the organiser of an alliance or by nobody."""
        if by:
            headers["Authorization"] = f"Bearer {self.keys[by]}"
        content = None if body is None else json.dumps(body).encode()
        headers.setdefault("Content_Type", "application/json")
        return self.send(method, f"/api/v1{path}", content, **headers)

    def upload(self, path: str, filename: str, content: bytes, *, by: str, **fields: str) -> Answer:
        """A file sent to the JSON API."""
        kind, body = multipart(fields, {"file": (filename, content)})
        key = f"Bearer {self.keys[by]}"
        return self.send("POST", f"/api/v1{path}", body, Content_Type=kind, Authorization=key)

    @contextmanager
    def workers(self, *options: object) -> Iterator[Any]:
        """The background workers, watched; ``options`` of run_workers."""
        command = [sys.executable, "manage.py", "run_workers", "--pidfile", str(self.pidfile)]
        command += ["--stop", "10", *map(str, options)]
        with self._running("workers", command) as program:
            until(self.group, what="the first workers")
            yield program

    def group(self) -> int:
        """The process group of the workers that run now; 0 while there are none."""
        with suppress(OSError, ValueError):
            return int(json.loads(self.pidfile.read_text())["group"])
        return 0

    def processes(self, word: str = "") -> list[psutil.Process]:
        """The workers' processes of now whose title ends with, or contains, ``word``."""
        group, found = self.group(), []
        for process in psutil.process_iter():
            with suppress(OSError, psutil.Error):
                ours = os.getpgid(process.pid) == group and process.status() != "zombie"
                if ours and word in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def kill_cluster(self) -> None:
        """kill -9 of the workers with all their processes at once."""
        os.killpg(self.group(), signal.SIGKILL)

    @contextmanager
    def up(self, *worker_options: object) -> Iterator["Site"]:
        """Mail server, web server and workers, together."""
        with self.sink.running(), self.web(), self.workers(*worker_options):
            yield self


@dataclass
class Databases:
    """Makes databases for private sites: files of SQLite, or databases of the tests' PostgreSQL."""

    folder: Path
    server: str = field(
        default_factory=lambda: (
            os.environ["DATABASE_URL"]
            if os.environ.get("DATABASE_URL", "").startswith("postgres")
            else ""
        )
    )
    made: list[str] = field(default_factory=list)

    def new(self, *, like: str = "") -> str:
        """The address of a new database, empty or with what the one at ``like`` holds."""
        name = f"lyceum_live_{secrets.token_hex(4)}"
        if not self.server:
            path = self.folder / f"{name}.sqlite3"
            if like:
                shutil.copyfile(urlsplit(like).path, path)
            return f"sqlite:///{path}"
        template = f' TEMPLATE "{urlsplit(like).path[1:]}"' if like else ""
        self._do(f'CREATE DATABASE "{name}"{template}')
        self.made.append(name)
        return urlsplit(self.server)._replace(path=f"/{name}").geturl()

    def drop(self) -> None:
        for name in self.made:
            self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as line:
            line.execute(statement)  # type: ignore[call-overload]
