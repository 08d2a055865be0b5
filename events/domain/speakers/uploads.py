"""Files that speakers and organisers hand in: which kinds, how large, and whether they are that.

Pure: the bytes decide, not what the browser calls them.
"""

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO

from kit import text
from kit.errors import Invalid

MOST_BYTES = 25 * 1024 * 1024
MOST_ENTRIES = 5000
TYPES = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_MAIN = {"pptx": "ppt/presentation.xml", "docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_KINDS = "PDF, PowerPoint (pptx), Word (docx), Excel (xlsx) or OpenDocument (odp, odt, ods)"


@dataclass(frozen=True)
class Upload:
    """A file that is what it says: its name made safe, its ending, type and content."""

    filename: str
    ending: str
    content_type: str
    content: bytes


def read(raw: bytes, filename: str) -> Upload:
    """Check a file. Raises Invalid (place ``file``) with what is wrong.

    Refused: what is larger than 25 MB, empty, of another kind, not of the kind its name says, and
    Office files with macros.
    """
    name = _safe(filename)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in {"pptm", "docm", "xlsm", "potm", "ppsm"}:
        raise _bad("Files with macros are not taken. Save it without macros, or as a PDF.")
    if ending not in TYPES:
        raise _bad(f"Files of this kind are not taken. Send {_KINDS}, or put in a link.")
    if not raw:
        raise _bad("The file is empty.")
    if len(raw) > MOST_BYTES:
        size = len(raw) / 1024**2
        raise _bad(
            f"The file is {size:.0f} MB large, at most 25. Make it smaller, or put in a link."
        )
    if not (_is_pdf(raw) if ending == "pdf" else _is_office(raw, ending)):
        raise _bad(
            f"This is not a {ending} file, whatever its name says. Save it anew as {_KINDS}."
        )
    return Upload(name, ending, TYPES[ending], raw)


def _is_pdf(raw: bytes) -> bool:
    return raw.startswith(b"%PDF-")


def _is_office(raw: bytes, ending: str) -> bool:
    """A ZIP archive with the parts such a file has; raises Invalid for one with macros."""
    if not raw.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            names = archive.namelist()
            if len(names) > MOST_ENTRIES:
                return False
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise _bad("This file holds macros. Save it without macros, or as a PDF.")
            if ending in _MAIN:
                return _MAIN[ending] in names
            return _mimetype(archive, names) == TYPES[ending]
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return False


def _mimetype(archive: zipfile.ZipFile, names: list[str]) -> str:
    """What an OpenDocument file says it is, in its first and uncompressed part."""
    if "mimetype" not in names or archive.getinfo("mimetype").file_size > 100:
        return ""
    return archive.read("mimetype").decode("ascii", errors="replace").strip()


def _safe(filename: str) -> str:
    """The last part of the name, with letters, digits and a few signs, at most 120 characters."""
    last = re.split(r"[\\/]", filename)[-1]
    kept = re.sub(r"[^\w .,&()+-]", "_", last).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    cut = f"{stem[:110]}{dot}{ending[:8]}" if dot else kept[:110]
    return text.one_line(cut, loc="file", what="The file’s name", at_most=120)


def _bad(sentence: str) -> Invalid:
    return Invalid.at("file", msg=sentence)
