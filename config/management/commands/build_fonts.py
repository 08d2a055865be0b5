"""Cuts the fonts of their packages to what pages and certificates need.

Both are under the SIL Open Font License. “Source” is a reserved font name there, so whatever is
made of Source Serif carries another one: Coalition Serif. The licence goes beside the files.
"""

import hashlib
import shutil
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

# Latin with Latin Extended-A and the Romanian commas; then spaces, dashes, quotes, bullet, dots,
# angle quotes, euro, trade mark, arrows and minus. Letters of other scripts come from the system.
CHARACTERS = [
    *range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x218, 0x21C), 0x2009, 0x202F,
    *range(0x2011, 0x2015), 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026,
    0x2039, 0x203A, 0x20AC, 0x2122, *range(0x2190, 0x2194), 0x2212,
]  # fmt: skip
FEATURES = ["kern", "locl", "liga", "calt", "tnum"]
MANROPE, SERIF = "font_manrope", "font_source_serif_pro"
RESERVED = {"Source Serif Pro": "Coalition Serif", "SourceSerifPro": "CoalitionSerif"}
TRADEMARK = 7  # name id of the name table, OpenType specification

Cut = Callable[[Path, Path], None]


def for_pages(source: Path, target: Path) -> None:
    """A woff2 with the Latin characters only."""
    font = _renamed(TTFont(source))
    options = Options(flavor="woff2", layout_features=FEATURES, hinting=False, notdef_outline=True)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    cutter = Subsetter(options)
    cutter.populate(unicodes=CHARACTERS)
    cutter.subset(font)
    font.flavor = "woff2"
    font.save(target)


def for_paper(source: Path, target: Path) -> None:
    """A TrueType file with every character, because names need them."""
    _renamed(TTFont(source)).save(target)


def _renamed(font: Any) -> Any:
    """The font under our name where its own is reserved; the copyright line stays as it is."""
    names = font["name"]
    if "Source" not in (names.getDebugName(1) or ""):
        return font
    names.removeNames(nameID=TRADEMARK)
    for record in names.names:
        if record.nameID == 0:
            continue
        text = record.toUnicode()
        for reserved, ours in RESERVED.items():
            text = text.replace(reserved, ours)
        record.string = text
    return font


def as_it_is(source: Path, target: Path) -> None:
    """A copy."""
    shutil.copyfile(source, target)


BUILT: dict[str, tuple[str, str, Cut]] = {
    "manrope.woff2": (MANROPE, "Manrope-VariableFont_wght.ttf", for_pages),
    "serif.woff2": (SERIF, "SourceSerifPro-Semibold.ttf", for_pages),
    "Manrope-Regular.ttf": (MANROPE, "Manrope-Regular.ttf", as_it_is),
    "Manrope-Bold.ttf": (MANROPE, "Manrope-Bold.ttf", as_it_is),
    "CoalitionSerif-Semibold.ttf": (SERIF, "SourceSerifPro-Semibold.ttf", for_paper),
    "OFL-Manrope.txt": (MANROPE, "OFL.txt", as_it_is),
    "OFL-CoalitionSerif.txt": (SERIF, "LICENSE.txt", as_it_is),
}


class Command(BaseCommand):
    """Builds static/fonts/; does nothing where it is in step."""

    help = "Cuts Manrope and Coalition Serif for pages and certificates into static/fonts/."

    def handle(self, *args: Any, **options: Any) -> None:
        """Never fails a start: without its package a page falls back to the system's fonts."""
        folder = Path(settings.FONT_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        stamp, now = folder / ".built", _recipe()
        if stamp.exists() and stamp.read_text() == now and _are_built(folder):
            return
        missing = [package for package in (MANROPE, SERIF) if not find_spec(package)]
        for name, (package, source, cut) in BUILT.items():
            if package in missing:
                continue
            fresh = folder / f".{name}.new"
            cut(_files(package) / source, fresh)
            fresh.replace(folder / name)
        if missing:
            self.stderr.write(f"Without {', '.join(missing)} the system's fonts are used.")
            return
        stamp.write_text(now)
        self.stdout.write(f"Fonts are built in {folder.relative_to(settings.BASE_DIR)}/.")


def _are_built(folder: Path) -> bool:
    return all((folder / name).is_file() for name in BUILT)


def _files(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "files"


def _recipe() -> str:
    """Changes with this file, with fontTools and with the fonts."""
    parts = [hashlib.sha256(Path(__file__).read_bytes()).hexdigest()]
    for package in ("fontTools", MANROPE, SERIF):
        parts.append(f"{package} {version(package) if find_spec(package) else None}")
    return "\n".join(parts)
