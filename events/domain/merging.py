"""Three versions of a plan made one: what somebody changed, put onto what others changed since.

Pure but for the models that plans name. Sessions are told apart by their ``uid``, else by their
times, else by their order.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from events.domain.plans import EventPlan
from events.domain.timing import SessionPlan

# Fields of an event's plan that hosts agree on, beside its times.
AGREED = ("title", "format", "venue", "capacity", "sharing")
# What makes up the times: a proposed time carries all of it.
TIMES = ("time_zone", "recurrence", "sessions")
# Fields of a session that go with its time; the others are the lead's own to change.
TIMED = (
    *("starts_local", "ends_local", "starts_fold", "ends_fold", "breaks", "recurrence_local"),
    *("is_cancelled", "follows", "gap_minutes", "own", "uid"),
)
Sessions = Sequence[SessionPlan]


def withhold(public: EventPlan, wanted: EventPlan, *, time_changed: bool) -> EventPlan:
    """``wanted`` with every agreed field as it is in ``public``: what may be written at once."""
    kept = {name: getattr(public, name) for name in AGREED}
    if time_changed:
        kept |= {"time_zone": public.time_zone, "recurrence": public.recurrence}
        kept["sessions"] = _texts_only(public.sessions, wanted.sessions)
    return replace(wanted, **kept)


def proposed(public: EventPlan, wanted: EventPlan, *, time_changed: bool) -> dict[str, Any]:
    """The agreed fields in which ``wanted`` differs, as plain values for ``onto``."""
    names = [name for name in AGREED if getattr(public, name) != getattr(wanted, name)]
    changes = {name: getattr(wanted, name) for name in names}
    if time_changed:
        changes |= {"time_zone": wanted.time_zone, "recurrence": wanted.recurrence}
        changes["sessions"] = {
            "base": [asdict(one) for one in public.sessions],
            "plans": [asdict(one) for one in wanted.sessions],
        }
    return changes


def onto(now: EventPlan, changes: dict[str, Any]) -> EventPlan:
    """``now`` with changes that were ``proposed`` earlier; what was changed since stays."""
    fresh = dict(changes)
    if "sessions" in fresh:
        kept = fresh["sessions"]
        base, plans = ([_session(one) for one in kept[name]] for name in ("base", "plans"))
        fresh["sessions"] = merge(base, theirs=now.sessions, mine=plans)
    return replace(now, **fresh)


def merge(base: Sessions, *, theirs: Sessions, mine: Sessions) -> tuple[SessionPlan, ...]:
    """Sessions as both want them, in the order of ``mine``; where both changed a field, so mine.

    A session that one of the two dropped goes, unless the other one changed it.
    """
    by_them, by_me = paired(base, theirs), paired(base, mine)
    found = [plan for one in mine if (plan := _of_mine(one, base, by_them, by_me)) is not None]
    numbers = {id(plan): number for number, plan in by_them.items()}
    for plan in theirs:
        number = numbers.get(id(plan))
        is_new = number is None and plan not in found
        is_kept = number is not None and number not in by_me and plan != base[number]
        if is_new or is_kept:
            found.append(plan)
    return tuple(found)


def _of_mine(
    one: SessionPlan,
    base: Sessions,
    by_them: dict[int, SessionPlan],
    by_me: dict[int, SessionPlan],
) -> SessionPlan | None:
    """One of mine with what they changed of it; None where they dropped what I left alone."""
    number = next((n for n, plan in by_me.items() if plan is one), None)
    if number is None:
        return one
    their = by_them.get(number)
    if their is None:
        return one if one != base[number] else None
    return _fields(base[number], their, one)


def paired(base: Sessions, plans: Sessions) -> dict[int, SessionPlan]:
    """For each number of ``base`` the plan that is the same session, where there is one."""
    pairs: dict[int, SessionPlan] = {}
    free = list(plans)
    for is_same in (_same_uid, _same_times, _both_held):
        for number, was in enumerate(base):
            if number in pairs:
                continue
            match = next((plan for plan in free if is_same(was, plan)), None)
            if match is not None:
                pairs[number] = match
                free = [plan for plan in free if plan is not match]
    return pairs


def _same_uid(one: SessionPlan, other: SessionPlan) -> bool:
    return bool(one.uid) and one.uid == other.uid


def _same_times(one: SessionPlan, other: SessionPlan) -> bool:
    return (one.starts_local, one.ends_local) == (other.starts_local, other.ends_local)


def _both_held(one: SessionPlan, other: SessionPlan) -> bool:
    known = bool(one.uid) and bool(other.uid)
    return not (one.is_cancelled or other.is_cancelled or known)


def _fields(was: SessionPlan, their: SessionPlan, my: SessionPlan) -> SessionPlan:
    """Each field as the one who changed it has it."""
    mine = {
        field.name: getattr(my, field.name)
        for field in fields(SessionPlan)
        if getattr(my, field.name) != getattr(was, field.name)
    }
    return replace(their, **{**mine, "uid": was.uid or their.uid or my.uid})


def _texts_only(public: Sessions, wanted: Sessions) -> tuple[SessionPlan, ...]:
    """The public sessions at their public times, with all else as it is wanted.

    A date that is called off, or left out, is so at once: nobody may come in vain.
    """
    pairs = paired(public, wanted)
    found = []
    for number, was in enumerate(public):
        new = pairs.get(number)
        if new is None:
            continue
        times = {name: getattr(was, name) for name in TIMED}
        is_off = was.is_cancelled or (new.is_cancelled and _same_times(was, new))
        found.append(replace(new, **{**times, "is_cancelled": is_off}))
    has_date = any(not one.is_cancelled for one in found)
    return tuple(found) if has_date else tuple(public)


def _session(kept: dict[str, Any]) -> SessionPlan:
    known = {field.name for field in fields(SessionPlan)}
    return SessionPlan(**{name: _tupled(value) for name, value in kept.items() if name in known})


def _tupled(value: Any) -> Any:
    return tuple(_tupled(one) for one in value) if isinstance(value, list | tuple) else value
