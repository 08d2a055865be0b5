"""Which alliances are in the partnership: an operator ends a membership, or takes one back."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from events import rules
from events.domain import hosting
from events.models import Event, EventHost
from events.views import workspace
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.models import Alliance
from programmes.views import crumbs


def by_slug(actor: Actor, slug: str) -> Alliance:
    """The alliance, in the partnership or not."""
    return get_object_or_404(Alliance, slug=slug)


@organiser(network_rules.may_operate)
@require_safe
def alliances(request: HttpRequest) -> HttpResponse:
    """Every alliance, whether it is in, and what it hosts that is still to come."""
    rows = _rows(Alliance.objects.all())
    context = {"crumbs": crumbs.network(), "rows": rows}
    return render(request, "events/network/alliances.html", context)


@organiser(rules.may_change_membership, load=by_slug)
@require_http_methods(["GET", "POST"])
def membership(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Ask once, then end the membership or take the alliance back."""
    if request.method == "POST":
        by, at = workspace.person(request), timezone.now()
        if alliance.is_active:
            led = hosting.leave_partnership(alliance, by=by, at=at)
            more = f" Hand over the {len(led)} it leads." if led else ""
            messages.success(request, f"{alliance.name} is no longer in the partnership.{more}")
        else:
            hosting.rejoin_partnership(alliance, by=by)
            messages.success(request, f"{alliance.name} is in the partnership again.")
        return redirect("network-alliances")
    return render(request, "events/organiser/confirm.html", _question(alliance))


def _question(alliance: Alliance) -> dict[str, Any]:
    back = reverse("network-alliances")
    shared = {
        "crumbs": [*crumbs.network(), {"url": back, "text": "Members"}],
        "back_url": back,
        "back_text": "Leave it as it is",
    }
    if not alliance.is_active:
        return shared | {
            "heading": f"Take {alliance.name} back?",
            "lines": ["It can host, lead and be invited again. What it left stays left."],
            "button": "Take it back",
            "look": "plain",
        }
    (row,) = _rows([alliance])
    return shared | {
        "heading": f"End the membership of {alliance.name}?",
        "lines": [
            f"It stops co-hosting {row['hosted']:,} coming events. They go on without it; who"
            " registered keeps their seat.",
            f"It leads {len(row['led']):,} coming events. They stay as they are until you hand"
            " them over or call them off.",
            "Past events and certificates keep its name.",
        ],
        "button": "End this membership",
    }


def _rows(alliances: Iterable[Alliance]) -> list[dict[str, Any]]:
    """What each leads and co-hosts that is still to come. Two queries for any number."""
    found = list(alliances)
    ahead = Q(event__ends_at__isnull=True) | Q(event__ends_at__gt=timezone.now())
    parts = EventHost.objects.filter(ahead, alliance__in=found).select_related("event")
    parts = parts.exclude(event__status=Event.Status.CANCELLED)
    live = parts.exclude(state=EventHost.State.WITHDRAWN).order_by("event__starts_at", "pk")
    led, hosted = defaultdict[int, list[Event]](list), Counter[int]()
    for part in live:
        if part.role == EventHost.Role.LEAD:
            led[part.alliance_id].append(part.event)
        else:
            hosted[part.alliance_id] += 1
    return [{"alliance": one, "led": led[one.pk], "hosted": hosted[one.pk]} for one in found]
