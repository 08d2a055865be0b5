"""PostgreSQL, Redis and Chromium for the tests: found on the machine, run privately in a temporary
folder on a free port, gone afterwards. Standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, Iterator

POSTGRES_PLACES = ("/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
START_SECONDS = 30
PR_SET_PDEATHSIG = 1  # prctl(2)


class NotStarted(Exception):
    """A service is installed but did not come up; the sentence says what it printed."""


def die_with_parent(number: int) -> Callable[[], None]:
    """For ``preexec_fn``: the child gets signal ``number`` when its parent dies, however it dies.

    Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere it does nothing.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return lambda: libc and libc.prctl(PR_SET_PDEATHSIG, number)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_programs() -> Path | None:
    """The folder with ``postgres`` and ``initdb``, of the newest; None where there is none."""
    found = [shutil.which("postgres")]
    for place in POSTGRES_PLACES:
        found += sorted((str(p) for p in Path(place).glob("*/bin/postgres")), reverse=True)
    folders = [Path(program).resolve().parent for program in found if program]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def redis_program() -> str | None:
    """The path of ``redis-server`` (or ``valkey-server``); None where there is none."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def chromium_program() -> str | None:
    """CHROMIUM where it names a program, else the one on PATH; None where there is none."""
    names = (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES)
    return next((path for path in map(shutil.which, filter(None, names)) if path), None)


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: who runs it then. None where we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextlib.contextmanager
def _folder(owner: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lyceum-"))
    try:
        if owner:
            shutil.chown(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(
    command: list[str], ready: Callable[[], bool], *, log: Path, user: str | None = None
) -> Iterator[None]:
    """Runs a server until the block ends; SIGINT ends it at once and in order."""
    with log.open("wb") as out:
        server = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            cwd=log.parent,
            user=user,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT),
        )
    try:
        last = time.monotonic() + START_SECONDS
        while not ready():
            if server.poll() is not None or time.monotonic() > last:
                raise NotStarted(f"{Path(command[0]).name} did not start: {log.read_text()[-600:]}")
            time.sleep(0.05)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A private PostgreSQL with one empty database; yields its DATABASE_URL.

    It keeps nothing, so it is told not to wait for the disk. Raises NotStarted.
    """
    programs, user, port = postgres_programs(), _server_user(), free_port()
    if programs is None:
        raise NotStarted("PostgreSQL is not installed.")
    with _folder(user) as folder:
        cluster = folder / "cluster"
        initdb = [programs / "initdb", "-D", cluster, "-U", "lyceum", "-A", "trust", "-E", "UTF8"]
        made = subprocess.run(
            [*map(str, initdb), "--locale=C.UTF-8", "--no-sync"],
            capture_output=True,
            text=True,
            cwd=folder,
            user=user,
            check=False,
        )
        if made.returncode:
            raise NotStarted(f"initdb failed: {made.stderr.strip()[-600:]}")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 100,
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        note = cluster / "postmaster.pid"  # its eighth line turns to “ready”
        with _server(
            [str(programs / "postgres"), "-D", str(cluster), *options],
            lambda: note.exists() and "ready" in note.read_text(),
            log=folder / "log",
            user=user,
        ):
            yield f"postgres://lyceum@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A private Redis that keeps nothing on disk; yields its REDIS_URL. Raises NotStarted."""
    program, port = redis_program(), free_port()
    if program is None:
        raise NotStarted("Redis is not installed.")

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(5) == b"+PONG"
        return False

    with _folder(None) as folder:
        keep = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        command = [program, "--bind", "127.0.0.1", "--port", str(port), *keep]
        with _server(command, answers, log=folder / "log"):
            yield f"redis://127.0.0.1:{port}/0"
