"""Finding a time and clashes through the API."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOON
from events.domain import scheduling
from events.models import Session
from programmes.models import AllianceDayOff, Licence, Speaker, Topic

pytestmark = pytest.mark.django_db
SEVEN = {
    "Denver": "America/Denver",
    "Dallas": "America/Chicago",
    "Phoenix": "America/Phoenix",
    "Chicago": "America/Chicago",
    "Kansas": "America/Chicago",
    "Tucson": "America/Phoenix",
    "Jacksonville": "America/New_York",
}
LONG_AFTER = date(2097, 1, 14)
"""A Monday far enough ahead that the tests never overtake it; the rules of 2007 still hold."""


@pytest.fixture
def seven(make_alliance):
    return [
        make_alliance(name, zone=zone, slug=name.lower(), states=["AZ"])
        for name, zone in SEVEN.items()
    ]


@pytest.fixture
def asked(call, world, seven):
    """``asked(minutes=60)``: the answer to a question that is right but for what is said."""

    def ask(key: str = "lead", **changes):
        values = {
            "alliances": ",".join(one.slug for one in seven),
            "minutes": "60",
            "from": LONG_AFTER.isoformat(),
            "to": (LONG_AFTER + timedelta(days=4)).isoformat(),
            **{name.rstrip("_"): value for name, value in changes.items()},
        }
        query = "&".join(f"{name}={value}" for name, value in values.items() if value is not None)
        return call("GET", f"/schedule/suggestions?{query}", key=world.keys[key])

    return ask


def test_slots_come_best_first_with_every_clock_and_their_reasons(asked):
    found = asked(limit="500").json()

    scores = [slot["score"] for slot in found["items"]]
    assert scores == sorted(scores, reverse=True)
    assert found["count"] == len(scores) > 50
    best = found["items"][0]
    assert best["starts_at"] == "2097-01-14T16:00:00Z"
    assert best["local"] == {
        "America/Denver": "2097-01-14T09:00",
        "America/Phoenix": "2097-01-14T09:00",
        "America/Chicago": "2097-01-14T10:00",
        "America/New_York": "2097-01-14T11:00",
    }
    assert best["score"] == 100
    assert best["conflicts"] == []
    assert best["reasons"][0] == "Inside office hours for all seven alliances, and nobody's lunch."


def test_in_summer_arizona_stays_behind_and_one_hour_is_left(asked):
    found = asked(from_="2097-07-15", to="2097-07-15").json()

    free = [slot for slot in found["items"] if slot["score"] == 100]
    assert [slot["local"]["America/Phoenix"] for slot in free] == ["2097-07-15T13:00"]
    assert [slot["local"]["America/New_York"] for slot in free] == ["2097-07-15T16:00"]


def test_a_list_goes_page_by_page(asked):
    whole = asked(limit="20").json()["items"]

    assert asked(limit="5", offset="10").json()["items"] == whole[10:15]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"alliances": "nobody"}, "alliances"),
        ({"alliances": ""}, "alliances"),
        ({"alliances": None}, "alliances"),
        ({"minutes": "5"}, "minutes"),
        ({"minutes": "721"}, "minutes"),
        ({"minutes": "long"}, "minutes"),
        ({"from_": "soon"}, "from"),
        ({"from_": "2097-02-30"}, "from"),
        ({"from_": "0001-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"to": "2097-01-01"}, "to"),
        ({"to": "2097-12-31"}, "to"),
        ({"to": None}, "to"),
        ({"step": "7"}, "step"),
        ({"zone": "America/Gotham"}, "zone"),
        ({"topic": "nothing"}, "topic"),
        ({"speaker": "nobody"}, "speaker"),
        ({"event": "nothing"}, "event"),
        ({"earliest": "25:00"}, "earliest"),
        ({"latest": "noon"}, "latest"),
        ({"earliest": "16:30", "latest": "17:00"}, "latest"),
        ({"weekday": "someday"}, "weekday"),
        ({"alliances": ",".join(f"a{n}" for n in range(60))}, "alliances"),
        ({"venue": "\0"}, "venue"),
    ],
)
def test_wrong_input_is_refused_with_its_place_and_a_sentence(asked, changes, place):
    refused = asked(**changes)

    assert refused.status_code == 422
    errors = refused.json()["errors"]
    assert place in {error["loc"][0] for error in errors}
    assert all(error["msg"].endswith((".", "?")) for error in errors)


def test_all_faults_are_told_at_once(asked):
    refused = asked(alliances="nobody", from_="soon", topic="nothing")

    assert {error["loc"][0] for error in refused.json()["errors"]} == {"alliances", "from", "topic"}


def test_topics_of_the_week_speakers_and_days_off_count(asked, seven, make_event):
    topic = Topic.objects.create(slug="curb", name="Curb data")
    speaker = Speaker.objects.create(slug="maya", name="Maya Redfern")
    event = make_event(
        lead=seven[0], starts="2097-01-15T09:00", minutes=60, title="Curbs", slug="curbs"
    )
    event.topics.add(topic)
    event.speaking.create(speaker=speaker)
    AllianceDayOff.objects.create(
        alliance=seven[3], name="Founders' Day", first_day=LONG_AFTER, last_day=LONG_AFTER
    )

    found = asked(topic="curb", speaker="maya", limit="500").json()["items"]

    by_start = {slot["starts_at"]: slot for slot in found}
    same = by_start["2097-01-15T16:00:00Z"]
    assert {(one["kind"], one["level"], one["event"]) for one in same["conflicts"]} == {
        ("speaker", "block", "curbs"),
        ("host", "warn", "curbs"),
    }
    assert same["score"] == 0
    off = by_start["2097-01-14T16:00:00Z"]["conflicts"]
    assert [one["sentence"] for one in off if one["kind"] == "holiday"] == [
        "Founders' Day (Mon, Jan 14): Chicago is off."
    ]
    later = by_start["2097-01-17T16:00:00Z"]
    assert [(one["kind"], one["level"]) for one in later["conflicts"]] == [("audience", "warn")]
    assert "1 event for the same audience that week." in later["reasons"]


def test_an_event_that_looks_for_a_time_does_not_stand_in_its_own_way(asked, world):
    lead = world.lead
    event = scheduling.draft(
        lead,
        scheduling.EventPlan(
            title="Mine",
            time_zone="America/Denver",
            sessions=(scheduling.SessionPlan("2097-01-14T09:00", "2097-01-14T10:00"),),
        ),
        by=None,
        at=NOON,
    )

    mine = asked(alliances=lead.slug, event=event.slug).json()["items"]
    seen = asked(alliances=lead.slug).json()["items"]

    assert not any(slot["conflicts"] for slot in mine)
    assert any(slot["conflicts"] for slot in seen)


def test_a_draft_of_others_is_not_named(asked, world, make_event):
    make_event(
        lead=world.other,
        co_hosts=(world.co_host,),
        published=False,
        title="Secret plan",
        starts="2097-01-14T09:00",
    )

    strangers, hosts = (
        asked(alliances=world.co_host.slug, key=key, limit="500").content.decode()
        for key in ("lead", "co-host")
    )

    assert "Secret plan" in hosts
    assert "Secret plan" not in strangers
    assert "an event that is not announced yet" in strangers


def test_the_number_of_queries_does_not_depend_on_alliances_or_events(asked, seven, make_event):
    asked()

    def cost(**changes) -> int:
        with CaptureQueriesContext(connection) as done:
            assert asked(**changes).status_code == 200
        return len(done)

    few = cost(alliances=f"{seven[0].slug},{seven[1].slug}")
    for day in range(14, 19):
        for hour in (9, 11, 13, 15):
            make_event(
                lead=seven[hour % 4],
                co_hosts=(seven[4 + day % 3],),
                starts=f"2097-01-{day}T{hour:02}:00",
            )

    assert Session.objects.count() >= 20
    assert cost() == few <= 20
    assert cost(to="2097-03-31") == few


# -- conflicts of an event


def conflicts_of(call, world, slug, key="lead"):
    return call("GET", f"/schedule/conflicts?event={slug}", key=world.keys[key])


def test_conflicts_of_an_event_are_told_to_its_hosts(call, world, make_event):
    speaker = Speaker.objects.create(slug="maya", name="Maya Redfern")
    licence = Licence.objects.create(alliance=world.lead, name="Webinar 500")
    made = [
        make_event(
            lead=lead, starts="2097-01-14T09:00", title=title, slug=title.lower(), licence=licence
        )
        for lead, title in ((world.lead, "Mine"), (world.other, "Theirs"))
    ]
    for event in made:
        event.speaking.create(speaker=speaker)

    answer = conflicts_of(call, world, "mine")

    assert answer.json()["count"] == 2
    assert answer.json()["items"] == [
        {
            "kind": "speaker",
            "level": "block",
            "sentence": "Maya Redfern speaks at “Theirs” (Mon, Jan 14, 9 a.m. to 10:30 a.m. "
            "Mountain).",
            "event": "theirs",
        },
        {
            "kind": "licence",
            "level": "block",
            "sentence": "The license “Webinar 500” is in use by “Theirs” (Mon, Jan 14, 9 a.m. to "
            "10:30 a.m. Mountain).",
            "event": "theirs",
        },
    ]
    assert conflicts_of(call, world, "mine", key="other").status_code == 403


@pytest.mark.parametrize("slug", ["nothing", "x" * 121, "../etc"])
def test_conflicts_of_no_event_are_not_found_or_refused(call, world, slug):
    assert conflicts_of(call, world, slug).status_code in {404, 422}


def test_a_draft_that_would_clash_is_saved_and_not_published(call, world, make_event):
    speaker = Speaker.objects.create(slug="maya", name="Maya Redfern")
    make_event(lead=world.other, starts="2097-01-14T09:00").speaking.create(speaker=speaker)
    key = world.keys["lead"]
    plan = {
        "title": "Curb data",
        "time_zone": "America/Denver",
        "speakers": ["maya"],
        "sessions": [{"starts_local": "2097-01-14T10:00", "ends_local": "2097-01-14T11:00"}],
    }
    drafted = call("POST", "/events", plan, key=key)
    slug = drafted.json()["slug"]

    refused = call("POST", f"/events/{slug}/publication", key=key)

    assert drafted.status_code == 201
    assert conflicts_of(call, world, slug).json()["items"][0]["level"] == "block"
    assert (refused.status_code, refused.json()["code"]) == (409, "schedule-conflict")
    assert "Maya Redfern" in refused.json()["detail"]
    moved = {"sessions": [{"starts_local": "2097-01-14T10:30", "ends_local": "2097-01-14T11:30"}]}
    assert call("PATCH", f"/events/{slug}", moved, key=key).status_code == 200
    assert conflicts_of(call, world, slug).json()["items"] == []
    assert call("POST", f"/events/{slug}/publication", key=key).status_code == 200


def test_an_edit_into_a_clash_that_blocks_is_refused_and_others_are_not(call, world, make_event):
    speaker = Speaker.objects.create(slug="maya", name="Maya Redfern")
    make_event(lead=world.other, starts="2097-01-14T09:00").speaking.create(speaker=speaker)
    mine = make_event(lead=world.lead, starts="2097-01-15T09:00")
    mine.speaking.create(speaker=speaker)
    key = world.keys["lead"]
    into = {"sessions": [{"starts_local": "2097-01-14T09:30", "ends_local": "2097-01-14T10:00"}]}

    refused = call("PATCH", f"/events/{mine.slug}", into, key=key)

    assert (refused.status_code, refused.json()["code"]) == (409, "schedule-conflict")
    assert refused.json()["conflicts"]
    mine.refresh_from_db()
    assert f"{mine.starts_at:%Y-%m-%d}" == "2097-01-15"
    assert call("PATCH", f"/events/{mine.slug}", {"summary": "New"}, key=key).status_code == 200
