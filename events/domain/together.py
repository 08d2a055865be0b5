"""Our own events and those on partners' own calendars, as one list."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from events.domain import listing, partners
from events.domain.listing import Filters
from events.models import PartnerEntry


class Place(NamedTuple):
    """One line of a list: when it starts, and which event or which partner's entry it is."""

    starts_at: datetime
    is_elsewhere: bool
    pk: int


def upcoming(filters: Filters, *, at: datetime) -> list[Place]:
    """The lines of the public list in order. Filters mean the same for both, see ``entries``."""
    # annotated by upcoming()
    events = listing.upcoming(filters, at=at).values_list("next_starts_at", "pk")  # type: ignore[misc]
    lines = [Place(starts_at, False, pk) for starts_at, pk in events]
    if filters.month:
        first, following = listing.month_days(filters.month)
        margin = timedelta(days=1)  # the month is that of each entry's own clock
        found = entries(filters, start=first - margin, end=following + margin)
        found = [entry for entry in found if filters.month == f"{_here(entry):%Y-%m}"]
    else:
        found = entries(filters, start=at)
    return sorted([*lines, *(Place(entry.starts_at, True, entry.pk) for entry in found)])


def entries(
    filters: Filters, *, start: datetime, end: datetime | None = None
) -> list[PartnerEntry]:
    """Partners' entries that match, apart from the month, from ``start`` and before ``end``.

    They have no topic, format, program or credit, so none matches where one is asked for; words are
    looked for in title and place. Canceled ones are left out.
    """
    if filters.topic or filters.format or filters.programme or filters.credits:
        return []
    slugs = {filters.alliance} if filters.alliance else set()
    words = [word.casefold() for word in filters.q.split()[:8]]
    return [
        entry
        for entry in partners.listed(start=start, end=end, alliances=slugs)
        if entry.status != PartnerEntry.Status.CANCELLED
        and all(word in f"{entry.title} {entry.location}".casefold() for word in words)
    ]


def load(lines: Sequence[Place]) -> dict[int, PartnerEntry]:
    """The partners' entries among ``lines`` by id, calendars and alliances loaded; one query."""
    ids = [line.pk for line in lines if line.is_elsewhere]
    if not ids:
        return {}
    found = PartnerEntry.objects.filter(pk__in=ids).defer("ics")
    return {entry.pk: entry for entry in found.select_related("calendar__alliance")}


def _here(entry: PartnerEntry) -> datetime:
    return entry.starts_at.astimezone(ZoneInfo(entry.time_zone))
