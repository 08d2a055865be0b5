"""The season planner: list the events, have them placed, keep some, place the rest anew, accept."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain import season_tables, seasons
from events.forms import add_refusal
from events.forms_season import ItemForm, SeasonForm, TableForm
from events.models import Season, SeasonItem
from events.views import workspace
from kit import months, walltime
from kit.errors import Refused
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.models import Alliance

PAGE_ROWS = 50
STATES = {
    Season.State.DRAFT: "info",
    Season.State.SOLVING: "waiting",
    Season.State.PLACED: "ok",
    Season.State.IMPOSSIBLE: "problem",
    Season.State.FAILED: "problem",
}
FOR_WHAT = (
    ("slots", "Awkward hours, holidays and clashes"),
    ("topics", "The same topic twice in a week"),
    ("hosts", "One alliance twice in a week"),
    ("leads", "Leads shared unevenly"),
    ("hours", "Awkward hours shared unevenly"),
)


def by_public_id(actor: Actor, public_id: str) -> Season:
    """The season with its alliance, among those the actor may see; 404 otherwise."""
    found = Season.objects.visible_to(actor).select_related("alliance")
    return get_object_or_404(found, public_id=public_id)


def item_of(actor: Actor, public_id: str, item: str) -> SeasonItem:
    """One event of such a season; 404 otherwise."""
    season = by_public_id(actor, public_id)
    rows = season.items.select_related("first_lead", "event")
    found: SeasonItem = get_object_or_404(rows, public_id=item)
    found.season = season
    return found


@organiser(network_rules.may_organise)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The seasons of one's alliances, the newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = Season.objects.visible_to(actor).select_related("alliance")
    counted = found.annotate(events=Count("items")).order_by("-created_at", "-pk")
    page = Paginator(counted, PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [(season, STATES[Season.State(season.state)]) for season in page]
    context = {"rows": rows, "page": page, "crumbs": workspace.ways()}
    return render(request, "events/organiser/seasons.html", context)


@organiser(network_rules.may_organise)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a season: what it is called and which days it spans."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own = Alliance.objects.active()
    own = own if actor.is_operator else own.filter(pk__in=actor.organises)
    first = own.first()
    initial = {"time_zone": first.zone if first else "", "alliance": first.slug if first else ""}
    form = SeasonForm(workspace.posted(request), alliances=own, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            by, alliance = workspace.person(request), form.cleaned_data["alliance"]
            try:
                season = seasons.draft(alliance, form.plan(), by=by, at=timezone.now())
                return redirect("organise-season", season.public_id)
            except Refused as no:
                add_refusal(form, no)
                status = no.status
    context = {"form": form, "crumbs": _crumbs()}
    return render(request, "events/organiser/season_new.html", context, status=status)


@organiser(rules.may_plan_season, load=by_public_id)
@require_safe
def season(request: HttpRequest, season: Season) -> HttpResponse:
    """The events with where they were placed, as a table and as months."""
    return _page(request, season)


@organiser(rules.may_plan_season, load=by_public_id)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, season: Season) -> HttpResponse:
    """Another title, other days."""
    initial = {name: getattr(season, name) for name in ("title", "first_day", "last_day")}
    initial |= {"time_zone": season.time_zone, "alliance": season.alliance.slug}
    own = Alliance.objects.filter(pk=season.alliance_id)
    form = SeasonForm(workspace.posted(request), alliances=own, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                seasons.reframe(season, form.plan(), by=workspace.person(request))
                workspace.done(request, "Saved.")
                return redirect("organise-season", season.public_id)
            except Refused as no:
                add_refusal(form, no)
                status = no.status
    context = {"form": form, "season": season, "crumbs": _crumbs(season)}
    return render(request, "events/organiser/season_new.html", context, status=status)


@organiser(rules.may_plan_season, load=by_public_id)
@require_http_methods(["GET", "HEAD", "POST"])
def deletion(request: HttpRequest, season: Season) -> HttpResponse:
    """Ask, then delete the season. Drafts that were made of it stay."""
    if request.method == "POST":
        seasons.discard(season, by=workspace.person(request))
        workspace.done(request, f"“{season.title}” is deleted.")
        return redirect("organise-seasons")
    lines = ["Its list of events and their places are gone.", "Drafts that were made of it stay."]
    context = {"season": season, "lines": lines, "crumbs": _crumbs(season)}
    return render(request, "events/organiser/season_deletion.html", context)


@organiser(rules.may_plan_season, load=by_public_id)
@require_POST
def plan(request: HttpRequest, season: Season) -> HttpResponse:
    """Have the season placed; what is pinned stays."""
    try:
        seasons.ask_for_plan(season, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        return _page(request, season, status=no.status, refusal=str(no))
    return redirect("organise-season", season.public_id)


@organiser(rules.may_plan_season, load=by_public_id)
@require_POST
def acceptance(request: HttpRequest, season: Season) -> HttpResponse:
    """Make drafts of what was placed and ask the co-hosts."""
    try:
        made = seasons.accept(season, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        return _page(request, season, status=no.status, refusal=str(no))
    drafts = "draft is" if len(made) == 1 else "drafts are"
    workspace.done(request, f"{len(made)} {drafts} made, and the co-hosts are asked by mail.")
    return redirect("organise-season", season.public_id)


@organiser(rules.may_plan_season, load=by_public_id)
@require_http_methods(["GET", "HEAD", "POST"])
def item_new(request: HttpRequest, season: Season) -> HttpResponse:
    """Add one event."""
    form = ItemForm(workspace.posted(request), season=season)
    if request.method == "POST" and form.is_valid():
        try:
            seasons.add(season, [form.plan()], by=workspace.person(request))
        except Refused as no:
            _add_refusal(form, no)
            return _item_page(request, season, form, status=no.status)
        workspace.done(request, f"“{form.cleaned_data['title']}” is added.")
        again = "organise-season-item-new" if "again" in request.POST else "organise-season"
        return redirect(again, season.public_id)
    return _item_page(request, season, form, status=422 if form.errors else 200)


@organiser(workspace.of("season", rules.may_plan_season), load=item_of)
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, item: SeasonItem) -> HttpResponse:
    """Describe one event anew; where it had a time it has to be placed again."""
    form = ItemForm(workspace.posted(request), season=item.season, item=item)
    if request.method == "POST" and form.is_valid():
        try:
            seasons.change(item, form.plan(), by=workspace.person(request))
        except Refused as no:
            _add_refusal(form, no)
            return _item_page(request, item.season, form, item=item, status=no.status)
        workspace.done(request, f"“{form.cleaned_data['title']}” is changed.")
        return redirect("organise-season", item.season.public_id)
    status = 422 if form.errors else 200
    return _item_page(request, item.season, form, item=item, status=status)


@organiser(workspace.of("season", rules.may_plan_season), load=item_of)
@require_POST
def removal(request: HttpRequest, item: SeasonItem) -> HttpResponse:
    """Take one event out of the season."""
    seasons.remove(item, by=workspace.person(request))
    workspace.done(request, f"“{item.title}” is out of the season.")
    return redirect("organise-season", item.season.public_id)


@organiser(workspace.of("season", rules.may_plan_season), load=item_of)
@require_POST
def pin(request: HttpRequest, item: SeasonItem) -> HttpResponse:
    """Keep one event where it is, or let the next plan move it."""
    is_pinned = request.POST.get("pinned") == "1"
    try:
        seasons.pin(item, is_pinned=is_pinned, by=workspace.person(request))
    except Refused as no:
        return _page(request, item.season, status=no.status, refusal=str(no))
    word = "stays where it is" if is_pinned else "may move"
    workspace.done(request, f"“{item.title}” {word} in the next plan.")
    return redirect("organise-season", item.season.public_id)


@organiser(rules.may_plan_season, load=by_public_id)
@require_http_methods(["GET", "HEAD", "POST"])
def table(request: HttpRequest, season: Season) -> HttpResponse:
    """Add many events at once, a line each. Nothing is added unless every line is right."""
    form = TableForm(workspace.posted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                items = season_tables.parse(form.cleaned_data["table"])
                made = seasons.add(season, items, by=workspace.person(request))
                workspace.done(request, f"{len(made)} events are added.")
                return redirect("organise-season", season.public_id)
            except Refused as no:
                for error in getattr(no, "errors", []):
                    form.add_error("table", _numbered(error))
                status = no.status
    context = {"form": form, "season": season, "crumbs": _crumbs(season)}
    return render(request, "events/organiser/season_table.html", context, status=status)


def _numbered(error: dict[str, Any]) -> str:
    """The domain counts events from 0; people count lines from 1."""
    loc = error["loc"]
    is_of_event = len(loc) > 1 and loc[0] == "items"
    return f"Event {loc[1] + 1}: {error['msg']}" if is_of_event else error["msg"]


def _add_refusal(form: ItemForm, no: Refused) -> None:
    for error in getattr(no, "errors", []):
        error["loc"] = [one for one in error["loc"] if one not in {"items", 0}]
    add_refusal(form, no)


def _crumbs(season: Season | None = None) -> list[dict[str, str]]:
    steps = [("Seasons", reverse("organise-seasons"))]
    if season is not None:
        steps.append((season.title, reverse("organise-season", args=[season.public_id])))
    return workspace.ways(*steps)


def _item_page(
    request: HttpRequest,
    season: Season,
    form: ItemForm,
    *,
    item: SeasonItem | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "season": season, "item": item, "crumbs": _crumbs(season)}
    return render(request, "events/organiser/season_item.html", context, status=status)


def _page(request: HttpRequest, season: Season, *, status: int = 200, **more: Any) -> HttpResponse:
    season.refresh_from_db(fields=["state", "round", "bill", "reasons", "solved_at", "asked_at"])
    rows = _rows(season)
    open_rows = [row for row in rows if row.event is None]
    bill = [(word, season.bill[name]) for name, word in FOR_WHAT if season.bill.get(name)]
    context = {
        "season": season,
        "crumbs": _crumbs(),
        "state": (STATES[Season.State(season.state)], season.get_state_display()),
        "is_solving": season.state == Season.State.SOLVING,
        "rows": rows,
        "bill": bill,
        "months": _months(season, rows),
        "zone_label": walltime.zone_label(season.time_zone, timezone.now()),
        "can_plan": bool(open_rows),
        "to_accept": sum(1 for row in open_rows if row.starts_at),
        "pinned": sum(1 for row in open_rows if row.is_pinned),
        **more,
    }
    return render(request, "events/organiser/season.html", context, status=status)


def _rows(season: Season) -> list[Any]:
    """The events as the page shows them: those with a time in its order, then the others."""
    found = season.items.select_related("first_lead", "lead", "event").prefetch_related(
        "hosts", "topics"
    )
    rows: list[Any] = list(found)
    for row in rows:
        row.starts = row.event.starts_at if row.event is not None else row.starts_at
        row.ends = row.starts + timedelta(minutes=row.minutes) if row.starts else None
        row.shown_lead = row.event.lead if row.event is not None else row.lead or row.first_lead
        others = (host for host in row.hosts.all() if host.pk != row.shown_lead.pk)
        row.shown_topics = [topic.name for topic in row.topics.all()]
        row.shown_hosts = [row.shown_lead, *others]
    return sorted(rows, key=lambda row: (row.starts is None, row.starts or 0, row.position))


def _months(season: Season, rows: list[Any]) -> list[dict[str, Any]]:
    """Every month with a placed event, as components/month_table.html takes it."""
    zone = ZoneInfo(season.time_zone)
    on: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row.starts is not None:
            here = row.starts.astimezone(zone)
            on[here.date()].append(_line(season, row, here))
    firsts = sorted({day.replace(day=1) for day in on})
    return [{"month": first, "weeks": _weeks(first, on)} for first in firsts]


def _line(season: Season, row: Any, here: datetime) -> dict[str, Any]:
    url = reverse("organise-season-item", args=[season.public_id, row.public_id])
    if row.event is not None:
        url = reverse("organise-event", args=[row.event.slug])
    entry = {"url": url, "title": row.title, "code": row.shown_lead.code, "is_cancelled": False}
    return {"words": walltime.clock(here), "goes_on": False, "entry": entry}


def _weeks(first: date, on: dict[date, list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    days = [
        {
            "day": day,
            "in_month": day.month == first.month,
            "is_today": False,
            "events": on[day] if day.month == first.month else [],
        }
        for day in months.sheet(first)
    ]
    return [days[start : start + 7] for start in range(0, len(days), 7)]
