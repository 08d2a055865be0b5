"""A file of attendance in, a report out: which layout it is shows in its content."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from events.domain.imports import dating, meet, placing, sheet, teams, text, webex, zoom
from events.domain.imports.errors import NotAReport, TooLarge
from events.domain.imports.report import Draft, Problem, Report
from events.domain.imports.tables import Sheet
from events.domain.imports.text import Record
from events.domain.minutes import Span

MAX_ROWS = 20_000
HEAD = 60  # records looked at to recognise a layout


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of file is recognised from its first records, and how it is read."""

    recognises: Callable[[Sequence[Record]], bool]
    read: Callable[[Sheet], Draft]


# The most particular first; the sheets that people type, which may look like anything, last.
LAYOUTS = (
    Layout(zoom.recognises_webinar, zoom.read_webinar),
    Layout(teams.recognises_live_event, teams.read_live_event),
    Layout(teams.recognises_list, teams.read_list),
    Layout(webex.recognises, webex.read),
    Layout(teams.recognises_report, teams.read_report),
    Layout(zoom.recognises_meeting, zoom.read_meeting),
    Layout(meet.recognises, meet.read),
    Layout(sheet.recognises, sheet.read),
)


def read_report(raw: bytes, *, filename: str, zone: str, session: Span | None = None) -> Report:
    """The attendance report in ``raw``, its stamps read in ``zone`` (IANA) unless it says better.

    The layout, encoding and delimiter are told from the content alone; from ``filename`` comes the
    date of a Google Meet report and nothing else. ``session`` settles dates that the file leaves
    open (``Report.needs_session``); it refuses nothing, that is ``check_dates``.

    Raises NotAReport, TooLarge (10 MB, 20,000 rows), Invalid (an unknown zone) and nothing else,
    whatever the bytes.
    """
    placing.zone_named(zone)
    decoded = text.decode(raw)
    delimiter, layout = _recognise(decoded.text)
    draft = layout.read(Sheet(text.records(decoded.text, delimiter), filename))
    if len(draft.rows) > MAX_ROWS:
        raise TooLarge(
            f"This file has {len(draft.rows):,} rows; {MAX_ROWS:,} are the most we read."
        )
    if draft.is_unreadable:
        raise NotAReport.because("This file has a heading we know, but not one row can be read")
    if not draft.rows:
        draft.problems.append(Problem("The report has no rows of attendance."))
    blank = Report(
        layout=draft.layout,
        encoding=decoded.encoding,
        delimiter=delimiter,
        zone=zone,
        needs_zone=False,
        rows=[],
        problems=[Problem(said) for said in decoded.problems],
    )
    return dating.settle(draft, blank, zone=zone, session=session)


def _recognise(content: str) -> tuple[str, Layout]:
    """The delimiter under which the head of the file makes sense, and the layout it then is."""
    for delimiter in text.likely_delimiters(content):
        head = [r for r in text.records(content, delimiter, limit=HEAD) if not r.is_blank]
        for layout in LAYOUTS:
            if layout.recognises(head):
                return delimiter, layout
    raise NotAReport.because("This file holds no attendance that we recognise")
