"""Events over the API: the list with its filters, drafts, hosting, publishing."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from config.tests.conftest import in_days
from events.models import Event, EventHost
from programmes.models import OutboxEntry, Speaker, Topic

PLAN = {
    "title": "Curb data that cities can share",
    "time_zone": "America/Chicago",
    "capacity": 40,
    "sessions": [
        {
            "starts_local": in_days(50, "11:00"),
            "ends_local": in_days(50, "12:30"),
            "breaks": [{"starts_local": in_days(50, "11:30"), "ends_local": in_days(50, "11:40")}],
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

    event = response.json()
    assert event["sessions"][0]["starts_local"] == in_days(30)  # public until they have agreed
    assert event["hosts"][1]["state"] == "invited"
    assert [change["field"] for change in event["proposal"]["changes"]] == ["time"]
    stranger = call("GET", "/events/joint-webinar").json()
    assert (stranger["hosts"][1]["state"], stranger["proposal"]) == ("accepted", None)
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


def test_declined_invitations_keep_no_one_from_publishing(call, drafted, world):
    EventHost.objects.filter(event__slug=drafted["slug"], role="co-host").update(state="declined")

    published = call("POST", f"/events/{drafted['slug']}/publication", key=world.keys["lead"])

    assert json.loads(published.content)["status"] == "published"
