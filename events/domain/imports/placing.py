"""Putting stamps on the line of time in one zone, with its missing and its doubled hours.

The rules are listed in ``dating``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from events.domain.imports import stamps
from events.domain.imports.report import Draft, DraftRow, Problem, ReportRow
from events.domain.imports.stamps import Stamp
from kit.errors import Invalid

PAST_MIDNIGHT = timedelta(hours=6)
LONG_STAY = timedelta(hours=24)
STATED_TOLERANCE = timedelta(minutes=2)  # platforms round up to the next minute, some twice

Stay = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stamps are read in: the zone, the order of day and month, the day of dateless ones."""

    zone: ZoneInfo
    day_first: bool
    on: date | None

    def wall(self, stamp: Stamp) -> datetime | None:
        """What the clock on the wall showed; None for a day that does not exist or is not known."""
        return stamp.wall(day_first=self.day_first, on=self.on)

    def instants(self, stamp: Stamp | None) -> list[datetime]:
        """Every instant that the stamp can mean, in UTC (see ``stamps.instants``)."""
        wall = self.wall(stamp) if stamp else None
        if stamp is None or wall is None:
            return []
        if stamp.offset is not None:
            return [wall.replace(tzinfo=timezone(stamp.offset)).astimezone(UTC)]
        return stamps.instants(wall, self.zone)

    def can_place(self, stamp: Stamp) -> bool:
        """Whether the stamp has a day, its own or one given."""
        return stamp.numbers is not None or self.on is not None


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone ``name``. Raises Invalid where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        sentence = f"“{name[:60]}” is no time zone. Choose one such as America/Denver."
        raise Invalid.at("zone", msg=sentence) from unknown


def placed(draft: Draft, frame: Frame) -> tuple[list[ReportRow], list[Problem]]:
    """Every row of ``draft`` with its instants, and what is to be said about some of them."""
    joins = [frame.instants(row.joined) for row in draft.rows]
    in_order = _in_order_of_joining(draft, frame, joins)
    rows: list[ReportRow] = []
    problems: list[Problem] = []
    above: datetime | None = None
    for row, can_join in zip(draft.rows, joins, strict=True):
        found, message = _place(row, can_join, frame, above=above if in_order else None)
        above = found.joined_at or above
        rows.append(found)
        if message:
            problems.append(Problem(message, row.number, row.line))
    return rows, problems


def _in_order_of_joining(draft: Draft, frame: Frame, joins: Sequence[list[datetime]]) -> bool:
    """Whether the rows stand in order of joining, so that a clock set back shows as one step."""
    if all(len(instants) < 2 for instants in joins):
        return False  # no hour came twice, nobody will ask
    sure = [instants[0] for instants in joins if len(instants) == 1]
    walls = [wall for row in draft.rows if row.joined and (wall := frame.wall(row.joined))]
    steps_back = sum(after < before for before, after in pairwise(walls))
    return sure == sorted(sure) and steps_back <= 1


def _place(
    row: DraftRow, can_join: list[datetime], frame: Frame, *, above: datetime | None
) -> tuple[ReportRow, str]:
    """``row`` on the line of time, and the sentence about it or ""."""
    plain = _plain(row)
    if row.joined is None or not frame.can_place(row.joined):
        return plain, ""
    can_leave = _leaves(row, frame)
    if missing := _missing(row, can_join, can_leave):
        said = f"“{missing.text}” does not exist in {frame.zone.key}; is the file in that zone?"
        return _refused(plain, "a time that does not exist", said)
    stays = _stays(row, can_join, can_leave)
    if not stays:
        said = (
            f"Leaving at “{row.left and row.left.text}” is before joining at “{row.joined.text}”."
        )
        backwards = replace(plain, joined_at=can_join[0], left_at=can_leave[0])
        return _refused(backwards, "ends before it begins", said)

    def rank(stay: Stay) -> tuple[bool, bool, datetime, datetime]:
        joined, left = stay
        out_of_order = above is not None and joined < above
        return _contradicts(row, stay), out_of_order, joined, left or joined

    joined, left = min(stays, key=rank)
    message = ""
    if len(can_join) > 1 or len(can_leave) > 1:
        message = _said_of_doubled_hour(row, frame, is_second=joined != can_join[0])
    elif left and left - joined > LONG_STAY:
        message = "This stay is longer than 24 hours."
    return replace(plain, joined_at=joined, left_at=left), message


def _plain(row: DraftRow) -> ReportRow:
    """The row without its instants."""
    return ReportRow(
        number=row.number,
        name=row.name,
        email=row.email,
        key=row.key,
        role=row.role,
        joined_at=None,
        left_at=None,
        stated_seconds=row.stated_seconds,
        counted=not row.why,
        why=row.why,
        is_host=row.is_host,
    )


def _refused(row: ReportRow, why: str, said: str) -> tuple[ReportRow, str]:
    """The row as not counted; one that does not count anyway keeps its reason."""
    if not row.counted:
        return row, ""
    return replace(row, counted=False, why=why), f"{said} The row was not counted."


def _leaves(row: DraftRow, frame: Frame) -> list[datetime]:
    """What the leaving can mean; a time of day before the joining may be past midnight."""
    if row.left is None or row.joined is None:
        return []
    joined, left = frame.wall(row.joined), frame.wall(row.left)
    if row.left.numbers is None and joined and left and left < joined:
        day_after = timedelta(days=1)
        if left + day_after - joined <= PAST_MIDNIGHT:
            return replace(frame, on=left.date() + day_after).instants(row.left)
    return frame.instants(row.left)


def _missing(row: DraftRow, can_join: list[datetime], can_leave: list[datetime]) -> Stamp | None:
    """The stamp that the clocks never showed, if there is one."""
    if not can_join:
        return row.joined
    return row.left if row.left is not None and not can_leave else None


def _stays(row: DraftRow, can_join: list[datetime], can_leave: list[datetime]) -> list[Stay]:
    """Every reading of the row that leaves after it joins; open where it has no leaving."""
    if row.left is None:
        return [(joined, None) for joined in can_join]
    return [(joined, left) for joined in can_join for left in can_leave if joined <= left]


def _contradicts(row: DraftRow, stay: Stay) -> bool:
    """Whether a stay is not what the file says it lasted, where it says so."""
    joined, left = stay
    if row.stated_seconds is None or left is None:
        return False
    return abs(left - joined - timedelta(seconds=row.stated_seconds)) > STATED_TOLERANCE


def _said_of_doubled_hour(row: DraftRow, frame: Frame, *, is_second: bool) -> str:
    texts = " to ".join(stamp.text for stamp in (row.joined, row.left) if stamp)
    which = "second" if is_second else "first"
    return f"“{texts}” touches the hour that came twice in {frame.zone.key}; read as the {which}."
