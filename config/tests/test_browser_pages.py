"""Public and attendee pages in Chromium: what axe finds, without scripts, by keyboard, on a small
screen, and what they weigh."""

import gzip
import io
import itertools
import os
from collections.abc import Callable, Iterator

import pikepdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Response, expect, sync_playwright
from playwright.sync_api import Page as Tab

from config.tests.pages import Page, Site
from events.models import Registration
from kit.ids import group

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# WCAG 2.2, 1.4.12: what a reader may set, and nothing may be lost.
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""
STOPS = 22
"""Stops from the top of an event's page to “You are registered”."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not os.environ.get("CHROMIUM"):
        pytest.skip("CHROMIUM names no browser")
    # Playwright's loop runs in this thread, which Django takes for asynchronous code.
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
def context(browser, site, live_server) -> Iterator[Callable[..., BrowserContext]]:
    """``context(width=390, scheme="dark")``: a browser somebody just opened, in New York."""
    opened = []

    def make(width: int = 1280, scheme: str = "light", **options) -> BrowserContext:
        made = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 844},
            color_scheme=scheme,
            timezone_id="America/New_York",
            reduced_motion="reduce",
            **options,
        )
        made.set_default_timeout(15_000)
        opened.append(made)
        return made

    yield make
    for made in opened:
        made.close()


@pytest.fixture
def free(make_event):
    """An event with room for everybody."""
    return make_event(title="Digital twins", starts="2030-01-09T11:00", capacity=40)


def visit(tab: Tab, page: Page) -> None:
    """Open a page as it is reached: by its address, or by sending its form."""
    if page.data is None:
        tab.goto(page.path)
        return
    tab.goto("/verify/")
    with tab.expect_navigation():
        tab.evaluate(
            """([path, data]) => {
              const form = Object.assign(document.createElement("form"),
                {method: "post", action: path});
              for (const [name, value] of Object.entries(data)) {
                form.append(Object.assign(document.createElement("input"),
                  {type: "hidden", name, value}));
              }
              document.body.append(form);
              form.submit();
            }""",
            [page.path, page.data],
        )


def everything(site: Site) -> list[Page]:
    return [*site.public, *site.attendee, Page("style guide", "/styleguide/")]


# -- what a checker finds


def test_axe_finds_nothing(context, site):
    """At both widths, light and dark; the page is opened once and turned about."""
    tab = context().new_page()
    found = {}

    for page in everything(site):
        visit(tab, page)
        for width, scheme in itertools.product((1280, 390), ("light", "dark")):
            tab.set_viewport_size({"width": width, "height": 844})
            tab.emulate_media(color_scheme=scheme)
            wrong = Axe().run(tab, options={"runOnly": RULES}).response["violations"]
            if wrong:
                found[f"{page.name} {width} {scheme}"] = [
                    (rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in wrong
                ]

    assert found == {}


def test_nothing_is_lost_on_a_small_screen_with_wide_spacing(context, site):
    tab = context(320, bypass_csp=True).new_page()
    wide, small = {}, {}

    for page in everything(site):
        visit(tab, page)
        tab.add_style_tag(content=SPACED)
        width = tab.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[page.name] = width
        if targets := tab.evaluate(SMALL_TARGETS):
            small[page.name] = targets

    assert wide == {}
    assert small == {}


SMALL_TARGETS = """() => [...document.querySelectorAll(
    "button, input, select, textarea, summary, .btn, nav a, td a")]
  .filter((control) => control.type !== "hidden" && control.checkVisibility())
  .map((control) => [control.outerHTML.slice(0, 120), control.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < 24 || box.width < 24))
  .map(([text, box]) => [text, Math.round(box.width), Math.round(box.height)])"""


# -- what they weigh


def weight(response: Response) -> int:
    """Bytes that travel: text is packed on the way, fonts and pictures are so already."""
    body, kind = response.body(), response.headers.get("content-type", "")
    is_text = kind.startswith("text/") or "javascript" in kind or "svg" in kind
    return len(gzip.compress(body, 6)) if is_text else len(body)


SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 300);
})"""


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_light_and_nothing_moves(context, site, width):
    pages = {
        "list": "/events/",
        "month": f"/events/calendar/{site.coming.starts_at:%Y-%m}/",
        "event": f"/events/{site.coming.slug}/",
        "feeds": "/feeds/",
        "certificate": f"/verify/{site.certificates['valid'].code}/",
        "my registration": site.own(site.mine),
        "join": site.own(site.mine, "join/"),
    }
    for name, path in pages.items():
        tab, answers = context(width).new_page(), []
        tab.on("response", lambda answer, answers=answers: answers.append(answer))

        tab.goto(path, wait_until="networkidle")

        assert tab.evaluate(SHIFT) < 0.02, name
        assert len(answers) <= 8, (name, [answer.url for answer in answers])
        assert all(answer.status == 200 for answer in answers), name
        assert sum(map(weight, answers)) < 100 * 1024, name


