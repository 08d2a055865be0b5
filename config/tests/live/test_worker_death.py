"""Workers are killed in mid-batch: nothing is lost and nothing done twice.

Leases and the watchdog's patience are short here, so that recovery takes seconds.
"""

import hashlib
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest

from config.tests.live.site import REPORT_LEAD, Site, until

pytestmark = pytest.mark.live

EARNED = 120
KILLS = 5
WORKERS = 2
SILENCE = 8
BUSY = "processing"

MAKE_EVENT = f"""
import json
from config.bench import rows
from events.models import Event
from programmes.models import Alliance
(slug,) = rows.events(1)
Event.objects.filter(slug=slug).update(lead=Alliance.objects.get(slug="{REPORT_LEAD}"))
rows.seated(slug, {EARNED}, attended=True)
print(json.dumps(slug))
"""
FREE_EVENT = "import json; from config.bench import rows; print(json.dumps(rows.events(1)[0]))"
LOSE_THE_BELL = "from django_q.models import OrmQ; print(OrmQ.objects.all().delete()[0])"
UNSURE = """
from programmes.models import OutboxEntry
print(OutboxEntry.objects.filter(state="unsure", kind="certificates/issued").count())
"""


@pytest.fixture
def site(private) -> Iterator[Site]:
    with private() as made:
        made.env |= {"OUTBOX_LEASE_SECONDS": "6", "TASK_WORKERS": str(WORKERS)}
        yield made


def batch_of(site: Site, slug: str) -> str:
    """Asks for the certificates of an event; returns the batch's path."""
    batch = site.call("POST", f"/events/{slug}/certificates", by=REPORT_LEAD)
    assert batch.status == 202, batch.text
    return f"/batches/{batch.json['id']}"


def look(site: Site, path: str) -> dict[str, Any]:
    return site.call("GET", path, by=REPORT_LEAD).json


def kill_a_busy_worker(site: Site) -> None:
    """kill -9 of a worker in the middle of a task, as soon as there is one."""
    (worker, *_) = until(lambda: site.processes(BUSY), what="a busy worker")
    with suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)


def test_a_batch_survives_the_death_of_five_workers_and_of_the_whole_cluster(site: Site) -> None:
    slug = site.run(MAKE_EVENT)
    with site.up("--silence", SILENCE, "--canary", 2):
        path = batch_of(site, slug)
        progress = [0]
        for number in range(KILLS):
            wanted = (number + 1) * EARNED // (KILLS + 3)
            until(lambda: look(site, path)["done"] >= wanted, what=f"{wanted} certificates")  # noqa: B023
            progress.append(look(site, path)["done"])
            kill_a_busy_worker(site)
        before = site.group()
        site.kill_cluster()
        until(lambda: site.group() != before, what="a new cluster")
        batch = until(lambda: ended(site, path), what="the batch", seconds=120)
        unsure = site.run(UNSURE)
        mails = Counter(whom for whom, _ in site.sink.letters)
        holders = site.call("GET", f"/events/{slug}/certificates/preview", by=REPORT_LEAD).json

    assert progress == sorted(progress) and progress[-1] < EARNED, "all was over too early"
    codes = {row["certificate"] for row in holders["items"]}
    assert (batch["total"], batch["done"], len(codes)) == (EARNED, EARNED, EARNED)
    assert None not in codes
    assert files_of(site, slug) == EARNED
    # A mail caught between sending and saying so is left to a person, never sent blindly again.
    assert set(mails.values()) == {1}, "a mail went out twice"
    assert EARNED - unsure <= len(mails) <= EARNED
    assert batch["failed"] == unsure == len(batch["failures"]) <= KILLS + 2


def ended(site: Site, path: str) -> dict[str, Any] | None:
    found = look(site, path)
    return found if found["state"] == "done" else None


def files_of(site: Site, slug: str) -> int:
    """How many files of an event there are; each has the content its row says."""
    rows = site.run(
        "import json; from certificates.models import CertificateFile as F;"
        f"print(json.dumps(list(F.objects.filter(certificate__award__event__slug={slug!r})"
        ".values_list('path', 'sha256'))))"
    )
    for path, sha256 in rows:
        assert hashlib.sha256((site.media / path).read_bytes()).hexdigest() == sha256
    return len({path for path, _ in rows})


def test_a_cluster_hung_by_the_death_of_its_idle_workers_is_replaced_and_mails_go_out(
    site: Site,
) -> None:
    slug = site.run(FREE_EVENT)
    with site.up("--silence", 5, "--canary", 1):
        hung = site.group()
        for worker in until(lambda: all_idle(site), what="all workers idle"):
            worker.kill()  # one of them holds the queue's lock, which nobody gives back now
        register(site, slug, "ana.ruiz@walk.example")

        until(lambda: site.group() != hung, what="a new cluster")

        site.sink.wait_for("ana.ruiz@walk.example", "")


def all_idle(site: Site) -> list[psutil.Process]:
    """The workers, while none of them is in the middle of a task; else none."""
    idle = site.processes("idle")
    return idle if len(idle) == WORKERS else []


def test_a_lost_bell_costs_seconds_because_the_clock_rings_too(site: Site) -> None:
    slug = site.run(FREE_EVENT)
    with site.sink.running(), site.web():
        register(site, slug, "bo.lind@walk.example")
        lost = site.run(LOSE_THE_BELL)
        with site.workers():
            mail = site.sink.wait_for("bo.lind@walk.example", "")

    assert lost >= 1
    assert mail["Subject"]


def register(site: Site, slug: str, email: str) -> None:
    place = {"name": "Ana Ruiz", "email": email, "organisation": "City of Cedar Fork"}
    answer = site.call("POST", f"/events/{slug}/registrations", place)
    assert answer.status == 201, answer.text
