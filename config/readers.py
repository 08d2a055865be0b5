"""Programs of others that read our calendars in the tests, where pip cannot bring them. Standard
library only, because it runs before anything is installed."""

from __future__ import annotations

import ctypes
import shutil
import sys
from pathlib import Path

from config import machine

PINNED = machine.ROOT / "config" / "tests" / "readers"
LISTS = ("package.json", "package-lock.json", ".npmrc")
HOME = Path(sys.prefix) / "readers"  # where the tests, which run in .venv, look for them


def has_node() -> bool:
    """Node and npm are found."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def has_libical() -> bool:
    """The C library of Debian's libical3 can be loaded."""
    try:
        ctypes.CDLL("libical.so.3")
    except OSError:
        return False
    return True


def need() -> None:
    """Installs the pinned npm packages beside the virtual environment, unless they are there."""
    home = machine.VENV / "readers"
    if not has_node():
        machine.say("Node.js and npm are not found: the tests that read with ical.js are skipped.")
        return
    wanted = (PINNED / "package-lock.json").read_bytes()
    stamp = home / "installed"
    if stamp.exists() and stamp.read_bytes() == wanted:
        return
    home.mkdir(parents=True, exist_ok=True)
    for name in LISTS:
        shutil.copyfile(PINNED / name, home / name)
    if machine.run(["npm", "ci", "--prefix", home, "--ignore-scripts", "--silent"]):
        machine.stop("The npm packages for the tests could not be installed: see the lines above.")
    stamp.write_bytes(wanted)
