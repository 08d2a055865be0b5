"""Microsoft Teams: the report in numbered sections, the live event log, the list of 2021."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from events.domain.imports import names, stamps, tables
from events.domain.imports.report import Basis, Draft, Entry, Problem
from events.domain.imports.stamps import Stamp
from events.domain.imports.tables import Columns, Headings, Sheet
from events.domain.imports.text import Record, folded

SECTION = re.compile(r"([1-9])\. \S")
HEADINGS: Headings = {
    "name": ("name", "full name"),
    "joined": ("join time", "first join"),
    "left": ("leave time", "last leave"),
    "stated": ("duration", "in-meeting duration"),
    "email": ("email", "e-mail"),
    "role": ("role",),
}
BY_PLACE = Columns({"name": 0, "joined": 1, "left": 2, "stated": 3, "email": 4, "role": 5}, line=0)
LOG: Headings = {
    "session": ("sessionid",),
    "email": ("participantid",),
    "name": ("fullname",),
    "at": ("utceventtimestamp",),
    "action": ("action",),
    "role": ("role",),
}
LIST: Headings = {
    "name": ("full name",),
    "action": ("user action",),
    "at": ("timestamp",),
}
ROLES = {
    "organizer": "organizer",
    "organiser": "organizer",
    "co-organizer": "organizer",
    "co-organiser": "organizer",
    "presenter": "presenter",
    "producer": "presenter",
}
SUMMARY = {
    "meeting title": "title",
    "start time": "starts",
    "meeting start time": "starts",
    "end time": "ends",
    "meeting end time": "ends",
    "meeting duration": "minutes",
}


def recognises_report(head: Sequence[Record]) -> bool:
    """Numbered sections in which people join and leave, or the one table of older reports."""
    sections = [record for record in head if _section(record)]
    if sections and _section(sections[0]) == 1:
        return any(len(record.cells) >= 4 for record in head)
    heading = tables.find(head, HEADINGS, "name", "joined", "left", "stated", "role")
    return heading is not None and heading[1].places["stated"] == 3


def read_report(sheet: Sheet) -> Draft:
    """The stays of section 3; where the file has none, first and last of section 2.

    In-Meeting Duration of section 2 adds up devices that ran side by side, so it is never used
    where there are stays. Headings in another language are read by their place. A 24-hour clock
    is day first: Teams writes month first only with AM and PM.
    """
    draft = Draft("teams-meeting")
    _summary(draft, sheet.records)
    index, cols, draft.basis = _table(sheet.records)
    for record in sheet.records[index + 1 :]:
        if _section(record):
            break
        if not record.is_blank:
            role = ROLES.get(folded(cols.text(record, "role")), "attendee")
            tables.add(draft, tables.entry(record, cols, role=role))
    draft.certain_day_first = _certain_order([row.joined for row in draft.rows if row.joined])
    return draft


def _section(record: Record) -> int:
    """The number of the section that ``record`` is the title of, or 0."""
    found = SECTION.match(record.cell(0))
    return int(found[1]) if found and not any(record.cells[1:]) else 0


def _table(records: Sequence[Record]) -> tuple[int, Columns, Basis]:
    """Where the heading of the stays is, its columns, and what its rows are."""
    starts = {_section(record): index for index, record in enumerate(records) if _section(record)}
    sections: tuple[tuple[int, Basis], ...] = ((3, "intervals"), (2, "bounds"))
    for number, basis in sections:
        under = range(starts.get(number, len(records)) + 1, len(records))
        filled = [index for index in under if not records[index].is_blank]
        if filled:
            heading = tables.columns(records[filled[0]], HEADINGS)
            known = heading.has("name", "joined", "left", "stated")
            return filled[0], heading if known else BY_PLACE, basis
    found = tables.find(records, HEADINGS, "name", "joined", "left")
    return (*found, "intervals") if found else (len(records), BY_PLACE, "intervals")


def _summary(draft: Draft, records: Sequence[Record]) -> None:
    for record in records[:30]:
        match SUMMARY.get(folded(record.cell(0))):
            case "title":
                draft.title = names.shortened(names.clean(record.cell(1)))
            case "starts":
                draft.starts = stamps.parse(record.cell(1))
            case "ends":
                draft.ends = stamps.parse(record.cell(1))
            case "minutes":
                draft.meeting_seconds = stamps.duration_seconds(record.cell(1))


def _certain_order(written: Sequence[Stamp]) -> bool | None:
    """Day first for sure where the clock runs to 24 or a first number is no month; else open:
    accounts in the US and in Australia both write AM and PM.
    """
    if any(
        stamp.order == "unknown" and stamp.numbers and stamp.numbers[1] > 12 for stamp in written
    ):
        return True
    return True if written and not any(stamp.has_half for stamp in written) else None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a log: somebody joined or left."""

    line: int
    who: str
    name: str
    email: str
    is_crew: bool
    text: str
    at: datetime
    joins: bool


