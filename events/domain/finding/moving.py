"""Puts a found time into an event: its dates are moved as one, on the clock of its own zone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from events.domain.plans import EventPlan
from events.domain.timing import SessionPlan
from kit.errors import Invalid, Refused

LONGEST_DAY = timedelta(hours=12)


class HasSeveralDates(Refused):
    """A recurring event has no one time to be moved to."""

    code = "has-several-dates"


def length(plan: EventPlan) -> int:
    """How many minutes a time for the event must last: all of its day, or its first session."""
    live = _live(plan)
    if not live:
        return 60
    first, last = _wall(live[0].starts_local), max(_wall(one.ends_local) for one in live)
    whole = last - first
    if not timedelta() < whole <= LONGEST_DAY:
        whole = _wall(live[0].ends_local) - first
    return max(10, min(int(whole.total_seconds() // 60), 12 * 60))


def changes(plan: EventPlan, *, start: datetime, minutes: int) -> dict[str, Any]:
    """What ``scheduling.edit`` is to be given so that the event starts at an instant.

    Every session, and each break, moves by as much on the wall; the end of a single session is set
    by ``minutes``. Dates that were canceled stay where they were. Raises HasSeveralDates.
    """
    if plan.recurrence:
        raise HasSeveralDates("This event has several dates. Move them one by one in its program.")
    here = ZoneInfo(plan.time_zone)
    begins, ends = start.astimezone(here), (start + timedelta(minutes=minutes)).astimezone(here)
    edges: dict[str, Any] = {
        "starts_local": _spelt(begins),
        "starts_fold": begins.fold,
        "ends_local": _spelt(ends),
        "ends_fold": ends.fold,
    }
    live = _live(plan)
    if not live:
        return {"sessions": (SessionPlan(**edges),)}
    shift = begins.replace(tzinfo=None, fold=0) - _wall(live[0].starts_local)
    moved = [_moved(one, shift) for one in live]
    moved[0] = replace(moved[0], starts_fold=begins.fold)
    if len(moved) == 1:
        moved[0] = replace(moved[0], **edges)
    gone = [one for one in plan.sessions if one.is_cancelled]
    return {"sessions": (*moved, *gone)}


def _live(plan: EventPlan) -> list[SessionPlan]:
    live = [one for one in plan.sessions if not one.is_cancelled]
    return sorted(live, key=lambda one: one.starts_local)


def _moved(one: SessionPlan, shift: timedelta) -> SessionPlan:
    return replace(
        one,
        starts_local=_spelt(_wall(one.starts_local) + shift),
        ends_local=_spelt(_wall(one.ends_local) + shift),
        breaks=tuple((_spelt(_wall(a) + shift), _spelt(_wall(b) + shift)) for a, b in one.breaks),
        starts_fold=None,
        ends_fold=None,
    )


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _spelt(local: datetime) -> str:
    return f"{local:%Y-%m-%dT%H:%M}"


def instant_of(typed: str) -> datetime:
    """The instant in “2027-01-13T16:00:00Z”. Raises Invalid at ``slot``."""
    try:
        at = datetime.fromisoformat(typed)
        if at.tzinfo is not None and 2000 <= at.year < 2100:
            return at
    except ValueError:
        pass
    raise Invalid.at("slot", msg="Choose one of the times.")
