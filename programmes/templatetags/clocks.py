"""The clocks and the words for numbers, as filters and tags. Loaded with the library ``lyceum``.

Times come in aware and are shown in a zone that the template names; nothing here reads the clock.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kit import markdown as kit_markdown
from kit import walltime
from programmes.domain import brand

register = template.Library()


def _there(moment: datetime, zone: str = "") -> datetime:
    return moment.astimezone(ZoneInfo(zone)) if zone else moment


@register.filter
def in_zone(moment: datetime, zone: str) -> datetime:
    """The same instant on the clocks of ``zone`` (IANA name)."""
    return _there(moment, zone)


@register.filter
def iso(moment: datetime) -> str:
    """For ``<time datetime>``: RFC 3339 in UTC, to the second."""
    return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


@register.filter
def clock(moment: datetime, zone: str = "") -> str:
    """``11 a.m.``; say the zone beside it, or use ``zoned_clock``."""
    return walltime.clock(_there(moment, zone))


@register.filter
def zoned_clock(moment: datetime, zone: str) -> str:
    """``11 a.m. Mountain``."""
    return f"{walltime.clock(_there(moment, zone))} {walltime.zone_label(zone, moment)}"


@register.filter
def zone_label(zone: str, at: datetime) -> str:
    """``Mountain``: what people call ``zone`` at that instant."""
    return walltime.zone_label(zone, at)


@register.filter
def long_date(day: date, zone: str = "") -> str:
    """``Wednesday, December 2, 2026``, of a date or of an instant in ``zone``."""
    return walltime.long_date(_day(day, zone))


@register.filter
def moment(at: datetime, zone: str) -> str:
    """``December 2, 2026, 11 a.m. Mountain``: for logs and histories."""
    return f"{walltime.month_day(_day(at, zone))}, {zoned_clock(at, zone)}"


@register.filter
def short_date(day: date, zone: str = "") -> str:
    """``Wed, Dec 2``."""
    return walltime.short_date(_day(day, zone))


@register.filter
def day_name(day: date, zone: str = "") -> str:
    """``Wednesday``."""
    return long_date(day, zone).split(",")[0]


@register.filter
def day_and_date(day: date, zone: str = "") -> str:
    """``Friday, December 4``."""
    return long_date(day, zone).rpartition(",")[0]


@register.filter
def day_short(day: date, zone: str = "") -> str:
    """``Wed``."""
    return short_date(day, zone)[:3]


@register.filter
def day_number(day: date, zone: str = "") -> str:
    """``2``."""
    return str(_day(day, zone).day)


@register.filter
def month_short(day: date, zone: str = "") -> str:
    """``Dec``."""
    return short_date(day, zone).split()[1]


@register.filter
def month_name(day: date, zone: str = "") -> str:
    """``December 2026``."""
    _, month, year = long_date(day, zone).split(", ")
    return f"{month.split()[0]} {year}"


def _day(day: date, zone: str = "") -> date:
    return _there(day, zone).date() if isinstance(day, datetime) else day


@register.filter
def duration(minutes: int) -> str:
    """``1 hour 15 minutes``."""
    hours, rest = divmod(int(minutes), 60)
    parts = [_count(hours, "hour")] if hours else []
    if rest or not hours:
        parts.append(_count(rest, "minute"))
    return " ".join(parts)


@register.simple_tag
def time_range(starts: datetime, ends: datetime, zone: str) -> str:
    """``11 a.m. to 12:15 p.m. Mountain``; names the days where it ends on another one."""
    return walltime.time_range(starts, ends, zone)


@register.simple_tag(takes_context=True)
def yours(context: template.Context, starts: datetime, ends: datetime, zone: str) -> SafeString:
    """The line for the reader's own clock, kept empty for time.js where their zone is unknown."""
    mine = _reader_zone(context)
    return format_html(
        '<p class="yours" data-local="{}" data-until="{}" data-zone="{}">{}</p>',
        iso(starts),
        iso(ends),
        zone,
        walltime.reader_line(starts, ends, zone, mine) if mine else "",
    )


@register.inclusion_tag("components/when.html", takes_context=True)
def when(context: template.Context, starts: datetime, ends: datetime, zone: str) -> dict[str, Any]:
    """Both clocks: date, time with the zone named, and the reader's line under it."""
    return {
        "starts": starts,
        "ends": ends,
        "zone": zone,
        "range": walltime.time_range(starts, ends, zone),
        "is_one_day": _day(starts, zone) == _day(ends, zone),
        "reader_zone": _reader_zone(context),
    }


@register.inclusion_tag("components/zone_table.html")
def zone_table(
    starts: datetime, ends: datetime, alliances: Iterable[Any] | None = None
) -> dict[str, Any]:
    """The time in each region's zone, west to east; of all alliances where none are given."""
    by_zone: dict[str, list[Any]] = {}
    for alliance in brand.marks() if alliances is None else alliances:
        by_zone.setdefault(alliance.zone, []).append(alliance)
    rows = [{"zone": zone, "alliances": found} for zone, found in by_zone.items()]
    rows.sort(key=lambda row: (_there(starts, row["zone"]).utcoffset(), row["zone"]))
    return {"starts": starts, "ends": ends, "rows": rows}


def _reader_zone(context: template.Context) -> str:
    """The IANA zone the reader is known to be in, or ""."""
    request = request_of(context)
    return str(getattr(request, "reader_zone", "") or context.get("reader_zone") or "")


def request_of(context: template.Context) -> HttpRequest | None:
    """The request, also inside an include with "only"; None where a template is drawn without."""
    return context.get("request") or getattr(context, "request", None)


# --- numbers and words ---------------------------------------------------------------------------


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@register.filter
def amount(number: Decimal | float | str) -> str:
    """``1.25``, ``1.5``, ``2``: without zeros that say nothing."""
    text = f"{Decimal(str(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def credit_hours(number: Decimal | float | str) -> str:
    """``1.25 credit hours``."""
    text = amount(number)
    return f"{text} credit hour" if text == "1" else f"{text} credit hours"


@register.filter
def grouped(number: int) -> str:
    """``10,000``."""
    return f"{number:,}"


@register.filter
def ordinal(number: int) -> str:
    """``3rd``."""
    tail = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{tail or 'th'}"


@register.simple_tag
def markdown(text: str) -> SafeString:
    """Markdown as clean HTML; see kit.markdown for what survives."""
    return mark_safe(kit_markdown.to_html(text or ""))  # noqa: S308  # nh3 cleaned it
