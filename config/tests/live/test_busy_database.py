"""SQLite lets one writer in at a time: others wait, and are asked to come back after a while."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config.tests.live.site import Answer, Site

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        os.environ.get("DATABASE_URL", "").startswith("postgres"),
        reason="PostgreSQL lets many writers in",
    ),
]

HELD = 8
FREE_EVENT = "import json; from config.bench import rows; print(json.dumps(rows.events(1)[0]))"
PLACE = {"name": "Ana Ruiz", "organisation": "City of Cedar Fork"}


@contextmanager
def write_lock(site: Site, *, seconds: float) -> Iterator[threading.Timer]:
    """Holds the database's write lock for ``seconds``, or until the block ends."""
    line = sqlite3.connect(site.database, isolation_level=None, check_same_thread=False)
    line.execute("BEGIN IMMEDIATE")
    release = threading.Timer(seconds, line.execute, ["ROLLBACK"])
    release.start()
    try:
        yield release
    finally:
        release.cancel()
        release.join()
        if line.in_transaction:
            line.execute("ROLLBACK")
        line.close()


def by_api(site: Site, slug: str, email: str) -> Answer:
    return site.call("POST", f"/events/{slug}/registrations", PLACE | {"email": email})


def by_page(site: Site, slug: str, email: str) -> Answer:
    return site.form(f"/events/{slug}/registrations/", **PLACE, email=email)


def registered(site: Site) -> int:
    with sqlite3.connect(site.database) as line:
        return line.execute("SELECT count(*) FROM events_registration").fetchone()[0]


def test_a_registration_waits_for_a_lock_of_eight_seconds_and_then_succeeds(private) -> None:
    with private() as site:
        slug = site.run(FREE_EVENT)
        with site.web(), write_lock(site, seconds=HELD):
            began = time.monotonic()
            answer = by_api(site, slug, "ana@walk.example")
            waited = time.monotonic() - began

    assert (answer.status, answer.json["state"]) == (201, "confirmed")
    assert HELD - 1 < waited < HELD + 10


def test_who_cannot_be_let_in_is_told_when_to_come_back_and_nothing_is_saved(private) -> None:
    with private() as site:
        slug = site.run(FREE_EVENT)
        site.env["DATABASE_URL"] += "?timeout=1"
        with site.web():
            with write_lock(site, seconds=60):
                before = registered(site)
                api = by_api(site, slug, "ana@walk.example")
                page = by_page(site, slug, "ana@walk.example")
                reading = site.page(f"/events/{slug}/")
                after = registered(site)
            again = by_page(site, slug, "ana@walk.example")

    assert (api.status, api.json["code"]) == (503, "busy")
    assert page.status == 503
    assert "try again" in page.text
    assert int(api.headers["Retry-After"]) == int(page.headers["Retry-After"]) == 5
    assert reading.status == 200, "reading never waits for a writer"
    assert before == after
    assert again.status == 302
