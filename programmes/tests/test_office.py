"""Hours, days off, licences and levels: what may be said, and what is kept."""

from datetime import date, timedelta

import pytest

from kit.errors import Invalid
from programmes.domain import office
from programmes.domain.office import DayHours, TooMany
from programmes.models import AllianceHours, AuditEntry, ConflictLevel

pytestmark = pytest.mark.django_db
NINE_TO_FIVE = DayHours(540, 1020, (720, 780))


@pytest.fixture
def alliance(make_alliance):
    return make_alliance("Plains")


def places(refused: pytest.ExceptionInfo[Invalid]) -> list[list]:
    return [error["loc"] for error in refused.value.errors]


def test_hours_are_replaced_as_a_whole(alliance):
    office.set_hours(alliance, dict.fromkeys(range(5), NINE_TO_FIVE), by=None)
    office.set_hours(alliance, {1: DayHours(480, 1440)}, by=None)

    [row] = AllianceHours.objects.all()
    assert (row.weekday, row.opens, row.closes, row.lunch_starts) == (1, 480, 1440, None)
    assert AuditEntry.objects.filter(action="office.hours-set").count() == 2


def test_lunch_counts_on_days_whose_hours_hold_it(alliance):
    days = {0: NINE_TO_FIVE, 4: DayHours(540, 720, (720, 780))}

    office.set_hours(alliance, days, by=None)

    lunches = AllianceHours.objects.values_list("weekday", "lunch_starts", "lunch_ends")
    assert list(lunches) == [(0, 720, 780), (4, None, None)]


@pytest.mark.parametrize(
    ("days", "place"),
    [
        ({}, ["days"]),
        ({2: DayHours(1020, 540)}, ["days", 2]),
        ({2: DayHours(540, 540)}, ["days", 2]),
        ({2: DayHours(540, 1441)}, ["days", 2]),
        ({2: DayHours(540, 1020, (780, 720))}, ["lunch"]),
    ],
)
def test_hours_that_cannot_be_are_refused_and_the_old_ones_stay(alliance, days, place):
    office.set_hours(alliance, {0: NINE_TO_FIVE}, by=None)

    with pytest.raises(Invalid) as refused:
        office.set_hours(alliance, days, by=None)

    assert place in places(refused)
    assert AllianceHours.objects.count() == 1


def test_the_usual_hours_are_no_rows(alliance):
    office.set_hours(alliance, {0: NINE_TO_FIVE}, by=None)

    office.keep_usual_hours(alliance, by=None)

    assert not AllianceHours.objects.exists()


def test_a_day_off_is_noted_once_and_removed_again(alliance):
    day = date(2027, 5, 4)
    first = office.add_day_off(alliance, " Founders'  Day ", day, by=None)
    second = office.add_day_off(alliance, "Founders' Day", day, day, by=None)

    assert first == second
    assert (first.name, first.last_day) == ("Founders' Day", day)
    office.remove_day_off(first, by=None)
    assert not alliance.days_off.exists()


@pytest.mark.parametrize(
    ("name", "first", "last", "place"),
    [
        ("", date(2027, 5, 4), None, ["name"]),
        ("x" * 121, date(2027, 5, 4), None, ["name"]),
        ("Day\nof", date(2027, 5, 4), None, ["name"]),
        ("Day", date(2027, 5, 4), date(2027, 5, 3), ["last_day"]),
        ("Day", date(2027, 5, 4), date(2029, 5, 4), ["last_day"]),
        ("Day", date(1027, 5, 4), None, ["first_day"]),
    ],
)
def test_days_that_cannot_be_are_refused_with_their_place(alliance, name, first, last, place):
    with pytest.raises(Invalid) as refused:
        office.add_day_off(alliance, name, first, last, by=None)

    assert place in places(refused)
    assert not alliance.days_off.exists()


def test_there_is_an_end_to_days_off(alliance, monkeypatch):
    monkeypatch.setattr(office, "MOST_DAYS_OFF", 2)
    for day in range(2):
        office.add_day_off(alliance, "Day", date(2027, 5, 4) + timedelta(days=day), by=None)

    with pytest.raises(TooMany):
        office.add_day_off(alliance, "Day", date(2027, 6, 4), by=None)


def test_a_licence_is_given_up_without_harm_and_taken_up_again(alliance, make_event):
    licence = office.add_licence(alliance, "Webinar 500", by=None)
    event = make_event(lead=alliance, licence=licence)

    office.retire_licence(licence, by=None)
    office.retire_licence(licence, by=None)

    event.refresh_from_db()
    assert event.licence == licence
    assert not alliance.licences.filter(is_active=True).exists()
    again = office.add_licence(alliance, "Webinar 500", calls_at_once=3, by=None)
    assert (again.pk, again.calls_at_once, again.is_active) == (licence.pk, 3, True)
    assert AuditEntry.objects.filter(action="office.licence-retired").count() == 1


@pytest.mark.parametrize("calls", [0, -1, 101])
def test_a_licence_holds_at_least_one_call(alliance, calls):
    with pytest.raises(Invalid) as refused:
        office.add_licence(alliance, "Webinar", calls_at_once=calls, by=None)

    assert places(refused) == [["calls_at_once"]]


@pytest.mark.parametrize("whose", ["alliance", "network"])
def test_levels_are_set_changed_and_taken_back(alliance, whose):
    of = alliance if whose == "alliance" else None
    office.set_levels(of, {"room": "warn", "host": "block"}, by=None)
    office.set_levels(of, {"room": "ignore", "host": ""}, by=None)

    assert list(ConflictLevel.objects.values_list("alliance", "kind", "level")) == [
        (of.pk if of else None, "room", "ignore")
    ]


@pytest.mark.parametrize("levels", [{"weather": "warn"}, {"room": "sometimes"}])
def test_levels_that_do_not_exist_are_refused(alliance, levels):
    with pytest.raises(Invalid) as refused:
        office.set_levels(alliance, levels, by=None)

    assert places(refused) == [["levels", *levels]]
    assert not ConflictLevel.objects.exists()
