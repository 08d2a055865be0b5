"""What every answer carries, and that looking at a page changes nothing."""

import re
from http.cookies import Morsel

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client

from config.tests.pages import Page, Site, visit
from events.domain import joining
from events.models import Registration
from programmes.models import AuditEntry

pytestmark = pytest.mark.django_db
OURS = ("programmes", "events", "certificates")
# What reading a page may write: what calendar feeds keep ready, and that somebody is signed in.
MAY_BE_KEPT = {"FeedState", "FeedShowing", "Session", "SessionText"}


def everything(site: Site) -> list[Page]:
    return [*site.public, *site.attendee]


def test_every_page_carries_the_headers(site):
    for client, pages in ((Client(), everything(site)), (site.signed_in(), site.organiser_s)):
        for page in pages:
            answer = visit(client, page)
            sent = {
                "nosniff": answer["X-Content-Type-Options"],
                "DENY": answer["X-Frame-Options"],
                "same-origin": answer["Cross-Origin-Opener-Policy"],
            }
            assert all(expected == found for expected, found in sent.items()), page.name
            assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], page.name
            assert answer["Referrer-Policy"] in {"no-referrer", "strict-origin-when-cross-origin"}
            assert re.fullmatch(r"[0-9a-f]{16}", answer["X-Request-ID"]), page.name


def test_what_is_not_a_page_carries_them_too(site, client):
    code = site.certificates["valid"].code
    for path in ("/healthz", "/api/v1/events", f"/certificates/{code}.pdf", "/brand.css"):
        answer = client.get(path)
        assert answer.status_code in {200, 503}, path  # the health check, where no worker runs
        assert answer["X-Content-Type-Options"] == "nosniff", path
    assert client.get("/feeds/all.ics")["X-Content-Type-Options"] == "nosniff"


def cookies(answer) -> dict[str, Morsel]:
    return dict(answer.cookies)


def test_no_public_page_sets_a_cookie(site):
    for page in everything(site):
        if page.path.startswith("/accounts/") or page.path.startswith("/time-zone/"):
            continue  # forms that carry a token against other sites
        client = Client()
        answer = visit(client, page)
        assert cookies(answer) == {}, page.name
        assert dict(client.cookies) == {}, page.name


def test_no_page_for_strangers_begins_a_session(site):
    for page in everything(site):
        client = Client()
        visit(client, page)
        assert "sessionid" not in client.cookies, page.name


def test_cookies_of_a_session_are_out_of_reach_of_scripts(site):
    site.organiser.set_password("seven points")
    site.organiser.save()
    client, typed = Client(), {"login": site.organiser.email, "password": "seven points"}

    answer = client.post("/accounts/login/", typed)

    session = answer.cookies["sessionid"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")


def test_pages_behind_a_signed_link_are_told_to_nobody(site, client):
    for page in site.attendee:
        answer = visit(client, page)
        assert answer["Cache-Control"] == "private, no-store", page.name
        assert answer["Referrer-Policy"] == "no-referrer", page.name
        assert answer["X-Robots-Tag"] == "noindex", page.name


# -- looking changes nothing


def tables() -> dict[str, list[tuple]]:
    """Every row of every table of ours, as plain values."""
    models: list[type[Model]] = [m for app in OURS for m in apps.get_app_config(app).get_models()]
    return {
        model.__name__: sorted(model.objects.values_list(), key=repr)
        for model in models
        if model.__name__ not in MAY_BE_KEPT
    }


def test_there_are_tables_to_compare(site):
    found = tables()

    assert len(found) > 20
    assert len(found["Registration"]) >= 7


def test_opening_every_page_changes_no_row(site):
    before = tables()

    for page in everything(site):
        if page.data is None:
            visit(Client(), page)
    for page in site.organiser_s:
        visit(site.signed_in(), page)
    for rest in ("details/", "invitation.ics"):
        Client().get(site.own(site.mine, rest))

    after = tables()
    person = after.pop("Person"), before.pop("Person")  # signing in for this test writes the time
    assert len(person[0]) == len(person[1])
    assert after == before


def test_looking_with_head_changes_no_row_either(site):
    before = tables()

    for page in everything(site):
        if page.data is None:
            Client().head(page.path)

    assert tables() == before


def test_only_the_link_into_the_room_writes_and_only_with_a_fresh_pass(site, client):
    """Mail scanners open every link of a mail: none of those may count as somebody's click."""
    before = tables()
    for sealed in ("x", "A" * 60):
        client.get(site.own(site.mine, f"join/go/{sealed}/"))
    assert tables() == before

    page = client.get(site.own(site.mine, "join/")).content.decode()
    link = re.search(r'href="(/r/[^"]+/join/go/[^"]+)"', page)[1]
    answer = client.get(link)

    assert answer["Location"] == site.coming.join_url
    after = tables()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {Registration.__name__, AuditEntry.__name__}


def test_the_links_of_the_mails_are_not_the_link_into_the_room(site):
    """A pass lasts minutes; the link of a mail lasts until the event."""
    assert joining.PASS_IS_GOOD_FOR.total_seconds() <= 600


# -- what is only for forms


@pytest.mark.parametrize(
    "path",
    ["/events/{slug}/registrations/", "/theme/"],
)
def test_what_only_takes_forms_refuses_to_be_opened(site, client, path):
    assert client.get(path.format(slug=site.coming.slug)).status_code == 405


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(site, client, method):
    for path in ("/events/", f"/events/{site.coming.slug}/", site.own(site.mine), "/r/"):
        assert getattr(client, method)(path).status_code == 405, path
