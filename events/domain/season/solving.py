"""Places a season with CP-SAT of OR-Tools: every item once, nothing held by too many at once, and
the whole as cheap as the time allows. Pure, but heavy: workers import it, the web server does not.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ortools.sat.python import cp_model

from events.domain.season import plan
from events.domain.season.plan import Bill, Candidate, Item, Placement, Season

SECONDS = 8.0
PLACED, HELD = "placed", "held"
Name = tuple[str, int] | tuple[str, str, int]
"""A constraint by name: ("placed", item's key), or ("held", kind, id) for what is held at once."""


@dataclass(frozen=True)
class Solved:
    """A plan, what it costs, and whether no cheaper one exists."""

    placements: tuple[Placement, ...]
    bill: Bill
    is_best: bool


@dataclass
class _Model:
    """The model in the making, with what is read from it afterwards."""

    cp: cp_model.CpModel
    choices: dict[int, list[cp_model.IntVar]]
    leads: dict[int, dict[int, Any]]


def solve(season: Season, *, seconds: float = SECONDS, workers: int = 2) -> Solved | None:
    """The cheapest plan found within ``seconds``; None where no plan exists or none was found.

    A pinned item stays where it is. Each item has its candidates only, so what is blocked for it
    is never chosen.
    """
    offered = {item.key: plan.candidates(season, item) for item in season.items}
    if not all(offered.values()):
        return None
    model = _hard(season, offered)
    model.cp.minimize(_cost(season, offered, model))
    solver = _solver(seconds, workers)
    status = solver.solve(model.cp)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    placements = tuple(_placement(item, offered, model, solver) for item in season.items)
    return Solved(placements, plan.bill(season, placements), status == cp_model.OPTIMAL)


def is_possible(
    season: Season,
    offered: Mapping[int, Sequence[Candidate]],
    *,
    without: Collection[Name] = (),
    seconds: float = 2.0,
) -> bool | None:
    """Whether any plan exists once the constraints named are left out; None where time ran out."""
    kept = [item for item in season.items if (PLACED, item.key) not in without]
    if any(not offered[item.key] for item in kept):
        return False
    model = _hard(season, offered, without=without)
    status = _solver(seconds, 2).solve(model.cp)
    if status == cp_model.INFEASIBLE:
        return False
    return True if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else None


def _solver(seconds: float, workers: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = 1
    return solver


def _hard(
    season: Season,
    offered: Mapping[int, Sequence[Candidate]],
    *,
    without: Collection[Name] = (),
) -> _Model:
    """What must hold: every item has one time and one lead, and nothing is held too often."""
    cp = cp_model.CpModel()
    items = [item for item in season.items if (PLACED, item.key) not in without]
    choices = {
        item.key: [cp.new_bool_var(f"x{item.key}.{n}") for n in range(len(offered[item.key]))]
        for item in items
    }
    leads = {item.key: {lead: cp.new_bool_var("") for lead in item.may_lead} for item in items}
    for item in items:
        cp.add_exactly_one(choices[item.key])
        cp.add_exactly_one(leads[item.key].values())
    spans = {item.key: _span(cp, item, choices[item.key], offered[item.key]) for item in items}
    for (kind, pk), (at_once, needing) in plan.resources(season).items():
        held = [spans[item.key] for item in needing if item.key in spans]
        if (HELD, kind, pk) not in without and len(held) > at_once:
            cp.add_cumulative(held, [1] * len(held), at_once)
    return _Model(cp, choices, leads)


def _span(
    cp: cp_model.CpModel, item: Item, choice: Sequence[Any], offered: Sequence[Candidate]
) -> cp_model.IntervalVar:
    """The minutes the item takes, whichever candidate is chosen."""
    starts = cp_model.Domain.from_values([one.start for one in offered])
    start = cp.new_int_var_from_domain(starts, f"s{item.key}")
    cp.add(start == sum(x * one.start for x, one in zip(choice, offered, strict=True)))
    return cp.new_fixed_size_interval_var(start, item.minutes, f"i{item.key}")


def _cost(season: Season, offered: Mapping[int, Sequence[Candidate]], model: _Model) -> Any:
    """The same sum that ``plan.bill`` works out, as the solver's objective."""
    weights = season.weights
    chosen = [
        (item, x, one)
        for item in season.items
        for x, one in zip(model.choices[item.key], offered[item.key], strict=True)
    ]
    by_topic = _weekly((topic, x, one) for item, x, one in chosen for topic in item.topics)
    by_host = _weekly((host, x, one) for item, x, one in chosen for host in item.hosts)
    leads: dict[int, list[Any]] = defaultdict(list)
    for variables in model.leads.values():
        for lead, variable in variables.items():
            leads[lead].append(variable)
    burdens: dict[int, list[Any]] = {party.id: [] for party in season.parties}
    for _, x, one in chosen:
        for host, points in one.burden.items():
            burdens[host].append(x * points)
    most = sum(max(one.cost for one in each) for each in offered.values()) + 1
    return (
        sum(x * one.cost for _, x, one in chosen)
        + weights.same_topic_week * _beyond_one(model.cp, by_topic)
        + weights.same_host_week * _beyond_one(model.cp, by_host)
        + weights.lead_share * _spread(model.cp, leads.values(), len(season.items))
        + weights.hours_share * _spread(model.cp, burdens.values(), most)
    )


def _weekly(rows: Iterable[tuple[int, Any, Candidate]]) -> list[list[Any]]:
    weeks: dict[tuple[int, date], list[Any]] = defaultdict(list)
    for pk, x, one in rows:
        weeks[pk, one.week].append(x)
    return list(weeks.values())


def _beyond_one(cp: cp_model.CpModel, weeks: Iterable[Sequence[Any]]) -> Any:
    """How many there are beyond the first, added up over all weeks."""
    over = []
    for variables in weeks:
        if len(variables) > 1:
            more = cp.new_int_var(0, len(variables), "")
            cp.add(more >= sum(variables) - 1)
            over.append(more)
    return sum(over)


def _spread(cp: cp_model.CpModel, groups: Iterable[Sequence[Any]], most: int) -> Any:
    """By how much the largest of the sums differs from the smallest."""
    sums = [sum(group) for group in groups]
    if len(sums) < 2:
        return 0
    high, low = cp.new_int_var(0, most, ""), cp.new_int_var(0, most, "")
    for total in sums:
        cp.add(high >= total)
        cp.add(low <= total)
    return high - low


def _placement(
    item: Item,
    offered: Mapping[int, Sequence[Candidate]],
    model: _Model,
    solver: cp_model.CpSolver,
) -> Placement:
    pairs = zip(model.choices[item.key], offered[item.key], strict=True)
    candidate = next(one for x, one in pairs if solver.boolean_value(x))
    leads = model.leads[item.key].items()
    return Placement(item, candidate, next(lead for lead, x in leads if solver.boolean_value(x)))
