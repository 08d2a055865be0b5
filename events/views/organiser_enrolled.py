"""Who is enrolled in a programme and how far they are, by its data rule; what is noted of them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain import enrolment as enrolling
from events.domain import passport, records
from events.forms_enrolment import RecordForm
from events.models import Enrolment
from events.views import enrolled, filtering, organiser_programmes, workspace
from kit import ids, sheets
from kit.errors import Refused
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.domain import brand
from programmes.models import Alliance, Programme, ProgrammeRecord

PAGE_ROWS = 50
AT_ONCE = 500
State = Enrolment.State
COLUMNS = (
    {"text": "Name"},
    {"text": "Email"},
    {"text": "Alliance"},
    {"text": "Progress"},
    {"text": "Enrolled"},
)
EXPORTED = (
    *("Code", "Name", "Email", "Organization", "Alliance", "State", "Enrolled at (UTC)"),
    *("Complete", "Percent", "Events that count", "Still missing"),
)


def visible(actor: Actor, programme: Programme) -> QuerySet[Enrolment]:
    """The programme's enrolments that its data rule shows the actor."""
    if network_rules.sees_all_enrolled(actor, programme):
        return Enrolment.objects.filter(programme=programme)
    return Enrolment.objects.visible_to(actor).filter(programme=programme)


def find(actor: Actor, slug: str, code: str) -> Enrolment:
    """One of them, with person and member organisation; 404 otherwise."""
    programme = organiser_programmes.by_slug(actor, slug)
    wanted = visible(actor, programme).select_related("person", "alliance", "member_organisation")
    found = get_object_or_404(wanted, code=ids.clean(code) or "")
    found.programme = programme
    return found


def find_record(actor: Actor, slug: str, code: str, number: int) -> "Noted":
    """A record of one of them; 404 otherwise."""
    held = find(actor, slug, code)
    mine = ProgrammeRecord.objects.filter(programme=held.programme_id, person=held.person_id)
    return Noted(get_object_or_404(mine, pk=number), held)


class Noted:
    """A record with the enrolment it belongs to, for the rule."""

    def __init__(self, record: ProgrammeRecord, enrolment: Enrolment) -> None:
        self.record, self.enrolment = record, enrolment


@organiser(network_rules.may_see_programme_desk, load=organiser_programmes.by_slug)
@require_safe
def people(request: HttpRequest, programme: Programme) -> HttpResponse:
    """50 a page with their progress; co-hosts who may not see all get totals."""
    actor = request.actor  # type: ignore[attr-defined]
    at = timezone.now()
    query = _query(request)
    found = _matching(visible(actor, programme), query).select_related("alliance")
    page = Paginator(found.order_by("name", "pk"), PAGE_ROWS).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    here = reverse("organise-program-people", args=[programme.slug])
    bars = _by_alliance(programme)
    context = {
        **organiser_programmes.frame(request, programme, "organise-program-people"),
        "stats": organiser_programmes.stats(programme, at=at),
        "page": page,
        "rows": _rows(programme, page.object_list, at=at),
        "columns": COLUMNS,
        "fields": _fields(query),
        "is_filtered": any(query.values()),
        "here": here,
        "sees_everyone": network_rules.sees_all_enrolled(actor, programme),
        "sees_totals_only": not network_rules.may_see_enrolled(actor, programme),
        "bars": bars,
        "finding": workspace.finding(bars),
        "export_url": f"{reverse('organise-program-people-csv', args=[programme.slug])}?"
        f"{urlencode({name: value for name, value in query.items() if value})}",
    }
    return render(request, "events/organiser/programme_people.html", context)


@organiser(network_rules.may_see_enrolled, load=organiser_programmes.by_slug)
@require_safe
def export(request: HttpRequest, programme: Programme) -> HttpResponse:
    """What the list shows, all pages of it, as CSV."""
    found = _matching(visible(request.actor, programme), _query(request))  # type: ignore[attr-defined]
    filename = f"enrolled-{programme.slug}.csv"
    return sheets.csv_response(filename, EXPORTED, _cells(programme, found))


