"""What clashes: half open spans, the levels, licences that hold so many calls."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain.finding import clashes, hours
from events.domain.finding.clashes import (
    BLOCK,
    IGNORE,
    WARN,
    Elsewhere,
    Kind,
    Known,
    Off,
    Taken,
    Wanted,
)
from programmes.models import ConflictLevel

ZONE = "America/Denver"
NOON = hours.wall_minute(date(2027, 1, 13), 12 * 60, ZONE)
TAKEN = Taken(NOON, NOON + 60, event=7, hosts=frozenset({9}))
minutes = st.integers(0, 60)


def kinds(wanted: Wanted, known: Known, start: int = NOON, length: int = 60) -> list[tuple]:
    found = clashes.find(wanted, known, zone=ZONE)
    return [(one.kind, one.level) for one in clashes.meeting(found.clashes, start, start + length)]


def test_the_kinds_and_levels_are_those_of_the_table():
    assert {kind.value for kind in Kind} == set(ConflictLevel.Kind.values)
    assert {BLOCK, WARN, IGNORE} == set(ConflictLevel.Level.values)
    assert set(clashes.USUAL_LEVELS) == set(Kind)


@given(minutes, minutes, minutes, minutes)
def test_spans_meet_where_they_have_a_minute_in_common(one, length, other, other_length):
    slow = bool(set(range(one, one + length)) & set(range(other, other + other_length)))

    assert clashes.meet(one, one + length, other, other + other_length) == slow


def test_touching_edges_are_no_conflict_and_identical_slots_are():
    wanted = Wanted((1,), speakers=frozenset({5}))
    known = Known(taken=[replace(TAKEN, speakers=frozenset({5}))])

    assert kinds(wanted, known, NOON) == [(Kind.SPEAKER, BLOCK)]
    assert kinds(wanted, known, NOON - 60) == []
    assert kinds(wanted, known, NOON + 60) == []
    assert kinds(wanted, known, NOON - 59) == [(Kind.SPEAKER, BLOCK)]
    assert kinds(wanted, known, NOON + 59) == [(Kind.SPEAKER, BLOCK)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("hall", ""), ("hall", ""), True),
        (("hall", "a"), ("hall", "a"), True),
        (("hall", "a"), ("hall", "b"), False),
        (("hall", "a"), ("hall", ""), True),
        (("hall", "a"), ("barn", "a"), False),
        (("", ""), ("", ""), False),
        (("", "a"), ("", "a"), False),
    ],
)
def test_a_room_is_a_venue_or_a_part_of_it(one, other, same):
    assert clashes.same_room(one, other) == clashes.same_room(other, one) == same
    known = Known(taken=[replace(TAKEN, room=other)])
    assert kinds(Wanted((1,), room=one), known) == ([(Kind.ROOM, BLOCK)] if same else [])


def test_a_shared_host_warns_and_names_which_alliance():
    found = clashes.find(Wanted((1, 9)), Known(taken=[TAKEN]), zone=ZONE)

    assert [(one.kind, one.level, one.alliances) for one in found.clashes] == [
        (Kind.HOST, WARN, (9,))
    ]


def test_the_same_topic_clashes_all_week_for_the_same_people_and_at_once_for_others():
    known = Known(taken=[replace(TAKEN, topics=frozenset({3}))])
    thursday = NOON + hours.DAY
    topic = frozenset({3})

    assert kinds(Wanted((9,), topic), known, thursday) == [(Kind.AUDIENCE, WARN)]
    assert kinds(Wanted((9,), topic), known, NOON + hours.WEEK) == []
    assert kinds(Wanted((1,), topic), known, thursday) == []
    assert kinds(Wanted((1,), topic), known, NOON) == [(Kind.AUDIENCE, WARN)]
    assert kinds(Wanted((9,), topic), known, NOON) == [(Kind.HOST, WARN)]  # said once, not twice


def test_a_draft_of_strangers_on_the_same_topic_is_not_given_away():
    draft = replace(TAKEN, topics=frozenset({3}), is_named=False, is_announced=False)

    found = clashes.find(Wanted((1,), frozenset({3})), Known(taken=[draft]), zone=ZONE)

    assert (found.clashes, found.others) == ([], [])


def test_what_is_not_announced_warns_at_most():
    wanted = Wanted((1,), speakers=frozenset({5}), licence=2)
    draft = replace(TAKEN, speakers=frozenset({5}), licence=2, is_announced=False)

    assert set(kinds(wanted, Known(taken=[draft]))) == {(Kind.SPEAKER, WARN), (Kind.LICENCE, WARN)}


@given(
    st.lists(st.tuples(minutes, st.integers(1, 30), st.booleans()), max_size=6),
    st.integers(1, 3),
    minutes,
    st.integers(1, 30),
)
def test_a_licence_is_full_where_as_many_calls_run_as_it_holds(calls, at_once, start, length):
    taken = [
        Taken(at, at + long, event=n, licence=2, is_announced=announced)
        for n, (at, long, announced) in enumerate(calls)
    ]

    def full(among: list[Taken]) -> bool:
        return any(
            sum(one.start <= minute < one.end for one in among) >= at_once
            for minute in range(start, start + length)
        )

    expected = (
        {BLOCK}
        if full([one for one in taken if one.is_announced])
        else {WARN}
        if full(taken)
        else set()
    )
    found = clashes.find(Wanted((1,), licence=2), Known(taken=taken, calls={2: at_once}), zone=ZONE)
    met = clashes.meeting(found.clashes, start, start + length)

    assert {one.level for one in met if one.level == BLOCK} == expected & {BLOCK}
    assert bool(met) == bool(expected)


def test_days_off_and_calendars_count_for_those_who_take_part_alone():
    known = Known(
        off=[Off(1, NOON - 720, NOON + 720, "Founders' Day"), Off(4, NOON, NOON + 60, "Not ours")],
        elsewhere=[Elsewhere(1, NOON, NOON + 30, "Council"), Elsewhere(4, NOON, NOON + 30)],
    )

    assert kinds(Wanted((1,)), known) == [(Kind.HOLIDAY, WARN), (Kind.CALENDAR, WARN)]
    assert kinds(Wanted((1,)), known, NOON + 30) == [(Kind.HOLIDAY, WARN)]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("level", [BLOCK, WARN, IGNORE])
def test_each_kind_has_the_level_that_was_set(kind, level):
    taken = replace(
        TAKEN, hosts=frozenset({1}), speakers=frozenset({5}), licence=2, room=("hall", "")
    )
    known = Known(
        taken=[taken, replace(TAKEN, event=8, topics=frozenset({3}))],
        off=[Off(1, NOON, NOON + 60, "Founders' Day")],
        elsewhere=[Elsewhere(1, NOON, NOON + 60)],
        levels={kind: level},
    )
    wanted = Wanted((1,), frozenset({3}), frozenset({5}), ("hall", ""), 2)

    seen = dict(kinds(wanted, known))

    assert seen.get(kind) == (None if level == IGNORE else level)
    assert {other for other in Kind if other != kind} <= set(seen)


def test_events_for_the_same_people_are_counted_by_week_and_others_by_time():
    known = Known(
        taken=[
            TAKEN,
            replace(TAKEN, start=NOON + 90, end=NOON + 120),
            replace(TAKEN, event=8, hosts=frozenset({4})),
        ]
    )

    found = clashes.find(Wanted((9,)), known, zone=ZONE)

    assert found.busy_weeks == {date(2027, 1, 11): frozenset({7})}
    assert found.others == [(NOON, NOON + 60)]
