"""When alliances are busy by the calendars they keep elsewhere."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, Q, Value, When

from events.domain import copies
from events.models import PartnerCalendar, PartnerEntry, Session


@dataclass(frozen=True, slots=True, order=True)
class Busy:
    """Time that is taken, half open, in aware UTC.

    ``title`` is "" where its alliance does not say what by; ``source`` is the calendar's name.
    """

    alliance_id: int
    start: datetime
    end: datetime
    title: str
    source: str


def spans_of(alliance_ids: Collection[int], *, start: datetime, end: datetime) -> list[Busy]:
    """What the partner calendars of these alliances hold from ``start`` up to ``end``, in order.

    At most three queries for 500 entries. Left out: what is canceled or takes no time (TRANSP),
    calendars that are paused, and copies of our own events, which the caller knows of already.
    """
    rows = PartnerEntry.objects.filter(
        calendar__alliance__in=alliance_ids,
        calendar__state=PartnerCalendar.State.ACTIVE,
        is_busy=True,
        starts_at__lt=end,
        ends_at__gt=start,
    )
    rows = rows.exclude(status=PartnerEntry.Status.CANCELLED).exclude(ends_at=F("starts_at"))
    # Plain values: objects of two tables take three times as long, and this is asked for each page.
    mark = ("pk", "own_session", "calendar__alliance", "starts_at", "title_key")
    told = rows.annotate(told=_TITLE).values_list(*mark, "ends_at", "told", "calendar__name")
    found = [(copies.Mark(*row[:5]), *row[5:]) for row in told]
    ours = copies.of_ours((row[0] for row in found), among=Session.objects.all())
    spans = {
        Busy(one.host, one.starts_at, ends_at, title, source)
        for one, ends_at, title, source in found
        if one.pk not in ours
    }
    return sorted(spans, key=lambda busy: (busy.start, busy.end, busy.alliance_id, busy.title))


_TITLE = Case(
    When(
        Q(calendar__shows_titles=True) | Q(calendar__purpose=PartnerCalendar.Purpose.LISTED),
        then=F("title"),
    ),
    default=Value(""),
)
