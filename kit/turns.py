"""Takes turns before writing to SQLite, so that writers queue up instead of polling for the lock.

SQLite lets one writer in at a time; one that finds the lock taken sleeps and looks again, up to a
tenth of a second later, while the lock stands idle. A lock of the operating system wakes the next
one at once. Other databases need nothing of this.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


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
