"""Fills the form of a new event with a time that was found for it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from events.domain.finding import moving
from events.forms_sessions import PREFIX, SessionForm, SessionRows, blank_rows
from kit import walltime
from kit.errors import Invalid
from programmes.models import Alliance, Licence, Topic

LONGEST = 12 * 60


def found_time(query: QueryDict, *, leads: Any, zone: str) -> tuple[dict[str, Any], SessionRows]:
    """What “Plan an event at this time” says in the address: fields of the form, and its date.

    ``slot`` is the instant; words that mean nothing are passed over, so that a broken address is
    an empty form.
    """
    try:
        starts_at = moving.instant_of(query.get("slot", ""))
        zone = walltime.canonical_zone(query.get("zone") or zone)
    except Invalid:
        return {}, blank_rows()
    typed = query.get("minutes", "")
    minutes = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 60
    fields = {"time_zone": zone, "venue": query.get("venue", "")[:300], **_who(query, leads)}
    fields["topics"] = list(
        Topic.objects.filter(slug__in=query.getlist("topic")[:50]).values_list("pk", flat=True)
    )
    licence = query.get("licence", "")
    if licence.isascii() and licence.isdigit() and len(licence) < 10:
        fields["licence"] = Licence.objects.filter(pk=licence, alliance__in=leads).first()
    return fields, _row(starts_at, min(minutes, LONGEST), zone)


def _who(query: QueryDict, leads: Any) -> dict[str, Any]:
    """The first alliance of one's own leads; all others are asked along."""
    asked = [slug for slug in query.getlist("alliances")[:50] if "\0" not in slug]
    known = {one.slug: one for one in Alliance.objects.active().filter(slug__in=asked)}
    own = {one.slug for one in leads}
    lead = next((slug for slug in asked if slug in own), None)
    co_hosts = [slug for slug in dict.fromkeys(asked) if slug in known and slug != lead]
    return {"co_hosts": co_hosts, **({"lead": lead} if lead else {})}


def _row(starts_at: datetime, minutes: int, zone: str) -> SessionRows:
    begins = starts_at.astimezone(ZoneInfo(zone))
    ends = (starts_at + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    initial = {
        "on": f"{begins:%Y-%m-%d}",
        "starts": f"{begins:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "ends_on": f"{ends:%Y-%m-%d}" if ends.date() != begins.date() else "",
    }
    return SessionRows([SessionForm(prefix=f"{PREFIX}-0", initial=initial)])
