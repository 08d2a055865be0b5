"""What hosts agree on: title, time, place, seats and what co-hosts see of registrants.

Terms are plain values that can be kept and compared: ``title``, ``format``, ``venue``,
``capacity``, ``sharing`` and ``times``, one entry for each date that is held: start and end as
wall time with its fold, and the zone. Wall time is the promise, so that is what is agreed.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from events.domain.plans import EventPlan
from events.models import Event, EventTerms
from kit import walltime

Terms = dict[str, Any]
NAMES = ("title", "format", "venue", "capacity", "sharing")
FIELDS = ("title", "time", "place", "capacity", "sharing")
WORDS = {
    "title": "Title",
    "time": "Time",
    "place": "Place",
    "capacity": "Seats",
    "sharing": "What co-hosts see of registrants",
}
MOST_DATES = 6


def of(event: Event) -> Terms:
    """The terms of the event as its rows have them. One query."""
    times = event.sessions.filter(is_cancelled=False).values_list(
        "starts_local", "starts_fold", "ends_local", "ends_fold", "time_zone", "is_cancelled"
    )
    said: Terms = {name: getattr(event, name) for name in NAMES}
    return said | {"times": sorted(list(time) for time in times)}


def of_plan(plan: EventPlan) -> Terms:
    """The terms an event will have once the checked ``plan`` is written."""
    times = (
        [one.starts_local, one.starts_fold or 0, one.ends_local, one.ends_fold or 0]
        for one in plan.sessions
        if not one.is_cancelled
    )
    said: Terms = {name: getattr(plan, name) for name in NAMES}
    return said | {"times": sorted([*time, plan.time_zone, False] for time in times)}


def fingerprint(terms: Terms) -> str:
    """The terms in 64 hex digits: equal where every agreed field is."""
    said = json.dumps(
        [*(terms[name] for name in NAMES), terms["times"]],
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(said.encode()).hexdigest()


def changed(was: Terms, now: Terms) -> list[str]:
    """The agreed fields in which two terms differ, by the words of ``FIELDS``."""
    pairs = {
        "title": was["title"] != now["title"],
        "time": was["times"] != now["times"],
        "place": any(was[name] != now[name] for name in ("format", "venue")),
        "capacity": was["capacity"] != now["capacity"],
        "sharing": was["sharing"] != now["sharing"],
    }
    return [field for field in FIELDS if pairs[field]]


def differences(was: Terms | None, now: Terms) -> list[dict[str, str]]:
    """For each agreed field that differs: ``field``, ``word``, and ``was`` and ``now`` in words.

    Of many dates only those that are new or gone are named. Without a ``was`` there is none.
    """
    if was is None:
        return []
    return [
        {"field": field, "word": WORDS[field], **_both(field, was, now)}
        for field in changed(was, now)
    ]


def rows(terms: Terms) -> list[dict[str, str]]:
    """All of the terms in words: ``field``, ``word`` and ``text``."""
    return [{"field": f, "word": WORDS[f], "text": _said(f, terms)} for f in FIELDS]


def keep(event: Event, terms: Terms, *, at: datetime) -> str:
    """Remember what hosts are asked about from this version on; returns its fingerprint."""
    mark = fingerprint(terms)
    last = EventTerms.objects.filter(event=event).order_by("-pk").first()
    if last is None or last.fingerprint != mark:
        EventTerms.objects.create(
            event=event, version=event.version, fingerprint=mark, said=terms, made_at=at
        )
    return mark


def seen(event: Event, by: int | str) -> EventTerms | None:
    """What somebody saw who names a version of the event, or the start of a fingerprint."""
    kept = EventTerms.objects.filter(event=event).order_by("-pk")
    if isinstance(by, int):
        return kept.filter(version__lte=by).first()
    return kept.filter(fingerprint__startswith=by).first() if by else None


def _both(field: str, was: Terms, now: Terms) -> dict[str, str]:
    if field != "time":
        return {"was": _said(field, was), "now": _said(field, now)}
    gone = [time for time in was["times"] if time not in now["times"]]
    new = [time for time in now["times"] if time not in was["times"]]
    return {
        "was": _dates(gone) or "No such date",
        "now": _dates(new) or "These dates are dropped",
    }


def _said(field: str, terms: Terms) -> str:
    if field == "time":
        return _dates(terms["times"]) or "No date yet"
    if field == "place":
        return place(terms["format"], terms["venue"])
    if field == "capacity":
        return "No limit" if terms["capacity"] is None else f"{terms['capacity']:,}"
    if field == "sharing":
        return str(dict(Event.Sharing.choices).get(terms["sharing"], terms["sharing"]))
    return str(terms["title"])


def place(format_: str, venue: str) -> str:
    """“Online”, the venue, or both."""
    if format_ == Event.Format.ONLINE:
        return "Online"
    where = venue or "Place to be announced"
    return where if format_ == Event.Format.IN_PERSON else f"{where}, and online"


def _dates(times: Sequence[Sequence[Any]]) -> str:
    said = [_date(time) for time in times[:MOST_DATES]]
    more = len(times) - len(said)
    return "; ".join([*said, f"and {more} more"] if more else said)


def _date(time: Sequence[Any]) -> str:
    """“Wednesday, January 13, 2027, 11 a.m. to 12:30 p.m. Mountain”."""
    starts_local, starts_fold, ends_local, ends_fold, zone, *_ = time
    first = datetime.fromisoformat(starts_local)
    last = datetime.fromisoformat(ends_local)
    clocks = walltime.time_range(
        walltime.to_utc(first, zone, fold=starts_fold),
        walltime.to_utc(last, zone, fold=ends_fold),
        zone,
    )
    return f"{walltime.long_date(first)}, {clocks}"


def listed_words(fields: Iterable[str]) -> list[str]:
    """The fields as they stand in a sentence: “time”, “seats”."""
    return [_IN_A_SENTENCE.get(field, field) for field in fields]


_IN_A_SENTENCE = {"capacity": "seats", "sharing": "data rule"}
