"""Partner calendars: read over real HTTP, kept through failures, never counted twice."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import vobject
from django.db import connection

from conftest import NOON
from events.domain import busy, calendars, partners, polling
from events.domain.partners import Details
from events.domain.selections import select
from events.models import Event, PartnerCalendar, PartnerEntry
from kit.errors import Invalid
from kit.tests.webserver import page, serving
from programmes.models import AuditEntry

LATER = NOON + timedelta(hours=2)
LISTED = Details("Our own events", PartnerCalendar.Purpose.LISTED)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _this_machine_may_be_read(settings):
    settings.FETCH_OPEN_NETWORKS = ["127.0.0.1/32"]


def ics(*events: str) -> bytes:
    blocks = [f"BEGIN:VEVENT\r\n{text}\r\nEND:VEVENT" for text in events]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *blocks, "END:VCALENDAR", ""]).encode()


def entry(uid="a@there", starts="20270120T170000Z", title="Board meeting", more="") -> str:
    lines = [f"UID:{uid}", f"DTSTART:{starts}", "DURATION:PT1H", f"SUMMARY:{title}"]
    return "\r\n".join([*lines, *([more] if more else [])])


class Shelf:
    """A server whose file can be changed, with a tag for each state of it."""

    def __init__(self, body: bytes) -> None:
        self.body, self.status = body, "200 OK"

    def __call__(self, asked, send) -> None:
        tag = f'"{hash(self.body)}"'
        if asked.headers.get("if-none-match") == tag and self.status == "200 OK":
            send(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            send(page(self.body, status=self.status, ETag=tag))


def registered(alliance, url, details=LISTED, at=NOON) -> PartnerCalendar:
    return partners.add(alliance, details, url=url, by=None, at=at)


def fresh(calendar) -> PartnerCalendar:
    return PartnerCalendar.objects.get(pk=calendar.pk)


def titles() -> list[str]:
    return [found.title for found in partners.listed(start=NOON)]


# -- registering


def test_an_address_is_kept_and_nothing_is_fetched(make_alliance, make_person):
    alliance, ana = make_alliance(), make_person("Ana")
    url = "webcal://calendar.example/private-abc/basic.ics"
    made = partners.add(alliance, Details(" Ours "), url=url, by=ana, at=NOON)

    assert made.url == "https://calendar.example/private-abc/basic.ics"
    assert (made.name, made.purpose, made.created_by) == ("Ours", "busy", ana)
    assert (made.tried_at, made.next_try_at) == (None, NOON)
    told = AuditEntry.objects.get(action="partner-calendar.added")
    assert "private-abc" not in str(told.facts)


@pytest.mark.parametrize(
    ("url", "name", "purpose", "places"),
    [
        ("http://there.example/", "Ours", "busy", [["url"]]),
        ("https://me:secret@there.example/", "Ours", "busy", [["url"]]),
        ("https://there.example/", " ", "busy", [["name"]]),
        ("https://there.example/", "Ours", "everything", [["purpose"]]),
        ("nonsense", "", "?", [["url"], ["name"], ["purpose"]]),
    ],
)
def test_what_cannot_be_registered_is_said_at_its_place(make_alliance, url, name, purpose, places):
    with pytest.raises(Invalid) as no:
        registered(make_alliance(), url, Details(name, purpose))
    assert [error["loc"] for error in no.value.errors] == places
    assert not PartnerCalendar.objects.exists()


def test_the_same_address_is_registered_once_for_an_alliance(make_alliance):
    one, other = make_alliance(), make_alliance()
    registered(one, "https://there.example/a.ics")
    registered(other, "https://there.example/a.ics")
    with pytest.raises(partners.AlreadyThere):
        registered(one, "webcal://There.example/a.ics")


def test_an_alliance_has_a_bounded_number_of_calendars(make_alliance):
    alliance = make_alliance()
    for number in range(partners.MOST_CALENDARS):
        registered(alliance, f"https://there.example/{number}")
    with pytest.raises(partners.TooManyCalendars):
        registered(alliance, "https://there.example/one-more")


# -- reading


def test_a_reading_replaces_what_the_calendar_held(make_alliance):
    shelf = Shelf(ics(entry(), entry("b@there", title="Open house")))
    with serving(shelf) as site:
        calendar = registered(make_alliance(), site.url)
        assert polling.read(calendar.pk, at=NOON)
        assert titles() == ["Board meeting", "Open house"]
        kept = fresh(calendar)
        assert (kept.entry_count, kept.error, kept.read_at, kept.tried_at) == (2, "", NOON, NOON)
        assert kept.next_try_at == NOON + timedelta(hours=1)
        assert (kept.lease, kept.leased_until) == ("", None)

        shelf.body = ics(entry(), entry("c@there", title="Picnic"))
        polling.read(calendar.pk, at=LATER)
    assert titles() == ["Board meeting", "Picnic"]


def test_a_calendar_is_asked_for_conditionally_and_whole_once_a_week(make_alliance):
    with serving(Shelf(ics(entry()))) as site:
        calendar = registered(make_alliance(), site.url)
        for at in (NOON, LATER, NOON + timedelta(days=8)):
            polling.read(calendar.pk, at=at)
            assert fresh(calendar).read_at == at
        sent = ["if-none-match" in asked.headers for asked in site.asked]
    assert sent == [False, True, False]
    assert titles() == ["Board meeting"]


def test_a_calendar_is_not_read_before_it_is_due_nor_by_two(make_alliance):
    with serving(Shelf(ics(entry()))) as site:
        calendar = registered(make_alliance(), site.url)
        assert polling.read(calendar.pk, at=NOON)
        assert not polling.read(calendar.pk, at=NOON + timedelta(minutes=59))
        PartnerCalendar.objects.update(leased_until=LATER + timedelta(minutes=1))
        assert not polling.read(calendar.pk, at=LATER)
        assert polling.read_due(at=LATER) == 0
        assert len(site.asked) == 1
        assert polling.read_due(at=LATER + timedelta(minutes=2)) == 1  # its worker died


def test_nothing_is_fetched_inside_a_transaction(make_alliance, monkeypatch):
    before = len(connection.savepoint_ids)
    seen = []

    def ask(question):
        seen.append(len(connection.savepoint_ids))
        raise polling.Refused("no")

    monkeypatch.setattr(polling.sandbox, "ask", ask)
    polling.read(registered(make_alliance(), "https://there.example/").pk, at=NOON)
    assert seen == [before]


def test_a_worker_that_lost_its_lease_writes_nothing(make_alliance, monkeypatch):
    with serving(Shelf(ics(entry()))) as site:
        calendar = registered(make_alliance(), site.url)
        ask = polling.sandbox.ask

        def slowly(question):
            answer = ask(question)
            PartnerCalendar.objects.update(lease="another")
            return answer

        monkeypatch.setattr(polling.sandbox, "ask", slowly)
        polling.read(calendar.pk, at=NOON)
    assert not PartnerEntry.objects.exists()
    assert fresh(calendar).lease == "another"


def test_a_failing_server_leaves_what_was_read_and_is_asked_less_and_less(make_alliance):
    shelf = Shelf(ics(entry()))
    waits, at = [], NOON
    with serving(shelf) as site:
        calendar = registered(make_alliance(), f"{site.url}/secret-part")
        polling.read(calendar.pk, at=at)
        shelf.status = "500 Oh"
        for _ in range(7):
            at = fresh(calendar).next_try_at
            polling.read(calendar.pk, at=at)
            kept = fresh(calendar)
            waits.append((kept.next_try_at - at) / timedelta(hours=1))
        assert waits == [1, 2, 4, 8, 16, 24, 24]
        assert kept.failures == 7
        assert "fault of its own" in kept.error
        assert "secret-part" not in kept.error
        assert kept.read_at == NOON
        assert PartnerEntry.objects.count() == 1

        shelf.status = "200 OK"
        polling.read(calendar.pk, at=kept.next_try_at)
    assert (fresh(calendar).error, fresh(calendar).failures) == ("", 0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (lambda asked, send: send(page(b"<html>Sign in</html>")), "web page"),
        (
            lambda asked, send: send(page(b"", status="302 Found", Location="https://127.0.0.2/")),
            "private network",
        ),
        (lambda asked, send: send(page(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT")), "damaged"),
    ],
)
def test_what_is_no_calendar_is_said_beside_it(make_alliance, script, words):
    with serving(script) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=NOON)
    assert words in fresh(calendar).error
    assert fresh(calendar).read_at is None


def test_a_hostile_series_is_a_note_beside_the_rest(make_alliance):
    endless = entry("bad@there", more="RRULE:FREQ=SECONDLY")
    with serving(Shelf(ics(entry(), endless))) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=NOON)
    kept = fresh(calendar)
    assert (kept.entry_count, kept.error) == (1, "")
    assert "every minute or second" in kept.notes[0]


def test_one_slow_server_holds_up_only_its_own_calendar(make_alliance, monkeypatch):
    monkeypatch.setattr("events.domain.incoming.sandbox.SECONDS", 40)
    stop = threading.Event()
    with serving(lambda asked, send: stop.wait(20)) as slow, serving(Shelf(ics(entry()))) as good:
        alliance = make_alliance()
        first = registered(alliance, slow.url)
        second = registered(alliance, good.url, at=NOON + timedelta(seconds=1))
        began = time.monotonic()
        assert polling.read_due(at=LATER) == 2
        took = time.monotonic() - began
        stop.set()
    assert 9 < took < 20
    assert "longer than 10 seconds" in fresh(first).error
    assert fresh(second).read_at == LATER


def test_an_unchanged_entry_keeps_its_stamp_and_a_moved_one_gets_a_higher_sequence(make_alliance):
    shelf = Shelf(ics(entry(), entry("b@there")))
    with serving(shelf) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=NOON)
        before = calendars.revision()
        shelf.body = ics(entry(), entry("b@there", starts="20270121T170000Z"))
        polling.read(calendar.pk, at=LATER)
    one, two = PartnerEntry.objects.order_by("uid")
    assert (one.changed_at, one.sequence) == (NOON, 0)
    assert (two.changed_at, two.sequence) == (LATER, 1)
    assert b"SEQUENCE:1" in bytes(two.ics)
    assert calendars.revision() == before + 1


def test_an_unchanged_calendar_leaves_the_feeds_alone(make_alliance):
    with serving(Shelf(ics(entry()))) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=NOON)
        before = calendars.revision()
        PartnerCalendar.objects.update(etag="", last_modified="")
        polling.read(calendar.pk, at=LATER)
    assert calendars.revision() == before


def test_a_paused_calendar_is_neither_read_nor_shown_nor_counted(make_alliance):
    alliance = make_alliance()
    with serving(Shelf(ics(entry()))) as site:
        calendar = registered(alliance, site.url)
        polling.read(calendar.pk, at=NOON)
        partners.pause(calendar, by=None, at=NOON)
        assert titles() == []
        assert spans([alliance]) == []
        assert not polling.read(calendar.pk, at=LATER)
        with pytest.raises(partners.CalendarPaused):
            partners.ask(fresh(calendar), at=LATER)

        partners.resume(calendar, by=None, at=LATER)
        assert titles() == ["Board meeting"]
        assert polling.read(calendar.pk, at=LATER)


def test_asking_twice_in_a_minute_reads_once(make_alliance):
    calendar = registered(make_alliance(), "https://there.example/")
    assert partners.ask(calendar, at=LATER)
    assert not partners.ask(calendar, at=LATER + timedelta(seconds=59))


def test_removing_a_calendar_takes_its_entries_with_it(make_alliance):
    with serving(Shelf(ics(entry()))) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=NOON)
    before = calendars.revision()
    partners.remove(calendar, by=None, at=NOON)
    assert not PartnerEntry.objects.exists()
    assert calendars.revision() == before + 1


# -- busy, and counted once


def put(calendar, uid="a@there", starts=datetime(2027, 1, 13, 18, tzinfo=UTC), **fields):
    values = {
        "title": "Board meeting",
        "title_key": "board meeting",
        "ends_at": starts + timedelta(hours=1),
        "time_zone": "America/Denver",
        "digest": "x",
        "changed_at": NOON,
        "own_session": polling._own_session(uid),
        "ics": b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
    }
    return PartnerEntry.objects.create(
        calendar=calendar, uid=uid, starts_at=starts, **{**values, **fields}
    )


def spans(alliances, days=60) -> list[busy.Busy]:
    ids = [alliance.pk for alliance in alliances]
    return busy.spans_of(ids, start=NOON, end=NOON + timedelta(days=days))


@pytest.mark.parametrize(
    ("details", "title"),
    [
        (LISTED, "Board meeting"),
        (Details("Ours", "busy", shows_titles=True), "Board meeting"),
        (Details("Ours", "busy"), ""),
    ],
)
def test_busy_time_says_what_by_only_where_the_alliance_says_so(make_alliance, details, title):
    alliance = make_alliance()
    made = put(registered(alliance, "https://there.example/", details))
    assert spans([alliance]) == [
        busy.Busy(alliance.pk, made.starts_at, made.ends_at, title, details.name)
    ]
    assert spans([make_alliance()]) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"is_busy": False},
        {"status": PartnerEntry.Status.CANCELLED},
        {"ends_at": datetime(2027, 1, 13, 18, tzinfo=UTC)},
        {"starts": NOON - timedelta(hours=1), "ends_at": NOON},
        {"starts": NOON + timedelta(days=60)},
    ],
)
def test_what_takes_no_time_inside_the_span_is_not_busy(make_alliance, fields):
    alliance = make_alliance()
    put(registered(alliance, "https://there.example/"), **fields)
    assert spans([alliance]) == []


def test_our_own_event_coming_back_is_no_conflict_with_itself(make_alliance, make_event, settings):
    alliance = make_alliance()
    event = make_event(lead=alliance, title="Fiber & You")
    session = event.sessions.get()
    calendar = registered(alliance, "https://there.example/", Details("Ours"))
    uid = f"{session.public_id}@{settings.IDENTITY_DOMAIN}"
    put(calendar, uid, starts=session.starts_at + timedelta(days=1))  # a copy not yet up to date
    put(calendar, "copied@there", starts=session.starts_at, title_key="fiber and you")
    assert spans([alliance]) == []

    put(calendar, "other@there", starts=session.starts_at, title_key="another thing")
    put(calendar, "later@there", starts=session.ends_at, title_key="fiber and you")
    assert len(spans([alliance])) == 2


def test_another_alliances_event_of_the_same_name_is_a_conflict(make_alliance, make_event):
    alliance = make_alliance()
    event = make_event(title="Fiber")
    calendar = registered(alliance, "https://there.example/")
    put(calendar, starts=event.starts_at, title_key="fiber")
    assert len(spans([alliance])) == 1


def test_the_network_calendar_shows_an_event_once(make_alliance, make_event, settings):
    one, two = make_alliance(), make_alliance()
    event = make_event(lead=one, title="Fiber")
    draft = make_event(lead=one, title="Secret plan", published=False)
    ours, theirs = registered(one, "https://a.example/"), registered(two, "https://b.example/")
    put(ours, "x", starts=event.starts_at, title="Fiber!", title_key="fiber")
    uid = f"{event.sessions.get().public_id}@{settings.IDENTITY_DOMAIN}"
    put(theirs, uid, title="Fiber again")
    put(ours, "same@there", title="Picnic", title_key="picnic")
    put(theirs, "same@there", title="Picnic", title_key="picnic")
    put(ours, "y", title="Picnic", title_key="picnic")
    put(ours, "z", starts=draft.starts_at, title="Secret plan", title_key="secret plan")
    put(ours, "private", title="", title_key="")
    assert sorted(titles()) == ["Picnic", "Secret plan"]


def test_titles_of_pictures_alone_are_not_taken_for_the_same(make_alliance, make_event):
    alliance = make_alliance()
    event = make_event(lead=alliance, title="🎄")
    calendar = registered(alliance, "https://a.example/")
    for uid, title in (("a", "🎉"), ("b", "🎈")):
        put(calendar, uid, starts=event.starts_at, title=title, title_key="")
    assert titles() == ["🎉", "🎈"]
    assert len(spans([alliance])) == 2


def test_only_listed_calendars_of_active_alliances_are_shown(make_alliance):
    quiet, gone = make_alliance(), make_alliance(is_active=False)
    put(registered(quiet, "https://a.example/", Details("Ours")))
    put(registered(gone, "https://b.example/"))
    assert titles() == []


def test_feeds_get_the_entries_that_belong_in_them(make_alliance):
    one, two = make_alliance(slug="one"), make_alliance(slug="two")
    put(registered(one, "https://a.example/"), "a", title="First", ics=b"first")
    late = datetime(2027, 1, 14, 18, tzinfo=UTC)
    put(
        registered(two, "https://b.example/"),
        "b",
        starts=late,
        title="Second",
        title_key="second",
        ics=b"second",
        status="CANCELLED",
    )

    def held(scope, slug="", **query):
        chosen = select(scope, slug, {name: [value] for name, value in query.items()})
        return [ics for _, ics in partners.listed_entries(chosen, start=NOON)]

    assert held("all") == [b"first", b"second"]
    assert held("all", alliance="two") == [b"second"]
    assert held("all", cancelled="hide") == [b"first"]
    assert held("alliances", "one") == [b"first"]
    assert (
        held("all", topic="broadband")
        == held("topics", "broadband")
        == held("all", format="online")
        == []
    )
    assert held("programs", "x") == held("events", "x") == []


def test_the_feeds_carry_listed_entries_under_their_own_uid(client, make_alliance, make_event):
    alliance = make_alliance("Plains", slug="plains")
    make_event(lead=alliance, title="Ours")
    weekly = entry("weekly@there", title="Coffee\\, weekly", more="RRULE:FREQ=WEEKLY;COUNT=2")
    day = "UID:day@there\r\nDTSTART;VALUE=DATE:20270125\r\nSUMMARY:Open day"
    shelf = Shelf(ics(entry(), weekly, day, entry("hidden@there", more="CLASS:PRIVATE")))
    with serving(shelf) as site:
        calendar = registered(alliance, site.url)
        polling.read(calendar.pk, at=NOON)
        first = client.get("/feeds/all.ics?past=all")
        shelf.body = ics(entry(title="Board meeting, moved"))
        polling.read(calendar.pk, at=LATER)
    found = read_with_vobject(first.content)
    assert {uid: found[uid] for uid in sorted(found) if "there" in uid} == {
        "a@there": ("Board meeting", datetime(2027, 1, 20, 17, tzinfo=UTC)),
        "day@there": ("Open day", date(2027, 1, 25)),
        "weekly@there/20270120T170000Z": ("Coffee, weekly", datetime(2027, 1, 20, 17, tzinfo=UTC)),
        "weekly@there/20270127T170000Z": ("Coffee, weekly", datetime(2027, 1, 27, 17, tzinfo=UTC)),
    }
    assert len(found) == 5
    assert b"From Plains\xe2\x80\x99s own calendar." in first.content

    again = client.get("/feeds/all.ics?past=all")
    assert again["ETag"] != first["ETag"]
    assert b"Board meeting\\, moved" in again.content
    gone = [
        uid for uid, (title, _) in read_with_vobject(again.content).items() if "No lon" in title
    ]
    assert sorted(gone) == sorted(uid for uid in found if uid.startswith(("weekly@", "day@")))
    assert b"Board meeting" in client.get("/feeds/alliances/plains.ics?past=all").content
    assert b"Board meeting" not in client.get("/feeds/all.ics?past=all&format=online").content


def read_with_vobject(raw: bytes) -> dict:
    """UID → title and start, as another library reads them."""
    found = vobject.readOne(raw.decode())
    return {str(one.uid.value): (one.summary.value, one.dtstart.value) for one in found.vevent_list}


def test_a_hundred_entries_take_no_more_queries_than_one(
    make_alliance, make_event, django_assert_max_num_queries
):
    alliance = make_alliance()
    event = make_event(lead=alliance)
    calendar = registered(alliance, "https://there.example/")
    for number in range(100):
        starts = event.starts_at + timedelta(hours=number)
        put(calendar, f"{number}", starts=starts, title_key=f"{number}")
    with django_assert_max_num_queries(3):
        assert len(spans([alliance])) == 100
    with django_assert_max_num_queries(3):
        assert len(partners.listed(start=NOON)) == 100
    assert Event.objects.count() == 1
