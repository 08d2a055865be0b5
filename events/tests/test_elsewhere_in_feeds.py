"""Entries of partners' own calendars outside of calendars: news, counts, lists on other sites."""

import json
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from events.domain import calendars, embedding, feeds, subscriptions
from events.models import PartnerCalendar, PartnerEntry

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def now() -> datetime:
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def theirs(plains, now):
    """``theirs("Board meeting", days=2)``: an entry of the Plains' own calendar."""
    calendar = PartnerCalendar.objects.create(
        alliance=plains, name="Ours", url="https://there.example/a.ics", purpose="listed",
        asked_at=now, next_try_at=now,
    )  # fmt: skip

    def make(title: str, days: int = 2, **fields) -> PartnerEntry:
        starts = now + timedelta(days=days)
        values = {
            "uid": f"{title}@there.example",
            "starts_at": starts,
            "ends_at": starts + timedelta(hours=1),
            "time_zone": "America/Chicago",
            "location": "Elm Street 1",
            "digest": "0" * 64,
            "changed_at": now,
        }
        made = PartnerEntry.objects.create(calendar=calendar, title=title, **{**values, **fields})
        calendars.raise_revision()
        return made

    return make


def page(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def items(path: str) -> dict[str, dict]:
    return {item["title"]: item for item in json.loads(page(path))["items"]}


def test_they_stand_in_the_json_feed_with_their_source(theirs, soon, plains):
    own = soon(days=3)
    board = theirs("Board & friends", url="https://there.example/board")
    theirs("Visit", status="CANCELLED")

    found = items("/feeds/all.json")

    assert set(found) == {own.title, "Board & friends", "Canceled: Visit"}
    item = found["Board & friends"]
    assert item["url"] == board.url
    assert item["authors"] == [{"name": plains.name}]
    assert "From Plains’s own calendar." in item["content_html"]
    assert "Board &amp;" not in item["title"]
    assert "date_published" not in item, "nobody told us when they announced it"
    assert item["_lyceum"]["is_elsewhere"] is True
    assert found["Canceled: Visit"]["url"].endswith(f"/alliances/{plains.slug}/")
    assert "Del calendario propio de Plains" in page("/feeds/all.json?lang=es")


def test_they_stand_in_the_atom_feed_of_their_alliance_and_in_no_topic_s(
    theirs, plains, coast, now
):
    day = now.date() + timedelta(days=5)
    theirs("Fair", days=5, starts_on=day, ends_on=day + timedelta(days=2))

    root = ElementTree.fromstring(page(f"/feeds/alliances/{plains.slug}.atom"))  # noqa: S314

    (entry,) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Fair"
    assert entry.find(f"{ATOM}published") is None
    assert entry.findtext(f"{ATOM}updated") == f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert " – " in entry.findtext(f"{ATOM}summary").splitlines()[0]
    assert items(f"/feeds/alliances/{coast.slug}.json") == {}
    assert items("/feeds/all.json?format=online") == {}
    assert "Fair" in items("/feeds/all.json?cancelled=hide")


def test_an_entry_keeps_its_id_when_it_moves(theirs):
    entry = theirs("Board")
    before = items("/feeds/all.json")["Board"]["id"]
    PartnerEntry.objects.filter(pk=entry.pk).update(location="Elsewhere")
    calendars.raise_revision()

    assert items("/feeds/all.json")["Board"]["id"] == before


def test_a_calendar_just_registered_does_not_push_out_what_is_ours(theirs, soon):
    own = soon(days=3)
    for number in range(103):
        theirs(f"Board {number:03}", days=number + 1)

    found = items("/feeds/all.json")

    assert own.title in found
    assert len(found) == 101
    assert "Board 099" in found
    assert "Board 100" not in found


def test_they_are_counted_and_may_be_the_next(theirs, soon, plains, coast, now):
    soon(days=3, lead=coast)
    board = theirs("Board", days=2)
    theirs("Visit", days=1, status="CANCELLED")

    def counted(query):
        return subscriptions.count_and_next(feeds.select("all", "", query), at=now)

    count, following = counted({})
    assert (count, following) == (2, ("Board", board.starts_at, "America/Chicago"))
    assert counted({"alliance": [coast.slug]})[0] == 1
    assert counted({"alliance": [plains.slug]})[0] == 1
    assert counted({"format": ["hybrid"]}) == (0, None)


def test_other_sites_show_them_marked_and_in_order(theirs, soon, plains, now):
    own = soon(days=3, lead=plains)
    theirs("Board", days=2, url="https://there.example/board")
    theirs("Visit", days=1, status="CANCELLED")
    day = now.date() + timedelta(days=5)
    theirs("Fair", days=5, starts_on=day, ends_on=day + timedelta(days=1))

    html = page("/embed/events/")

    assert html.index("Board") < html.index(own.title) < html.index("Fair")
    assert "Visit" not in html
    assert "On Plains’s own calendar · Elm Street 1" in html
    assert 'href="https://there.example/board"' in html
    assert f'href="http://localhost:8000/alliances/{plains.slug}/"' in html
    assert "All day" in html
    assert "2 more events" in page("/embed/events/?limit=1")
    wish = embedding.read({"format": ["online"]})
    assert embedding.elsewhere(wish, at=now) == []
