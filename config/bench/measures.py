"""What is measured, one function each; every one gives rows of plain numbers."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

from config.bench.site import Memory, Site

FORM = "application/x-www-form-urlencoded"
WARM_SECONDS = 1.0


@dataclass
class Row:
    """One line of the table. ``goal`` is the least per second (or the most seconds) we want."""

    name: str
    per_second: float | None
    median_ms: float | None = None
    p95_ms: float | None = None
    memory_mb: float | None = None
    goal: str = ""
    note: str = ""
    statuses: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _pages(site: Site, memory: Memory, name: str, path: str, goal: str) -> Row:
    request = site.get(path)
    site.load([request], clients=4, seconds=WARM_SECONDS)
    return _row(name, site.load([request], clients=4), memory, goal)


def _row(name: str, outcome: dict[str, Any], memory: Memory, goal: str = "", note: str = "") -> Row:
    return Row(
        name,
        outcome["per_second"],
        outcome["median_ms"],
        outcome["p95_ms"],
        memory.largest_mb(),
        goal,
        note,
        outcome["statuses"],
    )


def reading(site: Site) -> list[Row]:
    """Pages, API and feed with 500 events."""
    slugs = site.run(_code("events(500)"))
    rows = []
    with site.web() as memory:
        rows.append(_pages(site, memory, "event list, 500 events", "/events/", "≥ 300/s"))
        rows.append(_pages(site, memory, "event page", f"/events/{slugs[7]}/", "≥ 400/s"))
        rows.append(_pages(site, memory, "API, 100 events", "/api/v1/events?limit=100", ""))
        rows += _feed(site, memory, "500", slugs[7])
    return rows


def large_feed(site: Site) -> list[Row]:
    """The feed of 10,000 events: written out by a worker, then read."""
    slugs = site.run(_code("events(9500)"))
    rows = [_drawing(site)]
    with site.web() as memory:
        return rows + _feed(site, memory, "10,000", slugs[7])


def _drawing(site: Site) -> Row:
    """All calendar text that is missing, as the task writes it, with its process's memory."""
    code = (
        "import json, resource, time; from events.domain import redrawing;"
        "from events.models import Session; from django.utils import timezone;"
        "n=Session.objects.filter(ics=None).count(); a=time.perf_counter();"
        "said=redrawing.work(at=timezone.now()); b=time.perf_counter();"
        "kb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "print(json.dumps([n, b-a, kb/1000, said, redrawing.progress()[0]]))"
    )
    count, took, memory, said, ready = site.run(code)
    note = f"{took:.1f} s in a task, {ready:,} ready; {said}"
    return Row(f"calendar text of {count:,} events", count / took, memory_mb=memory, note=note)


