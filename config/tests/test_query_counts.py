"""Lists cost the same however long they are: one row and three ask the database as often."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.domain import calendars, links
from events.models import Registration

pytestmark = pytest.mark.django_db
State = Registration.State


@pytest.fixture
def grow(make_alliance, make_event, make_registration) -> Callable[[], Registration]:
    """``grow()`` puts one more row on every list: an event with co-host, topics, credit, people."""
    lead = make_alliance("Plains", slug="plains")
    partner = make_alliance("Coastal")
    mine: list[Registration] = []

    def row() -> Registration:
        event = make_event(
            lead=lead, co_hosts=(partner,), capacity=9, starts="2030-01-09T11:00", time_zone="UTC"
        )
        event.credits.create(scheme="contact_hour", amount=1)
        person = mine[0].person if mine else None
        mine.append(make_registration(event, person))
        make_registration(event, state=State.WAITLISTED)
        return mine[0]

    return row


def cost(client: Client, path: str) -> int:
    """Queries of the page, drawn anew; what is kept for all pages is kept already."""
    cache.clear()
    client.get("/verify/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    ("path", "at_most"),
    [
        ("/events/", 12),
        ("/events/?alliance=plains&q=fiber", 12),
        ("/events/calendar/2030-01/", 8),
        ("/alliances/", 8),
        ("/alliances/plains/", 14),
        ("/programs/", 8),
        ("/feeds/", 14),
        ("/feeds/all.ics", 29),  # the first time, when its entries are written as well
        ("/api/v1/events", 14),
    ],
)
def test_a_public_list_costs_the_same_with_one_row_and_three(client, grow, path, at_most):
    grow()
    one = cost(client, path)
    grow(), grow()

    three = cost(client, path)

    assert three <= one  # less where the first call left something behind, as feeds do
    assert one <= at_most


def test_an_event_s_page_costs_the_same_whoever_registers(client, grow, make_registration):
    event = grow().event
    one = cost(client, f"/events/{event.slug}/")
    for _ in range(3):
        make_registration(event)

    assert cost(client, f"/events/{event.slug}/") == one <= 24


def test_one_s_own_pages_cost_the_same_with_one_registration_and_three(client, grow):
    mine = grow()
    paths = [f"/r/{links.registration_token(mine)}/{rest}" for rest in ("", "join/", "ticket/")]
    client.force_login(mine.person)
    one = [cost(client, path) for path in (*paths, "/me/")]
    grow(), grow()

    assert [cost(client, path) for path in (*paths, "/me/")] == one
    assert max(one) <= 20


@pytest.mark.parametrize(
    "path",
    [
        "/organize/",
        "/organize/events/",
        "/organize/events/{slug}/",
        "/organize/events/{slug}/edit/",
        "/organize/events/{slug}/time/?alliances=plains&minutes=60&from=2030-01-07&to=2030-01-11",
        "/organize/events/{slug}/registrations/",
        "/organize/events/{slug}/attendance/",
        "/organize/events/{slug}/certificates/",
    ],
)
def test_an_organiser_s_list_costs_the_same_with_one_row_and_three(
    client, grow, make_organiser, make_registration, path
):
    event = grow().event
    client.force_login(make_organiser(event.lead))
    path = path.format(slug=event.slug)
    one = cost(client, path)
    for _ in range(2):
        grow()
        make_registration(event)

    assert cost(client, path) == one
    assert one <= 40


def test_a_page_that_did_not_change_costs_almost_nothing(client, grow):
    event = grow().event
    for path, at_most in (("/events/", 3), (f"/events/{event.slug}/", 2)):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        assert len(asked) <= at_most, path


def test_a_feed_costs_two_queries_while_nothing_changes_and_few_after_an_edit(grow):
    event, client = grow().event, Client()
    client.get("/feeds/all.ics")

    with CaptureQueriesContext(connection) as unchanged:
        tag = client.get("/feeds/all.ics")["ETag"]
    calendars.touch(event, at=timezone.now())
    calendars.redraw(event.sessions.all(), at=timezone.now())
    with CaptureQueriesContext(connection) as edited:
        assert client.get("/feeds/all.ics").status_code == 200

    assert tag
    assert len(unchanged) <= 3
    assert len(edited) <= 16
