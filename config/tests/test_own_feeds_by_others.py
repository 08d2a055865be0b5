"""The feeds of one person, of one choice and of odd nights, as four programs of others read them.

Each test makes a small world, fetches a feed as a program would, and compares what ical.js,
libical, vobject and the strict ical understood with what stands in the tables.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from config import readers
from config.tests.readers.reading import READERS, Seen, busy_times
from events.domain import calendars, freebusy, partner_text, subscriptions, tombstones
from events.domain.incoming.entries import Incoming
from events.domain.selections import Selection, select
from events.models import Event, EventHost, EventSpeaker, PartnerCalendar, PartnerEntry, Session
from kit import walltime
from kit.text import fold
from programmes.models import Alliance, Programme, Speaker, Topic

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (readers.has_node() and (readers.HOME / "node_modules").is_dir()),
        reason="Node.js with ical.js is not installed",
    ),
    pytest.mark.skipif(not readers.has_libical(), reason="libical is not installed"),
]
ODD = 'Señal; "5G", \\N y C:\\New — 你好 🚲'
"""A title with everything that has to be escaped, and a backslash before an n."""


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def soon(make_event):
    """``soon(3)``: an event so many days from today, at noon in Denver."""

    def make(days: int = 3, **fields) -> Event:
        return make_event(
            starts=f"{timezone.now() + timedelta(days=days):%Y-%m-%d}T12:00", **fields
        )

    return make


def off_again(event: Event, at: datetime) -> Event:
    event.status, event.cancelled_at = Event.Status.CANCELLED, at
    event.save()
    return event


def fetched(path: str) -> bytes:
    answer = Client().get(f"/feeds/{path}")
    assert answer.status_code == 200, answer.content
    return answer.content


def seen_in(content: bytes) -> list[Seen]:
    """What all four programs agree to see."""
    seen = {name: read(content) for name, read in READERS.items()}
    for name, events in seen.items():
        assert events == seen["ical.js"], name
    return seen["ical.js"]


def marks(seen: list[Seen]) -> dict[str, tuple[datetime, datetime, str]]:
    return {one.uid: (one.starts, one.ends, one.status) for one in seen}


def in_the_tables(*events: Event, status: str = "CONFIRMED") -> dict[str, tuple]:
    return {
        calendars.uid_of(session): (
            session.starts_at,
            session.ends_at,
            "CANCELLED" if session.is_cancelled or session.event.cancelled_at else status,
        )
        for session in Session.objects.filter(event__in=events).select_related("event")
    }


# -- choices


def test_a_programme_s_feed_is_its_dates_and_no_others(soon, make_alliance):
    lead = make_alliance()
    programme = Programme.objects.create(slug="broadband", name="Broadband", lead=lead)
    own = soon(3, lead=lead, programme=programme, title=ODD)
    soon(4, lead=lead)

    seen = seen_in(fetched("programs/broadband.ics"))

    assert marks(seen) == in_the_tables(own)
    assert [one.title for one in seen] == [ODD]


def test_a_saved_selection_speaks_spanish_and_reminds(soon, make_alliance, now):
    plains, coast = make_alliance("Plains"), make_alliance("Coast")
    mine, off = soon(3, lead=plains, title=ODD), off_again(soon(4, lead=plains), now)
    soon(5, lead=coast)
    choice = select("all", "", {"alliance": [plains.slug]})
    saved, token = subscriptions.save_selection(
        choice, name=ODD, alarm_minutes=30, language="es", at=now
    )

    content = fetched(f"s/{token}.ics")

    seen = seen_in(content)
    assert marks(seen) == in_the_tables(mine, off)
    assert {one.title for one in seen} == {ODD, f"Cancelado: {off.title}"}
    assert all(one.place == "En línea" for one in seen)
    assert content.count(b"BEGIN:VALARM") == 1, "nobody is reminded of what is off"
    assert content.count(b"TRIGGER:-PT30M") == 1

    subscriptions.edit_selection(saved, select("all", "", {}), alarm_minutes=None, at=now)
    assert len(seen_in(fetched(f"s/{token}.ics"))) == 3


def test_the_whole_network_in_spanish_says_the_same_times(soon):
    events = [soon(days) for days in (2, 3, 4)]

    assert marks(seen_in(fetched("all.ics?lang=es"))) == in_the_tables(*events)


# -- one person's


def test_a_registrant_sees_a_seat_a_waitlist_and_a_cancellation(
    soon, make_person, make_registration, now
):
    ana = make_person("Ana")
    seat, line, off, left = soon(2), soon(3), off_again(soon(4), now), soon(5)
    for event, state in ((seat, "confirmed"), (line, "waitlisted"), (off, "confirmed")):
        make_registration(event, ana, state=state)
    make_registration(left, ana, state="cancelled", cancelled_at=now)
    make_registration(soon(6))
    token = subscriptions.personal(ana, alarm_minutes=0, at=now)

    content = fetched(f"me/{token}.ics")

    seen = seen_in(content)
    assert {one.uid: one.status for one in seen} == {
        calendars.uid_of(seat.sessions.get()): "CONFIRMED",
        calendars.uid_of(line.sessions.get()): "TENTATIVE",
        calendars.uid_of(off.sessions.get()): "CANCELLED",
        calendars.uid_of(left.sessions.get()): "CANCELLED",
    }
    joins = {one.status for one in seen if "/join/" in one.description}
    assert joins == {"CONFIRMED"}, "only who has a seat is shown the way in"
    assert content.count(b"BEGIN:VALARM") == 2


def test_a_speaker_sees_what_they_speak_at(soon, now):
    mara = Speaker.objects.create(slug="mara", name="Mara Lindqvist")
    own, proposed = soon(2), soon(3, published=False)
    Event.objects.filter(pk=proposed.pk).update(status=Event.Status.PROPOSED)
    soon(4)
    for event in (own, proposed):
        EventSpeaker.objects.create(event=event, speaker=mara)

    seen = seen_in(fetched(f"speaker/{subscriptions.speaker(mara, at=now)}.ics"))

    assert marks(seen) == in_the_tables(own) | in_the_tables(proposed, status="TENTATIVE")


def test_an_organiser_sees_drafts_as_tentative(soon, make_alliance, make_organiser, now):
    plains = make_alliance("Plains")
    live, draft = soon(2, lead=plains), soon(3, lead=plains, published=False)
    soon(4)

    token = subscriptions.organiser(make_organiser(plains), at=now)

    seen = seen_in(fetched(f"organizer/{token}.ics"))
    assert marks(seen) == in_the_tables(live) | in_the_tables(draft, status="TENTATIVE")


def test_busy_says_the_same_as_document_and_as_events(soon, make_alliance, make_event, now):
    plains = make_alliance("Plains")
    public, proposed = soon(2, lead=plains), soon(3, lead=plains, published=False)
    Event.objects.filter(pk=proposed.pk).update(status=Event.Status.PROPOSED)
    soon(4, lead=plains, published=False)

    document = busy_times(fetched(f"busy/{plains.slug}.ifb"))
    seen = seen_in(fetched(f"busy/{plains.slug}.ics"))

    spans = sorted((s.starts_at, s.ends_at) for e in (public, proposed) for s in e.sessions.all())
    assert document["ical.js"] == document["libical"] == spans
    assert [(one.starts, one.ends) for one in sorted(seen, key=lambda s: s.starts)] == spans
    assert sorted(one.status for one in seen) == ["CONFIRMED", "TENTATIVE"]
    assert {one.title for one in seen} == {"Busy"}
    assert all(one.starts < now + freebusy.AHEAD for one in seen)


# -- entries of partners, and what has left


def listed(alliance: Alliance, *entries: Incoming, at: datetime) -> None:
    """As if a reading had found them in a calendar that the alliance lists with us."""
    calendar = PartnerCalendar.objects.create(
        alliance=alliance, name="Theirs", url="https://there.example/a.ics", purpose="listed",
        asked_at=at, next_try_at=at,
    )  # fmt: skip
    for entry in entries:
        PartnerEntry.objects.create(
            calendar=calendar,
            digest=partner_text.digest(entry, alliance),
            title_key=fold(entry.title),
            changed_at=at,
            ics=partner_text.entry_bytes(entry, alliance, sequence=0, stamp=at),
            **{name: getattr(entry, name) for name in entry.__slots__},
        )
    calendars.raise_revision()


def incoming(title: str, starts: datetime, **fields) -> Incoming:
    values = {
        "uid": f"{uuid4()}@there.example",
        "recurrence": "",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=1),
        "starts_on": None,
        "ends_on": None,
        "time_zone": "America/Denver",
        "title": title,
        "location": "Elm Street 1, Cedar Fork",
        "url": "https://there.example/board",
        "status": "CONFIRMED",
        "is_busy": True,
    }
    return Incoming(**{**values, **fields})


def test_partners_entries_stand_beside_our_own(soon, make_alliance, now):
    plains = make_alliance("Plains")
    own = soon(3, lead=plains)
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=4)
    day = hour.date() + timedelta(days=1)
    midnight = walltime.to_utc(datetime(day.year, day.month, day.day), "America/Denver", fold=0)
    board = incoming(f"Board meeting {ODD}", hour)
    fair = incoming(
        "Fair", midnight, ends_at=midnight + timedelta(days=2),
        starts_on=day, ends_on=day + timedelta(days=2),
    )  # fmt: skip
    off = incoming("Visit", hour + timedelta(days=3), status="CANCELLED")
    listed(plains, board, fair, off, at=now)

    seen = seen_in(fetched(f"alliances/{plains.slug}.ics"))

    assert marks(seen) == in_the_tables(own) | {
        board.uid: (board.starts_at, board.ends_at, "CONFIRMED"),
        fair.uid: (_midnight(day), _midnight(day + timedelta(days=2)), "CONFIRMED"),
        off.uid: (off.starts_at, off.ends_at, "CANCELLED"),
    }
    theirs = next(one for one in seen if one.uid == board.uid)
    assert (theirs.title, theirs.place) == (board.title, board.location)
    assert "own calendar" in theirs.description


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def test_what_left_a_feed_is_marked_in_it(soon, now, django_capture_on_commit_callbacks):
    event, stays = soon(3, title=ODD), soon(4)
    topic = Topic.objects.create(slug="water", name="Water")
    event.topics.add(topic)
    stays.topics.add(topic)
    with django_capture_on_commit_callbacks(execute=True):
        for one in (event, stays):
            calendars.touch(one, at=now - timedelta(hours=1))
    assert len(seen_in(fetched("topics/water.ics"))) == 2
    event.topics.remove(topic)
    calendars.touch(event, at=now)

    seen = seen_in(fetched("topics/water.ics"))

    gone = {uid: (*mark[:2], "CANCELLED") for uid, mark in in_the_tables(event).items()}
    assert marks(seen) == in_the_tables(stays) | gone
    assert len(tombstones.marks_of(Selection("topics", "water"), at=now).entries) == 1


# -- nothing, and odd nights


@pytest.mark.parametrize("path", ["all.ics", "all.ics?lang=es", "topics/water.ics"])
def test_an_empty_feed_is_a_calendar_of_nothing(path):
    Topic.objects.create(slug="water", name="Water")

    content = fetched(path)

    assert seen_in(content) == []
    assert content.count(b"BEGIN:VTIMEZONE") == 1


def test_nobody_s_feeds_are_calendars_of_nothing(make_person, now):
    for path in (
        f"me/{subscriptions.personal(make_person('Ana'), at=now)}.ics",
        f"organizer/{subscriptions.organiser(make_person('Bo'), at=now)}.ics",
    ):
        assert seen_in(fetched(path)) == []


NIGHTS = {
    "Denver": ("America/Denver", "2027-11-07T01:30", 60, "2027-03-14T00:30"),
    "Phoenix": ("America/Phoenix", "2027-11-07T01:30", 60, "2027-03-14T00:30"),
    "Chicago": ("America/Chicago", "2027-11-07T01:30", 60, "2027-03-14T00:30"),
    "New York": ("America/New_York", "2027-11-07T01:30", 60, "2027-03-14T00:30"),
    "Lord Howe": ("Australia/Lord_Howe", "2027-04-04T01:30", 15, "2027-10-03T00:30"),
    "UTC": ("UTC", "2027-11-07T01:30", 60, "2027-03-14T00:30"),
}


@pytest.mark.parametrize("place", NIGHTS)
def test_nights_when_clocks_change_are_read_as_they_will_be(make_event, place):
    zone, twice, minutes, forward = NIGHTS[place]
    first = make_event(time_zone=zone, starts=twice, minutes=minutes)
    second = make_event(time_zone=zone, starts=twice, minutes=minutes)
    _move(second, walltime.to_utc(datetime.fromisoformat(twice), zone, fold=1), fold=1)
    over = make_event(time_zone=zone, starts=forward, minutes=180)
    _move(over, over.sessions.get().starts_at, fold=0)
    late = make_event(time_zone=zone, starts="2027-07-01T23:00", minutes=180)

    seen = seen_in(fetched("all.ics"))

    assert marks(seen) == in_the_tables(first, second, over, late)


def _move(event: Event, starts_at: datetime, *, fold: int) -> None:
    """Give the session the instants that it really has on a night of two clocks."""
    session = event.sessions.get()
    length = session.ends_at - session.starts_at
    session.starts_at, session.ends_at, session.starts_fold = starts_at, starts_at + length, fold
    session.save()
    Event.objects.filter(pk=event.pk).update(starts_at=starts_at, ends_at=starts_at + length)


def test_a_session_across_midnight_utc_stays_one_session(make_event):
    event = make_event(time_zone="America/Denver", starts="2027-01-13T16:30", minutes=120)

    (one,) = seen_in(fetched("all.ics"))

    assert one.starts == datetime(2027, 1, 13, 23, 30, tzinfo=UTC)
    assert one.ends == datetime(2027, 1, 14, 1, 30, tzinfo=UTC)
    assert marks([one]) == in_the_tables(event)


def test_a_series_across_a_clock_change_keeps_its_hour(make_event):
    days = ("2027-02-28", "2027-03-07", "2027-03-14", "2027-03-21")
    series = make_event(sessions=tuple((f"{day}T09:00", 60) for day in days))
    off = series.sessions.order_by("starts_at")[1]
    Session.objects.filter(pk=off.pk).update(is_cancelled=True)

    seen = seen_in(fetched(f"events/{series.slug}.ics"))

    assert marks(seen) == in_the_tables(series)
    hours = [one.starts.hour for one in sorted(seen, key=lambda one: one.starts)]
    assert hours == [16, 16, 15, 15]


def test_a_feed_of_an_alliance_that_left_is_still_a_calendar(soon, make_alliance):
    plains = make_alliance("Plains")
    event = soon(3, lead=plains)
    Alliance.objects.filter(pk=plains.pk).update(is_active=False)
    standing = EventHost.objects.standing().filter(event=event)

    seen = seen_in(fetched(f"alliances/{plains.slug}.ics"))

    assert marks(seen) == (in_the_tables(event) if standing.exists() else {})
