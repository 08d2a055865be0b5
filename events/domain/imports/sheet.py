"""Lists that people type: a sign-in sheet from the door, and our own template."""

from collections.abc import Sequence

from events.domain.imports import stamps, tables
from events.domain.imports.report import Draft, Problem
from events.domain.imports.stamps import Stamp
from events.domain.imports.tables import Columns, Headings, Sheet
from events.domain.imports.text import Record

TEMPLATE = ("Name", "E-mail", "Date", "In", "Out", "Minutes", "Note")
HEADINGS: Headings = {
    "name": ("name", "full name", "participant", "attendee", "printed name", "print name"),
    "first": ("first name", "first"),
    "last": ("last name", "last", "surname"),
    "email": ("e-mail", "email", "e-mail address", "email address", "mail"),
    "date": ("date", "day"),
    "joined": ("in", "time in", "sign in", "signed in", "sign-in", "arrived", "arrival", "joined",
               "check in", "checked in"),
    "left": ("out", "time out", "sign out", "signed out", "sign-out", "left", "departed",
             "departure", "check out", "checked out"),
    "stated": ("minutes", "duration", "duration (minutes)"),
    "note": ("note",),
}  # fmt: skip


def template() -> bytes:
    """Our own template, empty: UTF-8 with a mark, so that spreadsheets read it as such.

    One row for each stay. Date as 2027-05-20 (empty: the session's day); In and Out as 8:56, 14:49
    or 2:42 pm in the event's zone, or a whole stamp with an offset; Minutes where no times are
    known, and then in every row.
    """
    return ("\ufeff" + ",".join(TEMPLATE) + "\r\n").encode()


def recognises(head: Sequence[Record]) -> bool:
    """A heading with a name, and times of coming and going or minutes."""
    return _table(head) is not None


def read(sheet: Sheet) -> Draft:
    """One row for each stay, times of day mostly without a date; who did not sign out is open.

    Where no row has a time and there are minutes, the file is one of totals.
    """
    table = _table(sheet.records)
    assert table is not None, "recognises said that there is a heading"
    index, cols = table
    rows = [record for record in sheet.records[index + 1 :] if not record.is_blank]
    draft = Draft("template" if cols.has("note", "stated") else "sign-in-sheet")
    if cols.has("stated") and not any(cols.text(row, "joined") for row in rows):
        draft.basis = "totals"
    for record in rows:
        found = tables.entry(
            record,
            cols,
            joined=_stamp_text(record, cols, "joined"),
            left=_stamp_text(record, cols, "left"),
        )
        tables.add(draft, found)
    draft.needs_date = draft.basis == "intervals" and any(
        _undated(row.joined) for row in draft.rows
    )
    if draft.needs_date:
        said = "The file states no date; its times are read as those of the session's day."
        draft.problems.append(Problem(said))
    return draft


def _table(records: Sequence[Record]) -> tuple[int, Columns] | None:
    for who in ("name", "first"):
        for when in (("joined", "left"), ("stated", "email")):
            if found := tables.find(records[:20], HEADINGS, who, *when):
                return found
    return None


def _stamp_text(record: Record, cols: Columns, field: str) -> str:
    """The time in ``field``, with the date of the row in front where the row has one."""
    written, day = cols.text(record, field), cols.text(record, "date")
    if stamps.is_blank(day) or stamps.is_blank(written) or not _undated(stamps.parse(written)):
        return written
    return f"{day} {written}"


def _undated(stamp: Stamp | None) -> bool:
    return stamp is not None and stamp.numbers is None
