"""Members' own programs subscribe to the site: vdirsyncer fetches a feed, khal shows the days."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest

from config.tests.live.site import REPORT_LEAD, Site

pytestmark = pytest.mark.live

FEED = "/feeds/all.ics?past=all"
HOME = ZoneInfo("America/Phoenix")
VDIRSYNCER = """
[general]
status_path = "{folder}/status/"

[pair feed]
a = "lyceum"
b = "here"
collections = null
conflict_resolution = "a wins"

[storage lyceum]
type = "http"
url = "{url}"

[storage here]
type = "filesystem"
path = "{folder}/events/"
fileext = ".ics"
"""
KHAL = """
[calendars]
[[feed]]
path = {folder}/events/
readonly = True

[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M

[sqlite]
path = {folder}/khal.db
"""


class Member:
    """Somebody in Phoenix with vdirsyncer and khal."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        (folder / "events").mkdir()
        (folder / "vdirsyncer.ini").write_text(VDIRSYNCER.format(folder=folder, url=url))
        (folder / "khal.ini").write_text(KHAL.format(folder=folder, zone=HOME.key))
        self._run("vdirsyncer", "-c", str(folder / "vdirsyncer.ini"), "discover")

    def fetch(self) -> None:
        self._run("vdirsyncer", "-c", str(self.folder / "vdirsyncer.ini"), "sync", "--force-delete")

    def events(self) -> list[tuple[str, ...]]:
        """What vdirsyncer keeps, an event a file. It gives each a UID of its own making."""
        files = [path.read_bytes() for path in (self.folder / "events").glob("*.ics")]
        return sorted(told(icalendar.Calendar.from_ical(raw).walk("VEVENT")[0]) for raw in files)

    def shown(self) -> set[tuple[str, str]]:
        """Start in the member's own zone and title of every event, as khal prints them."""
        line = "{start} :: {title}"
        printed = self._run(
            *("khal", "-c", str(self.folder / "khal.ini"), "list", "--day-format", ""),
            *("--format", line, "--notstarted", "2026-09-01", "500d"),
        )
        rows = [row.split(" :: ", 1) for row in printed.splitlines() if " :: " in row]
        return {(start, title) for start, title in rows}

    def _run(self, program: str, *words: str) -> str:
        command = [str(Path(sys.executable).with_name(program)), *words]
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
            env={**os.environ, "HOME": str(self.folder), "COLUMNS": "1000"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def site(private) -> Iterator[Site]:
    with private() as made, made.web():
        yield made


@pytest.fixture(scope="module")
def member(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Member:
    member = Member(tmp_path_factory.mktemp("member"), site.base_url + FEED)
    member.fetch()
    return member


def published(site: Site) -> list[icalendar.Event]:
    return icalendar.Calendar.from_ical(site.page(FEED).body).walk("VEVENT")


def told(event: icalendar.Event) -> tuple[str, ...]:
    """The start in UTC, the title, the place and the state of one entry."""
    starts = event["DTSTART"].dt.astimezone(UTC)
    texts = (str(event.get(name, "")) for name in ("SUMMARY", "LOCATION", "STATUS"))
    return (f"{starts:%Y-%m-%d %H:%M}", *texts)


def test_every_event_arrives_as_an_entry_of_its_own(site, member):
    assert member.events() == sorted(told(event) for event in published(site))


def test_khal_shows_each_at_the_hour_it_has_where_the_member_lives(site, member):
    meant = {
        (f"{event['DTSTART'].dt.astimezone(HOME):%Y-%m-%d %H:%M}", str(event["SUMMARY"]))
        for event in published(site)
        if event["DTSTART"].dt > datetime(2026, 9, 2, tzinfo=UTC)
    }

    assert meant
    assert meant <= member.shown()


def test_a_cancelled_event_stays_and_is_marked_at_the_next_fetch(site, member):
    # arrange
    listed = site.call("GET", f"/events?status=published&alliance={REPORT_LEAD}&limit=500").json
    event = next(one for one in listed["items"] if one["lead"] == REPORT_LEAD)
    before = [entry for entry in member.events() if event["title"] in entry[1]]
    assert {entry[3] for entry in before} == {"CONFIRMED"}

    # act
    path = f"/events/{event['slug']}/cancellation"
    answer = site.call("POST", path, {"reason": "The hall is closed."}, by=REPORT_LEAD)
    assert answer.status == 200, answer.text
    member.fetch()

    # assert
    after = [entry for entry in member.events() if event["title"] in entry[1]]
    assert [entry[0] for entry in after] == [entry[0] for entry in before]
    assert {entry[3] for entry in after} == {"CANCELLED"}
    assert member.events() == sorted(told(entry) for entry in published(site))
