"""CSV files for spreadsheets, in which nothing that a stranger typed is taken for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse

# What a spreadsheet takes for the start of a formula, in the form that NFKC gives it. A tab or a
# line break at the start does the same in some of them, so blanks are looked through.
STARTERS = ("=", "+", "-", "@")
QUOTE = "'"
BOM = "\ufeff"


def safe_cell(value: Any) -> str:
    """``value`` as the text of one cell. Text that would run as a formula gets a ``'`` in front.

    Numbers stay numbers, also below nothing; None is empty; an aware time is RFC 3339 in its own
    offset. NUL is dropped, because readers stop there.

    Source: OWASP, CSV Injection (``=``, ``+``, ``-``, ``@``, tab, carriage return; and their wide
    forms, which East Asian versions of Excel accept).
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if not isinstance(value, str):
        return str(value)
    text = value.replace("\0", "")
    shown = unicodedata.normalize("NFKC", _seen(text))
    starts_line = text[:1] in {"\t", "\r", "\n"}
    return QUOTE + text if shown.startswith(STARTERS) or starts_line else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The table as RFC 4180 has it, every cell safe, behind a mark that tells Excel it is UTF-8."""
    out = io.StringIO(newline="")
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in header])
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return out.getvalue()


def csv_response(
    filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> HttpResponse:
    """The table as a download that no cache keeps. ``filename`` is plain ASCII, without quotes."""
    response = HttpResponse(csv_text(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _seen(text: str) -> str:
    """The first sign that shows: blanks and invisible marks before it disarm nothing."""
    for sign in text:
        if not (sign.isspace() or unicodedata.category(sign) in {"Cc", "Cf"}):
            return sign
    return ""
