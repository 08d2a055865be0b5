"""Calendars kept elsewhere through the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import PartnerCalendar, PartnerEntry

pytestmark = pytest.mark.django_db
NEW = {"url": "webcal://there.example/secret.ics", "name": "Ours", "purpose": "listed"}


@pytest.fixture
def registered(call, world):
    """What registering a calendar answers."""
    body = NEW | {"alliance": world.lead.slug}
    response = call("POST", "/partner-calendars", body, key=world.keys["lead"])
    assert response.status_code == 201, response.content
    return response.json()


def test_a_calendar_is_registered_looked_at_changed_and_removed(call, world, registered):
    key = world.keys["lead"]
    path = f"/partner-calendars/{registered['id']}"
    assert registered["url"] == "https://there.example/secret.ics"
    assert (registered["host"], registered["is_being_read"]) == ("there.example", True)
    assert (registered["read_at"], registered["entry_count"], registered["error"]) == (None, 0, "")
    assert call("GET", path, key=key).json() == registered
    assert call("GET", "/partner-calendars", key=key).json()["items"] == [registered]

    changed = call("PATCH", path, {"state": "paused", "name": "New"}, key=key).json()
    assert (changed["state"], changed["name"], changed["purpose"]) == ("paused", "New", "listed")
    refused = call("POST", f"{path}/reading", key=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "calendar-paused")
    assert call("PATCH", path, {"state": "active"}, key=key).json()["is_being_read"]

    gone = call("DELETE", path, key=key)
    assert (gone.status_code, gone.content) == (204, b"")
    assert call("GET", path, key=key).status_code == 404


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"url": "http://there.example/"}, ["url"]),
        ({"url": "https://there.example:22/"}, ["url"]),
        ({"name": ""}, ["name"]),
        ({"purpose": "all"}, ["purpose"]),
        ({"alliance": "nobody"}, ["alliance"]),
    ],
)
def test_wrong_input_is_said_at_its_place(call, world, changes, place):
    body = NEW | {"alliance": world.lead.slug} | changes
    response = call("POST", "/partner-calendars", body, key=world.keys["lead"])
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == place
    assert not PartnerCalendar.objects.exists()


def test_the_same_address_again_is_a_conflict(call, world, registered):
    body = NEW | {"alliance": world.lead.slug}
    response = call("POST", "/partner-calendars", body, key=world.keys["lead"])
    assert (response.status_code, response.json()["code"]) == (409, "calendar-already-there")


def test_listed_entries_are_for_everybody_and_private_ones_for_nobody(call, world, registered):
    at = timezone.now().replace(microsecond=0) + timedelta(days=2)
    for title in ("Picnic", ""):
        PartnerEntry.objects.create(
            calendar_id=registered["id"],
            uid=f"{title}@there",
            title=title,
            starts_at=at,
            ends_at=at + timedelta(hours=1),
            time_zone="America/Denver",
            url="https://there.example/",
            digest="x",
            changed_at=at,
        )
    public = call("GET", "/partner-entries").json()
    assert [item["title"] for item in public["items"]] == ["Picnic"]
    assert public["items"][0]["calendar"] == "Ours"
    assert "secret" not in str(public)

    path = f"/partner-calendars/{registered['id']}/entries"
    assert call("GET", path, key=world.keys["lead"]).json()["count"] == 2

    def count(query):
        return call("GET", f"/partner-entries?{query}").json()["count"]

    assert count(f"alliance={world.lead.slug}") == 1
    assert count(f"alliance={world.co_host.slug}") == 0
    assert count(f"to={at:%Y-%m-%dT%H:%M:%SZ}") == 0
    assert count(f"from={at + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}") == 0
    for query in ("alliance=nobody", "from=yesterday", "to=2027-01-13T18:00", "from=9999-99-99"):
        assert call("GET", f"/partner-entries?{query}").status_code == 422
