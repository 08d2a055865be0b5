"""The ranking: golden hours, reasons that cost, and the same order as the slow way."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain.finding import clashes, hours, slots
from events.domain.finding.clashes import Known, Off, Taken, Wanted
from events.domain.finding.hours import Office, OfficeDay, OfficeWeek, Standing
from events.domain.finding.slots import Ask, Party

NEW_YORK = "America/New_York"
SEVEN = [
    ("CSCA", "America/Denver"),
    ("NTXIA", "America/Chicago"),
    ("CONN", "America/Phoenix"),
    ("ISCRA", "America/Chicago"),
    ("KCDD", "America/Chicago"),
    ("RPC", "America/Phoenix"),
    ("SNF", NEW_YORK),
]
PARTIES = tuple(
    Party(number, name, name, hours.usual_week(zone)) for number, (name, zone) in enumerate(SEVEN)
)
WINTER, SUMMER = date(2027, 1, 13), date(2027, 7, 14)
NOTHING = clashes.find(Wanted(tuple(range(7))), Known(), zone=NEW_YORK)


def ask(day: date = WINTER, last: date | None = None, **changes) -> Ask:
    return replace(Ask(PARTIES, 60, day, last or day, NEW_YORK), **changes)


def free(wanted: Ask, known: Known | None = None) -> list[str]:
    found = clashes.find(Wanted(tuple(range(7))), known or Known(), zone=wanted.zone)
    ranked = slots.rank(wanted, found)
    return [f"{hours.local(slot.start, NEW_YORK):%H:%M}" for slot in ranked if not slot.cost]


def test_in_winter_all_seven_are_free_at_11_and_from_3_to_4_eastern():
    assert free(ask(WINTER)) == ["11:00", "15:00", "15:30", "16:00"]


def test_in_summer_only_4_eastern_is_left():
    assert free(ask(SUMMER)) == ["16:00"]


@pytest.mark.parametrize(
    ("monday", "expected"),
    [
        (date(2027, 3, 8), ["11:00", "15:00", "15:30", "16:00"]),
        (date(2027, 3, 15), ["16:00"]),
        (date(2027, 11, 1), ["16:00"]),
        (date(2027, 11, 8), ["11:00", "15:00", "15:30", "16:00"]),
    ],
)
def test_the_golden_hours_move_with_the_clocks_but_not_with_arizona_s(monday, expected):
    assert free(ask(monday)) == expected


def test_lunch_costs_less_than_leaving_the_office_and_that_less_than_a_weekend():
    ranked = slots.rank(ask(WINTER, WINTER + timedelta(days=4)), NOTHING)
    worst = {}
    for slot in ranked:
        for fit in slot.fits:
            worst.setdefault(fit.standing, slots.cost_of_hours(fit))

    assert worst[Standing.OFFICE] == 0
    assert 0 < worst[Standing.LUNCH] < worst[Standing.EARLY]
    closed = hours.Fit(Standing.CLOSED)
    out = hours.Fit(Standing.LATE, away=10_000)
    assert slots.cost_of_hours(out) < slots.cost_of_hours(closed)


def test_no_start_is_offered_when_every_office_is_closed():
    week = slots.rank(ask(WINTER, WINTER + timedelta(days=6)), NOTHING)

    assert {hours.local(slot.start, NEW_YORK).weekday() for slot in week} == {0, 1, 2, 3, 4}


def test_a_weekend_alone_is_offered_by_day():
    saturday = date(2027, 1, 16)
    ranked = slots.rank(ask(saturday, saturday + timedelta(days=1)), NOTHING)

    clocks = {hours.local(slot.start, NEW_YORK).hour for slot in ranked}
    assert clocks == set(range(8, 18))
    assert all(fit.standing is Standing.CLOSED for slot in ranked for fit in slot.fits)


def test_times_of_day_may_be_asked_for_outside_all_hours():
    evening = ask(WINTER, earliest=18 * 60, latest=20 * 60)

    ranked = slots.rank(evening, NOTHING)

    starts = sorted(f"{hours.local(slot.start, NEW_YORK):%H:%M}" for slot in ranked)
    assert starts == ["18:00", "18:30", "19:00"]


def test_only_the_weekdays_asked_for_are_offered():
    ranked = slots.rank(
        ask(WINTER, WINTER + timedelta(days=6), weekdays=frozenset({1, 3})), NOTHING
    )

    assert {hours.local(slot.start, NEW_YORK).weekday() for slot in ranked} == {1, 3}


def test_nothing_starts_in_the_past():
    now = hours.wall_minute(WINTER, 15 * 60, NEW_YORK)

    assert min(slot.start for slot in slots.rank(ask(not_before=now), NOTHING)) == now


def test_strict_leaves_only_what_suits_everybody():
    known = Known(off=[Off(3, *_day(WINTER), name="Lincoln's Birthday")])
    found = clashes.find(Wanted(tuple(range(7))), known, zone=NEW_YORK)
    both = ask(WINTER, WINTER + timedelta(days=1), strict=True)

    ranked = slots.rank(both, found)

    assert len(ranked) == 4
    assert {hours.local(slot.start, NEW_YORK).date() for slot in ranked} == {
        WINTER + timedelta(days=1)
    }


def test_an_office_of_its_own_hours_is_asked_by_those():
    early = OfficeWeek("America/Denver", (OfficeDay(7 * 60, 15 * 60),) * 4 + (None,) * 3)
    party = Party(1, "Early", "Early", early)
    one = Ask((party,), 60, WINTER, WINTER + timedelta(days=2), "America/Denver")

    ranked = slots.rank(one, NOTHING)

    clocks = [hours.local(slot.start, "America/Denver") for slot in ranked if not slot.cost]
    assert {clock.weekday() for clock in clocks} == {2, 3}
    assert (min(c.hour for c in clocks), max(c.hour for c in clocks)) == (7, 14)


def test_a_blocked_time_is_last_and_scores_nothing():
    at = hours.wall_minute(WINTER, 11 * 60, NEW_YORK)
    known = Known(taken=[Taken(at, at + 60, 1, speakers=frozenset({5}))])
    found = clashes.find(Wanted((0,), speakers=frozenset({5})), known, zone=NEW_YORK)

    ranked = slots.rank(ask(parties=PARTIES[-1:]), found)

    blocked = [slot for slot in ranked if slot.is_blocked]
    assert blocked == ranked[-len(blocked) :]
    assert {f"{hours.local(one.start, NEW_YORK):%H:%M}" for one in blocked} == {
        "10:30",
        "11:00",
        "11:30",
    }
    assert {slot.score for slot in blocked} == {0}
    best = slots.best_of_days(ranked, 99, zone=NEW_YORK)
    assert set(best) == set(ranked[: -len(blocked)])


def test_the_best_three_lie_on_three_days_where_there_are_three():
    ranked = slots.rank(ask(WINTER, WINTER + timedelta(days=2)), NOTHING)

    best = slots.best_of_days(ranked, 3, zone=NEW_YORK)

    assert len({hours.local(slot.start, NEW_YORK).date() for slot in best}) == 3
    one_day = slots.best_of_days(slots.rank(ask(), NOTHING), 3, zone=NEW_YORK)
    assert len({slot.start for slot in one_day}) == 3


def _day(day: date, zone: str = NEW_YORK) -> tuple[int, int]:
    return hours.wall_minute(day, 0, zone), hours.wall_minute(day + timedelta(days=1), 0, zone)


# -- against the slow and obvious way

BASE = hours.wall_minute(WINTER, 0, "UTC")
takens = st.lists(
    st.builds(
        lambda at, long, **rest: Taken(BASE + at, BASE + at + long, **rest),
        st.integers(0, 3 * hours.DAY).map(lambda n: n - n % 15),
        st.sampled_from([15, 30, 60, 90, 1440]),
        event=st.integers(1, 4),
        hosts=st.frozensets(st.integers(0, 8), max_size=2),
        topics=st.frozensets(st.integers(1, 2), max_size=1),
        speakers=st.frozensets(st.integers(1, 3), max_size=1),
        is_announced=st.booleans(),
    ),
    max_size=10,
)
offs = st.lists(
    st.builds(
        lambda party, day, kept: Off(party, *_day(WINTER + timedelta(days=day)), "Day", kept),
        st.integers(0, 8),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=3,
)


def slow_cost(wanted: Ask, start: int, found: clashes.Found) -> int:
    scale, end, cost = slots.USUAL_SCALE, start + wanted.minutes, 0
    for party in wanted.parties:
        here = hours.local(start, party.zone).date()
        cost += slots.cost_of_hours(Office(party.week, here, here).fit(start, end))
    met = [one for one in found.clashes if max(one.start, start) < min(one.end, end)]
    cost += sum(slots.cost_of_clash(one) for one in clashes.without_doubles(met))
    monday = hours.local(start, wanted.zone).date()
    while monday.weekday():
        monday -= timedelta(days=1)
    cost += min(len(found.busy_weeks.get(monday, ())) * scale.busy_week, scale.most_busy_week)
    others = sum(max(a, start) < min(b, end) for a, b in found.others)
    return cost + min(others * scale.other, scale.most_other)


@given(
    takens,
    offs,
    st.integers(15, 240),
    st.sampled_from([15, 30, 60]),
    st.sets(st.sampled_from(PARTIES), min_size=1, max_size=4),
)
def test_the_ranking_is_that_of_the_slow_way(taken, off, minutes, step, some):
    parties = tuple(sorted(some, key=lambda party: party.id))
    wanted = Ask(parties, minutes, WINTER, WINTER + timedelta(days=2), NEW_YORK, step=step)
    found = clashes.find(
        Wanted(tuple(party.id for party in parties), frozenset({1}), frozenset({1, 2})),
        Known(taken=taken, off=off),
        zone=NEW_YORK,
    )

    ranked = slots.rank(wanted, found)

    assert {slot.start: slot.cost for slot in ranked} == {
        slot.start: slow_cost(wanted, slot.start, found) for slot in ranked
    }
    keys = [(slot.is_blocked, slot.cost, slot.start) for slot in ranked]
    assert keys == sorted(keys)
    assert all(0 <= slot.score <= 100 for slot in ranked)


@given(st.integers(0, 59), st.sampled_from([15, 30, 60]))
def test_every_start_of_the_office_day_is_offered_once(day, step):
    wanted = ask(WINTER + timedelta(days=day), step=step)
    offices = [Office(party.week, wanted.first, wanted.last) for party in wanted.parties]
    offered = slots.starts(wanted, offices)
    midnight = hours.wall_minute(wanted.first, 0, NEW_YORK)
    slow = [
        start
        for start in range(midnight, midnight + hours.DAY, step)
        if any(
            office.open.within(minute, minute + 1)
            for office in offices
            for minute in range(start, start + 60, 5)
        )
    ]

    if wanted.first.weekday() < 5:
        assert offered == slow


def test_a_time_that_people_cannot_make_in_a_poll_comes_after_one_they_can():
    eleven, fifteen = (hours.wall_minute(WINTER, hour * 60, NEW_YORK) for hour in (11, 15))
    found = slots.rank(ask(votes={eleven: (1, 0, 3), fifteen: (3, 1, 0)}), NOTHING)

    by_start = {slot.start: slot for slot in found}

    assert by_start[fifteen].cost < by_start[eleven].cost
    assert by_start[eleven].votes == (1, 0, 3)
    assert by_start[eleven].cost == 3 * slots.USUAL_SCALE.cannot
