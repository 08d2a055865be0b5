"""The feed builder in Chromium: the feed follows each tick, and all of it works without scripts."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from events.domain import subscriptions
from events.models import FeedSubscription

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not os.environ.get("CHROMIUM"):
        pytest.skip("CHROMIUM names no browser")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def context(browser, live_server, settings) -> Iterator[Callable[..., BrowserContext]]:
    settings.PUBLIC_BASE_URL = live_server.url
    opened = []

    def make(**options) -> BrowserContext:
        made = browser.new_context(base_url=live_server.url, **options)
        made.set_default_timeout(15_000)
        opened.append(made)
        return made

    yield make
    for made in opened:
        made.close()


@pytest.fixture
def coming(make_event):
    make_event(title="Curb data", format="hybrid", starts="2031-01-09T11:00")
    make_event(title="Fiber", format="online", starts="2031-01-10T11:00")


def test_count_address_ways_and_picture_follow_each_tick(context, coming, live_server):
    tab = context().new_page()
    tab.goto("/feeds/")
    status, address = tab.locator("#feed-status"), tab.get_by_label("Feed address")
    expect(status).to_contain_text("2 events match now. Next: Curb data")
    picture = tab.locator("#feed-qr").inner_html()

    tab.get_by_label("Online", exact=True).check()

    expect(status).to_contain_text("1 event matches now. Next: Fiber")
    expect(address).to_have_value(f"{live_server.url}/feeds/all.ics?format=online")
    apple = tab.get_by_role("link", name="Apple and others")
    expect(apple).to_have_attribute("href", address.input_value().replace("http:", "webcal:"))
    assert "format%3Donline" in tab.locator("[data-way=google]").get_attribute("href")
    assert "format%3Donline" in tab.locator("[data-way=outlook]").get_attribute("href")
    assert tab.locator("#feed-qr").inner_html() != picture
    assert tab.url == f"{live_server.url}/feeds/?format=online"
    tab.reload()
    expect(tab.get_by_label("Online", exact=True)).to_be_checked()


def test_what_is_typed_for_a_saved_choice_stays_when_boxes_are_ticked(context, coming):
    tab = context().new_page()
    tab.goto("/feeds/")
    tab.get_by_label("Name").fill("Curbs")

    tab.get_by_label("Hybrid", exact=True).check()
    expect(tab.locator("#feed-status")).to_contain_text("1 event")

    expect(tab.get_by_label("Name")).to_have_value("Curbs")


def test_the_address_is_copied(context, coming):
    here = context(permissions=["clipboard-read", "clipboard-write"])
    tab = here.new_page()
    tab.goto("/feeds/")

    tab.get_by_role("button", name="Copy").click()

    expect(tab.get_by_role("button", name="Copied")).to_be_visible()
    assert tab.evaluate("navigator.clipboard.readText()").endswith("/feeds/all.ics")


def test_without_scripts_a_choice_is_made_saved_changed_and_deleted(context, coming):
    tab = context(java_script_enabled=False).new_page()
    tab.goto("/feeds/")
    tab.get_by_label("Hybrid", exact=True).check()
    tab.get_by_role("button", name="Update my feed").click()
    expect(tab.locator("#feed-status")).to_contain_text("1 event matches now. Next: Curb data")
    tab.get_by_label("Online", exact=True).check()  # and saved without another update
    tab.get_by_label("Name").fill("Both")

    tab.get_by_role("button", name="Save this selection").click()

    expect(tab.locator("#feed-status")).to_contain_text("2 events match now.")
    address = tab.get_by_label("Feed address").input_value()
    assert tab.request.get(address).status == 200
    tab.get_by_role("link", name="Change it now").click()
    tab.get_by_label("Hybrid", exact=True).uncheck()
    tab.get_by_role("button", name="Save changes").click()
    expect(tab.get_by_role("status").first).to_contain_text("Saved.")
    (made,) = FeedSubscription.objects.all()
    assert subscriptions.selection_of(made).format == ("online",)
    tab.get_by_role("link", name="Delete").click()
    tab.get_by_role("button", name="Delete this calendar address").click()
    expect(tab.get_by_role("status").first).to_contain_text("is deleted")
    assert tab.request.get(address).status == 404
