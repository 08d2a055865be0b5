"""The same choices for readers of news: Atom and JSON Feed."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.domain import calendars
from events.models import Event
from programmes.models import Topic

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def atom(path="/feeds/all.atom"):
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)  # noqa: S314  (our own)


def feed(path="/feeds/all.json"):
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/feed+json; charset=utf-8"
    return json.loads(answer.content)


def change(event, **fields):
    Event.objects.filter(pk=event.pk).update(**fields)
    calendars.touch(event, at=datetime.now(UTC))


def test_an_event_is_one_entry_with_what_a_reader_needs(make_event, make_alliance):
    event = make_event(
        title="Pipes & “wires” <new>",
        lead=make_alliance("Plains"),
        summary="Why & how.",
        description="**Bold** <script>alert(1)</script>",
        sessions=(("2027-01-13T09:00", 60), ("2027-01-20T09:00", 60)),
    )

    root = atom()

    (entry,) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{event.public_id}"
    assert entry.findtext(f"{ATOM}title") == "Pipes & “wires” <new>"
    assert entry.find(f"{ATOM}link").get("href").endswith(f"/events/{event.slug}/")
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Plains"
    summary = entry.findtext(f"{ATOM}summary")
    assert "Wednesday, January 13, 2027, 9 a.m. to 10 a.m. Mountain" in summary
    assert "Wednesday, January 20, 2027" in summary
    content = entry.findtext(f"{ATOM}content")
    assert "<strong>Bold</strong>" in content
    assert "<script>" not in content
    for name in ("id", "title", "updated"):
        assert root.findtext(f"{ATOM}{name}")
    assert root.find(f"{ATOM}link[@rel='self']").get("href").endswith("/feeds/all.atom")


def test_json_says_the_same_and_when_in_a_key_of_its_own(make_event, make_alliance):
    event = make_event(title="Pipes", lead=make_alliance("Plains"))
    event.topics.add(Topic.objects.create(slug="water", name="Water"))

    found = feed()

    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["feed_url"].endswith("/feeds/all.json")
    (item,) = found["items"]
    assert (item["title"], item["url"][-1], item["id"][:9]) == ("Pipes", "/", "urn:uuid:")
    assert item["tags"] == ["Online", "Plains", "Water"]
    own = item["_lyceum"]
    assert (own["starts_at"], own["time_zone"]) == ("2027-01-13T18:00:00Z", "America/Denver")
    assert own["sessions"][0]["uid"] == calendars.uid_of(event.sessions.get())


@pytest.mark.parametrize("ending", ["atom", "json"])
def test_filters_scopes_and_validators_are_those_of_the_calendars(make_event, ending):
    one, other = make_event(title="Pipes"), make_event(title="Roads")

    text = Client().get(f"/feeds/alliances/{one.lead.slug}.{ending}")
    assert b"Pipes" in text.content and b"Roads" not in text.content
    filtered = Client().get(f"/feeds/all.{ending}?alliance={other.lead.slug}")
    assert b"Roads" in filtered.content and b"Pipes" not in filtered.content
    tag = {"If-None-Match": filtered["ETag"]}
    assert (
        Client().get(f"/feeds/all.{ending}?alliance={other.lead.slug}", headers=tag).status_code
        == 304
    )
    change(other, title="Bridges")
    again = Client().get(f"/feeds/all.{ending}?alliance={other.lead.slug}", headers=tag)
    assert again.status_code == 200
    assert Client().get(f"/feeds/all.{ending}?topic=nothing").status_code == 400
    assert Client().get(f"/feeds/topics/nothing.{ending}").status_code == 404


def test_what_is_canceled_says_so_and_old_news_goes(make_event):
    now = datetime.now(UTC)
    event = make_event(title="Pipes")
    change(event, status="cancelled", cancelled_at=now, cancel_reason="Snow")
    (item,) = feed()["items"]
    assert item["title"] == "Canceled: Pipes"
    assert "Canceled: Snow" in item["content_html"]
    assert "items" in feed("/feeds/all.json?cancelled=hide")
    assert feed("/feeds/all.json?cancelled=hide")["items"] == []

    long_ago = now - timedelta(days=40)
    change(event, ends_at=long_ago, changed_at=long_ago)
    assert feed()["items"] == []
    assert len(feed("/feeds/all.json?past=all")["items"]) == 1


def test_an_empty_feed_is_still_one(db):
    assert atom().findtext(f"{ATOM}updated") == "2026-01-01T00:00:00Z"
    assert feed()["items"] == []


def test_another_language_says_its_own_words(make_event):
    make_event()

    assert feed("/feeds/all.json?lang=es")["language"] == "es"
    assert "En línea" in feed("/feeds/all.json?lang=es")["items"][0]["content_html"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=120), description=st.text(max_size=200))
def test_any_text_makes_a_feed_that_can_be_read(make_event, title, description):
    change(
        make_event(),
        title=title.replace("\x00", "").encode("utf-8", "ignore").decode(),
        description=description.replace("\x00", "").encode("utf-8", "ignore").decode(),
    )

    assert atom().findall(f"{ATOM}entry")
    assert feed()["items"]
