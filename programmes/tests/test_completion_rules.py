"""Completion rules as they are typed or sent: read, or refused with the way to each fault."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from kit.errors import Invalid
from programmes.domain import completion_rules
from programmes.domain.completion_rules import (
    Assignment,
    MinEvents,
    MinMinutes,
    RequiredEvents,
    Threshold,
    Unreadable,
)

EVENTS = ["a", "b", "c", "d"]
SETS = {"electives": ["b", "c"]}
NETWORK = Path(settings.BASE_DIR, "config/demo/data/network.json")
SAMPLES = json.loads(NETWORK.read_text())["programmes"]


def refused(completion, sets=None, events=EVENTS) -> list[tuple[list, str]]:
    with pytest.raises(Invalid) as no:
        completion_rules.checked(completion, SETS if sets is None else sets, events=events)
    return [(error["loc"], error["msg"]) for error in no.value.errors]


def rule(**entry) -> dict:
    return {"all_of": [entry]}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["slug"])
def test_each_sample_program_s_rules_are_read(sample):
    events = sample["sets"]["programme"]

    rules = completion_rules.checked(sample["completion"], sample["sets"], events=events)

    asked = (sample["completion"] or {}).get("all_of", [])
    assert len(rules.rules) == len(asked)
    assert not any(isinstance(one, Unreadable) for one in rules.rules)
    assert rules == completion_rules.stored(sample["completion"], sample["sets"])


def test_a_whole_rule_is_read_into_plain_values():
    rules = completion_rules.checked(
        {
            "attendance": {"min_percent": 80, "of": "session_minutes_without_breaks"},
            "all_of": [
                {"rule": "min_events", "count": 2, "of": "electives"},
                {"rule": "required_events", "events": ["a"], "substitutes": {"a": ["d"]}},
                {"rule": "min_minutes", "minutes": 90},
                {"rule": "assignment_accepted", "name": "brief", "reviewer": "other_alliance"},
            ],
            "window_months": 12,
        },
        SETS,
        events=EVENTS,
    )

    assert rules.attendance == Threshold(percent=80)
    assert rules.rules == (
        MinEvents(2, "electives"),
        RequiredEvents(("a",), (("a", ("d",)),)),
        MinMinutes(90),
        Assignment("brief", "other_alliance"),
    )
    assert rules.needs_other_alliance
    assert rules.sets == {"electives": ("b", "c"), "programme": ("a", "b", "c", "d")}


@pytest.mark.parametrize(
    ("completion", "loc", "said"),
    [
        (rule(rule="moonlight"), ["all_of", 0, "rule"], "There is no rule “moonlight”."),
        ({"all_of": ["min_events"]}, ["all_of", 0, "rule"], "There is no rule “None”."),
        ({"all_of": {"rule": "min_events"}}, ["all_of"], "must be a list"),
        ({"any_of": []}, ["any_of"], "means nothing here"),
        (
            rule(rule="required_events", events=["a", "zebra"]),
            ["all_of", 0],
            "“zebra”, which is not in this program",
        ),
        (rule(rule="required_events", events=[]), ["all_of", 0], "is empty"),
        (rule(rule="required_events", events=["a", "a"]), ["all_of", 0], "twice"),
        (rule(rule="required_events", events="a"), ["all_of", 0], "must be a list"),
        (
            rule(rule="required_events", events=["a"], substitutes={"b": ["c"]}),
            ["all_of", 0, "substitutes"],
            "“b” is not required",
        ),
        (
            rule(rule="required_events", events=["a"], substitutes={"a": ["a"]}),
            ["all_of", 0, "substitutes"],
            "cannot stand in for itself",
        ),
        (
            rule(rule="min_events", count=5, of="programme"),
            ["all_of", 0, "count"],
            "5 events are asked for, but the program has 4 events.",
        ),
        (
            rule(rule="min_events", count=3, of="electives"),
            ["all_of", 0, "count"],
            "3 events are asked for, but the set “electives” has 2 events.",
        ),
        (rule(rule="min_events", count=0), ["all_of", 0], "whole number from 1"),
        (rule(rule="min_events", count=True), ["all_of", 0], "whole number from 1"),
        (rule(rule="min_events", count="3"), ["all_of", 0], "whole number from 1"),
        (rule(rule="min_events", count=1, of="zoo"), ["all_of", 0, "of"], "no set “zoo”"),
        (rule(rule="min_events", count=1, of=["a"]), ["all_of", 0, "of"], "There is no set"),
        (rule(rule="min_minutes", minutes=-1), ["all_of", 0], "whole number from 1"),
        (rule(rule="assignment_accepted"), ["all_of", 0], "needs a name"),
        (rule(rule="assignment_accepted", name="x" * 2000), ["all_of", 0], "is too long"),
        (
            rule(rule="assignment_accepted", name="x", reviewer="a friend"),
            ["all_of", 0, "reviewer"],
            "“other_alliance” or “host”",
        ),
        (rule(rule="approval"), ["all_of", 0], "needs a name"),
        (rule(rule="evaluation_submitted", each="week"), ["all_of", 0, "each"], "counted_event"),
        (rule(rule="min_minutes", minutes=1, hours=2), ["all_of", 0, "hours"], "means nothing"),
        (
            {"all_of": [{"rule": "min_minutes", "minutes": 9}] * 2},
            ["all_of", 1],
            "stands there twice",
        ),
        ({"all_of": [{"rule": "approval", "name": str(n)} for n in range(21)]}, ["all_of"], "more"),
        ({"window_months": 0}, ["window_months"], "whole number from 1 to 120"),
        ({"attendance": {"min_percent": 101}}, ["attendance"], "from 1 to 100"),
        ({"attendance": {"min_percent": 80, "min_minutes": 9}}, ["attendance"], "one of them"),
        ({"attendance": {}}, ["attendance"], "one of them"),
        ({"attendance": {"min_percent": 8, "of": "sleep"}}, ["attendance", "of"], "measured"),
        ({"attendance": 80}, ["attendance"], "must be attended"),
        ({"per_event": True, "window_months": 3}, ["per_event"], "nothing to complete"),
        ({"per_event": "yes"}, ["per_event"], "true or false"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_their_place(completion, loc, said):
    ((place, sentence),) = refused(completion)

    assert place == ["completion", *loc]
    assert said in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        ({"electives": []}, "The set “electives” is empty."),
        ({"electives": ["a", "a"]}, "names an event twice"),
        ({"electives": ["zebra"]}, "“zebra”, which is not in this program"),
        ({"electives": "a"}, "must be a list"),
        ({"elec tives!": ["a"]}, "no name for a set"),
        ({"x" * 2000: ["a"]}, "no name for a set"),
    ],
)
def test_sets_that_cannot_be_are_refused(sets, said):
    ((place, sentence),) = refused({}, sets)

    assert place[0] == "sets"
    assert said in sentence


def test_every_fault_is_told_at_once():
    found = refused(
        {"attendance": {}, "all_of": [{"rule": "x"}, {"rule": "min_minutes"}], "window_months": -1}
    )

    assert len(found) == 4


def test_completion_rules_that_are_no_object_are_refused():
    assert refused([1])[0][0] == ["completion"]


@pytest.mark.parametrize(
    "raw",
    [
        {"all_of": [{"rule": "moonlight"}, {"rule": "min_minutes", "minutes": "many"}]},
        {"all_of": "nothing"},
        [1, 2],
        None,
        {"attendance": "all of it", "window_months": "x", "per_event": 7},
    ],
)
def test_what_was_saved_is_read_whatever_it_is(raw):
    rules = completion_rules.stored(raw, {"electives": None})

    assert all(isinstance(one, Unreadable) for one in rules.rules)


def test_saved_rules_that_no_longer_fit_the_program_are_told():
    completion = {"all_of": [{"rule": "min_events", "count": 4}]}

    assert completion_rules.problems(completion, {}, EVENTS) == []
    assert completion_rules.problems(completion, {}, EVENTS[:2]) == [
        "4 events are asked for, but the program has 2 events."
    ]
