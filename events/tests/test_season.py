"""Placing a season: plans checked by a checker that shares nothing with the planner."""

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.domain.finding import hours
from events.domain.finding.clashes import Known, Off, Taken
from events.domain.finding.hours import usual_week
from events.domain.finding.slots import Party
from events.domain.season import impossible, plan, solving
from events.domain.season.plan import Item, Placement, Season

ZONES = {
    1: "America/Denver",
    2: "America/Chicago",
    3: "America/Phoenix",
    4: "America/Chicago",
    5: "America/Chicago",
    6: "America/Phoenix",
    7: "America/New_York",
}
PARTIES = tuple(Party(pk, f"Alliance {pk}", f"A{pk}", usual_week(z)) for pk, z in ZONES.items())
MONDAY = date(2027, 2, 1)


def item(key: int, hosts: tuple[int, ...] = (1,), **fields) -> Item:
    values = {
        "title": f"Event {key}",
        "minutes": 60,
        "first": MONDAY,
        "last": MONDAY + timedelta(days=4),
        "zone": ZONES[hosts[0]],
    }
    return Item(key=key, hosts=hosts, **{**values, **fields})


def season(*items: Item, **fields) -> Season:
    return Season(items, PARTIES, **fields)


def minute(text: str) -> int:
    return hours.minute_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def solved(whole: Season, seconds: float = 5) -> list[Placement]:
    found = solving.solve(whole, seconds=seconds)
    assert found is not None
    check(whole, found.placements)
    assert found.bill == plan.bill(whole, found.placements)
    return list(found.placements)


def check(whole: Season, placements) -> None:
    """Every rule of a plan, minute by minute, from the items alone."""
    assert sorted(one.item.key for one in placements) == sorted(one.key for one in whole.items)
    held: dict[tuple[str, int, int], int] = {}
    for one in placements:
        start, end = one.candidate.start, one.candidate.end
        here = datetime.fromtimestamp(start * 60, ZoneInfo(one.item.zone))
        assert end - start == one.item.minutes
        assert one.lead in (one.item.leads or one.item.hosts[:1])
        if one.item.pinned is None:
            assert one.item.first <= here.date() <= one.item.last
            assert here.weekday() < 5
        else:
            assert start == one.item.pinned
        for now in range(start, end):
            for taker in _takers(one.item):
                held[(*taker, now)] = held.get((*taker, now), 0) + 1
    for (kind, pk, _), count in held.items():
        assert count <= (whole.known.calls.get(pk, 1) if kind == "licence" else 1)


def _takers(one: Item) -> list[tuple[str, int]]:
    licence = [("licence", one.licence)] if one.licence is not None else []
    return [
        *(("host", host) for host in one.hosts),
        *(("speaker", speaker) for speaker in one.speakers),
        *licence,
    ]


def test_one_event_gets_a_time_that_costs_nobody_anything():
    [one] = solved(season(item(1, (1, 7))))

    denver = datetime.fromtimestamp(one.candidate.start * 60, ZoneInfo("America/Denver"))
    assert one.candidate.cost == 0
    assert 9 <= denver.hour < 15


def test_events_of_one_alliance_never_run_at_once():
    day = {"first": MONDAY, "last": MONDAY, "minutes": 150}

    placed = solved(season(*(item(n, **day) for n in range(3))))

    assert len({one.candidate.start for one in placed}) == 3


def test_a_licence_holds_as_many_calls_as_it_can_and_not_one_more():
    day = {"first": MONDAY, "last": MONDAY, "minutes": 480, "licence": 9}
    two = [item(1, (1,), **day), item(2, (2,), **day)]

    assert solving.solve(season(*two, known=Known(calls={9: 1})), seconds=2) is None
    assert len(solved(season(*two, known=Known(calls={9: 2})))) == 2


def test_a_pinned_event_stays_and_the_rest_is_placed_around_it():
    at = minute("2027-02-03T17:00")
    day = {"first": date(2027, 2, 3), "last": date(2027, 2, 3)}

    placed = solved(season(item(1, pinned=at), item(2, **day), item(3, **day)))

    assert placed[0].candidate.start == at


def test_what_is_blocked_in_the_network_is_never_taken():
    taken = Taken(
        minute("2027-02-01T00:00"), minute("2027-02-05T00:00"), 77, speakers=frozenset({5})
    )

    [one] = solved(season(item(1, speakers=frozenset({5})), known=Known(taken=[taken])))

    assert one.candidate.start >= minute("2027-02-05T00:00")


def test_a_holiday_of_one_host_is_avoided():
    off = Off(2, minute("2027-02-01T06:00"), minute("2027-02-05T06:00"), "Founders' week")

    [one] = solved(season(item(1, (1, 2)), known=Known(off=[off])))

    assert one.candidate.start >= minute("2027-02-05T06:00")


def test_events_on_one_topic_go_to_different_weeks():
    weeks = {"last": MONDAY + timedelta(days=25), "topics": frozenset({3})}

    placed = solved(season(*(item(n, (n,), **weeks) for n in (1, 2, 3, 4))))

    assert len({one.candidate.week for one in placed}) == 4


def test_leads_are_shared_where_several_could_lead():
    weeks = {"last": MONDAY + timedelta(days=25), "leads": (1, 2, 3)}

    placed = solved(season(*(item(n, (1, 2, 3), **weeks) for n in range(6))))

    assert sorted(one.lead for one in placed) == [1, 1, 2, 2, 3, 3]


