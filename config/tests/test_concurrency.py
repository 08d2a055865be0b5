"""Many at once for few seats, in real processes on the real database.

SQLite lets one writer in at a time and so hides races: these tests prove something where they run
on PostgreSQL, and there a naive register is seen to oversell.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from conftest import assert_counters_true
from events.models import EnrolmentDate, Event, Registration
from programmes.models import AuditEntry, OutboxEntry, Person, Programme

PROCESSES = 2
on_postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite's single writer hides races"
)
pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

Act = tuple[str, int, str]
Send = Callable[[list[list[Act]]], list[dict]]


@pytest.fixture(scope="module")
def copy_of_database(django_db_setup, tmp_path_factory) -> Path | None:
    """Where a database in memory is copied to, so that other processes can open it."""
    if connection.vendor == "postgresql":
        return None
    return tmp_path_factory.mktemp("crowd") / "crowd.sqlite3"


@pytest.fixture(scope="module")
def workers(copy_of_database) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that wait for a job; started once, because that is what takes the time."""
    environment = {
        **os.environ,
        "DATABASE_URL": _address(copy_of_database),
        "TESTING": "on",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "config.tests.crowd"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=settings.BASE_DIR,
            env=environment,
        )
        for _ in range(PROCESSES)
    ]
    yield started
    for worker in started:
        worker.communicate(timeout=30)
        assert worker.returncode == 0


def _address(copy: Path | None) -> str:
    """The DATABASE_URL of the test's own database, or of its copy."""
    if copy is not None:
        return f"sqlite:///{copy}"
    known = connection.settings_dict
    secret = f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else ""
    host = f"{quote(known['HOST'], safe='')}:{known['PORT'] or 5432}"
    return f"postgres://{quote(known['USER'])}{secret}@{host}/{known['NAME']}"


@contextmanager
def reachable(copy: Path | None) -> Iterator[None]:
    """Copy a database in memory out, and what became of it back in."""
    if copy is None:
        yield
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(copy)) as file:
        connection.connection.backup(file)
        # As `migrate` leaves a site's database. SQLite lets nobody wait while two first connections
        # turn the mode at once: one of them would hear that the database is locked.
        file.execute("PRAGMA journal_mode=WAL")
    yield
    with closing(sqlite3.connect(copy)) as file:
        file.backup(connection.connection)


@pytest.fixture
def crowd(workers, copy_of_database) -> Send:
    """``crowd([[("register", event.pk, "ana@x.example")], …])``: a list of acts for each visitor.

    Visitors are spread over the processes and start together. Returns what came of every act.
    """

    def send(visitors: list[list[Act]]) -> list[dict]:
        with reachable(copy_of_database):
            results = _carry_out(workers, visitors)
        assert [result["fault"] for result in results if result["state"] == "fault"] == []
        assert len(results) == sum(len(acts) for acts in visitors)
        return results

    return send


def _carry_out(workers: list[subprocess.Popen[str]], visitors: list[list[Act]]) -> list[dict]:
    began = time.monotonic()
    for number, worker in enumerate(workers):
        _say(worker, json.dumps({"visitors": visitors[number::PROCESSES], "began": began}))
    assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * PROCESSES
    for worker in workers:
        _say(worker, "go")
    return [result for worker in workers for result in json.loads(worker.stdout.readline())]


def _say(worker: subprocess.Popen[str], line: str) -> None:
    worker.stdin.write(f"{line}\n")
    worker.stdin.flush()


def newcomers(event: Event, count: int, *, act: str = "register") -> list[list[Act]]:
    return [[(act, event.pk, f"guest{number}@town.example")] for number in range(count)]


def test_two_at_once_for_the_last_seat_are_one_seat_and_one_place_in_the_queue(
    make_event, make_registration, crowd
):
    event = make_event(capacity=3)
    make_registration(event)
    make_registration(event)

    results = crowd(newcomers(event, 2))

    found = sorted((result["state"], result["position"]) for result in results)
    assert found == [("confirmed", None), ("waitlisted", 1)]
    assert_counters_true(event)


