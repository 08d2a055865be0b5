"""Why a season cannot be placed: the fewest constraints that cannot hold together.

Pure, but heavy: workers import it, the web server does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from events.domain.season import plan, solving
from events.domain.season.plan import Item, Season
from events.domain.season.solving import HELD, PLACED, Name


@dataclass(frozen=True)
class Reason:
    """Items that cannot all be placed, and what they would have to hold at once.

    ``held`` has pairs of kind (host, speaker, licence) and id; it is empty where an item finds no
    time of its own.
    """

    items: tuple[Item, ...]
    held: tuple[tuple[str, int], ...] = ()


def reasons(season: Season, *, seconds: float = 8.0) -> list[Reason]:
    """Why there is no plan: items without any time first, else the fewest that fall out.

    Empty where a plan exists, or where the time did not suffice to tell.
    """
    offered = {item.key: plan.candidates(season, item) for item in season.items}
    alone = [Reason((item,)) for item in season.items if not offered[item.key]]
    if alone:
        return alone
    if solving.is_possible(season, offered, seconds=seconds) is not False:
        return []
    left = _fewest(season, offered, until=monotonic() + seconds)
    items = tuple(item for item in season.items if (PLACED, item.key) in left)
    held = tuple((name[1], name[2]) for name in left if len(name) == 3)
    return [Reason(items, held)]


def _fewest(
    season: Season, offered: dict[int, list[plan.Candidate]], *, until: float
) -> list[Name]:
    """Constraints that cannot hold together although any one fewer could: each is tried in turn."""
    names: list[Name] = [(PLACED, item.key) for item in season.items]
    names += [(HELD, kind, pk) for kind, pk in plan.resources(season)]
    dropped: set[Name] = set()
    for name in _largest_first(names):
        if monotonic() > until:
            break
        if solving.is_possible(season, offered, without={*dropped, name}) is False:
            dropped.add(name)
    return [name for name in names if name not in dropped]


def _largest_first(names: Sequence[Name]) -> list[Name]:
    """What is held at once is tried before items, so that the items that remain say the most."""
    return sorted(names, key=lambda name: name[0] == PLACED)
