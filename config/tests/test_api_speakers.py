"""Speakers over the API: profiles, asking, what they said, materials."""

import pytest

from conftest import NOON
from events.domain import replies
from events.domain.speakers import materials, profiles
from events.domain.speakers.materials import Handed
from events.tests.speaking import queued, speaker, speaks

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara():
    return speaker(bio="Plans **fiber**.", zone="America/Denver")


@pytest.fixture
def led(make_event, make_organiser, make_key, mara):
    """An event to come at which Mara speaks, and a key of an organiser of its lead."""
    event = make_event(starts="2099-01-13T11:00")
    speaks(event, mara)
    return event, make_key(make_organiser(event.lead))


def test_the_public_reads_what_was_agreed_to(call, mara):
    body = call("GET", "/speakers/mara-lindqvist").json()
    assert (body["name"], body["bio"], body["email"], body["url"]) == (mara.name, "", None, None)
    profiles.edit(mara, {"is_shown": True}, by=None, at=NOON)
    body = call("GET", "/speakers/mara-lindqvist").json()
    assert body["bio"] == "Plans **fiber**."
    assert body["url"].endswith("/speakers/mara-lindqvist/")
    assert body["email"] is None


def test_organisers_read_and_change_the_rest(call, led):
    _, key = led
    path = "/speakers/mara-lindqvist"
    assert call("GET", path, key=key).json()["email"] == "mara@city.gov"
    body = call("PATCH", path, {"title": "Planner", "is_shown": True}, key=key).json()
    assert (body["title"], body["is_shown"], body["email"]) == ("Planner", True, "mara@city.gov")
    refused = call("PATCH", path, {"email": "no address"}, key=key)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"][-1] == "email"
    assert call("PATCH", path, {"title": "x"}).status_code == 401


def test_somebody_unknown_is_404(call):
    assert call("GET", "/speakers/nobody").status_code == 404


def test_asking_and_reading_the_answer(call, led, mara):
    event, key = led
    path = f"/events/{event.slug}/speakers"
    (before,) = call("GET", path, key=key).json()["items"]
    assert before["state"] == "not-asked"
    asked = call("POST", f"{path}/invitations", {}, key=key).json()
    assert asked["mailed"] == 1
    assert asked["items"][0]["state"] == "waiting"
    assert len(queued("invited")) == 1
    again = call("POST", f"{path}/invitations", {}, key=key)
    assert (again.status_code, again.json()["code"]) == (409, "nobody-to-ask")
    replies.record(
        event.sessions.get(), mara, "declined", replies.Said(comment="On leave"), at=NOON
    )
    (after,) = call("GET", path, key=key).json()["items"]
    assert (after["state"], after["comment"]) == ("declined", "On leave")


def test_an_unknown_speaker_is_named(call, led):
    event, key = led
    path = f"/events/{event.slug}/speakers/invitations"
    refused = call("POST", path, {"speakers": ["nobody"]}, key=key)
    assert refused.status_code == 422
    assert "nobody" in refused.json()["detail"]


def test_others_learn_nothing_of_answers(call, led, make_organiser, make_alliance, make_key):
    event, _ = led
    path = f"/events/{event.slug}/speakers"
    stranger = make_key(make_organiser(make_alliance()))
    assert call("GET", path, key=stranger).status_code == 403
    assert call("GET", path).status_code == 401
    assert call("POST", f"{path}/invitations", {}, key=stranger).status_code == 403


def test_materials_are_listed_once_published(call, led):
    event, key = led
    handed = Handed(kind="link", title="Reading list", url="https://slides.example/1")
    made = materials.add(event, handed, by=None, at=NOON)
    path = f"/events/{event.slug}/materials"
    assert call("GET", path).json() == {"items": [], "count": 0}
    assert call("GET", path, key=key).json()["items"][0]["state"] == "waiting"
    materials.publish(made, by=None, at=NOON)
    (item,) = call("GET", path).json()["items"]
    assert (item["title"], item["url"]) == ("Reading list", "https://slides.example/1")
