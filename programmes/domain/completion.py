"""How far somebody is with a programme, worked out from its rules and what is recorded. Pure.

An event counts where enough of its minutes were attended (and its evaluation is in, where the rules
ask for one). With a window, any stretch of so many months that begins with an event that counts may
be the one: the best is taken. Minutes of events held at the same time are not added up beyond the
time there was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any

from kit.text import listed
from programmes.domain import completion_evidence, completion_words
from programmes.domain.completion_evidence import Evidence, Occasion
from programmes.domain.completion_rules import (
    PROGRAMME,
    Approval,
    Assignment,
    Evaluations,
    MinEvents,
    MinMinutes,
    RequiredEvents,
    Rule,
    RuleSet,
    Threshold,
    Unreadable,
)

FEW = 4
"""So many titles are named at most where something is missing."""


@dataclass(frozen=True)
class Part:
    """One rule: in words, how much of it is done, and what is still missing, a sentence each."""

    text: str
    done: int
    of: int
    is_met: bool
    said: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """How one event stands for a person: a state of the pages (ok, waiting, …) and words."""

    kind: str
    text: str
    counts: bool = False


@dataclass(frozen=True)
class Progress:
    """How far somebody is. ``percent`` is 100 only where ``is_met``; ``first`` and ``until`` bound
    the window that was counted."""

    is_met: bool
    percent: int
    parts: tuple[Part, ...]
    standings: Mapping[str, Standing]
    first: datetime | None = None
    until: datetime | None = None
    has_rule: bool = True
    is_per_event: bool = False

    @property
    def counted(self) -> tuple[str, ...]:
        """Slugs of the events that count."""
        return tuple(slug for slug, standing in self.standings.items() if standing.counts)

    @property
    def missing(self) -> tuple[str, ...]:
        """All that is still missing, a sentence each."""
        return tuple(sentence for part in self.parts for sentence in part.missing)


@dataclass(frozen=True)
class _Seen:
    """What a rule is asked about: the events that count within one window."""

    rules: RuleSet
    evidence: Evidence
    occasions: Mapping[str, Occasion]
    counted: Mapping[str, Occasion]
    attended: Mapping[str, Occasion]

    def members(self, name: str) -> list[str]:
        """Slugs of a set, in its order; of the whole programme, in the programme's."""
        if name == PROGRAMME:
            return list(self.occasions)
        return [slug for slug in self.rules.sets.get(name, ()) if slug in self.occasions]


def progress(rules: RuleSet, occasions: Sequence[Occasion], evidence: Evidence) -> Progress:
    """How far somebody is with ``rules``. ``occasions`` are the events in their order.

    Worked cases of every rule are in programmes/tests/test_completion_samples.py.
    """
    by_slug = {occasion.slug: occasion for occasion in occasions}
    attended = {
        o.slug: o for o in occasions if completion_evidence.counts(o, rules.attendance, evidence)
    }
    needs = any(isinstance(rule, Evaluations) for rule in rules.rules)
    counted = {s: o for s, o in attended.items() if not needs or s in evidence.evaluated}
    best: tuple[tuple[bool, int, int], tuple[Part, ...], Mapping[str, Occasion], Any] | None = None
    for first, until in completion_evidence.windows_of(counted.values(), rules.window_months):
        inside = {
            s: o for s, o in counted.items() if completion_evidence.is_within(o, first, until)
        }
        near = {s: o for s, o in attended.items() if completion_evidence.is_within(o, first, until)}
        parts = _parts(_Seen(rules, evidence, by_slug, inside, near))
        rank = (bool(parts) and all(p.is_met for p in parts), _share(parts), len(inside))
        if best is None or rank > best[0]:
            best = (rank, parts, inside, (first, until))
    assert best is not None
    (is_met, percent, _), parts, chosen, (first, until) = best
    return Progress(
        is_met=is_met,
        percent=100 if is_met else min(percent, 99),
        parts=parts,
        standings={o.slug: _standing(o, rules, evidence, chosen, attended) for o in occasions},
        first=first,
        until=until,
        has_rule=not rules.is_empty,
        is_per_event=rules.is_per_event,
    )


