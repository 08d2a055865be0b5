"""Feeds behind a secret address: what is in them, who gets 404, and what is never written down."""

import gzip
import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from events.domain import calendars, feeds, links, registration, subscriptions
from events.models import Event, EventHost, EventSpeaker, FeedFetch, FeedState, SessionSpeaker
from kit.logs import MaskTokens, mask
from programmes.models import Speaker, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def get(token, folder="me", **headers):
    return Client().get(f"/feeds/{folder}/{token}.ics", headers=headers)


def entries(response):
    assert response.status_code == 200, response.content
    return {str(e["UID"]): e for e in Calendar.from_ical(response.content).walk("VEVENT")}


def uid(event):
    return calendars.uid_of(event.sessions.get())


# -- one's own registrations


def test_a_personal_feed_holds_what_one_registered_for(soon, make_person, make_registration, now):
    ana = make_person("Ana")
    mine, queued, other = soon(days=3), soon(days=4), soon(days=5)
    make_registration(mine, ana)
    make_registration(queued, ana, state="waitlisted")
    make_registration(other)

    found = entries(get(subscriptions.personal(ana, at=now)))

    assert {key: str(entry["STATUS"]) for key, entry in found.items()} == {
        uid(mine): "CONFIRMED",
        uid(queued): "TENTATIVE",
    }
    assert "waitlist" in str(found[uid(queued)]["DESCRIPTION"])
    assert all(str(entry["CLASS"]) == "PRIVATE" for entry in found.values())


def test_the_way_in_is_a_page_of_ours_and_in_no_other_feed(
    soon, make_person, make_registration, now
):
    ana = make_person("Ana")
    room = "https://meet.example/secret-room"
    event, queued = soon(days=3, join_url=room), soon(days=4, join_url=room)
    place = soon(days=5, join_url=room, format="in_person", venue="City Hall")
    held = make_registration(event, ana)
    waiting = make_registration(queued, ana, state="waitlisted")
    make_registration(place, ana)

    answer = get(subscriptions.personal(ana, at=now))

    found = entries(answer)
    page = f"/r/{links.registration_token(held)}/join/"
    assert str(found[uid(event)]["CONFERENCE"]).endswith(page)
    assert "CONFERENCE" not in found[uid(queued)]
    assert "CONFERENCE" not in found[uid(place)]
    text = answer.content.decode()
    assert room not in text
    assert links.registration_token(waiting) not in text
    for words in ("ATTENDEE", "ORGANIZER", "METHOD", ana.email):
        assert words not in text
    assert (
        links.registration_token(held)[:20] not in Client().get("/feeds/all.ics").content.decode()
    )


def test_a_canceled_registration_and_event_leave_their_mark(
    soon, make_person, make_registration, now
):
    ana = make_person("Ana")
    given_back, off = soon(days=3, title="Pipes"), soon(days=4, title="Roads")
    token = subscriptions.personal(ana, at=now)
    mine = make_registration(given_back, ana)
    make_registration(off, ana)
    before = entries(get(token))

    registration.cancel(mine, at=now)
    Event.objects.filter(pk=off.pk).update(status="cancelled", cancelled_at=now)
    off.sessions.update(sequence=1)

    after = entries(get(token))
    assert str(after[uid(given_back)]["SUMMARY"]) == "No longer in this calendar: Pipes"
    assert str(after[uid(off)]["SUMMARY"]) == "Canceled: Roads"
    for key, entry in after.items():
        assert str(entry["STATUS"]) == "CANCELLED"
        assert int(entry["SEQUENCE"]) > int(before[key]["SEQUENCE"])


def test_who_comes_back_outranks_what_was_sent_before(soon, make_person, make_registration, now):
    ana = make_person("Ana")
    event = soon(days=3)
    make_registration(event, ana, state="cancelled", cancelled_at=now)
    make_registration(event, ana, round=1)

    (entry,) = entries(get(subscriptions.personal(ana, at=now))).values()

    assert (str(entry["STATUS"]), int(entry["SEQUENCE"])) == ("CONFIRMED", 100)


def test_reminder_and_language_are_the_subscribers(soon, make_person, make_registration, now):
    ana = make_person("Ana")
    make_registration(soon(days=3), ana)
    token = subscriptions.personal(ana, alarm_minutes=30, language="es", at=now)

    answer = get(token)

    (alarm,) = Calendar.from_ical(answer.content).walk("VALARM")
    assert (str(alarm["ACTION"]), alarm["TRIGGER"].dt) == ("DISPLAY", timedelta(minutes=-30))
    assert alarm["DESCRIPTION"]
    assert "LOCATION:En línea" in answer.content.decode()


