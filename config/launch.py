"""Starts web and workers under supervisord and stands before them: passes their output on, says
when the site answers, and stops all of it on one signal. Standard library only."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import IO

from config import machine, services

VAR = machine.ROOT / "var"
ANSWER_SECONDS = 90  # from supervisord's start to the first answer of the web server
HEALTHY_SECONDS = 15  # from there until the workers beat too; the addresses are said anyway
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def dotenv() -> dict[str, str]:
    """The plain ``NAME=value`` lines of `.env`; the settings read the file more carefully."""
    path = machine.ROOT / ".env"
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.removeprefix("export ").partition("=") for line in map(str.strip, lines))
    return {
        name.strip(): value.strip().strip("'\"")
        for name, equals, value in pairs
        if equals and not name.startswith("#")
    }


def environment() -> dict[str, str]:
    """What the processes are started with.

    Where nothing says that this is production (no DEBUG, no SECRET_KEY, no ALLOWED_HOSTS, in the
    environment or in `.env`), it is somebody's own machine, and DEBUG is switched on.
    """
    known = {**dotenv(), **{name: value for name, value in os.environ.items() if value}}
    settings = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for name in ("PORT", "HOST", "WEB_WORKERS"):
        if name in known:
            settings[name] = known[name]
    settings.setdefault("PORT", "8000")
    settings.setdefault("HOST", "127.0.0.1")
    if not {"DEBUG", "SECRET_KEY", "ALLOWED_HOSTS"} & set(known):
        settings["DEBUG"] = "on"
    return settings


def is_debug(settings: dict[str, str]) -> bool:
    """Whether this start is for development, as config/settings.py will read it."""
    value = settings.get("DEBUG") or dotenv().get("DEBUG", "")
    return value.lower() in {"1", "true", "yes", "on"}


def need_port(settings: dict[str, str]) -> None:
    """Stops with a sentence where the port is no port or somebody else listens on it."""
    port = settings["PORT"]
    if not port.isdecimal() or not 0 < int(port) < 65536:
        machine.stop(f"PORT is “{port}”: write a number from 1 to 65535.")
    family = socket.AF_INET6 if ":" in settings["HOST"] else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings["HOST"], int(port)))
        except OSError as problem:
            machine.stop(
                f"Port {port} on {settings['HOST']} cannot be used ({problem.strerror.lower()}): "
                f"stop what has it, or choose another with “PORT={int(port) + 1} make run”."
            )


def only_once() -> IO[str]:
    """Holds the lock of this folder until the process ends; stops where another one holds it."""
    VAR.mkdir(exist_ok=True)
    lock = (VAR / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        machine.stop(f"Lyceum already runs from this folder ({holder}): stop that one first.")
    lock.truncate(0)
    lock.write(f"process {os.getpid()}")
    lock.flush()
    return lock


def _supervisord(settings: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [str(machine.VENV / "bin" / "supervisord"), "-c", "config/supervisord.conf"]
    if os.geteuid() == 0:
        command += ["-u", "root"]  # said on purpose, so that it does not warn
    return subprocess.Popen(
        command,
        cwd=machine.ROOT,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # A terminal's Ctrl-C and hang-up reach this process alone, which then stops the rest in
        # order; should it be killed, the kernel tells supervisord to stop.
        start_new_session=True,
        preexec_fn=services.die_with_parent(signal.SIGTERM),
    )


def _pass_on(stream: IO[bytes]) -> None:
    """Copies the output of all processes to ours; goes on reading when nobody reads ours."""
    for line in stream:
        try:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        except OSError:
            continue


def _answer(settings: dict[str, str]) -> int | None:
    """The status with which /healthz answers; None while nothing answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings["HOST"], settings["HOST"])  # noqa: S104
    line = http.client.HTTPConnection(host, int(settings["PORT"]), timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()


def _addresses(settings: dict[str, str]) -> str:
    known = {**dotenv(), **settings}
    base = known.get("PUBLIC_BASE_URL") or f"http://localhost:{settings['PORT']}"
    base = base.rstrip("/")
    return (
        f"\nLyceum is up. Ctrl-C stops it; the data stays in var/.\n\n"
        f"  Events      {base}/\n"
        f"  Organizers  {base}/organize/\n"
        f"  API         {base}/api/v1/docs\n"
        f"  Health      {base}/healthz\n"
    )


def _wait_for_answer(
    running: subprocess.Popen[bytes], settings: dict[str, str], stopping: threading.Event
) -> bool:
    """Whether the web server answered; waits a little longer for it to report good health."""
    last, answered = time.monotonic() + ANSWER_SECONDS, False
    while running.poll() is None and not stopping.is_set() and time.monotonic() < last:
        status = _answer(settings)
        if status and not answered:
            answered, last = True, time.monotonic() + HEALTHY_SECONDS
        if status == http.client.OK:
            break
        stopping.wait(0.5 if answered else 0.1)
    return answered and not stopping.is_set()


def _wait_for_end(running: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    """Returns when all has ended; a terminal that was closed counts as a signal to stop."""
    has_terminal = os.isatty(0)
    while running.poll() is None:
        if has_terminal and not os.isatty(0) and not stopping.is_set():
            stopping.set()
            running.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(1)


def serve(settings: dict[str, str], *, sign_ins: str = "") -> int:
    """Runs web and workers until a signal stops them; returns the exit code.

    Prints the addresses, and then ``sign_ins``, once the web server answers.
    """
    stopping = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if not stopping.is_set() and running.poll() is None:
            running.terminate()
        stopping.set()

    running = _supervisord(settings)
    for number in STOP_SIGNALS:
        signal.signal(number, on_signal)
    assert running.stdout is not None
    pump = threading.Thread(target=_pass_on, args=(running.stdout,), daemon=True)
    pump.start()
    answered = _wait_for_answer(running, settings, stopping)
    if answered:
        machine.say(_addresses(settings) + (f"\n{sign_ins.strip()}\n" if sign_ins.strip() else ""))
    elif not stopping.is_set():
        running.terminate()
    _wait_for_end(running, stopping)
    pump.join(timeout=2)
    if stopping.is_set():
        machine.say("Lyceum has stopped.")
        return 0
    if answered:
        machine.stop("Lyceum stopped because its process manager ended: start it again.")
    machine.stop("The web server did not start: the lines above say why.")
