"""A seat or a place in the queue, for whoever may come, once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOON, assert_counters_true
from events.domain import registration
from events.domain.registration import (
    EventFull,
    Place,
    RegistrationClosed,
    register,
    state_of,
)
from events.models import Registration
from events.tests.registering import ANA, BO, mails
from kit.errors import Invalid
from programmes.models import Address, AuditEntry, Person

# --- a seat, and all that goes with it ------------------------------------------------------------


def test_a_free_seat_is_given_written_down_and_mailed_in_one_go(make_event):
    event = make_event(capacity=2)

    outcome = register(event, ANA, at=NOON)

    row = Registration.objects.get()
    assert outcome == registration.Outcome(row, "confirmed", None, is_new=True)
    assert (row.name, row.email, row.state) == ("Ana Ruiz", "ana@city.gov", "confirmed")
    assert (row.joined_at, row.seated_at, row.round) == (NOON, NOON, 0)
    assert mails() == [("events/registration-confirmed", f"events.registration:{row.pk}")]
    assert list(AuditEntry.objects.values_list("action", "subject", "by")) == [
        ("registration.made", f"events.registration:{row.pk}", None)
    ]
    assert_counters_true(event)


def test_an_event_without_a_limit_seats_everybody(make_event):
    event = make_event(capacity=None)

    outcomes = [register(event, place, at=NOON) for place in (ANA, BO)]

    assert [outcome.state for outcome in outcomes] == ["confirmed", "confirmed"]
    assert_counters_true(event)


def test_a_first_time_guest_costs_eight_statements(make_event):
    event = make_event(capacity=5)

    with CaptureQueriesContext(connection) as told:
        register(event, ANA, at=NOON)

    ours = [query for query in told if "SAVEPOINT" not in query["sql"]]
    assert len(ours) == 8


def test_the_place_is_kept_as_given_for_this_event(make_event, make_alliance):
    chosen = make_alliance()
    place = Place(
        name="  Ana   Ruiz ",
        email=" Ana@City.gov ",
        organisation=" City of  Aurora ",
        alliance=chosen,
        access_needs="Captioner\r\nplease",
        answers={"diet": " none ", "parking": True},
        source="newsletter",
    )

    row = register(make_event(), place, at=NOON).registration

    row.refresh_from_db()
    assert (row.name, row.email) == ("Ana Ruiz", "Ana@City.gov")
    assert (row.organisation, row.alliance) == ("City of Aurora", chosen)
    assert (row.access_needs, row.source) == ("Captioner\nplease", "newsletter")
    assert row.answers == {"diet": "none", "parking": True}


# --- full -----------------------------------------------------------------------------------------


def test_where_no_seat_is_free_people_queue_in_order_and_are_told_their_place(make_event):
    event = make_event(capacity=1)
    register(event, ANA, at=NOON)

    outcomes = [register(event, Place(name="X", email=f"{n}@x.example"), at=NOON) for n in range(3)]

    assert [(o.state, o.position) for o in outcomes] == [("waitlisted", n) for n in (1, 2, 3)]
    assert mails()[1][0] == "events/registration-waitlisted"
    assert_counters_true(event)


def test_who_asked_earlier_but_came_later_stands_behind(make_event):
    event = make_event(capacity=1)
    register(event, ANA, at=NOON)
    first = register(event, BO, at=NOON + timedelta(seconds=2))

    late = register(event, Place(name="C", email="c@x.example"), at=NOON + timedelta(seconds=1))

    assert (first.position, late.position) == (1, 2)
    assert [row.name for row in Registration.objects.waiting()] == ["Bo Chen", "C"]


def test_nobody_overtakes_the_queue_where_a_seat_is_free(make_event, make_registration):
    event = make_event(capacity=2)
    make_registration(event)
    make_registration(event, state="waitlisted")

    outcome = register(event, ANA, at=NOON)

    assert (outcome.state, outcome.position) == ("waitlisted", 2)
    assert_counters_true(event)


def test_without_a_waitlist_a_full_event_refuses_and_nothing_is_kept(make_event):
    event = make_event(capacity=1, has_waitlist=False)
    register(event, ANA, at=NOON)

    with pytest.raises(EventFull, match="is full, and it keeps no waitlist"):
        register(event, BO, at=NOON)

    assert not Person.objects.filter(email="bo@county.gov").exists()
    assert len(mails()) == 1
    assert_counters_true(event)


def test_the_row_decides_where_the_event_at_hand_is_out_of_date(make_event):
    event = make_event(capacity=1)
    seen_earlier = type(event).objects.get(pk=event.pk)
    register(event, ANA, at=NOON)

    outcome = register(seen_earlier, BO, at=NOON)

    assert outcome.state == "waitlisted"
    assert_counters_true(event)


def test_an_event_called_off_meanwhile_takes_nobody(make_event):
    event = make_event()
    seen_earlier = type(event).objects.get(pk=event.pk)
    type(event).objects.filter(pk=event.pk).update(status="cancelled", cancelled_at=NOON)

    with pytest.raises(RegistrationClosed, match="was canceled"):
        register(seen_earlier, ANA, at=NOON)

    assert not Person.objects.filter(email="ana@city.gov").exists()


# --- again ----------------------------------------------------------------------------------------


def test_the_same_address_again_gets_the_same_answer_and_its_link_by_mail(make_event):
    event = make_event(capacity=1)
    first = register(event, ANA, at=NOON)

    again = register(event, Place(name="A. Ruiz", email=" ANA@city.GOV "), at=NOON)

    assert (again.registration, again.state, again.position) == (
        first.registration,
        "confirmed",
        None,
    )
    assert not again.is_new
    row = Registration.objects.get()
    assert (row.name, row.email) == ("Ana Ruiz", "ana@city.gov")
    assert [kind for kind, _ in mails()] == [
        "events/registration-confirmed",
        "events/registration-again",
    ]
    assert AuditEntry.objects.count() == 1
    assert_counters_true(event)


def test_who_waits_and_asks_again_hears_their_place_of_now(make_event, make_registration):
    event = make_event(capacity=1)
    make_registration(event)
    first, second = register(event, ANA, at=NOON), register(event, BO, at=NOON)
    registration.cancel(first.registration, at=NOON)

    again = register(event, BO, at=NOON)

    assert (second.position, again.position, again.state) == (2, 1, "waitlisted")


def test_the_link_is_mailed_once_an_hour_at_most(make_event):
    event = make_event()
    for minutes in (0, 1, 30, 61):
        register(event, ANA, at=NOON + timedelta(minutes=minutes))

    assert sum(kind == "events/registration-again" for kind, _ in mails()) == 2


def test_a_second_address_of_the_same_person_is_the_same_person(make_event, make_person):
    ana = make_person("Ana", email="ana@city.gov")
    Address.objects.create(person=ana, key="ana@home.example", typed="ana@home.example")
    event = make_event()
    register(event, ANA, at=NOON)

    again = register(event, Place(name="Ana", email="ana@home.example"), at=NOON)

    assert not again.is_new
    assert_counters_true(event)


def test_a_full_event_answers_who_has_a_seat_as_before(make_event):
    event = make_event(capacity=1, has_waitlist=False)
    register(event, ANA, at=NOON)

    assert register(event, ANA, at=NOON).state == "confirmed"


def test_who_cancelled_may_come_back_behind_the_others(make_event):
    event = make_event(capacity=1)
    first = register(event, ANA, at=NOON)
    register(event, BO, at=NOON)
    registration.cancel(first.registration, at=NOON)

    back = register(event, ANA, at=NOON)

    assert (back.is_new, back.state, back.position) == (True, "waitlisted", 1)
    assert back.registration.round == 1
    assert back.registration.code != first.registration.code
    assert_counters_true(event)


# --- not now --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "at", "state"),
    [
        ({}, NOON, "open"),
        ({"capacity": 1}, NOON, "open"),
        ({"capacity": 1, "seats_taken": 1}, NOON, "waitlist"),
        ({"capacity": 1, "seats_taken": 1, "has_waitlist": False}, NOON, "full"),
        ({"capacity": 2, "seats_taken": 1, "waiting_count": 1}, NOON, "waitlist"),
        ({"published": False}, NOON, "not-open"),
        ({"registration_opens_at": NOON + timedelta(seconds=1)}, NOON, "not-open"),
        ({"registration_opens_at": NOON}, NOON, "open"),
        ({"status": "completed"}, NOON, "closed"),
        ({"status": "cancelled", "cancelled_at": NOON}, NOON, "closed"),
    ],
)
def test_the_state_says_what_somebody_who_comes_now_would_find(make_event, fields, at, state):
    assert state_of(make_event(**fields), at) == state


def test_registration_closes_to_the_second_before_the_start(make_event):
    event = make_event(closes_minutes_before=30)
    closing = event.starts_at - timedelta(minutes=30)

    assert state_of(event, closing - timedelta(seconds=1)) == "open"
    assert state_of(event, closing) == "closed"


def test_a_recurring_event_stays_open_until_its_last_date_ends(make_event):
    event = make_event(
        sessions=(("2027-01-13T11:00", 60), ("2027-01-20T11:00", 60)), recurrence="FREQ=WEEKLY"
    )

    assert state_of(event, event.starts_at + timedelta(days=1)) == "open"
    assert state_of(event, event.ends_at) == "closed"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"published": False}, "has not opened yet"),
        ({"status": "cancelled", "cancelled_at": NOON}, "was canceled"),
        ({"starts": "2027-01-03T11:00"}, "has closed"),
    ],
)
def test_who_comes_too_early_or_too_late_is_told_why(make_event, fields, sentence):
    event = make_event(**fields)

    with pytest.raises(RegistrationClosed, match=sentence) as no:
        register(event, ANA, at=NOON)

    assert (no.value.code, no.value.status) == ("registration-closed", 409)
    assert (Registration.objects.count(), len(mails())) == (0, 0)


# --- what was typed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "loc"),
    [
        (Place(name="", email="a@city.gov"), ["name"]),
        (Place(name=" \t ", email="a@city.gov"), ["name"]),
        (Place(name="x" * 301, email="a@city.gov"), ["name"]),
        (Place(name="Ana\r\nBcc: all@city.gov", email="a@city.gov"), ["name"]),
        (Place(name="Ana\x00", email="a@city.gov"), ["name"]),
        (Place(name="Ana", email="ana"), ["email"]),
        (Place(name="Ana", email="a@city.gov\nb"), ["email"]),
        (Place(name="Ana", email="a@city.gov", organisation="x" * 201), ["organisation"]),
        (Place(name="Ana", email="a@city.gov", access_needs="x" * 2001), ["access_needs"]),
        (Place(name="Ana", email="a@city.gov", answers={"diet": "\x00"}), ["answers", "diet"]),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field_and_nothing_is_kept(make_event, place, loc):
    event = make_event()

    with pytest.raises(Invalid) as no:
        register(event, place, at=NOON)

    assert (no.value.status, no.value.errors[0]["loc"]) == (422, loc)
    assert (Registration.objects.count(), Person.objects.count(), len(mails())) == (0, 0, 0)


def test_all_faults_are_told_at_once(make_event):
    with pytest.raises(Invalid) as no:
        register(make_event(), Place(name="", email="", organisation="a\nb"), at=NOON)

    assert [error["loc"] for error in no.value.errors] == [["name"], ["email"], ["organisation"]]


def test_a_name_of_three_hundred_characters_from_anywhere_is_kept_whole(make_event):
    name = ("Ñandú 🦩 عائشة " * 30)[:299] + "x"

    row = register(make_event(), Place(name=name, email="a@city.gov"), at=NOON).registration

    row.refresh_from_db()
    assert row.name == name
