"""Takes turns before writing to SQLite, so that writers queue up instead of polling for the lock.

SQLite lets one writer in at a time; one that finds the lock taken sleeps and looks again, up to a
tenth of a second later, while the lock stands idle. A lock of the operating system wakes the next
one at once. Other databases need nothing of this.
"""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")
_desk = threading.Lock()


def one_at_a_time(view: Callable[P, R]) -> Callable[P, R]:
    """On SQLite a process does this work for one request at a time.

    The threads of a process share one interpreter. Were they all at it, the one that holds the
    database's lock would get a quarter of it, and everybody would wait four times as long.
    """

    @wraps(view)
    def served(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.vendor != "sqlite":
            return view(*args, **kwargs)
        with _desk:
            return view(*args, **kwargs)

    return served


@contextmanager
def turn() -> Iterator[None]:
    """Wait for one's turn to write, across threads and processes; held until the block ends.

    Only a courtesy on busy paths: it protects nothing, and whoever writes without it is let in by
    SQLite as ever. Inside a transaction it does nothing, since waiting there could wait for ever.
    """
    name = str(connection.settings_dict["NAME"])
    on_file = connection.vendor == "sqlite" and "memory" not in name
    if not on_file or connection.in_atomic_block:
        yield
        return
    with Path(f"{name}.turn").open("a") as ticket:
        fcntl.flock(ticket, fcntl.LOCK_EX)  # given back when the file closes, however that comes
        yield
