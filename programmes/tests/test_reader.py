"""Colors and clock, chosen by the reader and kept in a cookie."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_for_a_year_and_the_page_comes_back(browser, theme):
    answer = browser.post("/theme/", {"theme": theme, "next": "/events/?q=water"})

    assert (answer.status_code, answer["Location"]) == (302, "/events/?q=water")
    assert browser.cookies["theme"].value == theme
    assert f'data-theme="{theme}"' in browser.get("/help/").content.decode()


@pytest.mark.parametrize("theme", ["system", "", "purple"])
def test_anything_else_follows_the_device_again(browser, theme):
    browser.post("/theme/", {"theme": "dark"})

    browser.post("/theme/", {"theme": theme})

    assert "data-theme=" not in browser.get("/help/").content.decode()


@pytest.mark.parametrize("page", ["https://elsewhere.example/", "//elsewhere.example", "", "help"])
def test_nobody_is_sent_to_another_site(browser, page):
    assert browser.post("/theme/", {"theme": "dark", "next": page})["Location"] == "/"


def test_another_site_cannot_change_the_theme(browser):
    browser.post("/theme/", {"theme": "dark"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert "theme" not in browser.cookies


def test_a_guest_s_zone_is_kept_as_the_script_reads_it():
    guest = Client()

    answer = guest.post("/time-zone/", {"zone": "America/Phoenix", "next": "/help/"})

    assert (answer.status_code, answer["Location"]) == (302, "/help/")
    assert guest.cookies["tz"].value == "America%2FPhoenix"
    page = guest.get("/time-zone/").content.decode()
    assert '<option value="America/Phoenix" selected>' in page


def test_the_device_s_own_zone_takes_the_cookie_back():
    guest = Client()
    guest.post("/time-zone/", {"zone": "America/Phoenix"})

    guest.post("/time-zone/", {"zone": "device"})

    assert guest.cookies["tz"].value == ""


def test_a_signed_in_person_s_zone_is_kept_with_them(make_person):
    ana = make_person("ana")
    browser = Client()
    browser.force_login(ana)

    browser.post("/time-zone/", {"zone": "America/Chicago"})

    ana.refresh_from_db()
    assert ana.time_zone == "America/Chicago"


@pytest.mark.parametrize("zone", ["Mars/Base", "", "MST"])
def test_an_unknown_zone_is_refused_and_nothing_is_kept(zone):
    guest = Client()

    answer = guest.post("/time-zone/", {"zone": zone})

    assert answer.status_code == 422
    assert "Choose a time zone from the list." in answer.content.decode()
    assert "tz" not in guest.cookies


@pytest.mark.parametrize("path", ["/accessibility/", "/privacy/", "/help/"])
def test_the_plain_pages_are_there_and_name_whom_to_write_to(path, settings):
    settings.DEFAULT_FROM_EMAIL = "Smart Coalitions <hello@coalitions.example>"

    page = Client().get(path)

    assert page.status_code == 200
    assert 'href="mailto:hello@coalitions.example"' in page.content.decode()
    assert not page.cookies


def test_the_theme_is_only_changed_by_post(browser):
    assert browser.get("/theme/").status_code == 405
