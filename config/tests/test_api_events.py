"""Events over the API: the list with its filters, drafts, hosting, publishing."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.tests.conftest import in_days
from events.models import Event, EventHost, EventSpeaker, SessionBreak
from programmes.models import OutboxEntry, Programme, Speaker, Topic

PLAN = {
    "title": "Curb data that cities can share",
    "time_zone": "America/Chicago",
    "capacity": 40,
    "sessions": [
        {
            "starts_local": in_days(50, "11:00"),
            "ends_local": in_days(50, "12:30"),
            "breaks": [
                {"starts_local": in_days(50, "11:30"), "ends_local": in_days(50, "11:40")}
            ],
        }
    ],
    "credits": [{"scheme": "contact_hour", "amount": "1.25"}],
}


def utc(wall: str, zone: str) -> str:
    at = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    return f"{at.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def drafted(call, world):
    """A joint draft made over the API: the lead's plan, the co-host asked."""
    Topic.objects.create(slug="curb", name="Curb management")
    Speaker.objects.create(slug="maya-redfern", name="Maya Redfern")
    plan = PLAN | {"topics": ["curb"], "speakers": ["maya-redfern"], "hosts": [world.co_host.slug]}
    response = call("POST", "/events", plan, key=world.keys["lead"])
    assert response.status_code == 201, response.content
    return response.json()


def slugs(response) -> list[str]:
    return [event["slug"] for event in response.json()["items"]]


def test_a_draft_is_answered_as_it_was_planned(drafted, world):
    session = drafted["sessions"][0]

    assert drafted["status"] == "proposed"
    assert drafted["lead"] == world.lead.slug
    assert drafted["hosts"] == [
        {"alliance": world.lead.slug, "role": "lead", "state": "accepted"},
        {"alliance": world.co_host.slug, "role": "co-host", "state": "invited"},
    ]
    assert drafted["topics"] == ["curb"]
    assert drafted["speakers"] == ["maya-redfern"]
    assert drafted["credits"] == [{"scheme": "contact_hour", "amount": "1.25"}]
    assert (drafted["capacity"], drafted["seats_free"], drafted["waitlist"]) == (40, 40, True)
    assert session["starts_local"] == in_days(50, "11:00")
    assert session["starts_at"] == utc(in_days(50, "11:00"), "America/Chicago")
    assert session["breaks"] == PLAN["sessions"][0]["breaks"]
    assert (drafted["starts_at"], drafted["ends_at"]) == (session["starts_at"], session["ends_at"])
    assert session["uid"].endswith("@lyceum.smartcoalitions.example")
    assert drafted["registration"] == {"state": "not-open", "closes_at": session["starts_at"]}
    assert drafted["url"] == f"http://localhost:8000/events/{drafted['slug']}/"
    assert drafted["feed_url"] == f"http://localhost:8000/feeds/events/{drafted['slug']}.ics"


def test_publishing_waits_for_the_co_host_and_names_it(call, drafted, world):
    refused = call("POST", f"/events/{drafted['slug']}/publication", key=world.keys["lead"])

    assert (refused.status_code, refused.json()["code"]) == (409, "approval-missing")
    assert refused.json()["waiting"] == ["South"]


def test_the_whole_way_from_draft_to_open_registration(call, drafted, world):
    slug, at = drafted["slug"], f"/events/{drafted['slug']}"
    hidden = call("GET", at)

    accepted = call(
        "PUT",
        f"{at}/hosts/{world.co_host.slug}",
        {"decision": "accept", "note": "Gladly"},
        key=world.keys["co-host"],
    )
    published = call("POST", f"{at}/publication", key=world.keys["lead"])

    assert hidden.status_code == 404
    assert accepted.json()["hosts"][1]["state"] == "accepted"
    assert published.json()["status"] == "published"
    shown = call("GET", at).json()
    assert shown["registration"]["state"] == "open"
    assert slug in slugs(call("GET", "/events"))
    assert call("POST", f"{at}/publication", key=world.keys["lead"]).status_code == 200


@pytest.mark.parametrize(
    ("decision", "state"), [("decline", "declined"), ("withdraw", "withdrawn")]
)
def test_a_co_host_that_says_no_is_answered_so(decision, state, call, drafted, world):
    path = f"/events/{drafted['slug']}/hosts/{world.co_host.slug}"

    response = call("PUT", path, {"decision": decision}, key=world.keys["co-host"])

    assert response.json()["hosts"][1]["state"] == state


def test_refusals_of_hosting_have_their_codes(call, drafted, world):
    at, keys = f"/events/{drafted['slug']}/hosts", world.keys

    stays = call("PUT", f"{at}/{world.lead.slug}", {"decision": "withdraw"}, key=keys["lead"])
    no_host = call("PUT", f"{at}/{world.other.slug}", {"decision": "accept"}, key=keys["operator"])
    word = call("PUT", f"{at}/{world.co_host.slug}", {"decision": "maybe"}, key=keys["co-host"])

    assert (stays.status_code, stays.json()["code"]) == (409, "lead-stays")
    assert (no_host.status_code, no_host.json()["code"]) == (404, "not-a-host")
    assert (word.status_code, word.json()["errors"][0]["loc"]) == (422, ["decision"])


def test_a_new_time_asks_the_co_hosts_again(call, world):
    moved = [{"starts_local": in_days(31), "ends_local": in_days(31, "12:30")}]

    response = call("PATCH", "/events/joint-webinar", {"sessions": moved}, key=world.keys["lead"])

    assert response.json()["sessions"][0]["starts_local"] == in_days(31)
    assert response.json()["hosts"][1]["state"] == "invited"
    assert OutboxEntry.objects.filter(kind="events/co-host-invited").count() == 1


