"""A process full of people who want a seat at the same moment: run by test_concurrency.

Each job is a line of JSON on standard input. It answers “ready”, waits for another line so that all
processes start together, and prints what came of the job as a line of JSON.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  (needs the set-up above)

from events.domain import (  # noqa: E402
    enrolment,
    enrolment_dates,
    registration,
    scheduling,
)
from events.models import Enrolment, Event, Registration  # noqa: E402
from kit.errors import Refused  # noqa: E402
from programmes.domain import people  # noqa: E402
from programmes.models import Programme  # noqa: E402

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
Result = dict[str, Any]


def clock(job: Result) -> datetime:
    """Noon and some: the machine's monotonic clock, which all processes share."""
    return NOON + timedelta(seconds=time.monotonic() - job["began"])


def register(job: Result, event_id: int, email: str) -> Result:
    """One attempt, by the real domain function."""
    event = Event.objects.get(pk=event_id)
    place = registration.Place(name=email.partition("@")[0], email=email)
    outcome = registration.register(event, place, at=clock(job))
    return {"state": outcome.state, "position": outcome.position, "is_new": outcome.is_new}


def naive(job: Result, event_id: int, email: str) -> Result:
    """What not to do, so that the test is seen to notice it: count, decide, then insert."""
    with transaction.atomic():
        event = Event.objects.get(pk=event_id)
        person = people.find_or_make(email, name="Naive")
        taken = Registration.objects.seated().filter(event=event).count()
        is_free = event.capacity is None or taken < event.capacity
        row = Registration(event=event, person=person, name="Naive", email=email)
        row.state = "confirmed" if is_free else "waitlisted"
        row.joined_at = clock(job)
        row.save()
    return {"state": row.state}


def cancel(job: Result, event_id: int, seed: str) -> Result:
    """Give back whatever place somebody of the event has, drawn with a seed."""
    live = Registration.objects.live().filter(event=event_id).values_list("pk", flat=True)
    places = list(live)
    if not places:
        return {"state": "nobody"}
    chosen = random.Random(seed).choice(places)
    row = registration.cancel(Registration.objects.get(pk=chosen), at=clock(job))
    return {"state": row.state}


def enlarge(job: Result, event_id: int, seats: str) -> Result:
    """Add seats while people come."""
    event = Event.objects.get(pk=event_id)
    capacity = (event.capacity or 0) + int(seats)
    changed = scheduling.edit(event, {"capacity": capacity}, by=None, at=clock(job))
    return {"state": str(changed)}


def enrol(job: Result, programme_id: int, email: str) -> Result:
    """Enroll in a whole program."""
    programme = Programme.objects.select_related("lead").get(pk=programme_id)
    place = registration.Place(name=email.partition("@")[0], email=email)
    outcome = enrolment.enrol(programme, place, at=clock(job))
    return {"state": "enrolled", "is_new": outcome.is_new}


def leave(job: Result, programme_id: int, email: str) -> Result:
    """Leave it again, where somebody of this address is in it."""
    mine = Enrolment.objects.filter(programme=programme_id, email=email).first()
    if mine is None:
        return {"state": "nobody"}
    return {"state": enrolment.leave(mine, at=clock(job)).state}


def catch_up(job: Result, programme_id: int, _email: str) -> Result:
    """What the clock does with dates added later, an hour on."""
    at = clock(job) + timedelta(hours=1)
    while enrolment_dates.catch_up(at=at, most=5):
        pass
    return {"state": "done"}


ACTS: dict[str, Callable[[Result, int, str], Result]] = {
    "register": register,
    "naive": naive,
    "cancel": cancel,
    "enlarge": enlarge,
    "enrol": enrol,
    "leave": leave,
    "catch-up": catch_up,
}


def visit(job: Result, mine: list[tuple[str, int, str]], results: list[Result]) -> None:
    """One person at a keyboard: does their acts one after another and notes what came of each."""
    for act, event_id, email in mine:
        try:
            result = ACTS[act](job, event_id, email)
        except Refused as no:
            result = {"state": no.code}
        except Exception as fault:  # what the test looks for: an error nobody should ever see
            result = {"state": "fault", "fault": f"{type(fault).__name__}: {fault}"}
        results.append({"act": act, "email": email, **result})
    connection.close()


def carry_out(job: Result) -> None:
    results: list[Result] = []
    threads = [
        threading.Thread(target=visit, args=(job, mine, results)) for mine in job["visitors"]
    ]
    print("ready", flush=True)
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(results), flush=True)


def main() -> None:
    for line in iter(sys.stdin.readline, ""):
        carry_out(json.loads(line))


if __name__ == "__main__":
    main()
