"""The main job as people do it, in Chromium: the same five steps as over HTTP, with pictures.

One site for the whole walk, and a browser of their own for each person. Each fixture is what
somebody does, each test says what must be so after it.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

from config.tests.live.browser import PICTURES, SECONDS, Cast, picture
from config.tests.live.site import CO_HOST, REPORT_LEAD, WEBINAR_LEAD, Site, parsed, until

pytestmark = [pytest.mark.live, pytest.mark.browser]

TITLE = "One curb inventory for two regions"
DAY = (datetime.now(UTC) + timedelta(days=42)).date()
REPORT = "zoom_meeting_with_meeting_data.csv"
REPORTED = "bead-challenge-results"
STILL = 3 * SECONDS
"""A panel that still asked would ask three times in this."""


@pytest.fixture(scope="module")
def site(private) -> Iterator[Site]:
    """Mails are files here, as on a machine without a mail server."""
    with private() as made:
        del made.env["EMAIL_URL"]
        with made.web(), made.workers():
            yield made


@pytest.fixture(scope="module")
def cast(site: Site) -> Iterator[Cast]:
    if not os.environ.get("CHROMIUM"):
        pytest.skip("CHROMIUM names no browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield Cast(browser, site)
        browser.close()


@pytest.fixture(scope="module")
def mail_to(site: Site) -> Callable[[str, str], EmailMessage]:
    """``mail_to("ana@…", "seat")``: the newest mail file for somebody about something."""
    folder = Path(site.env["MAIL_DIR"])

    def find(address: str, word: str) -> EmailMessage:
        def found() -> list[EmailMessage]:
            mails = [parsed(file.read_bytes()) for file in sorted(folder.glob("*.eml"))]
            return [m for m in mails if address in m["To"] and word in m["Subject"]]

        return until(found, what=f"a mail “{word}” to {address}")[-1]

    return find


def link_in(mail: EmailMessage, pattern: str) -> str:
    body = mail.get_body(["plain"])
    assert body is not None
    found = re.search(rf"https?://\S+?({pattern})", body.get_content())
    assert found, body.get_content()
    return found[1]


# --- 1: planned, refused, accepted, published -----------------------------------------------------


@pytest.fixture(scope="module")
def planner(cast: Cast) -> Page:
    return cast.organiser(WEBINAR_LEAD)


@pytest.fixture(scope="module")
def drafted(planner: Page) -> str:
    """North Texas plans a joint event; returns the path of its workspace."""
    picture(planner, "01-organizer-home", narrow=True)
    planner.goto("/organize/events/new/")
    planner.get_by_label("Title", exact=True).fill(TITLE)
    planner.get_by_label("Summary").fill("How two regions publish one inventory of their curbs.")
    planner.get_by_label("Mobility and transit").check()
    planner.get_by_role("group", name="Co-hosts").get_by_label("Smart North Florida").check()
    planner.get_by_label("Time zone").select_option("America/Chicago")
    planner.get_by_label("Date").fill(f"{DAY}")
    planner.get_by_label("Start", exact=True).fill("11:00")
    planner.get_by_label("End", exact=True).fill("12:30")
    planner.get_by_role("button", name="Add a break").click()
    planner.get_by_label("Break 1 from").fill("11:40")
    planner.get_by_label(re.compile("^to ")).fill("11:50")
    planner.get_by_label("Join link").fill("https://calls.example/one-curb-inventory")
    planner.get_by_label("Seats").fill("1")
    planner.get_by_label("Contact hours").fill("1.25")
    picture(planner, "02-plan", narrow=True)
    planner.get_by_role("button", name="Save draft").click()
    expect(planner.get_by_role("heading", level=1)).to_contain_text(TITLE)
    return planner.url.removeprefix(planner.url.split("/organize/")[0])


@pytest.fixture(scope="module")
def refused(planner: Page, drafted: str) -> str:
    """What the planner reads who publishes too early."""
    planner.goto(drafted)
    planner.get_by_role("button", name="Publish this event").click()
    picture(planner, "03-publishing-refused")
    return planner.get_by_role("main").inner_text()


@pytest.fixture(scope="module")
def published(cast: Cast, planner: Page, refused: str, drafted: str, mail_to) -> str:
    """Smart North Florida accepts by the link in its mail; returns the path of the public page."""
    asked = mail_to(f"organiser@{CO_HOST}.example", TITLE)
    co_host = cast.organiser(CO_HOST)
    picture(co_host, "04-co-host-home")
    co_host.goto(link_in(asked, r"/organize/\S+/hosts/"))
    picture(co_host, "05-co-host-asked", narrow=True)
    co_host.get_by_role("button", name="Accept").click()
    expect(co_host.get_by_role("heading", name="Smart North Florida has accepted")).to_be_visible()
    planner.goto(drafted)
    planner.get_by_role("button", name="Publish this event").click()
    expect(planner.get_by_text("Published. It is in the public list")).to_be_visible()
    picture(planner, "06-published")
    return f"/events/{drafted.strip('/').split('/')[-1]}/"


def test_publishing_too_early_names_who_is_missing(refused: str) -> None:
    assert "Smart North Florida" in refused
    assert "Waiting for co-hosts" in refused


# --- 2: found by anybody --------------------------------------------------------------------------


def test_a_visitor_finds_it_in_the_list_and_reads_both_clocks(cast: Cast, published: str) -> None:
    visitor = cast.person()
    visitor.goto("/events/?q=inventory")
    picture(visitor, "07-event-list", narrow=True)
    visitor.get_by_role("link", name=TITLE).first.click()
    expect(visitor).to_have_url(re.compile(f"{published}$"))
    facts = visitor.get_by_role("main")
    expect(facts).to_contain_text("11 a.m. to 12:30 p.m. Central")
    expect(facts).to_contain_text(f"Your time: {DAY:%a, %b} {DAY.day}, 12 p.m. Eastern")
    picture(visitor, "08-event", narrow=True)
    visitor.goto("/feeds/")
    picture(visitor, "09-feeds", narrow=True)


# --- 3: registered without scripts, cancelled, promoted -------------------------------------------

ANA, BO = "ana.ruiz@walk.example", "bo.lind@walk.example"


@pytest.fixture(scope="module")
def visitor(cast: Cast) -> Page:
    """Somebody whose browser runs no scripts."""
    return cast.person(scripts=False)


@pytest.fixture(scope="module")
def registered(visitor: Page, published: str) -> list[str]:
    """Two people take the one seat and the first place in line; returns what each read."""
    read = []
    for name, email in (("Ana Ruiz", ANA), ("Bo Lind", BO)):
        visitor.goto(published)
        visitor.get_by_label("Your name").fill(name)
        visitor.get_by_label("Work email").fill(email)
        visitor.get_by_label("Organization").fill("City of Cedar Fork")
        visitor.get_by_role("button", name=re.compile("Register for|Join the waitlist")).click()
        picture(visitor, f"10-registered-{len(read) + 1}", narrow=True)
        read.append(visitor.get_by_role("heading", level=1).inner_text())
    return read


@pytest.fixture(scope="module")
def cancelled(visitor: Page, registered: list[str], mail_to) -> str:
    """Ana gives her seat back over the link in her mail; returns what the page then says."""
    visitor.goto(link_in(mail_to(ANA, TITLE), r"/r/[^/\s]+/"))
    picture(visitor, "11-my-registration", narrow=True)
    visitor.get_by_role("link", name="Cancel my registration").click()
    picture(visitor, "12-cancel")
    visitor.get_by_role("button", name="Cancel my registration").click()
    picture(visitor, "13-cancelled")
    return visitor.get_by_role("main").inner_text()


def test_people_register_without_scripts_and_the_second_one_waits(registered: list[str]) -> None:
    assert "registered" in registered[0]
    assert "waitlist" in registered[1] or "in line" in registered[1]


def test_a_cancelled_seat_goes_to_the_next_in_line_who_gets_a_mail(
    visitor: Page, cancelled: str, mail_to
) -> None:
    assert "canceled" in cancelled
    visitor.goto(link_in(mail_to(BO, "seat"), r"/r/[^/\s]+/"))
    expect(visitor.get_by_role("heading", level=1)).to_have_text("You are registered")
    picture(visitor, "14-promoted")


# --- 4: the report --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def organiser(cast: Cast) -> Page:
    return cast.organiser(REPORT_LEAD)


@pytest.fixture(scope="module")
def reviewed(organiser: Page, sample) -> str:
    """The report as it was read, before anything counts."""
    organiser.goto(f"/organize/events/{REPORTED}/registrations/")
    picture(organiser, "15-registrations", narrow=True)
    organiser.goto(f"/organize/events/{REPORTED}/attendance/")
    picture(organiser, "16-attendance")
    file = {"name": REPORT, "mimeType": "text/csv", "buffer": sample(REPORT)}
    organiser.get_by_label("Attendance report").set_input_files(file)
    organiser.get_by_role("button", name="Read this report").click()
    expect(organiser.get_by_role("heading", name=REPORT)).to_be_visible()
    picture(organiser, "17-report", narrow=True)
    return organiser.get_by_role("main").inner_text()


@pytest.fixture(scope="module")
def settled(organiser: Page, reviewed: str) -> str:
    organiser.get_by_role("button", name="The ticked ones are right").click()
    expect(organiser.get_by_text("people matched.")).to_be_visible()
    organiser.get_by_role("button", name="Apply this report").click()
    expect(organiser.get_by_role("row", name=REPORT)).to_contain_text("Applied")
    picture(organiser, "18-minutes", narrow=True)
    organiser.get_by_role("link", name=re.compile("^Settle attendance")).click()
    expect(organiser.get_by_role("heading", name="Settle attendance of")).to_be_visible()
    early = organiser.get_by_label("The event was over before its scheduled end")
    if early.count():  # it lies ahead until January 2027
        early.check()
    picture(organiser, "19-settle")
    organiser.get_by_role("button", name="Settle attendance").click()
    expect(organiser.get_by_text("Attendance is settled.")).to_be_visible()
    return organiser.get_by_role("main").inner_text()


def test_the_report_is_shown_with_who_is_who_before_anything_counts(
    reviewed: str, expected
) -> None:
    counts = expected(REPORT.removesuffix(".csv"))["counts"]
    assert f"{counts['rows']} rows" in reviewed
    assert "Nothing counts yet." in reviewed
    assert "Maria Garcia" in reviewed


def test_settling_leads_to_the_certificates(settled: str) -> None:
    assert "at least 72 of 90 minutes" in settled
    assert re.search(r"Issue \d+ certificates", settled)


# --- 5: certificates ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Watched:
    """What the organiser saw while certificates were made."""

    wanted: int
    steps: list[int]
    stayed: bool
    asked: int
    asked_after: int


def is_poll(asked: Request) -> bool:
    return "/progress/" in asked.url


@pytest.fixture(scope="module")
def watched(organiser: Page, settled: str) -> Watched:
    picture(organiser, "20-certificates", narrow=True)
    wanted = int(re.search(r"Issue (\d+) certificates", settled)[1])  # type: ignore[index]
    polls: list[Request] = []
    organiser.on("request", lambda asked: polls.append(asked) if is_poll(asked) else None)
    organiser.get_by_role("button", name=re.compile("^Issue")).click()
    organiser.evaluate("window.sameDocument = true")
    bar = organiser.get_by_role("progressbar")
    ready = organiser.get_by_role("heading", name="Certificates are ready")
    steps, has_picture = [], False

    def is_done() -> bool:
        steps.append(int(bar.get_attribute("value") or 0))
        nonlocal has_picture
        if 0 < steps[-1] < wanted and not has_picture:
            picture(organiser, "21-progress", narrow=True)
            has_picture = True
        return ready.is_visible()

    until(is_done, what="the panel to say that they are ready", seconds=120)
    asked = len(polls)
    with pytest.raises(TooLate):
        organiser.wait_for_event("request", is_poll, timeout=STILL)
    picture(organiser, "22-ready")
    stayed = bool(organiser.evaluate("window.sameDocument === true"))
    return Watched(wanted, sorted(set(steps)), stayed, asked, len(polls) - asked)


def test_progress_moves_on_the_page_without_reload_and_then_asks_no_more(watched: Watched) -> None:
    assert watched.stayed, "the page was loaded anew"
    assert watched.steps[-1] == watched.wanted
    assert any(0 < step < watched.wanted for step in watched.steps)
    assert watched.asked > 1
    assert watched.asked_after == 0


@pytest.fixture(scope="module")
def checked(cast: Cast, organiser: Page, watched: Watched) -> Page:
    """A stranger on the verify page of one of them."""
    organiser.get_by_role("link", name="Show who holds one").click()
    picture(organiser, "23-holders", narrow=True)
    address = organiser.get_by_role("link", name=re.compile("^Check it")).first
    stranger = cast.person()
    stranger.goto(address.get_attribute("href") or "")
    return stranger


def test_the_pdf_comes_down_whole(checked: Page) -> None:
    link = checked.get_by_role("link", name="Download the original")
    answer = checked.request.get(link.get_attribute("href") or "")
    assert answer.headers["content-type"] == "application/pdf"
    body = answer.body()
    assert body.startswith(b"%PDF-")
    assert b"%%EOF" in body[-32:]
    (PICTURES / "certificate.pdf").write_bytes(body)


def test_a_stranger_sees_that_it_is_valid_and_then_that_it_is_revoked(
    organiser: Page, checked: Page
) -> None:
    reason = "The name on it belongs to somebody else."
    expect(checked.get_by_role("heading", level=1)).to_contain_text("This certificate is valid.")
    picture(checked, "24-valid", narrow=True)
    code = checked.url.strip("/").split("/")[-1]

    organiser.locator(f'a[href*="{code}"]', has_text="Revoke").click()
    organiser.get_by_label("Reason").fill(reason)
    picture(organiser, "25-revoke")
    organiser.get_by_role("main").get_by_role("button", name=re.compile("Revoke")).click()
    checked.reload()

    expect(checked.get_by_role("heading", level=1)).to_contain_text("was revoked")
    expect(checked.get_by_role("main")).to_contain_text(reason)
    picture(checked, "26-revoked", narrow=True)


def test_no_browser_complained_on_the_way(cast: Cast, checked: Page, cancelled: str) -> None:
    """No script failed, nothing was missing and the content policy was kept."""
    assert cast.faults == []