def test_no_page_breaks_its_own_policy_or_fails_in_a_script(context, site):
    tab, said = context().new_page(), []
    tab.on("pageerror", lambda fault: said.append(str(fault)))
    tab.on("console", lambda line: said.append(line.text) if line.type == "error" else None)

    for page in everything(site):
        if page.status == 200:
            visit(tab, page)

    assert said == []


# -- without scripts


@pytest.fixture
def plain(context) -> Tab:
    """A tab in which no script runs."""
    return context(390, java_script_enabled=False).new_page()


def test_without_scripts_one_filters_the_list(plain, site, free):
    plain.goto("/events/")
    expect(plain.get_by_role("heading", level=3)).to_have_count(4)  # two are a partner's own

    plain.get_by_label("Words").fill("twins")
    plain.get_by_role("button", name="Show events").click()

    expect(plain.get_by_role("heading", level=3)).to_have_text(["Digital twins"])
    expect(plain.get_by_role("status")).to_contain_text("1 event matches your filters")


def test_without_scripts_one_registers_with_a_slip_and_cancels(plain, free):
    plain.goto(f"/events/{free.slug}/")
    plain.get_by_label("Your name").fill("Ana Ruiz")
    plain.get_by_role("button", name="Register for this event").click()

    expect(plain).to_have_title("Error: Digital twins · Smart Coalitions")
    expect(plain.get_by_role("alert")).to_contain_text("Type your email")
    assert plain.get_by_label("Your name").input_value() == "Ana Ruiz"
    plain.get_by_label("Work email").fill("ana@city.example")
    plain.get_by_label("Organization").fill("City of Aurora")
    plain.get_by_role("button", name="Register for this event").click()

    expect(plain.get_by_role("heading", level=1)).to_have_text("You are registered")
    mine = Registration.objects.get(event=free)
    plain.goto(Site.own(None, mine))
    plain.get_by_role("link", name="Cancel my registration").click()
    plain.get_by_role("button", name="Cancel my registration").click()

    expect(plain.get_by_role("heading", level=1)).to_have_text("This registration was canceled")
    mine.refresh_from_db()
    assert mine.state == Registration.State.CANCELLED
    plain.get_by_role("link", name="Register again").click()
    expect(plain.get_by_role("button", name="Register for this event")).to_be_visible()


def test_without_scripts_one_changes_details(plain, site):
    plain.goto(site.own(site.mine))
    plain.get_by_label("Your name").fill("Ana M. Ruiz")
    plain.get_by_role("button", name="Save my details").click()

    expect(plain.get_by_role("status").first).to_have_text("Your details are saved.")
    expect(plain.get_by_label("Your name")).to_have_value("Ana M. Ruiz")


def test_without_scripts_one_asks_for_the_link_again(plain, site):
    plain.goto("/r/")
    plain.get_by_label("Work email").fill(site.mine.email)
    plain.get_by_role("button", name="Send me my links").click()

    expect(plain.get_by_role("heading", level=1)).to_have_text("Look into your mail")


def test_without_scripts_one_checks_a_certificate(plain, site):
    plain.goto("/verify/")
    plain.get_by_label("Certificate code").fill(group(site.certificates["valid"].code).lower())
    plain.get_by_role("button", name="Check this certificate").click()

    expect(plain.get_by_role("heading", level=1)).to_have_text("This certificate is valid.")


def test_without_scripts_one_builds_a_feed(plain, site):
    plain.goto("/feeds/")
    plain.get_by_label("Hybrid").check()
    plain.get_by_role("button", name="Update my feed").click()

    expect(plain.get_by_label("Feed address")).to_have_value(
        f"{os.environ.get('PUBLIC_BASE_URL') or 'http://localhost:8000'}/feeds/all.ics?format=hybrid"
    )
    expect(plain.get_by_label("Hybrid")).to_be_checked()


