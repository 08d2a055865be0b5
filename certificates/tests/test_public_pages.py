"""Checking a certificate as a stranger, and finding one's own."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from certificates.domain import batches, revoking
from certificates.models import Certificate
from events.domain import links
from kit.ids import group
from programmes.domain import delivery

pytestmark = pytest.mark.django_db
AFTER = datetime(2027, 1, 14, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def certificate(make_event, make_registration, make_person):
    """Ana's certificate for 90 minutes, drawn. Ana can sign in."""
    event = make_event(title="Fiber to every block", settled_at=AFTER)
    event.credits.create(scheme="contact_hour", amount=Decimal("1.50"), minutes_per_unit=60)
    ana = make_person("Ana Ruiz", email="ana@city.example", password="long enough")
    make_registration(
        event, ana, name="Ana Ruiz", attended_seconds=5400, presence="met", organisation="Aurora"
    )
    batches.request(event, by=None, at=AFTER)
    drain()
    return Certificate.objects.get()


def drain():
    while entries := delivery.claim():
        for entry in entries:
            delivery.carry_out(entry)


def read(response) -> html.HtmlElement:
    return html.document_fromstring(response.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def verdict(response) -> str:
    return words(read(response).find(".//h1"))


# -- checking


def test_a_valid_one_says_what_the_paper_says(client, certificate):
    page = client.get(f"/verify/{certificate.code}/")

    text = words(read(page))
    assert verdict(page) == "This certificate is valid."
    for part in ("Ana Ruiz", "Fiber to every block", "90 minutes", "1.5", group(certificate.code)):
        assert part in text
    assert certificate.award.event.lead.name in text


def test_the_page_tells_nothing_beyond_the_paper(client, certificate):
    page = client.get(f"/verify/{certificate.code}/").content.decode()

    assert "ana@city.example" not in page
    assert "Aurora" not in page


@pytest.mark.parametrize("typing", [str.lower, group, lambda code: f" {group(code).lower()} "])
def test_a_typed_code_is_understood(client, certificate, typing):
    found = client.get("/verify/", {"code": typing(certificate.code)}, follow=True)

    assert verdict(found) == "This certificate is valid."


def test_a_revoked_one_says_why_for_ever(client, certificate):
    revoking.revoke(certificate, reason="Wrong person.", by=None, at=AFTER)

    page = client.get(f"/verify/{certificate.code}/")

    assert "revoked" in verdict(page)
    assert "Reason: Wrong person." in words(read(page))


def test_a_replaced_one_leads_to_the_new_one(client, certificate):
    new = revoking.reissue(certificate, name="Ana M. Ruiz", by=None, at=AFTER)
    drain()

    page = client.get(f"/verify/{certificate.code}/")

    assert "replaced" in verdict(page)
    assert read(page).xpath(f"//main//a[@href='/verify/{new.code}/']")
    assert verdict(client.get(f"/verify/{new.code}/")) == "This certificate is valid."


def test_an_unknown_code_and_nonsense_get_the_same_page(client, certificate):
    unknown = client.get("/verify/0000000000000000000000/")
    nonsense = client.get("/verify/not-a-code/")

    assert (unknown.status_code, nonsense.status_code) == (404, 404)
    assert "No certificate has this code." in words(read(unknown))
    assert "No certificate has this code." in words(read(nonsense))


def test_a_slip_in_the_code_is_said_without_looking_it_up(client):
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/verify/", {"code": "7Q4M"})

    assert not [query for query in asked if "certificates_certificate" in query["sql"]]
    assert page.status_code == 422
    assert "Check it for a slip" in words(read(page).xpath("//*[@role='alert']")[0])


def test_the_file_is_the_one_that_was_issued(client, certificate):
    answer = client.get(f"/certificates/{certificate.code}.pdf")
    again = client.get(
        f"/certificates/{certificate.code}.pdf", headers={"If-None-Match": answer["ETag"]}
    )

    assert (answer["Content-Type"], again.status_code) == ("application/pdf", 304)
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


def test_checking_too_often_is_refused(client, settings):
    settings.RATE_LIMITS = True

    codes = [client.get("/verify/not-a-code/").status_code for _ in range(31)]

    assert codes == [404] * 30 + [429]


@pytest.mark.parametrize("path", ["/verify/", "/verify/{code}/", "/certificates/{code}.pdf"])
def test_search_engines_keep_out(client, certificate, path):
    answer = client.get(path.format(code=certificate.code))

    assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex")
    assert answer["Referrer-Policy"] == "no-referrer"


# -- one's own


def own_page(client, certificate):
    return client.get(f"/r/{links.registration_token(certificate.registration)}/")


def test_the_registration_s_page_leads_to_the_certificate(client, certificate):
    page = read(own_page(client, certificate))

    links_found = page.xpath("//main//a/@href")
    assert f"/certificates/{certificate.code}.pdf" in links_found
    assert f"/verify/{certificate.code}/" in links_found
    assert "Your certificate is ready" in words(page)


def test_one_that_is_still_being_drawn_is_said_to_be_made(client, certificate):
    certificate.file.delete()

    page = read(own_page(client, certificate))

    assert "Your certificate is being made" in words(page)
    assert f"/certificates/{certificate.code}.pdf" not in page.xpath("//main//a/@href")


def test_a_revoked_one_is_no_longer_offered(client, certificate):
    revoking.revoke(certificate, reason="Wrong person.", by=None, at=AFTER)

    page = read(own_page(client, certificate))

    assert "Revoked" in words(page)
    assert f"/certificates/{certificate.code}.pdf" not in page.xpath("//main//a/@href")


def test_strangers_to_the_site_are_told_how_their_links_reach_them(client):
    page = client.get("/me/")

    assert page.status_code == 200
    assert read(page).xpath("//main//a[@href='/r/']")


def test_who_has_signed_in_sees_everything_of_theirs_alone(
    client, certificate, make_event, make_registration
):
    coming = make_event(title="Curb data", starts="2030-01-09T11:00")
    make_registration(coming, certificate.person)
    make_registration(make_event(title="Not theirs", starts="2030-02-09T11:00"))
    client.force_login(certificate.person)

    page = read(client.get("/me/"))

    text = words(page)
    assert "Curb data" in text
    assert "Not theirs" not in text
    rows = [[words(cell) for cell in row] for row in page.xpath("//table[1]/tbody/tr")]
    assert ["2027", "Contact hours", "1.5"] in rows
    assert f"/certificates/{certificate.code}.pdf" in page.xpath("//main//a/@href")


def test_revoked_credit_does_not_add_up(client, certificate):
    client.force_login(certificate.person)
    assert "Contact hours" in words(read(client.get("/me/")))

    revoking.revoke(certificate, reason="Wrong person.", by=None, at=AFTER)

    assert "Contact hours" not in words(read(client.get("/me/")))
