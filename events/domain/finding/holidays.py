"""Public holidays: those of the United States and of each state an alliance lies in.

Pure: no database, no Django. The days come from the ``holidays`` package, which knows what is kept
where and on which day it is observed: Juneteenth of 2027 is a Saturday and kept on Friday, June 18.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from holidays import country_holidays


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A public holiday. ``states`` keep it, of those that were asked about; ``is_federal``: the
    federal government does. A federal day that no state of an alliance keeps is a weaker reason.
    """

    day: date
    name: str
    states: tuple[str, ...]
    is_federal: bool

    @property
    def is_kept(self) -> bool:
        """Whether a state that was asked about keeps it."""
        return bool(self.states)


def between(states: Collection[str], first: date, last: date) -> list[Holiday]:
    """The holidays of ``states`` from ``first`` to ``last``, with federal ones that none keeps.

    One entry a day, also where it is called differently: by its federal name, else the first
    state's.
    States that do not exist are passed over.
    """
    found = []
    years = range(first.year, last.year + 1)
    for day, (name, keeping) in _kept(tuple(_known(states)), years).items():
        if first <= day <= last:
            federal = _days("", day.year)
            found.append(Holiday(day, name, tuple(keeping), day in federal))
    return sorted(found)


@lru_cache(maxsize=1)
def _states() -> frozenset[str]:
    """Two-letter codes the package knows: the states, the District of Columbia, the territories.

    Asked of the one country: the package's list of all of them takes a second to load.
    """
    return frozenset(country_holidays("US").subdivisions)


def _known(states: Iterable[str]) -> list[str]:
    return [
        state
        for state in dict.fromkeys(one.strip().upper() for one in states)
        if state in _states()
    ]


def _kept(states: tuple[str, ...], years: Iterable[int]) -> dict[date, tuple[str, list[str]]]:
    """Each day with its name and the states that keep it."""
    names: dict[date, str] = {}
    keeping: dict[date, list[str]] = defaultdict(list)
    for year in years:
        for state in ("", *states):  # the name all know before that of one state
            for day, name in _days(state, year).items():
                names.setdefault(day, name)
                if state:
                    keeping[day].append(state)
    return {day: (name, keeping[day]) for day, name in names.items()}


@lru_cache(maxsize=1024)
def _days(state: str, year: int) -> dict[date, str]:
    """Days and names of a year in one state, "" for the federal ones. Not to be changed."""
    return dict(country_holidays("US", subdiv=state or None, years=year).items())
