"""Keeps what was built last in this process's memory, up to a number of bytes."""

import threading
from collections import OrderedDict


class Shelf:
    """Bytes by key; what was not asked for the longest goes first once ``limit`` bytes are full.

    For what can be built again at any time. A cache that counts entries would hold a thousand
    entries of ten megabytes each.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._door = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """What was put under ``key``, or None where it has gone."""
        with self._door:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content``; what is larger than a half of the shelf is not kept at all."""
        with self._door:
            self._drop(key)
            if len(content) > self.limit // 2:
                return
            self._kept[key] = content
            self._size += len(content)
            while self._size > self.limit:
                self._drop(next(iter(self._kept)))

    def drop(self, key: str) -> None:
        """Keep it no longer."""
        with self._door:
            self._drop(key)

    @property
    def size(self) -> int:
        """How many bytes stand on it."""
        return self._size

    def _drop(self, key: str) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._size -= len(gone)
