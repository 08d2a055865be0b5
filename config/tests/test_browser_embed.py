"""The list of events in pages of other origins, in Chromium: listed ones and others, both ways."""

import http.server
import os
import threading
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Frame, Request, expect, sync_playwright
from playwright.sync_api import Page as Tab

from config.tests.test_browser_pages import RULES
from events.models import EmbedSite

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIMIT = 30 * 1024
SIZES = ("responseHeadersSize", "responseBodySize")
FRAME = '<iframe src="{site}/embed/events/?{query}" title="Events" width="100%" height="600">'
SCRIPT = (
    '<div data-coalition-events="{site}/embed/events/?{query}"{more}>'
    '<a href="{site}/events/">Events</a></div><script src="{site}/embed/events.js" async></script>'
)
BOTH = pytest.mark.parametrize("pasted", [FRAME, SCRIPT], ids=["frame", "script"])
# A browser that shuts frames of other sites out of its storage says so by throwing.
STORED = "() => { try { return localStorage.length + sessionStorage.length } catch { return 0 } }"
ON_A_TITLE = """() => {
  const within = document.activeElement?.shadowRoot ?? document;
  return Boolean(within.activeElement?.closest(".title"));
}"""
PAGE = (
    '<!doctype html><html lang="en"><head><title>City of Aurora</title>'
    "<style>* {{ font-size: 40px; color: red }} ul {{ list-style: square }}</style></head>"
    "<body><main><h1>City of Aurora</h1>{pasted}</main></body></html>"
)


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
def city() -> Iterator[Callable[[str], str]]:
    """``city(html)``: the address of that page on a site of another origin."""
    pages: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages[-1] if self.path == "/" else b"")

        def log_message(self, *words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(html: str) -> str:
        pages.append(html.encode())
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    server.shutdown()
    server.server_close()


@pytest.fixture
def ours(live_server, settings) -> str:
    settings.PUBLIC_BASE_URL = live_server.url
    return live_server.url


@pytest.fixture
def plains(make_alliance, make_event):
    lead = make_alliance("Plains", slug="plains")
    for number in range(12):
        make_event(
            lead=lead,
            co_hosts=(make_alliance(f"Partner {number}"),),
            title=f"Curb data, part {number}",
            starts=f"2031-01-{number + 10}T11:00",
        )
    return lead


@pytest.fixture
def context(browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        timezone_id="America/New_York", viewport={"width": 900, "height": 800}
    )
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def visit(context, city, ours, plains, noon) -> Callable[..., Tab]:
    """``visit(SCRIPT, listed=True)``: the city's page with that pasted into it."""

    def go(pasted: str, *, listed: bool, query: str = "alliance=plains", more: str = "") -> Tab:
        url = city(PAGE.format(pasted=pasted.format(site=ours, query=query, more=more)))
        if listed:
            EmbedSite.objects.create(alliance=plains, origin=url, added_at=noon)
        tab = context.new_page()
        tab.goto(url)
        return tab

    return go


def framed(tab: Tab) -> Frame:
    tab.wait_for_selector("iframe")
    found = tab.query_selector("iframe").content_frame()
    found.wait_for_load_state()
    return found


def test_a_listed_site_shows_the_list_in_a_frame(visit, ours):
    tab = visit(FRAME, listed=True)

    list_ = framed(tab)

    expect(list_.locator(".title")).to_have_count(10)
    expect(list_.locator(".yours").first).to_have_text("Your time: Fri, Jan 10, 1 p.m. Eastern")
    assert list_.url == f"{ours}/embed/events/?alliance=plains"


def test_a_site_that_is_not_listed_cannot_frame_it(visit, context):
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))

    tab = visit(FRAME, listed=False)

    tab.wait_for_timeout(500)
    assert framed(tab).url.startswith("chrome-error:")
    assert any("frame-ancestors" in text for text in said)


def test_a_listed_site_shows_the_list_as_part_of_its_page(visit):
    tab = visit(SCRIPT, listed=True)

    expect(tab.locator(".title")).to_have_count(10)
    expect(tab.get_by_role("heading", name="Events of Plains")).to_be_visible()
    expect(tab.locator(".yours").first).to_have_text("Your time: Fri, Jan 10, 1 p.m. Eastern")
    # Neither reaches into the other.
    title = tab.locator(".title a").first
    assert title.evaluate("(one) => getComputedStyle(one).fontSize") == "17.6px"
    assert tab.locator("h1").evaluate("(one) => getComputedStyle(one).fontSize") == "40px"