def test_an_unchanged_personal_feed_is_304_and_a_registration_changes_it(
    soon, make_person, make_registration, now
):
    ana = make_person("Ana")
    make_registration(soon(days=3), ana)
    token = subscriptions.personal(ana, at=now)
    first = get(token)

    again = get(token, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert get(token, **{"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    packed = get(token, **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.content) == first.content
    assert packed["ETag"] != first["ETag"]

    make_registration(soon(days=4), ana)
    assert get(token, **{"If-None-Match": first["ETag"]}).status_code == 200


def test_it_is_private_and_names_its_address_nowhere(soon, make_person, make_registration, now):
    token = subscriptions.personal(make_person("Ana"), at=now)

    for answer in (get(token), get(token, **{"If-None-Match": "*"})):
        assert answer["Cache-Control"] == "private, max-age=300"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex"
        assert answer["Vary"] == "Accept-Encoding"
        assert answer.cookies == {}
        assert "Access-Control-Allow-Origin" not in answer
        assert token not in answer.content.decode()
        assert token not in str(answer.headers)


def test_who_was_shut_out_gets_404(make_person, now):
    ana = make_person("Ana")
    token = subscriptions.personal(ana, at=now)
    ana.is_active = False
    ana.save()

    assert get(token).status_code == 404


# -- wrong addresses


def test_wrong_revoked_renewed_and_other_kinds_answer_the_very_same(make_person, now):
    ana = make_person("Ana")
    revoked = subscriptions.personal(ana, at=now)
    subscriptions.revoke(subscriptions.by_token(revoked), at=now)
    old = subscriptions.personal(ana, at=now)
    new = subscriptions.renew(subscriptions.by_token(old), at=now)
    addresses = [
        ("me", "forged-" + "x" * 36),
        ("me", "x"),
        ("me", "y" * 400),
        ("me", "%00%ff"),
        ("me", "../all"),
        ("me", revoked),
        ("me", old),
        ("s", new),
        ("organizer", new),
        ("speaker", new),
    ]

    answers = [get(token, folder) for folder, token in addresses if "/" not in token]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
    assert get(new).status_code == 200


def test_a_wrong_secret_costs_the_same_query_as_a_revoked_one(
    make_person, now, django_assert_num_queries
):
    revoked = subscriptions.personal(make_person("Ana"), at=now)
    subscriptions.revoke(subscriptions.by_token(revoked), at=now)

    for token in (revoked, "z" * 43):
        with django_assert_num_queries(1):
            assert get(token).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_other_methods_are_refused(method, make_person, now):
    token = subscriptions.personal(make_person("Ana"), at=now)

    answer = getattr(Client(), method)(f"/feeds/me/{token}.ics")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_head_has_the_length_and_no_body(make_person, now):
    token = subscriptions.personal(make_person("Ana"), at=now)

    whole, head = get(token), Client().head(f"/feeds/me/{token}.ics")

    assert (head.content, head["Content-Length"]) == (b"", whole["Content-Length"])
    assert head["ETag"] == whole["ETag"]


# -- a saved selection


@pytest.fixture
def water():
    return Topic.objects.create(slug="water", name="Water")


def test_a_saved_selection_keeps_its_address_through_edits(soon, water, now):
    wet, dry = soon(days=3), soon(days=4, format="in_person")
    wet.topics.add(water)
    chosen = feeds.select("all", "", {"topic": ["water"]})
    saved, token = subscriptions.save_selection(chosen, name="Water, mine", at=now)
    first = get(token, "s")
    assert list(entries(first)) == [uid(wet)]
    assert "\r\nX-WR-CALNAME:Water\\, mine\r\n" in first.content.decode()
    assert "SOURCE" not in Calendar.from_ical(first.content)

    other = feeds.select("all", "", {"format": ["in_person"]})
    subscriptions.edit_selection(saved, other, alarm_minutes=15, at=now)
    second = get(token, "s", **{"If-None-Match": first["ETag"]})
    assert list(entries(second)) == [uid(dry)]
    assert len(Calendar.from_ical(second.content).walk("VALARM")) == 1

    subscriptions.edit_selection(saved, chosen, alarm_minutes=None, at=now)
    third = get(token, "s", **{"If-Modified-Since": second["Last-Modified"]})
    assert third.status_code == 200  # back to the first, and yet newer than the second
    assert third["ETag"] == first["ETag"]
    assert FeedState.objects.get().key == f"subscription:{saved.pk}"


def test_what_a_saved_selection_names_may_be_gone(soon, water, now):
    soon(days=3).topics.add(water)
    chosen = feeds.select("all", "", {"topic": ["water"]})
    _, token = subscriptions.save_selection(chosen, at=now)
    water.delete()
    calendars.raise_revision()

    assert entries(get(token, "s")) == {}


def test_an_unchanged_saved_selection_costs_two_queries(
    soon, water, now, django_assert_num_queries
):
    soon(days=3).topics.add(water)
    _, token = subscriptions.save_selection(feeds.select("all", "", {"topic": ["water"]}), at=now)
    tag = get(token, "s")["ETag"]

    with django_assert_num_queries(2):
        assert get(token, "s", **{"If-None-Match": tag}).status_code == 304


def test_who_fetched_it_is_kept_by_kind_and_nothing_finer(water, now):
    saved, token = subscriptions.save_selection(
        feeds.select("all", "", {"topic": ["water"]}), at=now
    )
    get(token, "s", **{"User-Agent": "Google-Calendar-Importer 203.0.113.9"})
    get(token, "s", **{"User-Agent": "Thunderbird/128.0", "If-None-Match": "*"})

    assert sorted(FeedFetch.objects.values_list("client", flat=True)) == ["Google", "Thunderbird"]
    assert "203.0.113" not in repr(list(FeedFetch.objects.values()))
    assert len(subscriptions.fetched_lately(saved)) == 2


# -- what somebody plans, and what somebody speaks at


def test_an_organiser_sees_drafts_as_tentative_and_no_way_in(
    soon, make_alliance, make_organiser, now
):
    plains, coast = make_alliance("Plains"), make_alliance("Coast")
    public = soon(days=3, lead=plains, join_url="https://meet.example/secret-room")
    draft = soon(days=4, lead=plains, published=False)
    asked = soon(days=5, lead=coast, published=False, status="proposed")
    host = {"role": "co-host", "state": "invited", "invited_at": now}
    EventHost.objects.create(event=asked, alliance=plains, **host)
    soon(days=6, lead=coast)
    token = subscriptions.organiser(make_organiser(plains), at=now)

    answer = get(token, "organizer")

    found = entries(answer)
    assert {key: str(entry["STATUS"]) for key, entry in found.items()} == {
        uid(public): "CONFIRMED",
        uid(draft): "TENTATIVE",
        uid(asked): "TENTATIVE",
    }
    assert "A draft" in str(found[uid(draft)]["DESCRIPTION"])
    assert "secret-room" not in answer.content.decode()


def test_an_organiser_whose_role_ended_sees_nothing_more(soon, make_alliance, make_organiser, now):
    plains = make_alliance("Plains")
    soon(days=3, lead=plains)
    person = make_organiser(plains)
    token = subscriptions.organiser(person, at=now)
    assert len(entries(get(token, "organizer"))) == 1

    person.roles.all().delete()

    assert entries(get(token, "organizer")) == {}


def test_a_speaker_sees_their_sessions_and_no_drafts(soon, make_event, now):
    ana = Speaker.objects.create(slug="ana", name="Ana")
    whole, draft, proposed = (
        soon(days=3),
        soon(days=4, published=False),
        soon(days=5, published=False, status="proposed"),
    )
    day = f"{now + timedelta(days=9):%Y-%m-%d}"
    parts = make_event(sessions=((f"{day}T09:00", 60), (f"{day}T11:00", 60)))
    for event in (whole, draft, proposed, parts):
        EventSpeaker.objects.create(event=event, speaker=ana)
    mine, other = parts.sessions.order_by("starts_at")
    SessionSpeaker.objects.create(session=mine, speaker=ana)

    found = entries(get(subscriptions.speaker(ana, at=now), "speaker"))

    assert {key: str(entry["STATUS"]) for key, entry in found.items()} == {
        uid(whole): "CONFIRMED",
        uid(proposed): "TENTATIVE",
        calendars.uid_of(mine): "CONFIRMED",
    }
    assert calendars.uid_of(other) not in found


# -- logs


@pytest.mark.parametrize("folder", ["s", "me", "speaker", "organizer"])
def test_secrets_are_cut_out_of_logs(folder, make_person, now):
    token = subscriptions.personal(make_person("Ana"), at=now)
    line = f'203.0.113.9 "GET /feeds/{folder}/{token}.ics HTTP/1.1" 200'

    assert token not in mask(line)
    assert f"/feeds/{folder}/" in mask(line)
    record = logging.LogRecord("django", logging.INFO, "", 0, "GET %s", (line,), None)
    assert MaskTokens().filter(record)
    assert token not in record.getMessage()


# -- hard hours


def test_half_past_one_on_the_night_the_clock_goes_back_is_said_in_utc(
    make_event, make_person, make_registration, now
):
    event = make_event(starts="2027-11-07T00:30", minutes=120)  # until 01:30, the second one
    session = event.sessions.get()
    session.ends_at = datetime(2027, 11, 7, 8, 30, tzinfo=UTC)
    session.ends_fold, session.ends_local = 1, "2027-11-07T01:30"
    session.save()
    calendars.touch(event, at=now)

    (entry,) = entries(Client().get(f"/feeds/events/{event.slug}.ics")).values()

    assert entry["DTSTART"].to_ical() == b"20271107T063000Z"
    assert entry["DTEND"].to_ical() == b"20271107T083000Z"


def test_a_session_across_midnight_utc_and_a_clock_change_keeps_its_instants(make_event):
    late = make_event(starts="2027-01-13T16:30", minutes=120)  # 23:30 to 01:30 UTC
    change = make_event(starts="2027-03-14T01:00", minutes=60)  # 1 a.m. to 3 a.m. on the wall
    change.sessions.update(ends_local="2027-03-14T03:00")

    for event in (late, change):
        (entry,) = entries(Client().get(f"/feeds/events/{event.slug}.ics")).values()
        session = event.sessions.get()
        assert entry["DTSTART"].dt.astimezone(UTC) == session.starts_at
        assert entry["DTEND"].dt.astimezone(UTC) == session.ends_at
