"""What search engines read of an event's page."""

import json
from datetime import UTC, datetime

import pytest
from lxml import html

from events.domain import calendars
from events.models import Event, EventSpeaker
from programmes.models import Programme, Speaker

pytestmark = pytest.mark.django_db
THEN = datetime(2027, 1, 6, 18, tzinfo=UTC)


def facts(client, event, status=200):
    answer = client.get(f"/events/{event.slug}/")
    assert answer.status_code == status
    found = html.fromstring(answer.content).xpath("//script[@type='application/ld+json']")
    return json.loads(found[0].text) if found else None


def change(event, **fields):
    Event.objects.filter(pk=event.pk).update(**fields, version=event.version + 1)
    calendars.touch(event, at=THEN)


def test_a_page_says_what_when_where_and_by_whom(client, make_event, make_alliance):
    event = make_event(
        title="Pipes & “wires”", lead=make_alliance("Plains"), co_hosts=(make_alliance("Coast"),)
    )
    EventSpeaker.objects.create(event=event, speaker=Speaker.objects.create(slug="a", name="Ana"))

    found = facts(client, event)

    assert found["@type"] == "Event"
    assert found["name"] == "Pipes & “wires”"
    assert found["startDate"] == "2027-01-13T11:00:00-07:00"
    assert found["endDate"] == "2027-01-13T12:30:00-07:00"
    assert found["eventStatus"] == "https://schema.org/EventScheduled"
    assert found["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert found["location"] == {"@type": "VirtualLocation", "url": found["url"]}
    assert [one["name"] for one in found["organizer"]] == ["Plains", "Coast"]
    assert [one["name"] for one in found["performer"]] == ["Ana"]
    assert "previousStartDate" not in found and "subEvent" not in found


@pytest.mark.parametrize(
    ("form", "mode", "kinds"),
    [
        ("in_person", "OfflineEventAttendanceMode", "Place"),
        ("hybrid", "MixedEventAttendanceMode", ["Place", "VirtualLocation"]),
    ],
)
def test_a_place_is_said_as_one(client, make_event, form, mode, kinds):
    found = facts(client, make_event(format=form, venue="City Hall"))

    assert found["eventAttendanceMode"].endswith(mode)
    location = found["location"]
    said = [one["@type"] for one in location] if isinstance(location, list) else location["@type"]
    assert said == kinds


def test_what_was_moved_or_canceled_says_so(client, make_event):
    event = make_event()
    change(event, moved_from=THEN, moved_at=THEN)
    moved = facts(client, event)
    assert moved["eventStatus"].endswith("EventRescheduled")
    assert moved["previousStartDate"] == "2027-01-06T11:00:00-07:00"

    change(event, status="cancelled", cancelled_at=THEN, cancel_reason="Snow")
    assert facts(client, event)["eventStatus"].endswith("EventCancelled")


def test_sessions_and_the_program_it_belongs_to(client, make_event):
    event = make_event(sessions=(("2027-01-13T09:00", 60), ("2027-01-14T09:00", 60)))
    event.sessions.filter(starts_local__startswith="2027-01-14").update(is_cancelled=True)
    track = Programme.objects.create(slug="track", name="Track", kind="series", lead=event.lead)
    change(event, programme=track)

    found = facts(client, event)

    states = [part["eventStatus"].rsplit("/")[-1] for part in found["subEvent"]]
    assert states == ["EventScheduled", "EventCancelled"]
    assert found["superEvent"]["name"] == "Track"


def test_no_title_ends_the_block_and_no_way_in_is_told(client, make_event):
    title = "</script><script>alert(1)</script>"
    event = make_event(title=title, join_url="https://meet.example/secret-room")

    found = facts(client, event)

    assert found["name"] == title
    assert "secret-room" not in json.dumps(found)


def test_what_is_in_no_list_is_not_told(client, make_event):
    assert facts(client, make_event(visibility="unlisted")) is None
