"""Programmes on the organisers' side: making them, their events in order, their rules."""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import Count, Max, Prefetch, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain import curriculum, listing, passport
from events.forms_programme import ProgrammeForm, RuleForm
from events.models import Enrolment, Event
from events.views import enrolled, workspace
from kit.errors import Refused
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.domain import completion_rules, completion_words
from programmes.models import Alliance, Programme, ProgrammeRecord

PAGE_ROWS = 50
MOST_OFFERED = 200
KEEP_SECONDS = 3600
CHANGED = "Somebody else changed this program since you opened it, so yours is not saved yet."


def by_slug(actor: Actor, slug: str) -> Programme:
    """The programme with its hosts, among those the actor's alliances host; 404 otherwise."""
    return get_object_or_404(_with_hosts(Programme.objects.hosted_by(actor)), slug=slug)


def part(actor: Actor, slug: str, event: str) -> Event:
    """An event of such a programme, the programme and its hosts loaded; 404 otherwise."""
    programme = by_slug(actor, slug)
    found = get_object_or_404(workspace.with_parts(Event.objects), programme=programme, slug=event)
    found.programme = programme
    return found


def frame(request: HttpRequest, programme: Programme, current: str) -> dict[str, Any]:
    """What templates/events/organiser/programme.html needs: the programme, its tabs, its hosts."""
    actor = request.actor  # type: ignore[attr-defined]
    may_edit = network_rules.may_edit_programme(actor, programme)
    tabs = (
        ("organise-program", "Overview", True),
        ("organise-program-people", "People", True),
        ("organise-program-rules", "Rules", may_edit),
        ("organise-program-edit", "Details", may_edit),
    )
    return {
        "programme": programme,
        "crumbs": workspace.ways(("Programs", reverse("organise-programs"))),
        "tabs": [
            {"url": reverse(name, args=[programme.slug]), "text": text, "current": name == current}
            for name, text, is_open in tabs
            if is_open
        ],
        "hosts": lead_first(programme),
        "may_edit": may_edit,
        "may_contribute": network_rules.may_contribute(actor, programme),
    }


def lead_first(programme: Programme) -> list[Alliance]:
    """Its hosts in the order they are named. Needs them loaded."""
    return sorted(
        programme.hosts.all(), key=lambda a: (a.pk != programme.lead_id, a.position, a.pk)
    )


@organiser(network_rules.may_come_in)
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes one's alliances host."""
    actor = request.actor  # type: ignore[attr-defined]
    active = Count("enrolments", Q(enrolments__state=Enrolment.State.ACTIVE), distinct=True)
    found = _with_hosts(Programme.objects.hosted_by(actor)).annotate(
        people=active, parts=Count("events", distinct=True)
    )
    page = Paginator(found.order_by("name", "pk"), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "crumbs": workspace.ways(),
        "page": page,
        "rows": [{"programme": one, "hosts": lead_first(one)} for one in page],
        "columns": [
            {"text": "Program"},
            {"text": "Hosts"},
            {"text": "Events", "is_number": True},
            {"text": "Enrolled", "is_number": True},
        ],
        "plans": network_rules.may_organise(actor),
    }
    return render(request, "events/organiser/programmes.html", context)


@organiser(network_rules.may_organise)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new programme. Events and rules come after."""
    actor = request.actor  # type: ignore[attr-defined]
    active = Alliance.objects.active()
    leads = active if actor.is_operator else active.filter(pk__in=actor.organises)
    usual = {"kind": "series", "sharing": "own", "takes_enrolments": True}
    form = ProgrammeForm(workspace.posted(request), leads=leads, initial=usual)
    context = {"form": form, "crumbs": workspace.ways(("Programs", reverse("organise-programs")))}
    template = "events/organiser/programme_new.html"
    if not form.is_bound:
        return render(request, template, context)
    if form.is_valid():
        plan = curriculum.ProgrammePlan(**form.changes())
        try:
            made = curriculum.draft(
                form.cleaned_data["lead"], plan, by=workspace.person(request), at=timezone.now()
            )
        except Refused as no:
            _add_refusal(form, no)
            return render(request, template, context, status=no.status)
        workspace.done(request, "The program is there. Now put in its events.")
        return redirect("organise-program", made.slug)
    return render(request, template, context, status=422)


@organiser(network_rules.may_see_programme_desk, load=by_slug)
@require_safe
def overview(request: HttpRequest, programme: Programme) -> HttpResponse:
    """The programme at a glance: how many people, its events, its rules and what is wrong."""
    return draw_overview(request, programme)


def draw_overview(
    request: HttpRequest, programme: Programme, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The same with what could not be done on top."""
    at = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    course = passport.courses([programme], at=at)[programme.pk]
    slugs = curriculum.events_of(programme)
    context = {
        **frame(request, programme, "organise-program"),
        "stats": stats(programme, at=at),
        "events": _event_rows(actor, programme, slugs),
        "offered": _offered(actor, programme)[:MOST_OFFERED],
        "rules": enrolled.sentences(course, programme),
        "award": programme.award.get("title", ""),
        "warnings": _warnings(programme, slugs),
        "refusal": refusal,
    }
    return render(request, "events/organiser/programme.html", context, status=status)


