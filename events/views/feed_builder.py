"""The feed builder: choose what you want, take the address into your calendar program."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.domain import feeds, listing
from events.models import Event
from events.views import shown
from kit import walltime
from kit.errors import Refused
from programmes.access import public
from programmes.domain import brand
from programmes.models import Topic


@public
@require_safe
def builder(request: HttpRequest) -> HttpResponse:
    """A plain form; the address beside it follows what is ticked."""
    at = timezone.now()
    chosen = {name: request.GET.getlist(name) for name in feeds.FILTERS}
    hides = request.GET.get("cancelled") == "hide"
    query = {**chosen, "cancelled": ["hide"]} if hides else chosen
    try:
        selection, problem = feeds.select("all", "", query), ""
        feeds.check_known(selection)
    except Refused as no:
        selection, problem = feeds.select("all", "", {}), str(no)
    context = {
        "groups": _groups(chosen),
        "hides_cancelled": hides,
        "problem": problem,
        "feed": _card(selection, at=at),
    }
    status = 422 if problem else 200
    return render(request, "events/public/feeds.html", context, status=status)


def _groups(chosen: dict[str, list[str]]) -> list[dict[str, Any]]:
    alliances = [(a.slug, a.name, a) for a in brand.marks()]
    topics = [(slug, name, None) for slug, name in Topic.objects.values_list("slug", "name")]
    formats = [(value, label, None) for value, label in Event.Format.choices]
    rows = (
        ("alliance", "Alliances", alliances),
        ("format", "Formats", formats),
        ("topic", "Topics", topics),
    )
    return [
        {
            "name": name,
            "label": label,
            "options": [
                {"value": value, "text": text, "alliance": a, "checked": value in chosen[name]}
                for value, text, a in options
            ],
        }
        for name, label, options in rows
    ]


def _card(selection: feeds.Selection, *, at: Any) -> dict[str, Any]:
    """What components/feed_card.html needs."""
    address = feeds.address(selection)
    events = feeds.matching_events(selection)
    coming = listing.upcoming(listing.Filters(), at=at).filter(pk__in=events.values("pk"))
    following = coming.first()
    return {
        "url": address,
        "count": coming.count(),
        "next_text": _said(following) if following else "",
        "google_url": "https://calendar.google.com/calendar/r?"
        + urlencode({"cid": _webcal(address)}),
        "outlook_url": "https://outlook.office.com/calendar/0/addfromweb?"
        + urlencode({"url": address, "name": "Smart Coalitions"}),
        "webcal_url": _webcal(address),
        "qr": shown.qr(address),
    }


def _said(event: Event) -> str:
    """“Heat-ready streets, December 4”, on the event's own clock."""
    starts = event.next_starts_at.astimezone(ZoneInfo(event.time_zone))  # type: ignore[attr-defined]
    return f"{event.title}, {walltime.month_day(starts)}"


def _webcal(address: str) -> str:
    """The scheme that Apple's and other programs open; Google wants it too, Outlook drops it."""
    return f"webcal://{address.partition('://')[2]}"
