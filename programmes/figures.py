"""Small drawings made on the server: the map figure and bar charts. Plain values in, SVG out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ROW_HEIGHT = 28
BAR_WIDTH = 190


class Dot(NamedTuple):
    """A region on the 66 × 40 map: its colour class and its place."""

    code: str
    x: int
    y: int


@lru_cache(maxsize=512)
def glyph(hosts: tuple[Dot, ...], network: tuple[Dot, ...]) -> SafeString:
    """The map: ``hosts`` filled and joined west to east, the rest of ``network`` empty rings.

    Decoration, hidden from screen readers: names stand beside it.
    """
    joined = sorted(hosts, key=lambda dot: (dot.x, dot.y))
    line = format_html('<polyline points="{}"/>', _points(joined)) if len(joined) > 1 else ""
    others = [dot for dot in network if dot not in set(hosts)]
    rings = format_html_join("", '<circle cx="{}" cy="{}" r="2"/>', ((d.x, d.y) for d in others))
    return _map("0 0 66 40", line, rings, _filled(joined))


@lru_cache(maxsize=8)
def brandmark(network: tuple[Dot, ...]) -> SafeString:
    """The product's mark: all regions filled, one line going round through every one of them."""
    middle_x = sum(dot.x for dot in network) / max(len(network), 1)
    middle_y = sum(dot.y for dot in network) / max(len(network), 1)
    ring = sorted(network, key=lambda dot: math.atan2(dot.y - middle_y, dot.x - middle_x))
    line = format_html('<polygon points="{}"/>', _points(ring))
    return _map("1 3 63 35", line, "", _filled(ring))


def _map(view_box: str, line: str, rings: str, dots: str) -> SafeString:
    return format_html(
        '<svg class="glyph" viewBox="{}" width="66" height="40" aria-hidden="true"'
        ' focusable="false">{}{}{}</svg>',
        view_box,
        line,
        rings,
        dots,
    )


def _points(dots: Sequence[Dot]) -> str:
    return " ".join(f"{dot.x},{dot.y}" for dot in dots)


def _filled(dots: Sequence[Dot]) -> SafeString:
    return format_html_join("", '<circle class="on {}" cx="{}" cy="{}" r="4"/>', dots)


@dataclass(frozen=True)
class Bar:
    """One bar, in units of the drawing."""

    label: str
    value: Any
    code: str
    short: str
    y: int
    width: float
    text_y: int
    value_x: float


@dataclass(frozen=True)
class BarChart:
    """Bars under one another, the longest as wide as the drawing allows."""

    bars: list[Bar]
    left: int
    height: int


def bars(rows: Sequence[dict[str, Any]]) -> BarChart:
    """Places a bar for each row (label, value; code and mark where it is an alliance's)."""
    top = max((float(row["value"]) for row in rows), default=0) or 1
    left = 34 if all(row.get("mark") for row in rows) else 110
    drawn = []
    for number, row in enumerate(rows):
        y = number * ROW_HEIGHT
        width = round(float(row["value"]) / top * (BAR_WIDTH + 76 - left), 1)
        drawn.append(
            Bar(
                label=row["label"],
                value=row["value"],
                code=row.get("code", ""),
                short=row.get("mark") or _cut(row["label"]),
                y=y + 4,
                width=width,
                text_y=y + 18,
                value_x=left + width + 6,
            )
        )
    return BarChart(bars=drawn, left=left, height=max(len(drawn), 1) * ROW_HEIGHT)


def _cut(label: str, length: int = 15) -> str:
    return label if len(label) <= length else f"{label[: length - 1].rstrip()}…"
