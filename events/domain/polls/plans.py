"""What an organiser plans as a poll, before it is rows, and the rules such a plan must keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from events.models import Event
from kit import text, walltime
from kit.faults import Faults
from programmes.domain import people
from programmes.models import Alliance

MOST_SLOTS = 40
MOST_ASKED = 200
LONGEST = timedelta(days=2)


@dataclass(frozen=True)
class Asked:
    """Somebody to ask. ``alliance`` is the one they speak for, None for an outsider."""

    name: str
    email: str
    alliance: Alliance | None = None


@dataclass(frozen=True)
class PollPlan:
    """A poll as an organiser describes it; ``starts`` are aware instants, ``minutes`` how long."""

    title: str
    minutes: int
    time_zone: str
    starts: tuple[datetime, ...]
    asked: tuple[Asked, ...] = ()
    note: str = ""
    closes_at: datetime | None = None
    has_open_link: bool = False
    event: Event | None = None


Read = list[tuple[Asked, people.Typed]]


def checked(plan: PollPlan, at: datetime) -> tuple[dict[str, str], list[datetime], Read]:
    """The plan's texts made clean, its starts in order, and whom to ask, each address once.

    Raises Invalid with every fault at its place.
    """
    faults = Faults()
    clean: dict[str, str] = {}
    for name, what, most in (("title", "The title", 200), ("note", "The note", 1000)):
        with faults.noted():
            clean[name] = text.one_line(getattr(plan, name), loc=name, what=what, at_most=most)
    if clean.get("title") == "":
        faults.add("title", msg="Say what the poll is about.")
    with faults.noted("time_zone"):
        clean["time_zone"] = walltime.canonical_zone(plan.time_zone)
    if not 5 <= plan.minutes <= LONGEST.total_seconds() / 60:
        faults.add("minutes", msg="Write a length from 5 minutes to 2 days.")
    starts = sorted(set(plan.starts))
    _check_starts(starts, plan.closes_at, at, faults)
    asked = read_asked(plan.asked, faults)
    if not asked and not plan.has_open_link:
        faults.add("asked", msg="Ask at least one person, or let anybody with the link answer.")
    faults.settle()
    return clean, starts, asked


def _check_starts(
    starts: Sequence[datetime], closes_at: datetime | None, at: datetime, faults: Faults
) -> None:
    if not 1 < len(starts) <= MOST_SLOTS:
        faults.add("starts", msg=f"Give 2 to {MOST_SLOTS} different times to choose from.")
    if any(start <= at for start in starts):
        faults.add("starts", msg="A time to choose from lies in the past. Take it out.")
    if closes_at is not None and closes_at <= at:
        faults.add("closes_at", msg="The last day to answer lies in the past.")


def read_asked(asked: tuple[Asked, ...], faults: Faults) -> Read:
    """Names and addresses made clean, each address once; what is wrong goes into ``faults``."""
    read: dict[str, tuple[Asked, people.Typed]] = {}
    for number, one in enumerate(asked):
        with faults.noted("asked", number):
            address = people.read(one.email)
            name = text.one_line(one.name, loc="name", what="The name", at_most=300)
            read.setdefault(
                address.key, (Asked(name or address.typed, address.typed, one.alliance), address)
            )
    if len(read) > MOST_ASKED:
        faults.add("asked", msg=f"A poll asks at most {MOST_ASKED} people.")
    return list(read.values())
