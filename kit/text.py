"""What people type, made safe to keep; and folded, so that two spellings can be compared.

Pure: no database, no Django. Text is kept as it was typed apart from its Unicode form (NFC), blanks
at its ends and runs of blanks; it is made harmless where it is shown, not here.
"""

import re
import unicodedata
from collections.abc import Iterable

from kit.errors import Invalid

_BREAKS = re.compile("[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n{3,}")
_TRAILING_BLANKS = re.compile(r"[^\S\n]+\n")
# Marks that show nothing and turn the reading order about, so that a name can pose as another one.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
# Letters that Unicode does not take apart, as people write them on a keyboard without them.
_WRITTEN_AS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "&": " and ",
    }
)
_ROUNDS = 4


def one_line(typed: str, *, loc: str | tuple[str | int, ...], what: str, at_most: int) -> str:
    """``typed`` as one clean line: NFC, trimmed, runs of blanks made one. May be empty.

    ``what`` names the field at the start of a sentence (“The name”), ``loc`` is where the fault is
    reported, ``at_most`` counts characters after cleaning. Raises Invalid for line breaks, other
    control characters, halves of a surrogate pair, and text that is too long.
    """
    if _BREAKS.search(typed):
        raise _invalid(loc, f"{what} must be on one line. Take out the line breaks.")
    clean = _BLANKS.sub(" ", _kept(typed.replace("\t", " "), loc=loc, what=what)).strip()
    return _no_longer(clean, loc=loc, what=what, at_most=at_most)


def lines(typed: str, *, loc: str | tuple[str | int, ...], what: str, at_most: int) -> str:
    """``typed`` as clean text of several lines: with ``\\n`` at the ends, one blank line at most.

    Arguments and faults as for ``one_line``, except that line breaks and tabs may stay.
    """
    joined = _BREAKS.sub("\n", typed.replace("\r\n", "\n"))
    pieces = [_kept(line, loc=loc, what=what) for line in joined.replace("\t", "    ").split("\n")]
    text = _TRAILING_BLANKS.sub("\n", "\n".join(pieces) + "\n")
    clean = _BLANK_LINES.sub("\n\n", text).strip()
    return _no_longer(clean, loc=loc, what=what, at_most=at_most)


def fold(text: str) -> str:
    """A key by which two spellings of a name are the same: “Cañón  City” and “canon city”.

    Capitals, accents, punctuation and blanks do not count, and “&” is “and”. Empty where nothing is
    left to compare. Folding a folded text changes nothing.

    Source: Unicode 3.13 D146 (compatibility caseless matching), and then less: marks of a combining
    class are dropped, vowel signs of Indic scripts, which have none, stay.
    """
    folded = text
    for _ in range(_ROUNDS):  # a case folding may compose what the decomposition took apart
        before, folded = folded, _folded_once(folded)
        if folded == before:
            break
    return folded


def listed(names: Iterable[str], *, last: str = "and") -> str:
    """The names in a sentence: “A”, “A and B”, “A, B, and C”; empty for none."""
    items = list(names)
    if len(items) < 3:
        return f" {last} ".join(items)
    return f"{', '.join(items[:-1])}, {last} {items[-1]}"


def _folded_once(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain).translate(_WRITTEN_AS)
    kept = (sign for sign in plain if not unicodedata.combining(sign))
    words = "".join(sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in kept)
    return " ".join(words.split())


def _kept(line: str, *, loc: str | tuple[str | int, ...], what: str) -> str:
    """One line in NFC without invisible marks; raises Invalid for what no text may hold."""
    clean = _INVISIBLE.sub("", unicodedata.normalize("NFC", line))
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in clean):
        raise _invalid(loc, f"{what} holds a control character. Type it again by hand.")
    return clean


def _no_longer(text: str, *, loc: str | tuple[str | int, ...], what: str, at_most: int) -> str:
    if len(text) > at_most:
        sentence = f"{what} is too long: {len(text):,} characters, at most {at_most:,}."
        raise _invalid(loc, sentence)
    return text


def _invalid(loc: str | tuple[str | int, ...], sentence: str) -> Invalid:
    path = (loc,) if isinstance(loc, str) else loc
    return Invalid.at(*path, msg=sentence)
