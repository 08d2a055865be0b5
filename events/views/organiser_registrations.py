"""Who is registered: a list to search, one person's place, the export, and giving a place back."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from events import rules
from events.domain import registration as registering
from events.domain import replies
from events.models import Event, Registration
from events.views import filtering, history, workspace
from kit import ids, sheets
from kit.errors import Refused
from programmes.access import Actor, organiser
from programmes.domain import brand

PAGE_ROWS = 50
State = Registration.State
Presence = Registration.Presence
# What the list is sorted by: the word in the address, the heading, the columns in the database.
SORTS = {
    "name": ("Name", ("name", "pk")),
    "email": ("Email", ("email", "pk")),
    "alliance": ("Alliance", ("alliance__position", "name", "pk")),
    "state": ("State", ("state", "joined_at", "pk")),
    "joined": ("Registered", ("joined_at", "pk")),
}
ANSWERS = {
    "accepted": ("ok", "Accepted in calendar"),
    "tentative": ("waiting", "Maybe, says calendar"),
    "declined": ("problem", "Declined in calendar"),
    "mixed": ("info", "Answers differ by date"),
}
STATE_WORDS = {value: str(word) for value, word in State.choices}
PRESENCE_WORDS = {value: str(word) if value else "" for value, word in Presence.choices}
EXPORTED = (
    *("Code", "Name", "Email", "Organization", "Alliance", "State", "Registered at (UTC)"),
    *("Access needs", "Minutes attended", "Presence"),
)


def visible(actor: Actor, event: Event) -> QuerySet[Registration]:
    """The event's registrations that its data rule shows the actor.

    Who sees everyone is spared the joins: the rule and the list agree (test_rules_agree).
    """
    if rules.sees_everyone(actor, event):
        return Registration.objects.filter(event=event)
    return Registration.objects.visible_to(actor).filter(event=event)


@organiser(rules.may_look_behind, load=workspace.by_slug)
@require_safe
def registrations(request: HttpRequest, event: Event) -> HttpResponse:
    """50 a page, with search, filters and sorting; co-hosts who may not see all get totals."""
    actor = request.actor  # type: ignore[attr-defined]
    query = _query(request)
    found = _matching(visible(actor, event), query)
    in_order = _sorted(found, query["sort"]).select_related("alliance")
    page = Paginator(in_order, PAGE_ROWS).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    counts = _counts(event)
    context = {
        **workspace.frame(request, event, "organise-registrations"),
        "stats": _stats(event, counts),
        "page": page,
        "rows": _rows(event, page.object_list),
        "columns": _columns(query),
        "fields": _fields(query),
        "is_filtered": any(query[name] for name in ("q", "state", "alliance")),
        "sees_everyone": rules.sees_everyone(actor, event),
        "sees_totals_only": not rules.may_see_registrations(actor, event),
        "bars": _by_alliance(event),
        "export_url": f"{reverse('organise-registrations-csv', args=[event.slug])}?"
        f"{urlencode({n: v for n, v in query.items() if v})}",
    }
    context["finding"] = workspace.finding(context["bars"])
    return render(request, "events/organiser/registrations.html", context)


@organiser(rules.may_see_registrations, load=workspace.by_slug)
@require_safe
def export(request: HttpRequest, event: Event) -> HttpResponse:
    """What the list shows, all pages of it, as CSV."""
    query = _query(request)
    found = _matching(visible(request.actor, event), query)  # type: ignore[attr-defined]
    rows = _sorted(found, query["sort"]).select_related("alliance")
    filename = f"registrations-{event.slug}.csv"
    return sheets.csv_response(filename, EXPORTED, (_cells(row) for row in rows))


def find(actor: Actor, slug: str, code: str) -> Registration:
    """A registration of an event, among those the actor may see."""
    event = workspace.by_slug(actor, slug)
    wanted = visible(actor, event).select_related("person", "alliance", "member_organisation")
    found = get_object_or_404(wanted, code=ids.clean(code) or "")
    found.event = event
    return found


@organiser(rules.may_see_registration, load=find)
@require_safe
def registration(request: HttpRequest, found: Registration) -> HttpResponse:
    """One person's place, and all that happened to it."""
    event = found.event
    [row] = _rows(event, [found])
    context = {
        **workspace.frame(request, event, "organise-registrations"),
        "crumbs": workspace.under(
            event, ("Registrations", reverse("organise-registrations", args=[event.slug]))
        ),
        "registration": found,
        "row": row,
        "minutes": (found.attended_seconds or 0) // 60,
        "answers": [(str(name), value) for name, value in found.answers.items()],
        "replies": found.replies.select_related("session").order_by("session__starts_at"),
        "history": history.of_registration(found),
        "may_cancel": rules.may_run(request.actor, event)  # type: ignore[attr-defined]
        and found.state not in Registration.ENDED,
    }
    return render(request, "events/organiser/registration.html", context)