@organiser(rules.may_see_enrolment, load=find)
@require_safe
def person(request: HttpRequest, held: Enrolment) -> HttpResponse:
    """One person's way through the programme, and what was noted of them."""
    return _draw_person(request, held, _form(request, held))


@organiser(rules.may_note_for, load=find)
@require_POST
def note(request: HttpRequest, held: Enrolment) -> HttpResponse:
    """Notes something of one person, in the name of one of the programme's hosts."""
    form = _form(request, held)
    if not form.is_valid():
        return _draw_person(request, held, form, status=422)
    by, at = workspace.person(request), timezone.now()
    try:
        records.add(held, form.noted(), alliance=form.cleaned_data["alliance"], by=by, at=at)
    except Refused as no:
        for fault in getattr(no, "errors", []) or [{"loc": [], "msg": str(no)}]:
            field = {"name": "what"}.get(str(fault["loc"][:1])) if fault["loc"] else None
            field = fault["loc"][0] if fault["loc"] and fault["loc"][0] in form.fields else field
            form.add_error(field, fault["msg"])
        return _draw_person(request, held, form, status=no.status)
    workspace.done(request, "Noted. It counts at once.")
    return redirect("organise-program-person", held.programme.slug, held.code)


@organiser(workspace.of("enrolment", rules.may_note_for), load=find_record)
@require_POST
def withdrawal(request: HttpRequest, noted: Noted) -> HttpResponse:
    """Takes a record back. It stays in the list, and counts no more."""
    records.withdraw(noted.record, by=workspace.person(request), at=timezone.now())
    workspace.done(request, "Withdrawn. It counts no more.")
    held = noted.enrolment
    return redirect("organise-program-person", held.programme.slug, held.code)


@organiser(workspace.of("programme", network_rules.may_edit_programme), load=find)
@require_http_methods(["GET", "POST"])
def departure(request: HttpRequest, held: Enrolment) -> HttpResponse:
    """Ask, then take somebody out of the programme; their dates ahead are given back."""
    programme = held.programme
    here = reverse("organise-program-person", args=[programme.slug, held.code])
    context = {
        "crumbs": _crumbs(programme, (held.name, here)),
        "heading": f"Take {held.name} out of {programme.name}?",
        "lines": [
            f"{held.email} is told by mail.",
            "The dates ahead that came with enrolling are given back; the next in line move up.",
            "What was attended stays recorded, and they can come back by their link.",
        ],
        "button": "Take them out",
        "back_url": here,
        "back_text": "Keep them enrolled",
    }
    if request.method != "POST":
        return render(request, "events/organiser/confirm.html", context)
    enrolling.leave(held, by=workspace.person(request), at=timezone.now())
    workspace.done(request, f"{held.name} is no longer enrolled.")
    return redirect(here)


