"""Webex: meetings and events, in whatever language the account has.

Headings follow the language, so a table without the English ones is found by the shape of its
columns: the scheduled start and end, the same in every row, then joining and leaving.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from events.domain.imports import names, stamps, tables
from events.domain.imports.report import Draft
from events.domain.imports.tables import Columns, Headings, Sheet
from events.domain.imports.text import Record, folded

HEADINGS: Headings = {
    "title": ("event name", "meeting name", "meeting topic", "session name"),
    "starts": ("event start time", "meeting start time", "session start time"),
    "ends": ("event end time", "meeting end time", "session end time"),
    "name": ("name", "display name", "attendee name", "participant name"),
    "first": ("first name",),
    "last": ("last name",),
    "role": ("role",),
    "email": ("attendee email", "invitee email", "email", "email address"),
    "joined": ("join time", "attendee join time"),
    "left": ("leave time", "attendee leave time"),
    "stated": ("attendance duration", "duration"),
}
# The word for host in the languages Webex is offered in, folded.
HOSTS = frozenset(
    {
        "host",
        "anfitrião",
        "anfitrión",
        "anfitriona",
        "organizador",
        "organizadora",
        "animateur",
        "animatrice",
        "hôte",
        "gastgeber",
        "gastgeberin",
        "ospite",
        "organizzatore",
        "主持人",
        "主催者",
        "호스트",
    }
)
SAMPLE = 40  # rows looked at to learn the shape of the columns


def recognises(head: Sequence[Record]) -> bool:
    """An English heading of Webex, or columns of its shape."""
    return _table(head) is not None


def read(sheet: Sheet) -> Draft:
    """One row for each stay; a person may be there by computer and by telephone at once."""
    table = _table(sheet.records)
    assert table is not None, "recognises said that there is a table"
    index, cols = table
    draft = Draft("webex")
    rows = [record for record in sheet.records[index + 1 :] if not record.is_blank]
    if rows:
        draft.title = names.shortened(names.clean(cols.text(rows[0], "title")))
        draft.starts = stamps.parse(cols.text(rows[0], "starts"))
        draft.ends = stamps.parse(cols.text(rows[0], "ends"))
    for record in rows:
        is_host = folded(cols.text(record, "role")) in HOSTS
        tables.add(draft, tables.entry(record, cols, is_host=is_host))
    return draft


def _table(records: Sequence[Record]) -> tuple[int, Columns] | None:
    return tables.find(
        records[:20], HEADINGS, "starts", "ends", "name", "joined", "left"
    ) or _by_shape(records)


def _by_shape(records: Sequence[Record]) -> tuple[int, Columns] | None:
    """The table under the first record that is followed by columns shaped like those of Webex.

    Wanted: four columns of stamps, of which the first two say the same in every row; a duration
    after them; a column of addresses; and a name right after the scheduled times.
    """
    filled = [(index, record) for index, record in enumerate(records) if not record.is_blank]
    if len(filled) < 2:
        return None
    index, heading = filled[0]
    rows = [record for _, record in filled[1 : 1 + SAMPLE]]
    width = min(len(heading.cells), 40)
    stamped = [at for at in range(width) if _mostly(rows, at, _is_stamp)]
    lasting = [at for at in range(width) if _mostly(rows, at, _is_duration)]
    addresses = Counter(
        {at: sum(bool(names.address(row.cell(at))) for row in rows) for at in range(width)}
    )
    if len(stamped) != 4 or not lasting or not addresses.most_common(1)[0][1]:
        return None
    starts, ends, joined, left = stamped
    if any(row.cell(at) != rows[0].cell(at) for row in rows for at in (starts, ends)):
        return None
    places = {"title": 0, "starts": starts, "ends": ends, "name": ends + 1}
    places |= {"joined": joined, "left": left, "stated": lasting[-1]}
    places["email"] = addresses.most_common(1)[0][0]
    roles = [at for at in range(ends + 2, width) if _mostly(rows, at, _is_role)]
    if roles:
        places["role"] = roles[0]
    return index, Columns(places, heading.line)


def _mostly(rows: Sequence[Record], at: int, shape: Callable[[str], bool]) -> bool:
    return sum(shape(row.cell(at)) for row in rows) * 10 >= len(rows) * 8


def _is_stamp(cell: str) -> bool:
    stamp = stamps.parse(cell)
    return stamp is not None and stamp.numbers is not None


def _is_duration(cell: str) -> bool:
    return not cell.isdigit() and stamps.duration_seconds(cell) is not None


def _is_role(cell: str) -> bool:
    return folded(cell) in HOSTS | {"participante", "attendee", "participant", "teilnehmer"}
