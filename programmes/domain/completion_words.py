"""Completion rules in words, a sentence each. Pure."""

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from programmes.domain import completion_rules
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
)


def sentences(completion: Mapping[str, Any], sets: Mapping[str, Any]) -> list[str]:
    """What somebody must do to complete a programme, a sentence for each rule.

    ``completion`` and ``sets`` are as they are stored. Rules we do not know say nothing.
    """
    rules = completion_rules.stored(completion, sets)
    return in_words(rules, {name: len(members) for name, members in rules.sets.items()})


def in_words(rules: RuleSet, sizes: Mapping[str, int]) -> list[str]:
    """The same of rules that were read; ``sizes`` says how many events each set has."""
    said = [of_threshold(rules.attendance, is_per_event=rules.is_per_event)]
    said += [of_rule(rule, sizes) for rule in rules.rules]
    if rules.window_months is not None:
        months = rules.window_months
        said.append(f"Within {months} month{'' if months == 1 else 's'} of the first event.")
    return [sentence for sentence in said if sentence]


def required(completion: Mapping[str, Any]) -> list[str]:
    """Slugs of the events nobody can leave out."""
    rules = completion_rules.stored(completion, {}).rules
    return [slug for rule in rules if isinstance(rule, RequiredEvents) for slug in rule.events]


def of_threshold(asked: Threshold | None, *, is_per_event: bool) -> str:
    """What attending an event takes."""
    each = "Each event stands alone: attend" if is_per_event else "An event counts if you attend"
    if asked is None:
        return ""
    if asked.percent is not None:
        return f"{each} at least {asked.percent} percent of its minutes, breaks left out."
    return f"{each} at least {asked.minutes} minutes of it, breaks left out."


@singledispatch
def of_rule(rule: Rule, sizes: Mapping[str, int]) -> str:
    """One rule; nothing for one we do not know. ``sizes``: how many events each set has."""
    return ""


@of_rule.register
def _(rule: MinEvents, sizes: Mapping[str, int]) -> str:
    of = sizes.get(rule.of)
    kind = "" if rule.of == PROGRAMME else f" of the {rule.of}"
    is_known = of is not None and of >= rule.count  # more may be announced later
    number = f"{rule.count} of {of}" if is_known else f"{rule.count}"
    noun = "event" if rule.count == 1 and not is_known else "events"
    return f"Attend at least {number} {noun}{kind}."


@of_rule.register
def _(rule: RequiredEvents, sizes: Mapping[str, int]) -> str:
    number = len(rule.events)
    events = "One event" if number == 1 else f"{number} events"
    also = ", or what stands in for them," if rule.substitutes else ""
    return f"{events} marked as required{also} must be among them."


@of_rule.register
def _(rule: MinMinutes, sizes: Mapping[str, int]) -> str:
    kind = "" if rule.of == PROGRAMME else f" of the {rule.of}"
    return f"Attend {rule.minutes:,} minutes in all{kind}."


@of_rule.register
def _(rule: Evaluations, sizes: Mapping[str, int]) -> str:
    return "Hand in the evaluation of each event you want counted."


@of_rule.register
def _(rule: Assignment, sizes: Mapping[str, int]) -> str:
    if rule.reviewer == "other_alliance":
        return f"Hand in a {rule.name}; somebody of another alliance reviews it."
    return f"Hand in a {rule.name}; the organizers review it."


@of_rule.register
def _(rule: Approval, sizes: Mapping[str, int]) -> str:
    return f"The organizers approve: {rule.name}."
