"""Makes a bare machine ready: Python, system libraries, the virtual environment. Standard library
only, because it runs before anything is installed."""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterable, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "lyceum-installed"
OLDEST = (3, 11)

# What WeasyPrint loads at run time, each under the names it has on Linux and on macOS.
LIBRARIES = {
    "libgobject-2.0": ("libgobject-2.0.so.0", "libgobject-2.0.dylib"),
    "libpango-1.0": ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    "libpangoft2-1.0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    "libharfbuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    "libfontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib"),
}
# The packages that bring all of them, by the package manager that knows them so.
PANGO = {
    "apt-get": ["libpango-1.0-0", "libpangoft2-1.0-0"],
    "dnf": ["pango"],
    "apk": ["pango"],
    "brew": ["pango"],
}
INSTALL = {
    "apt-get": "apt-get install -y",
    "dnf": "dnf install -y",
    "apk": "apk add",
    "brew": "brew install",
}


def stop(sentence: str) -> NoReturn:
    """Ends the command with one sentence that says what to do."""
    sys.stdout.flush()
    raise SystemExit(f"\n{sentence}")


def say(line: str) -> None:
    """One line of progress, at once."""
    print(line, flush=True)


def run(command: Iterable[object], **options: Any) -> int:
    """Runs a command from the project's folder and returns its exit code."""
    sys.stdout.flush()
    words = [str(part) for part in command]
    return subprocess.run(words, cwd=ROOT, check=False, **options).returncode


def need_python() -> None:
    """Goes on with Python 3.11 or newer, looking for one where ``python3`` is older."""
    if sys.version_info >= OLDEST:
        return
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            os.execv(found, [found, "-m", "config.bootstrap", *sys.argv[1:]])
    here = ".".join(str(part) for part in sys.version_info[:2])
    stop(
        f"Lyceum needs Python 3.11 or newer and found {here}: install it with "
        f"“{install_command('apt-get', ['python3.11', 'python3.11-venv'])}”, "
        "or say where it is with “make run PYTHON=/path/to/python3.11”."
    )


def package_manager() -> str:
    """The machine's own; Debian's where none is known."""
    return next((name for name in INSTALL if shutil.which(name)), "apt-get")


def install_command(manager: str, packages: list[str]) -> str:
    """The one command a person types to install ``packages``."""
    sudo = "" if manager == "brew" or os.geteuid() == 0 else "sudo "
    return f"{sudo}{INSTALL[manager]} {' '.join(packages)}"


def may_install() -> bool:
    """Whether we are root on a Debian machine, and so may install packages ourselves."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> bool:
    """Installs Debian packages; true where all of them are there afterwards."""
    say(f"Installing {', '.join(packages)} with apt-get …")
    settings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"env": settings, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    run(["apt-get", "update", "-qq"], **quiet)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return run(install, **quiet) == 0


def _loads(names: Iterable[str]) -> bool:
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def missing_libraries() -> list[str]:
    """The system libraries that certificates need and this machine lacks."""
    return [library for library, names in LIBRARIES.items() if not _loads(names)]


def missing_parts() -> tuple[list[str], list[str]]:
    """What a start needs of the system and does not find, and the packages that bring it."""
    manager = package_manager()
    names, packages = missing_libraries(), []
    if names:
        packages += PANGO[manager]
    if not importlib.util.find_spec("ensurepip") and not PYTHON.exists():
        names.append("the venv module of Python")
        packages.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    return names, packages


def need_system() -> None:
    """Installs what the system lacks where it may; else names it and the command, and stops."""
    names, packages = missing_parts()
    if packages and may_install():
        apt_install(packages)
        importlib.invalidate_caches()
        names, packages = missing_parts()
    if packages:
        stop(
            f"This machine lacks {', '.join(names)}: install with "
            f"“{install_command(package_manager(), packages)}” and run it again."
        )


def _digest(files: Iterable[Path]) -> str:
    """Says whether the installed packages still are what the files ask for."""
    total = hashlib.sha256(f"{sys.version_info[:3]} {sys.base_prefix} {VENV}".encode())
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def _make_venv() -> None:
    if PYTHON.exists() and run([PYTHON, "-c", "import pip"]) == 0:
        return
    say("Making the virtual environment in .venv …")
    if run([sys.executable, "-m", "venv", "--clear", VENV]):
        stop("The virtual environment in .venv could not be made: see the lines above.")


def need_environment(*, dev: bool = False) -> None:
    """Makes `.venv` and installs the pinned packages, each checked against its hash.

    A stamp of the requirement files makes the next start skip all of it.
    """
    files = [ROOT / "requirements.txt"]
    wanted = {_digest(files)}
    if dev:
        files.append(ROOT / "requirements-dev.txt")
        wanted.add(_digest(files))
    if PYTHON.exists() and STAMP.exists() and wanted <= set(STAMP.read_text().split()):
        return
    _make_venv()
    say("Installing the pinned packages (half a minute the first time) …")
    install = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    chosen = [part for file in files for part in ("-r", file)]
    if run([*install, "--require-hashes", *chosen]):
        stop("The packages could not be installed: see the lines above, then run it again.")
    STAMP.write_text("\n".join(wanted))