def test_our_script_leaves_the_link_standing_where_it_may_not(visit, context):
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))

    tab = visit(SCRIPT, listed=False)

    tab.wait_for_timeout(500)
    expect(tab.get_by_role("link", name="Events")).to_be_visible()
    expect(tab.locator(".title")).to_have_count(0)
    assert any("on the list of sites" in text for text in said)


def test_our_script_makes_a_frame_as_high_as_the_list(visit):
    tab = visit(SCRIPT, listed=True, more=' data-as="frame" data-title="Events of Plains"')

    frame = tab.locator("iframe")
    expect(frame).to_have_attribute("title", "Events of Plains")
    expect(framed(tab).locator(".title")).to_have_count(10)
    expect(frame).not_to_have_attribute("height", "600")
    inside = framed(tab).evaluate("document.documentElement.scrollHeight")
    assert abs(int(frame.get_attribute("height")) - inside) <= 2


def test_our_script_takes_no_list_from_elsewhere(visit, context, ours):
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    elsewhere = SCRIPT.replace("{site}/embed/events/?", "https://evil.example/embed/events/?")

    tab = visit(elsewhere, listed=True)

    tab.wait_for_timeout(500)
    expect(tab.get_by_role("link", name="Events")).to_be_visible()
    assert not [url for url in asked if "evil" in url]


@BOTH
def test_no_cookie_and_nothing_else_is_left_in_the_browser(visit, context, ours, pasted):
    tab = visit(pasted, listed=True, query="limit=5")
    inside = framed(tab) if pasted == FRAME else tab
    expect(inside.locator(".title")).to_have_count(5)

    assert context.cookies() == []
    for frame in tab.frames:
        assert frame.evaluate(STORED) == 0


@BOTH
def test_all_of_it_is_light_and_comes_from_us(visit, context, ours, plains, make_event, pasted):
    """Bytes as they travelled, headers and all, of the longest list on a first visit."""
    for number in range(40):
        make_event(lead=plains, starts=f"2031-02-{1 + number % 28:02}T11:00")
    done: list[Request] = []
    context.on("requestfinished", lambda request: done.append(request))

    tab = visit(pasted, listed=True, query="alliance=plains&limit=50")

    inside = framed(tab) if pasted == FRAME else tab
    expect(inside.locator(".title")).to_have_count(50)
    tab.wait_for_load_state("networkidle")
    sizes = {one.url: sum(one.sizes()[part] for part in SIZES) for one in done}
    theirs = sizes.pop(tab.url)
    assert theirs > 0
    assert len(sizes) >= 3
    assert all(url.startswith(ours) for url in sizes)
    assert 4_000 < sum(sizes.values()) < LIMIT


@BOTH
def test_links_open_the_event_in_the_whole_window_and_by_keyboard(visit, ours, pasted):
    tab = visit(pasted, listed=True)
    inside = framed(tab) if pasted == FRAME else tab
    expect(inside.locator(".title")).to_have_count(10)

    for _ in range(3):  # the frame itself may be a stop
        if not inside.evaluate(ON_A_TITLE):
            tab.keyboard.press("Tab")
            tab.wait_for_timeout(100)
    assert inside.evaluate(ON_A_TITLE)
    tab.keyboard.press("Enter")

    tab.wait_for_url(f"{ours}/events/*/")
    expect(tab.locator("h1")).to_contain_text("Curb data, part 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@BOTH
def test_axe_finds_nothing_in_it(visit, pasted, scheme):
    tab = visit(pasted, listed=True)
    tab.emulate_media(color_scheme=scheme)
    inside = framed(tab) if pasted == FRAME else tab
    expect(inside.locator(".title")).to_have_count(10)

    wrong = Axe().run(tab, options={"runOnly": RULES}).response["violations"]

    found = [
        (rule["id"], node["target"])
        for rule in wrong
        for node in rule["nodes"]
        if "iframe" in str(node["target"]) or "data-coalition" in str(node["target"])
    ]
    assert found == []


def test_without_scripts_the_frame_shows_the_list_and_the_script_s_link_stays(
    browser, city, ours, plains, noon
):
    quiet = browser.new_context(java_script_enabled=False)
    both = (FRAME + "</iframe>" + SCRIPT).format(site=ours, query="alliance=plains", more="")
    url = city(PAGE.format(pasted=both))
    EmbedSite.objects.create(alliance=plains, origin=url, added_at=noon)
    tab = quiet.new_page()

    tab.goto(url)

    expect(tab.frame_locator("iframe").locator(".title")).to_have_count(10)
    expect(tab.get_by_role("link", name="Events", exact=True)).to_be_visible()
    quiet.close()
