"""Dates added to a program later: each is taken once and told once, whatever dies meanwhile."""

from datetime import timedelta

import pytest

from conftest import NOON, assert_counters_true
from events.domain import enrolment_dates, registration, scheduling
from events.domain.registration import Place
from events.models import Event, Registration
from events.tests.enrolling import LATER, MONTHS, catch_up, enrolled, held, mails, make_programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme(plains, coast):
    return make_programme(plains, coast)


@pytest.fixture
def add(make_event, programme):
    """``add("2027-02-10T11:00")``: one more date of the program."""

    def make(starts, **fields) -> Event:
        return make_event(
            **{"lead": programme.lead, "programme": programme, "starts": starts, **fields}
        )

    return make


@pytest.fixture
def three(add):
    return [add(starts) for starts in MONTHS]


def test_a_date_added_later_is_taken_once_and_told_once(programme, three, add):
    mine = enrolled(programme)
    new = add("2027-05-12T11:00")

    assert catch_up() == 1
    assert catch_up() == 0

    assert held(mine.person, new) == ["confirmed"]
    assert mails() == ["enrolment-joined", "enrolment-added"]
    assert_counters_true(new)


def test_several_dates_added_at_once_are_told_in_one_mail(programme, add):
    enrolled(programme)
    for starts in MONTHS:
        add(starts)

    catch_up()

    assert mails() == ["enrolment-joined", "enrolment-added"]


def test_a_date_is_added_when_it_is_published(programme, plains):
    mine = enrolled(programme)
    plan = scheduling.EventPlan(
        title="Later",
        time_zone="America/Chicago",
        sessions=(scheduling.SessionPlan("2027-05-12T11:00", "2027-05-12T12:00"),),
        programme=programme,
    )
    event = scheduling.draft(plains, plan, by=None, at=NOON)
    catch_up()
    assert held(mine.person, event) == []

    scheduling.publish(event, by=None, at=NOON)
    catch_up()

    assert held(mine.person, event) == ["confirmed"]


def test_a_date_whose_registration_opens_later_is_added_then(programme, add):
    opens = NOON + timedelta(days=2)
    mine = enrolled(programme)
    event = add(MONTHS[0], registration_opens_at=opens)

    catch_up(at=opens - timedelta(minutes=1))
    assert held(mine.person, event) == []
    catch_up(at=opens)

    assert held(mine.person, event) == ["confirmed"]


def test_a_request_that_was_cut_short_is_finished_by_the_clock(programme, three, monkeypatch):
    real = enrolment_dates._take
    taken = []

    def dies(*args, **kwargs):
        if taken:
            raise KeyboardInterrupt
        taken.append(1)
        real(*args, **kwargs)

    monkeypatch.setattr(enrolment_dates, "_take", dies)
    with pytest.raises(KeyboardInterrupt):
        enrolled(programme)
    monkeypatch.undo()
    assert (Registration.objects.count(), mails()) == (1, [])

    catch_up(at=NOON + timedelta(minutes=1))  # the request may still be at it
    assert Registration.objects.count() == 1
    catch_up()
    catch_up(at=LATER + timedelta(hours=1))

    assert Registration.objects.count() == 3
    assert mails() == ["enrolment-joined"]


def test_a_worker_that_dies_between_registering_and_telling_leaves_the_mail_to_the_next(
    programme, add, monkeypatch
):
    enrolled(programme)
    new = add(MONTHS[0])

    def dies(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(enrolment_dates, "_tell", dies)
    with pytest.raises(KeyboardInterrupt):
        catch_up()
    monkeypatch.undo()
    assert (Registration.objects.filter(event=new).count(), mails()) == (1, ["enrolment-joined"])

    catch_up()

    assert mails() == ["enrolment-joined", "enrolment-added"]
    assert Registration.objects.filter(event=new).count() == 1


def test_who_was_refused_for_want_of_a_seat_is_seated_once_there_is_one(
    programme, add, make_registration
):
    event = add(MONTHS[0], capacity=1, has_waitlist=False)
    other = make_registration(event)
    mine = enrolled(programme)
    assert catch_up() == 0

    registration.cancel(other, at=NOON)
    catch_up()

    assert held(mine.person, event) == ["confirmed"]
    assert mails()[-1] == "enrolment-added"
    assert_counters_true(event)


def test_a_place_given_back_by_its_own_link_is_not_taken_again(programme, three):
    mine = enrolled(programme)
    registration.cancel(Registration.objects.get(event=three[0]), at=NOON)

    assert catch_up() == 0
    assert held(mine.person, three[0]) == ["cancelled"]


def test_no_more_than_asked_for_are_looked_at_and_the_rest_comes_next(programme, add):
    for number in range(5):
        enrolled(programme, Place(name="P", email=f"p{number}@city.gov"))
    event = add(MONTHS[0], capacity=3)

    counts = [enrolment_dates.catch_up(at=LATER, most=2) for _ in range(4)]

    assert counts == [2, 2, 1, 0]
    event.refresh_from_db()
    assert (event.seats_taken, event.waiting_count) == (3, 2)
    assert mails().count("enrolment-added") == 5
