"""The list at the door: names and codes, on the days of the event, without addresses."""

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from events import rules
from events.domain import doors
from events.models import Event, Registration
from events.views import filtering, workspace
from kit import ids
from programmes.access import organiser

PAGE_ROWS = 100
TOTALS = Event.Sharing.TOTALS


@organiser(rules.may_check_in, load=workspace.by_slug)
@require_safe
def door(request: HttpRequest, event: Event) -> HttpResponse:
    """Who is expected, by name or code. Staff who see nothing else find it on these days only."""
    at, actor = timezone.now(), request.actor  # type: ignore[attr-defined]
    is_open = doors.is_open(event, at=at) or rules.may_look_behind(actor, event)
    words = filtering.typed(request, "q")
    everybody = doors.expected(actor, event) if is_open else Registration.objects.none()
    found = _matching(everybody, words).select_related("alliance")
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        **workspace.frame(request, event, "organise-door"),
        "is_open": is_open,
        "opens_at": event.starts_at - doors.AROUND if event.starts_at else None,
        "has_only_totals": is_open and not everybody and event.sharing == TOTALS,
        "page": page,
        "rows": [{"registration": one, "code": ids.group(one.code)} for one in page],
        "columns": [{"text": "Name"}, {"text": "Organization"}, {"text": "Ticket"}],
        "fields": [{"kind": "search", "name": "q", "label": "Name or ticket", "value": words}],
        "is_filtered": bool(words),
    }
    return render(request, "events/organiser/door.html", context)


def _matching(found: QuerySet[Registration], words: str) -> QuerySet[Registration]:
    """Those with every word in name or organisation, or the one with this code."""
    if code := ids.clean(words):
        return found.filter(code=code)
    for word in words.split()[:6]:
        found = found.filter(Q(name__icontains=word) | Q(organisation__icontains=word))
    return found