def test_awkward_hours_are_shared_between_the_zones():
    """Ten hours cannot suit Denver and New York at once: neither bears it every time."""
    long = {"minutes": 10 * 60, "last": MONDAY + timedelta(days=25)}
    items = [item(n, (1, 7), **long) for n in range(4)]

    burdens = {1: 0, 7: 0}
    for one in solved(season(*items)):
        for host, points in one.candidate.burden.items():
            burdens[host] += points

    assert max(burdens.values()) <= 2 * min(burdens.values())


def test_an_event_without_a_time_is_named_before_anything_else():
    nowhere = item(1, first=date(2027, 2, 6), last=date(2027, 2, 7))

    reasons = impossible.reasons(season(nowhere, item(2)))

    assert [(reason.items, reason.held) for reason in reasons] == [((nowhere,), ())]


def test_the_fewest_that_fall_out_are_named_with_what_they_fall_out_about():
    day = {"first": MONDAY, "last": MONDAY, "minutes": 300}
    crowd = [item(n, (n,), speakers=frozenset({5}), **day) for n in (1, 2, 3)]
    others = [item(n, (n,)) for n in (4, 5, 6)]

    [reason] = impossible.reasons(season(*crowd, *others))

    assert set(reason.items) <= set(crowd)
    assert len(reason.items) > 1
    assert reason.held == (("speaker", 5),)


def test_a_season_that_can_be_placed_has_no_reason_against_it():
    assert impossible.reasons(season(item(1), item(2))) == []


def some_season(seed: int, count: int, weeks: int) -> Season:
    chance = random.Random(seed)
    items = []
    for key in range(count):
        hosts = tuple(chance.sample(range(1, 8), chance.choice([1, 2, 3, 7])))
        first = MONDAY + timedelta(weeks=chance.randrange(weeks))
        items.append(
            item(
                key,
                hosts,
                minutes=chance.choice([60, 75, 90, 120]),
                first=first,
                last=first + timedelta(days=4, weeks=chance.randrange(3)),
                topics=frozenset(chance.sample(range(6), 2)),
                speakers=frozenset(chance.sample(range(9), 1)),
                licence=chance.choice([None, 1]),
                leads=hosts,
            )
        )
    return season(*items)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_any_plan_passes_the_checker(seed, count):
    whole = some_season(seed, count, weeks=4)
    found = solving.solve(whole, seconds=2)

    if found is None:
        assert impossible.reasons(whole, seconds=2)
    else:
        check(whole, found.placements)
        assert found.bill == plan.bill(whole, found.placements)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_small_plan_is_as_cheap_as_the_cheapest_of_all_plans(seed):
    chance = random.Random(seed)
    days = {"first": MONDAY, "last": MONDAY + timedelta(days=1)}
    items = [
        item(
            key,
            tuple(chance.sample((1, 2, 7), 2)),
            minutes=chance.choice([60, 120, 240]),
            topics=frozenset(chance.sample(range(3), 1)),
            speakers=frozenset(chance.sample(range(3), 1)),
            leads=(1, 2, 7)[: chance.randrange(3)],
            **days,
        )
        for key in range(3)
    ]
    whole = season(*items, step=60)

    found = solving.solve(whole, seconds=20)

    assert (found.bill.total if found else None) == min(_possible(whole), default=None)
    assert found is None or found.is_best


def _possible(whole: Season):
    """What each plan that holds would cost: slow and obvious."""
    offered = [plan.candidates(whole, one) for one in whole.items]
    for chosen in itertools.product(*offered):
        pairs = itertools.combinations(zip(whole.items, chosen, strict=True), 2)
        if any(_fall_out(*one, *other) for one, other in pairs):
            continue
        for leads in itertools.product(*(one.may_lead for one in whole.items)):
            yield plan.bill(
                whole, [Placement(*three) for three in zip(whole.items, chosen, leads, strict=True)]
            ).total


def _fall_out(one: Item, its, other: Item, theirs) -> bool:
    share = {*one.hosts} & {*other.hosts} or one.speakers & other.speakers
    return bool(share) and its.start < theirs.end and theirs.start < its.end


def test_the_bill_counts_what_goes_beyond_one_a_week_and_how_far_shares_lie_apart():
    whole = some_season(7, 5, weeks=2)
    found = solving.solve(whole, seconds=3)
    assert found is not None

    weeks = [(one.candidate.week, topic) for one in found.placements for topic in one.item.topics]
    again = len(weeks) - len(set(weeks))

    assert found.bill.topics == again * whole.weights.same_topic_week


@pytest.mark.parametrize("zone", ["America/Denver", "America/Phoenix"])
def test_a_plan_across_the_change_of_clocks_keeps_office_hours(zone):
    host = 1 if zone == "America/Denver" else 3
    week = {"first": date(2027, 3, 8), "last": date(2027, 3, 19)}

    placed = solved(season(*(item(n, (host,), minutes=180, **week) for n in range(10))))

    for one in placed:
        local = datetime.fromtimestamp(one.candidate.start * 60, ZoneInfo(zone))
        assert local.hour >= 9
        assert (local + timedelta(hours=3)).hour <= 17
