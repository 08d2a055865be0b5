"""From bytes to records: encodings, delimiters, quotes, and formulas that stand for text.

Detection is by rules, not by guessing at languages, so that the same bytes always read the same:
a byte order mark decides; else NUL bytes on one side of every pair mean UTF-16; else UTF-8 where it
is valid; else windows-1252, which is what a spreadsheet in the Americas saves.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from events.domain.imports.errors import NotAReport, TooLarge

MAX_BYTES = 10 * 1024 * 1024
MAX_LINES = 60_000
DELIMITERS = ("\t", ";", ",", "|")
LONGEST_LINE = 12_000  # eight of them together stay below csv's own limit for a cell, 128 KB
QUOTED_LINES = 8  # a quoted cell that runs on for more lines than this was never closed

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
MAGIC = (
    (b"%PDF", "This is a PDF"),
    (b"PK\x03\x04", "This is an Excel workbook or another ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "This is an Excel workbook of the old kind"),
    (b"\x89PNG", "This is a picture"),
    (b"\xff\xd8\xff", "This is a picture"),
    (b"GIF8", "This is a picture"),
    (b"\x1f\x8b", "This is a compressed file"),
)
WRAPPED = re.compile(r'="([^"]*)"', re.DOTALL)
# Everything below the space but tab and line breaks, the rest of C0/C1, and U+FFFE/U+FFFF.
BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, how it was encoded, and sentences about bytes that made no sense."""

    text: str
    encoding: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One row of cells as text, and the line of the file that it starts on (from 1)."""

    line: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it but separators."""
        return not any(self.cells)

    def cell(self, index: int | None) -> str:
        """The cell at ``index``, or "" where the record has none."""
        return self.cells[index] if index is not None and index < len(self.cells) else ""


def decode(raw: bytes) -> Decoded:
    """The text in ``raw``.

    Raises TooLarge above 10 MB, and NotAReport for an empty file, a file that is known by its
    first bytes to be something else, and for bytes that are no text in any encoding we read.
    """
    if len(raw) > MAX_BYTES:
        raise TooLarge("This file is larger than 10 MB. An attendance report is much smaller.")
    if not raw.strip(b"\x00 \t\r\n"):
        raise NotAReport.because("This file is empty")
    for magic, what in MAGIC:
        if raw.startswith(magic):
            raise NotAReport.because(what)
    decoded = _decode_marked(raw) or _decode_unmarked(raw)
    return _without_binary(decoded)


def _decode_marked(raw: bytes) -> Decoded | None:
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return _decode_as(raw[len(mark) :], encoding)
    return None


def _decode_unmarked(raw: bytes) -> Decoded:
    encoding = _utf16_without_mark(raw)
    if encoding:
        return _decode_as(raw, encoding)
    decoded = _decode_as(raw, "utf-8")
    damaged = decoded.text.count("\ufffd")
    if not damaged:
        return decoded
    sound = sum(1 for sign in decoded.text if sign > "\x7f") - damaged
    if sound > damaged:  # UTF-8 with a few bad bytes, not another encoding
        return decoded
    return Decoded(raw.decode("cp1252", errors="replace"), "windows-1252")


def _utf16_without_mark(raw: bytes) -> str | None:
    """UTF-16 shows in NUL bytes: nearly all on one side of each pair, nearly none on the other."""
    head = raw[:4096]
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half >= 4 and odd > half * 0.5 and even < half * 0.1:
        return "utf-16-le"
    if half >= 4 and even > half * 0.5 and odd < half * 0.1:
        return "utf-16-be"
    return None


def _decode_as(raw: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(raw.decode(encoding), encoding)
    except UnicodeDecodeError as bad:
        if bad.start >= len(raw) - 3:
            cut = "The file breaks off in the middle of a letter; it may not be complete."
            return Decoded(raw[: bad.start].decode(encoding), encoding, (cut,))
        broken = "Some letters cannot be read and are shown as \N{REPLACEMENT CHARACTER}."
        return Decoded(raw.decode(encoding, errors="replace"), encoding, (broken,))


def _without_binary(decoded: Decoded) -> Decoded:
    """The text without control characters; many of them mean that it is no text at all."""
    text, dropped = BINARY.subn("", decoded.text)
    if dropped > 20 and dropped * 50 > len(decoded.text):
        raise NotAReport.because("This file is not text")
    if not text.strip():
        raise NotAReport.because("This file is empty")
    if dropped:
        said = f"Control characters were left out of the file: {dropped}."
        return Decoded(text, decoded.encoding, (*decoded.problems, said))
    return Decoded(text, decoded.encoding, decoded.problems)


def records(text: str, delimiter: str, *, limit: int | None = None) -> list[Record]:
    """The rows of ``text``, cut at ``delimiter``, at most ``limit`` of them; blank ones stay.

    A quote that is never closed does not swallow the rest of the file: its line is then read
    alone. Raises TooLarge above 60,000 lines and for a line above 12,000 characters.
    """
    found: list[Record] = []
    for line, chunk in _chunks(_lines(text)):
        if limit is not None and len(found) >= limit:
            break
        found.extend(_parse(line, chunk, delimiter))
    return found


def _lines(text: str) -> list[str]:
    """The lines, cut at CR LF, LF or CR alone: the other breaks of Unicode may stand in a name."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MAX_LINES:
        raise TooLarge("This file has more lines than an attendance report can have.")
    if max(map(len, lines)) > LONGEST_LINE:
        raise TooLarge("This file has a line that is longer than a row of attendance can be.")
    return [f"{line}\n" for line in lines]


def _chunks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines that belong together because a quoted cell holds the break between them."""
    at = 0
    while at < len(lines):
        taken = _lines_until_closed(lines[at : at + QUOTED_LINES])
        yield at + 1, lines[at : at + taken]
        at += taken


def _lines_until_closed(lines: list[str]) -> int:
    quotes = 0
    for count, line in enumerate(lines, start=1):
        quotes += line.count('"')
        if quotes % 2 == 0:
            return count
    return 1


def _parse(line: int, chunk: list[str], delimiter: str) -> Iterator[Record]:
    reader = csv.reader(chunk, delimiter=delimiter, strict=False)
    for cells in reader:
        yield Record(line, tuple(unwrapped(cell) for cell in cells))


def unwrapped(cell: str) -> str:
    """The cell without blanks around it, and without the formula that marks it as text.

    ``="2027-04-07 14:00:00"`` is how Webex keeps a spreadsheet from reformatting a value. Only
    that one shape is opened; any other formula stays the plain text that it is. Nothing is run.
    """
    cell = cell.strip()
    wrapped = WRAPPED.fullmatch(cell)
    return wrapped.group(1).strip() if wrapped else cell


def folded(cell: str) -> str:
    """A heading as it is compared: small letters, single blanks, no mark, colon or asterisk."""
    return " ".join(cell.replace("\ufeff", "").casefold().split()).rstrip(":*").strip()


def likely_delimiters(text: str) -> list[str]:
    """The delimiters that occur at all, by how often they do in the first 100 lines."""
    head = "".join(_lines(text)[:100])
    counts = {delimiter: head.count(delimiter) for delimiter in DELIMITERS}
    present: Iterable[str] = (delimiter for delimiter in DELIMITERS if counts[delimiter])
    return sorted(present, key=lambda delimiter: -counts[delimiter])
