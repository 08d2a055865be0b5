"""The demo network, loaded once for all walks, and private sites that start with a copy of it."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from config.tests.live.site import CO_HOST, REPORT_LEAD, WEBINAR_LEAD, Databases, Network, Site

Private = Callable[[], AbstractContextManager[Site]]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Where private sites keep their rows; all of it is gone afterwards."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.drop()


@pytest.fixture(scope="session")
def network(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The demo network with its past, schedules, and a key for each organiser of the walk."""
    folder, address = tmp_path_factory.mktemp("network"), databases.new()
    site = Site(folder, address)
    site.manage("migrate", "-v0")
    site.manage("sync_schedules")
    site.manage("demo")
    return Network(folder, address, {who: _key(site, who) for who in ORGANISERS})


ORGANISERS = (WEBINAR_LEAD, CO_HOST, REPORT_LEAD)


def _key(site: Site, alliance: str) -> str:
    person = f"organiser@{alliance}.example"
    printed = site.manage("create_api_key", "--person", person, "--name", "the walk")
    return printed.strip().splitlines()[-1]


@pytest.fixture(scope="session")
def private(
    databases: Databases, network: Network, tmp_path_factory: pytest.TempPathFactory
) -> Private:
    """``with private() as site``: a site of one's own, with the demo network, nothing started."""

    @contextmanager
    def make() -> Iterator[Site]:
        folder = tmp_path_factory.mktemp("site")
        address = databases.new(like=network.database_url)
        shutil.copytree(network.folder / "media", folder / "media")
        yield Site(folder, address, keys=network.keys)

    return make


@pytest.fixture(scope="session")
def sample() -> Callable[[str], bytes]:
    """``sample("zoom_meeting_with_meeting_data.csv")``: an attendance report of the samples."""
    folder = Path(__file__).parents[3] / "events" / "tests" / "attendance"
    return lambda name: (folder / name).read_bytes()


@pytest.fixture(scope="session")
def expected(sample: Callable[[str], bytes]) -> Callable[[str], dict]:
    """``expected("zoom_meeting_with_meeting_data")``: the true answer for a report."""
    return lambda name: json.loads(sample(f"expected/{name}.json"))
