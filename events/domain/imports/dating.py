"""Settling the dates of a report, and refusing one of another day.

The rules, in the order they apply (3 to 5 are carried out in ``placing``):

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
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from events.domain.imports.errors import WrongDate
from events.domain.imports.placing import Frame, placed, zone_named
from events.domain.imports.report import Draft, Report
from events.domain.imports.stamps import Stamp
from events.domain.minutes import Span

NEAR = timedelta(hours=36)
MARGIN = timedelta(hours=6)


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
    rows, problems = placed(draft, frame)
    noted = sorted(
        [*draft.problems, *problems],
        key=lambda problem: (problem.row is not None, problem.row or 0),
    )
    return replace(
        blank,
        layout=draft.layout,
        basis=draft.basis,
        zone=draft.stated_zone or zone,
        needs_zone=not draft.stated_zone and any(stamp.offset is None for stamp in _stamps(draft)),
        needs_session=_needs_session(draft),
        rows=rows,
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
        Span(joined, left if left and left >= joined else joined)
        for joined, left in stays
        if joined
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
    """Every stamp of the file, those of the heading last."""
    pairs = [*((row.joined, row.left) for row in draft.rows), (draft.starts, draft.ends)]
    return (stamp for pair in pairs for stamp in pair if stamp is not None)


def _open_orders(draft: Draft) -> list[bool]:
    """The orders of day and month that the file leaves open, month first before day first."""
    if draft.certain_day_first is not None:
        return [draft.certain_day_first]
    unsure = {
        stamp.numbers for stamp in _stamps(draft) if stamp.order == "unknown" and stamp.numbers
    }
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
