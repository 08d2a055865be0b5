"""Google Meet: one row for each person, times of day without a date, durations in words."""

import re
from collections.abc import Sequence
from datetime import date

from events.domain.imports import stamps, tables
from events.domain.imports.report import Draft, Problem
from events.domain.imports.tables import Headings, Sheet
from events.domain.imports.text import Record

HEADINGS: Headings = {
    "first": ("first name",),
    "last": ("last name",),
    "email": ("email", "e-mail"),
    "stated": ("duration",),
    "joined": ("time joined",),
    "left": ("time exited",),
}
DATED = re.compile(r"(?<!\d)(20\d{2})-(\d{2})-(\d{2})(?!\d)")


def recognises(head: Sequence[Record]) -> bool:
    """The heading of Meet's attendance report."""
    return tables.find(head[:5], HEADINGS, "first", "joined", "left", "stated") is not None


def read(sheet: Sheet) -> Draft:
    """First joining and last leaving of each person, with the time stated between them.

    The stated duration leaves out the gaps, so last minus first overstates. The date stands in
    the name Meet gives the file and nowhere else; without it the session's day is taken.
    """
    found = tables.find(sheet.records[:5], HEADINGS, "first", "joined", "left", "stated")
    assert found is not None, "recognises said that there is a heading"
    index, cols = found
    draft = Draft("google-meet", basis="bounds", needs_date=True, on=_date(sheet.filename))
    if draft.on is None:
        said = "The file name has no date; the times are read as those of the session's day."
        draft.problems.append(Problem(said))
    for record in sheet.records[index + 1 :]:
        if not record.is_blank:
            tables.add(draft, tables.entry(record, cols))
    return draft


def _date(filename: str) -> date | None:
    found = DATED.search(filename)
    stamp = stamps.parse_date(found[0]) if found else None
    wall = stamp.wall(day_first=False) if stamp else None
    return wall.date() if wall else None