def test_forty_attempts_at_ten_seats_seat_ten_and_queue_thirty_in_order(make_event, crowd):
    event = make_event(capacity=10)

    results = crowd(newcomers(event, 40))

    assert Counter(result["state"] for result in results) == {"confirmed": 10, "waitlisted": 30}
    assert_counters_true(event)
    told = sorted((result["position"], result["email"]) for result in results if result["position"])
    queue = [one.email for one in Registration.objects.waiting().filter(event=event)]
    assert told == list(enumerate(queue, start=1))
    kinds = Counter(OutboxEntry.objects.values_list("kind", flat=True))
    assert kinds == {"events/registration-confirmed": 10, "events/registration-waitlisted": 30}


def test_without_a_waitlist_the_rest_are_refused_and_leave_no_trace(make_event, crowd):
    event = make_event(capacity=5, has_waitlist=False)

    results = crowd(newcomers(event, 20))

    assert Counter(result["state"] for result in results) == {"confirmed": 5, "event-full": 15}
    assert_counters_true(event)
    assert Registration.objects.filter(event=event).count() == 5
    assert Person.objects.filter(email__startswith="guest").count() == 5


def test_the_same_address_sent_sixteen_times_is_one_seat(make_event, crowd):
    event = make_event(capacity=10)
    spellings = ("ana@city.gov", " Ana@City.gov ")

    results = crowd([[("register", event.pk, spellings[n % 2])] for n in range(16)])

    assert {result["state"] for result in results} == {"confirmed"}
    assert Counter(result["is_new"] for result in results) == {True: 1, False: 15}
    assert_counters_true(event)
    assert event.seats_taken == 1


def test_a_new_person_at_eight_events_at_once_is_one_person(make_event, crowd):
    events = [make_event() for _ in range(8)]

    results = crowd([[("register", event.pk, "ana@city.gov")] for event in events])

    assert [result["is_new"] for result in results] == [True] * 8
    assert Person.objects.filter(email="ana@city.gov").count() == 1


def test_a_storm_of_registering_cancelling_and_enlarging_never_breaks_the_order(make_event, crowd):
    event = make_event(capacity=6)
    steps = ("register", "register", "cancel")
    visitors = [
        [(steps[n % 3], event.pk, f"v{visitor}-{n}@town.example") for n in range(12)]
        for visitor in range(15)
    ]
    enlarging = [("enlarge", event.pk, "1"), ("enlarge", event.pk, "2")]

    results = crowd([*visitors, enlarging])

    assert_counters_true(event)
    assert event.capacity == 9
    told = replay(capacity=6)
    rows = Registration.objects.filter(event=event)
    assert told.seated == set(rows.seated().values_list("pk", flat=True))
    assert told.queue == list(rows.waiting().values_list("pk", flat=True))
    assert told.promoted > 10  # it was a storm
    kinds = Counter(OutboxEntry.objects.values_list("kind", flat=True))
    assert kinds["events/registration-promoted"] == told.promoted
    assert kinds["events/registration-cancelled"] == rows.filter(state="cancelled").count()
    assert rows.count() == sum(result["act"] == "register" for result in results)


@pytest.fixture
def series(make_alliance, make_event):
    """A program of three dates with five, eight and any number of seats."""
    lead = make_alliance()
    programme = Programme.objects.create(slug="series", name="Series", kind="series", lead=lead)
    programme.hosts.add(lead)
    for number, capacity in enumerate((5, 8, None)):
        make_event(
            lead=lead,
            programme=programme,
            capacity=capacity,
            has_waitlist=number != 1,
            starts=f"2027-0{number + 2}-10T11:00",
        )
    return programme


def assert_told_once_of_each_date(programme: Programme) -> None:
    """One row for each person and date, one place at most, and one mail that told of it."""
    for event in programme.events.all():
        assert_counters_true(event)
        people = Registration.objects.live().filter(event=event).values_list("person", flat=True)
        assert len(people) == len(set(people))
    rows = EnrolmentDate.objects.filter(enrolment__state="active")
    assert not rows.filter(told_at=None).exists()
    added = OutboxEntry.objects.filter(kind="events/enrolment-added")
    told = [pk for entry in added for pk in entry.facts["dates"]]
    assert len(told) == len(set(told))


