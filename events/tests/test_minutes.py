from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain.minutes import Span, clip, seconds, union, windows

NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)


def span(start, end):
    return Span(NOON + timedelta(seconds=start), NOON + timedelta(seconds=end))


spans = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 30)).map(lambda at: span(at[0], at[0] + at[1])),
    max_size=12,
)
sessions = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    lambda at: span(at[0], at[0] + at[1])
)


def every_second(of):
    """The slow and obvious way: each second that any of the spans holds."""
    return {
        second
        for one in of
        for second in range(
            int((one.start - NOON).total_seconds()), int((one.end - NOON).total_seconds())
        )
    }


@given(spans)
def test_union_holds_the_same_seconds_as_its_spans(some):
    joined = union(some)

    assert every_second(joined) == every_second(some)
    assert seconds(some) == len(every_second(some))


@given(spans)
def test_a_union_is_in_order_and_its_spans_neither_touch_nor_are_empty(some):
    joined = union(some)

    assert all(one.end < other.start for one, other in pairwise(joined))
    assert all(one.start < one.end for one in joined)
    assert union(joined) == joined


@given(spans, spans)
def test_clip_holds_the_seconds_that_are_in_both(some, others):
    assert every_second(clip(some, others)) == every_second(some) & every_second(others)
    assert clip(some, others) == clip(others, some) == union(clip(some, others))


@given(sessions, spans)
def test_windows_hold_the_seconds_of_the_session_outside_its_breaks(session, breaks):
    assert every_second(windows(session, breaks)) == every_second([session]) - every_second(breaks)


@given(spans, st.data())
def test_a_span_that_is_already_contained_changes_nothing(some, data):
    if not union(some):
        return
    around = data.draw(st.sampled_from(union(some)))
    length = int(around.length.total_seconds())
    start = data.draw(st.integers(0, length))
    end = data.draw(st.integers(start, length))
    inner = Span(around.start + timedelta(seconds=start), around.start + timedelta(seconds=end))

    assert union([*some, inner]) == union(some)


def test_two_devices_side_by_side_count_once():
    assert seconds([span(0, 600), span(300, 900), span(900, 960)]) == 960


def test_parts_of_seconds_are_added_up_before_they_are_dropped():
    half = timedelta(milliseconds=600)

    assert seconds([Span(NOON, NOON + half)]) == 0
    assert seconds([Span(NOON, NOON + half), Span(NOON + 2 * half, NOON + 3 * half)]) == 1


def test_a_break_over_the_edge_of_the_session_takes_only_what_is_inside():
    assert windows(span(0, 100), [span(-50, 10), span(40, 50), span(45, 60), span(90, 200)]) == [
        span(10, 40),
        span(60, 90),
    ]


def test_a_session_that_is_one_break_has_no_windows():
    assert windows(span(0, 100), [span(0, 100)]) == []


def test_a_span_in_another_zone_is_the_same_time_in_utc():
    denver = timezone(timedelta(hours=-7))
    local = Span(NOON.astimezone(denver), (NOON + timedelta(hours=1)).astimezone(denver))

    assert local == span(0, 3600)
    assert local.start.tzinfo is UTC


def test_a_span_without_a_zone_or_that_runs_backwards_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no zone"):
        Span(NOON.replace(tzinfo=None), NOON)
    with pytest.raises(ValueError, match="before it starts"):
        Span(NOON, NOON - timedelta(seconds=1))


def test_spans_that_only_touch_do_not_meet():
    assert not span(0, 10).meets(span(10, 20))
    assert span(0, 11).meets(span(10, 20))
    assert span(10, 10).meets(span(0, 10))
    assert span(0, 10).widened(timedelta(seconds=5)) == span(-5, 15)
