"""The values an import is made of: what a reader found (Draft), and what it means (Report).

A reader of one layout only says what is written where; it knows nothing of zones. ``dating`` turns
its draft into a report. Both are plain values, so reading a file twice gives equal ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from events.domain.imports import names, stamps
from events.domain.imports.stamps import Stamp

BROKEN_OFF = "the row breaks off"
NO_DURATION = "no duration"
NOT_JOINED = "no time of joining"
NO_STAMP = "unreadable time"
UNREADABLE = frozenset({BROKEN_OFF, NO_DURATION, NOT_JOINED, NO_STAMP})

Basis = Literal["intervals", "bounds", "totals"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file that somebody should look at; the rest of the file was read.

    ``row`` is the number of the attendance row (see ReportRow), ``line`` that of the file.
    """

    message: str
    row: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of attendance as the cells have it, before anything is made of it."""

    line: int
    name: str
    email: str = ""
    role: str = "attendee"
    joined: str = ""
    left: str = ""
    stated: str = ""
    not_counted: str = ""
    is_host: bool = False


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An entry with its number, its key and its stamps, not yet put on the line of time."""

    number: int
    line: int
    name: str
    email: str
    key: str
    role: str
    joined: Stamp | None
    left: Stamp | None
    stated_seconds: int | None
    why: str
    is_host: bool


@dataclass(slots=True)
class Draft:
    """What a reader found in a file.

    ``basis`` says what the rows are: "intervals" (each a stay from joining to leaving), "bounds"
    (first joining and last leaving, with a stated duration that leaves out the gaps) or "totals"
    (a stated duration alone). ``certain_day_first`` is set where the layout itself settles the
    order of day and month, ``stated_zone`` where the file says what its stamps are in, ``on``
    where the date stands outside the rows, and ``needs_date`` where the rows hold none.
    """

    layout: str
    basis: Basis = "intervals"
    title: str = ""
    starts: Stamp | None = None
    ends: Stamp | None = None
    meeting_seconds: int | None = None
    certain_day_first: bool | None = None
    stated_zone: str = ""
    on: date | None = None
    needs_date: bool = False
    no_shows: int = 0
    rows: list[DraftRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Number ``entry`` and keep it; what cannot be read of it is noted and not counted."""
        number = len(self.rows) + 1
        name, email = names.clean(entry.name), names.address(entry.email)
        why = entry.not_counted
        for message in self._doubts(entry, name, email):
            self.note(entry, message)
        if not why and (reason := self._unusable(entry)):
            why, message = reason
            self.note(entry, message)
        self.rows.append(
            DraftRow(
                number=number,
                line=entry.line,
                name=names.shortened(name) or "(no name)",
                email=email,
                key=names.key_of(names.shortened(name), email, number=number),
                role=entry.role,
                joined=stamps.parse(entry.joined),
                left=stamps.parse(entry.left),
                stated_seconds=stamps.duration_seconds(entry.stated),
                why=why,
                is_host=entry.is_host,
            )
        )

    @property
    def is_unreadable(self) -> bool:
        """Whether there are rows and not one of them can be read: a heading that means others."""
        return bool(self.rows) and all(row.why in UNREADABLE for row in self.rows)

    def note(self, entry: Entry, message: str) -> None:
        """Keep a sentence about ``entry``, which is about to be added."""
        self.problems.append(Problem(message, len(self.rows) + 1, entry.line))

    def _doubts(self, entry: Entry, name: str, email: str) -> Iterable[str]:
        """What is odd in a row that counts all the same."""
        if len(name) > names.LONGEST_NAME:
            yield f"The name is longer than {names.LONGEST_NAME} characters and was cut."
        written = names.clean(entry.email)
        if written and not email and not stamps.is_blank(written):
            yield f"“{written[:80]}” is no e-mail address; the row goes by its name."
        if (
            self.basis == "intervals"
            and not stamps.is_blank(entry.left)
            and not stamps.parse(entry.left)
        ):
            yield f"The time of leaving, “{entry.left[:40]}”, cannot be read; the stay is open."

    def _unusable(self, entry: Entry) -> tuple[str, str] | None:
        """Why a row cannot count, as a short word and as a sentence; None where it can."""
        if self.basis != "intervals" and stamps.duration_seconds(entry.stated) is None:
            return NO_DURATION, f"The duration, “{entry.stated[:40]}”, cannot be read."
        if self.basis == "totals":
            return None
        if stamps.is_blank(entry.joined):
            return NOT_JOINED, "There is no time of joining."
        if stamps.parse(entry.joined) is None:
            joined = entry.joined[:40]
            return NO_STAMP, f"The time of joining, “{joined}”, cannot be read."
        return None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row of attendance. Rows are numbered from 1 in the order of the file, through all its
    blocks that hold attendance (paired lines: in the order of joining); no-shows have no number.

    A row that is not ``counted`` says ``why``. A counted row without ``left_at`` is open: it holds
    no time until somebody closes it.
    """

    number: int
    name: str
    email: str
    key: str
    role: str
    joined_at: datetime | None
    left_at: datetime | None
    stated_seconds: int | None
    counted: bool
    why: str
    is_host: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """An attendance report, read in ``zone``.

    ``needs_zone`` is True where the stamps carry no offset, so that ``zone`` was somebody's word
    and should be asked for. ``needs_session`` is True where the file alone does not settle the
    dates (no date, or day and month could be swapped): they are final only once the session is
    known, through ``read_report(session=…)``, ``for_session`` or ``gather``.
    ``starts_at``, ``ends_at`` and ``meeting_seconds`` are what the heading says, where it does.
    """

    layout: str
    encoding: str
    delimiter: str
    zone: str
    needs_zone: bool
    rows: list[ReportRow]
    problems: list[Problem]
    basis: Basis = "intervals"
    needs_session: bool = False
    title: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    meeting_seconds: int | None = None
    no_shows: int = 0
    draft: Draft | None = field(default=None, repr=False, compare=False)
