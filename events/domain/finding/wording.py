"""Why a time is good or bad, in sentences.

Pure: no database, no clock, no Django.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from events.domain.finding import hours
from events.domain.finding.clashes import Clash, Kind, Taken
from events.domain.finding.hours import Fit, Standing
from events.domain.finding.slots import Party, Slot
from kit import walltime
from kit.text import listed

UNNAMED = "an event that is not announced yet"
NOTHING_AGAINST = "No clash with an event, a holiday or a calendar."
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Names:
    """What the things are called that clashes hold by their ids.

    Times are told in ``zone``, whole days in that of the alliance (``zones``).
    """

    alliances: Mapping[int, str] = field(default_factory=dict)
    speakers: Mapping[int, str] = field(default_factory=dict)
    licence: str = ""
    venue: str = ""
    zone: str = "UTC"
    zones: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A clash in words; ``slug`` names the other event where the reader may know of it.

    ``is_public``: it has a page that anybody may open.
    """

    kind: str
    level: str
    sentence: str
    slug: str = ""
    is_public: bool = False


def reasons(slot: Slot, parties: Sequence[Party], names: Names) -> list[str]:
    """Everything that made the rank of a slot, the office hours first."""
    said = [one.sentence for one in conflicts(slot.clashes, names)]
    told = [*_votes(slot), *hour_sentences(slot, parties)]
    return [*told, *(said or [NOTHING_AGAINST]), *_week(slot)]


def _votes(slot: Slot) -> list[str]:
    """What polls say of the time."""
    if slot.votes is None:
        return []
    yes, if_needed, no = slot.votes
    return [f"In the poll {yes} can come, {if_needed} if needed, {no} cannot."]


def hour_sentences(slot: Slot, parties: Sequence[Party]) -> list[str]:
    """How the slot lies to everybody's hours: who is in, who is at lunch, who is out and why."""
    groups: dict[tuple[Standing, str], list[str]] = defaultdict(list)
    for party, fit in zip(parties, slot.fits, strict=True):
        groups[fit.standing, _clock(slot, party, fit)].append(party.short_name)
    inside = groups.pop((Standing.OFFICE, ""), [])
    if not groups:
        return [_everybody(len(parties))]
    lines = [f"Inside office hours for {listed(inside)}."] if inside else []
    order = list(Standing)
    for (standing, clock), who in sorted(groups.items(), key=lambda one: order.index(one[0][0])):
        lines.append(_OUTSIDE[standing](clock, listed(who)))
    return lines


def standing_word(fit: Fit) -> str:
    """Two words for a table's cell; "" inside office hours."""
    return {
        Standing.OFFICE: "",
        Standing.LUNCH: "lunch",
        Standing.EARLY: "before hours",
        Standing.LATE: "after hours",
        Standing.CLOSED: "closed day",
    }[fit.standing]


_OUTSIDE: dict[Standing, Callable[[str, str], str]] = {
    Standing.LUNCH: lambda clock, who: f"{clock} takes from the lunch break of {who}.",
    Standing.EARLY: lambda clock, who: f"{clock} is before office hours for {who}.",
    Standing.LATE: lambda clock, who: f"{clock} runs past office hours for {who}.",
    Standing.CLOSED: lambda clock, who: f"{clock}: the office is closed for {who}.",
}


def _clock(slot: Slot, party: Party, fit: Fit) -> str:
    """“7 a.m. Arizona”, or the weekday where the office is closed."""
    if fit.standing is Standing.OFFICE:
        return ""
    here = hours.local(slot.start, party.zone)
    if fit.standing is Standing.CLOSED:
        return walltime.long_date(here).split(",")[0]
    return f"{walltime.clock(here)} {walltime.zone_label(party.zone, here)}"


def _everybody(count: int) -> str:
    if count == 1:
        return "Inside office hours, and not at lunch."
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    all_of = "both" if count == 2 else f"all {number}"
    return f"Inside office hours for {all_of} alliances, and nobody's lunch."


def _week(slot: Slot) -> list[str]:
    lines = []
    if slot.others:
        lines.append(f"{_events(slot.others, 'other event')} of the network at that time.")
    if slot.same_week:
        lines.append(f"{_events(slot.same_week, 'event')} for the same audience that week.")
    else:
        lines.append("A quiet week: nothing else for the same audience.")
    return lines


