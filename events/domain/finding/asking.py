"""Asks for times: what was typed is checked, what is known is read, and the slots are ranked."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from events.domain.finding import clashes, hours, slots, wording, world
from events.domain.finding.clashes import Wanted
from events.domain.finding.slots import EVERY_DAY, Ask, Party, Slot, Votes
from events.domain.finding.wording import Names, Said
from events.domain.finding.world import Scope
from events.domain.polls import votes
from kit import walltime
from kit.faults import Faults
from programmes.models import Alliance, Licence, Speaker, Topic

MOST_ALLIANCES = 20
MOST_DAYS = 92
SHORTEST, LONGEST = 10, 12 * 60
STEPS = (15, 30, 60)


@dataclass(frozen=True)
class Question:
    """What is looked for. Days and times of day are those of ``zone``.

    ``lead`` decides how serious clashes are; ``without`` is the id of the event that looks for a
    time. ``earliest`` and ``latest`` are minutes after midnight.
    """

    alliances: tuple[Alliance, ...]
    minutes: int
    first: date
    last: date
    zone: str = ""
    step: int = 30
    weekdays: frozenset[int] = EVERY_DAY
    earliest: int | None = None
    latest: int | None = None
    strict: bool = False
    topics: tuple[Topic, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    licence: Licence | None = None
    venue: str = ""
    room: str = ""
    lead: int | None = None
    without: int | None = None

    @property
    def told_in(self) -> str:
        """The zone in which days and times of day are meant: the first alliance's, if not said."""
        return self.zone or (self.alliances[0].zone if self.alliances else "UTC")


@dataclass(frozen=True)
class Answer:
    """The slots, best first, with what is needed to say them in words."""

    question: Question
    parties: tuple[Party, ...]
    slots: list[Slot]
    names: Names

    @cached_property
    def zones(self) -> list[str]:
        """The zones of those who take part, west to east, each once."""
        zones = dict.fromkeys(party.zone for party in self.parties)
        day = hours.wall_minute(self.question.first, 12 * 60, "UTC")
        return sorted(zones, key=lambda zone: hours.local(day, zone).replace(tzinfo=None))

    def best(self, count: int) -> list[Slot]:
        """The best that are not blocked, of different days as far as there are as many."""
        return slots.best_of_days(self.slots, count, zone=self.question.told_in)

    def reasons(self, slot: Slot) -> list[str]:
        return wording.reasons(slot, self.parties, self.names)

    def conflicts(self, slot: Slot) -> list[Said]:
        return wording.conflicts(slot.clashes, self.names)


def suggest(question: Question, *, viewer: frozenset[int] | None, at: datetime) -> Answer:
    """Every time that could be meant from ``at`` on, the best first.

    ``viewer`` holds the ids of the alliances whose drafts may be named; None names all. The number
    of queries does not depend on how many alliances, events or days there are. Raises Invalid with
    the places that are wrong, by their names in the address: alliances, minutes, from, to, step,
    zone, weekdays, earliest, latest.
    """
    check(question)
    zone = question.told_in
    ids = tuple(alliance.pk for alliance in question.alliances)
    topics = frozenset(topic.pk for topic in question.topics)
    speakers = frozenset(speaker.pk for speaker in question.speakers)
    licence = question.licence.pk if question.licence else None
    ask = replace(_ask(question, at=at), votes=_votes(question.without))
    scope = Scope(
        alliances=question.alliances,
        windows=(slots.day_range(ask),),
        topics=topics,
        speakers=speakers,
        licences=frozenset({licence} if licence else ()),
        lead=question.lead,
        viewer=viewer,
        without=question.without,
    )
    seen = world.read(scope, zone=zone)
    room = world.room_of(question.venue, question.room)
    wanted = Wanted(ids, topics, speakers, room, licence)
    found = clashes.find(wanted, seen.known, zone=zone)
    ranked = slots.rank(replace(ask, parties=seen.parties), found)
    return Answer(question, seen.parties, ranked, replace(seen.names, venue=question.venue))


def _votes(event: int | None) -> dict[int, Votes]:
    """What the polls about the event say, by the minute each time begins. One query."""
    said = votes.results_of(event) if event is not None else {}
    return {hours.minute_of(starts_at): counts for starts_at, counts in said.items()}


def check(question: Question) -> None:
    """Raises Invalid for what cannot be asked; all of it at once."""
    faults = Faults()
    if not question.alliances:
        faults.add("alliances", msg="Choose at least one alliance.")
    if len(question.alliances) > MOST_ALLIANCES:
        faults.add("alliances", msg=f"Choose at most {MOST_ALLIANCES} alliances.")
    if not SHORTEST <= question.minutes <= LONGEST:
        faults.add("minutes", msg=f"Write a length from {SHORTEST} to {LONGEST} minutes.")
    if question.step not in STEPS:
        faults.add("step", msg="Starts lie 15, 30 or 60 minutes apart.")
    if not question.weekdays:
        faults.add("weekdays", msg="Choose at least one day of the week.")
    _check_days(question, faults)
    _check_clock(question, faults)
    with faults.noted("zone"):
        walltime.canonical_zone(question.told_in)
    faults.settle()


def _check_days(question: Question, faults: Faults) -> None:
    first, last = question.first, question.last
    for name, day in (("from", first), ("to", last)):
        if not 2000 <= day.year < 2100:
            faults.add(name, msg=f"{day.year} cannot be right. Choose a year from 2000 to 2099.")
            return
    if last < first:
        faults.add("to", msg="The last day is before the first. Turn them around.")
    elif (last - first).days >= MOST_DAYS:
        faults.add("to", msg=f"Choose at most {MOST_DAYS} days at once, about three months.")


def _check_clock(question: Question, faults: Faults) -> None:
    earliest, latest = question.earliest, question.latest
    for name, minute in (("earliest", earliest), ("latest", latest)):
        if minute is not None and not 0 <= minute <= hours.DAY:
            faults.add(name, msg="Write a time of day, such as 09:00.")
            return
    if latest is not None and latest - (earliest or 0) < question.minutes:
        faults.add("latest", msg="The call is longer than the time between these two.")


def _ask(question: Question, *, at: datetime) -> Ask:
    return Ask(
        parties=(),
        minutes=question.minutes,
        first=question.first,
        last=question.last,
        zone=walltime.canonical_zone(question.told_in),
        step=question.step,
        weekdays=question.weekdays,
        earliest=question.earliest,
        latest=question.latest,
        not_before=hours.end_minute_of(at),
        strict=question.strict,
    )
