"""Polls and seasons over the API: ask which time suits, place many events at once."""

import pytest

from config.tests.conftest import in_days
from events.models import Poll, Season
from programmes.domain import delivery
from programmes.models import OutboxEntry

ASKED = [{"name": "Ana Ruiz", "email": "ana@town.example"}]


def poll_of(world, **changes) -> dict:
    return {
        "alliance": world.lead.slug,
        "title": "Fiber workshop",
        "minutes": 60,
        "time_zone": "America/Denver",
        "starts_at": [in_days(30, "17:00") + ":00Z", in_days(31, "17:00") + ":00Z"],
        "asked": ASKED,
        **changes,
    }


@pytest.fixture
def poll(call, world) -> dict:
    sent = poll_of(world, ask_alliances=[world.co_host.slug])
    response = call("POST", "/polls", sent, key=world.keys["lead"])
    assert response.status_code == 201, response.content
    return response.json()


def test_a_poll_asks_and_says_what_was_answered(poll, world):
    assert poll["state"] == "open"
    assert poll["asked"] >= 2
    assert [time["yes"] for time in poll["times"]] == [[], []]
    assert OutboxEntry.objects.filter(kind="events/poll-asked").count() == poll["asked"]


def test_settling_on_a_time_closes_the_poll(call, poll, world):
    choice = {"starts_at": poll["times"][1]["starts_at"]}
    path = f"/polls/{poll['id']}/choice"

    chosen = call("POST", path, choice, key=world.keys["lead"]).json()
    again = call("POST", path, choice, key=world.keys["lead"]).json()

    assert (chosen["state"], chosen["chosen_at"]) == ("chosen", choice["starts_at"])
    assert again == chosen


def test_a_time_that_was_not_asked_about_is_422(call, poll, world):
    response = call(
        "POST",
        f"/polls/{poll['id']}/choice",
        {"starts_at": "2030-01-01T00:00:00Z"},
        key=world.keys["lead"],
    )

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"][-1] == "starts_at"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"asked": []}, "asked"),
        ({"starts_at": ["2027-02-01T17:00:00"]}, "starts_at"),
        ({"time_zone": "Moon"}, "time_zone"),
        ({"ask_alliances": ["nowhere"]}, "ask_alliances"),
        ({"minutes": 3}, "minutes"),
    ],
)
def test_a_poll_that_cannot_be_is_422_with_its_place(call, world, change, place):
    response = call("POST", "/polls", poll_of(world, **change), key=world.keys["lead"])

    assert response.status_code == 422
    assert place in response.json()["errors"][0]["loc"]
    assert not Poll.objects.exists()


def test_nobody_asks_in_another_alliance_s_name(call, world):
    response = call("POST", "/polls", poll_of(world), key=world.keys["co-host"])

    assert response.status_code == 403


def test_another_alliance_s_poll_is_404(call, poll, world):
    for method, path in (("GET", ""), ("POST", "/closure")):
        response = call(method, f"/polls/{poll['id']}{path}", key=world.keys["other"])
        assert response.status_code == 404


def season_of(world, *events, **changes) -> dict:
    return {
        "alliance": world.lead.slug,
        "title": "Spring",
        "time_zone": "America/Denver",
        "first_day": in_days(40, "")[:10],
        "last_day": in_days(100, "")[:10],
        "events": list(events),
        **changes,
    }


def event_of(world, **changes) -> dict:
    return {
        "title": "Curb data",
        "minutes": 60,
        "hosts": [world.lead.slug, world.co_host.slug],
        "first_day": in_days(41, "")[:10],
        "last_day": in_days(60, "")[:10],
        **changes,
    }


def test_a_season_is_placed_by_a_worker_and_becomes_drafts(call, world):
    key = world.keys["lead"]
    sent = season_of(world, event_of(world), event_of(world, title="Heat maps"))
    season = call("POST", "/seasons", sent, key=key).json()

    asked = call("POST", f"/seasons/{season['id']}/plan", key=key)
    delivery.drain(seconds=30, linger=0)
    placed = call("GET", f"/seasons/{season['id']}", key=key).json()
    accepted = call("POST", f"/seasons/{season['id']}/acceptance", key=key).json()

    assert (asked.status_code, asked.json()["state"]) == (202, "solving")
    assert placed["state"] == "placed"
    assert all(event["starts_at"] and event["reasons"] for event in placed["events"])
    for event in accepted["events"]:
        draft = call("GET", f"/events/{event['event']}", key=key).json()
        assert (draft["starts_at"], draft["status"]) == (event["starts_at"], "proposed")


def test_what_cannot_be_placed_is_422_with_its_row_and_nothing_is_kept(call, world):
    sent = season_of(world, event_of(world), event_of(world, hosts=["nowhere"]))

    response = call("POST", "/seasons", sent, key=world.keys["lead"])

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"][-3:] == ["events", 1, "hosts"]
    assert not Season.objects.exists()


def test_pinning_what_has_no_time_is_409(call, world):
    key = world.keys["lead"]
    season = call("POST", "/seasons", season_of(world, event_of(world)), key=key).json()
    path = f"/seasons/{season['id']}/events/{season['events'][0]['id']}/pin"

    response = call("PUT", path, {"pinned": True}, key=key)

    assert (response.status_code, response.json()["code"]) == (409, "nothing-placed")


def test_another_alliance_s_season_is_404(call, world):
    key = world.keys["lead"]
    season = call("POST", "/seasons", season_of(world), key=key).json()

    for method, path in (("GET", ""), ("POST", "/plan"), ("POST", "/acceptance")):
        response = call(method, f"/seasons/{season['id']}{path}", key=world.keys["co-host"])
        assert response.status_code == 404
