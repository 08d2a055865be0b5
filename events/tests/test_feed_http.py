"""How feeds answer programs: encodings, languages, limits, refusals; and one builder at a time."""

import gzip
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from icalendar import Calendar

from conftest import NOON
from events.domain import calendars, feeds, redrawing
from events.domain.stored_entries import Rows
from events.models import Event, FeedState, Session, SessionText
from events.tests.calendar_readers import READERS, strict
from events.views import feeds as feed_views
from programmes.models import Topic

pytestmark = pytest.mark.django_db


def get(path="/feeds/all.ics", **headers):
    return Client().get(path, headers=headers)


@pytest.fixture
def coming(make_event):
    def make(days=30, **fields):
        day = datetime.now(UTC) + timedelta(days=days)
        return make_event(starts=f"{day:%Y-%m-%d}T11:00", **fields)

    return make


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip, deflate, br", True),
        ("x-gzip", True),
        ("*", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("*;q=0", False),
        ("deflate, br", False),
        ("", False),
    ],
)
def test_only_who_takes_gzip_gets_it(coming, accepted, packed):
    coming()
    answer = get(**{"Accept-Encoding": accepted})

    assert ("Content-Encoding" in answer) == packed
    text = gzip.decompress(answer.content) if packed else answer.content
    assert text.startswith(b"BEGIN:VCALENDAR")


def test_every_feed_is_out_of_search_engines_and_open_to_other_sites(coming):
    coming()
    answer = get()

    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/feeds/nothing.ics", "/feeds/all.txt", "/feeds/all.ics/"])
def test_what_is_no_feed_is_404_without_a_redirect(path):
    answer = get(path)

    assert answer.status_code == 404


@pytest.mark.parametrize("lang", ["xx", "en&lang=es", ""])
def test_a_language_nobody_speaks_is_refused_in_a_sentence(lang):
    answer = get(f"/feeds/all.ics?lang={lang}")

    assert answer.status_code == 400
    assert "lang=en or lang=es" in answer.content.decode()


def test_another_language_has_its_own_words_bytes_and_tag(coming):
    event = coming(title="Pipes", format="online")
    english, spanish = get(), get("/feeds/all.ics?lang=es")

    assert get("/feeds/all.ics?lang=en")["ETag"] == english["ETag"]
    assert english["ETag"] != spanish["ETag"]
    text = spanish.content.decode()
    assert "LOCATION:En línea" in text and "todos los eventos" in text
    assert SessionText.objects.count() == 1
    Event.objects.filter(pk=event.pk).update(title="Roads", cancelled_at=NOON, status="cancelled")
    calendars.touch(event, at=datetime.now(UTC))

    assert "SUMMARY:Cancelado: Roads" in get("/feeds/all.ics?lang=es").content.decode()


def test_who_tries_out_combinations_is_slowed_down_and_known_ones_never(
    coming, monkeypatch, settings
):
    settings.RATE_LIMITS = True
    monkeypatch.setattr(feed_views, "NEW_COMBINATIONS", 3)
    coming()
    for number in range(5):
        Topic.objects.create(slug=f"t{number}", name=f"T{number}")
    paths = [f"/feeds/all.ics?topic=t{number}" for number in range(5)]

    statuses = [get(path).status_code for path in paths]

    assert statuses == [200, 200, 200, 429, 429]
    assert int(get(paths[4])["Retry-After"]) > 0
    calendars.raise_revision()
    assert [get(path).status_code for path in paths[:3]] == [200, 200, 200]
    assert get().status_code == 200


def test_the_colour_and_the_zone_are_those_of_the_alliance(coming, make_alliance):
    alliance = make_alliance("Coast", zone="America/New_York", colour_light="#b00020")
    coming(lead=alliance)

    found = Calendar.from_ical(get(f"/feeds/alliances/{alliance.slug}.ics").content)

    assert str(found["COLOR"]) == "firebrick"
    assert str(found["X-APPLE-CALENDAR-COLOR"]) == "#B00020"
    assert str(found["X-WR-TIMEZONE"]) == "America/New_York"
    assert "X-WR-TIMEZONE" not in Calendar.from_ical(get().content)


def test_sessions_of_one_event_are_tied_together(make_event):
    event = make_event(sessions=(("2027-06-13T09:00", 60), ("2027-06-13T11:00", 60)))
    first, second = event.sessions.order_by("pk")

    found = {str(entry["UID"]): entry for entry in Calendar.from_ical(get().content).walk("VEVENT")}

    tie = found[calendars.uid_of(second)]["RELATED-TO"]
    assert (str(tie), tie.params["RELTYPE"]) == (calendars.uid_of(first), "SIBLING")
    assert "RELATED-TO" not in found[calendars.uid_of(first)]


def test_a_title_of_control_characters_and_separators_reads_the_same_everywhere(coming):
    coming(title="a\x07b\x1b;,\\n\u2028c\x85d\u202ee", summary="\x00".strip("\x00") or "x\x0bz")

    content = get().content

    titles = {reader(content)[0]["title"] for reader in READERS}
    assert len(titles) == 1
    assert all(ord(sign) >= 32 for sign in titles.pop())


