"""Putting stamps on the line of time: order of day and month, missing dates, zones, clock changes.

The rules, in the order they apply:

1. **Day and month.** A stamp such as 09/06/27 is read the way that makes most stamps of the file
   real dates; where both ways do, the way that falls on the session; else month first, as US
   accounts write. Where the layout settles it (Teams with a 24-hour clock is day first), the
   session cannot change it: such a file of 9 June is refused for an event on 6 September.
2. **No date.** Times of day are put on the date in the file's name, else on the session's day
   nearest to it. A leaving before the joining is past midnight where that makes a stay of at most
   six hours; else the row does not count and says so.
3. **Zone.** An offset or UTC in the file wins; everything else is read in the zone handed in.
4. **The hour that comes twice** when summer time ends: of the readings that leave after they join,
   the one that agrees with the stated duration (to two minutes); then, in a file in order of
   joining, the one not before the row above; then the earliest. The row gets a problem.
5. **The hour that does not exist** when summer time begins: the row does not count and says so; as
   a rule it means that the zone is not the one the file was written in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from events.domain.imports import stamps
from events.domain.imports.errors import WrongDate
from events.domain.imports.report import Draft, DraftRow, Problem, Report, ReportRow
from events.domain.imports.stamps import Stamp
from events.domain.minutes import Span
from kit.errors import Invalid

PAST_MIDNIGHT = timedelta(hours=6)
NEAR = timedelta(hours=36)
STATED_TOLERANCE = 120  # seconds: platforms round up to the next minute, some twice
LONG_STAY = timedelta(hours=24)
MARGIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stamps are read in: the zone, the order of day and month, the day of dateless ones."""

    zone: ZoneInfo
    day_first: bool
    on: date | None

    def instants(self, stamp: Stamp) -> list[datetime]:
        """Every instant the stamp can mean (see ``stamps.instants``)."""
        wall = stamp.wall(day_first=self.day_first, on=self.on)
        if wall is None:
            return []
        if stamp.offset is not None:
            return [wall.replace(tzinfo=timezone(stamp.offset)).astimezone(UTC)]
        return stamps.instants(wall, self.zone)


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone ``name``. Raises Invalid where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        sentence = f"“{name[:60]}” is no time zone. Choose one such as America/Denver."
        raise Invalid.at("zone", msg=sentence) from unknown


def settle(draft: Draft, blank: Report, *, zone: str, session: Span | None) -> Report:
    """The report that ``draft`` is when read in ``zone``, with the dates of ``session`` where the
    file leaves them open. ``blank`` gives encoding, delimiter and problems of the text.

    Raises Invalid for an unknown zone.
    """
    frame = Frame(
        zone=zone_named(draft.stated_zone or zone),
        day_first=_day_first(draft, zone_named(draft.stated_zone or zone), session),
        on=draft.on or _session_day(draft, zone_named(zone), session),
    )
    placed = list(_placed(draft, frame))
    found = [row for row, _ in placed]
    noted = sorted(
        [*draft.problems, *(problem for _, problem in placed if problem)],
        key=lambda problem: (problem.row is not None, problem.row or 0),
    )
    written = [*_stamps(draft), *(stamp for stamp in (draft.starts, draft.ends) if stamp)]
    return replace(
        blank,
        layout=draft.layout,
        basis=draft.basis,
        zone=draft.stated_zone or zone,
        needs_zone=not draft.stated_zone and any(stamp.offset is None for stamp in written),
        needs_session=_needs_session(draft),
        rows=found,
        problems=[*blank.problems, *noted],
        title=draft.title,
        starts_at=_first(frame, draft.starts),
        ends_at=_first(frame, draft.ends),
        meeting_seconds=draft.meeting_seconds,
        no_shows=draft.no_shows,
        draft=draft,
    )


def for_session(report: Report, session: Span) -> Report:
    """The same report with its dates settled by ``session``; as it is where they already were."""
    if not report.needs_session or report.draft is None:
        return report
    kept = [problem for problem in report.problems if problem.row is None and problem.line is None]
    own = [problem for problem in kept if problem not in report.draft.problems]
    blank = replace(report, problems=own)
    return settle(report.draft, blank, zone=report.zone, session=session)


