"""What runs the network: the audit log, effects that failed, and who the operators are."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.errors import Invalid, Refused
from programmes import rules
from programmes.access import Actor, organiser
from programmes.domain import brand, queue, roles, trail
from programmes.forms_team import OperatorForm
from programmes.models import OutboxEntry, Person
from programmes.views import crumbs

PAGE_ROWS = 50
DEFAULT_ZONE = "America/Chicago"
YEARS = range(2000, 2101)
WORDS = ("action", "alliance", "person", "subject")


# --- the audit log --------------------------------------------------------------------------------


@organiser(rules.may_operate)
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """Everything that was done, newest first, narrowed by the query."""
    zone, refusal = _zone(request), ""
    typed = {name: _typed(request, name) for name in (*WORDS, "from", "to")}
    first = last = None
    try:
        first, last = _day(typed["from"], "from"), _day(typed["to"], "to")
    except Invalid as no:
        refusal = str(no)
    words = {name: typed[name] for name in WORDS}
    search = trail.Search(**words, first=first, last=last, zone=zone)
    page = Paginator(trail.matching(search), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "crumbs": crumbs.network(),
        "refusal": refusal,
        "fields": _fields(typed),
        "is_filtered": any(typed.values()),
        "page": page,
        "rows": [_entry(entry, zone) for entry in page],
        "columns": [{"text": text} for text in ("When", "Who", "What", "About", "Details")],
    }
    status = 422 if refusal else 200
    return render(request, "programmes/network/audit.html", context, status=status)


def _entry(entry: Any, zone: str) -> dict[str, Any]:
    facts = [
        f"{name.replace('_', ' ')}: {_said(value)}"
        for name, value in entry.facts.items()
        if value != ""
    ]
    return {
        "at": entry.at,
        "zone": zone,
        "who": entry.by.name if entry.by else "",
        "alliance": entry.alliance,
        "action": entry.action,
        "subject": entry.subject,
        "facts": facts,
    }


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "none"
    return "none" if value is None else str(value)


def _fields(typed: dict[str, str]) -> list[dict[str, Any]]:
    actions = [("", "Everything"), *((word, word) for word in trail.actions())]
    alliances = [("", "All alliances"), *((a.slug, a.name) for a in brand.marks())]
    return [
        _select("action", "Done", actions, typed["action"]),
        _select("alliance", "In the name of", alliances, typed["alliance"]),
        {"kind": "search", "name": "person", "label": "By", "value": typed["person"]},
        {"kind": "search", "name": "subject", "label": "About", "value": typed["subject"]},
        {"kind": "date", "name": "from", "label": "From", "value": typed["from"]},
        {"kind": "date", "name": "to", "label": "To", "value": typed["to"]},
    ]


def _day(text: str, loc: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        raise Invalid.at(loc, msg=f"“{text}” is not a day. Write it as 2027-01-31.")
    return day


# --- effects that failed --------------------------------------------------------------------------


@organiser(rules.may_operate)
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """What could not be done, with the reason; to be tried again or let be."""
    return _outbox(request)


def _outbox(request: HttpRequest, no: Refused | None = None) -> HttpResponse:
    zone = _zone(request)
    page = Paginator(queue.failed(), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "crumbs": crumbs.network(),
        "refusal": str(no) if no else "",
        "stats": queue_stats(queue.health(at=timezone.now())),
        "page": page,
        "rows": [{"entry": one, "zone": zone, "is_mail": queue.is_mail(one)} for one in page],
        "columns": [
            *({"text": text} for text in ("What", "State", "Reason", "Since")),
            {"text": "Decide", "is_hidden": True},
        ],
    }
    return render(
        request, "programmes/network/queue.html", context, status=no.status if no else 200
    )


def queue_stats(health: queue.Health) -> list[dict[str, Any]]:
    """The state of the outbox, for components/stat_row.html."""
    here = reverse("network-queue")
    rows = (
        ("Waiting now", health.waiting, ""),
        ("Later", health.later, ""),
        ("Failed", health.failed, here),
        ("Unsure", health.unsure, here),
        ("Paused", health.paused, ""),
    )
    return [{"word": w, "value": f"{n:,}", "url": url if n else ""} for w, n, url in rows]


def find_entry(actor: Actor, number: int) -> OutboxEntry:
    """An entry of the outbox, for operators; nobody else knows of any."""
    known = OutboxEntry.objects.all() if actor.is_operator else OutboxEntry.objects.none()
    return get_object_or_404(known, pk=number)


@organiser(rules.may_run_queue, load=find_entry)
@require_POST
def retry(request: HttpRequest, entry: OutboxEntry) -> HttpResponse:
    """Try it again."""
    try:
        queue.retry(entry, by=_me(request))
    except Refused as no:
        return _outbox(request, no)
    messages.success(request, "It is tried again.")
    return redirect("network-queue")


@organiser(rules.may_run_queue, load=find_entry)
@require_POST
def let_be(request: HttpRequest, entry: OutboxEntry) -> HttpResponse:
    """Send it no more."""
    try:
        queue.let_be(entry, by=_me(request))
    except Refused as no:
        return _outbox(request, no)
    messages.success(request, "It is not sent, and no longer counts as failed.")
    return redirect("network-queue")


# --- operators ------------------------------------------------------------------------------------


@organiser(rules.may_operate)
@require_http_methods(["GET", "HEAD", "POST"])
def operators(request: HttpRequest) -> HttpResponse:
    """Who runs the network; POST appoints a person who can sign in already."""
    posted = request.POST if request.method == "POST" else None
    form = OperatorForm(posted)
    status = 200 if posted is None else 422
    if posted is not None and form.is_valid():
        try:
            person = roles.appoint_operator(
                form.cleaned_data["email"], by=_me(request), at=timezone.now()
            )
        except Refused as no:
            form.add_error("email", str(no))
            status = no.status
        else:
            messages.success(request, f"{person.name} runs the network now, too.")
            return redirect("network-operators")
    context = {
        "crumbs": crumbs.network(),
        "form": form,
        "people": list(roles.operators_of()),
        "me": request.actor.person_id,  # type: ignore[attr-defined]
    }
    return render(request, "programmes/network/operators.html", context, status=status)


def find_operator(actor: Actor, number: int) -> Person:
    """One of the operators, for operators."""
    known = roles.operators_of() if actor.is_operator else Person.objects.none()
    return get_object_or_404(known, pk=number)


@organiser(rules.may_end_operator, load=find_operator)
@require_http_methods(["GET", "POST"])
def removal(request: HttpRequest, person: Person) -> HttpResponse:
    """Ask, then end it."""
    context: dict[str, Any] = {
        "crumbs": crumbs.network(("Operators", reverse("network-operators"))),
        "heading": f"Shall {person.name} no longer run the network?",
        "lines": [
            "The network console closes to them at once.",
            "Roles in alliances stay as they are.",
        ],
        "button": "End it",
        "back_url": reverse("network-operators"),
        "back_text": "Leave it",
    }
    status = 200
    if request.method == "POST":
        try:
            roles.end_operator(person, by=_me(request), at=timezone.now())
        except Refused as no:
            context["refusal"], status = str(no), no.status
        else:
            messages.success(request, f"{person.name} no longer runs the network.")
            is_me = person.pk == request.actor.person_id  # type: ignore[attr-defined]
            return redirect("me" if is_me else "network-operators")
    return render(request, "programmes/organiser/confirm.html", context, status=status)


# --- shared ---------------------------------------------------------------------------------------


def _typed(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:100]


def _select(name: str, label: str, options: Any, value: str) -> dict[str, Any]:
    return {"kind": "select", "name": name, "label": label, "options": options, "value": value}


def _zone(request: HttpRequest) -> str:
    return str(request.reader_zone) or DEFAULT_ZONE  # type: ignore[attr-defined]


def _me(request: HttpRequest) -> Person:
    return request.user  # type: ignore[return-value]
