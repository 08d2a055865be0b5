"""Collects what is wrong with an input, so that a person hears of all of it at once. Pure."""

from collections.abc import Iterator
from contextlib import contextmanager

from kit.errors import Invalid


class Faults:
    """Use ``with faults.noted():`` around each check, then ``faults.settle()``."""

    def __init__(self) -> None:
        self._found: list[Invalid] = []

    @contextmanager
    def noted(self, *under: str | int) -> Iterator[None]:
        """Keep an Invalid raised inside, its places put below ``under``."""
        try:
            yield
        except Invalid as no:
            found = no.errors or [{"loc": [], "msg": str(no)}]
            no.errors = [{**error, "loc": [*under, *error["loc"]]} for error in found]
            self._found.append(no)

    def add(self, *loc: str | int, msg: str) -> None:
        """Note one fault."""
        self._found.append(Invalid.at(*loc, msg=msg))

    def settle(self) -> None:
        """Raise the first fault, with its own code and sentence and the places of all of them."""
        if self._found:
            first = self._found[0]
            first.errors = [error for fault in self._found for error in fault.errors]
            raise first
