"""Holidays of the nation and of the states, on the day they are observed."""

from datetime import date

import pytest

from events.domain.finding import holidays

YEAR = (date(2027, 1, 1), date(2027, 12, 31))


def days(*states: str, first: date = YEAR[0], last: date = YEAR[1]) -> dict[date, holidays.Holiday]:
    return {one.day: one for one in holidays.between(states, first, last)}


@pytest.mark.parametrize(
    ("day", "observed"),
    [
        (date(2027, 6, 19), date(2027, 6, 18)),  # Juneteenth, a Saturday
        (date(2027, 7, 4), date(2027, 7, 5)),  # Independence Day, a Sunday
        (date(2027, 12, 25), date(2027, 12, 24)),  # Christmas, a Saturday
    ],
)
def test_a_holiday_of_the_weekend_is_off_on_the_working_day_beside_it(day, observed):
    found = days("CO")

    assert {day, observed} <= found.keys()
    assert "observed" in found[observed].name
    assert observed.weekday() < 5


def test_new_year_s_day_of_a_saturday_is_off_in_the_old_year():
    assert date(2027, 12, 31) in days("FL")


@pytest.mark.parametrize("state", ["CO", "TX", "KS", "FL"])
def test_columbus_day_is_federal_where_the_state_works(state):
    columbus = days(state)[date(2027, 10, 11)]

    assert columbus.is_federal
    assert not columbus.is_kept


def test_columbus_day_is_kept_in_illinois_and_missouri():
    assert days("IL")[date(2027, 10, 11)].is_kept
    assert days("MO", "KS")[date(2027, 10, 11)].states == ("MO",)


@pytest.mark.parametrize(
    ("state", "day"),
    [
        ("CO", date(2027, 10, 4)),
        ("TX", date(2027, 3, 2)),
        ("TX", date(2027, 3, 26)),
        ("TX", date(2027, 4, 21)),
        ("TX", date(2027, 8, 27)),
        ("IL", date(2027, 2, 12)),
        ("IL", date(2027, 3, 1)),
        ("MO", date(2027, 5, 7)),
    ],
)
def test_states_have_days_of_their_own(state, day):
    found = days(state)[day]

    assert (found.states, found.is_federal) == ((state,), False)
    assert day not in days("AZ")


def test_an_alliance_in_two_states_is_off_on_the_days_of_both():
    both = days("MO", "KS")

    assert both.keys() == days("MO").keys() | days("KS").keys()
    assert both[date(2027, 5, 31)].states == ("MO", "KS")


def test_days_outside_the_range_are_left_out():
    found = days("CO", first=date(2027, 5, 31), last=date(2027, 6, 18))

    assert min(found) == date(2027, 5, 31)
    assert max(found) == date(2027, 6, 18)


def test_a_range_over_new_year_holds_days_of_both_years():
    found = days("IL", first=date(2026, 12, 20), last=date(2027, 1, 20))

    assert {date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 18)} <= found.keys()


def test_states_that_do_not_exist_are_passed_over_and_federal_days_stay():
    assert days("ZZ", "co ").keys() == days("CO").keys()
    assert date(2027, 7, 5) in days("ZZ")
    assert not days("ZZ")[date(2027, 7, 5)].is_kept
