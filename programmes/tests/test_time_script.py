"""static/js/time.js says the reader's clock in the very words of kit.walltime."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from playwright.sync_api import sync_playwright

from kit import walltime

pytestmark = pytest.mark.browser
SCRIPT = (Path(settings.BASE_DIR) / "static" / "js" / "time.js").read_text()
WINTER = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
SUMMER = datetime(2027, 7, 14, 6, 30, tzinfo=UTC)
NIGHT_OF_THE_CHANGE = datetime(2027, 3, 14, 8, 0, tzinfo=UTC)
READERS = [
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix"),
    *("America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Boise"),
    *("America/Indiana/Knox", "America/Kentucky/Monticello", "America/North_Dakota/Center"),
    *("America/Toronto", "America/Mexico_City", "Europe/Berlin", "Australia/Sydney"),
]


@pytest.fixture(scope="module")
def chromium():
    if not os.environ.get("CHROMIUM"):
        pytest.skip("CHROMIUM names no browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def page_of(times):
    """A page with an empty line for each event, as the server draws it for an unknown reader."""
    line = Template("{% yours starts ends zone %}")
    lines = [
        line.render(Context({"starts": starts, "ends": ends, "zone": zone}))
        for starts, ends, zone in times
    ]
    return (
        '<!doctype html><body data-your-time="Your time:" data-same-time="Same as your local time">'
        f'{"".join(lines)}<script type="module" src="/time.js"></script></body>'
    )


def read(browser, zone, html, *, cookie=None):
    """The lines after the script ran in a browser that is in ``zone``, and its cookies."""
    context = browser.new_context(timezone_id=zone, locale="de-DE")
    if cookie:
        context.add_cookies([{"name": "tz", "value": cookie, "url": "https://events.test/"}])
    page = context.new_page()
    page.route("**/time.js", lambda r: r.fulfill(body=SCRIPT, content_type="text/javascript"))
    page.route("**/page", lambda r: r.fulfill(body=html, content_type="text/html"))
    page.goto("https://events.test/page", wait_until="load")
    found = page.locator(".yours").all_text_contents()
    cookies = {c["name"]: c["value"] for c in context.cookies()}
    context.close()
    return found, cookies


@pytest.mark.parametrize("reader", READERS)
def test_the_script_and_the_server_say_the_same(chromium, reader):
    times = [
        (starts, starts + timedelta(hours=length), zone)
        for starts in (WINTER, SUMMER, NIGHT_OF_THE_CHANGE)
        for length in (1.25, 3)
        for zone in ("America/Denver", "America/Phoenix", "America/New_York")
    ]

    found, cookies = read(chromium, reader, page_of(times))

    assert found == [walltime.reader_line(*time, reader) for time in times]
    assert cookies == {"tz": reader}


def test_a_browser_that_hides_its_zone_changes_nothing(chromium):
    found, cookies = read(chromium, "UTC", page_of([(WINTER, WINTER, "America/Denver")]))

    assert (found, cookies) == ([""], {})


def test_a_zone_the_reader_chose_goes_before_the_browsers(chromium):
    times = [(WINTER, WINTER, "America/Denver")]

    found, cookies = read(chromium, "Europe/Berlin", page_of(times), cookie="America/Chicago")

    assert found == ["Your time: Wed, Dec 2, 12 p.m. Central"]
    assert cookies == {"tz": "America/Chicago"}
