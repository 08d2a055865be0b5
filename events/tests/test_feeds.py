"""Feeds say what is true, say nothing twice, and answer “nothing new” for next to nothing."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
import vobject
from django.core.cache import cache
from django.test import Client
from icalendar import Calendar

from conftest import NOON
from events.domain import calendars, feeds
from events.models import Event, FeedState, Session
from kit.shelf import Shelf
from programmes.models import Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(client):
    """Fetch a feed; the clock is the real one, so events lie in the future of today."""

    def fetch(path="/feeds/all.ics", **headers):
        return client.get(path, headers=headers)

    return fetch


@pytest.fixture
def make_coming(make_event):
    """An event some weeks from today."""

    def make(days=30, **fields):
        day = datetime.now(UTC) + timedelta(days=days)
        return make_event(starts=f"{day:%Y-%m-%d}T11:00", **fields)

    return make


def uids(response):
    calendar = Calendar.from_ical(response.content)
    return sorted(str(event["UID"]) for event in calendar.walk("VEVENT"))


def uid_of(event):
    return f"{event.sessions.get().public_id}@lyceum.smartcoalitions.example"


def change(event, **fields):
    Event.objects.filter(pk=event.pk).update(**fields)
    calendars.touch(event, at=NOON)


def test_a_joint_event_has_one_uid_in_every_feed_that_carries_it(get, make_coming, make_alliance):
    lead, partner = make_alliance("Plains"), make_alliance("Coast")
    joint = make_coming(lead=lead, co_hosts=(partner,))
    other = make_coming()

    everything = get()
    assert uids(everything) == sorted([uid_of(joint), uid_of(other)])
    for path in (
        f"/feeds/alliances/{lead.slug}.ics",
        f"/feeds/alliances/{partner.slug}.ics",
        f"/feeds/events/{joint.slug}.ics",
    ):
        assert uids(get(path)) == [uid_of(joint)]


def test_a_feed_reads_the_same_in_another_library(get, make_coming):
    event = make_coming(title="Curbs; kerbs, and “edges”\\new")

    parsed = vobject.readOne(get().content.decode())

    assert parsed.vevent.summary.value == "Curbs; kerbs, and “edges”\\new"
    assert parsed.vevent.dtstart.value.astimezone(UTC) == event.starts_at


def test_what_is_not_announced_or_not_listed_is_in_no_list(get, make_coming):
    make_coming(published=False)
    unlisted = make_coming(visibility=Event.Visibility.UNLISTED)

    assert uids(get()) == []
    assert uids(get(f"/feeds/events/{unlisted.slug}.ics")) == [uid_of(unlisted)]


def test_an_empty_feed_still_is_a_calendar(get):
    response = get()

    assert response.status_code == 200
    assert len(Calendar.from_ical(response.content).walk("VTIMEZONE")) == 1


def test_nothing_new_is_answered_304_without_a_body(get, make_coming):
    make_coming()
    first = get()

    by_tag = get(**{"If-None-Match": first["ETag"]})
    by_date = get(**{"If-Modified-Since": first["Last-Modified"]})
    weak = get(**{"If-None-Match": f'"x", W/{first["ETag"]}'})

    for answer in (by_tag, by_date, weak):
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer["ETag"] == first["ETag"]
        assert answer["Cache-Control"] == "public, max-age=300"


def test_the_tag_beats_the_date(get, make_coming):
    make_coming()
    first = get()

    answer = get(**{"If-None-Match": '"other"', "If-Modified-Since": first["Last-Modified"]})

    assert answer.status_code == 200


def test_an_unchanged_feed_costs_one_query(get, make_coming, django_assert_num_queries):
    make_coming()
    tag = get()["ETag"]

    with django_assert_num_queries(1):
        assert get(**{"If-None-Match": tag}).status_code == 304


def test_building_a_feed_costs_the_same_for_one_event_and_for_five(
    get, make_coming, django_assert_max_num_queries
):
    make_coming()
    with django_assert_max_num_queries(30) as one:
        get()
    for _ in range(5):
        make_coming()
    calendars.touch(Event.objects.first(), at=NOON)
    with django_assert_max_num_queries(30) as five:
        get()

    assert len(five) <= len(one)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Another name"},
        {"venue": "City Hall", "format": "in_person"},
        {"status": "cancelled", "cancelled_at": NOON},
        {"status": "draft"},
        {"visibility": "unlisted"},
    ],
)
def test_every_visible_change_gives_a_new_tag_and_a_later_date(get, make_coming, fields):
    event = make_coming()
    before = get()
    FeedState.objects.update(changed_at=datetime(2026, 1, 1, tzinfo=UTC))

    change(event, **fields)
    after = get()

    assert after["ETag"] != before["ETag"]
    assert get(**{"If-None-Match": before["ETag"]}).status_code == 200
    assert get(**{"If-Modified-Since": "Fri, 02 Jan 2026 00:00:00 GMT"}).status_code == 200


def test_two_changes_in_one_second_give_two_dates(get, make_coming):
    event = make_coming()
    get()
    change(event, title="One")
    first = get()["Last-Modified"]
    change(event, title="Two")

    assert get()["Last-Modified"] != first


def test_a_change_nobody_sees_leaves_stamp_and_bytes_alone(get, make_coming):
    event = make_coming()
    before = get()

    change(event, join_url="https://meet.example/abc", seats_taken=3)

    assert get().content == before.content
    assert get()["ETag"] == before["ETag"]


def test_an_edit_in_one_region_leaves_the_other_regions_tag(get, make_coming, make_alliance):
    here, there = make_alliance(), make_alliance()
    event = make_coming(lead=here)
    make_coming(lead=there)
    tag = get(f"/feeds/alliances/{there.slug}.ics")["ETag"]

    change(event, title="Changed")

    assert get(f"/feeds/alliances/{there.slug}.ics")["ETag"] == tag


def test_a_flushed_cache_changes_no_validator(get, make_coming):
    make_coming()
    before = get()

    cache.clear()

    after = get()
    assert (after["ETag"], after["Last-Modified"]) == (before["ETag"], before["Last-Modified"])


def test_a_canceled_event_stays_and_says_so_unless_hidden(get, make_coming):
    event = make_coming()
    change(event, status="cancelled", cancelled_at=NOON)

    (shown,) = Calendar.from_ical(get().content).walk("VEVENT")

    assert str(shown["STATUS"]) == "CANCELLED"
    assert str(shown["SUMMARY"]).startswith("Canceled: ")
    assert uids(get("/feeds/all.ics?cancelled=hide")) == []


def test_old_events_leave_the_feed_unless_asked_for(get, make_coming):
    recent, old = make_coming(days=-100), make_coming(days=-200)

    assert uids(get()) == [uid_of(recent)]
    assert uids(get("/feeds/all.ics?past=all")) == sorted([uid_of(recent), uid_of(old)])


def test_filters_of_one_kind_add_up_and_of_two_kinds_narrow(get, make_coming, make_alliance):
    a, b = make_alliance(), make_alliance()
    topic = Topic.objects.create(slug="water", name="Water")
    first, second = make_coming(lead=a), make_coming(lead=b)
    first.topics.add(topic)

    both = get(f"/feeds/all.ics?alliance={a.slug}&alliance={b.slug}")
    assert uids(both) == sorted([uid_of(first), uid_of(second)])
    assert uids(get(f"/feeds/all.ics?alliance={a.slug}&topic=water")) == [uid_of(first)]
    assert uids(get(f"/feeds/all.ics?alliance={b.slug}&topic=water")) == []


@pytest.mark.parametrize(
    "query",
    ["alliance=nowhere", "topic=nothing", "format=smoke", "month=2027-01", "past=some", "x=%00"],
)
def test_an_unknown_filter_is_refused_in_a_sentence(get, query):
    answer = get(f"/feeds/all.ics?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().strip().endswith(".")


def test_more_than_32_values_are_refused(get):
    query = "&".join(f"topic=t{number}" for number in range(33))

    assert get(f"/feeds/all.ics?{query}").status_code == 400


def test_the_order_of_filters_makes_no_other_feed():
    one = feeds.select("all", "", {"topic": ["b", "a"], "alliance": ["x"]})
    two = feeds.select("all", "", {"alliance": ["x"], "topic": ["a", "b", "a"]})

    assert one.key == two.key


@pytest.mark.parametrize(
    "path", ["/feeds/alliances/nowhere.ics", "/feeds/events/none.ics", "/feeds/odd/x.ics"]
)
def test_a_feed_of_nothing_known_is_404(get, path):
    assert get(path).status_code == 404


def test_the_packed_copy_is_the_same_with_a_tag_of_its_own(get, make_coming):
    make_coming()
    plain, packed = get(), get(**{"Accept-Encoding": "gzip"})

    assert gzip.decompress(packed.content) == plain.content
    assert packed["Content-Encoding"] == "gzip"
    assert packed["ETag"] != plain["ETag"]
    assert packed["Vary"] == "Accept-Encoding"
    assert get(**{"If-None-Match": packed["ETag"]}).status_code == 304


def test_head_is_get_without_the_body(client, make_coming):
    make_coming()
    whole, head = client.get("/feeds/all.ics"), client.head("/feeds/all.ics")

    assert head.content == b""
    for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type"):
        assert head[name] == whole[name]


def test_other_methods_are_refused_with_those_allowed(client):
    answer = client.post("/feeds/all.ics")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_a_feed_sets_no_cookie_and_varies_by_none(get, make_coming):
    make_coming()
    answer = get()

    assert answer.cookies == {}
    assert "Cookie" not in answer["Vary"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"


def test_no_person_and_no_join_link_is_in_a_feed(get, make_coming, make_registration):
    event = make_coming(join_url="https://meet.example/secret-room")
    registration = make_registration(event, name="Ana Ruiz")

    text = get().content.decode()

    for secret in ("secret-room", "Ana Ruiz", registration.email, "ATTENDEE", "ORGANIZER"):
        assert secret not in text


def test_a_registration_changes_no_byte(get, make_coming, make_registration):
    event = make_coming()
    before = get().content

    make_registration(event)

    assert get().content == before


def test_one_state_of_a_feed_is_kept(get, make_coming, monkeypatch):
    monkeypatch.setattr(feeds, "shelf", Shelf(1_000_000))
    event = make_coming()
    for number in range(4):
        change(event, title=f"Title {number}")
        get()
    last = get()

    assert feeds.shelf.get(f"plain:{last['ETag'].strip(chr(34))}") == last.content
    assert feeds.shelf.size < 2 * len(last.content)


def test_a_session_is_drawn_once_and_kept(get, make_coming):
    make_coming()
    get()
    Session.objects.update(title="never shown, for nobody said that it changed")
    cache.clear()

    assert b"never shown" not in get().content


def test_feeds_answer_any_host_without_redirect(make_coming):
    make_coming()

    assert Client().get("/feeds/all.ics", secure=False).status_code == 200
