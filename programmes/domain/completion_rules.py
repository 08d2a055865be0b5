"""Completion rules as data: read from JSON, checked, and made into plain values. Pure.

The form of the data, with an example of each rule, is in docs/programs.md.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from kit import text
from kit.errors import Invalid
from kit.faults import Faults

PROGRAMME = "programme"
"""The set that every programme has: all of its events."""

BASIS = "session_minutes_without_breaks"
REVIEWERS = {"other_alliance", "host"}
MOST_RULES, MOST_SETS, MOST_EVENTS = 20, 20, 200
MOST_MINUTES = 60_000
MOST_MONTHS = 120
LONGEST_NAME = 120


@dataclass(frozen=True)
class Threshold:
    """What attending an event takes: so many percent of its minutes, or so many minutes."""

    percent: int | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class MinEvents:
    """``count`` events of the set ``of``."""

    count: int
    of: str = PROGRAMME


@dataclass(frozen=True)
class RequiredEvents:
    """Each of ``events``, or one of those that stand in for it."""

    events: tuple[str, ...]
    substitutes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def instead_of(self, slug: str) -> tuple[str, ...]:
        """The events that do as well as ``slug``."""
        return dict(self.substitutes).get(slug, ())


@dataclass(frozen=True)
class MinMinutes:
    """So many minutes in all, over the events of the set ``of`` that count."""

    minutes: int
    of: str = PROGRAMME


@dataclass(frozen=True)
class Evaluations:
    """An event counts only with its evaluation handed in."""


@dataclass(frozen=True)
class Assignment:
    """A piece of work, accepted by a host; with ``other_alliance`` by one the person is not of."""

    name: str
    reviewer: str = "host"


@dataclass(frozen=True)
class Approval:
    """A host says yes; ``name`` says to what."""

    name: str


@dataclass(frozen=True)
class Unreadable:
    """A stored rule we do not know: it is never met."""


Rule = MinEvents | RequiredEvents | MinMinutes | Evaluations | Assignment | Approval | Unreadable


@dataclass(frozen=True)
class RuleSet:
    """All that a programme asks for."""

    attendance: Threshold | None = None
    rules: tuple[Rule, ...] = ()
    window_months: int | None = None
    is_per_event: bool = False
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing is asked for, so nothing can be completed."""
        return not self.rules

    @property
    def needs_other_alliance(self) -> bool:
        """Work is reviewed by organisers of an alliance the person does not belong to."""
        works = (rule for rule in self.rules if isinstance(rule, Assignment))
        return any(work.reviewer == "other_alliance" for work in works)


def checked(
    completion: Mapping[str, Any] | None,
    sets: Mapping[str, Any],
    *,
    events: Collection[str] | None = None,
) -> RuleSet:
    """The rules of a programme whose events have the slugs ``events``; None: they are not known.

    Raises Invalid with the way to every fault: an unknown rule, an event that is not in the
    programme, more events asked for than a set holds, an empty set, numbers that make no sense.
    """
    faults = Faults()
    known = _sets(sets, events, faults)
    found = _Reader(known, faults).read(completion or {})
    faults.settle()
    return found


def stored(completion: Mapping[str, Any] | None, sets: Mapping[str, Any]) -> RuleSet:
    """The same of what was saved, whatever it is: what cannot be read is a rule never met.

    Sets and events are taken as they are, because a programme may have changed since.
    """
    faults = Faults()
    raw = completion if isinstance(completion, Mapping) else {}
    known = _sets(sets if isinstance(sets, Mapping) else {}, None, faults)
    return _Reader(known, faults, is_lenient=True).read(raw)


def problems(completion: Mapping[str, Any], sets: Mapping[str, Any], events: Any) -> list[str]:
    """What is wrong with rules that were saved, now that the programme has these ``events``."""
    try:
        checked(completion, sets, events=events)
    except Invalid as no:
        return [error["msg"] for error in no.errors]
    return []


def _sets(
    sets: Mapping[str, Any], events: Collection[str] | None, faults: Faults
) -> dict[str, tuple[str, ...]]:
    """Every set by its name; the whole programme is one of them."""
    known: dict[str, tuple[str, ...]] = {}
    if len(sets) > MOST_SETS:
        faults.add("sets", msg=f"There are too many sets: at most {MOST_SETS}.")
    for name, members in sets.items():
        if name == PROGRAMME and events is not None:
            continue
        with faults.noted("sets", str(name)):
            known[str(name)] = _members(str(name), members, events)
    if events is not None:
        known[PROGRAMME] = tuple(events)
    return known