def recognises_live_event(head: Sequence[Record]) -> bool:
    """The heading of a live event's attendee log."""
    return tables.find(head[:5], LOG, "session", "name", "at", "action") is not None


def read_live_event(sheet: Sheet) -> Draft:
    """A line for each joining and each leaving, in UTC, paired by session id.

    Producers and presenters are attendees in the log's eyes; they are marked as hosts.
    """
    draft = Draft("teams-live-event", stated_zone="UTC", certain_day_first=False)
    _pair(draft, sheet, LOG, lambda cols, record: cols.text(record, "session"))
    return draft


def recognises_list(head: Sequence[Record]) -> bool:
    """The heading of the attendance list that Teams gave in 2020 and 2021."""
    return tables.find(head[:5], LIST, "name", "action", "at") is not None


def read_list(sheet: Sheet) -> Draft:
    """A line for each action, grouped by name: each Joined with the next Left of that name.

    Two people of one name read Joined, Joined, Left, Left; they are paired first with first and
    can only be added up under the one name (see ``people.doubled_names``).
    """
    draft = Draft("teams-list", certain_day_first=_certain_order(_list_stamps(sheet.records)))
    _pair(draft, sheet, LIST, lambda cols, record: names.folded_name(cols.text(record, "name")))
    return draft


def _list_stamps(records: Sequence[Record]) -> list[Stamp]:
    return [stamp for record in records if (stamp := stamps.parse(record.cell(2)))]


def _pair(
    draft: Draft, sheet: Sheet, headings: Headings, who: Callable[[Columns, Record], str]
) -> None:
    """Add a row for each pair, in order of joining; a joining without a leaving stays open.

    Lines are paired by their time within each ``who``, so the order of the file does not matter.
    """
    found = tables.find(sheet.records, headings, "name", "at", "action")
    assert found is not None, "the layout was recognised by this heading"
    index, cols = found
    lines = [record for record in sheet.records[index + 1 :] if not record.is_blank]
    waiting: dict[str, deque[Event]] = defaultdict(deque)
    pairs: list[tuple[Event, Event | None]] = []
    for event in sorted(_events(draft, lines, cols, who), key=lambda event: event.at):
        if event.joins:
            waiting[event.who].append(event)
        elif waiting[event.who]:
            pairs.append((waiting[event.who].popleft(), event))
        else:
            message = f"“{event.name[:80]}” left without having joined; the line was not used."
            draft.problems.append(Problem(message, line=event.line))
    pairs.extend((event, None) for queue in waiting.values() for event in queue)
    for joined, left in sorted(pairs, key=lambda pair: (pair[0].at, pair[0].line)):
        draft.add(
            Entry(
                line=joined.line,
                name=joined.name,
                email=joined.email,
                is_host=joined.is_crew,
                joined=joined.text,
                left=left.text if left else "",
            )
        )


def _events(
    draft: Draft,
    lines: Sequence[Record],
    cols: Columns,
    who: Callable[[Columns, Record], str],
) -> Iterator[Event]:
    for record in lines:
        action = folded(cols.text(record, "action"))
        stamp = stamps.parse(cols.text(record, "at"))
        day_first = bool(draft.certain_day_first)
        wall = stamp.wall(day_first=day_first) if stamp else None
        if stamp is None or wall is None or not action.startswith(("joined", "left")):
            message = "The line has no readable time or action; it was not used."
            draft.problems.append(Problem(message, line=record.line))
            continue
        yield Event(
            line=record.line,
            who=who(cols, record),
            name=cols.text(record, "name"),
            email=cols.text(record, "email"),
            is_crew=folded(cols.text(record, "role")) in ROLES,
            text=stamp.text,
            at=wall,
            joins=action.startswith("joined"),
        )
