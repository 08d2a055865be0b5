"""What a season is to hold, where each event could go, and what a whole plan costs.

Pure: no database, no clock, no Django. Minutes are those since 1970 began in UTC, as in
``events.domain.finding.hours``.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from events.domain.finding import clashes, hours, slots
from events.domain.finding.clashes import Kind, Known, Wanted
from events.domain.finding.slots import Ask, Party, Scale, Slot

PER_DAY = 3
"""Of the times of one day only so many are weighed: the best, and in hours that differ."""


@dataclass(frozen=True)
class Item:
    """One event to place: ``minutes`` long, on a day from ``first`` to ``last`` in its zone.

    ``hosts`` are ids of alliances, the first leads unless ``leads`` names several that could.
    ``pinned`` is the minute it has to start at; None leaves it open.
    """

    key: int
    title: str
    minutes: int
    hosts: tuple[int, ...]
    first: date
    last: date
    zone: str
    leads: tuple[int, ...] = ()
    topics: frozenset[int] = frozenset()
    speakers: frozenset[int] = frozenset()
    licence: int | None = None
    pinned: int | None = None

    @property
    def may_lead(self) -> tuple[int, ...]:
        """Who could lead, the first choice first."""
        return self.leads or self.hosts[:1]


@dataclass(frozen=True)
class Weights:
    """What is wanted of the plan as a whole, in the points that ``Scale`` counts in."""

    same_topic_week: int = 12  # each further event on one topic in one week
    same_host_week: int = 6  # each further event of one alliance in one week
    lead_share: int = 10  # each event by which leads are further apart than they must be
    hours_share: int = 1  # each point by which one alliance has more of awkward hours than another


@dataclass(frozen=True)
class Season:
    """All of it. ``parties`` has every host of every item; ``known`` what is taken already."""

    items: tuple[Item, ...]
    parties: tuple[Party, ...]
    known: Known = field(default_factory=Known)
    not_before: int = 0
    step: int = 30
    weights: Weights = field(default_factory=Weights)
    scale: Scale = field(default_factory=Scale)

    @property
    def by_id(self) -> dict[int, Party]:
        return {party.id: party for party in self.parties}


@dataclass(frozen=True)
class Candidate:
    """One time an item could have. ``burden`` is what its hours cost each host, by id."""

    start: int
    end: int
    cost: int
    week: date
    burden: Mapping[int, int]
    slot: Slot


@dataclass(frozen=True)
class Placement:
    """Where one item went, who leads it, and the time with all that speaks against it."""

    item: Item
    candidate: Candidate
    lead: int


@dataclass(frozen=True)
class Bill:
    """What a plan costs, by what for. ``total`` is what the solver makes small."""

    slots: int
    topics: int
    hosts: int
    leads: int
    hours: int

    @property
    def total(self) -> int:
        return self.slots + self.topics + self.hosts + self.leads + self.hours


def candidates(season: Season, item: Item, *, per_day: int = PER_DAY) -> list[Candidate]:
    """The times ``item`` could have, the best first; nothing that is blocked.

    A pinned item has its one time, whatever speaks against it. Empty where nothing is left.
    """
    parties = season.by_id
    hosts = tuple(parties[host] for host in item.hosts)
    ask = Ask(
        parties=hosts,
        minutes=item.minutes,
        first=item.first,
        last=item.last,
        zone=item.zone,
        step=season.step,
        weekdays=slots.WORKING_DAYS,
        not_before=season.not_before,
    )
    wanted = Wanted(item.hosts, item.topics, item.speakers, clashes.NOWHERE, item.licence)
    if item.pinned is not None:
        return [_pinned(season, item, ask, wanted)]
    found = clashes.find(wanted, season.known, zone=item.zone)
    ranked = [slot for slot in slots.rank(ask, found, scale=season.scale) if not slot.is_blocked]
    return [_candidate(season, item, slot) for slot in _few_a_day(ranked, item.zone, per_day)]


def without(known: Known, events: Collection[int]) -> Known:
    """``known`` without what these events take: drafts made of a season stand in it themselves."""
    return replace(known, taken=[one for one in known.taken if one.event not in events])


def _few_a_day(ranked: Sequence[Slot], zone: str, per_day: int) -> Iterable[Slot]:
    """The best of each day that do not overlap one another, so that two events find room."""
    kept: dict[date, list[Slot]] = defaultdict(list)
    for slot in ranked:
        day = kept[hours.local(slot.start, zone).date()]
        apart = all(not clashes.meet(slot.start, slot.end, one.start, one.end) for one in day)
        if apart and len(day) < per_day:
            day.append(slot)
            yield slot


def _pinned(season: Season, item: Item, ask: Ask, wanted: Wanted) -> Candidate:
    start = item.pinned or 0
    day = hours.local(start, item.zone).date()
    offices = [slots.Office(party.week, day, day) for party in ask.parties]
    fits = tuple(office.fit(start, start + item.minutes) for office in offices)
    found = clashes.find(wanted, season.known, zone=item.zone)
    met = tuple(clashes.meeting(found.clashes, start, start + item.minutes))
    cost = sum(slots.cost_of_hours(fit, season.scale) for fit in fits)
    cost += sum(slots.cost_of_clash(clash, season.scale) for clash in met)
    slot = Slot(start, start + item.minutes, cost, fits, met, 0, 0)
    return _candidate(season, item, slot)


def _candidate(season: Season, item: Item, slot: Slot) -> Candidate:
    burden = {
        host: slots.cost_of_hours(fit, season.scale)
        for host, fit in zip(item.hosts, slot.fits, strict=True)
    }
    week = clashes.monday_of(slot.start, item.zone)
    return Candidate(slot.start, slot.end, slot.cost, week, burden, slot)


def resources(season: Season) -> dict[tuple[str, int], tuple[int, list[Item]]]:
    """What only so many items can hold at once: hosts and speakers one, a licence its calls.

    By kind (host, speaker, licence) and id: how many at once, and the items that need it. A kind
    whose level is ignore binds nobody.
    """
    needed: dict[tuple[str, int], list[Item]] = defaultdict(list)
    for item in season.items:
        for host in item.hosts:
            needed["host", host].append(item)
        for speaker in item.speakers:
            needed["speaker", speaker].append(item)
        if item.licence is not None:
            needed["licence", item.licence].append(item)
    kinds = {"host": Kind.HOST, "speaker": Kind.SPEAKER, "licence": Kind.LICENCE}
    return {
        (kind, pk): (season.known.calls.get(pk, 1) if kind == "licence" else 1, items)
        for (kind, pk), items in needed.items()
        if len(items) > 1 and season.known.level(kinds[kind]) != clashes.IGNORE
    }


def bill(season: Season, placements: Sequence[Placement]) -> Bill:
    """What a plan costs, worked out anew from nothing but where its items are."""
    weights = season.weights
    topics: Counter[tuple[int, date]] = Counter()
    hosts: Counter[tuple[int, date]] = Counter()
    leads: Counter[int] = Counter(dict.fromkeys(_leads(season), 0))
    burdens: Counter[int] = Counter(dict.fromkeys((party.id for party in season.parties), 0))
    for one in placements:
        week = one.candidate.week
        topics.update((topic, week) for topic in one.item.topics)
        hosts.update((host, week) for host in one.item.hosts)
        leads[one.lead] += 1
        burdens.update(one.candidate.burden)
    return Bill(
        slots=sum(one.candidate.cost for one in placements),
        topics=weights.same_topic_week * _beyond_one(topics.values()),
        hosts=weights.same_host_week * _beyond_one(hosts.values()),
        leads=weights.lead_share * _spread(leads.values()),
        hours=weights.hours_share * _spread(burdens.values()),
    )


def _leads(season: Season) -> set[int]:
    return {lead for item in season.items for lead in item.may_lead}


def _beyond_one(counts: Iterable[int]) -> int:
    return sum(count - 1 for count in counts if count > 1)


def _spread(values: Iterable[int]) -> int:
    """By how much the most differs from the least."""
    found = list(values)
    return max(found) - min(found) if found else 0
