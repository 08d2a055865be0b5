"""Alliances as the pages draw them: colours as a stylesheet, places on the small map."""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Max

from programmes.models import Alliance

_KEEP_SECONDS = 30


@dataclass(frozen=True)
class Mark:
    """What tag and glyph need of an alliance: plain values that can be cached."""

    pk: int
    slug: str
    name: str
    short_name: str
    code: str
    mark: str
    zone: str
    dot_x: int
    dot_y: int


def marks() -> list[Mark]:
    """All active alliances in the order they joined; at most 30 seconds old."""
    found: list[Mark] | None = cache.get("brand:marks")
    if found is None:
        fields = list(Mark.__dataclass_fields__)
        found = [Mark(**row) for row in Alliance.objects.active().values(*fields)]
        cache.set("brand:marks", found, _KEEP_SECONDS)
    return found


def version() -> str:
    """Changes whenever an alliance's row does; part of the stylesheet's address."""
    found: str | None = cache.get("brand:version")
    if found is None:
        newest = Alliance.objects.aggregate(newest=Max("changed_at"))["newest"]
        found = hashlib.sha256(str(newest).encode()).hexdigest()[:10]
        cache.set("brand:version", found, _KEEP_SECONDS)
    return found


def stylesheet() -> str:
    """A class for each alliance's code with its colour and the ink on it, light and dark."""
    rows = list(Alliance.objects.all())
    light = "".join(f".{a.code}{{--a:{a.colour_light};--ao:{a.ink_light}}}\n" for a in rows)
    dark = [f".{a.code}{{--a:{a.colour_dark};--ao:{a.ink_dark}}}" for a in rows]
    by_system = "\n".join(f":root:not([data-theme=light]) {rule}" for rule in dark)
    by_choice = "\n".join(f":root[data-theme=dark] {rule}" for rule in dark)
    return f"{light}@media (prefers-color-scheme:dark){{\n{by_system}\n}}\n{by_choice}\n"