def _events(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


# -- clashes


def conflicts(clashes: Iterable[Clash], names: Names) -> list[Said]:
    """Each clash as a sentence; a holiday of several alliances is said once for all of them."""
    found: dict[object, list[Clash]] = {}
    for clash in clashes:
        is_day = clash.kind is Kind.HOLIDAY
        key = (clash.title, clash.is_weak, clash.level) if is_day else id(clash)
        found.setdefault(key, []).append(clash)
    return [_said(group, names) for group in found.values()]


def _said(group: Sequence[Clash], names: Names) -> Said:
    clash = group[0]
    slug = clash.taken.slug if clash.taken and clash.taken.is_named else ""
    if clash.kind is Kind.HOLIDAY:
        who = list(dict.fromkeys(_alliances([pk for one in group for pk in one.alliances], names)))
        return Said(clash.kind, clash.level, _holiday(clash, who, names))
    is_public = bool(clash.taken and clash.taken.is_announced)
    return Said(clash.kind, clash.level, _SENTENCES[clash.kind](clash, names), slug, is_public)


def _holiday(clash: Clash, who: list[str], names: Names) -> str:
    """The day is told on the clock of whose day it is: it begins at midnight there."""
    zone = names.zones.get(clash.alliances[0], names.zone) if clash.alliances else names.zone
    what = f"{clash.title} ({_span(clash.start, clash.end, zone)})"
    if clash.is_weak:
        return f"{what}: a federal holiday, though not one of the state for {listed(who)}."
    return f"{what}: {listed(who)} {'is' if len(who) == 1 else 'are'} off."


def _alliances(ids: Iterable[int], names: Names) -> list[str]:
    return [names.alliances.get(pk, "another alliance") for pk in ids]


def _speaker(clash: Clash, names: Names) -> str:
    who = [names.speakers.get(pk, "A speaker") for pk in clash.speakers]
    verb = "speaks" if len(who) == 1 else "speak"
    return f"{listed(who)} {verb} at {_event(clash, names)}."


def _room(clash: Clash, names: Names) -> str:
    return f"{names.venue or 'The room'} is taken by {_event(clash, names)}."


def _licence(clash: Clash, names: Names) -> str:
    what = f"The license “{names.licence}”" if names.licence else "The license"
    return f"{what} is in use by {_event(clash, names)}."


def _host(clash: Clash, names: Names) -> str:
    who = _alliances(clash.alliances, names)
    return f"{listed(who)} {'hosts' if len(who) == 1 else 'host'} {_event(clash, names)}."


def _audience(clash: Clash, names: Names) -> str:
    when = "for the same audience that week" if clash.of_week else "at the same time"
    return f"On the same topic {when}: {_event(clash, names)}."


def _calendar(clash: Clash, names: Names) -> str:
    who = listed(_alliances(clash.alliances, names))
    what = f": “{clash.title}”" if clash.title else ""
    span = _span(clash.start, clash.end, names.zone)
    return f"{who} is busy by its own calendar{what} ({span})."


_SENTENCES: dict[Kind, Callable[[Clash, Names], str]] = {
    Kind.SPEAKER: _speaker,
    Kind.ROOM: _room,
    Kind.LICENCE: _licence,
    Kind.HOST: _host,
    Kind.AUDIENCE: _audience,
    Kind.CALENDAR: _calendar,
}


def _event(clash: Clash, names: Names) -> str:
    """“Curb data that travels” (Wed, Jan 13, 11 a.m. to 12:30 p.m. Mountain)."""
    taken = clash.taken or Taken(clash.start, clash.end, 0, is_named=False)
    title = f"“{taken.title}”" if taken.is_named else UNNAMED
    return f"{title} ({_span(taken.start, taken.end, names.zone)})"


def _span(start: int, end: int, zone: str) -> str:
    """Day and clocks in one zone; days alone where it takes whole ones."""
    first, last = hours.local(start, zone), hours.local(end, zone)
    if end - start >= hours.DAY - 60:  # a day on which clocks go forward is an hour short
        until = hours.local(end - 1, zone)
        day, other = walltime.short_date(first), walltime.short_date(until)
        return day if day == other else f"{day} to {other}"
    times = walltime.time_range(first, last, zone)
    return times if first.date() != last.date() else f"{walltime.short_date(first)}, {times}"
