"""A programme's completion rules in words."""

from collections.abc import Mapping
from typing import Any


def sentences(completion: Mapping[str, Any], sets: Mapping[str, Any]) -> list[str]:
    """What somebody must do to complete a programme, a sentence for each rule.

    ``completion`` and ``sets`` are as a network file has them. Rules we do not know say nothing:
    they are shown once they can be checked.
    """
    said = [_attendance(completion.get("attendance") or {}, bool(completion.get("per_event")))]
    said += [_rule(rule, sets) for rule in completion.get("all_of") or []]
    months = completion.get("window_months")
    if isinstance(months, int):
        said.append(f"Within {months} months of the first event.")
    return [sentence for sentence in said if sentence]


def required(completion: Mapping[str, Any]) -> list[str]:
    """Slugs of the events nobody can leave out."""
    rules = [rule for rule in completion.get("all_of") or [] if rule["rule"] == "required_events"]
    return [slug for rule in rules for slug in rule["events"]]


def _attendance(asked: Mapping[str, Any], is_per_event: bool) -> str:
    each = "Each event stands alone: attend" if is_per_event else "An event counts if you attend"
    if "min_percent" in asked:
        return f"{each} at least {asked['min_percent']} percent of its minutes, breaks left out."
    if "min_minutes" in asked:
        return f"{each} at least {asked['min_minutes']} minutes of it, breaks left out."
    return ""


def _rule(rule: Mapping[str, Any], sets: Mapping[str, Any]) -> str:
    match rule["rule"]:
        case "min_events":
            of = len(sets.get(rule["of"]) or [])
            kind = "" if rule["of"] == "programme" else f" of the {rule['of']}"
            return f"Attend at least {rule['count']} of {of} events{kind}."
        case "required_events":
            number = len(rule["events"])
            events = "One event" if number == 1 else f"{number} events"
            return f"{events} marked below as required must be among them."
        case "min_minutes":
            return f"Attend {rule['minutes']} minutes in all."
        case "assignment_accepted":
            return f"Hand in a {rule['name']}; somebody of another alliance reviews it."
    return ""