def _share(parts: tuple[Part, ...]) -> int:
    """Percent done, each rule the same weight, rounded down."""
    if not parts:
        return 0
    return int(sum(100 * min(part.done, part.of) / part.of for part in parts) / len(parts))


# --- one rule -------------------------------------------------------------------------------------


def _parts(seen: _Seen) -> tuple[Part, ...]:
    """A part for each rule; the evaluations come last to be worked out, since they depend."""
    rules = seen.rules.rules
    plain = {i: _part(r, seen) for i, r in enumerate(rules) if not isinstance(r, Evaluations)}
    others_met = all(part.is_met for part in plain.values())
    return tuple(
        plain[index] if index in plain else _evaluations(seen, others_met=others_met)
        for index in range(len(rules))
    )


@singledispatch
def _part(rule: Rule, seen: _Seen) -> Part:
    raise TypeError(f"no such rule: {rule!r}")


@_part.register
def _(rule: MinEvents, seen: _Seen) -> Part:
    members = seen.members(rule.of)
    done = sum(slug in seen.counted for slug in members)
    missing: tuple[str, ...] = ()
    if done < rule.count:
        missing = (_more_events(rule.count - done, members, seen),)
    return Part(
        text=completion_words.of_rule(rule, {rule.of: len(members)}),
        done=done,
        of=rule.count,
        is_met=done >= rule.count,
        said=f"{done} of {rule.count} events",
        missing=missing,
    )


def _more_events(count: int, members: Sequence[str], seen: _Seen) -> str:
    ahead = [
        occasion
        for slug in members
        if slug not in seen.attended
        and not (occasion := seen.occasions[slug]).is_over
        and not occasion.is_cancelled
    ]
    noun = "event" if count == 1 else "events"
    if not ahead:
        return f"{count} more {noun}; no further date is announced yet."
    names = [f"“{occasion.title}”" for occasion in ahead[:FEW]]
    more = [f"{len(ahead) - FEW} others"] if len(ahead) > FEW else []
    return f"Attend {count} more {noun}. Still to come: {listed([*names, *more])}."


@_part.register
def _(rule: RequiredEvents, seen: _Seen) -> Part:
    open_ = [slug for slug in rule.events if not _is_done(slug, rule, seen)]
    of = len(rule.events)
    return Part(
        text=completion_words.of_rule(rule, {}),
        done=of - len(open_),
        of=of,
        is_met=not open_,
        said=f"{of - len(open_)} of {of} required",
        missing=tuple(_missing_required(slug, rule, seen) for slug in open_),
    )


def _is_done(slug: str, rule: RequiredEvents, seen: _Seen) -> bool:
    return any(one in seen.counted for one in (slug, *rule.instead_of(slug)))


def _missing_required(slug: str, rule: RequiredEvents, seen: _Seen) -> str:
    occasion = seen.occasions.get(slug)
    if occasion is None:
        return "A required event is not announced yet. The organizers can say more."
    others = [seen.occasions[one] for one in rule.instead_of(slug) if one in seen.occasions]
    ahead = [o for o in (occasion, *others) if not o.is_over and not o.is_cancelled]
    if ahead:
        return f"Attend {listed([f'“{one.title}”' for one in ahead], last='or')}."
    if slug in seen.attended:
        return f"The evaluation of “{occasion.title}” is not recorded yet."
    if occasion.is_cancelled:
        return f"“{occasion.title}” was canceled. Ask the organizers what counts instead."
    if not occasion.is_settled:
        return f"Attendance of “{occasion.title}” is not recorded yet."
    return f"“{occasion.title}” is over and was missed. Ask the organizers what counts instead."


