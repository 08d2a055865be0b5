"""QR codes as one SVG path, so that templates draw them without marking anything safe."""

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET = 4
"""Modules of white around the symbol, as ISO/IEC 18004 asks for."""


@dataclass(frozen=True)
class Symbol:
    """A square of ``side`` modules, quiet zone included; ``path``, stroked 1 wide, is the dark."""

    side: int
    path: str


def symbol(text: str) -> Symbol:
    """The QR code of ``text`` at error level M (15 % may be lost).

    The mask is fixed: choosing among the eight costs more than the rest, and any can be read.
    """
    code = segno.make(text, error="m", mask=2, boost_error=False, micro=False)
    rows = [list(row) for row in code.matrix]
    runs = [run for y, row in enumerate(rows) for run in _runs(row, y + QUIET)]
    return Symbol(side=len(rows) + 2 * QUIET, path="".join(runs))


def _runs(row: list[int], y: int) -> list[str]:
    """Each run of dark modules as a line along its middle: half the numbers of a rectangle."""
    found, x = [], QUIET
    for dark, run in groupby(row, key=bool):
        length = len(list(run))
        if dark:
            found.append(f"M{x} {y}.5h{length}")
        x += length
    return found
