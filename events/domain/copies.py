"""Which entries of partner calendars are our own events, come back from a calendar that holds them.

An alliance that follows our feed and gives us its calendar would otherwise be in conflict with
itself, and the network calendar would show an event twice.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from events.models import EventHost, PartnerEntry, Session
from kit.text import fold

BATCH = 500

Place = tuple[int, datetime, str]
"""What tells two entries with different UIDs as one: host, start, and title, compared folded."""


class Mark(NamedTuple):
    """As much of a partner's entry as it takes to know it again."""

    pk: int
    own_session: UUID | None
    host: int
    starts_at: datetime
    title_key: str

    @property
    def place(self) -> Place | None:
        """None where nothing of the title is left to compare: a title may be all pictures."""
        return (self.host, self.starts_at, self.title_key) if self.title_key else None


HOSTED = Q(event__hosts__state=EventHost.State.ACCEPTED) | Q(
    event__hosts__state__in=[EventHost.State.INVITED, EventHost.State.DECLINED],
    event__hosts__agreed__gt="",
)
"""``EventHost.STANDS`` as seen from a session: of one and the same host."""


def mark_of(entry: PartnerEntry) -> Mark:
    """The mark of an entry whose calendar is loaded."""
    host = entry.calendar.alliance_id
    return Mark(entry.pk, entry.own_session, host, entry.starts_at, entry.title_key)


def of_ours(marks: Iterable[Mark], *, among: QuerySet[Session]) -> set[int]:
    """The ids of the entries that are one of the sessions ``among``.

    By UID, or by title, start and host together. One query each for up to 500 entries.
    """
    marks = list(marks)
    known = _known({mark.own_session for mark in marks if mark.own_session is not None}, among)
    places = _places({mark.starts_at for mark in marks if mark.title_key}, among)
    return {mark.pk for mark in marks if mark.own_session in known or mark.place in places}


def _known(uids: set[UUID], among: QuerySet[Session]) -> set[UUID]:
    return {
        uid
        for some in _batches(uids)
        for uid in among.filter(public_id__in=some).values_list("public_id", flat=True)
    }


def _places(starts: set[datetime], among: QuerySet[Session]) -> set[Place]:
    found: set[Place] = set()
    for some in _batches(starts):
        rows = among.filter(HOSTED, starts_at__in=some)
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
