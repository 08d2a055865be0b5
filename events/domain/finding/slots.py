"""Ranks the times at which a call could start, each with what it costs and why.

Pure: no database, no clock, no Django. A cost of 0 is a time that suits everybody and touches
nothing; the score is 100 then, and falls as costs rise.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from events.domain.finding import clashes, hours
from events.domain.finding.clashes import BLOCK, Clash, Found, Kind
from events.domain.finding.hours import Cover, Fit, Office, OfficeWeek, Span, Standing

WORKING_DAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
NOBODY_IN = (8 * 60, 18 * 60)
"""Starts offered where no office is open on any of the days asked for."""


Votes = tuple[int, int, int]
"""How many of those asked in polls can come, can if needed, cannot."""


@dataclass(frozen=True, slots=True)
class Party:
    """One alliance that is to take part."""

    id: int
    name: str
    short_name: str
    week: OfficeWeek

    @property
    def zone(self) -> str:
        return self.week.zone


@dataclass(frozen=True)
class Ask:
    """What is looked for: ``minutes`` of time for ``parties`` on days from ``first`` to ``last``.

    Days, weekdays, ``earliest`` and ``latest`` (minutes after midnight: no start before, no end
    after) are those of the clocks of ``zone``. Starts lie ``step`` minutes apart. ``not_before`` is
    a minute of UTC: nothing starts in the past. ``strict``: only times that suit everybody's hours.
    ``votes`` has what polls say of some starts.
    """

    parties: tuple[Party, ...]
    minutes: int
    first: date
    last: date
    zone: str
    step: int = 30
    weekdays: frozenset[int] = EVERY_DAY
    earliest: int | None = None
    latest: int | None = None
    not_before: int = 0
    strict: bool = False
    votes: Mapping[int, Votes] = field(default_factory=dict)


@dataclass(frozen=True)
class Scale:
    """What things cost, in points. Data, so that the season planner may weigh them alike."""

    lunch: int = 6  # an hour of somebody's lunch
    away: int = 8  # outside somebody's hours at all
    away_hour: int = 12  # and for each hour further out
    most_away: int = 56
    closed: int = 60  # on a day somebody's office is closed
    holiday: int = 40
    weak_holiday: int = 8
    clash: int = 15
    at_once: int = 24  # a clash that is only a warning, but about a speaker, room or licence
    same_week: int = 5
    busy_week: int = 1  # each event for the same audience that week
    most_busy_week: int = 8
    other: int = 2  # each event for others at the same time
    most_other: int = 6
    if_needed: int = 4  # each who said so in a poll
    cannot: int = 20  # each who said no
    block: int = 1000


USUAL_SCALE = Scale()


@dataclass(frozen=True, slots=True)
class Slot:
    """One time: ``fits`` follow the parties of the Ask. ``cost`` is the sum of what is told."""

    start: int
    end: int
    cost: int
    fits: tuple[Fit, ...]
    clashes: tuple[Clash, ...]
    same_week: int
    others: int
    votes: Votes | None = None

    @property
    def is_blocked(self) -> bool:
        return any(one.level == BLOCK for one in self.clashes)

    @property
    def score(self) -> int:
        """0 to 100; 100 costs nobody anything, a blocked time is 0."""
        return 0 if self.is_blocked else round(10_000 / (100 + self.cost))


def starts(ask: Ask, offices: Sequence[Office]) -> list[int]:
    """The minutes at which the call could start, in order.

    Those at which at least one office is open for some of it; where times of day are asked for,
    or no office opens at all, all of those.
    """
    offered = sorted(set(_offered(ask)))
    if ask.earliest is not None or ask.latest is not None:
        return offered
    someone = Cover(span for office in offices for span in office.open.spans)
    inside = [start for start in offered if someone.within(start, start + ask.minutes)]
    return inside or [start for start in offered if _is_by_day(start, ask)]


def _offered(ask: Ask) -> Iterable[int]:
    earliest = ask.earliest or 0
    latest = hours.DAY if ask.latest is None else ask.latest
    for day in hours.days_between(ask.first, ask.last):
        if day.weekday() not in ask.weekdays:
            continue
        ends = hours.wall_minute(day, latest, ask.zone) if ask.latest is not None else None
        for minute in range(earliest, latest, ask.step):
            start = hours.wall_minute(day, minute, ask.zone)
            is_in_time = ends is None or start + ask.minutes <= ends
            if is_in_time and start >= ask.not_before:
                yield start


def _is_by_day(start: int, ask: Ask) -> bool:
    here = hours.local(start, ask.zone)
    first, last = NOBODY_IN
    return first <= here.hour * 60 + here.minute < last


def rank(ask: Ask, found: Found, *, scale: Scale = USUAL_SCALE) -> list[Slot]:
    """Every possible time, the best first; of two that cost the same, the earlier one.

    What is blocked comes after all that is not.
    """
    weeks = list(dict.fromkeys(party.week for party in ask.parties))
    places = [weeks.index(party.week) for party in ask.parties]
    offices = [Office(week, ask.first, ask.last) for week in weeks]
    offered = starts(ask, offices)
    met = _met(offered, ask.minutes, [(one.start, one.end) for one in found.clashes])
    others = _met(offered, ask.minutes, found.others)
    slots = []
    for index, start in enumerate(offered):
        by_week = [office.fit(start, start + ask.minutes) for office in offices]
        fits = tuple(by_week[place] for place in places)
        against = clashes.without_doubles([found.clashes[n] for n in met[index]])
        if ask.strict and not _suits_all(fits, against):
            continue
        week = found.busy_weeks.get(clashes.monday_of(start, ask.zone), frozenset())
        slots.append(_slot(start, ask, fits, against, len(week), len(others[index]), scale))
    return sorted(slots, key=lambda slot: (slot.is_blocked, slot.cost, slot.start))


def _suits_all(fits: Sequence[Fit], against: Iterable[Clash]) -> bool:
    """Whether every office is open, nobody is at lunch, and nobody has the day off."""
    off = any(one.kind is Kind.HOLIDAY and not one.is_weak for one in against)
    return not off and all(fit.standing is Standing.OFFICE for fit in fits)


def _met(offered: Sequence[int], minutes: int, spans: Sequence[Span]) -> dict[int, list[int]]:
    """For each start, by its place in ``offered``, which of ``spans`` the call would meet."""
    met: dict[int, list[int]] = defaultdict(list)
    for number, (start, end) in enumerate(spans):
        if start >= end:
            continue
        first = bisect_right(offered, start - minutes)
        for index in range(first, bisect_left(offered, end)):
            met[index].append(number)
    return met


def _slot(  # noqa: PLR0913  (what a slot consists of)
    start: int,
    ask: Ask,
    fits: tuple[Fit, ...],
    against: list[Clash],
    same_week: int,
    others: int,
    scale: Scale,
) -> Slot:
    cost = sum(cost_of_hours(fit, scale) for fit in fits)
    cost += sum(cost_of_clash(clash, scale) for clash in against)
    cost += min(same_week * scale.busy_week, scale.most_busy_week)
    cost += min(others * scale.other, scale.most_other)
    votes = ask.votes.get(start)
    cost += cost_of_votes(votes, scale) if votes else 0
    return Slot(start, start + ask.minutes, cost, fits, tuple(against), same_week, others, votes)


def cost_of_hours(fit: Fit, scale: Scale = USUAL_SCALE) -> int:
    """What a time costs one alliance: nothing in its hours, a little at lunch, much at night."""
    lunch = -(-fit.lunch * scale.lunch // 60)
    if fit.standing is Standing.CLOSED:
        return scale.closed
    if fit.standing in {Standing.EARLY, Standing.LATE}:
        return lunch + min(scale.away + scale.away_hour * fit.away // 60, scale.most_away)
    return lunch


def cost_of_votes(votes: Votes, scale: Scale = USUAL_SCALE) -> int:
    """What it costs that some cannot come, or only if needed."""
    _, if_needed, cannot = votes
    return if_needed * scale.if_needed + cannot * scale.cannot


def cost_of_clash(clash: Clash, scale: Scale = USUAL_SCALE) -> int:
    """What one clash costs."""
    if clash.level == BLOCK:
        return scale.block
    if clash.kind is Kind.HOLIDAY:
        return scale.weak_holiday if clash.is_weak else scale.holiday
    if clash.of_week:
        return scale.same_week
    if clash.kind in {Kind.SPEAKER, Kind.ROOM, Kind.LICENCE}:
        return scale.at_once
    return scale.clash


def best_of_days(slots: Sequence[Slot], count: int, *, zone: str) -> list[Slot]:
    """The ``count`` best that are not blocked, of different days as far as there are as many."""
    free = [slot for slot in slots if not slot.is_blocked]
    firsts: dict[date, Slot] = {}
    for slot in free:
        firsts.setdefault(hours.local(slot.start, zone).date(), slot)
    chosen = list(firsts.values())[:count]
    chosen += [slot for slot in free if slot not in chosen][: count - len(chosen)]
    return chosen


def day_range(ask: Ask) -> Span:
    """The minutes that any slot of ``ask``, and the weeks they lie in, can touch."""
    monday = ask.first - timedelta(days=ask.first.weekday())
    sunday = ask.last + timedelta(days=7 - ask.last.weekday())
    first = hours.wall_minute(monday, 0, ask.zone)
    return first, hours.wall_minute(sunday, 0, ask.zone) + ask.minutes
