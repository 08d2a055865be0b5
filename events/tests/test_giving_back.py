"""Places given back, and seats made more or fewer."""

from datetime import timedelta

import pytest

from conftest import NOON, assert_counters_true
from events.domain import registration, scheduling
from events.domain.capacity import CapacityTooLow
from events.domain.registration import (
    EventOver,
    Place,
    register,
)
from events.models import EventHost, Registration
from events.tests.registering import ANA, BO, mails
from kit.errors import Invalid
from programmes.models import AuditEntry

# --- giving back ----------------------------------------------------------------------------------


def test_a_seat_given_back_goes_to_the_next_in_line_at_once(make_event):
    event = make_event(capacity=1)
    ana = register(event, ANA, at=NOON).registration
    bo = register(event, BO, at=NOON).registration
    later = NOON + timedelta(hours=1)

    returned = registration.cancel(ana, at=later)

    bo.refresh_from_db()
    assert (returned.state, returned.cancelled_at) == ("cancelled", later)
    assert (bo.state, bo.seated_at, bo.joined_at) == ("confirmed", later, NOON)
    assert mails()[2:] == [
        ("events/registration-cancelled", f"events.registration:{ana.pk}"),
        ("events/registration-promoted", f"events.registration:{bo.pk}"),
    ]
    assert_counters_true(event)


def test_leaving_the_queue_gives_nobody_a_seat(make_event):
    event = make_event(capacity=1)
    register(event, ANA, at=NOON)
    bo = register(event, BO, at=NOON).registration

    registration.cancel(bo, at=NOON)

    assert [kind for kind, _ in mails()][2:] == ["events/registration-cancelled"]
    assert_counters_true(event)
    assert (event.seats_taken, event.waiting_count) == (1, 0)


def test_cancelling_twice_is_harmless(make_event, make_person):
    event = make_event(capacity=2)
    ana = register(event, ANA, at=NOON).registration
    registration.cancel(ana, at=NOON)

    again = registration.cancel(ana, by=make_person(), at=NOON + timedelta(hours=1))

    assert (again.state, again.cancelled_at) == ("cancelled", NOON)
    assert AuditEntry.objects.filter(action="registration.cancelled").count() == 1
    assert_counters_true(event)


def test_the_log_says_which_organiser_cancelled(make_event, make_person):
    organiser = make_person()
    ana = register(make_event(), ANA, at=NOON).registration

    registration.cancel(ana, by=organiser, at=NOON)

    entry = AuditEntry.objects.get(action="registration.cancelled")
    assert (entry.by, entry.facts) == (organiser, {"was": "confirmed"})


def test_once_the_event_has_ended_its_places_are_history(make_event):
    event = make_event()
    ana = register(event, ANA, at=NOON).registration

    with pytest.raises(EventOver, match="is over"):
        registration.cancel(ana, at=event.ends_at)

    ana.refresh_from_db()
    assert ana.state == "confirmed"
    assert_counters_true(event)


# --- how many seats -------------------------------------------------------------------------------


def test_more_seats_go_to_the_queue_in_its_order(make_event):
    event = make_event(capacity=1)
    rows = [
        register(event, Place(name="X", email=f"{n}@x.example"), at=NOON).registration
        for n in range(4)
    ]

    changed = scheduling.edit(event, {"capacity": 3}, by=None, at=NOON)

    assert (changed.capacity, changed.seats_taken, changed.waiting_count) == (3, 3, 1)
    assert changed.version == event.version + 1
    assert list(Registration.objects.waiting()) == rows[3:]
    assert_counters_true(event)


def test_no_limit_seats_everybody_who_waits(make_event, make_registration):
    event = make_event(capacity=1)
    make_registration(event)
    for _ in range(3):
        make_registration(event, state="waitlisted")

    scheduling.edit(event, {"capacity": None}, by=None, at=NOON)

    assert_counters_true(event)
    assert (event.seats_taken, event.waiting_count) == (4, 0)


def test_fewer_seats_than_are_taken_is_refused_with_the_number(make_event, make_registration):
    event = make_event(capacity=3)
    make_registration(event)
    make_registration(event)

    with pytest.raises(CapacityTooLow, match="2 people hold a seat already") as no:
        scheduling.edit(event, {"capacity": 1}, by=None, at=NOON)

    assert no.value.facts == {"seats_taken": 2}
    event.refresh_from_db()
    assert (event.capacity, event.version) == (3, 1)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("capacity", [0, -1, 1_000_001])
def test_a_number_of_seats_that_makes_no_sense_is_refused(make_event, capacity):
    with pytest.raises(Invalid) as no:
        scheduling.edit(make_event(), {"capacity": capacity}, by=None, at=NOON)

    assert no.value.errors[0]["loc"] == ["capacity"]


def test_other_seats_are_another_promise_so_co_hosts_are_asked_again(
    make_event, make_alliance, make_organiser
):
    host = make_alliance()
    make_organiser(host)
    event = make_event(capacity=5, co_hosts=(host,))

    scheduling.edit(event, {"capacity": 6}, by=None, at=NOON)

    assert event.hosts.get(alliance=host).state == EventHost.State.INVITED
    assert mails()[0][0] == "events/co-host-invited"


def test_the_same_number_of_seats_changes_nothing(make_event):
    event = make_event(capacity=5)

    scheduling.edit(event, {"capacity": 5}, by=None, at=NOON)

    event.refresh_from_db()
    assert event.version == 1
    assert not AuditEntry.objects.exists()
