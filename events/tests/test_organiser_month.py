"""The month of the network for organisers, and the list at the door."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from events.domain import doors
from events.models import EventHost
from kit import months
from programmes.models import Role

Kind = Role.Kind
MONTH = "/organize/calendar/2027-01/"


@pytest.fixture
def alliance(make_alliance):
    return make_alliance("Plains", slug="plains", states=["CO"])


@pytest.fixture
def client_of(alliance, make_organiser):
    def made(kind: str = Kind.ORGANISER) -> Client:
        client = Client()
        client.force_login(make_organiser(alliance, kind=kind))
        return client

    return made


def cells(answer) -> dict[str, str]:
    """What each day of the month says."""
    page = html.document_fromstring(answer.content.decode())
    return {
        " ".join(cell.find("span").text_content().split()): " ".join(cell.text_content().split())
        for cell in page.iterfind(".//table[@class='cal']//td")
        if "out" not in cell.get("class")
    }


def on(answer, day: int) -> str:
    return next(text for name, text in cells(answer).items() if name.endswith(f" {day}"))


def titles(answer) -> set[str]:
    page = html.document_fromstring(answer.content.decode())
    return {s.text for s in page.iterfind(".//table[@class='cal']//span[@class='what']")}


@pytest.mark.django_db
def test_the_month_shows_what_is_public_of_all_and_drafts_of_one_s_own(
    client_of, alliance, make_event, make_alliance
):
    partner = make_alliance("Coastal")
    make_event(title="Of another", starts="2027-01-13T11:00", co_hosts=(partner,))
    make_event(title="Own draft", lead=alliance, published=False, starts="2027-01-14T11:00")
    make_event(title="Draft of another", published=False, starts="2027-01-14T11:00")
    answer = client_of().get(MONTH)

    assert titles(answer) == {"Of another", "Own draft"}
    assert "Coastal" in on(answer, 13)  # every host has its mark, not the lead alone
    assert "Own draft (draft)" in on(answer, 14)
    assert "Martin Luther King" in on(answer, 18)


@pytest.mark.django_db
def test_an_alliance_that_was_asked_finds_the_proposal_on_its_calendar(
    client_of, alliance, make_event
):
    event = make_event(title="Proposal", published=False, starts="2027-01-14T11:00")
    EventHost.objects.create(
        event=event, alliance=alliance, role="co-host", state="invited", invited_at=timezone.now()
    )

    assert titles(client_of().get(MONTH)) == {"Proposal"}
    assert titles(client_of(Kind.VIEWER).get(MONTH)) == {"Proposal"}
    assert titles(client_of(Kind.CHECK_IN).get(MONTH)) == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("alliance=plains", {"Fiber"}),
        ("topic=streets", {"Fiber"}),
        ("status=published", {"Fiber", "Curb"}),
        ("status=draft", set()),
        ("format=in_person", {"Curb"}),
        ("topic=nothing", set()),
    ],
)
def test_the_month_is_narrowed_and_says_so(client_of, alliance, make_event, query, found):
    make_event(lead=alliance, title="Fiber").topics.create(slug="streets", name="Streets")
    make_event(title="Curb", format="in_person")

    answer = client_of().get(f"{MONTH}?{query}")

    assert titles(answer) == found
    assert "Clear filters" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("month", ["2027-13", "0000-01", "2027-1", "x", "2090-01", "２027-01"])
def test_what_is_no_month_or_far_away_is_no_page(client_of, month):
    assert client_of().get(f"/organize/calendar/{month}/").status_code == 404


@pytest.mark.django_db
def test_this_month_keeps_the_filters(client_of):
    to = client_of().get("/organize/calendar/?alliance=plains")["Location"]

    assert to == f"/organize/calendar/{timezone.localdate():%Y-%m}/?alliance=plains"


@given(st.dates(date(2000, 1, 1), date(2100, 12, 1)).map(lambda day: day.replace(day=1)))
def test_a_sheet_is_whole_weeks_from_sunday_and_holds_its_month(first):
    days = months.sheet(first)

    assert len(days) % 7 == 0
    assert len(days) <= 42
    assert days[0].strftime("%a") == "Sun"
    assert [b - a for a, b in itertools.pairwise(days)] == [timedelta(1)] * (len(days) - 1)
    assert {day for day in days if (day.year, day.month) == (first.year, first.month)} == {
        first + timedelta(n) for n in range((months.following(first) - first).days)
    }
    assert months.before(months.following(first)) == first
    assert months.first_of(f"{first:%Y-%m}") == first


# --- the list at the door -------------------------------------------------------------------------


def in_hours(hours: float) -> str:
    return f"{timezone.now() + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


@pytest.mark.django_db
def test_staff_find_names_and_tickets_on_the_day_and_no_address(
    client_of, alliance, make_event, make_registration
):
    event = make_event(lead=alliance, starts=in_hours(3), time_zone="UTC")
    make_registration(event, name="Ana Ruiz", organisation="Aurora", access_needs="Captions")
    make_registration(event, name="Ben Okafor", state="waitlisted")
    door = f"/organize/events/{event.slug}/check-in/"

    page = client_of(Kind.CHECK_IN).get(door).content.decode()
    assert "Ana Ruiz" in page
    assert "Aurora" in page
    assert "1 expected" in " ".join(html.document_fromstring(page).text_content().split())
    for hidden in ("@town", "Captions", "Ben Okafor", "Registrations"):
        assert hidden not in page


@pytest.mark.django_db
def test_before_and_after_the_days_the_list_is_closed_to_staff_and_open_to_organisers(
    client_of, alliance, make_event, make_registration
):
    event = make_event(lead=alliance, starts=in_hours(72), time_zone="UTC")
    make_registration(event, name="Ana Ruiz")
    door = f"/organize/events/{event.slug}/check-in/"

    closed = client_of(Kind.CHECK_IN).get(door).content.decode()
    assert "Ana Ruiz" not in closed
    assert "a day before the event" in closed
    assert "Ana Ruiz" in client_of().get(door).content.decode()


@pytest.mark.django_db
def test_somebody_is_found_by_name_organisation_or_ticket(
    client_of, alliance, make_event, make_registration
):
    event = make_event(lead=alliance, starts=in_hours(3), time_zone="UTC")
    ana = make_registration(event, name="Ana Ruiz", organisation="Aurora")
    make_registration(event, name="Ben Okafor", organisation="Boulder")
    door, client = f"/organize/events/{event.slug}/check-in/", client_of(Kind.CHECK_IN)

    for words in ("ruiz", "auro", ana.code, ana.code.lower(), "ana aurora"):
        page = client.get(door, {"q": words}).content.decode()
        assert ("Ana Ruiz" in page, "Ben Okafor" in page) == (True, False), words
    assert "Nobody on your list" in client.get(door, {"q": "zoe"}).content.decode()


@pytest.mark.django_db
def test_co_hosts_under_totals_are_told_to_ask_the_lead(
    client_of, alliance, make_event, make_registration
):
    event = make_event(co_hosts=(alliance,), sharing="totals", starts=in_hours(3), time_zone="UTC")
    make_registration(event, name="Ana Ruiz", alliance=alliance)

    page = client_of(Kind.CHECK_IN).get(f"/organize/events/{event.slug}/check-in/")
    assert "Ask the lead for the list" in page.content.decode()
    assert "Ana Ruiz" not in page.content.decode()


@pytest.mark.django_db
def test_the_days_of_a_door_are_a_day_around_each_date(make_event):
    at = datetime(2027, 1, 13, 18, tzinfo=UTC)
    event = make_event(starts="2027-01-13T18:00", minutes=60, time_zone="UTC")

    for moved, is_open in (
        (timedelta(hours=-24), False),
        (timedelta(hours=-23, minutes=-59), True),
        (timedelta(hours=24, minutes=59), True),
        (timedelta(hours=25), False),
    ):
        assert doors.is_open(event, at=at + moved) is is_open, moved
    event.status = "cancelled"
    assert not doors.is_open(event, at=at)
