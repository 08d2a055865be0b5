"""The people of the walk in Chromium, each in a browser of their own, and pictures on the way."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, expect

from config.env import ROOT
from config.tests.live.site import Site

PICTURES = ROOT / "var" / "artefacts" / "walk"
PASSWORD = "seven-points-one-line"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SECONDS = 1000


@dataclass
class Cast:
    """The people of the walk, each with a browser of their own, and what their browsers said."""

    browser: Browser
    site: Site
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def person(self, *, scripts: bool = True) -> Page:
        """Somebody who is not signed in."""
        context = self.browser.new_context(
            base_url=self.site.base_url,
            viewport=WIDE,
            java_script_enabled=scripts,
            timezone_id="America/New_York",
            locale="en-US",
        )
        context.set_default_timeout(30 * SECONDS)
        page = context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(f"{page.url}: {fault}"))
        page.on("console", lambda said: self._hear(page, said.type, said.text))
        self.contexts.append(context)
        return page

    def organiser(self, alliance: str) -> Page:
        """An organiser of an alliance, signed in by the form."""
        page = self.person()
        page.goto("/organize/")
        page.get_by_label("Email").fill(f"organiser@{alliance}.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(re.compile("/organize/$"))
        return page

    def _hear(self, page: Page, kind: str, text: str) -> None:
        refused = "the server responded with a status of 4" in text  # a page that says no, as meant
        if kind == "error" and not refused:
            self.faults.append(f"{page.url}: {text}")


def picture(page: Page, name: str, *, narrow: bool = False) -> None:
    """Keep a picture of the whole page, and one as on a telephone."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    if narrow:
        page.set_viewport_size(NARROW)
        page.screenshot(path=PICTURES / f"{name}-390.png", full_page=True)
        assert page.evaluate(OVERFLOW) <= 0, f"{name} is wider than a telephone"
        page.set_viewport_size(WIDE)


OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
