"""Making an event repeat, and giving a series another rule from a date on. Pure.

Sessions keep their UIDs: a date that the new rule gives as well stays that date; the others that
are left take the new dates in order, so that the fourth call stays the fourth. What was changed by
hand stays so: a moved date keeps its time, a canceled one stays canceled, a longer one stays long.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from events.domain import dates, recurrence, series, timing
from events.domain.dates import Series
from events.domain.recurrence import BadRecurrence
from events.domain.timing import SessionPlan
from kit import walltime
from kit.errors import Invalid

Gaps = Literal["refuse", "leave-out", "later"]
GAPS = ("refuse", "leave-out", "later")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How an event is to repeat.

    ``rule`` is an RRULE that ends; ``first`` the wall time of its first date, None for that of the
    date it starts from. A date at a time that clocks skip is refused, left out, or put as far past
    the jump (``gaps``); for one that comes twice ``fold`` says which is meant. ``overwrite`` also
    puts dates changed by hand back to the rule.
    """

    rule: str
    first: str | None = None
    gaps: Gaps = "refuse"
    fold: int | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class Repeated:
    """The series as it would be, and what becomes of dates: none is lost without being said."""

    series: Series
    left_out: tuple[str, ...]
    """Starts of the rule on which clocks skip that time."""
    taken_out: tuple[SessionPlan, ...]
    """Dates there were that the rule does not give any more."""
    kept: tuple[SessionPlan, ...]
    """Dates that keep what was changed by hand."""


def repeated(whole: Series, wish: Wish, *, start: str = "", at: datetime) -> Repeated:
    """The event repeating by ``wish`` from the date of UID ``start`` on.

    Without ``start``: from the only session of an event that does not repeat yet, or from the first
    date of a series that is not over. Earlier dates stay as they are. Raises BadRecurrence,
    NoSuchTime, TwiceTime, NoSuchDate or Invalid.
    """
    template = _template(whole, start, at=at)
    origin = template.recurrence_local or template.starts_local
    first = timing.wall(wish.first or origin)
    before = [one for one in whole.dates if one.recurrence_local < origin]
    if before and timing.spelt(first) <= before[-1].recurrence_local:
        said = series.day_said(timing.wall(before[-1].recurrence_local))
        raise Invalid.at("first", msg=f"The date before, {said}, stays: start after it.")
    given = _given(wish.rule, first)
    earlier = series.cut(whole.stretches, timing.wall(origin))[0] if whole.recurrence else []
    later = [one for one in whole.dates if one.recurrence_local >= origin] or [template]
    spots, left_out = _spots(given, wish, whole.zone)
    pairs, over = _paired(later, [spot for spot, _ in spots])
    actual = dict(spots)
    made = [
        _dated(pairs.get(spot), template, spot, actual[spot], wish=wish, zone=whole.zone)
        for spot in actual
    ]
    taken = {one.uid for one in later}
    others = [one for one in whole.sessions if not one.recurrence_local and one.uid not in taken]
    rules = series.joined([*earlier, series.Stretch(wish.rule, first)])
    return Repeated(
        replace(whole, sessions=(*before, *made, *others), recurrence=series.written(rules)),
        tuple(left_out),
        tuple(one for one in over if not one.is_cancelled),
        tuple(one for one in made if dates.is_own(one)),
    )


def ended(whole: Series) -> Series:
    """The same dates without a rule: each stands for itself from now on."""
    plain = (replace(one, recurrence_local="", own=()) for one in whole.sessions)
    return replace(whole, sessions=tuple(plain), recurrence="")


def missing(whole: Series) -> list[str]:
    """Starts the rule gives for which there is no date: they were left out."""
    if not whole.recurrence:
        return []
    there = {one.recurrence_local for one in whole.sessions}
    given = (timing.spelt(start) for start in series.starts(whole.stretches))
    return [start for start in given if start not in there]


def with_date(whole: Series, origin: str, *, fold: int | None = None) -> Series:
    """The series with a date it had left out, like the one before it.

    Raises Invalid where the rule does not give it or its time does not exist.
    """
    if origin not in missing(whole):
        raise Invalid.at("origin", msg="This is not a date that was left out of the series.")
    near = [one for one in whole.dates if one.recurrence_local < origin] or whole.dates
    usual = [one for one in near if not one.own] or near
    new = _dated(None, usual[-1], origin, (origin, fold), wish=Wish(rule=""), zone=whole.zone)
    return replace(whole, sessions=(*whole.sessions, new))