def test_an_empty_feed_reads_in_the_strictest_reader(db):
    content = get("/feeds/all.ics").content

    assert b"BEGIN:VEVENT" not in content
    if strict:
        assert list(strict.IcsCalendarStream.calendar_from_ics(content.decode()).events) == []


# -- how it is built


def test_a_session_is_drawn_when_it_changes_and_not_when_it_is_read(
    coming, django_capture_on_commit_callbacks, django_assert_max_num_queries
):
    event = coming()
    with django_capture_on_commit_callbacks(execute=True):
        calendars.touch(event, at=NOON)

    assert event.sessions.get().ics is not None


def test_what_changes_while_it_is_drawn_is_left_for_later(coming, monkeypatch):
    event = coming()
    drawn = calendars._draw

    def change_in_between(session, at):
        drawn(session, at)
        calendars.raise_revision()

    monkeypatch.setattr(calendars, "_draw", change_in_between)
    assert calendars.draw([event.sessions.get().pk], at=NOON) == 0
    assert event.sessions.get().ics is None
    assert b"BEGIN:VEVENT" in get().content  # readers get it all the same


def test_too_much_to_write_is_left_to_a_worker_and_said(coming, monkeypatch):
    monkeypatch.setattr(feeds, "MOST_DRAWN", 1)
    coming()
    coming()

    answer = get()
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "0 of 2 entries are ready" in answer.content.decode()

    redrawing.work(at=NOON)
    assert get().status_code == 200


def test_while_much_is_written_readers_get_what_was_before(coming, monkeypatch):
    monkeypatch.setattr(feeds, "MOST_DRAWN", 1)
    event, _ = coming(), coming()
    redrawing.work(at=NOON)
    before = get()

    Session.objects.update(ics=None)
    calendars.touch(event, at=NOON)

    after = get()
    assert (after.status_code, after.content) == (200, before.content)


def test_who_comes_while_a_feed_is_built_gets_it_as_it_was(coming, monkeypatch):
    coming()
    selection, at = feeds.select("all", "", {}), datetime.now(UTC)
    first = feeds.build(selection, at=at)
    coming()
    calendars.raise_revision()
    cache.add(f"feed:lock:{selection.key}", 1, 30)  # somebody is at it

    assert feeds.body(selection, at=at).marks == first.marks

    cache.delete(f"feed:lock:{selection.key}")
    assert feeds.body(selection, at=at).marks != first.marks


def test_who_waits_for_the_first_build_does_not_build_again(coming, monkeypatch):
    coming()
    selection, at = feeds.select("all", "", {}), datetime.now(UTC)
    lock, waits = f"feed:lock:{selection.key}", []
    cache.add(lock, 1, 30)

    def meanwhile(seconds):
        waits.append(seconds)
        cache.delete(lock)
        feeds.build(selection, at=at)
        cache.add(lock, 1, 30)

    monkeypatch.setattr(feeds.time, "sleep", meanwhile)

    assert feeds.body(selection, at=at).body.startswith(b"BEGIN:VCALENDAR")
    assert len(waits) == 1


def test_other_entries_join_a_feed(coming, monkeypatch):
    coming()
    extra = b"BEGIN:VEVENT\r\nUID:x@y\r\nDTSTAMP:20260101T000000Z\r\nEND:VEVENT\r\n"

    def source(selection, *, at):
        return Rows([extra], {"Asia/Kolkata": (2027, 2027)})

    monkeypatch.setattr(feeds, "SOURCES", (*feeds.SOURCES, source))

    text = get().content
    assert extra in text
    assert b"TZID:Asia/Kolkata\r\n" in text


def test_nothing_is_written_where_nothing_changed(coming, django_assert_num_queries):
    coming()
    get()
    cache.clear()
    before = FeedState.objects.values_list("pk", "digest", "changed_at").get()

    get()

    assert FeedState.objects.values_list("pk", "digest", "changed_at").get() == before


def test_old_states_of_combinations_are_cleared_away(coming):
    coming()
    get()
    assert feeds.tidy(at=datetime.now(UTC)) == 0
    assert feeds.tidy(at=datetime.now(UTC) + timedelta(days=400)) == 1


@pytest.mark.django_db(transaction=True)
def test_many_readers_at_once_build_once():
    """Threads of one process, as in the web server; each has a connection of its own."""
    calls, everybody = [], threading.Barrier(6)
    at = datetime.now(UTC)

    def write(moment):
        calls.append(moment)
        time.sleep(0.2)
        return b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"

    recipe, seen = feeds.Recipe("k" * 64, "many-readers", write), []

    def read():
        everybody.wait()
        seen.append(feeds.body(recipe, at=at).marks)
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(calls) == 1
    assert len(seen) == 6
    assert len(set(seen)) == 1
