"""The faces of certificates: what they can draw, how wide it comes out, and cutting them down."""

import ctypes
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import uharfbuzz as hb
from django.conf import settings

from kit.errors import Refused


class CannotDraw(Refused):
    """No font here can draw some characters of a text; ``facts["characters"]`` names them."""

    code = "cannot-draw"
    status = 422

    @classmethod
    def because_of(cls, missing: str) -> "CannotDraw":
        """The refusal that names each of the ``missing`` characters and its code point."""
        points = [f"U+{ord(sign):04X}" for sign in missing]
        # A lone surrogate cannot be sent to anybody; its number can.
        shown = [
            point if unicodedata.category(sign) == "Cs" else f"“{sign}” ({point})"
            for sign, point in zip(missing, points, strict=True)
        ]
        return cls(
            f"No font on this site can draw {', '.join(shown)}. Write the name another way,"
            " or ask whoever runs the site to install a font for it.",
            characters=points,
        )


@dataclass(frozen=True)
class Face:
    """One font file of ours in ``settings.FONT_DIR`` and what style sheets call it."""

    family: str
    weight: int
    file: str

    @property
    def path(self) -> Path:
        return Path(settings.FONT_DIR) / self.file


SERIF = Face("Coalition Serif", 600, "CoalitionSerif-Semibold.ttf")
SANS = Face("Manrope", 400, "Manrope-Regular.ttf")
SANS_BOLD = Face("Manrope", 700, "Manrope-Bold.ttf")
FACES = (SERIF, SANS, SANS_BOLD)


def present() -> list[Face]:
    """Those of our faces that have been built; drawing uses the system's fonts for the others."""
    return [face for face in FACES if face.path.is_file()]


def missing_glyphs(text: str) -> str:
    """The characters of ``text``, each once and in order, that neither we nor the system can draw.

    Blanks and characters without a shape of their own (joiners, direction marks, variation
    selectors) never count. Fonts in colour do not count as drawing anything: their pictures
    have no place in a file that must print the same for decades.
    """
    ours = [shaper for face in FACES if (shaper := _shaper(face.path))]
    signs = dict.fromkeys(unicodedata.normalize("NFC", text))
    return "".join(
        sign
        for sign in signs
        if not _is_shapeless(sign)
        and not any(shaper.get_nominal_glyph(ord(sign)) for shaper in ours)
        and not _in_system(ord(sign))
    )


def covers(face: Face, text: str) -> bool:
    """Whether ``face`` alone can draw all of ``text``."""
    shaper = _shaper(face.path)
    return shaper is not None and all(
        _is_shapeless(sign) or shaper.get_nominal_glyph(ord(sign)) for sign in text
    )


def width(text: str, face: Face, size: float) -> float:
    """How wide ``text`` is in ``face``, in the unit of ``size`` (its font size), kerning and all.

    Characters the face has not are taken at their widest usual width, as other fonts draw them.
    """
    shaper = _shaper(face.path)
    known = "".join(s for s in text if shaper and (shaper.get_nominal_glyph(ord(s)) or s == " "))
    ems = sum(_usual_width(sign) for sign in text if sign not in set(known))
    if shaper is not None and known:
        buffer = hb.Buffer()
        buffer.add_str(known)
        buffer.guess_segment_properties()
        hb.shape(shaper, buffer)
        ems += sum(place.x_advance for place in buffer.glyph_positions) / shaper.face.upem
    return ems * size


def subset(
    content: bytes, *, index: int, glyphs: Iterable[int], hinted: bool, notdef: bool
) -> bytes:
    """The font file ``content`` with only ``glyphs`` (ids, kept as they are) in it.

    For WeasyPrint where the system's harfbuzz-subset is missing: its own way without is some
    twelve times slower than drawing the page. Two cuts, because only ids up to the last one
    used are wanted and the first cut must keep their numbers.
    """
    used = sorted(glyphs)
    first = _subset_input(used, notdef=notdef)
    first.flags |= hb.SubsetFlags.RETAIN_GIDS
    first.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(_tag(name) for name in _UNUSED_TABLES)
    second = _subset_input(range(used[-1] + 1), notdef=notdef)
    if not hinted:
        second.flags |= hb.SubsetFlags.NO_HINTING
    thinned = hb.subset(hb.Face(hb.Blob(content), index), first).blob.data
    return bytes(hb.subset(hb.Face(hb.Blob(thinned), 0), second).blob.data)


