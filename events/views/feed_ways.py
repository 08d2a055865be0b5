"""How an address gets into each calendar program, and how fresh it will be there."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from events.domain import subscriptions
from events.domain.selections import Selection
from events.domain.subscriptions import Following
from events.views import shown
from kit import walltime

NAME = "Smart Coalitions"
OUTLOOK = "https://outlook.{site}.com/calendar/0/addfromweb"
FRESHNESS = (
    ("Google Calendar", "Every 8 to 24 hours. You cannot change that."),
    ("Outlook.com and Microsoft 365", "About every 3 hours."),
    ("Apple Calendar", "As often as you set, from 5 minutes to a day."),
    ("Thunderbird", "As often as you set, from 5 minutes to a day."),
)
"""What people see these programs do; none of their makers promises it."""


def card(address: str, *, name: str = NAME) -> dict[str, Any]:
    """What components/feed_card.html needs of an https address.

    Google and Apple take the scheme webcal, never webcals, which iPhones refuse. Outlook drops
    webcal, so it gets https.
    """
    webcal = f"webcal://{address.partition('://')[2]}"
    google = f"https://calendar.google.com/calendar/r?{urlencode({'cid': webcal})}"
    outlook = urlencode({"url": address, "name": name})
    ways = (
        ("google", "Google", google),
        ("apple", "Apple and others", webcal),
        ("outlook", "Outlook.com", f"{OUTLOOK.format(site='live')}?{outlook}"),
        ("office", "Microsoft 365", f"{OUTLOOK.format(site='office')}?{outlook}"),
    )
    return {
        "url": address,
        "ways": [{"key": key, "text": text, "url": url} for key, text, url in ways],
        "qr": shown.qr(address),
    }


def counted(selection: Selection, *, at: Any) -> dict[str, Any]:
    """How many coming events a choice holds, and the next one in words."""
    count, following = subscriptions.count_and_next(selection, at=at)
    return {"count": count, "next_text": _said(following) if following else ""}


def _said(following: Following) -> str:
    """“Heat-ready streets, December 4, 2026”, on the event's own clock."""
    starts = following.starts_at.astimezone(ZoneInfo(following.time_zone))
    return f"{following.title}, {walltime.month_day(starts)}"
