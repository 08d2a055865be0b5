"""Which entries of partner calendars are our own events, come back from a calendar that holds them.

An alliance that follows our feed and gives us its calendar would otherwise be in conflict with
itself, and the network calendar would show an event twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from events.models import EventHost, PartnerEntry, Session
from kit.text import fold

BATCH = 500

Place = tuple[int, datetime, str]
"""What tells two entries with different UIDs as one: host, start, and title, compared folded."""


def of_ours(entries: Sequence[PartnerEntry], *, among: QuerySet[Session]) -> set[int]:
    """The ids of those ``entries`` that are one of the sessions ``among``.

    By UID, or by title, start and host together. Needs the entries' calendars loaded; one query
    each for up to 500 entries.
    """
    uids = {entry.own_session for entry in entries if entry.own_session is not None}
    known = _known(uids, among)
    places = _places({entry.starts_at for entry in entries if entry.title_key}, among)
    return {
        entry.pk for entry in entries if entry.own_session in known or place_of(entry) in places
    }


def place_of(entry: PartnerEntry) -> Place:
    """Host, start and folded title of an entry. Needs its calendar loaded."""
    return entry.calendar.alliance_id, entry.starts_at, entry.title_key


def _known(uids: set[UUID], among: QuerySet[Session]) -> set[UUID]:
    return {
        uid
        for some in _batches(uids)
        for uid in among.filter(public_id__in=some).values_list("public_id", flat=True)
    }


def _places(starts: set[datetime], among: QuerySet[Session]) -> set[Place]:
    found: set[Place] = set()
    for some in _batches(starts):
        rows = among.filter(starts_at__in=some, event__hosts__state=EventHost.State.ACCEPTED)
        for host, at, title, own in rows.values_list(
            "event__hosts__alliance", "starts_at", "event__title", "title"
        ):
            found.add((host, at, fold(title)))
            if own:
                found.add((host, at, fold(own)))
    return found


def _batches(values: Iterable) -> Iterator[list]:
    rest = iter(values)
    while some := list(islice(rest, BATCH)):
        yield some
