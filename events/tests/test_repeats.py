"""Making an event repeat, and another rule from a date on: nothing is lost without being said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.domain import dates, recurrence, repeats, series, timing
from events.domain.dates import Series
from events.domain.recurrence import BadRecurrence
from events.domain.repeats import Wish
from events.domain.timing import SessionPlan
from events.tests.test_dates import CHICAGO, EARLY, changed, later, said, weekly
from kit.errors import Invalid


def single(first="2027-01-07T13:00", minutes=60, zone=CHICAGO, **fields) -> Series:
    return Series((SessionPlan(first, later(first, minutes), uid="d1", **fields),), "", zone)


def repeated(whole, rule, start="", at=EARLY, **wish):
    return repeats.repeated(whole, Wish(rule=rule, **wish), start=start, at=at)


def test_an_event_repeats_with_all_that_its_session_has():
    one = single(
        title="Exchange",
        room="Hall",
        speakers=("ana",),
        breaks=(("2027-01-07T13:20", "2027-01-07T13:30"),),
    )

    made = repeated(one, "FREQ=MONTHLY;BYDAY=1TH;COUNT=3")

    assert [one.starts_local for one in made.series.sessions] == [
        *("2027-01-07T13:00", "2027-02-04T13:00", "2027-03-04T13:00")
    ]
    assert [one.uid for one in made.series.sessions] == ["d1", "", ""]
    last = made.series.sessions[-1]
    assert (last.title, last.room, last.speakers) == ("Exchange", "Hall", ("ana",))
    assert last.breaks == (("2027-03-04T13:20", "2027-03-04T13:30"),)
    assert (made.left_out, made.taken_out, made.kept) == ((), (), ())


def test_the_rule_names_the_date_to_start_from():
    with pytest.raises(
        BadRecurrence, match=r"The first one after it is Thursday, February 4, 2027"
    ):
        repeated(single("2027-01-08T13:00"), "FREQ=MONTHLY;BYDAY=1TH;COUNT=3")

    made = repeated(
        single("2027-01-08T13:00"), "FREQ=MONTHLY;BYDAY=1TH;COUNT=2", first="2027-02-04T13:00"
    )
    assert said(made.series) == ["02-04 13:00+60", "03-04 13:00+60"]


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY", "FREQ=SECONDLY;COUNT=9", "FREQ=HOURLY;COUNT=2", "x"]
)
def test_endless_and_hasty_rules_are_refused(rule):
    with pytest.raises(BadRecurrence):
        repeated(single(), rule)


def test_a_program_of_several_sessions_does_not_repeat():
    two = Series((*single().sessions, replace(single().sessions[0], uid="d2")), "", CHICAGO)

    for start in ("", "d1"):
        with pytest.raises(Invalid, match="A series repeats one session, and this event has 2"):
            repeated(two, "FREQ=WEEKLY;COUNT=2", start=start)


def test_a_longer_series_keeps_its_dates_and_adds_some():
    made = repeated(weekly(3), "FREQ=WEEKLY;COUNT=5").series

    assert [one.uid for one in made.sessions] == ["d1", "d2", "d3", "", ""]
    assert made.sessions[:3] == weekly(3).sessions


def test_a_shorter_series_says_what_it_takes_out():
    made = repeated(weekly(5), "FREQ=WEEKLY;COUNT=3")

    assert [one.uid for one in made.series.sessions] == ["d1", "d2", "d3"]
    assert [one.uid for one in made.taken_out] == ["d4", "d5"]


def test_another_day_from_a_date_on_keeps_what_was_changed_by_hand():
    whole = changed(weekly(6), "d3", on="2027-01-22", starts="09:00")
    whole = changed(changed(whole, "d4", is_cancelled=True), "d5", minutes=120)

    made = repeated(whole, "FREQ=WEEKLY;BYDAY=TU;COUNT=4", start="d3", first="2027-01-26T15:00")

    assert said(made.series) == [
        *("01-07 13:00+60", "01-14 13:00+60", "01-22 09:00+60", "02-02 15:00+60✗"),
        *("02-09 15:00+120", "02-16 15:00+60"),
    ]
    assert [one.uid for one in made.series.sessions] == ["d1", "d2", "d3", "d4", "d5", "d6"]
    assert [one.uid for one in made.kept] == ["d3", "d4", "d5"]
    assert [series.said(one) for one in made.series.stretches] == [
        "Every week on Thursday, 2 times from January 7, 2027, at 1 p.m.",
        "Every week on Tuesday, 4 times from January 26, 2027, at 3 p.m.",
    ]
    fitted = repeated(
        whole, "FREQ=WEEKLY;BYDAY=TU;COUNT=4", start="d3", first="2027-01-26T15:00", overwrite=True
    )
    assert said(fitted.series)[2:] == [
        *("01-26 15:00+60", "02-02 15:00+60✗", "02-09 15:00+60", "02-16 15:00+60")
    ]


def test_a_new_rule_cannot_begin_before_dates_that_stay():
    with pytest.raises(
        Invalid, match=r"The date before, Thursday, January 14, 2027, 1 p\.m\., stays"
    ):
        repeated(weekly(), "FREQ=WEEKLY;COUNT=2", start="d3", first="2027-01-14T13:00")


def test_dates_that_are_over_are_not_touched_by_a_new_rule():
    made = repeated(weekly(), "FREQ=WEEKLY;COUNT=2", at=datetime(2027, 1, 15, tzinfo=UTC)).series

    assert said(made) == ["01-07 13:00+60", "01-14 13:00+60", "01-21 13:00+60", "01-28 13:00+60"]
    with pytest.raises(Invalid, match="All dates are over"):
        repeated(weekly(), "FREQ=WEEKLY;COUNT=2", at=datetime(2028, 1, 1, tzinfo=UTC))


def test_a_series_can_end_being_one():
    plain = repeats.ended(weekly())

    assert [one.starts_local for one in plain.sessions] == [
        s.starts_local for s in weekly().sessions
    ]
    assert (plain.recurrence, plain.dates) == ("", [])


def test_a_date_that_was_left_out_can_come_back():
    whole = weekly()
    short = replace(whole, sessions=(*whole.sessions[:2], *whole.sessions[3:]))

    assert repeats.missing(short) == ["2027-01-21T13:00"]
    back = repeats.with_date(short, "2027-01-21T13:00")
    assert said(back) == said(whole)
    assert repeats.missing(back) == []
    with pytest.raises(Invalid, match="not a date that was left out"):
        repeats.with_date(back, "2027-01-21T13:00")


# --- clocks that change ---------------------------------------------------------------------------


def test_a_date_on_which_clocks_skip_the_time_is_refused_left_out_or_put_behind_the_jump():
    sunday, rule = single("2027-03-07T02:30"), "FREQ=WEEKLY;COUNT=3"

    with pytest.raises(Invalid, match=r"2:30 a\.m\. on March 14, 2027 does not exist"):
        repeated(sunday, rule)
    out = repeated(sunday, rule, gaps="leave-out")
    assert said(out.series) == ["03-07 02:30+60", "03-21 02:30+60"]
    assert out.left_out == ("2027-03-14T02:30",) == tuple(repeats.missing(out.series))
    past = repeated(sunday, rule, gaps="later").series
    assert said(past) == ["03-07 02:30+60", "03-14 03:30+60", "03-21 02:30+60"]
    assert dates.is_moved(past.sessions[1])


def test_a_doubled_time_is_asked_about():
    sunday, rule = single("2027-10-31T01:30"), "FREQ=WEEKLY;COUNT=2"

    with pytest.raises(Invalid, match="happens twice") as no:
        repeated(sunday, rule)
    assert [option["fold"] for option in no.value.facts["options"]] == [0, 1]

    made = [repeated(sunday, rule, fold=fold).series.sessions[1] for fold in (0, 1)]
    assert [one.starts_fold for one in made] == [0, 1]
    assert [one.ends_local for one in made] == ["2027-11-07T01:30", "2027-11-07T02:30"]


def test_notes_say_for_whom_the_hour_changes():
    denver, phoenix = "America/Denver", "America/Phoenix"
    walls = [datetime(2027, 3, 4, 11), datetime(2027, 3, 11, 11), datetime(2027, 3, 18, 11)]
    starts = [wall.replace(tzinfo=ZoneInfo(denver)).astimezone(UTC) for wall in walls]

    notes = repeats.clock_notes(starts, denver, [CHICAGO, phoenix])

    assert notes == [[], [], ["From here on 10 a.m. Arizona (before: 11 a.m.)"]]
    there = [wall.replace(tzinfo=ZoneInfo(phoenix)).astimezone(UTC) for wall in walls]
    assert repeats.clock_notes(there, phoenix, [denver]) == [
        *([], [], ["From here on 12 p.m. Mountain (before: 11 a.m.)"])
    ]


def test_a_date_at_another_hour_is_no_change_of_clocks():
    walls = [datetime(2027, 1, 4, 11), datetime(2027, 1, 11, 15)]
    starts = [wall.replace(tzinfo=ZoneInfo(CHICAGO)).astimezone(UTC) for wall in walls]

    assert repeats.clock_notes(starts, CHICAGO, ["America/Phoenix"]) == [[], []]


# --- against slow and obvious versions ------------------------------------------------------------


def walked(first: datetime, count: int, takes) -> list[datetime]:
    """Day by day from the first, those that ``takes`` says yes to."""
    found, day = [], first
    while len(found) < count:
        if takes(day):
            found.append(day)
        day += timedelta(days=1)
    return found


def nth_weekday(day: datetime) -> tuple[int, int]:
    return (day.day - 1) // 7 + 1, day.weekday()


DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FIRSTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(
    lambda at: at.replace(second=0, microsecond=0)
)


@given(first=FIRSTS, interval=st.integers(1, 4), count=st.integers(1, 24))
def test_every_few_weeks_is_what_a_walk_day_by_day_finds(first, interval, count):
    rule = f"FREQ=WEEKLY;INTERVAL={interval};COUNT={count}"

    expected = walked(first, count, lambda day: (day - first).days % (7 * interval) == 0)

    assert recurrence.starts_of(rule, first) == expected


@given(first=FIRSTS, count=st.integers(1, 24))
def test_monthly_by_weekday_is_what_a_walk_day_by_day_finds(first, count):
    rank, weekday = nth_weekday(first)
    assume(rank < 5)
    rule = f"FREQ=MONTHLY;BYDAY={rank}{DAYS[weekday]};COUNT={count}"

    expected = walked(first, count, lambda day: nth_weekday(day) == (rank, weekday))

    assert recurrence.starts_of(rule, first) == expected


@given(first=FIRSTS, count=st.integers(1, 24))
def test_monthly_by_date_leaves_out_months_that_are_too_short(first, count):
    expected = walked(first, count, lambda day: day.day == first.day)

    assert recurrence.starts_of(f"FREQ=MONTHLY;COUNT={count}", first) == expected


RULES = st.sampled_from(
    [
        *("FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH,SU;WKST=SU"),
        *("FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY"),
        *("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=15,-1", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1"),
    ]
)


@given(rule=RULES, day=FIRSTS, count=st.integers(2, 30), place=st.integers(0, 30))
def test_a_rule_cut_in_two_gives_the_same_dates_and_can_be_joined_again(rule, day, count, place):
    first = recurrence.first_from(f"{rule};COUNT=1", day)
    assume(first is not None)
    try:
        whole = [series.Stretch(f"{rule};COUNT={count}", first)]
        given_starts = series.starts(whole)
    except BadRecurrence:
        assume(False)
    at = given_starts[min(place, count - 1)]

    before, after = series.cut(whole, at)

    assert [one for part in (*before, *after) for one in part.starts()] == given_starts
    assert all(start < at for start in series.starts(before))
    assert after[0].first == at
    assert series.read(series.written([*before, *after]), first=None) == [*before, *after]
    assert series.starts(series.joined([*before, *after])) == given_starts
    assert len(series.joined([*before, *after])) == 1
    moved = series.at_clock(after, at.replace(hour=6, minute=15).time())
    assert [s.date() for s in series.starts(moved)] == [s.date() for s in series.starts(after)]


@given(
    old=st.integers(1, 12),
    new=st.integers(1, 12),
    start=st.integers(1, 12),
    day=st.sampled_from(DAYS),
    own=st.sets(st.integers(1, 12)),
)
def test_a_new_rule_loses_no_date_without_saying_so(old, new, start, day, own):
    assume(start <= old)
    whole = weekly(old)
    for number in own:
        if number <= old:
            whole = changed(whole, f"d{number}", is_cancelled=True)
    from_ = whole.sessions[start - 1]
    rule = f"FREQ=WEEKLY;BYDAY={day};COUNT={new}"
    first = recurrence.first_from(rule, timing.wall(from_.recurrence_local))

    made = repeated(whole, rule, start=from_.uid, first=timing.spelt(first))

    uids = [one.uid for one in made.series.sessions if one.uid]
    gone = {one.uid for one in made.taken_out} | {
        one.uid for one in whole.sessions if one.is_cancelled and one.uid not in uids
    }
    assert len(uids) == len(set(uids))
    assert set(uids) | gone == {one.uid for one in whole.sessions}
    assert made.series.sessions[: start - 1] == whole.sessions[: start - 1]
    origins = [one.recurrence_local for one in made.series.dates]
    assert origins == [timing.spelt(at) for at in series.starts(made.series.stretches)]
    assert len(origins) == start - 1 + new
    for one in made.series.sessions:
        was = [old for old in whole.sessions if old.uid == one.uid]
        assert one.is_cancelled == (bool(was) and was[0].is_cancelled)
