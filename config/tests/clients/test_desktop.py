"""Thunderbird and Evolution subscribe to the site, where they are installed (`make clients`)."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import icalendar
import pytest

from config.tests.live.conftest import databases, network, private  # noqa: F401  (fixtures)
from config.tests.live.site import Site, until

pytestmark = pytest.mark.clients

FEED = "/feeds/all.ics"
SYSTEM_PYTHON = "/usr/bin/python3"
PREFERENCES = {
    "calendar.registry.lyceum.type": "ics",
    "calendar.registry.lyceum.name": "Lyceum",
    "calendar.registry.lyceum.cache.enabled": True,
    "calendar.registry.lyceum.readOnly": True,
    "calendar.registry.lyceum.calendar-main-in-composite": True,
    "calendar.list.sortOrder": "lyceum",
    "calendar.timezone.useSystemTimezone": False,
    "calendar.timezone.local": "America/Phoenix",
    "network.proxy.type": 0,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
}


def has_evolution() -> bool:
    """The calendar factory and its bindings for the system's Python are there."""
    if shutil.which("dbus-run-session") is None or not Path(SYSTEM_PYTHON).exists():
        return False
    probe = "import gi; gi.require_version('ECal', '2.0')"
    done = subprocess.run([SYSTEM_PYTHON, "-c", probe], capture_output=True, check=False)
    return done.returncode == 0 and Path("/usr/libexec/evolution-calendar-factory").exists()


@pytest.fixture(scope="module")
def site(private) -> Iterator[Site]:  # noqa: F811
    with private() as made, made.web():
        yield made


@pytest.fixture(scope="module")
def published(site: Site) -> set[tuple]:
    """Every entry of the feed: UID, start and end in epoch seconds, title, state."""
    calendar = icalendar.Calendar.from_ical(site.page(FEED).body)
    return {
        (
            str(event["UID"]),
            int(event["DTSTART"].dt.timestamp()),
            int(event["DTEND"].dt.timestamp()),
            str(event["SUMMARY"]),
            str(event["STATUS"]),
        )
        for event in calendar.walk("VEVENT")
    }


@pytest.mark.skipif(not has_evolution(), reason="Evolution's data server is not installed")
def test_evolution_holds_every_event_at_its_time(site, published, tmp_path):
    folders = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CACHE", "CONFIG", "DATA")}
    script = str(Path(__file__).with_name("evolution.py"))
    done = subprocess.run(
        ["dbus-run-session", "--", SYSTEM_PYTHON, script, site.base_url + FEED],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **folders},
        capture_output=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr.decode()

    assert {tuple(event) for event in json.loads(done.stdout)} == published


@pytest.mark.skipif(shutil.which("thunderbird") is None, reason="Thunderbird is not installed")
def test_thunderbird_holds_every_event_at_its_time(site, published, tmp_path):
    with thunderbird(tmp_path, site.base_url + FEED) as profile:
        until(
            lambda: len(held(profile, tmp_path)) >= len(published),
            what="Thunderbird to keep the feed",
            seconds=120,
        )

    assert held(profile, tmp_path) == published


@contextmanager
def thunderbird(folder: Path, address: str) -> Iterator[Path]:
    """Thunderbird without a window, subscribed to the address; its profile's folder."""
    profile = folder / "profile"
    profile.mkdir()
    chosen = {**PREFERENCES, "calendar.registry.lyceum.uri": address}
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in chosen.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command = ["thunderbird", "--headless", "--no-remote", "--profile", str(profile)]
    program = subprocess.Popen(
        command,
        env={**os.environ, "HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield profile
    finally:
        program.terminate()
        program.wait(30)


def held(profile: Path, folder: Path) -> set[tuple]:
    """What is in Thunderbird's own store; it holds a lock there, so a copy is read."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    if not (profile / "calendar-data").is_dir():
        return set()
    shutil.copytree(profile / "calendar-data", copy)
    with closing(sqlite3.connect(copy / "cache.sqlite")) as store:
        if not store.execute("SELECT 1 FROM sqlite_master WHERE name='cal_events'").fetchone():
            return set()
        rows = store.execute(
            "SELECT id, event_start / 1000000, event_end / 1000000, title, ical_status"
            " FROM cal_events"
        )
        return set(rows)