def test_a_patch_changes_only_what_is_sent(call, world):
    before = call("GET", "/events/joint-webinar").json()

    after = call(
        "PATCH", "/events/joint-webinar", {"summary": "In short"}, key=world.keys["lead"]
    ).json()

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"summary", "version", "changed_at"}
    assert before["hosts"] == after["hosts"]


def test_an_event_may_be_sent_back_with_its_sessions_as_they_were_answered(call, world):
    event = call("GET", "/events/joint-webinar").json()
    sent = {name: event[name] for name in ("title", "sessions", "hosts", "topics", "credits")}

    after = call("PATCH", "/events/joint-webinar", sent, key=world.keys["lead"]).json()

    assert after == event


def test_a_stale_edit_is_refused(call, world):
    change, key = {"title": "New", "version": 1}, world.keys["lead"]
    call("PATCH", "/events/joint-webinar", change, key=key)

    refused = call("PATCH", "/events/joint-webinar", change | {"title": "Newer"}, key=key)

    assert (refused.status_code, refused.json()["code"]) == (409, "stale-edit")


def test_further_co_hosts_are_asked_with_a_patch(call, world):
    change = {"hosts": [world.other.slug]}

    after = call("PATCH", "/events/joint-webinar", change, key=world.keys["lead"]).json()

    assert [host["alliance"] for host in after["hosts"]] == [
        world.lead.slug,
        world.co_host.slug,
        world.other.slug,
    ]


def test_who_organises_for_one_alliance_need_not_name_it(call, world):
    assert call("POST", "/events", PLAN, key=world.keys["lead"]).json()["lead"] == world.lead.slug
    unnamed = call("POST", "/events", PLAN, key=world.keys["operator"])
    assert unnamed.json()["errors"][0]["loc"] == ["lead"]


@pytest.mark.parametrize(
    ("change", "code", "loc"),
    [
        ({"time_zone": "America/Atlantis"}, "unknown-zone", ["time_zone"]),
        ({"topics": ["curb", "no-such"]}, "invalid", ["topics", 0]),
        ({"programme": "no-such"}, "invalid", ["programme"]),
        ({"hosts": ["no-such"]}, "invalid", ["hosts", 0]),
        ({"lead": "no-such"}, "invalid", ["lead"]),
        ({"capacity": 0}, "invalid", ["capacity"]),
        ({"capacity": "many"}, "invalid", ["capacity"]),
        ({"format": "by_letter"}, "invalid", ["format"]),
        ({"title": " "}, "invalid", ["title"]),
        ({"titel": "Slip"}, "invalid", ["titel"]),
        ({"sessions": []}, "invalid", ["sessions"]),
        (
            {"sessions": [{"starts_local": in_days(50), "ends_local": in_days(50, "10:00")}]},
            "ends-before-start",
            ["sessions", 0, "ends_local"],
        ),
        ({"sessions": [{"ends_local": "x"}]}, "invalid", ["sessions", 0, "starts_local"]),
        (
            {"sessions": [{"starts_local": "2027-03-14T02:30", "ends_local": "2027-03-14T04:00"}]},
            "no-such-time",
            ["sessions", 0, "starts_local"],
        ),
        (
            {"sessions": [{"starts_local": "2027-11-07T01:30", "ends_local": "2027-11-07T04:00"}]},
            "time-happens-twice",
            ["sessions", 0, "starts_local"],
        ),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_its_place(change, code, loc, call, world):
    before = Event.objects.count()

    refused = call("POST", "/events", PLAN | change, key=world.keys["lead"])

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert loc in [error["loc"] for error in refused.json()["errors"]]
    assert all(error["msg"].endswith((".", "?")) for error in refused.json()["errors"])
    assert Event.objects.count() == before


def test_which_of_two_wall_times_is_meant_can_be_said(call, world):
    session = {
        "starts_local": "2027-11-07T01:30",
        "ends_local": "2027-11-07T04:00",
        "starts_fold": 1,
    }

    made = call("POST", "/events", PLAN | {"sessions": [session]}, key=world.keys["lead"])

    assert made.json()["starts_at"] == "2027-11-07T07:30:00Z"


def test_cancelling_needs_a_reason_and_keeps_it(call, world):
    at, key = "/events/joint-webinar/cancellation", world.keys["lead"]

    blank = call("POST", at, {"reason": " "}, key=key)
    done = call("POST", at, {"reason": "The hall is flooded."}, key=key)

    assert (blank.status_code, blank.json()["code"]) == (422, "reason-missing")
    assert (done.json()["status"], done.json()["cancel_reason"]) == (
        "cancelled",
        "The hall is flooded.",
    )
    assert call("GET", "/events/joint-webinar").json()["registration"]["state"] == "closed"


def test_a_copy_is_a_draft_under_another_address(call, world):
    copy = call("POST", "/events/joint-webinar/duplicate", key=world.keys["lead"]).json()

    assert copy["status"] == "draft"
    assert copy["slug"] != "joint-webinar"
    assert copy["title"] == world.event.title


# --- the list ------------------------------------------------------------------------------------


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


def test_declined_invitations_keep_no_one_from_publishing(call, drafted, world):
    EventHost.objects.filter(event__slug=drafted["slug"], role="co-host").update(state="declined")

    published = call("POST", f"/events/{drafted['slug']}/publication", key=world.keys["lead"])

    assert json.loads(published.content)["status"] == "published"