def test_sixteen_enroll_at_once_and_no_date_is_oversold(series, crowd):
    results = crowd([[("enrol", series.pk, f"guest{n % 12}@town.example")] for n in range(16)])

    assert Counter(result["is_new"] for result in results) == {True: 12, False: 4}
    few, no_waitlist, free = series.events.order_by("starts_at")
    assert_told_once_of_each_date(series)
    assert (few.seats_taken, few.waiting_count) == (5, 7)
    assert (no_waitlist.seats_taken, no_waitlist.waiting_count) == (8, 0)
    assert free.seats_taken == 12
    assert EnrolmentDate.objects.filter(code="event-full").count() == 4
    kinds = Counter(OutboxEntry.objects.values_list("kind", flat=True))
    assert kinds["events/enrolment-joined"] == 12
    assert not kinds["events/registration-confirmed"]


def test_workers_that_come_at_once_add_a_new_date_to_each_person_once(series, crowd, make_event):
    crowd([[("enrol", series.pk, f"guest{n}@town.example")] for n in range(12)])
    new = make_event(lead=series.lead, programme=series, starts="2027-06-10T11:00", capacity=9)

    crowd([[("catch-up", series.pk, "")] for _ in range(6)])

    assert_told_once_of_each_date(series)
    new.refresh_from_db()
    assert (new.seats_taken, new.waiting_count) == (9, 3)
    assert OutboxEntry.objects.filter(kind="events/enrolment-added").count() == 12


def test_who_leaves_while_workers_add_dates_keeps_none_of_them(series, crowd, make_event):
    people = [f"guest{n}@town.example" for n in range(12)]
    crowd([[("enrol", series.pk, email)] for email in people])
    make_event(lead=series.lead, programme=series, starts="2027-06-10T11:00", capacity=9)

    crowd(
        [[("catch-up", series.pk, "")] for _ in range(4)]
        + [[("leave", series.pk, email)] for email in people[:6]]
    )

    assert_told_once_of_each_date(series)
    live = Registration.objects.live().filter(event__programme=series)
    assert {one.email for one in live} == set(people[6:])


@on_postgres
def test_counting_first_and_inserting_after_oversells_and_these_tests_see_it(make_event, crowd):
    """The negative control: without it, a green suite could come from tests that see nothing."""
    event = make_event(capacity=10)

    crowd(newcomers(event, 40, act="naive"))

    assert Registration.objects.seated().filter(event=event).count() > 10
    with pytest.raises(AssertionError):
        assert_counters_true(event)


@dataclass
class Told:
    """What the audit log tells of an event: who sits, who waits in which order."""

    capacity: int
    seated: set[int] = field(default_factory=set)
    queue: list[int] = field(default_factory=list)
    promoted: int = 0


def replay(*, capacity: int) -> Told:
    """Follow the log step by step; fails where somebody overtook the queue or a seat was lost.

    Every entry is written while the event's row is held, so their order is that of the changes.
    """
    told = Told(capacity)
    for entry in AuditEntry.objects.order_by("pk"):
        STEPS[entry.action](told, int(entry.subject.rpartition(":")[2]), entry.facts)
        assert len(told.seated) <= told.capacity
    return told


def _made(told: Told, pk: int, facts: dict) -> None:
    if facts["state"] == "confirmed":
        assert told.queue == []
        told.seated.add(pk)
    else:
        assert told.queue or len(told.seated) == told.capacity
        told.queue.append(pk)


def _promoted(told: Told, pk: int, facts: dict) -> None:
    assert told.queue.pop(0) == pk
    told.seated.add(pk)
    told.promoted += 1


def _cancelled(told: Told, pk: int, facts: dict) -> None:
    if facts["was"] == "confirmed":
        told.seated.remove(pk)
    else:
        told.queue.remove(pk)


def _enlarged(told: Told, pk: int, facts: dict) -> None:
    assert told.capacity == facts["was"]
    told.capacity = facts["now"]


STEPS: dict[str, Callable[[Told, int, dict], None]] = {
    "registration.made": _made,
    "registration.promoted": _promoted,
    "registration.cancelled": _cancelled,
    "event.capacity-changed": _enlarged,
}
