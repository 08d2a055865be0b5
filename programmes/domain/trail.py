"""The audit log, searched: who did what to which thing, and when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Q, QuerySet

from programmes.models import AuditEntry

KEEP_SECONDS = 300


@dataclass(frozen=True)
class Search:
    """What is looked for; an empty value looks for everything. Days are on the clock of ``zone``,
    both counted in."""

    action: str = ""
    alliance: str = ""
    person: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None
    zone: str = "UTC"


def matching(search: Search) -> QuerySet[AuditEntry]:
    """The entries, newest first, with person and alliance loaded."""
    found = AuditEntry.objects.select_related("by", "alliance").order_by("-pk")
    if search.action:
        found = found.filter(action=search.action)
    if search.alliance:
        found = found.filter(alliance__slug=search.alliance)
    for word in search.person.split()[:6]:
        found = found.filter(Q(by__name__icontains=word) | Q(by__email__icontains=word))
    if search.subject:
        found = found.filter(subject__icontains=search.subject)
    if search.first:
        found = found.filter(at__gte=_midnight(search.first, search.zone))
    if search.last and search.last < date.max:
        found = found.filter(at__lt=_midnight(search.last + timedelta(days=1), search.zone))
    return found


def actions() -> list[str]:
    """Every word there is for what was done, in order; at most five minutes old."""
    found = AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct()
    return cache.get_or_set("trail:actions", lambda: list(found), KEEP_SECONDS) or []


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
