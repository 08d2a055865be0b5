"""Nights on which clocks change, for the four zones of the network: Denver, Phoenix, Chicago and
New York. Every expected instant is written out from the rules: UTC-7, -6, -5 and -4 by season.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain import dates, moves, plans, repeats, running_order, timing
from events.domain.dates import Change, Series
from events.domain.repeats import Wish
from events.domain.timing import SessionPlan
from kit import walltime
from kit.errors import Invalid

DENVER, PHOENIX, CHICAGO, NEW_YORK = (
    *("America/Denver", "America/Phoenix"),
    *("America/Chicago", "America/New_York"),
)
WINTER = {DENVER: 7, PHOENIX: 7, CHICAGO: 6, NEW_YORK: 5}
"""How many hours UTC is ahead in winter; one less in summer, but for Phoenix."""
SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)
CHANGING = [DENVER, CHICAGO, NEW_YORK]
ZONES = [*CHANGING, PHOENIX]
EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def plan(starts: str, ends: str, **fields) -> SessionPlan:
    return SessionPlan(f"2027-{starts}", f"2027-{ends}", **fields)


def checked(*sessions: SessionPlan, zone: str, recurrence: str = "") -> tuple[timing.Timed, ...]:
    whole = plans.EventPlan(
        title="x", time_zone=zone, sessions=tuple(sessions), recurrence=recurrence
    )
    return plans.checked(whole).sessions


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, minute=minute, tzinfo=UTC) + timedelta(hours=hour)


# --- one time -------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", CHANGING)
@pytest.mark.parametrize("clock", ["02:00", "02:30", "02:59"])
def test_a_time_that_clocks_skip_in_spring_is_refused(zone, clock):
    with pytest.raises(Invalid, match="does not exist") as no:
        checked(plan(f"03-14T{clock}", "03-14T05:00"), zone=zone)

    assert (no.value.code, no.value.errors[0]["loc"]) == (
        *("no-such-time", ["sessions", 0, "starts_local"]),
    )


@pytest.mark.parametrize("zone", CHANGING)
@pytest.mark.parametrize("clock", ["01:00", "01:30", "01:59"])
def test_a_time_that_comes_twice_in_autumn_is_asked_about(zone, clock):
    night = plan(f"11-07T{clock}", "11-07T05:00")
    with pytest.raises(Invalid, match="happens twice") as no:
        checked(night, zone=zone)
    assert no.value.code == "time-happens-twice"

    minute = int(clock[3:])
    [first] = checked(replace(night, starts_fold=0), zone=zone)
    [second] = checked(replace(night, starts_fold=1), zone=zone)
    assert first.starts_at == utc(AUTUMN, 1 + WINTER[zone] - 1, minute)
    assert second.starts_at == utc(AUTUMN, 1 + WINTER[zone], minute)
    assert first.ends_at == second.ends_at == utc(AUTUMN, 5 + WINTER[zone])


@pytest.mark.parametrize("zone", CHANGING)
@pytest.mark.parametrize(
    ("day", "clock"),
    [("03-14", "01:59"), ("03-14", "03:00"), ("11-07", "00:59"), ("11-07", "02:00")],
)
def test_the_minutes_beside_a_change_are_times_like_any_other(zone, day, clock):
    [one] = checked(plan(f"{day}T{clock}", f"{day}T06:00"), zone=zone)

    assert one.plan.starts_fold == 0
    assert timing.local(one.starts_at, zone) == f"2027-{day}T{clock}"


@pytest.mark.parametrize("starts", ["03-14T02:30", "11-07T01:30"])
def test_arizona_knows_no_such_night(starts):
    [one] = checked(plan(starts, f"{starts[:5]}T05:00"), zone=PHOENIX)

    day = date(2027, int(starts[:2]), int(starts[3:5]))
    assert one.starts_at == utc(day, int(starts[6:8]) + 7, 30)


# --- a series across both changes -----------------------------------------------------------------


def weekly(zone: str, first: str, count: int) -> Series:
    start = datetime.fromisoformat(first)
    one = SessionPlan(first, f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}", uid="a")
    whole = Series((one,), "", zone)
    return repeats.repeated(whole, Wish(rule=f"FREQ=WEEKLY;COUNT={count}"), at=EARLY).series


@pytest.mark.parametrize("zone", ZONES)
def test_a_series_across_both_changes_keeps_its_wall_time(zone):
    whole = weekly(zone, "2027-03-02T13:00", 38)  # Tuesdays from March into November

    found = checked(*whole.sessions, zone=zone, recurrence=whole.recurrence)

    assert {one.plan.starts_local[11:] for one in found} == {"13:00"}
    for one in found:
        day = date.fromisoformat(one.plan.starts_local[:10])
        summer = zone != PHOENIX and SPRING <= day < AUTUMN
        assert one.starts_at == utc(day, 13 + WINTER[zone] - summer)
        assert one.ends_at - one.starts_at == timedelta(hours=1)
    hours = {one.starts_at.hour for one in found}
    assert len(hours) == (1 if zone == PHOENIX else 2)


def test_an_arizona_clock_moves_twice_a_year_beside_a_series_in_denver():
    whole = weekly(DENVER, "2027-03-02T11:00", 38)
    starts = [one.starts_at for one in checked(*whole.sessions, zone=DENVER)]

    notes = repeats.clock_notes(starts, DENVER, [PHOENIX, CHICAGO, NEW_YORK])

    said = [(f"{at:%m-%d}", note) for at, some in zip(starts, notes, strict=True) for note in some]
    assert said == [
        ("03-16", "From here on 10 a.m. Arizona (before: 11 a.m.)"),
        ("11-09", "From here on 11 a.m. Arizona (before: 10 a.m.)"),
    ]


@pytest.mark.parametrize("zone", CHANGING)
def test_a_nightly_series_over_the_doubled_hour_takes_the_one_that_was_chosen(zone):
    for fold in (0, 1):
        one = SessionPlan("2027-10-31T01:30", "2027-10-31T02:30", uid="a")
        wish = Wish(rule="FREQ=WEEKLY;COUNT=3", fold=fold)
        made = repeats.repeated(Series((one,), "", zone), wish, at=EARLY).series

        found = checked(*made.sessions, zone=zone)

        assert [f.ends_at - f.starts_at for f in found] == [timedelta(hours=1)] * 3
        assert found[1].starts_at == utc(AUTUMN, 1 + WINTER[zone] - 1 + fold, 30)
        assert [f.plan.starts_local[11:] for f in found] == ["01:30"] * 3


@pytest.mark.parametrize("zone", CHANGING)
def test_a_change_of_all_dates_moves_each_on_the_wall(zone):
    whole = weekly(zone, "2027-10-26T13:00", 4)
    named = tuple(replace(s, uid=f"d{n}") for n, s in enumerate(whole.sessions))

    later = dates.changed(
        replace(whole, sessions=named), "d0", Change(starts="15:30"), scope="all", at=EARLY
    )

    found = checked(*later.sessions, zone=zone)
    assert [one.starts_at.hour - WINTER[zone] for one in found] == [14, 14, 15, 15]


# --- rescheduled, and over the change itself ------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_an_event_put_off_across_a_change_stays_at_its_wall_time(zone):
    event = plan(
        "03-10T11:00", "03-10T12:30", breaks=(("2027-03-10T11:45", "2027-03-10T12:00"),), uid="a"
    )

    [before] = checked(event, zone=zone)
    moved = dates.changed(
        Series((event,), "", zone), "a", Change(on="2027-03-17"), scope="one", at=EARLY
    )
    [after] = checked(*moved.sessions, zone=zone)

    assert after.plan.starts_local == "2027-03-17T11:00"
    passed = after.starts_at - before.starts_at
    assert passed == timedelta(days=7) - timedelta(hours=zone != PHOENIX)
    assert after.ends_at - after.starts_at == timedelta(minutes=90)
    assert after.plan.breaks == (("2027-03-17T11:45", "2027-03-17T12:00"),)


@pytest.mark.parametrize("zone", ZONES)
def test_a_hackathon_over_the_change_counts_minutes_that_pass(zone):
    spring = plan("03-13T12:00", "03-14T12:00")
    autumn = plan("11-06T12:00", "11-07T12:00")

    changes = zone != PHOENIX
    assert timing.minutes_of(spring, zone) == 24 * 60 - 60 * changes
    assert timing.minutes_of(autumn, zone) == 24 * 60 + 60 * changes
    for hackathon in (spring, autumn):
        lasting = timing.lasting(hackathon, 24 * 60, zone)
        [one] = checked(lasting, zone=zone)
        assert one.ends_at - one.starts_at == timedelta(hours=24)
    length = running_order.length(running_order.laid_out([autumn], zone))
    assert length.taught == 24 * 60 + 60 * changes


@pytest.mark.parametrize("zone", CHANGING)
def test_what_follows_a_session_over_the_change_starts_when_that_is_over(zone):
    night = plan("11-07T00:30", "11-07T01:30", ends_fold=0, title="Night")
    then = plan("11-07T01:30", "11-07T02:00", follows=True, starts_fold=0)

    first, second = checked(night, then, zone=zone)

    assert second.starts_at == first.ends_at
    assert (second.plan.starts_local, second.plan.starts_fold) == ("2027-11-07T01:30", 0)
    assert second.ends_at - second.starts_at == timedelta(minutes=90)  # 1:30 to 2, once around
    later = replace(night, ends_fold=1)
    _, behind = checked(later, then, zone=zone)
    assert (behind.plan.starts_local, behind.plan.starts_fold) == ("2027-11-07T01:30", 1)


@pytest.mark.parametrize("zone", CHANGING)
def test_times_flow_over_the_hour_that_is_skipped(zone):
    night = plan("03-14T01:00", "03-14T01:45")
    then = plan("03-14T05:00", "03-14T05:30", follows=True, gap_minutes=30)

    _, second = checked(night, then, zone=zone)

    assert second.plan.starts_local == "2027-03-14T03:15"
    assert second.plan.ends_local == "2027-03-14T03:45"


# --- from one zone into another -------------------------------------------------------------------


@pytest.mark.parametrize("old", ZONES)
@pytest.mark.parametrize("new", ZONES)
def test_moments_or_wall_times_stay_when_a_series_moves(old, new):
    whole = weekly(old, "2027-03-02T13:00", 38)
    named = replace(
        whole, sessions=tuple(replace(s, uid=f"d{n}") for n, s in enumerate(whole.sessions))
    )
    before = [one.starts_at for one in checked(*named.sessions, zone=old)]

    kept = moves.into_zone(named, new, keep="instant", folds={})
    walls = moves.into_zone(named, new, keep="wall", folds={})

    after = checked(*kept.settle().sessions, zone=new)
    assert [one.starts_at for one in after] == before
    assert kept.drops_rule == ((old == PHOENIX) != (new == PHOENIX))
    assert {one.starts_local[11:] for one in walls.settle().sessions} == {"13:00"}
    assert walls.series.recurrence == named.recurrence


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)


@given(
    start=INSTANTS,
    minutes=st.integers(1, 3000),
    old=st.sampled_from(ZONES),
    new=st.sampled_from(ZONES),
)
def test_to_another_zone_and_back_is_where_it_was(start, minutes, old, new):
    end = start + timedelta(minutes=minutes)
    here = timing.between(SessionPlan("", "", uid="a"), start, end, old)

    there = moves.into_zone(Series((here,), "", old), new, keep="instant", folds={}).settle()
    back = moves.into_zone(there, old, keep="instant", folds={}).settle()

    assert back.sessions == (here,)
    [one] = checked(*there.sessions, zone=new)
    assert (one.starts_at, one.ends_at) == (start, end)


@given(start=INSTANTS, minutes=st.integers(1, 3000), zone=st.sampled_from(ZONES))
def test_a_length_in_minutes_is_minutes_that_pass_on_any_night(start, minutes, zone):
    session = timing.between(SessionPlan("", ""), start, start, zone)

    lasting = timing.lasting(session, minutes, zone)

    assert timing.minutes_of(lasting, zone) == minutes
    assert walltime.to_utc(
        timing.wall(lasting.ends_local), zone, fold=lasting.ends_fold
    ) == start + timedelta(minutes=minutes)


def test_an_evening_in_denver_spans_midnight_utc():
    [one] = checked(plan("03-30T18:30", "03-30T20:00"), zone=DENVER)

    assert (one.starts_at.day, one.ends_at.day) == (31, 31)
    assert one.starts_at.astimezone(ZoneInfo(DENVER)).date() == date(2027, 3, 30)
