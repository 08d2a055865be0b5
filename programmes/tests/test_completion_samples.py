"""The six programs of the sample network, each with worked cases."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from programmes.domain import completion, completion_rules
from programmes.domain.completion import Evidence, Occasion, Progress

FILE = json.loads(Path(settings.BASE_DIR, "config/demo/data/network.json").read_text())
PROGRAMMES = {one["slug"]: one for one in FILE["programmes"]}
LENGTH = timedelta(minutes=90)
"""Of every event in these cases, whatever the sample says: so that sums can be done in the head."""


def occasions(programme: str) -> list[Occasion]:
    found = []
    for event in FILE["events"]:
        if event["programme"] == programme:
            start = datetime.fromisoformat(event["start_utc"].removesuffix("Z")).replace(tzinfo=UTC)
            found.append(Occasion(event["slug"], event["title"], ((start, start + LENGTH),)))
    return found


def worked(programme: str, *slugs: str, minutes: int = 90, also=None, **records) -> Progress:
    """Somebody who attended ``slugs`` for so long, and the events of ``also`` for another time."""
    sample = PROGRAMMES[programme]
    rules = completion_rules.stored(sample["completion"], sample["sets"])
    times = {**dict.fromkeys(slugs, minutes), **(also or {})}
    evidence = Evidence(attended={s: m * 60 for s, m in times.items()}, **records)
    return completion.progress(rules, occasions(programme), evidence)


def test_the_cases_know_every_sample():
    assert set(PROGRAMMES) == {
        "broadband-ready",
        "coalition-exchange",
        "twins-and-ai",
        "paying-for-it",
        "mobility-curb-lab",
        "resilience-cyber",
    }


BROADBAND = (
    "reading-the-broadband-map",
    "bead-challenge-results",
    "digital-navigators-that-last",
    "building-the-business-case-for-middle-mile",
    "broadband-capstone",
)


def test_broadband_five_events_with_both_required_ones_and_six_hours():
    found = worked("broadband-ready", *BROADBAND)

    assert found.is_met
    assert [part.said for part in found.parts] == [
        "5 of 5 events",
        "2 of 2 required",
        "450 of 360 minutes",
    ]


def test_broadband_without_its_capstone_is_not_complete():
    instead = ("middle-mile-site-visit", "utility-poles-and-small-cells")

    found = worked("broadband-ready", *BROADBAND[:4], *instead)

    assert not found.is_met
    assert len(found.missing) == 1
    assert "was missed" in found.missing[0]


def test_broadband_seventy_one_of_ninety_minutes_do_not_count():
    found = worked("broadband-ready", *BROADBAND[:4], also={BROADBAND[4]: 71})

    assert found.standings[BROADBAND[4]].text == "Does not count: 71 of 72 minutes needed"
    assert [part.is_met for part in found.parts] == [False, False, True]


def test_broadband_just_enough_of_five_events_are_just_six_hours():
    found = worked("broadband-ready", *BROADBAND, minutes=72)

    assert found.parts[2].said == "360 of 360 minutes"
    assert found.is_met


def test_the_monthly_exchange_asks_for_nothing():
    found = worked("coalition-exchange", "coalition-exchange-monthly")

    assert (found.has_rule, found.is_met, found.parts) == (False, False, ())


TWINS = (
    "what-is-a-digital-twin",
    "ai-inventory-workshop",
    "ai-policy-town-hall",
    "digital-twins-for-council",
)


def test_twins_waits_for_the_evaluation_of_each_event():
    assert not worked("twins-and-ai", *TWINS).is_met
    three = worked("twins-and-ai", *TWINS, evaluated=frozenset(TWINS[:3]))
    assert not three.is_met
    assert "evaluation" in three.missing[-1]

    assert worked("twins-and-ai", *TWINS, evaluated=frozenset(TWINS)).is_met


def test_twins_a_fifth_event_may_go_without_its_evaluation():
    five = (*TWINS, "data-sharing-agreements")

    assert worked("twins-and-ai", *five, evaluated=frozenset(TWINS)).is_met


def test_paying_for_it_each_webinar_stands_alone():
    slug = "grant-writing-workshop-1"

    found = worked("paying-for-it", slug, minutes=50, also={"grant-writing-workshop-2": 49})

    assert found.is_per_event
    assert not found.is_met
    assert found.counted == (slug,)
    assert "49 of 50 minutes" in found.standings["grant-writing-workshop-2"].text


CURB = ("grid-readiness-for-fleets", "curb-inventory-lab", "micromobility-data-lab")


def test_curb_lab_is_complete_with_three_events_and_the_reviewed_brief():
    waiting = worked("mobility-curb-lab", *CURB)
    assert waiting.missing == ("That your project brief is accepted is not recorded yet.",)
    assert waiting.percent == 50

    assert worked("mobility-curb-lab", *CURB, accepted=frozenset({"project brief"})).is_met


def test_curb_lab_another_work_does_not_do():
    assert not worked("mobility-curb-lab", *CURB, accepted=frozenset({"poster"})).is_met


CYBER = (
    "cyber-tabletop",
    "sensors-in-flood-season",
    "water-reliability-workshop",
    "heat-action-clinic",
    "incident-response-drill",
)


def test_cyber_the_tabletop_four_electives_and_seven_hours():
    found = worked("resilience-cyber", *CYBER)

    assert found.is_met
    assert found.parts[2].done == 450


def test_cyber_the_tabletop_is_no_elective():
    found = worked("resilience-cyber", *CYBER[:4])

    assert [part.is_met for part in found.parts] == [True, False, False]


def test_cyber_five_hours_are_too_few():
    found = worked("resilience-cyber", *CYBER, minutes=63)  # 70 percent of each, just

    assert [part.is_met for part in found.parts] == [True, True, False]
    assert found.missing == ("105 more minutes in events that count.",)


@pytest.mark.parametrize("years_apart", [1, 2])
def test_cyber_all_within_twelve_months_of_the_first(years_apart):
    sample = PROGRAMMES["resilience-cyber"]
    rules = completion_rules.stored(sample["completion"], sample["sets"])
    first = datetime(2027, 3, 1, 16, tzinfo=UTC)
    last = first.replace(year=2027 + years_apart)
    starts = dict.fromkeys(CYBER, first) | {CYBER[-1]: last}
    apart = [
        Occasion(slug, slug, ((at + n * LENGTH, at + (n + 1) * LENGTH),))
        for n, (slug, at) in enumerate(starts.items())
        if slug != CYBER[-1]
    ] + [Occasion(CYBER[-1], "Drill", ((last, last + LENGTH),))]

    found = completion.progress(rules, apart, Evidence(attended=dict.fromkeys(CYBER, 5400)))

    assert found.is_met is (years_apart == 1)
