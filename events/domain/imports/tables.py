"""Finding columns by their headings, whatever their order, capitals and version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from events.domain.imports.report import BROKEN_OFF, Draft, Entry
from events.domain.imports.text import Record, folded


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file cut into records, with its name for the one layout that keeps its date there."""

    records: Sequence[Record]
    filename: str


Headings = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field of a table stands, as found in its heading."""

    places: Mapping[str, int]
    line: int

    def has(self, *fields: str) -> bool:
        """Whether the heading names every one of ``fields``."""
        return all(field in self.places for field in fields)

    def text(self, record: Record, field: str) -> str:
        """The cell of ``field``, or "" where the table or the record has none."""
        return record.cell(self.places.get(field))

    def breaks_off(self, record: Record, *fields: str) -> bool:
        """Whether the record ends before one of ``fields`` that the heading has."""
        return any(self.places.get(field, -1) >= len(record.cells) for field in fields)


def columns(record: Record, headings: Headings) -> Columns:
    """Which of ``headings`` (field → the ways it is written, folded) stand where in ``record``.

    The first column that fits is taken; one column serves one field.
    """
    cells = [folded(cell) for cell in record.cells]
    places: dict[str, int] = {}
    for field, spellings in headings.items():
        for spelling in spellings:
            if spelling in cells and cells.index(spelling) not in places.values():
                places[field] = cells.index(spelling)
                break
    return Columns(places, record.line)


def find(records: Sequence[Record], headings: Headings, *needed: str) -> tuple[int, Columns] | None:
    """The first record that is a heading with all ``needed`` fields: its index and columns."""
    for index, record in enumerate(records):
        if len(record.cells) >= len(needed):
            found = columns(record, headings)
            if found.has(*needed):
                return index, found
    return None


READ = ("name", "first", "last", "email", "joined", "left", "waiting")


def entry(record: Record, cols: Columns, **given: str | bool) -> Entry:
    """The row of attendance in ``record``; ``given`` sets or overrides fields of the entry.

    A record that ends before a column we read is kept, not counted.
    """
    name = cols.text(record, "name")
    if not name:
        name = f"{cols.text(record, 'first')} {cols.text(record, 'last')}"
    values: dict[str, str | bool] = {
        "name": name,
        "email": cols.text(record, "email"),
        "joined": cols.text(record, "joined"),
        "left": cols.text(record, "left"),
        "stated": cols.text(record, "stated"),
    }
    values |= given
    if cols.breaks_off(record, *READ):
        values["not_counted"] = BROKEN_OFF
    return Entry(line=record.line, **values)  # type: ignore[arg-type]


def add(draft: Draft, found: Entry) -> None:
    """Add ``found`` to ``draft``, noting where it breaks off."""
    if found.not_counted == BROKEN_OFF:
        draft.note(found, "The row has too few columns; is the file complete? It was not counted.")
    draft.add(found)
