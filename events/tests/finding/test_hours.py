"""Office hours in every zone, on both sides of each clock change."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain.finding import hours
from events.domain.finding.hours import Cover, Office, OfficeDay, OfficeWeek, Standing

DENVER, PHOENIX = "America/Denver", "America/Phoenix"
CHICAGO, NEW_YORK = "America/Chicago", "America/New_York"
ZONES = [DENVER, PHOENIX, CHICAGO, NEW_YORK]
minutes = st.integers(0, 400)
spans = st.lists(st.tuples(minutes, minutes).map(lambda pair: tuple(sorted(pair))), max_size=12)


def utc(text: str) -> int:
    return hours.minute_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


@given(spans, minutes, minutes)
def test_what_is_covered_is_what_counting_each_minute_says(given_spans, one, other):
    start, end = sorted((one, other))
    slow = sum(
        any(first <= minute < last for first, last in given_spans) for minute in range(start, end)
    )

    assert Cover(given_spans).within(start, end) == slow


@given(spans)
def test_a_union_is_in_order_and_neither_overlaps_nor_touches(given_spans):
    joined = hours.union(given_spans)

    assert all(start < end for start, end in joined)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(joined))
    assert hours.union(joined) == joined


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
    st.integers(1, 200),
)
def test_the_standing_of_a_call_is_what_each_of_its_minutes_says(zone, at, length):
    start = hours.minute_of(at.replace(tzinfo=UTC))
    here = hours.local(start, zone).date()
    office = Office(hours.usual_week(zone), here, here)
    clocks = [(hours.instant(start + n)).astimezone(ZoneInfo(zone)) for n in range(length)]
    inside = [clock.weekday() < 5 and 9 <= clock.hour < 17 for clock in clocks]
    lunch = sum(clock.weekday() < 5 and clock.hour == 12 for clock in clocks)

    fit = office.fit(start, start + length)

    assert fit.lunch == lunch
    assert (fit.standing in {Standing.OFFICE, Standing.LUNCH}) == all(inside)
    assert (fit.standing is Standing.OFFICE) == (all(inside) and not lunch)
    assert (fit.standing is Standing.CLOSED) == (not all(inside) and clocks[0].weekday() >= 5)
    assert (fit.away > 0) == (fit.standing in {Standing.EARLY, Standing.LATE})


CHANGES = [
    # the day, and how many hours Arizona lies behind Denver, Chicago and New York before and after
    (date(2027, 3, 14), (0, 1, 2), (1, 2, 3)),
    (date(2027, 11, 7), (1, 2, 3), (0, 1, 2)),
]


@pytest.mark.parametrize(("day", "before", "after"), CHANGES)
def test_arizona_keeps_its_clocks_while_the_others_change_theirs(day, before, after):
    for when, behind in ((day - timedelta(days=2), before), (day + timedelta(days=1), after)):
        nine = hours.wall_minute(when, 9 * 60, PHOENIX)
        seen = [hours.local(nine, zone).hour - 9 for zone in (DENVER, CHICAGO, NEW_YORK)]
        assert tuple(seen) == behind
        assert hours.instant(nine).hour == 16  # UTC-7, summer and winter


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [day for day, _, _ in CHANGES])
def test_offices_open_at_nine_on_the_wall_the_day_after_clocks_change(zone, day):
    monday = day + timedelta(days=1)
    office = Office(hours.usual_week(zone), day - timedelta(days=2), monday)

    opens = [hours.local(start, zone) for start in office.open.starts]

    assert {(at.hour, at.minute) for at in opens} == {(9, 0)}
    assert {day - timedelta(days=2), monday} <= {at.date() for at in opens}
    assert {at.weekday() for at in opens} <= {0, 1, 2, 3, 4}


def test_hours_on_the_night_of_a_change_are_as_long_as_the_night():
    night = OfficeWeek(DENVER, (OfficeDay(0, 360),) * 7)

    spring = Office(night, date(2027, 3, 14), date(2027, 3, 14)).open.spans[1]
    autumn = Office(night, date(2027, 11, 7), date(2027, 11, 7)).open.spans[1]

    assert (spring[1] - spring[0], autumn[1] - autumn[0]) == (300, 420)


def test_how_far_out_a_call_lies_is_told_by_its_worse_end():
    office = Office(hours.usual_week(DENVER), date(2027, 1, 13), date(2027, 1, 13))
    eight, half_past_four = utc("2027-01-13T15:00"), utc("2027-01-13T23:30")

    assert office.fit(eight, eight + 60) == hours.Fit(Standing.EARLY, 0, 60)
    assert office.fit(half_past_four, half_past_four + 60) == hours.Fit(Standing.LATE, 0, 30)
    assert office.fit(half_past_four - 30, half_past_four + 30).standing is Standing.OFFICE


def test_seconds_are_never_lost_at_the_edges():
    at = datetime(2027, 1, 13, 18, 0, 30, tzinfo=UTC)

    assert hours.instant(hours.minute_of(at)) == at.replace(second=0)
    assert hours.instant(hours.end_minute_of(at)) == at.replace(minute=1, second=0)
    assert hours.end_minute_of(at.replace(second=0)) == hours.minute_of(at)


def test_a_week_has_seven_days():
    with pytest.raises(ValueError, match="seven"):
        OfficeWeek(DENVER, (None,) * 6)
