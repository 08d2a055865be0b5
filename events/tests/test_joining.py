"""The way into the room: when it opens, for whom, and what is kept of a click."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from events.domain import joining
from events.models import Registration
from events.tests.own_pages import read, url, words

pytestmark = pytest.mark.django_db
State = Registration.State


def go_link(response) -> str | None:
    found = read(response).xpath("//main//a[contains(@href, '/join/go/')]/@href")
    return found[0] if found else None


def test_the_join_button_appears_fifteen_minutes_before(client, soon, make_registration):
    early = make_registration(soon(in_minutes=17, join_url="https://meet.example/a"))
    ready = make_registration(soon(in_minutes=14, join_url="https://meet.example/b"))

    assert go_link(client.get(url(early, "join/"))) is None
    assert go_link(client.get(url(ready, "join/"))) is not None


def test_the_page_says_how_long_it_still_takes(client, soon, make_registration):
    mine = make_registration(soon(in_minutes=13, join_url="https://meet.example/a"))

    page = read(client.get(url(mine, "join/")))

    assert re.fullmatch(r"Starts in 1[23] minutes\.", words(page.xpath("//*[@role='status']")[0]))


def test_joining_is_a_link_whose_click_is_kept_once(client, soon, make_registration):
    mine = make_registration(soon(in_minutes=5, join_url="https://meet.example/room"))
    link = go_link(client.get(url(mine, "join/")))
    mine.refresh_from_db()
    assert mine.join_clicked_at is None

    answers = [client.get(link) for _ in range(2)]

    assert [a["Location"] for a in answers] == ["https://meet.example/room"] * 2
    mine.refresh_from_db()
    first = mine.join_clicked_at
    assert abs(first - timezone.now()) < timedelta(minutes=1)
    client.get(link)
    mine.refresh_from_db()
    assert mine.join_clicked_at == first


@pytest.mark.parametrize(
    "headers", [{"method": "HEAD"}, {"headers": {"Sec-Purpose": "prefetch;prerender"}}]
)
def test_looking_ahead_at_the_link_is_no_click(client, soon, make_registration, headers):
    mine = make_registration(soon(in_minutes=5, join_url="https://meet.example/room"))
    link = go_link(client.get(url(mine, "join/")))

    answer = client.generic(headers.pop("method", "GET"), link, **headers)

    assert answer.status_code == 204
    mine.refresh_from_db()
    assert mine.join_clicked_at is None


def test_an_old_pass_leads_back_for_a_new_one(client, soon, make_registration):
    mine = make_registration(soon(in_minutes=5, join_url="https://meet.example/room"))
    session = mine.event.sessions.get()
    old = joining.pass_for(mine, session, at=timezone.now() - timedelta(minutes=11))

    answer = client.get(url(mine, f"join/go/{old}/"))

    assert answer["Location"] == url(mine, "join/")
    mine.refresh_from_db()
    assert mine.join_clicked_at is None


def test_a_pass_is_good_for_its_own_registration_alone(client, soon, make_registration):
    event = soon(in_minutes=5, join_url="https://meet.example/room")
    mine, other = make_registration(event), make_registration(event)
    theirs = joining.pass_for(other, event.sessions.get(), at=timezone.now())

    answer = client.get(url(mine, f"join/go/{theirs}/"))

    assert answer["Location"] == url(mine, "join/")


def test_who_waits_for_a_seat_cannot_join(client, soon, make_registration):
    event = soon(in_minutes=5, capacity=0, join_url="https://meet.example/room")
    mine = make_registration(event, state=State.WAITLISTED)
    good = joining.pass_for(mine, event.sessions.get(), at=timezone.now())

    page = client.get(url(mine, "join/"))

    assert go_link(page) is None
    assert "meet.example" not in page.content.decode()
    assert client.get(url(mine, f"join/go/{good}/"))["Location"] == url(mine, "join/")


def test_without_an_address_of_the_room_it_says_who_sends_it(client, soon, make_registration):
    mine = make_registration(soon(in_minutes=5))

    page = client.get(url(mine, "join/"))

    assert go_link(page) is None
    assert "The organizer will send you the join link by mail." in words(read(page))


def test_each_session_keeps_its_first_click(make_event, make_registration):
    event = make_event(
        time_zone="UTC",
        sessions=(("2027-01-13T11:00", 60), ("2027-01-14T11:00", 60)),
        join_url="https://meet.example/room",
    )
    mine = make_registration(event)
    first, second = event.sessions.all()
    moments = [session.starts_at - timedelta(minutes=3) for session in (first, second)]

    for session, at in zip((first, second), moments, strict=True):
        token = joining.pass_for(mine, session, at=at)
        assert joining.enter(mine, token, at=at) == "https://meet.example/room"

    mine.refresh_from_db()
    assert mine.join_clicked_at == moments[1]


def test_a_session_with_a_link_of_its_own_leads_there(make_event, make_registration):
    event = make_event(join_url="https://meet.example/a")
    event.sessions.update(join_url="https://calls.example/own")
    registration = make_registration(event)
    at = event.starts_at
    session = event.sessions.get()

    token = joining.pass_for(registration, session, at=at)

    assert joining.enter(registration, token, at=at) == "https://calls.example/own"
