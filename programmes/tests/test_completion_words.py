"""Completion rules in words."""

import pytest

from programmes.domain import completion_words

SETS = {"programme": ["a", "b", "c", "d"], "electives": ["b", "c", "d"]}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, []),
        (
            {"attendance": {"min_percent": 80}},
            ["An event counts if you attend at least 80 percent of its minutes, breaks left out."],
        ),
        (
            {"attendance": {"min_minutes": 50}, "per_event": True},
            ["Each event stands alone: attend at least 50 minutes of it, breaks left out."],
        ),
        (
            {"all_of": [{"rule": "min_events", "count": 2, "of": "electives"}]},
            ["Attend at least 2 of 3 events of the electives."],
        ),
        (
            {"all_of": [{"rule": "min_events", "count": 3, "of": "programme"}]},
            ["Attend at least 3 of 4 events."],
        ),
        (
            {"all_of": [{"rule": "required_events", "events": ["a"]}], "window_months": 12},
            [
                "One event marked as required must be among them.",
                "Within 12 months of the first event.",
            ],
        ),
        ({"all_of": [{"rule": "min_minutes", "minutes": 420}]}, ["Attend 420 minutes in all."]),
        (
            {
                "all_of": [
                    {
                        "rule": "assignment_accepted",
                        "name": "project brief",
                        "reviewer": "other_alliance",
                    }
                ]
            },
            ["Hand in a project brief; somebody of another alliance reviews it."],
        ),
        (
            {"all_of": [{"rule": "assignment_accepted", "name": "plan"}]},
            ["Hand in a plan; the organizers review it."],
        ),
        (
            {"all_of": [{"rule": "evaluation_submitted", "each": "counted_event"}]},
            ["Hand in the evaluation of each event you want counted."],
        ),
        (
            {"all_of": [{"rule": "approval", "name": "a visit"}]},
            ["The organizers approve: a visit."],
        ),
        ({"all_of": [{"rule": "a_rule_of_tomorrow"}]}, []),
    ],
)
def test_each_rule_is_a_sentence(rules, said):
    assert completion_words.sentences(rules, SETS) == said


def test_required_events_are_told_by_slug():
    rules = {"all_of": [{"rule": "required_events", "events": ["a", "d"]}, {"rule": "min_minutes"}]}

    assert completion_words.required(rules) == ["a", "d"]
    assert completion_words.required({}) == []