@organiser(workspace.of("event", rules.may_run), load=find)
@require_http_methods(["GET", "POST"])
def cancellation(request: HttpRequest, found: Registration) -> HttpResponse:
    """Ask, then give the place back; the next in line moves up."""
    event = found.event
    here = reverse("organise-registration", args=[event.slug, found.code])
    context: dict[str, Any] = {
        "crumbs": workspace.under(event, (found.name, here)),
        "heading": f"Cancel the registration of {found.name}?",
        "lines": [
            f"{found.email} is told by mail.",
            "Their seat goes to the next in line at once."
            if event.waiting_count
            else "Their seat is free again.",
        ],
        "button": "Cancel this registration",
        "back_url": here,
        "back_text": "Keep it",
    }
    template = "events/organiser/confirm.html"
    if request.method != "POST":
        return render(request, template, context)
    try:
        registering.cancel(found, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        return workspace.refused(request, template, context, no)
    workspace.done(request, f"The registration of {found.name} is canceled.")
    return redirect(here)


# --- the list -------------------------------------------------------------------------------------


def _query(request: HttpRequest) -> dict[str, str]:
    query = {n: filtering.typed(request, n) for n in ("q", "state", "alliance", "sort")}
    if query["sort"].removeprefix("-") not in SORTS:
        query["sort"] = ""
    return query


def _matching(found: QuerySet[Registration], query: dict[str, str]) -> QuerySet[Registration]:
    """Narrowed by the query; unknown words match nothing."""
    if query["state"]:
        found = found.filter(state=query["state"])
    if query["alliance"] == "none":
        found = found.filter(alliance=None)
    elif query["alliance"]:
        found = found.filter(alliance__slug=query["alliance"])
    return matching(found, query["q"])


def matching(found: QuerySet[Registration], words: str) -> QuerySet[Registration]:
    """Those with every one of the words in name, address or organisation."""
    for word in words.split()[:6]:
        found = found.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(organisation__icontains=word)
        )
    return found


def _sorted(found: QuerySet[Registration], sort: str) -> QuerySet[Registration]:
    _, columns = SORTS[sort.removeprefix("-") or "name"]
    back = "-" if sort.startswith("-") else ""
    return found.order_by(*(f"{back}{column}" for column in columns))


def _columns(query: dict[str, str]) -> list[dict[str, Any]]:
    kept = {n: query[n] for n in ("q", "state", "alliance") if query[n]}
    current = query["sort"] or "name"
    columns = []
    for word, (text, _) in SORTS.items():
        target = f"-{word}" if current == word else word
        column: dict[str, Any] = {"text": text, "url": f"?{urlencode({**kept, 'sort': target})}"}
        if current.removeprefix("-") == word:
            column["sorted"] = "descending" if current.startswith("-") else "ascending"
        columns.append(column)
    return columns


def _fields(query: dict[str, str]) -> list[dict[str, Any]]:
    states = [("", "Any state"), *State.choices]
    alliances = [
        ("", "All alliances"),
        *((a.slug, a.name) for a in brand.marks()),
        ("none", "No alliance"),
    ]
    return [
        {
            "kind": "search",
            "name": "q",
            "label": "Name, email or organization",
            "value": query["q"],
        },
        _select("state", "State", states, query["state"]),
        _select("alliance", "Alliance", alliances, query["alliance"]),
    ]


def _select(name: str, label: str, options: Any, value: str) -> dict[str, Any]:
    return {"kind": "select", "name": name, "label": label, "options": options, "value": value}


def _rows(event: Event, found: Iterable[Registration]) -> list[dict[str, Any]]:
    found = list(found)
    places, answers = _places(event, found), replies.answers_of(found)
    return [
        {
            "registration": one,
            "answer": ANSWERS.get(answers.get(one.pk, ""), ("", "")),
            "url": reverse("organise-registration", args=[event.slug, one.code]),
            "state": (workspace.REGISTRATION_KINDS[State(one.state)], _state(one, places)),
            "zone": event.time_zone,
        }
        for one in found
    ]


def _state(one: Registration, places: dict[int, int]) -> str:
    place = places.get(one.pk)
    return f"Waitlist, number {place:,}" if place else one.get_state_display()


def _places(event: Event, found: Iterable[Registration]) -> dict[int, int]:
    """Place in the queue by id; one query, and only where somebody on the page waits."""
    if not any(one.state == State.WAITLISTED for one in found):
        return {}
    queue = Registration.objects.waiting().filter(event=event).values_list("pk", flat=True)
    return {pk: place for place, pk in enumerate(queue, start=1)}


def _counts(event: Event) -> dict[str, int]:
    rows = Registration.objects.filter(event=event).values_list("state")
    return dict(rows.annotate(count=Count("pk")).order_by())


def _stats(event: Event, counts: dict[str, int]) -> list[dict[str, Any]]:
    here = reverse("organise-registrations", args=[event.slug])
    free = event.seats_free
    words = (
        ("Registered", State.CONFIRMED),
        ("On the waitlist", State.WAITLISTED),
        ("Canceled", State.CANCELLED),
    )
    stats = [
        {
            "word": word,
            "value": f"{counts.get(state, 0):,}",
            "url": f"{here}?state={state}" if counts.get(state) else "",
        }
        for word, state in words
    ]
    return [*stats, {"word": "Seats free", "value": "No limit" if free is None else f"{free:,}"}]


def _by_alliance(event: Event) -> list[dict[str, Any]]:
    """Seats by alliance, the most first: what every host may know, whatever the data rule."""
    seated = Registration.objects.seated().filter(event=event).values_list("alliance")
    counts = dict(seated.annotate(count=Count("pk")).order_by())
    rows = [
        {"label": a.name, "value": counts[a.pk], "code": a.code, "mark": a.mark}
        for a in brand.marks()
        if counts.get(a.pk)
    ]
    if other := sum(counts.values()) - sum(row["value"] for row in rows):
        rows.append({"label": "No alliance", "value": other, "code": "", "mark": "–"})
    return sorted(rows, key=lambda row: -row["value"])


def _cells(one: Registration) -> tuple[Any, ...]:
    minutes = None if one.attended_seconds is None else one.attended_seconds // 60
    return (
        *(one.code, one.name, one.email, one.organisation),
        one.alliance.name if one.alliance else "",
        STATE_WORDS[one.state],
        f"{one.joined_at:%Y-%m-%dT%H:%M:%SZ}",
        *(one.access_needs, minutes, PRESENCE_WORDS[one.presence]),
    )
