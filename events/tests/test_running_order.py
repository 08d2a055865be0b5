"""The running order: what follows what, what overlaps, how long it all is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain import running_order, timing
from events.domain.timing import SessionPlan
from kit.errors import Invalid

ZONE = "America/Denver"
NINE = datetime(2027, 1, 13, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(start: int, minutes: int, **fields) -> SessionPlan:
    """A session so many minutes after nine."""
    plan = SessionPlan("", "", **fields)
    return timing.between(plan, NINE + start * MINUTE, NINE + (start + minutes) * MINUTE, ZONE)


def spans(sessions) -> list[tuple[int, int] | None]:
    """Start and end in minutes after nine."""
    return [
        None if one is None else ((one.starts_at - NINE) // MINUTE, (one.ends_at - NINE) // MINUTE)
        for one in running_order.laid_out(sessions, ZONE)
    ]


SESSIONS = st.lists(
    st.builds(
        lambda start, minutes, follows, gap, off, speakers, room: at(
            start,
            minutes,
            follows=follows,
            gap_minutes=gap,
            is_cancelled=off,
            speakers=tuple(sorted(speakers)),
            room=room,
        ),
        st.integers(0, 600),
        st.integers(1, 120),
        st.booleans(),
        st.integers(0, 30),
        st.booleans(),
        st.sets(st.sampled_from(["ana", "ben", "cy"])),
        st.sampled_from(["", "Hall A", "hall a", "Hall B"]),
    ),
    max_size=8,
)


@given(SESSIONS)
def test_times_flow_as_a_slow_walk_says(sessions):
    expected, end = [], None
    for session in sessions:
        start, stop = (
            (timing_at(edge) - NINE) // MINUTE
            for edge in (session.starts_local, session.ends_local)
        )
        if session.follows and not session.is_cancelled and end is not None:
            start, stop = end + session.gap_minutes, end + session.gap_minutes + stop - start
        if not session.is_cancelled:
            end = stop
        expected.append((start, stop))

    assert spans(sessions) == expected


def timing_at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=UTC) + timedelta(hours=7)


@given(SESSIONS)
def test_flowing_again_changes_nothing_and_moving_the_first_moves_all_that_follow(sessions):
    flowed = [one.plan for one in running_order.laid_out(sessions, ZONE)]
    assert [one.plan for one in running_order.laid_out(flowed, ZONE)] == flowed

    if not flowed or flowed[0].is_cancelled:
        return
    chain = [flowed[0], *(replace(one, follows=True, is_cancelled=False) for one in flowed[1:])]
    before = spans(chain)
    later = [at(before[0][0] + 45, before[0][1] - before[0][0]), *chain[1:]]
    assert spans(later) == [(start + 45, end + 45) for start, end in before]


@given(SESSIONS)
def test_every_pair_that_meets_is_named_and_no_other(sessions):
    laid_out = running_order.laid_out(sessions, ZONE)
    found = {frozenset((one.first, one.second)) for one in running_order.clashes(laid_out)}

    meeting = {
        frozenset((a, b))
        for a in range(len(laid_out))
        for b in range(a)
        if not (sessions[a].is_cancelled or sessions[b].is_cancelled)
        and any(
            laid_out[a].starts_at <= NINE + n * MINUTE < laid_out[a].ends_at
            and laid_out[b].starts_at <= NINE + n * MINUTE < laid_out[b].ends_at
            for n in range(0, 2000)
        )
    }
    assert found == meeting
    for clash in running_order.clashes(laid_out):
        one, other = sessions[clash.first], sessions[clash.second]
        shared = set(one.speakers) & set(other.speakers)
        same_room = bool(one.room) and one.room.casefold() == other.room.casefold()
        assert (clash.kind == "overlap") == (not shared and not same_room)
        assert clash.kind != "speaker" or clash.what in shared


@given(SESSIONS)
def test_the_length_is_what_a_count_minute_by_minute_finds(sessions):
    laid_out = [one for one in running_order.laid_out(sessions, ZONE) if not one.plan.is_cancelled]
    taken = {
        n
        for one in laid_out
        for n in range((one.starts_at - NINE) // MINUTE, (one.ends_at - NINE) // MINUTE)
    }

    length = running_order.length(running_order.laid_out(sessions, ZONE))

    assert length.sessions == length.taught == len(taken)
    assert length.whole == (max(taken) - min(taken) + 1 if taken else 0)


def test_breaks_side_by_side_count_where_nobody_teaches():
    one = replace(at(0, 60), breaks=(("2027-01-13T09:20", "2027-01-13T09:40"),))
    other = at(30, 60)

    length = running_order.length(running_order.laid_out([one, other], ZONE))

    assert (length.whole, length.sessions, length.breaks, length.taught) == (90, 90, 10, 80)
    assert running_order.length([]) == running_order.Length()


def test_touching_edges_are_no_clash_and_identical_slots_are():
    touching = running_order.laid_out([at(0, 30), at(30, 30)], ZONE)
    same = running_order.laid_out([at(0, 30), at(0, 30)], ZONE)

    assert running_order.clashes(touching) == []
    assert [clash.kind for clash in running_order.clashes(same)] == ["overlap"]


def test_a_session_is_exchanged_with_the_one_before_it_and_keeps_the_gap():
    one, other, third = at(0, 60, title="A"), at(75, 30, title="B"), at(120, 10, title="C")

    swapped = running_order.exchanged([one, other, third], 1, ZONE)

    assert [session.title for session in swapped] == ["B", "A", "C"]
    assert spans(swapped) == [(0, 30), (45, 105), (120, 130)]
    assert spans(running_order.exchanged(swapped, 1, ZONE)) == spans([one, other, third])


def test_following_belongs_to_the_place_and_not_to_the_session():
    one, other = at(0, 60, title="A"), at(0, 30, title="B", follows=True, gap_minutes=10)

    swapped = running_order.exchanged([one, other], 1, ZONE)

    assert [(s.title, s.follows, s.gap_minutes) for s in swapped] == [
        ("B", False, 0),
        ("A", True, 10),
    ]
    assert spans(swapped) == [(0, 30), (40, 100)]


def test_on_different_days_two_sessions_exchange_their_starts():
    one, other = at(420, 60, title="A"), at(24 * 60, 30, title="B")

    swapped = running_order.exchanged([one, other], 1, ZONE)

    assert spans(swapped) == [(420, 450), (24 * 60, 24 * 60 + 60)]


@given(SESSIONS.filter(lambda some: len(some) > 1), st.data())
def test_an_exchange_keeps_every_session_and_its_length(sessions, data):
    place = data.draw(st.integers(1, len(sessions) - 1))
    lengths = [timing.minutes_of(one, ZONE) for one in sessions]

    swapped = running_order.exchanged(sessions, place, ZONE)

    lengths[place - 1], lengths[place] = lengths[place], lengths[place - 1]
    assert [timing.minutes_of(one, ZONE) for one in swapped] == lengths
    assert running_order.exchanged(sessions, 0, ZONE) == tuple(sessions)


def test_the_whole_program_moves_to_another_start():
    sessions = [at(30, 30), at(0, 30), at(5, 5, is_cancelled=True)]

    moved = running_order.started(sessions, "2027-01-20T10:00", ZONE)

    day = 7 * 24 * 60 + 60
    assert spans(moved) == [(day + 30, day + 60), (day, day + 30), (day + 5, day + 10)]
    with pytest.raises(Invalid):
        running_order.started(sessions, "soon", ZONE)


def test_what_cannot_be_read_is_left_for_the_check_to_refuse():
    broken = SessionPlan("soon", "later", title="?")

    assert spans([at(0, 30), broken, at(0, 10, follows=True)]) == [(0, 30), None, (30, 40)]
    with pytest.raises(Invalid, match="Give both sessions"):
        running_order.exchanged([at(0, 30), broken], 1, ZONE)
