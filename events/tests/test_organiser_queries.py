"""The organisers' pages cost the same number of queries for one row and for three."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOON
from events.domain import attendance as ledger
from events.models import AttendanceImport, Event
from events.tests.organising import WHOLE, zoom

pytestmark = pytest.mark.django_db


def queries(client: Client, address: str) -> int:
    client.get(address)  # warms what is kept between requests
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "name", ["event", "hosts", "edit", "registrations", "attendance", "settlement"]
)
def test_a_page_costs_the_same_with_one_row_and_with_three(
    sign_in, plains, coast, make_alliance, make_event, make_registration, name
):
    def furnished(count: int) -> Event:
        event = make_event(
            lead=plains,
            co_hosts=tuple(make_alliance() for _ in range(count)),
            sessions=tuple((f"2027-01-{13 + n}T11:00", 90) for n in range(count)),
            join_url="https://calls.example/42",
        )
        for number in range(count):
            make_registration(event, alliance=coast if number else plains)
            make_registration(event, state="waitlisted", alliance=coast)
            _an_import(event, number)
        return event

    one, three = furnished(1), furnished(3)
    browser = sign_in(plains)

    def cost(event):
        return queries(browser, reverse(f"organise-{name}", args=[event.slug]))

    assert cost(one) == cost(three)


def _an_import(event: Event, number: int) -> AttendanceImport:
    session = event.sessions.first()
    return AttendanceImport.objects.create(
        event=event,
        session=session,
        filename=f"report-{number}.csv",
        sha256=str(number) * 64,
        raw=b"",
        zone=event.time_zone,
        layout="zoom-meeting",
        row_count=0,
        uploaded_at=NOON,
    )


def test_a_review_costs_the_same_for_one_person_and_for_three(
    sign_in, plains, make_event, make_registration
):
    def reviewed(count: int) -> tuple[Event, AttendanceImport]:
        event = make_event(lead=plains)
        made = [make_registration(event, alliance=plains) for _ in range(count)]
        for one in made:
            one.person.addresses.update(key=one.email)
        rows = [(one.name, one.email, *WHOLE) for one in made]
        batch = ledger.upload(
            event,
            raw=zoom(*rows).read(),
            filename="report.csv",
            zone="America/Denver",
            by=None,
            at=NOON,
        )
        assert len(batch.people) == count
        return event, batch

    browser = sign_in(plains)
    costs = [
        queries(browser, reverse("organise-report", args=[event.slug, batch.pk]))
        for event, batch in (reviewed(1), reviewed(3))
    ]

    assert costs[0] == costs[1]