def check_dates(
    report: Report, session: Span, *, margin: timedelta = MARGIN, title: str = "The session"
) -> None:
    """Refuse a report of another day, before anything of it is kept.

    One counted row (in a file of totals, the meeting itself) within ``margin`` of ``session`` is
    enough: what lies outside the session is cut off later. A file without any date passes.

    Raises WrongDate, naming both dates in the zone of the report.
    """
    report = for_session(report, session)
    stays = [(row.joined_at, row.left_at) for row in report.rows if row.counted]
    stays = [(joined, left) for joined, left in stays if joined is not None]
    stays = stays or [(report.starts_at, report.ends_at)]
    known = [
        Span(joined, left if left and left >= joined else joined) for joined, left in stays if joined
    ]
    around = session.widened(margin)
    if not known or any(span.meets(around) for span in known):
        return
    zone = zone_named(report.zone)
    theirs = _said(min(known).start.astimezone(zone).date())
    ours = _said(session.start.astimezone(zone).date())
    raise WrongDate(f"This report is for {theirs}. {title} is on {ours}. Nothing was read.")


def _said(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _stamps(draft: Draft) -> Iterator[Stamp]:
    for row in draft.rows:
        if row.joined is not None:
            yield row.joined
        if row.left is not None:
            yield row.left


def _open_orders(draft: Draft) -> list[bool]:
    """The orders of day and month that the file leaves open, month first before day first."""
    if draft.certain_day_first is not None:
        return [draft.certain_day_first]
    written = [*_stamps(draft), *(stamp for stamp in (draft.starts, draft.ends) if stamp)]
    unsure = {stamp.numbers for stamp in written if stamp.order == "unknown" and stamp.numbers}
    if not unsure:
        return [False]
    as_month_first = sum(not 1 <= first <= 12 for _, first, _ in unsure)
    as_day_first = sum(not 1 <= second <= 12 for _, _, second in unsure)
    if as_month_first == as_day_first:
        same = all(first == second for _, first, second in unsure)
        return [False] if same else [False, True]
    return [as_day_first < as_month_first]


def _day_first(draft: Draft, zone: ZoneInfo, session: Span | None) -> bool:
    orders = _open_orders(draft)
    if len(orders) == 1 or session is None:
        return orders[0]
    near = session.widened(NEAR)
    joined = [row.joined for row in draft.rows if row.joined] or [
        stamp for stamp in (draft.starts, draft.ends) if stamp
    ]

    def fits(day_first: bool) -> int:
        frame = Frame(zone, day_first, None)
        return sum(
            near.start <= instant <= near.end
            for stamp in joined
            for instant in frame.instants(stamp)[:1]
        )

    return max(orders, key=fits)  # of equals, the first: month first


def _needs_session(draft: Draft) -> bool:
    return (draft.needs_date and draft.on is None) or len(_open_orders(draft)) > 1


def _session_day(draft: Draft, zone: ZoneInfo, session: Span | None) -> date | None:
    """The local day of ``session`` that the file's times of day lie nearest to."""
    if session is None:
        return None
    first, last = (at.astimezone(zone).date() for at in (session.start, session.end))
    days = [first + timedelta(days=n) for n in range(min((last - first).days, 31) + 1)]
    joined = [row.joined for row in draft.rows if row.joined and row.joined.numbers is None]

    def distance(day: date) -> timedelta:
        frame = Frame(zone, day_first=False, on=day)
        away = timedelta()
        for stamp in joined:
            for instant in frame.instants(stamp)[:1]:
                away += max(session.start - instant, instant - session.end, timedelta())
        return away

    return min(days, key=distance)


def _first(frame: Frame, stamp: Stamp | None) -> datetime | None:
    found = frame.instants(stamp) if stamp else []
    return found[0] if found else None


def _placed(draft: Draft, frame: Frame) -> Iterator[tuple[ReportRow, Problem | None]]:
    """Each row with its instants, and what is to be said about it."""
    joins = [frame.instants(row.joined) if row.joined else [] for row in draft.rows]
    in_order = _in_order_of_joining(draft, frame, joins)
    above: datetime | None = None
    for row, can_join in zip(draft.rows, joins, strict=True):
        placed, message = _place(row, can_join, frame, above=above if in_order else None)
        above = placed.joined_at or above
        yield placed, Problem(message, row.number, row.line) if message else None


def _in_order_of_joining(draft: Draft, frame: Frame, joins: list[list[datetime]]) -> bool:
    """Whether the rows stand in order of joining, so that a clock set back shows as one step."""
    if all(len(instants) < 2 for instants in joins):
        return False  # no hour came twice, nobody will ask
    sure = [instants[0] for instants in joins if len(instants) == 1]
    walls = [
        row.joined.wall(day_first=frame.day_first, on=frame.on) for row in draft.rows if row.joined
    ]
    known = [wall for wall in walls if wall is not None]
    steps_back = sum(after < before for before, after in pairwise(known))
    return sure == sorted(sure) and steps_back <= 1


def _place(
    row: DraftRow, can_join: list[datetime], frame: Frame, *, above: datetime | None
) -> tuple[ReportRow, str]:
    blank = ReportRow(
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
    if row.joined is None or (row.joined.numbers is None and frame.on is None):
        return blank, ""  # nothing to place, or no day yet to place it on
    can_leave = _leaves(row, frame)
    for stamp, readings in ((row.joined, can_join), (row.left, can_leave)):
        if stamp is not None and not readings:
            return _uncounted(blank, f"“{stamp.text}” does not exist in {frame.zone.key}", frame)
    if row.left is None:
        joined = min(can_join, key=lambda at: (above is not None and at < above, at))
        return replace(blank, joined_at=joined), _twice(row, joined, can_join, [], frame)
    stays = [(joined, left) for joined in can_join for left in can_leave if joined <= left]
    if not stays:
        said = f"Leaving at “{row.left.text}” is before joining at “{row.joined.text}”"
        return _uncounted(blank, said, frame, joined_at=can_join[0], left_at=can_leave[0])
    joined, left = min(
        stays,
        key=lambda stay: (_mismatch(row, stay), above is not None and stay[0] < above, stay),
    )
    message = _twice(row, joined, can_join, can_leave, frame)
    if not message and left - joined > LONG_STAY:
        message = "This stay is longer than 24 hours."
    return replace(blank, joined_at=joined, left_at=left), message


def _leaves(row: DraftRow, frame: Frame) -> list[datetime]:
    """What the leaving can mean; a time of day before the joining may be past midnight."""
    if row.left is None or row.joined is None:
        return []
    overnight = (
        row.left.numbers is None
        and frame.on is not None
        and row.left.clock < row.joined.clock
        and datetime.combine(frame.on + timedelta(days=1), row.left.clock)
        - datetime.combine(frame.on, row.joined.clock)
        <= PAST_MIDNIGHT
    )
    if overnight and frame.on is not None:
        return replace_day(frame, frame.on + timedelta(days=1)).instants(row.left)
    return frame.instants(row.left)


def replace_day(frame: Frame, day: date) -> Frame:
    """The same frame for the times of another day."""
    return replace(frame, on=day)


def _uncounted(
    blank: ReportRow, said: str, frame: Frame, **instants: datetime
) -> tuple[ReportRow, str]:
    if not blank.counted:
        return replace(blank, **instants), ""
    why = "ends before it begins" if instants else "a time that does not exist"
    ask = "" if instants else f" Is the file in {frame.zone.key}?"
    row = replace(blank, counted=False, why=why, **instants)  # type: ignore[arg-type]
    return row, f"{said}. The row was not counted.{ask}"


def _mismatch(row: DraftRow, stay: tuple[datetime, datetime]) -> bool:
    """Whether a stay contradicts the stated duration, where there is one."""
    if row.stated_seconds is None:
        return False
    length = (stay[1] - stay[0]) // timedelta(seconds=1)
    return abs(length - row.stated_seconds) > STATED_TOLERANCE


def _twice(
    row: DraftRow,
    joined: datetime,
    can_join: list[datetime],
    can_leave: list[datetime],
    frame: Frame,
) -> str:
    """The sentence about a time that the clocks showed twice, or ""."""
    if len(can_join) < 2 and len(can_leave) < 2:
        return ""
    stamp = row.joined if len(can_join) > 1 else row.left
    assert stamp is not None
    which = "second" if len(can_join) > 1 and joined == can_join[1] else "first"
    if len(can_join) < 2:
        which = "one that fits the stay"
    return f"“{stamp.text}” came twice in {frame.zone.key}; read as the {which}."
