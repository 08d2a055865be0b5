"""What left a feed is marked as gone there, for 90 days and nowhere else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from conftest import NOON
from events.domain import calendars, feeds, redrawing, stored_entries, tombstones
from events.domain.calendar import entry_bytes
from events.models import Event, EventHost, FeedShowing, Session
from events.tests.calendar_readers import ENTRY, lines
from programmes.models import Programme, Topic

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


def held(path="all", slug="", at=LATER, **query):
    """UID to (status, title, sequence) of everything in a feed."""
    selection = feeds.select(path, slug, {name: [value] for name, value in query.items()})
    events = Calendar.from_ical(feeds.build(selection, at=at).body).walk("VEVENT")
    return {
        str(event["UID"]): (str(event["STATUS"]), str(event["SUMMARY"]), int(event["SEQUENCE"]))
        for event in events
    }


def uid(event):
    return calendars.uid_of(event.sessions.get())


def show(*events, at=NOON):
    for event in events:
        calendars.touch(event, at=at)
    calendars.redraw(Session.objects.all(), at=at)


def change(event, at=LATER, **fields):
    Event.objects.filter(pk=event.pk).update(**fields)
    calendars.touch(event, at=at)


@pytest.fixture
def topic():
    return Topic.objects.create(slug="water", name="Water")


def test_what_is_unpublished_is_marked_in_every_feed_that_held_it(make_event, topic):
    event = make_event(title="Pipes")
    event.topics.add(topic)
    show(event)

    change(event, status="draft")

    gone = ("CANCELLED", "No longer in this calendar: Pipes", 1)
    for feed in (held(), held("topics", "water"), held("alliances", event.lead.slug)):
        assert feed == {uid(event): gone}
    assert held("events", event.slug) == {uid(event): gone}


def test_what_left_a_filter_is_marked_there_and_stays_elsewhere(make_event, topic):
    event = make_event(title="Pipes")
    event.topics.add(topic)
    show(event)

    event.topics.clear()
    calendars.touch(event, at=LATER)

    assert held("topics", "water")[uid(event)][0] == "CANCELLED"
    assert held(topic="water", alliance=event.lead.slug)[uid(event)][0] == "CANCELLED"
    assert held()[uid(event)] == ("CONFIRMED", "Pipes", 0)
    assert held("alliances", event.lead.slug)[uid(event)][0] == "CONFIRMED"


def test_who_never_held_it_gets_no_mark(make_event, topic):
    other = Topic.objects.create(slug="roads", name="Roads")
    event = make_event()
    event.topics.add(topic)
    show(event)

    change(event, status="draft")

    assert held("topics", other.slug) == {}
    assert held(format="in_person") == {}


@pytest.mark.parametrize("fields", [{"format": "in_person"}, {"visibility": "unlisted"}])
def test_a_changed_format_and_visibility_leave_marks(make_event, fields):
    event = make_event()
    show(event)

    change(event, **fields)

    assert held(format="online")[uid(event)][0] == "CANCELLED"
    assert held("events", event.slug)[uid(event)][0] == "CONFIRMED"


def test_a_host_that_withdrew_and_a_programme_that_was_left_leave_marks(make_event, make_alliance):
    partner = make_alliance("Coast")
    event = make_event(co_hosts=(partner,))
    track = Programme.objects.create(slug="track", name="Track", kind="series", lead=event.lead)
    Event.objects.filter(pk=event.pk).update(programme=track)
    show(event)

    event.hosts.filter(alliance=partner).update(state=EventHost.State.WITHDRAWN)
    change(event, programme=None)

    assert held("alliances", partner.slug)[uid(event)][0] == "CANCELLED"
    assert held("programs", "track")[uid(event)][0] == "CANCELLED"
    assert held("alliances", event.lead.slug)[uid(event)][0] == "CONFIRMED"


def test_a_mark_is_kept_for_ninety_days_and_then_cleared_away(make_event):
    event = make_event(starts="2027-06-01T11:00")
    show(event)
    change(event, status="draft")

    assert uid(event) in held(at=LATER + timedelta(days=89))
    assert held(at=LATER + timedelta(days=91)) == {}
    assert tombstones.tidy(at=LATER + timedelta(days=89)) == 0
    assert tombstones.tidy(at=LATER + timedelta(days=91)) == 1


def test_who_hides_what_is_cancelled_sees_no_marks(make_event):
    event = make_event()
    show(event)
    change(event, status="draft")

    assert held(cancelled="hide") == {}


def test_a_draft_that_nobody_saw_leaves_nothing(make_event):
    event = make_event(published=False)
    show(event)
    change(event, title="Another")

    assert not FeedShowing.objects.exists()
    assert held() == {}


def test_published_and_taken_back_in_one_change_leaves_nothing(make_event):
    event = make_event()
    calendars.touch(event, at=NOON)
    change(event, at=NOON, status="draft")

    assert not FeedShowing.objects.exists()


def test_what_comes_back_outranks_its_mark(make_event):
    event = make_event()
    show(event)
    change(event, status="draft")
    marked = held()[uid(event)][2]

    change(event, at=LATER + timedelta(hours=1), status="published")

    back = held(at=LATER + timedelta(hours=1))[uid(event)]
    assert back[0] == "CONFIRMED"
    assert back[2] > marked


def test_a_topic_that_comes_back_outranks_its_mark_too(make_event, topic):
    event = make_event()
    event.topics.add(topic)
    show(event)
    event.topics.clear()
    calendars.touch(event, at=LATER)
    marked = held("topics", "water")[uid(event)][2]

    event.topics.add(topic)
    calendars.touch(event, at=LATER + timedelta(hours=1))

    back = held("topics", "water", at=LATER + timedelta(hours=1))[uid(event)]
    assert (back[0], back[2] > marked) == ("CONFIRMED", True)


def test_another_topic_raises_no_sequence(make_event, topic):
    event = make_event()
    show(event)
    event.topics.add(topic)
    calendars.touch(event, at=LATER)
    roads = Topic.objects.create(slug="roads", name="Roads")
    event.topics.set([roads])
    calendars.touch(event, at=LATER + timedelta(hours=1))

    assert event.sessions.get().sequence == 0
    assert FeedShowing.objects.filter(left_at=None).count() == 1


def test_the_mark_says_what_was_shown_and_nothing_newer(make_event):
    event = make_event(title="Announced", venue="City Hall", format="hybrid", summary="Secret plan")
    show(event)

    Event.objects.filter(pk=event.pk).update(status="draft", title="Renamed in private")
    event.sessions.update(starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    calendars.touch(event, at=LATER)

    (mark,) = FeedShowing.objects.exclude(left_at=None)
    text = "\n".join(lines(bytes(mark.ics)))
    assert "No longer in this calendar: Announced" in text
    assert "Renamed" not in text and "City Hall" not in text and "Secret plan" not in text
    assert mark.starts_at == datetime(2027, 1, 13, 18, tzinfo=UTC)
    assert mark.title == "Announced"


def test_the_mark_changes_tag_and_date_and_speaks_the_feeds_language(make_event):
    event = make_event(title="Pipes")
    show(event)
    selection = feeds.select("all", "", {"lang": ["es"]})
    before = feeds.build(selection, at=NOON).marks

    change(event, status="draft")
    after = feeds.build(selection, at=LATER)

    assert after.marks.digest != before.digest
    assert after.marks.changed > before.changed
    assert "Ya no está en este calendario: Pipes" in after.body.decode()


def test_sessions_from_before_there_was_a_note_are_noted_when_drawn(make_event):
    event = make_event()
    assert not FeedShowing.objects.exists()

    held()

    assert FeedShowing.objects.get().session == event.sessions.get()
    change(event, at=LATER + timedelta(hours=1), status="draft")
    assert held()[uid(event)][0] == "CANCELLED"


def test_every_session_of_an_event_leaves_its_mark(make_event):
    event = make_event(sessions=(("2027-01-13T09:00", 60), ("2027-01-13T11:00", 60)))
    show(event)

    change(event, status="draft")

    assert [entry[0] for entry in held().values()] == ["CANCELLED", "CANCELLED"]


def test_noting_costs_the_same_for_one_session_and_for_ten(make_event, django_assert_num_queries):
    one = make_event()
    ten = make_event(sessions=tuple((f"2027-01-{day}T09:00", 60) for day in range(10, 20)))
    show(one, ten)

    for event in (one, ten):
        with django_assert_num_queries(5):
            tombstones.note(event, at=LATER)


# -- what is no more


def test_a_feed_of_an_event_that_was_taken_back_says_so(make_event):
    event = make_event(title="Pipes")
    show(event)
    change(event, status="draft")

    text = feeds.build(feeds.select("events", event.slug, {}), at=LATER).body.decode()

    assert "Pipes (removed)" in text
    with pytest.raises(feeds.NoSuchFeed):
        feeds.build(feeds.select("events", event.slug, {}), at=LATER + timedelta(days=91))


def test_a_feed_of_a_topic_that_was_deleted_answers_with_marks(make_event, topic):
    event = make_event()
    event.topics.add(topic)
    show(event)
    topic.delete()
    calendars.touch(event, at=LATER)

    assert held("topics", "water")[uid(event)][0] == "CANCELLED"


def test_an_alliance_that_left_keeps_its_feed_which_says_so(make_event, make_alliance):
    alliance = make_alliance("Plains")
    event = make_event(lead=alliance)
    show(event)
    alliance.is_active = False
    alliance.save()

    text = feeds.build(feeds.select("alliances", alliance.slug, {}), at=LATER).body.decode()

    assert "NAME:Smart Coalitions: Plains (no longer in the network)" in text
    assert "Plains has left the network" in text
    assert uid(event)[:20] in text


# -- the text of a mark


@given(title=st.text(max_size=200), zone=st.sampled_from(["America/Denver", "UTC", "Asia/Kolkata"]))
def test_a_mark_keeps_uid_times_and_title_of_any_entry(title, zone):
    shown = entry_bytes(replace(ENTRY, title=title, time_zone=zone, description="x" * 300))

    mark = stored_entries.as_left(shown, sequence=9, at=NOON, help_url="https://lyceum.example/")

    assert stored_entries.uid_of(mark) == stored_entries.uid_of(shown) == ENTRY.uid
    assert stored_entries.title_of(mark) == stored_entries.title_of(shown)
    assert stored_entries.when(mark) == stored_entries.when(shown)
    again = stored_entries.as_left(mark, sequence=9, at=NOON, help_url="https://lyceum.example/")
    assert again == mark


# -- in bulk


def test_a_new_edition_is_written_over_the_old_and_keeps_every_stamp(make_event, monkeypatch):
    event = make_event()
    show(event)
    redrawing.work(at=NOON)
    before = event.sessions.get()
    Session.objects.update(ics=b"of an old edition")
    monkeypatch.setattr(redrawing, "edition", lambda: "3:2099z")
    assert redrawing.progress()[:2] == (0, 1)

    said = redrawing.work(at=LATER)

    after = event.sessions.get()
    assert bytes(after.ics) == bytes(before.ics)
    assert after.changed_at == before.changed_at
    assert said.endswith("1 of 1 in edition 3:2099z")
    assert redrawing.progress()[:2] == (1, 1)


def test_instants_are_derived_again_from_the_promise(make_event, monkeypatch):
    event = make_event(starts="2027-01-13T11:00")
    show(event)
    wrong = datetime(2027, 1, 13, 17, tzinfo=UTC)
    event.sessions.update(starts_at=wrong, ends_at=wrong + timedelta(minutes=90))
    Event.objects.update(starts_at=wrong)
    monkeypatch.setattr(redrawing, "edition", lambda: "3:2099z")

    redrawing.work(at=LATER)

    event.refresh_from_db()
    assert (
        event.sessions.get().starts_at == event.starts_at == datetime(2027, 1, 13, 18, tzinfo=UTC)
    )


def test_a_worker_that_stops_is_followed_by_one_that_goes_on(make_event, monkeypatch):
    for _ in range(4):
        make_event()
    monkeypatch.setattr(calendars, "BATCH", 2)
    monkeypatch.setattr(redrawing, "edition", lambda: "3:2099z")
    ticks = iter([0, 1, 1, 1, 1, 1, 99, 99, 99, 99])

    first = redrawing.work(at=LATER, clock=lambda: next(ticks))
    second = redrawing.work(at=LATER)

    assert "in edition 3:2099z" in first
    assert second.endswith("4 of 4 in edition 3:2099z")
    assert not Session.objects.filter(ics=None).exists()


def test_a_name_that_all_entries_share_is_drawn_anew(make_event):
    event, other = make_event(), make_event()
    show(event, other)
    redrawing.work(at=NOON)
    event.lead.name = "Prairie"
    event.lead.save()

    assert redrawing.strike_out(Event.objects.all()) == 2
    redrawing.work(at=LATER)

    event.sessions.get().refresh_from_db()
    assert b"Prairie" in bytes(event.sessions.get().ics)
    assert event.sessions.get().changed_at == LATER
    assert other.sessions.get().changed_at < LATER  # nothing of it can be seen to have changed
