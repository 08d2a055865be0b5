"""The event list over the API: what it shows to whom, its filters, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.tests.conftest import in_days
from config.tests.test_api_events import PLAN, slugs
from events.models import Event, EventSpeaker, SessionBreak
from programmes.models import Programme, Speaker, Topic


def test_lists_hide_drafts_and_unlisted_events_from_strangers(call, world, make_draft, make_event):
    draft = make_draft()
    unlisted = make_event(visibility="unlisted", starts=in_days(20), slug="quiet")

    assert slugs(call("GET", "/events")) == ["joint-webinar"]
    assert slugs(call("GET", "/events", key=world.keys["other"])) == ["joint-webinar"]
    assert draft.slug in slugs(call("GET", "/events", key=world.keys["co-host"]))
    assert unlisted.slug in slugs(call("GET", "/events", key=world.keys["operator"]))
    assert call("GET", "/events/quiet").status_code == 200


def test_a_session_cookie_shows_nothing_more(call, client, world, make_draft):
    draft = make_draft()
    client.force_login(world.people["lead"])

    assert client.get(f"/api/v1/events/{draft.slug}").status_code == 404
    assert client.post("/api/v1/events", PLAN, content_type="application/json").status_code == 401
    assert call("GET", f"/events/{draft.slug}", key=world.keys["lead"]).status_code == 200


@pytest.fixture
def season(world, make_event):
    """Three events that differ in all that can be filtered by."""
    programme = Programme.objects.create(
        slug="broadband", name="Broadband", kind="series", lead=world.lead
    )
    topic = Topic.objects.create(slug="curb", name="Curb")
    near = make_event(
        slug="near", lead=world.other, starts=in_days(10), format="in_person", venue="Town hall"
    )
    far = make_event(
        slug="far", lead=world.other, starts=in_days(60), title="Zoning", programme=programme
    )
    far.topics.add(topic)
    off = make_event(slug="off", lead=world.other, starts=in_days(20))
    Event.objects.filter(pk=off.pk).update(status="cancelled", cancelled_at=timezone.now())
    world.event.delete()
    return near, off, far


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["near", "off", "far"]),
        ("alliance=&programme=&topic=&format=&status=&from=&to=&q=", ["near", "off", "far"]),
        ("alliance=OTHER", ["near", "off", "far"]),
        ("alliance=LEAD", []),
        ("programme=broadband", ["far"]),
        ("topic=curb", ["far"]),
        ("format=in_person", ["near"]),
        ("format=in_person&format=online", ["near", "off", "far"]),
        ("status=cancelled", ["off"]),
        ("q=zoning", ["far"]),
        ("q=town+hall", ["near"]),
        (f"from={in_days(20)[:10]}", ["off", "far"]),
        (f"to={in_days(20)[:10]}", ["near", "off"]),
        (f"from={in_days(20)[:10]}&to={in_days(20)[:10]}", ["off"]),
        (f"from={in_days(15)[:10]}T00:00:00Z&to={in_days(25)[:10]}T00:00:00Z", ["off"]),
        ("limit=1", ["near"]),
        ("limit=1&offset=2", ["far"]),
    ],
)
def test_filters_of_the_list(query, expected, call, season, world):
    query = query.replace("OTHER", world.other.slug).replace("LEAD", world.lead.slug)

    response = call("GET", f"/events?{query}")

    assert slugs(response) == expected
    assert response.json()["count"] == (3 if "limit" in query else len(expected))


@pytest.mark.parametrize(
    ("query", "loc"),
    [
        ("alliance=no-such", ["alliance"]),
        ("programme=no-such", ["programme"]),
        ("topic=no-such", ["topic"]),
        ("format=by_letter", ["format", 0]),
        ("status=lost", ["status", 0]),
        ("from=tomorrow", ["from"]),
        ("to=2027-13-01", ["to"]),
        ("to=2027-01-01T10:00:00", ["to"]),
        ("limit=0", ["limit"]),
        ("limit=501", ["limit"]),
        ("limit=ten", ["limit"]),
        ("offset=-1", ["offset"]),
        ("q=%00", ["q"]),
    ],
)
def test_a_filter_that_means_nothing_is_refused(query, loc, call, world):
    refused = call("GET", f"/events?{query}")

    assert refused.status_code == 422
    assert [error["loc"] for error in refused.json()["errors"]] == [loc]


def test_a_day_is_one_on_the_events_own_clock(call, make_event):
    """An evening class in Denver lies on the next day in UTC."""
    make_event(slug="evening", time_zone="America/Denver", starts="2099-03-30T18:30")

    assert slugs(call("GET", "/events?from=2099-03-31")) == []
    assert slugs(call("GET", "/events?from=2099-03-30&to=2099-03-30")) == ["evening"]


def test_three_events_cost_no_more_queries_than_one(call, world, make_event):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert call("GET", "/events?limit=100").status_code == 200
        return len(seen)

    def fill(event: Event) -> None:
        topic, _ = Topic.objects.get_or_create(slug="curb", name="Curb")
        speaker, _ = Speaker.objects.get_or_create(slug="maya", name="Maya")
        event.topics.add(topic)
        EventSpeaker.objects.create(event=event, speaker=speaker)
        event.credits.create(scheme="ceu", amount="0.1")
        session = event.sessions.get()
        SessionBreak.objects.create(
            session=session,
            starts_local=session.starts_local,
            ends_local=session.ends_local,
            starts_at=session.starts_at,
            ends_at=session.starts_at + timedelta(minutes=5),
        )

    fill(world.event)
    one = queries()
    for number in range(2):
        fill(make_event(lead=world.lead, co_hosts=(world.other,), starts=in_days(12 + number)))

    assert queries() == one
    assert one <= 10


def test_unlimited_seats_are_null(call, world):
    event = call("GET", "/events/joint-webinar").json()

    assert (event["capacity"], event["seats_free"]) == (None, None)


def test_the_address_of_the_call_is_never_answered(call, world):
    Event.objects.update(join_url="https://meet.example/secret")

    for who in world.keys.values():
        assert "secret" not in call("GET", "/events/joint-webinar", key=who).content.decode()


def test_head_asks_for_the_length_alone(call, client, world):
    whole = call("GET", "/events/joint-webinar")

    head = client.head("/api/v1/events/joint-webinar")

    assert (head.status_code, head.content) == (200, b"")
    assert int(head["Content-Length"]) == len(whole.content)
