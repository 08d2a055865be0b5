"""The lists anyone may read: alliances, members, topics, speakers, programmes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programmes.models import Organisation, Programme, Speaker, Topic


@pytest.fixture
def network(make_alliance):
    """Two alliances, one that left, and two rows of everything else."""
    north, south = make_alliance("North"), make_alliance("South")
    make_alliance("Gone", is_active=False)
    for number in (1, 2):
        city = Organisation.objects.create(
            slug=f"city-{number}", name=f"City {number}", name_key="", kind="local_government"
        )
        city.alliances.add(north, south)
        topic = Topic.objects.create(slug=f"topic-{number}", name=f"Topic {number}")
        Speaker.objects.create(
            slug=f"speaker-{number}",
            name=f"Speaker {number}",
            email="secret@city.example",
            organisation=city,
        )
        programme = Programme.objects.create(
            slug=f"path-{number}", name=f"Path {number}", kind="series", lead=north
        )
        programme.hosts.add(north, south)
        programme.topics.add(topic)
    return north, south


def test_alliances_in_the_order_they_joined(call, network):
    answer = call("GET", "/alliances").json()

    assert [alliance["name"] for alliance in answer["items"]] == ["North", "South"]
    assert answer["count"] == 2
    assert answer["items"][0]["feed_url"].endswith(f"/feeds/alliances/{network[0].slug}.ics")


def test_organisations_say_which_alliances_they_are_in(call, network):
    first = call("GET", "/organisations").json()["items"][0]

    assert (first["slug"], first["kind"]) == ("city-1", "local_government")
    assert first["alliances"] == [alliance.slug for alliance in network]


def test_speakers_are_named_but_their_addresses_are_not(call, network):
    response = call("GET", "/speakers")

    assert response.json()["items"][0] == {
        "slug": "speaker-1",
        "name": "Speaker 1",
        "title": "",
        "organisation": "city-1",
    }
    assert "secret" not in response.content.decode()


def test_a_programme_by_its_slug(call, network):
    programme = call("GET", "/programmes/path-1").json()

    assert programme == call("GET", "/programmes").json()["items"][0]
    assert (programme["lead"], programme["topics"]) == (network[0].slug, ["topic-1"])
    assert programme["url"].endswith("/programs/path-1/")


def test_lists_come_by_page(call, network):
    second = call("GET", "/topics?limit=1&offset=1").json()

    assert ([topic["slug"] for topic in second["items"]], second["count"]) == (["topic-2"], 2)
    assert call("GET", "/topics?offset=5").json() == {"items": [], "count": 2}


@pytest.mark.parametrize("path", ["/organisations", "/programmes", "/speakers", "/topics"])
def test_two_rows_cost_no_more_queries_than_one(path, call, network):
    def queries(limit: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            call("GET", f"{path}?limit={limit}")
        return len(seen)

    assert queries(2) == queries(1)
