"""The queue: in order, only while it helps, and every seat is told by mail."""

from datetime import timedelta

from conftest import NOON, assert_counters_true
from events import tasks
from events.domain import upkeep, waitlist
from events.models import Event, Registration
from programmes.models import OutboxEntry


def queue_up(make_registration, event, count):
    """``count`` people who wait, the later the lower their name sorts."""
    return [
        make_registration(
            event,
            name=f"{count - n}",
            state="waitlisted",
            joined_at=NOON + timedelta(minutes=n),
        )
        for n in range(count)
    ]


def test_free_seats_go_to_who_waits_longest(make_event, make_registration):
    event = make_event(capacity=2)
    rows = queue_up(make_registration, event, 3)

    seated = waitlist.promote(event.pk, at=NOON)

    assert seated == rows[:2]
    assert [row.state for row in seated] == ["confirmed", "confirmed"]
    assert list(Registration.objects.waiting()) == rows[2:]
    assert list(OutboxEntry.objects.order_by("pk").values_list("kind", "key")) == [
        ("events/registration-promoted", f"events/registration-promoted:{row.pk}")
        for row in rows[:2]
    ]
    assert_counters_true(event)


def test_who_came_at_the_same_moment_is_seated_in_the_order_of_the_rows(
    make_event, make_registration
):
    event = make_event(capacity=1)
    first = make_registration(event, state="waitlisted")
    make_registration(event, state="waitlisted")

    assert waitlist.promote(event.pk, at=NOON) == [first]


def test_without_a_free_seat_nobody_is_promoted(make_event, make_registration):
    event = make_event(capacity=1)
    make_registration(event)
    make_registration(event, state="waitlisted")

    assert waitlist.promote(event.pk, at=NOON) == []
    assert not OutboxEntry.objects.exists()


def test_promoting_twice_seats_nobody_twice(make_event, make_registration):
    event = make_event(capacity=2)
    queue_up(make_registration, event, 3)
    waitlist.promote(event.pk, at=NOON)

    assert waitlist.promote(event.pk, at=NOON) == []
    assert_counters_true(event)


def test_promotion_stops_at_the_start(make_event, make_registration):
    event = make_event(capacity=1)
    queue_up(make_registration, event, 1)

    assert waitlist.promote(event.pk, at=event.starts_at) == []
    assert len(waitlist.promote(event.pk, at=event.starts_at - timedelta(seconds=1))) == 1


def test_a_recurring_event_promotes_until_its_last_date_ends(make_event, make_registration):
    event = make_event(
        capacity=1,
        sessions=(("2027-01-13T11:00", 60), ("2027-01-20T11:00", 60)),
        recurrence="FREQ=WEEKLY",
    )
    queue_up(make_registration, event, 1)

    assert waitlist.promote(event.pk, at=event.ends_at) == []
    assert len(waitlist.promote(event.pk, at=event.starts_at + timedelta(days=1))) == 1


def test_a_cancelled_event_promotes_nobody(make_event, make_registration):
    event = make_event(capacity=1, status="cancelled", cancelled_at=NOON)
    queue_up(make_registration, event, 1)

    assert waitlist.promote(event.pk, at=NOON) == []


def test_places_in_the_queue_are_counted_from_one(make_event, make_registration):
    event, other = make_event(capacity=1), make_event(capacity=1)
    queue_up(make_registration, other, 2)
    seat = make_registration(event)
    rows = queue_up(make_registration, event, 3)

    assert [waitlist.position(row) for row in rows] == [1, 2, 3]
    assert waitlist.position(seat) is None


def test_the_sweep_finds_seats_that_came_free_unnoticed(make_event, make_registration):
    lost = make_event(capacity=2, slug="lost", starts="2199-01-13T11:00")
    full = make_event(capacity=1, slug="full", starts="2199-01-13T11:00")
    queue_up(make_registration, lost, 1)
    make_registration(full)
    make_registration(full, state="waitlisted")

    assert tasks.sweep_waitlists() == "lost: 1 promoted"
    assert tasks.sweep_waitlists() == "nothing to do"
    assert_counters_true(lost)
    assert_counters_true(full)


def test_published_events_are_completed_once_their_last_date_has_ended(make_event):
    event, draft = make_event(), make_event(published=False)

    assert upkeep.complete_past(at=event.ends_at - timedelta(seconds=1)) == 0
    assert upkeep.complete_past(at=event.ends_at) == 1
    assert upkeep.complete_past(at=event.ends_at) == 0
    event.refresh_from_db()
    draft.refresh_from_db()
    assert (event.status, draft.status) == ("completed", "draft")


def test_wrong_counters_are_reported_and_left_alone(make_event, make_registration, caplog):
    good, bad = make_event(), make_event(slug="bad")
    make_registration(good)
    make_registration(bad, state="waitlisted")
    Event.objects.filter(pk=bad.pk).update(seats_taken=3)

    assert upkeep.wrong_counters() == ["bad"]
    assert "bad says 3 seated and 1 waiting, its rows say 0 and 1" in caplog.text
    bad.refresh_from_db()
    assert bad.seats_taken == 3
