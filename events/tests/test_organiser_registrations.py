"""The organisers' pages of registrations: by the data rule, searched, exported, cancelled."""

import csv
import io

import pytest
from django.urls import reverse

from conftest import NOON
from events.models import Registration
from events.tests.organising import page

pytestmark = pytest.mark.django_db


def test_a_co_host_sees_its_own_members_and_everybodys_totals(
    sign_in, plains, coast, make_event, make_registration
):
    event = make_event(lead=plains, co_hosts=(coast,), sharing="own")
    mine = make_registration(event, name="Ana Ruiz", alliance=coast)
    other = make_registration(event, name="Ben Whitaker", alliance=plains)
    browser = sign_in(coast)

    html = page(browser, "registrations", event.slug)
    export = browser.get(reverse("organise-registrations-csv", args=[event.slug])).content.decode()

    assert ("Ana Ruiz" in html, "Ben Whitaker" in html) == (True, False)
    assert ("Ana Ruiz" in export, "Ben Whitaker" in export) == (True, False)
    assert "The totals count everybody." in html
    assert ">2<" in html.replace("\n", "")
    for one, status in ((mine, 200), (other, 404)):
        for name in ("registration", "registration-cancellation"):
            address = reverse(f"organise-{name}", args=[event.slug, one.code])
            assert browser.get(address).status_code == status


def test_a_co_host_that_may_see_totals_only_sees_no_name(
    sign_in, plains, coast, make_event, make_registration
):
    event = make_event(lead=plains, co_hosts=(coast,), sharing="totals")
    make_registration(event, name="Ana Ruiz", alliance=coast)
    browser = sign_in(coast)

    html = page(browser, "registrations", event.slug)
    export = browser.get(reverse("organise-registrations-csv", args=[event.slug]))

    assert "Ana Ruiz" not in html
    assert "Coast" in html
    assert "totals only" in html
    assert export.status_code == 403
    assert "Ana Ruiz" in page(sign_in(plains), "registrations", event.slug)


def test_the_list_is_searched_filtered_and_sorted(
    sign_in, plains, coast, make_event, make_registration
):
    event = make_event(lead=plains)
    make_registration(event, name="Ana Ruiz", organisation="City of Aurora", alliance=plains)
    make_registration(event, name="Ben Whitaker", alliance=coast, state="waitlisted")
    make_registration(event, name="Chidi Okafor")
    browser = sign_in(plains)

    def names(query: str) -> list[str]:
        response = browser.get(reverse("organise-registrations", args=[event.slug]) + query)
        return [row["registration"].name for row in response.context["rows"]]

    assert names("") == ["Ana Ruiz", "Ben Whitaker", "Chidi Okafor"]
    assert names("?sort=-name") == ["Chidi Okafor", "Ben Whitaker", "Ana Ruiz"]
    assert names("?q=aurora+ana") == ["Ana Ruiz"]
    assert names("?state=waitlisted") == ["Ben Whitaker"]
    assert names(f"?alliance={coast.slug}") == ["Ben Whitaker"]
    assert names("?alliance=none") == ["Chidi Okafor"]
    assert names("?state=unheard-of&sort=nonsense&page=99") == []


def test_the_export_runs_no_formula_and_holds_what_the_filter_shows(
    sign_in, plains, make_event, make_registration
):
    event = make_event(lead=plains)
    make_registration(event, name="=HYPERLINK(1)", organisation="-2+3")
    make_registration(event, name="Ben Whitaker")

    response = sign_in(plains).get(
        reverse("organise-registrations-csv", args=[event.slug]) + "?q=hyperlink"
    )

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert (rows[1][1], rows[1][3]) == ("'=HYPERLINK(1)", "'-2+3")
    assert response["Content-Disposition"].startswith("attachment")


def test_cancelling_a_registration_asks_first_and_seats_the_next(
    sign_in, plains, make_event, make_registration
):
    event = make_event(lead=plains, capacity=1)
    ana = make_registration(event, name="Ana Ruiz", seated_at=NOON)
    ben = make_registration(event, name="Ben Whitaker", state="waitlisted")
    browser = sign_in(plains)
    address = reverse("organise-registration-cancellation", args=[event.slug, ana.code])

    asked = browser.get(address)
    ana.refresh_from_db()
    assert (asked.status_code, ana.state) == (200, "confirmed")
    browser.post(address)

    states = dict(Registration.objects.values_list("pk", "state"))
    assert states == {ana.pk: "cancelled", ben.pk: "confirmed"}
    history = page(browser, "registration", event.slug, ana.code)
    assert "canceled the registration" in history


def test_names_are_shown_as_text(sign_in, plains, make_event, make_registration):
    event = make_event(lead=plains, title="<b>Bold</b> plans")
    make_registration(event, name="<script>alert(1)</script>", organisation="<i>x</i>")

    html = page(sign_in(plains), "registrations", event.slug)

    assert "<script>alert" not in html
    assert "<i>x</i>" not in html
    assert "&lt;script&gt;" in html