def _draw_person(
    request: HttpRequest, held: Enrolment, form: RecordForm, *, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    programme = held.programme
    course = passport.courses([programme], at=at)[programme.pk]
    progress = passport.of_enrolments(programme, [held], at=at)[held.pk]
    noted = ProgrammeRecord.objects.filter(programme=programme, person=held.person_id)
    words = {(kind, name): text for kind, name, text in records.choices(held)}
    context = {
        **organiser_programmes.frame(request, programme, "organise-program-people"),
        "crumbs": _crumbs(programme),
        "held": held,
        "is_active": held.state == State.ACTIVE,
        "progress": progress,
        "rules": enrolled.sentences(course, held),
        "award": programme.award.get("title", ""),
        "standings": [
            {"event": event, "standing": progress.standings[event.slug]} for event in course.events
        ],
        "records": [
            {
                "record": one,
                "text": words.get((one.kind, one.name), f"{one.get_kind_display()}: {one.name}"),
            }
            for one in noted.select_related("alliance", "by", "withdrawn_by")
        ],
        "may_note": rules.may_note_for(actor, held),
        "form": form,
    }
    return render(request, "events/organiser/programme_person.html", context, status=status)


def _form(request: HttpRequest, held: Enrolment) -> RecordForm:
    actor = request.actor  # type: ignore[attr-defined]
    hosts = Alliance.objects.filter(pk__in=[host.pk for host in held.programme.hosts.all()])
    own = hosts if actor.is_operator else hosts.filter(pk__in=actor.organises)
    return RecordForm(workspace.posted(request), choices=records.choices(held), alliances=own)


def _crumbs(programme: Programme, *steps: tuple[str, str]) -> list[dict[str, str]]:
    return workspace.ways(
        ("Programs", reverse("organise-programs")),
        (programme.name, reverse("organise-program", args=[programme.slug])),
        ("People", reverse("organise-program-people", args=[programme.slug])),
        *steps,
    )


# --- the list -------------------------------------------------------------------------------------


def _query(request: HttpRequest) -> dict[str, str]:
    return {name: filtering.typed(request, name) for name in ("q", "state", "alliance")}


def _matching(found: QuerySet[Enrolment], query: dict[str, str]) -> QuerySet[Enrolment]:
    """Narrowed by the query; unknown words match nothing."""
    if query["state"]:
        found = found.filter(state=query["state"])
    if query["alliance"] == "none":
        found = found.filter(alliance=None)
    elif query["alliance"]:
        found = found.filter(alliance__slug=query["alliance"])
    for word in query["q"].split()[:6]:
        found = found.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(organisation__icontains=word)
        )
    return found


def _fields(query: dict[str, str]) -> list[dict[str, Any]]:
    states = [("", "Any state"), *State.choices]
    alliances = [("", "All alliances"), *((a.slug, a.name) for a in brand.marks())]
    alliances.append(("none", "No alliance"))
    words = "Name, email or organization"
    return [
        {"kind": "search", "name": "q", "label": words, "value": query["q"]},
        _select("state", "State", states, query["state"]),
        _select("alliance", "Alliance", alliances, query["alliance"]),
    ]


def _select(name: str, label: str, options: Any, value: str) -> dict[str, Any]:
    return {"kind": "select", "name": name, "label": label, "options": options, "value": value}


def _rows(programme: Programme, found: list[Enrolment], *, at: Any) -> list[dict[str, Any]]:
    progress = passport.of_enrolments(programme, found, at=at)
    return [
        {
            "held": one,
            "progress": progress[one.pk],
            "url": reverse("organise-program-person", args=[programme.slug, one.code]),
            "zone": programme.lead.zone,
        }
        for one in found
    ]


def _by_alliance(programme: Programme) -> list[dict[str, Any]]:
    """People by alliance, the most first: what every host may know, whatever the data rule."""
    active = Enrolment.objects.active().filter(programme=programme).values_list("alliance")
    counts = dict(active.annotate(count=Count("pk")).order_by())
    rows = [
        {"label": a.name, "value": counts[a.pk], "code": a.code, "mark": a.mark}
        for a in brand.marks()
        if counts.get(a.pk)
    ]
    if other := sum(counts.values()) - sum(row["value"] for row in rows):
        rows.append({"label": "No alliance", "value": other, "code": "", "mark": "–"})
    return sorted(rows, key=lambda row: -row["value"])


def _cells(programme: Programme, found: QuerySet[Enrolment]) -> Iterator[tuple[Any, ...]]:
    at = timezone.now()
    rows = list(found.select_related("alliance").order_by("name", "pk"))
    for start in range(0, len(rows), AT_ONCE):
        batch = rows[start : start + AT_ONCE]
        progress = passport.of_enrolments(programme, batch, at=at)
        for one in batch:
            mine = progress[one.pk]
            yield (
                *(one.code, one.name, one.email, one.organisation),
                one.alliance.name if one.alliance else "",
                one.get_state_display(),
                f"{one.joined_at:%Y-%m-%dT%H:%M:%SZ}",
                "yes" if mine.is_met else "no",
                mine.percent,
                len(mine.counted),
                " ".join(mine.missing),
            )
