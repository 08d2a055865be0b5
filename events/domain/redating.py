"""Writes changed dates of an event: the one way from ``dates``, ``repeats`` and ``moves`` to rows.

Also plans a copy of an event on other days.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from events.domain import moves, proposals, scheduling
from events.domain.dates import Series
from events.domain.plans import EventPlan
from events.models import Event
from kit.errors import Invalid
from programmes.models import Person


def wanted(event: Event) -> tuple[EventPlan, Series]:
    """The event as its lead wants it, with a change that waits for co-hosts; and its dates."""
    plan = proposals.wanted_plan(event)
    return plan, series_of(plan)


def series_of(plan: EventPlan) -> Series:
    """The dates of a plan."""
    return Series(plan.sessions, plan.recurrence, plan.time_zone)


def with_changes(plan: EventPlan, changes: dict[str, Any]) -> EventPlan:
    """The plan with other dates, to be checked before anything is saved."""
    return replace(plan, **changes)


def keep(  # noqa: PLR0913
    event: Event,
    whole: Series,
    *,
    seen: EventPlan,
    by: Person | None,
    at: datetime,
    version: int | None = None,
) -> Event:
    """The event with the dates of ``whole``; co-hosts and registrants hear of it once.

    ``seen`` is the plan the dates were worked out from. Raises what ``scheduling.edit`` does.
    """
    changes = {
        "sessions": whole.sessions,
        "recurrence": whole.recurrence,
        "time_zone": whole.zone,
    }
    return scheduling.edit(event, changes, by=by, at=at, version=version, seen=seen)


def copy(  # noqa: PLR0913
    event: Event,
    *,
    on: date | None = None,
    only: Collection[str] | None = None,
    title: str = "",
    fold: int | None = None,
    by: Person | None,
    at: datetime,
) -> Event:
    """A new draft with the same plan, its first session on the day ``on``, all on the same clock.

    ``only`` names the sessions to take, by UID; without it all that are not canceled. A rule stays
    where it still gives the dates. Co-hosts are not asked along. Raises Invalid.
    """
    plan = copied(scheduling.plan_of(event), on=on, only=only, title=title, fold=fold)
    return scheduling.draft(event.lead, plan, by=by, at=at)


def copied(
    plan: EventPlan,
    *,
    on: date | None,
    only: Collection[str] | None,
    title: str = "",
    fold: int | None = None,
) -> EventPlan:
    """The plan of a copy. Raises Invalid where no session is left to copy."""
    taken = tuple(one for one in plan.sessions if only is None or one.uid in only)
    live = tuple(one for one in taken if not one.is_cancelled)
    taken = live or tuple(replace(one, is_cancelled=False) for one in taken)
    if not taken:
        raise Invalid.at("only", msg="Choose at least one session to copy.")
    whole = replace(series_of(plan), sessions=taken)
    first = on or date.fromisoformat(min(one.starts_local for one in taken)[:10])
    moved = moves.to_day(whole, first, fold=fold)
    return replace(
        plan,
        slug="",
        title=title or plan.title,
        sessions=tuple(replace(one, uid="") for one in moved.sessions),
        recurrence=moved.recurrence if only is None else "",
    )