def _members(name: str, members: Any, events: Collection[str] | None) -> tuple[str, ...]:
    if not name or len(name) > 40 or not name.replace("_", "").replace("-", "").isalnum():
        raise Invalid.at(msg=f"“{name[:40]}” is no name for a set. Use letters, digits and dashes.")
    slugs = _slugs(members, f"The set “{name}”")
    _ensure_in_programme(slugs, events, f"The set “{name}”")
    return slugs


def _slugs(value: Any, what: str) -> tuple[str, ...]:
    """A list of different event slugs with something in it."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise Invalid.at(msg=f"{what} must be a list of events.")
    if not value:
        raise Invalid.at(msg=f"{what} is empty. Choose at least one event.")
    if len(set(value)) < len(value):
        raise Invalid.at(msg=f"{what} names an event twice.")
    if len(value) > MOST_EVENTS:
        raise Invalid.at(msg=f"{what} has too many events: at most {MOST_EVENTS}.")
    return tuple(value)


def _ensure_in_programme(slugs: Collection[str], events: Collection[str] | None, what: str) -> None:
    if events is None:
        return
    if strangers := [slug[:120] for slug in slugs if slug not in events]:
        names = text.listed([f"“{slug}”" for slug in strangers[:5]])
        verb = "is" if len(strangers) == 1 else "are"
        raise Invalid.at(msg=f"{what} names {names}, which {verb} not in this program.")


def _number(value: Any, what: str, *, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Invalid.at(msg=f"{what} must be a whole number from 1 to {most:,}.")
    return value


def _name(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Invalid.at(msg=f"{what} needs a name, such as “project brief”.")
    return text.one_line(value, loc=(), what=f"The name of {what.lower()}", at_most=LONGEST_NAME)


def _ensure_known_keys(entry: Mapping[str, Any], *known: str) -> None:
    if unknown := [str(key)[:40] for key in entry if key not in known]:
        raise Invalid.at(unknown[0], msg=f"“{unknown[0]}” means nothing here. Take it out.")


class _Reader:
    """Reads one completion rule; faults are gathered, so that all of them are told at once."""

    def __init__(
        self, sets: Mapping[str, tuple[str, ...]], faults: Faults, *, is_lenient: bool = False
    ) -> None:
        self.sets, self.faults, self.is_lenient = sets, faults, is_lenient

    def read(self, raw: Mapping[str, Any]) -> RuleSet:
        if not isinstance(raw, Mapping):
            self.faults.add("completion", msg="The completion rules must be a JSON object.")
            return RuleSet()
        attendance, months = None, None
        with self.faults.noted("completion"):
            _ensure_known_keys(raw, "attendance", "all_of", "window_months", "per_event")
        with self.faults.noted("completion", "attendance"):
            attendance = self._threshold(raw.get("attendance"))
        with self.faults.noted("completion", "window_months"):
            if raw.get("window_months") is not None:
                months = _number(raw["window_months"], "The window in months", most=MOST_MONTHS)
        rules = self._rules(raw.get("all_of") or [])
        is_per_event = self._per_event(raw, rules)
        return RuleSet(attendance, rules, months, is_per_event, self.sets)

    def _per_event(self, raw: Mapping[str, Any], rules: tuple[Rule, ...]) -> bool:
        is_per_event = raw.get("per_event", False)
        if not isinstance(is_per_event, bool):
            self.faults.add("completion", "per_event", msg="Say true or false.")
            return False
        if is_per_event and (rules or raw.get("window_months") is not None):
            self.faults.add(
                "completion",
                "per_event",
                msg="Where each event stands alone, there is nothing to complete: leave out the "
                "rules over several events.",
            )
            return self.is_lenient and not rules
        return is_per_event

    def _threshold(self, raw: Any) -> Threshold | None:
        if raw is None:
            return None
        if not isinstance(raw, Mapping):
            raise Invalid.at(msg="Say how much of an event must be attended.")
        _ensure_known_keys(raw, "min_percent", "min_minutes", "of")
        if raw.get("of", BASIS) != BASIS:
            raise Invalid.at("of", msg=f"Attendance is always measured as “{BASIS}”.")
        if ("min_percent" in raw) == ("min_minutes" in raw):
            raise Invalid.at(msg="Ask for a percentage or for minutes of each event: one of them.")
        if "min_percent" in raw:
            return Threshold(percent=_number(raw["min_percent"], "The percentage", most=100))
        return Threshold(minutes=_number(raw["min_minutes"], "The minutes", most=MOST_MINUTES))

    def _rules(self, raw: Any) -> tuple[Rule, ...]:
        if not isinstance(raw, list | tuple):
            self.faults.add("completion", "all_of", msg="The rules must be a list.")
            return (Unreadable(),)
        if len(raw) > MOST_RULES:
            self.faults.add("completion", "all_of", msg=f"There are more than {MOST_RULES} rules.")
        found: list[Rule] = []
        for index, entry in enumerate(raw[:MOST_RULES]):
            rule: Rule = Unreadable()
            with self.faults.noted("completion", "all_of", index):
                rule = self._rule(entry)
                if rule in found:
                    raise Invalid.at(msg="This rule stands there twice.")
            found.append(rule)
        return tuple(found)

    def _rule(self, entry: Any) -> Rule:
        word = entry.get("rule") if isinstance(entry, Mapping) else None
        read = _KINDS.get(word) if isinstance(word, str) else None
        if read is None:
            known = text.listed([f"“{kind}”" for kind in _KINDS], last="or")
            raise Invalid.at("rule", msg=f"There is no rule “{str(word)[:40]}”. Write {known}.")
        return read(self, entry)

    def _min_events(self, entry: Mapping[str, Any]) -> Rule:
        _ensure_known_keys(entry, "rule", "count", "of")
        count = _number(entry.get("count"), "The number of events", most=MOST_EVENTS)
        name = self._set(entry)
        if not self.is_lenient and name in self.sets and count > len(self.sets[name]):
            there = len(self.sets[name])
            where = "the program" if name == PROGRAMME else f"the set “{name}”"
            noun = "event" if there == 1 else "events"
            raise Invalid.at(
                "count", msg=f"{count} events are asked for, but {where} has {there} {noun}."
            )
        return MinEvents(count, name)

    def _set(self, entry: Mapping[str, Any]) -> str:
        name = entry.get("of", PROGRAMME)
        is_known = isinstance(name, str) and (name in self.sets or name == PROGRAMME)
        if not is_known and not self.is_lenient:
            raise Invalid.at("of", msg=f"There is no set “{str(name)[:40]}”. Name one of the sets.")
        return str(name)

    def _required(self, entry: Mapping[str, Any]) -> Rule:
        _ensure_known_keys(entry, "rule", "events", "substitutes")
        what = "The list of required events"
        slugs = _slugs(entry.get("events"), what)
        known = None if self.is_lenient else self.sets.get(PROGRAMME)
        _ensure_in_programme(slugs, known, what)
        raw = entry.get("substitutes") or {}
        if not isinstance(raw, Mapping):
            raise Invalid.at(
                "substitutes", msg="Say for each required event what stands in for it."
            )
        pairs = []
        for slug, instead in raw.items():
            if slug not in slugs:
                raise Invalid.at("substitutes", msg=f"“{str(slug)[:120]}” is not required.")
            others = _slugs(instead, f"The list of what stands in for “{slug}”")
            _ensure_in_programme(others, known, f"The list of what stands in for “{slug}”")
            if slug in others:
                raise Invalid.at("substitutes", msg=f"“{slug}” cannot stand in for itself.")
            pairs.append((slug, others))
        return RequiredEvents(slugs, tuple(pairs))

    def _min_minutes(self, entry: Mapping[str, Any]) -> Rule:
        _ensure_known_keys(entry, "rule", "minutes", "of")
        minutes = _number(entry.get("minutes"), "The number of minutes", most=MOST_MINUTES)
        return MinMinutes(minutes, self._set(entry))

    def _evaluations(self, entry: Mapping[str, Any]) -> Rule:
        _ensure_known_keys(entry, "rule", "each")
        if entry.get("each", "counted_event") != "counted_event":
            raise Invalid.at("each", msg="An evaluation is asked for each “counted_event”.")
        return Evaluations()

    def _assignment(self, entry: Mapping[str, Any]) -> Rule:
        _ensure_known_keys(entry, "rule", "name", "reviewer")
        reviewer = entry.get("reviewer", "host")
        if reviewer not in REVIEWERS:
            raise Invalid.at("reviewer", msg="The reviewer is “other_alliance” or “host”.")
        return Assignment(_name(entry.get("name"), "An assignment"), reviewer)

    def _approval(self, entry: Mapping[str, Any]) -> Rule:
        _ensure_known_keys(entry, "rule", "name")
        return Approval(_name(entry.get("name"), "An approval"))


_KINDS: dict[str, Callable[[_Reader, Mapping[str, Any]], Rule]] = {
    "min_events": _Reader._min_events,
    "required_events": _Reader._required,
    "min_minutes": _Reader._min_minutes,
    "evaluation_submitted": _Reader._evaluations,
    "assignment_accepted": _Reader._assignment,
    "approval": _Reader._approval,
}