def clock_notes(starts: Sequence[datetime], zone: str, others: Sequence[str]) -> list[list[str]]:
    """For each start what changes there for people in ``others``, because clocks do somewhere.

    “From here on 11 a.m. Mountain (before: 12 p.m.)”. ``starts`` are instants in order; a zone is
    named where its clocks show another time of day than at the start before, and those of ``zone``
    do not differ by as much.
    """
    notes: list[list[str]] = [[] for _ in starts]
    for number in range(1, len(starts)):
        last, this = starts[number - 1], starts[number]
        steps = _clock_at(this, zone) - _clock_at(last, zone)
        for other in others:
            was, now = _clock_at(last, other), _clock_at(this, other)
            if (now - was - steps) % timedelta(days=1):
                label = walltime.zone_label(other, this)
                before, after = (
                    walltime.clock(at.astimezone(ZoneInfo(other))) for at in (last, this)
                )
                notes[number].append(f"From here on {after} {label} (before: {before})")
    return notes


def _clock_at(at: datetime, zone: str) -> timedelta:
    here = at.astimezone(ZoneInfo(zone))
    return timedelta(hours=here.hour, minutes=here.minute)


def _template(whole: Series, start: str, *, at: datetime) -> SessionPlan:
    if whole.recurrence:
        if start:
            return dates.found(whole.sessions, start)
        ahead = [one for one in whole.dates if not dates.is_over(one, whole.zone, at)]
        if ahead:
            return ahead[0]
        raise Invalid.at("rule", msg="All dates are over. Duplicate the event to go on with it.")
    live = [one for one in whole.sessions if not one.is_cancelled]
    if len(live) == 1:
        return live[0]
    raise Invalid.at(
        "rule",
        msg=f"A series repeats one session, and this event has {len(live)}. Duplicate the event "
        "with the session that is to repeat.",
    )


def _given(rule: str, first: datetime) -> list[datetime]:
    """The starts of the rule; where it does not give the first one, the sentence says which."""
    try:
        return recurrence.starts_of(rule, first)
    except BadRecurrence as no:
        if not str(no).startswith("The first date"):
            raise
        after = recurrence.first_from(rule, first)
        if after is None:
            raise
        raise BadRecurrence(
            f"{series.day_said(first)} is not a date of this rule. The first one after it is "
            f"{series.day_said(after)}: start there, or change the rule."
        ) from None


def _spots(
    given: Sequence[datetime], wish: Wish, zone: str
) -> tuple[list[tuple[str, tuple[str, int | None]]], list[str]]:
    """Each start of the rule with the one it becomes and its fold; and those left out."""
    spots, left_out = list[tuple[str, tuple[str, int | None]]](), list[str]()
    for start in given:
        origin = timing.spelt(start)
        try:
            walltime.to_utc(start, zone, fold=wish.fold)
        except walltime.NoSuchTime:
            if wish.gaps == "refuse":
                raise
            if wish.gaps == "leave-out":
                left_out.append(origin)
                continue
            past = start.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
            spots.append((origin, (timing.local(past, zone), None)))
        else:
            spots.append((origin, (origin, wish.fold)))
    if not spots:
        raise Invalid.at("rule", msg="No date is left: clocks skip this time on each of them.")
    return spots, left_out


def _paired(
    later: Sequence[SessionPlan], origins: Sequence[str]
) -> tuple[dict[str, SessionPlan], list[SessionPlan]]:
    """Which session takes which start; and the sessions for which there is none."""
    wanted = set(origins)
    pairs = {one.recurrence_local: one for one in later if one.recurrence_local in wanted}
    free = [one for one in later if one.recurrence_local not in wanted]
    for origin in origins:
        if origin not in pairs and free:
            pairs[origin] = free.pop(0)
    return pairs, free


def _dated(  # noqa: PLR0913  (one date, and what it is made from)
    session: SessionPlan | None,
    template: SessionPlan,
    origin: str,
    spot: tuple[str, int | None],
    *,
    wish: Wish,
    zone: str,
) -> SessionPlan:
    """The date that stands for ``origin`` of the rule: an old one moved there, or a new one."""
    starts_local, fold = spot
    usual = timing.minutes_of(template, zone)
    if session is None:
        plain = replace(
            template,
            uid="",
            own=(),
            is_cancelled=False,
            follows=False,
            gap_minutes=0,
            title="" if "title" in template.own else template.title,
        )
        return replace(
            dates.placed(plain, starts_local, usual, zone, fold=fold), recurrence_local=origin
        )
    if dates.is_moved(session) and not wish.overwrite:
        return replace(session, recurrence_local=origin)
    if "length" in session.own and not wish.overwrite:
        usual = timing.minutes_of(session, zone)
    own = tuple(word for word in session.own if not (wish.overwrite and word == "length"))
    new = dates.placed(session, starts_local, usual, zone, fold=fold)
    return replace(new, recurrence_local=origin, own=own)