def test_without_scripts_one_changes_the_clock_and_the_colors(plain, free):
    plain.goto(f"/events/{free.slug}/")
    plain.get_by_role("link", name="Change time zone").click()
    plain.get_by_label("Show times in").select_option("America/New_York")
    plain.locator("main").get_by_role("button").click()

    expect(plain.locator(".yours").first).to_have_text("Your time: Wed, Jan 9, 1 p.m. Eastern")
    plain.get_by_role("button", name="Dark").click()
    expect(plain.locator("html")).to_have_attribute("data-theme", "dark")
    expect(plain.get_by_role("heading", level=1)).to_have_text("Digital twins")


# -- by keyboard


OUTLINE = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  return {
    name: at.id || at.textContent.trim().slice(0, 40) || at.name,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight,
  };
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_by_keyboard_alone_one_gets_from_the_skip_link_to_a_seat(context, free, width):
    tab = context(width).new_page()
    tab.goto(f"/events/{free.slug}/")
    typed = {"id_name": "Ana Ruiz", "id_email": "ana@city.example", "id_organisation": "Aurora"}
    stops = []

    for _ in range(STOPS + 20):
        tab.keyboard.press("Tab")
        stop = tab.evaluate(OUTLINE)
        stops.append(stop)
        if stop["name"] == "Skip to main content":
            tab.keyboard.press("Enter")
        if stop["name"] in typed:
            tab.keyboard.type(typed[stop["name"]])
        if stop["name"] == "Register for this event":
            tab.keyboard.press("Enter")
            break

    expect(tab.get_by_role("heading", level=1)).to_have_text("You are registered")
    assert stops[0]["name"] == "Skip to main content"
    assert [stop["name"] for stop in stops if not stop["outlined"]] == []
    assert [stop["name"] for stop in stops if not stop["inside"]] == []
    assert len(stops) <= STOPS, [stop["name"] for stop in stops]


def test_every_event_of_a_month_is_reached_by_tab(context, site):
    tab = context(1280).new_page()
    tab.goto(f"/events/calendar/{timezone.now():%Y-%m}/")
    wanted = tab.locator("table a").count()
    assert wanted > 0
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.evaluate("Boolean(document.activeElement.closest('table'))"):
            reached.add(tab.evaluate("document.activeElement.textContent"))

    assert len(reached) == wanted


def test_the_summary_of_errors_takes_the_focus_and_leads_to_the_field(context, free):
    tab = context(390).new_page()
    tab.goto(f"/events/{free.slug}/")
    tab.get_by_role("button", name="Register for this event").click()

    expect(tab.get_by_role("alert")).to_be_focused()
    tab.get_by_role("alert").get_by_role("link").first.click()
    expect(tab.get_by_label("Your name")).to_be_focused()


# -- the rest


def test_the_countdown_stays_true_once_a_minute(context, site):
    tab = context(390).new_page()
    tab.clock.install(time=timezone.now())
    tab.goto(site.own(site.mine, "join/"))
    line = tab.locator("[data-starts]")
    before = line.inner_text()

    tab.clock.run_for(2 * 60_000)

    minutes = [int(text.split()[2]) for text in (before, line.inner_text())]
    assert minutes[0] - minutes[1] in {1, 2}


def test_a_ticket_prints_on_one_page_without_the_frame(context, site):
    tab = context().new_page()
    tab.goto(site.own(site.mine, "ticket/"))

    printed = pikepdf.open(io.BytesIO(tab.pdf(format="Letter")))

    assert len(printed.pages) == 1
    tab.emulate_media(media="print")
    expect(tab.get_by_text(group(site.mine.code))).to_be_visible()
    expect(tab.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(tab.locator("footer")).to_be_hidden()


def test_the_browser_sends_no_address_of_ours_along(context, site):
    tab = context().new_page()
    sent = []
    tab.route(
        "https://meet.example/**",
        lambda route: sent.append(route.request.headers) or route.fulfill(body="room"),
    )
    tab.goto(site.own(site.mine, "join/"))

    tab.get_by_role("link", name="Join the event").click()

    tab.wait_for_url("https://meet.example/room")
    assert [headers.get("referer") for headers in sent] == [None]
