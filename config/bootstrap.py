"""What `make` calls: from nothing to a running site, a tested one, a measured one. Standard library
only, because it starts before anything is installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterator

from config import gates, launch, machine, readers, services

# Debian packages that the full check needs, each with how to see that it is there.
FULL_CHECK = {
    "postgresql": lambda: services.postgres_programs() is not None,
    "redis-server": lambda: services.redis_program() is not None,
    "chromium": lambda: services.chromium_program() is not None,
    "poppler-utils": lambda: shutil.which("pdftoppm") is not None,
    "zbar-tools": lambda: shutil.which("zbarimg") is not None,
    "nodejs npm": readers.has_node,
    "libical3": readers.has_libical,
    "libpango-1.0-0 libpangoft2-1.0-0": lambda: not machine.missing_libraries(),
    "git": lambda: shutil.which("git") is not None,
}
# Settings that a test run never takes from the shell or from `.env`.
NOT_FOR_TESTS = (
    "DEBUG", "SECRET_KEY", "PUBLIC_BASE_URL", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL",
    "EMAIL_URL", "EMAIL_FROM", "RATE_LIMITS", "IDENTITY_DOMAIN", "TRUSTED_PROXIES",
)  # fmt: skip


def setup(_: list[str]) -> int:
    """Everything `make run` does before it starts the site."""
    machine.need_system()
    machine.need_environment()
    _manage("prepare", env=launch.environment())
    return 0


def run(_: list[str]) -> int:
    """The site with its workers, in this terminal, until Ctrl-C."""
    if os.environ.get("MAKELEVEL"):
        services.die_with_parent(
            signal.SIGTERM
        )()  # make is our parent: were it killed, nobody would stop us
    settings = launch.environment()
    launch.need_port(settings)
    lock = launch.only_once()
    began = time.monotonic()
    machine.need_system()
    machine.need_environment()
    machine.say("Preparing the database, fonts and static files …")
    _manage("prepare", env=settings)
    sign_ins = ""
    if launch.is_debug(settings):
        sign_ins = _manage("demo", "--if-empty", env=settings, keep=True)
    machine.say(f"Ready to start after {time.monotonic() - began:.0f} s.")
    with lock:
        return launch.serve(settings, sign_ins=sign_ins)


def _manage(*words: str, env: dict[str, str], keep: bool = False) -> str:
    """Runs a management command; stops where it fails. Returns what it wrote where ``keep``."""
    command = [str(machine.PYTHON), "manage.py", *words]
    out = subprocess.PIPE if keep else None
    done = subprocess.run(
        command,
        cwd=machine.ROOT,
        env=env,
        stdout=out,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode:
        machine.stop(f"“manage.py {' '.join(words)}” failed: the lines above say why.")
    return done.stdout or ""


def _is_full() -> bool:
    """Where PostgreSQL, Redis and Chromium are required, not only used when found."""
    return any(
        os.environ.get(name, "").lower() in {"1", "true", "yes"}
        for name in ("CI", "REQUIRE_SERVICES")
    )


def full_machine(_: list[str]) -> int:
    """Installs what the full check needs and this machine lacks; stops where it may not."""
    missing = [package for package, is_there in FULL_CHECK.items() if not is_there()]
    packages = " ".join(missing).split()
    if missing and machine.may_install():
        machine.apt_install(packages)
        missing = [package for package in missing if not FULL_CHECK[package]()]
    if missing:
        command = machine.install_command("apt-get", " ".join(missing).split())
        machine.stop(f"The full check needs more of this machine: install it with “{command}”.")
    return 0


@contextlib.contextmanager
def _test_settings() -> Iterator[dict[str, str]]:
    """The environment of a test run: nothing of the developer's own, its files in a folder that
    goes away."""
    folder = Path(tempfile.mkdtemp(prefix="lyceum-test-"))
    chromium = services.chromium_program()
    settings = {**os.environ, **dict.fromkeys(NOT_FOR_TESTS, ""), "TESTING": "on"}
    settings |= {"MEDIA_ROOT": str(folder / "media"), "MAIL_DIR": str(folder / "mail")}
    settings |= {"PYTHONUNBUFFERED": "1", "CHROMIUM": chromium or ""}
    try:
        yield settings
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test(arguments: list[str]) -> int:
    """The whole suite on SQLite, and again on PostgreSQL and Redis where they are found."""
    if _is_full():
        full_machine([])
    machine.need_system()
    machine.need_environment(dev=True)
    readers.need()
    with _test_settings() as settings:
        _manage("build_fonts", env=settings)
        return gates.suite(settings, arguments)


def check(arguments: list[str]) -> int:
    """Every gate, then the whole suite; goes through all of them and says which ones failed."""
    if _is_full():
        full_machine([])
    machine.need_system()
    machine.need_environment(dev=True)
    readers.need()
    with _test_settings() as settings:
        failed = gates.gates(settings)
        _manage("build_fonts", env=settings)
        if gates.suite(settings, arguments):
            failed.append("tests")
    if failed:
        machine.say(f"\nNot in order: {', '.join(failed)}.")
        return 1
    machine.say("\nAll in order.")
    return 0


def clients(arguments: list[str]) -> int:
    """Thunderbird and Evolution subscribe to a private site, where they are installed."""
    machine.need_system()
    machine.need_environment(dev=True)
    with _test_settings() as settings:
        return gates.clients(settings, arguments)


def bench(arguments: list[str]) -> int:
    """The benchmarks, on SQLite and on a private PostgreSQL where one is found."""
    machine.need_system()
    machine.need_environment()
    settings = launch.environment()
    _manage("build_fonts", env=settings)
    return machine.run([machine.PYTHON, "manage.py", "bench", *arguments], env=settings)


def audit(_: list[str]) -> int:
    """Known holes in the pinned packages, asked of the public advisories (needs the network)."""
    machine.need_system()
    machine.need_environment(dev=True)
    machine.run([machine.PYTHON, "-m", "pip", "install", "-qq", "pip-audit"])
    files = ["-r", "requirements.txt"]
    return machine.run([machine.PYTHON, "-m", "pip_audit", "--require-hashes", *files])


def requirements(arguments: list[str]) -> int:
    """Compiles requirements*.in to pinned, hashed files; `--upgrade` takes newer versions."""
    machine.need_environment(dev=True)
    machine.run([machine.PYTHON, "-m", "pip", "install", "-qq", "uv"])
    command = [machine.PYTHON, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header"]
    for name in ("requirements", "requirements-dev"):
        out = ["--no-emit-index-url", f"{name}.in", "-o", f"{name}.txt", *arguments]
        if machine.run([*command, *out]):
            return 1
    return 0


def clean(_: list[str]) -> int:
    """Takes away what can be built again; the data in var/ stays."""
    for name in (".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"):
        shutil.rmtree(machine.ROOT / name, ignore_errors=True)
    shutil.rmtree(machine.ROOT / "static" / "fonts", ignore_errors=True)
    shutil.rmtree(machine.ROOT / "var" / "static", ignore_errors=True)
    return 0


COMMANDS = {
    "setup": setup,
    "run": run,
    "test": test,
    "check": check,
    "clients": clients,
    "bench": bench,
    "audit": audit,
    "requirements": requirements,
    "machine": full_machine,
    "clean": clean,
}


def main(arguments: list[str]) -> int:
    """Runs one command by its name; the rest of ``arguments`` goes to it."""
    machine.need_python()
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is None:
        machine.stop(f"Say one of: {', '.join(COMMANDS)}.")
    # A command that is told to end takes its servers and folders with it.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        return command(arguments[1:])
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
