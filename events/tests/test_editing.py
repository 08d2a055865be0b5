"""Changing an event: its text, its times, its place, its seats."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from conftest import NOON, assert_counters_true
from events.domain import hosting, scheduling
from events.domain.capacity import CapacityTooLow
from events.domain.scheduling import (
    ApprovalMissing,
    CreditPlan,
    EventCalledOff,
    StaleEdit,
)
from events.models import Event, EventHost, Revision
from events.tests.planning import (
    LATER,
    MORNING,
    SPRING_GAP,
    drafted,
    edited,
    mails,
    published,
    session,
    utc,
)
from kit.errors import Invalid
from programmes.models import AuditEntry, Speaker, Topic

# --- changing -------------------------------------------------------------------------------------


def test_an_edit_changes_what_it_names_and_counts_up(lead):
    event = published(lead, summary="Old", venue="City Hall")

    changed = edited(event, title="Fiber to Some Blocks", summary="New")

    assert (changed.title, changed.summary, changed.venue) == (
        "Fiber to Some Blocks",
        "New",
        "City Hall",
    )
    assert (changed.version, changed.changed_at) == (2, LATER)
    assert changed.slug == "fiber-to-every-block"
    entry = AuditEntry.objects.get(action="event.edited")
    assert entry.facts == {"changed": ["title", "summary"], "version": 2}


def test_an_edit_that_says_the_same_writes_nothing(lead):
    event = published(lead)
    revision = Revision.objects.get().number

    same = edited(event, title=f" {event.title} ", sessions=(MORNING,), topics=[])

    assert (same.version, same.changed_at) == (1, NOON)
    assert Revision.objects.get().number == revision


def test_a_form_opened_before_somebody_elses_edit_is_refused(lead):
    event = drafted(lead)
    edited(event, version=1, title="First")

    with pytest.raises(StaleEdit, match="was changed since you opened it") as no:
        edited(event, version=1, title="Second")

    assert (no.value.code, no.value.facts) == (
        "stale-edit",
        {"version": 2, "changed": ["title"]},
    )
    event.refresh_from_db()
    assert (event.title, event.version) == ("First", 2)


def test_a_bad_edit_changes_nothing_at_all(lead):
    event = published(lead, capacity=5)

    with pytest.raises(Invalid):
        edited(event, title="New", sessions=(MORNING, SPRING_GAP))

    event.refresh_from_db()
    assert (event.title, event.version, event.sessions.count()) == ("Fiber to Every Block", 1, 1)


def test_a_field_no_event_has_is_a_mistake(lead):
    with pytest.raises(ValueError, match="an event has no field colour"):
        edited(drafted(lead), colour="blue")


def test_a_cancelled_event_cannot_be_changed_or_published(lead):
    event = scheduling.cancel(published(lead), reason="Storm", by=None, at=LATER)

    for act in (
        lambda: edited(event, title="New"),
        lambda: scheduling.publish(event, by=None, at=LATER),
    ):
        with pytest.raises(EventCalledOff):
            act()


def test_an_announced_page_address_stays(lead):
    draft = edited(drafted(lead), slug="fiber")
    assert draft.slug == "fiber"

    with pytest.raises(Invalid) as no:
        edited(scheduling.publish(draft, by=None, at=NOON), slug="other")

    assert no.value.errors[0]["loc"] == ["slug"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "Other"}, "title"),
        ({"sessions": (replace(MORNING, ends_local="2027-01-13T13:00"),)}, "time"),
        ({"time_zone": "America/Phoenix"}, "time"),
        ({"venue": "Library"}, "place"),
        ({"format": "hybrid"}, "place"),
        ({"capacity": 9}, "capacity"),
        ({"sharing": "all"}, "sharing"),
    ],
)
def test_a_changed_promise_asks_those_again_who_agreed_to_the_old_one(
    lead, make_alliance, make_organiser, change, said
):
    florida = make_alliance()
    make_organiser(florida)
    event = drafted(lead, co_hosts=[florida])
    hosting.decide(event, florida, "accept", by=None, at=NOON)

    changed = edited(event, **change)

    host = event.hosts.get(alliance=florida)
    assert (host.state, host.agreed) == (EventHost.State.INVITED, "")
    assert changed.status == "proposed"
    assert [mail.facts["changed"] for mail in mails("co-host-invited")] == [[], [said]]
    with pytest.raises(ApprovalMissing):
        scheduling.publish(event, by=None, at=LATER)


def test_what_nobody_agreed_on_asks_nobody(lead, make_alliance):
    florida = make_alliance()
    event = drafted(lead, co_hosts=[florida])
    hosting.decide(event, florida, "accept", by=None, at=NOON)

    edited(event, summary="New", description="New", join_url="https://call.example/1")

    assert event.hosts.get(alliance=florida).state == EventHost.State.ACCEPTED


def test_other_topics_speakers_and_credits_replace_the_old_ones(lead):
    topics = [Topic.objects.create(slug=s, name=s) for s in "abc"]
    speakers = [Speaker.objects.create(slug=s, name=s) for s in "xyz"]
    event = drafted(lead, topics=tuple(topics[:2]), speakers=tuple(speakers[:2]))

    edited(
        event,
        topics=topics[1:],
        speakers=[speakers[2], speakers[0]],
        credits=(CreditPlan("cm", Decimal("1.5")),),
    )

    assert set(event.topics.all()) == set(topics[1:])
    assert [part.speaker for part in event.speaking.all()] == [speakers[2], speakers[0]]
    assert event.credits.get().scheme == "cm"


# --- moving ---------------------------------------------------------------------------------------


def test_a_move_keeps_the_old_time_raises_the_sequence_and_tells_who_has_a_place(
    lead, make_registration
):
    event = published(lead)
    seat = make_registration(event)
    waiting = make_registration(event, state="waitlisted")
    make_registration(event, state="cancelled", cancelled_at=NOON)
    row = event.sessions.get()

    moved = edited(event, sessions=(session("2027-01-14T11:00", "2027-01-14T12:30"),))

    after = event.sessions.get()
    assert (after.pk, after.public_id, after.sequence) == (row.pk, row.public_id, 1)
    assert (moved.starts_at, moved.moved_from) == (
        utc("2027-01-14T18:00"),
        utc("2027-01-13T18:00"),
    )
    assert moved.moved_at == LATER
    told = mails("event-changed")
    assert [mail.subject for mail in told] == [
        f"events.registration:{row.pk}" for row in (seat, waiting)
    ]
    assert told[0].key == f"events/event-changed:{seat.pk}:2"
    assert told[0].facts["changed"] == ["time"]
    assert told[0].facts["was"]["starts_at"] == "2027-01-13T18:00:00+00:00"


def test_a_new_place_is_told_and_raises_the_sequence(lead, make_registration):
    event = published(lead)
    make_registration(event)

    moved = edited(event, venue="Library", format="hybrid")

    assert moved.moved_from is None
    assert event.sessions.get().sequence == 1
    assert [mail.facts["changed"] for mail in mails("event-changed")] == [["place"]]


def test_a_new_title_is_not_worth_a_mail(lead, make_registration):
    event = published(lead)
    make_registration(event)

    edited(event, title="Other", summary="Other")

    assert mails("event-changed") == []
    assert event.sessions.get().sequence == 0


def test_a_draft_moves_without_a_trace(lead):
    event = drafted(lead)

    moved = edited(event, sessions=(session("2027-01-14T11:00", "2027-01-14T12:30"),))

    assert (moved.moved_from, moved.moved_at) == (None, None)
    assert event.sessions.get().sequence == 0


def test_nobody_is_told_of_a_change_to_what_is_over(lead, make_registration):
    event = published(lead)
    make_registration(event)
    over = event.ends_at + timedelta(minutes=20)

    moved = edited(event, at=over, sessions=(replace(MORNING, ends_local="2027-01-13T12:45"),))

    assert moved.ends_at == utc("2027-01-13T19:45")
    assert mails("event-changed") == []


def test_a_completed_event_moved_ahead_is_open_again(lead):
    event = published(lead)
    Event.objects.filter(pk=event.pk).update(status="completed")

    moved = edited(
        event,
        at=event.ends_at + timedelta(days=1),
        sessions=(session("2027-02-13T11:00", "2027-02-13T12:30"),),
    )

    assert moved.status == "published"


def test_a_date_taken_out_after_publishing_is_cancelled_not_deleted(lead):
    days = tuple(session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20, 27))
    event = published(lead, sessions=days)
    uids = list(event.sessions.values_list("public_id", flat=True))

    moved = edited(event, sessions=(days[0], days[1]))

    rows = list(event.sessions.values_list("public_id", "is_cancelled", "sequence"))
    assert rows == [(uids[0], False, 0), (uids[1], False, 0), (uids[2], True, 1)]
    assert moved.ends_at == utc("2027-01-20T19:00")

    again = edited(moved, sessions=(days[0], days[1]))
    assert again.version == moved.version


def test_the_middle_date_moves_and_the_others_keep_their_identity(lead):
    days = [session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20, 27)]
    event = published(lead, sessions=tuple(days))
    uids = list(event.sessions.values_list("public_id", flat=True))

    days[1] = session("2027-02-20T11:00", "2027-02-20T12:00")
    edited(event, sessions=tuple(days))

    rows = list(event.sessions.values_list("public_id", "starts_local", "sequence"))
    assert rows == [
        (uids[0], "2027-01-13T11:00", 0),
        (uids[2], "2027-01-27T11:00", 0),
        (uids[1], "2027-02-20T11:00", 1),
    ]


def test_a_date_that_was_cancelled_can_be_brought_back(lead):
    days = tuple(session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20))
    event = published(lead, sessions=days)
    edited(event, sessions=(days[0], replace(days[1], is_cancelled=True)))

    edited(event, sessions=days)

    assert list(event.sessions.values_list("is_cancelled", "sequence")) == [(False, 0), (False, 2)]


def test_a_date_taken_out_of_a_draft_is_gone(lead):
    days = tuple(session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20))
    event = drafted(lead, sessions=days)

    edited(event, sessions=days[:1])

    assert event.sessions.count() == 1


def test_another_zone_keeps_the_wall_time_and_moves_the_instant(lead):
    event = published(lead)

    moved = edited(event, time_zone="America/New_York")

    row = event.sessions.get()
    assert (row.starts_local, row.starts_at) == ("2027-01-13T11:00", utc("2027-01-13T16:00"))
    assert (row.time_zone, row.sequence) == ("America/New_York", 1)
    assert moved.moved_from == utc("2027-01-13T18:00")


def test_another_zone_with_the_same_clocks_is_no_move_but_a_new_promise(lead):
    event = published(lead)

    changed = edited(event, time_zone="America/Phoenix")

    assert changed.moved_from is None
    assert event.sessions.get().sequence == 1


def test_what_the_new_zone_shows_twice_is_asked(lead):
    event = drafted(
        lead,
        time_zone="America/Phoenix",
        sessions=(session("2027-11-07T01:30", "2027-11-07T03:00"),),
    )

    with pytest.raises(Invalid) as no:
        edited(event, time_zone="America/Denver")

    assert no.value.code == "time-happens-twice"


def test_an_edit_across_a_clock_change_keeps_the_wall_time(lead):
    event = published(lead, sessions=(session("2027-03-13T18:00", "2027-03-13T19:00"),))

    edited(event, sessions=(session("2027-03-14T18:00", "2027-03-14T19:00"),))

    assert event.sessions.get().starts_at == utc("2027-03-15T00:00")  # it was 01:00 the day before


# --- seats ----------------------------------------------------------------------------------------


def test_more_seats_in_an_edit_go_to_who_waits(lead, make_registration):
    event = published(lead, capacity=1)
    make_registration(event)
    waiting = make_registration(event, state="waitlisted")

    changed = edited(event, capacity=2)

    waiting.refresh_from_db()
    assert (changed.capacity, changed.seats_taken, waiting.state) == (2, 2, "confirmed")
    assert len(mails("registration-promoted")) == 1
    assert_counters_true(event)


def test_fewer_seats_than_taken_undo_the_whole_edit(lead, make_registration):
    event = published(lead, capacity=2)
    make_registration(event)
    make_registration(event)

    with pytest.raises(CapacityTooLow):
        edited(event, title="New", capacity=1)

    event.refresh_from_db()
    assert (event.title, event.capacity) == ("Fiber to Every Block", 2)


def test_an_edit_leaves_seats_taken_meanwhile_alone(lead, make_registration):
    event = published(lead, capacity=5)
    seen_earlier = Event.objects.get(pk=event.pk)
    make_registration(event)

    edited(seen_earlier, title="New")

    assert_counters_true(event)
    assert event.seats_taken == 1
