"""Pages of alliances and programs."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programmes.models import Alliance, Organisation, Programme

pytestmark = pytest.mark.django_db
AHEAD = "2035-01-10T11:00"


@pytest.fixture
def plains(make_alliance) -> Alliance:
    return make_alliance("Plains", states=["KS"], description="Grass and fiber.")


@pytest.fixture
def track(plains) -> Programme:
    programme = Programme.objects.create(
        slug="track",
        name="The Track",
        kind="certificate_track",
        lead=plains,
        completion={"all_of": [{"rule": "required_events", "events": ["needed"]}]},
        award={"title": "Tracked"},
    )
    programme.hosts.add(plains)
    return programme


def text(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_alliance_s_page_has_its_next_events_members_and_programs(
    client, plains, track, make_event, make_alliance
):
    make_event(lead=plains, title="Led here", starts=AHEAD)
    make_event(lead=make_alliance(), co_hosts=(plains,), title="Joined here", starts=AHEAD)
    make_event(title="Elsewhere", starts=AHEAD)
    make_event(lead=plains, title="Long over", starts="2020-01-10T11:00")
    make_event(lead=plains, title="Only a draft", starts=AHEAD, published=False)
    city = Organisation.objects.create(slug="c", name="City of C", kind="local_government")
    city.alliances.add(plains)

    page = text(client, f"/alliances/{plains.slug}/")

    assert "Led here" in page
    assert "Joined here" in page
    assert "The Track" in page
    assert "City of C" in page
    assert "Grass and fiber." in page
    for hidden in ("Elsewhere", "Long over", "Only a draft"):
        assert hidden not in page


def test_the_alliances_are_listed_with_how_much_is_ahead(client, plains, make_event):
    make_event(lead=plains, starts=AHEAD)

    page = text(client, "/alliances/")

    assert f'href="/alliances/{plains.slug}/"' in page
    assert "1 event ahead" in page


def test_a_change_shows_at_once(client, plains):
    assert "Grass and fiber." in text(client, f"/alliances/{plains.slug}/")

    plains.description = "Grass, fiber and wind."
    plains.save()

    assert "Grass, fiber and wind." in text(client, f"/alliances/{plains.slug}/")


def test_a_program_shows_what_is_ahead_what_is_over_and_what_is_required(
    client, plains, track, make_event
):
    make_event(lead=plains, title="Needed", slug="needed", starts=AHEAD, programme=track)
    make_event(lead=plains, title="Over", starts="2020-01-10T11:00", programme=track)
    make_event(lead=plains, title="Unlisted", starts=AHEAD, programme=track, visibility="unlisted")

    page = text(client, "/programs/track/")

    ahead, over = page.split('<h2 id="past">')
    assert ">Needed</a>" in ahead
    assert "Required" in ahead
    assert ">Over</a>" in over
    assert ">Unlisted</a>" not in page
    assert "<strong>Tracked</strong>" in page
    assert "/feeds/programs/track.ics" in page


def test_programs_are_listed_with_their_counts(client, plains, track, make_event):
    make_event(lead=plains, starts=AHEAD, programme=track)
    make_event(lead=plains, starts="2020-01-10T11:00", programme=track)

    page = text(client, "/programs/")

    assert "<b>2</b> events" in page
    assert "1 still ahead" in page


@pytest.mark.parametrize("path", ["/alliances/nowhere/", "/programs/nowhere/"])
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_an_alliance_that_left_is_not_found(client, make_alliance):
    left = make_alliance("Left", is_active=False)

    assert client.get(f"/alliances/{left.slug}/").status_code == 404


@pytest.mark.parametrize("path", ["/programs/", "/programs/track/", "/alliances/plains-1/"])
def test_more_events_cost_no_more_queries(client, plains, track, make_event, path):
    def cost() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as counted:
            text(client, path)
        return len(counted)

    make_event(lead=plains, starts=AHEAD, programme=track)
    first = cost()
    for _ in range(3):
        make_event(lead=plains, starts=AHEAD, programme=track)

    assert cost() == first