def _feed(site: Site, memory: Memory, size: str, slug: str) -> list[Row]:
    path = "/feeds/all.ics"
    tag = site.headers_of(path)["ETag"]
    unchanged = site.get(path, {"If-None-Match": tag})
    site.load([unchanged], clients=4, seconds=WARM_SECONDS)
    goal = "≥ 1,500/s" if size == "500" else "≥ 1,000/s"
    rows = [_row(f"feed of {size}, 304", site.load([unchanged], clients=4), memory, goal)]
    alone = site.load([unchanged], clients=1)
    rows.append(_row(f"feed of {size}, 304, one client", alone, memory, "< 5 ms"))
    rows.append(_row(f"feed of {size}, 200", site.load([site.get(path)], clients=4), memory))
    alone = site.load([site.get(path)], clients=1)
    rows.append(_row(f"feed of {size}, 200, one client", alone, memory, "< 10 ms"))
    after = sorted(_after_edit(site, path, slug))
    name = f"feed of {size}, after an edit"
    goal = "< 300 ms, < 250 MB"
    rows.append(Row(name, None, after[len(after) // 2], after[-1], memory.largest_mb(), goal))
    rows.append(_crowd_after_edit(site, memory, size, path, slug))
    return rows


def _crowd_after_edit(site: Site, memory: Memory, size: str, path: str, slug: str) -> Row:
    """Eight readers at once after an edit: each process builds once, the others do not wait."""
    site.load([site.get(path)] * 8, clients=8, repeat=1)  # every process has the state before
    site.run(_edit(slug, 99))
    outcome = site.load([site.get(path)] * 8, clients=8, repeat=4)
    return _row(f"feed of {size}, 8 readers after an edit", outcome, memory)


def _after_edit(site: Site, path: str, slug: str) -> list[float]:
    """Milliseconds of the first reader after each of five edits."""
    times = []
    for number in range(5):
        site.run(_edit(slug, number))
        times.append(site.load([site.get(path)], clients=1, repeat=1)["median_ms"])
    return times


def _edit(slug: str, number: int) -> str:
    return (
        "from events.models import Event; from events.domain import calendars;"
        "from django.utils import timezone;"
        f"e=Event.objects.get(slug={slug!r}); e.title='Edited {number}'; e.save();"
        "calendars.touch(e, at=timezone.now()); print(0)"
    )


def suggesting(site: Site, *, sizes: tuple[int, ...] = (500, 10_000)) -> list[Row]:
    """Times for seven alliances over four weeks, through the API, one request after the other."""
    rows, made = [], 0
    for size in sizes:
        site.run(_code(f"events({size - made})"))
        made = size
        path, key = site.run(_code("question()"))
        request = site.get(path, {"Authorization": f"Bearer {key}"})
        with site.web() as memory:
            site.load([request], clients=4, seconds=WARM_SECONDS * 5)  # each process has its first
            outcome = site.load([request], clients=1, seconds=5)
            name = f"suggestions, {size:,} events"
            note = "seven alliances over four weeks"
            rows.append(_row(name, outcome, memory, "< 300 ms", note))
    return rows


def registering(site: Site) -> list[Row]:
    """Registrations through the whole HTTP stack, mails put into the outbox."""
    slug = site.run(_code("events(1)"))[0]
    rows = []
    with site.web() as memory:
        for clients, count in ((1, 300), (16, 2000)):
            requests = [_registration(site, slug, f"c{clients}n{n}") for n in range(count)]
            outcome = site.load(requests, clients=clients, repeat=1, seconds=60)
            goal = "≥ 150/s" if clients == 16 else ""
            name = f"registrations, {clients} client{'s' if clients > 1 else ''}"
            rows.append(_row(name, outcome, memory, goal))
        rows.append(_race(site, memory))
    return rows


def _race(site: Site, memory: Memory) -> Row:
    """400 people at 200 seats at once."""
    slug = site.run(_code("events(1, capacity=200)"))[0]
    requests = [_registration(site, slug, f"race{n}") for n in range(400)]
    outcome = site.load(requests, clients=16, repeat=1, seconds=60)
    seen = site.run(
        "import json; from events.models import Event;"
        f"e=Event.objects.get(slug={slug!r}); r=e.registrations;"
        "print(json.dumps([r.seated().count(), r.waiting().count(), e.seats_taken]))"
    )
    note = f"{seen[0]} seated, {seen[1]} waiting, counter {seen[2]}"
    return _row("400 attempts at 200 seats", outcome, memory, "200 seated", note)


def _registration(site: Site, slug: str, who: str) -> str:
    body = urlencode(
        {
            "name": f"Ana Ruiz {who}",
            "email": f"{who}.{slug}@city.example",
            "organisation": "City of Cedar Fork",
        }
    )
    return site.post(f"/events/{slug}/registrations/", body, kind=FORM)


def importing(site: Site) -> list[Row]:
    """An attendance report of 1,000 rows, from upload to review."""
    code = (
        "import json, time; from config.bench import rows; from events.models import Event;"
        "from events.domain import attendance; from django.utils import timezone;"
        "slug=rows.events(1)[0]; rows.seated(slug, 600, attended=False);"
        "raw=rows.zoom_report(slug, 1000).encode(); e=Event.objects.get(slug=slug);"
        "now=timezone.now(); a=time.perf_counter();"
        "b=attendance.upload(e, raw=raw, filename='x.csv', zone='', by=None, at=now);"
        "c=time.perf_counter(); attendance.apply(b, by=None, at=now); d=time.perf_counter();"
        "print(json.dumps([c-a, d-c]))"
    )
    read, applied = site.run(code)
    return [
        Row(
            "attendance, 1,000 rows",
            1000 / read,
            read * 1000,
            goal="< 3 s",
            note=f"applied in {applied * 1000:.0f} ms",
        )
    ]


def certifying(site: Site, *, count: int = 1000) -> list[Row]:
    """One batch over two workers, from the request to the last file; memory along the way."""
    slug = site.run(_code("events(1)"))[0]
    site.run(_seat(slug, count))
    with site.workers() as memory:
        _until(lambda: site.run(_BEAT), seconds=60)
        began = time.perf_counter()
        site.run(_request(slug))
        early, late = 0.0, 0.0
        while (done := _files(site)) < count and time.perf_counter() - began < 600:
            if done < count // 3:
                early = max(early, memory.largest_mb())
            late = max(late, memory.largest_mb())
            time.sleep(0.5)
        took = time.perf_counter() - began
    return [
        Row(
            f"certificates, batch of {count:,}",
            done / took,
            memory_mb=late,
            goal="≥ 15/s, < 200 MB",
            note=f"{done} files in {took:.0f} s; {early:.0f} MB in the first third",
        )
    ]


_BEAT = "from programmes.outbox import last_beat; print(int(last_beat() is not None))"


def _seat(slug: str, count: int) -> str:
    return f"from config.bench import rows;rows.seated({slug!r}, {count}, attended=True); print(0)"


def _request(slug: str) -> str:
    return (
        "from certificates.domain import batches; from events.models import Event;"
        "from django.utils import timezone;"
        f"e=Event.objects.get(slug={slug!r});"
        "print(batches.request(e, by=None, at=timezone.now()).pk)"
    )


def _files(site: Site) -> int:
    """How many PDFs there are; asking the database each time would cost more than drawing one."""
    return sum(1 for _ in (site.folder / "media" / "certificates").rglob("*.pdf"))


def _until(true: Callable[[], Any], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise RuntimeError("the workers did not start")
        time.sleep(0.5)


def _code(call: str) -> str:
    return f"import json; from config.bench import rows; print(json.dumps(rows.{call}))"


def dump(rows: list[Row]) -> str:
    """Rows as JSON text."""
    return json.dumps([row.as_json() for row in rows], indent=1)