@organiser(network_rules.may_edit_programme, load=by_slug)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, programme: Programme) -> HttpResponse:
    """Name, hosts, topics, description, what the other hosts see, what completing it earns."""
    before = curriculum.plan_of(programme)
    initial = {
        **{n: getattr(before, n) for n in ProgrammeForm.base_fields if hasattr(before, n)},
        "topics": [topic.pk for topic in before.topics],
        "co_hosts": [host.slug for host in before.co_hosts],
        "award_title": before.award.get("title", ""),
        "version": programme.version,
    }
    form = ProgrammeForm(workspace.posted(request), lead=programme.lead, initial=initial)
    return _save(request, programme, form, award=before.award)


@organiser(network_rules.may_edit_programme, load=by_slug)
@require_http_methods(["GET", "POST"])
def completion(request: HttpRequest, programme: Programme) -> HttpResponse:
    """What completing it takes, field by field."""
    titles = dict(Event.objects.filter(programme=programme).values_list("slug", "title"))
    form = RuleForm(
        workspace.posted(request),
        events=[(slug, titles[slug]) for slug in curriculum.events_of(programme)],
        before={"completion": programme.completion, "sets": programme.sets},
        initial={"version": programme.version},
    )
    return _save(request, programme, form)


@organiser(network_rules.may_contribute, load=by_slug)
@require_POST
def events(request: HttpRequest, programme: Programme) -> HttpResponse:
    """Puts an event of one's own into the programme."""
    offered = _offered(request.actor, programme)  # type: ignore[attr-defined]
    event = offered.filter(slug=request.POST.get("event", "").replace("\x00", "")).first()
    if event is None:
        return draw_overview(
            request, programme, refusal="Choose an event from the list.", status=422
        )
    try:
        curriculum.add_event(programme, event, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        return draw_overview(request, programme, refusal=str(no), status=no.status)
    workspace.done(
        request, f"“{event.title}” is part of it. Who is enrolled is registered in a minute or two."
    )
    return redirect("organise-program", programme.slug)


@organiser(rules.may_take_out, load=part)
@require_POST
def removal(request: HttpRequest, event: Event) -> HttpResponse:
    """Takes an event out; registrations stay."""
    programme = event.programme
    assert programme is not None
    try:
        curriculum.remove_event(programme, event, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        return draw_overview(request, programme, refusal=str(no), status=no.status)
    workspace.done(request, f"“{event.title}” is no longer part of it. Registrations stay.")
    return redirect("organise-program", programme.slug)


@organiser(workspace.of("programme", network_rules.may_edit_programme), load=part)
@require_POST
def position(request: HttpRequest, event: Event) -> HttpResponse:
    """Moves an event one place up or down."""
    programme = event.programme
    assert programme is not None
    places = {"up": -1, "down": 1}.get(request.POST.get("move", ""), 0)
    if not places:
        return draw_overview(request, programme, refusal="Choose up or down.", status=422)
    curriculum.move_event(
        programme, event, places=places, by=workspace.person(request), at=timezone.now()
    )
    return redirect(f"{reverse('organise-program', args=[programme.slug])}#events")


def stats(programme: Programme, *, at: datetime) -> list[dict[str, Any]]:
    """What every host may know, whatever the data rule: how many are in it and have done it."""
    people = reverse("organise-program-people", args=[programme.slug])
    rows = Enrolment.objects.filter(programme=programme).values_list("state")
    counts = dict(rows.annotate(count=Count("pk")).order_by())
    active, left = (counts.get(state, 0) for state in Enrolment.State.values)
    found = [
        {"word": "Enrolled", "value": f"{active:,}", "url": f"{people}?state=active"},
        {"word": "Have left", "value": f"{left:,}", "url": f"{people}?state=left" if left else ""},
    ]
    if completion_rules.stored(programme.completion, programme.sets).rules:
        found.append({"word": "Have completed it", "value": f"{_completed(programme, at):,}"})
    return found


def _completed(programme: Programme, at: datetime) -> int:
    """Counted anew where anything it depends on changed: reading thousands takes a second."""
    settled = Event.objects.filter(programme=programme).aggregate(
        n=Count("pk"), r=Sum("attendance_revision"), at=Max("settled_at")
    )
    people = Enrolment.objects.filter(programme=programme).aggregate(
        n=Count("pk"), at=Max("looked_at"), left=Max("left_at")
    )
    noted = ProgrammeRecord.objects.filter(programme=programme).aggregate(
        n=Count("pk"), at=Max("withdrawn_at")
    )
    parts = (programme.pk, programme.version, settled, people, noted)
    key = f"completed:{listing.fingerprint([], *parts)}"
    count = cache.get(key)
    if count is None:
        count = passport.completed(programme, at=at)
        cache.set(key, count, KEEP_SECONDS)
    return int(count)


def _with_hosts(found: QuerySet[Programme]) -> QuerySet[Programme]:
    hosts = Prefetch("hosts", Alliance.objects.order_by("position", "pk"))
    return found.select_related("lead").prefetch_related(hosts)


def _offered(actor: Actor, programme: Programme) -> QuerySet[Event]:
    """Events the actor may put in: led by theirs, in no programme yet, with a host of this one."""
    hosts = network_rules.hosting_programme(programme)
    found = Event.objects.filter(programme=None).exclude(status=Event.Status.CANCELLED)
    found = found.filter(pk__in=Event.objects.hosted_by(hosts).values("pk"))
    if not actor.is_operator:
        found = found.filter(lead__in=actor.organises)
    return found.order_by("-starts_at", "pk")


def _event_rows(actor: Actor, programme: Programme, slugs: list[str]) -> list[dict[str, Any]]:
    events = workspace.with_parts(Event.objects.filter(programme=programme))
    by_slug = {event.slug: event for event in events}
    hosts = network_rules.hosting_programme(programme)
    required = set(completion_words.required(programme.completion))
    found = []
    for slug in slugs:
        event = by_slug[slug]
        event.programme = programme
        found.append(
            {
                "event": event,
                "date": workspace.date_line(event),
                "state": (
                    workspace.STATUS_KINDS[Event.Status(event.status)],
                    event.get_status_display(),
                ),
                "url": reverse("organise-event", args=[slug])
                if rules.may_see_workspace(actor, event)
                else reverse("event", args=[slug]),
                "may_take_out": rules.may_take_out(actor, event),
                "is_required": slug in required,
                "is_strange": hosts.isdisjoint(rules.hosting(event)),
            }
        )
    return found


def _warnings(programme: Programme, slugs: list[str]) -> list[str]:
    """What organisers have to mend: rules that no longer fit, a lead that has left."""
    sets = {n: s for n, s in programme.sets.items() if n != completion_rules.PROGRAMME}
    found = completion_rules.problems(programme.completion, sets, slugs)
    if not programme.lead.is_active:
        found.append(
            f"{programme.lead.name} has left the partnership, so nobody can enroll any more."
        )
    return found


def _save(
    request: HttpRequest,
    programme: Programme,
    form: Any,
    *,
    award: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the form, or save what was typed; what the domain refuses stands beside its field."""
    is_rules = isinstance(form, RuleForm)
    current = "organise-program-rules" if is_rules else "organise-program-edit"
    template = f"events/organiser/programme_{'rules' if is_rules else 'edit'}.html"
    context = {**frame(request, programme, current), "form": form}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return render(request, template, context, status=422)
    changes = form.changes() if is_rules else form.changes(award)
    try:
        saved = curriculum.edit(
            programme,
            changes,
            by=workspace.person(request),
            at=timezone.now(),
            version=form.cleaned_data["version"],
        )
    except curriculum.StaleProgramme as no:
        form.data = form.data.copy()
        form.data["version"] = str(no.facts["version"])
        refusal = f"{CHANGED} Look at it in another tab, then save yours over it, or leave it."
        return render(request, template, {**context, "refusal": refusal}, status=no.status)
    except Refused as no:
        _add_refusal(form, no)
        return render(request, template, context, status=no.status)
    workspace.done(
        request, "Saved." if saved.version != programme.version else "Nothing was changed."
    )
    return redirect("organise-program", saved.slug)


def _add_refusal(form: Any, no: Refused) -> None:
    """Put the sentences beside the fields they are about, or above the form."""
    faults = getattr(no, "errors", []) or [{"loc": [], "msg": str(no)}]
    for fault in faults:
        loc = fault["loc"]
        field = form.place_of(loc) if isinstance(form, RuleForm) else (loc[0] if loc else None)
        field = "award_title" if field == "award" else field
        form.add_error(field if field in form.fields else None, fault["msg"])
