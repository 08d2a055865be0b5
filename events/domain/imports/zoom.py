"""Zoom: the meeting participants report (with or without meeting data), unique users, webinars."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from events.domain.imports import names, stamps, tables
from events.domain.imports.report import Draft
from events.domain.imports.tables import Columns, Headings, Sheet
from events.domain.imports.text import Record, folded

NAME = ("name (original name)", "user name (original name)", "user name", "name")
HEADINGS: Headings = {
    "name": NAME,
    "email": ("user email", "email", "e-mail"),
    "joined": ("join time",),
    "left": ("leave time",),
    "stated": ("duration (minutes)", "time in session (minutes)"),
    "total": ("total duration (minutes)",),
    "waiting": ("in waiting room",),
    "attended": ("attended",),
    "first": ("first name",),
    "last": ("last name",),
    "guest": ("guest", "is guest"),
}
MEETING: Headings = {
    "id": ("meeting id", "webinar id", "id"),
    "topic": ("topic",),
    "starts": ("start time", "actual start time"),
    "ends": ("end time",),
    "host": ("user email", "host email"),
    "minutes": ("duration (minutes)", "actual duration (minutes)"),
}
BLOCKS = {
    "host details": "host",
    "panelist details": "panelist",
    "attendee details": "attendee",
    "other attended": "attendee",
}
WAITING = "waiting room"
NEVER_ADMITTED = "waiting room, never admitted"
YES = frozenset({"yes", "true", "y"})


def recognises_webinar(head: Sequence[Record]) -> bool:
    """A block title of a webinar report, with a heading of times under it."""
    return any(
        _block(title) and tables.columns(heading, HEADINGS).has("joined", "left")
        for title, heading in pairwise(head)
    )


def read_webinar(sheet: Sheet) -> Draft:
    """Host, panelists, attendees and other attended, numbered on through all four.

    A registered person who did not come is counted in ``no_shows`` and has no row. Somebody
    promoted in the middle stands in two blocks, under one address.
    """
    draft = Draft("zoom-webinar")
    _meeting(draft, sheet.records)
    role, cols = "", None
    for record in sheet.records:
        if block := _block(record):
            role, cols = block, None
        elif record.is_blank or not role:
            continue
        elif cols is None:
            cols = tables.columns(record, HEADINGS)
        elif _came(record, cols):
            tables.add(draft, tables.entry(record, cols, role=role))
        else:
            draft.no_shows += 1
    return draft


def _block(record: Record) -> str:
    """The role of the people in the block that ``record`` is the title of, or ""."""
    return BLOCKS.get(folded(record.cell(0)), "") if not any(record.cells[1:]) else ""


def _came(record: Record, cols: Columns) -> bool:
    return folded(cols.text(record, "attended")) != "no"


def recognises_meeting(head: Sequence[Record]) -> bool:
    """A heading with times or a total, in the words that only Zoom uses."""
    return _meeting_table(head) is not None or _totals_table(head) is not None


def read_meeting(sheet: Sheet) -> Draft:
    """A participants report: one row for each stay of each device.

    Rows from the waiting room are kept and not counted. The two lines of meeting data above the
    table, where there are any, give topic, times and the host's address.
    """
    draft, table = Draft("zoom-meeting"), _meeting_table(sheet.records)
    if table is None:
        draft, table = Draft("zoom-meeting-totals", basis="totals"), _totals_table(sheet.records)
    assert table is not None, "recognises_meeting said that there is a table"
    index, cols = table
    host = _meeting(draft, sheet.records[:index])
    for record in sheet.records[index + 1 :]:
        if record.is_blank:
            continue
        waiting = folded(cols.text(record, "waiting")) in YES
        entry = tables.entry(
            record,
            cols,
            stated=cols.text(record, "total" if draft.basis == "totals" else "stated"),
            not_counted=WAITING if waiting else "",
            is_host=bool(host) and names.address(cols.text(record, "email")) == host,
        )
        tables.add(draft, entry)
    _mark_never_admitted(draft)
    return draft


def _mark_never_admitted(draft: Draft) -> None:
    """Say of those who were in the waiting room alone that they were never let in."""
    admitted = {row.key for row in draft.rows if row.why != WAITING}
    draft.rows = [
        replace(row, why=NEVER_ADMITTED) if row.why == WAITING and row.key not in admitted else row
        for row in draft.rows
    ]


def _meeting_table(records: Sequence[Record]) -> tuple[int, Columns] | None:
    """The table of stays: times, a duration in minutes, and an address column in Zoom's words."""
    return tables.find(records, HEADINGS, "name", "email", "joined", "left", "stated")


def _totals_table(records: Sequence[Record]) -> tuple[int, Columns] | None:
    return tables.find(records, HEADINGS, "name", "email", "total")


def _meeting(draft: Draft, records: Sequence[Record]) -> str:
    """Take topic, times and length from the lines above the table; the host's address, or ""."""
    found = tables.find(records, MEETING, "topic", "id")
    if found is None or found[0] + 1 >= len(records):
        return ""
    index, cols = found
    values = records[index + 1]
    draft.title = names.shortened(names.clean(cols.text(values, "topic")))
    draft.starts = stamps.parse(cols.text(values, "starts"))
    draft.ends = stamps.parse(cols.text(values, "ends"))
    draft.meeting_seconds = stamps.duration_seconds(cols.text(values, "minutes"))
    return names.address(cols.text(values, "host"))
