"""Reads the demo's files: the sample network with the alliances' looks, and who registered."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from config.network import shape

FOLDER = Path(__file__).parent / "data"


def network() -> shape.NetworkFile:
    """The sample network file, each alliance with its colours, and calls with an address."""
    content = _json("network.json")
    looks = _json("looks.json")
    for alliance in content["alliances"]:
        alliance |= looks[alliance["slug"]]
    for event in content["events"]:
        if event["format"] != "in_person":
            event["join_url"] = f"https://calls.example/{event['slug']}"
    return shape.read(json.dumps(content), known={})


@cache
def registrants() -> dict[str, list[tuple[str, str]]]:
    """Name and address of who registered, by event slug, in the order they came."""
    return {slug: [(n, e) for n, e in rows] for slug, rows in _json("registrations.json").items()}


def _json(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))