@_part.register
def _(rule: MinMinutes, seen: _Seen) -> Part:
    inside = [seen.counted[slug] for slug in seen.members(rule.of) if slug in seen.counted]
    done = completion_evidence.seconds(inside, seen.evidence) // 60
    more = rule.minutes - done
    noun = "minute" if more == 1 else "minutes"
    return Part(
        text=completion_words.of_rule(rule, {}),
        done=done,
        of=rule.minutes,
        is_met=more <= 0,
        said=f"{done:,} of {rule.minutes:,} minutes",
        missing=(f"{more:,} more {noun} in events that count.",) if more > 0 else (),
    )


@_part.register
def _(rule: Assignment, seen: _Seen) -> Part:
    return _recorded(
        rule, rule.name in seen.evidence.accepted, f"That your {rule.name} is accepted"
    )


@_part.register
def _(rule: Approval, seen: _Seen) -> Part:
    return _recorded(rule, rule.name in seen.evidence.approved, f"The approval “{rule.name}”")


@_part.register
def _(rule: Unreadable, seen: _Seen) -> Part:
    sentence = "A rule of this program cannot be read. Ask the organizers to mend it."
    return Part(sentence, done=0, of=1, is_met=False, said="Cannot be checked", missing=(sentence,))


def _recorded(rule: Rule, is_done: bool, what: str) -> Part:
    return Part(
        text=completion_words.of_rule(rule, {}),
        done=int(is_done),
        of=1,
        is_met=is_done,
        said="Recorded" if is_done else "Not yet recorded",
        missing=() if is_done else (f"{what} is not recorded yet.",),
    )


def _evaluations(seen: _Seen, *, others_met: bool) -> Part:
    """Met by what was attended with an evaluation, as long as that is enough for all else."""
    open_ = [o for slug, o in seen.attended.items() if slug not in seen.evidence.evaluated]
    done = len(seen.counted)
    is_met = bool(done) and (others_met or not open_)
    missing = [f"The evaluation of “{o.title}” is not recorded yet." for o in open_]
    if not seen.attended:
        missing = ["No event is attended yet, so there is nothing to evaluate."]
    return Part(
        text=completion_words.of_rule(Evaluations(), {}),
        done=done,
        of=max(done, 1) if is_met else max(len(seen.attended), 1),
        is_met=is_met,
        said=f"{done} of {len(seen.attended)} evaluations recorded",
        missing=() if is_met else tuple(missing),
    )


# --- one event ------------------------------------------------------------------------------------


def _standing(
    occasion: Occasion,
    rules: RuleSet,
    evidence: Evidence,
    inside: Mapping[str, Occasion],
    attended: Mapping[str, Occasion],
) -> Standing:
    slug = occasion.slug
    minutes = evidence.attended.get(slug, 0) // 60
    if slug in inside:
        if slug in evidence.instead:
            return Standing("ok", "Counts: something else was accepted instead", counts=True)
        return Standing("ok", f"Counts, {minutes:,} minutes" if minutes else "Counts", counts=True)
    if slug in attended:
        needs = any(isinstance(rule, Evaluations) for rule in rules.rules)
        if needs and slug not in evidence.evaluated:
            return Standing("waiting", "Attended; the evaluation is not recorded yet")
        return Standing("off", "Attended, but outside the window that counts")
    return _not_attended(occasion, rules.attendance, minutes)


def _not_attended(occasion: Occasion, asked: Threshold | None, minutes: int) -> Standing:
    if occasion.is_cancelled:
        return Standing("off", "Canceled")
    if minutes and asked is not None:
        needed = -(-int(completion_evidence.needed(occasion, asked) * 100) // 6000)
        return Standing("off", f"Does not count: {minutes:,} of {needed:,} minutes needed")
    if not occasion.is_over:
        return Standing("info", "Still to come")
    if not occasion.is_settled:
        return Standing("waiting", "Attendance not recorded yet")
    return Standing("off", "Not attended")
