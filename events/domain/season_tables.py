"""A season's events written as a table: a line each, from a text field or a spreadsheet."""

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from events.domain.seasons import MOST_ITEMS, ItemPlan
from kit import text
from kit.faults import Faults
from programmes.models import Alliance, Topic

COLUMNS = ("title", "minutes", "hosts", "topic", "first_day", "last_day")
DELIMITERS = "\t;|"


def parse(table: str) -> list[ItemPlan]:
    """The events of a table, in its order.

    Columns are title, minutes, hosts (slug, short name or mark, with + between them, the lead
    first; a * after them fixes the lead), topic, earliest and latest day; they are set apart by
    tabs, semicolons or bars. A heading is passed over, and so are empty lines. Raises Invalid with
    every fault as “line 3, hosts: …” at ``["table", line, column]``; then nothing can be used.
    """
    faults, plans = Faults(), []
    alliances = _named(Alliance.objects.active(), "slug", "name", "short_name", "mark")
    topics = _named(Topic.objects.all(), "slug", "name")
    rows = [(n, row) for n, row in enumerate(_rows(table), 1) if any(map(str.strip, row))]
    for number, row in rows:
        if number == rows[0][0] and text.fold(row[0]) in {"title", "event"}:
            continue
        with faults.noted("table"):
            plans.append(_plan(number, row, alliances, topics))
    if len(plans) > MOST_ITEMS:
        faults.add("table", msg=f"A season holds at most {MOST_ITEMS} events.")
    if not rows:
        faults.add("table", msg="Write at least one line.")
    faults.settle()
    return plans


def _rows(table: str) -> Iterable[list[str]]:
    lines = table.replace("\x00", "").splitlines()
    sample = "".join(lines[:5])
    delimiter = max(DELIMITERS, key=sample.count)
    return csv.reader(lines, delimiter=delimiter)


def _named(rows: Iterable[object], *fields: str) -> dict[str, object]:
    """Rows by everything they may be called, folded."""
    return {text.fold(str(getattr(row, field))): row for row in rows for field in fields}


def _plan(
    number: int, row: list[str], alliances: Mapping[str, object], topics: Mapping[str, object]
) -> ItemPlan:
    cells = dict(zip(COLUMNS, (*map(str.strip, row), *("",) * len(COLUMNS)), strict=False))
    faults = Faults()

    def read(column: str, how: Callable[[str], object]) -> object:
        try:
            return how(cells[column])
        except (ValueError, KeyError):
            said = f"“{cells[column][:40]}”" if cells[column] else "an empty cell"
            sentence = f"Line {number}, {_CALLED[column]}: {said} {_WANTED[column]}"
            faults.add(number, column, msg=sentence)
            return None

    values = {
        "title": read("title", _filled),
        "minutes": read("minutes", int),
        "hosts": read("hosts", lambda cell: tuple(_all(cell, alliances))),
        "topics": read("topic", lambda cell: tuple(_all(cell, topics)) if cell else ()),
        "first_day": read("first_day", date.fromisoformat),
        "last_day": read("last_day", date.fromisoformat),
    }
    faults.settle()
    return ItemPlan(**values, any_host_leads="*" not in cells["hosts"])  # type: ignore[arg-type]


_CALLED = {
    "title": "title",
    "minutes": "minutes",
    "hosts": "hosts",
    "topic": "topic",
    "first_day": "not before",
    "last_day": "not after",
}
_WANTED = {
    "title": "is no title.",
    "minutes": "is no number of minutes.",
    "hosts": "names an alliance there is not. Write short names with + between them.",
    "topic": "is not one of the topics.",
    "first_day": "is no day. Write it as 2027-02-01.",
    "last_day": "is no day. Write it as 2027-04-30.",
}


def _filled(cell: str) -> str:
    if not cell:
        raise ValueError
    return cell


def _all(cell: str, known: Mapping[str, object]) -> Iterable[object]:
    for name in cell.replace("*", "").split("+"):
        yield known[text.fold(name.strip())]
