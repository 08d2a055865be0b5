"""Conflicts of events as they are in the tables: the levels, the drafts, what may be saved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOON
from events.domain import scheduling
from events.domain.finding import conflicts
from events.domain.finding.conflicts import ScheduleConflict
from events.domain.scheduling import EventPlan, SessionPlan
from events.models import Event, EventHost, PartnerCalendar, PartnerEntry
from programmes.domain import office
from programmes.models import Licence, Speaker, Topic

pytestmark = pytest.mark.django_db
MORNING = SessionPlan("2027-01-13T11:00", "2027-01-13T12:00")
PLAN = EventPlan(title="Fiber", time_zone="America/Denver", sessions=(MORNING,))


@pytest.fixture
def plains(make_alliance):
    return make_alliance("Plains", states=["CO"])


@pytest.fixture
def coast(make_alliance):
    return make_alliance("Coast", states=["FL"])


@pytest.fixture
def maya(db):
    return Speaker.objects.create(slug="maya", name="Maya Redfern")


@pytest.fixture
def theirs(make_event, coast, maya):
    """A published event of Coast, from 11 a.m. to 12 p.m. Mountain, at which Maya speaks."""
    event = make_event(lead=coast, minutes=60, title="Curbs", venue="Civic Hall")
    event.speaking.create(speaker=maya)
    return event


def drafted(lead, **changes) -> Event:
    return scheduling.draft(lead, replace(PLAN, **changes), by=None, at=NOON)


def kinds(event: Event, **asked) -> list[tuple[str, str]]:
    said = conflicts.of_event(event, **{"viewer": None, "at": NOON, **asked})
    return [(one.kind, one.level) for one in said]


@pytest.mark.parametrize(
    ("starts", "ends", "clashes"),
    [
        ("11:00", "12:00", True),
        ("10:00", "11:00", False),
        ("12:00", "13:00", False),
        ("10:00", "11:01", True),
        ("11:59", "13:00", True),
        ("11:20", "11:40", True),
        ("10:00", "13:00", True),
    ],
)
def test_touching_edges_are_no_conflict_and_identical_slots_are(
    plains, theirs, maya, starts, ends, clashes
):
    session = SessionPlan(f"2027-01-13T{starts}", f"2027-01-13T{ends}")

    event = drafted(plains, speakers=(maya,), sessions=(session,))

    assert kinds(event) == ([("speaker", "block")] if clashes else [])


def test_what_blocks_keeps_an_event_from_being_published(plains, theirs, maya):
    event = drafted(plains, speakers=(maya,))

    with pytest.raises(ScheduleConflict) as refused:
        scheduling.publish(event, by=None, at=NOON)

    assert "Maya Redfern speaks at “Curbs”" in str(refused.value)
    assert refused.value.code == "schedule-conflict"
    event.refresh_from_db()
    assert event.published_at is None


def test_a_warning_does_not(plains, theirs, coast):
    event = scheduling.draft(plains, PLAN, co_hosts=(coast,), by=None, at=NOON)
    event.hosts.update(state=EventHost.State.ACCEPTED)

    assert kinds(event) == [("host", "warn")]
    assert scheduling.publish(event, by=None, at=NOON).published_at == NOON


def test_an_edit_is_refused_only_for_what_it_brings_about(plains, theirs, maya):
    clashing = drafted(plains, speakers=(maya,))
    free = drafted(plains, sessions=(SessionPlan("2027-01-14T11:00", "2027-01-14T12:00"),))

    def edit(event, **changes):
        return scheduling.edit(event, changes, by=None, at=NOON)

    assert edit(clashing, title="Fiber anew").title == "Fiber anew"
    assert edit(free, speakers=(maya,)).speakers.get() == maya
    with pytest.raises(ScheduleConflict):
        edit(free, sessions=(MORNING,))
    with pytest.raises(ScheduleConflict):
        edit(clashing, sessions=(SessionPlan("2027-01-13T11:30", "2027-01-13T12:30"),))
    assert edit(clashing, sessions=(SessionPlan("2027-01-13T12:00", "2027-01-13T13:00"),))
    assert kinds(clashing) == []


def test_a_speaker_of_one_session_is_busy_in_that_one_alone(plains, theirs, maya):
    named = (
        replace(MORNING, speakers=()),
        SessionPlan("2027-01-13T12:00", "2027-01-13T13:00", speakers=("maya",)),
    )

    free = drafted(plains, speakers=(maya,), sessions=named)
    assert kinds(free) == []

    busy = drafted(plains, sessions=(replace(MORNING, speakers=("maya",)),))
    assert ("speaker", "block") in kinds(busy)


def test_rooms_of_one_venue_are_told_apart(plains, theirs):
    same = drafted(plains, venue="  civic hall ", format="in_person")
    theirs.sessions.update(room="Blue room")
    other = drafted(
        plains,
        venue="Civic Hall",
        format="in_person",
        sessions=(replace(MORNING, room="Red room"),),
    )

    assert ("room", "block") in kinds(same)
    assert ("room", "block") not in kinds(other)


def test_one_licence_cannot_host_two_calls(plains, coast, make_event):
    licence = Licence.objects.create(alliance=coast, name="Webinar 500")
    make_event(lead=coast, minutes=60, licence=licence)
    event = drafted(plains, licence=licence)

    assert kinds(event) == [("licence", "block")]
    office.add_licence(coast, "Webinar 500", calls_at_once=2, by=None)
    assert kinds(event) == []


def test_the_lead_s_level_counts_before_the_network_s_and_that_before_the_usual(
    plains, theirs, maya
):
    event = drafted(plains, speakers=(maya,))
    assert kinds(event) == [("speaker", "block")]

    office.set_levels(None, {"speaker": "warn"}, by=None)
    assert kinds(event) == [("speaker", "warn")]
    office.set_levels(plains, {"speaker": "ignore"}, by=None)
    assert kinds(event) == []
    assert kinds(theirs) == [("speaker", "warn")]  # Coast leads it, and has said nothing


def test_holidays_and_days_off_warn_each_host_s_own(plains, coast):
    day = SessionPlan("2027-10-11T11:00", "2027-10-11T12:00")  # Columbus Day
    event = scheduling.draft(
        plains, replace(PLAN, sessions=(day,)), co_hosts=(coast,), by=None, at=NOON
    )
    at = datetime(2027, 10, 11).date()
    office.add_day_off(coast, "Conference", at, by=None)

    said = [one.sentence for one in conflicts.of_event(event, viewer=None, at=NOON)]

    assert said == [
        "Columbus Day (Mon, Oct 11): a federal holiday, though not one of the state for Plains.",
        "Conference (Mon, Oct 11): Coast is off.",
    ]
    office.add_day_off(plains, "We work", at, is_worked=True, by=None)
    assert len(conflicts.of_event(event, viewer=None, at=NOON)) == 1


def test_calendars_kept_elsewhere_count(plains):
    calendar = PartnerCalendar.objects.create(
        alliance=plains,
        name="Council",
        url="https://x.example/a.ics",
        asked_at=NOON,
        next_try_at=NOON,
    )
    entry = PartnerEntry(
        calendar=calendar,
        uid="one",
        changed_at=NOON,
        title="Council meeting",
        starts_at=datetime(2027, 1, 13, 18, tzinfo=UTC),
        ends_at=datetime(2027, 1, 13, 19, tzinfo=UTC),
    )
    entry.save()

    assert kinds(drafted(plains)) == [("partner_calendar", "warn")]


def test_the_same_topic_in_the_same_week_for_the_same_people_warns(plains, make_event):
    topic = Topic.objects.create(slug="curb", name="Curb data")
    other = make_event(lead=plains, starts="2027-01-15T09:00")
    other.topics.add(topic)

    event = drafted(plains, topics=(topic,))
    assert kinds(event) == [("audience", "warn")]
    event.topics.clear()
    assert kinds(event) == []


def test_a_draft_of_strangers_is_not_named(plains, coast, maya):
    secret = drafted(coast, title="Secret plan", speakers=(maya,))
    event = drafted(plains, speakers=(maya,))

    def sentences(viewer):
        return " ".join(one.sentence for one in conflicts.of_event(event, viewer=viewer, at=NOON))

    assert secret.title in sentences(None)
    assert secret.title in sentences(frozenset({coast.pk}))
    assert secret.title not in sentences(frozenset({plains.pk}))
    assert "not announced yet" in sentences(frozenset({plains.pk}))


def test_what_is_over_or_canceled_clashes_with_nothing(plains, theirs, maya):
    event = drafted(plains, speakers=(maya,))
    after = datetime(2027, 1, 13, 19, tzinfo=UTC)

    assert kinds(event, at=after) == []
    scheduling.cancel(theirs, reason="Ill", by=None, at=NOON)
    assert kinds(event) == []
    scheduling.cancel(event, reason="Ill", by=None, at=NOON)
    assert kinds(event) == []


def test_what_was_agreed_long_ago_is_not_refused(plains, theirs, maya):
    event = drafted(plains, speakers=(maya,))

    with conflicts.as_agreed():
        scheduling.publish(event, by=None, at=NOON)

    assert kinds(event) == [("speaker", "block")]


def test_the_number_of_queries_does_not_depend_on_dates_or_events(
    plains, coast, maya, make_event, theirs
):
    def cost(event: Event) -> int:
        with CaptureQueriesContext(connection) as done:
            conflicts.of_event(event, viewer=None, at=NOON)
        return len(done)

    first = datetime(2027, 1, 13, 11)
    dates = tuple(
        SessionPlan(f"{at:%Y-%m-%dT%H:%M}", f"{at + timedelta(hours=1):%Y-%m-%dT%H:%M}")
        for at in (first + timedelta(weeks=n) for n in range(40))
    )
    one = drafted(plains, speakers=(maya,))
    few = cost(one)
    for n in range(12):
        make_event(lead=coast, starts=f"2027-01-{13 + n}T11:00").speaking.create(speaker=maya)
    many = drafted(plains, speakers=(maya,), sessions=dates)

    assert cost(one) == few <= 20
    assert cost(many) == few
