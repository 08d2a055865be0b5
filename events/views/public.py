"""Finding events and registering: no account, no script, and the same page for everybody.

Pages for people who are not signed in are kept in the cache under a hash of all they show, so
an unchanged one costs one or two small queries.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import apnumber
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from events.domain import calendars, listing, registration, speaking, structured, together
from events.domain.speakers import materials
from events.forms import RegistrationForm, add_refusal
from events.models import Event
from events.views import elsewhere, filtering, kept, sharing, shown
from kit import http, ids, jsonld, ratelimit
from kit.errors import Refused
from kit.turns import one_at_a_time
from programmes.access import ANYONE, public
from programmes.domain import brand

PAGE_ROWS = 50
KEEP_SECONDS = 600
DONE = "registered"


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front door is the list."""
    return event_list(request)


@public
@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """Upcoming events under their months, 50 a page; two small queries where nothing changed.

    400 and a sentence where a filter names something that does not exist.
    """
    at = timezone.now()
    filters = filtering.read(request)
    if problem := filtering.problem(filters):
        return _draw_list(request, filters, Paginator([], PAGE_ROWS).page(1), at, problem=problem)
    moment, found = _found(filters, at)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    fields = ("pk", "seats_taken", "waiting_count")
    seats = Event.objects.filter(pk__in=_ours(page)).values_list(*fields).order_by("pk")
    mark = listing.fingerprint(list(seats), moment)
    return kept.page(request, mark, lambda: _draw_list(request, filters, page, at))


def _found(filters: listing.Filters, at: datetime) -> tuple[str, list[together.Place]]:
    """The lines of a list in order, and what names this state of the list.

    It is looked up anew after any change of any event, and every minute as events end. Seats come
    and go without changing an event; a page looks at those of its own rows.
    """
    moment = f"{calendars.revision()}:{at:%Y%m%d%H%M}"
    key = f"list:{moment}:{listing.fingerprint([], filters)}"
    found = cache.get(key)
    if found is None:
        found = together.upcoming(filters, at=at)
        cache.set(key, found, KEEP_SECONDS)
    return moment, found


def _draw_list(
    request: HttpRequest, filters: listing.Filters, page: Any, at: Any, *, problem: str = ""
) -> HttpResponse:
    events = shown.with_hosts(listing.upcoming(filters, at=at).filter(pk__in=_ours(page)))
    own = {event.pk: shown.row(event, at=at) for event in events}
    theirs = together.load(page.object_list)
    rows = [
        elsewhere.row(theirs[line.pk]) if line.is_elsewhere else own[line.pk]
        for line in page.object_list
        if line.pk in (theirs if line.is_elsewhere else own)
    ]
    context = {
        "months": shown.by_month(rows),
        "network": brand.marks(),
        "regions": apnumber(len(brand.marks())),
        "count": page.paginator.count,
        "filters": filters,
        "fields": filtering.fields(filters),
        "page": page,
        "feed_query": "" if problem else filtering.feed_query(filters),
        "own_query": "" if problem else filtering.own_query(filters),
        "problem": problem,
    }
    return render(request, "events/public/list.html", context, status=400 if problem else 200)


def _ours(page: Any) -> list[int]:
    return [line.pk for line in page.object_list if not line.is_elsewhere]


@public
@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """One event and its registration form; one query where nothing changed."""
    found = _find(request, slug)
    at = timezone.now()
    mark = listing.fingerprint(
        [],
        found.pk,
        found.changed_at,
        found.version,
        found.seats_taken,
        found.waiting_count,
        found.status,
        registration.state_of(found, at),
        bool(shown.moved(found, at=at)),
    )
    return kept.page(request, mark, lambda: _draw_event(request, found, _form(found)))


def _find(request: HttpRequest, slug: str) -> Event:
    """The event, if whoever asks may see it; drafts only for their hosts."""
    signed_in = bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    actor = request.actor if signed_in else ANYONE  # type: ignore[attr-defined]
    return get_object_or_404(Event.objects.visible_to(actor), slug=slug)


def _form(found: Event, data: Any = None) -> RegistrationForm:
    return RegistrationForm(data, event=found)