_UNUSED_TABLES = (
    *("BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS"),
    *("GSUB", "JSTF", "LTSH", "PCLT", "SVG"),
)


def _tag(name: str) -> int:
    return int.from_bytes(name.ljust(4).encode(), "big")


def _subset_input(glyphs: Iterable[int], *, notdef: bool) -> Any:
    wanted = hb.SubsetInput()
    wanted.flags = hb.SubsetFlags.PASSTHROUGH_UNRECOGNIZED | hb.SubsetFlags.DESUBROUTINIZE
    if notdef:
        wanted.flags |= hb.SubsetFlags.NOTDEF_OUTLINE
    wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(glyphs)
    return wanted


@cache
def _shaper(path: Path) -> Any:
    """A HarfBuzz font, or None where the file is not there."""
    return hb.Font(hb.Face(hb.Blob.from_file_path(path))) if path.is_file() else None


def _is_shapeless(sign: str) -> bool:
    is_selector = "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
    return is_selector or unicodedata.category(sign) in {"Cf", "Zs", "Zl", "Zp", "Cc"}


def _usual_width(sign: str) -> float:
    """In ems: ideographs are square, marks take no room, the rest is at most as wide as an m."""
    if unicodedata.combining(sign) or _is_shapeless(sign):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.72


# --- the system's fonts, asked through fontconfig as the drawing itself does ----------------------


class _FontSet(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_int),
        ("room", ctypes.c_int),
        ("patterns", ctypes.POINTER(ctypes.c_void_p)),
    )


_MATCH = 0
_SYSTEM = 0
_DRAWABLE = {b"TrueType", b"CFF"}  # Pango draws no other format since 1.44


@lru_cache(maxsize=4096)
def _in_system(point: int) -> bool:
    library, charsets = _system()
    return any(library.FcCharSetHasChar(charset, point) for charset in charsets)


@cache
def _system() -> tuple[Any, list[ctypes.c_void_p]]:
    """fontconfig and the character sets of the outline fonts it knows; empty without it."""
    try:
        library = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return None, []
    library.FcInitLoadConfigAndFonts.restype = ctypes.c_void_p
    library.FcConfigGetFonts.restype = ctypes.POINTER(_FontSet)
    library.FcConfigGetFonts.argtypes = (ctypes.c_void_p, ctypes.c_int)
    library.FcCharSetHasChar.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    found = library.FcConfigGetFonts(library.FcInitLoadConfigAndFonts(), _SYSTEM)
    if not found:
        return library, []
    patterns = [ctypes.c_void_p(found[0].patterns[at]) for at in range(found[0].count)]
    charsets = (_charset(library, pattern) for pattern in patterns if _is_plain(library, pattern))
    return library, [charset for charset in charsets if charset]


def _is_plain(library: Any, pattern: ctypes.c_void_p) -> bool:
    kind, colour = ctypes.c_char_p(), ctypes.c_int(0)
    library.FcPatternGetString(pattern, b"fontformat", 0, ctypes.byref(kind))
    library.FcPatternGetBool(pattern, b"color", 0, ctypes.byref(colour))
    return kind.value in _DRAWABLE and not colour.value


def _charset(library: Any, pattern: ctypes.c_void_p) -> ctypes.c_void_p:
    charset = ctypes.c_void_p()
    found = library.FcPatternGetCharSet(pattern, b"charset", 0, ctypes.byref(charset))
    return charset if found == _MATCH else ctypes.c_void_p()