def _draw_event(
    request: HttpRequest, found: Event, form: RegistrationForm, *, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    full = shown.with_hosts(Event.objects.filter(pk=found.pk)).select_related("programme").get()
    sessions = list(full.sessions.prefetch_related("breaks"))
    named = speaking.of_sessions(sessions)
    context = {
        "event": full,
        "form": form,
        "hosts": shown.accepted(full),
        "sharing": sharing.before(full, shown.accepted(full)),
        "network": brand.marks(),
        "place": _where(full),
        "seats": _seats_line(full, at),
        "credit": shown.credit(full),
        "flag": shown.flag(full),
        "changed": shown.moved(full, at=at),
        "items": shown.programme_items(full, sessions, named),
        "speakers": speaking.of_event(full, named),
        "materials": materials.shown(full),
        "topics": list(full.topics.all()),
        "rule": _rule(full, sessions),
        "state": registration.state_of(full, at),
        "calendar": shown.calendar_links(full),
        "structured": _structured(full, sessions),
    }
    return render(request, "events/public/event.html", context, status=status)


def _structured(found: Event, sessions: list[Any]) -> str:
    """What search engines read of it, or nothing where they are not to know it."""
    hosts, speakers = shown.accepted(found), found.speakers.order_by("speaking__position")
    facts = structured.facts_of(found, hosts=hosts, sessions=sessions, speakers=list(speakers))
    return jsonld.block(facts) if facts else ""


def _where(found: Event) -> str:
    """The place, and how one gets in."""
    if found.format == Event.Format.IN_PERSON:
        return shown.place(found)
    return f"{shown.place(found)}. Join link by email, open 15 minutes before the start."


def _seats_line(found: Event, at: Any) -> dict[str, str] | None:
    """“86 of 300 left”."""
    line = shown.seats(found, at=at)
    if found.capacity is not None and line["kind"] in {"many", "few"}:
        line["text"] = f"{found.seats_free:,} of {found.capacity:,} left"
    return line


def _rule(found: Event, sessions: list[Any]) -> dict[str, int]:
    """Minutes in session and those needed for a certificate, for the sentence on the page."""
    seconds = 0.0
    for session in sessions:
        if not session.is_cancelled:
            seconds += (session.ends_at - session.starts_at).total_seconds()
            seconds -= sum((b.ends_at - b.starts_at).total_seconds() for b in session.breaks.all())
    return {
        "minutes": int(seconds // 60),
        "needed": -(-int(seconds) * found.attendance_percent // 6000),
    }


# The form carries no authority of whoever sends it, so a token would protect nothing and would
# make the page different for everybody; browsers' own word keeps other sites' pages out.
@public
@csrf_exempt
@require_POST
@one_at_a_time
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """The registration form. Sent twice, it answers the same and registers once."""
    if http.is_cross_site(request):
        raise PermissionDenied
    ratelimit.hit(request, "register", limit=60, seconds=60)
    found = _find(request, slug)
    form = _form(found, request.POST)
    if form.is_valid():
        try:
            outcome = registration.register(found, form.place(), at=timezone.now())
        except Refused as no:
            add_refusal(form, no)
            return _draw_event(request, found, form, status=no.status)
        return redirect("event-registered", found.slug, _note(found, outcome))
    return _draw_event(request, found, form, status=422)


def _note(found: Event, outcome: registration.Outcome) -> str:
    """What the next page says, sealed into its address: nothing about the person is in it."""
    value = f"{found.pk}:{outcome.state}:{outcome.position or 0}"
    return ids.sign(DONE, value, key=settings.SECRET_KEY.encode())


@public
@require_safe
def registered(request: HttpRequest, slug: str, note: str) -> HttpResponse:
    """“You are registered”; can be loaded again without registering again."""
    value = ids.unsign(DONE, note, keys=[settings.SECRET_KEY.encode()])
    found = _find(request, slug)
    if value is None or not value.startswith(f"{found.pk}:"):
        raise Http404
    _, state, position = value.split(":")
    context = {
        "event": found,
        "state": state,
        "position": int(position),
        "place": shown.place(found),
        "calendar": shown.calendar_links(found),
    }
    response = render(request, "events/public/registered.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
