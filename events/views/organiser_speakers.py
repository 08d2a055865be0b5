"""Speakers on the organisers' side: the list all alliances share, and one event's own."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain import agenda, mails
from events.domain.speakers import appearances, inviting, links, merging, profiles
from events.domain.speakers.appearances import Part
from events.forms import add_refusal
from events.forms_speakers import PhotoForm, SpeakerForm
from events.models import Event
from events.views import workspace
from kit.errors import Refused
from programmes import rules as network_rules
from programmes.access import Actor, organiser
from programmes.models import FormerSpeaker, Speaker

PAGE_ROWS = 50
MOST_ALIKE = 20
ALIKE_LETTERS = 3
STATES = {
    "accepted": ("ok", "Accepted"),
    "tentative": ("waiting", "Maybe"),
    "declined": ("problem", "Declined"),
    "waiting": ("waiting", "Has not answered"),
    "not-asked": ("off", "Not asked"),
    "no-address": ("problem", "No email address"),
}


def by_slug(actor: Actor, slug: str) -> Speaker:
    """The speaker, also by the name of a row that was merged; 404 otherwise."""
    if former := FormerSpeaker.objects.filter(slug=slug).select_related("speaker").first():
        slug = former.speaker.slug
    return get_object_or_404(Speaker.objects.select_related("organisation"), slug=slug)


# -- the list


@organiser(network_rules.may_organise)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Everybody who speaks at events of the network, by name."""
    words = request.GET.get("q", "").strip()[:100]
    page = Paginator(_found(words), PAGE_ROWS).get_page(request.GET.get("page"))
    fields = [{"kind": "search", "name": "q", "label": "Name, organization or email"}]
    context = {
        "page": page,
        "rows": list(page),
        "columns": COLUMNS,
        "words": words,
        "fields": [{**fields[0], "value": words}],
        "crumbs": workspace.ways(),
    }
    return render(request, "events/organiser/speakers.html", context)


COLUMNS = (
    {"text": "Name"},
    {"text": "Organization"},
    {"text": "Email"},
    {"text": "Profile"},
)


@organiser(network_rules.may_organise)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Add somebody to the list."""
    if request.method != "POST":
        return _new_page(request, SpeakerForm())
    form = SpeakerForm(request.POST)
    if not form.is_valid():
        return _new_page(request, form, status=422)
    try:
        made = profiles.add(form.typed(), by=workspace.person(request), at=timezone.now())
    except Refused as no:
        add_refusal(form, no)
        return _new_page(request, form, status=no.status)
    workspace.done(request, f"{made.name} is on the list. Name them in the program of an event.")
    return redirect("organise-speaker", made.slug)


@organiser(network_rules.may_edit_speaker, load=by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def speaker(request: HttpRequest, found: Speaker) -> HttpResponse:
    """What is known of somebody; the form changes it."""
    if request.method != "POST":
        return _page(request, found, SpeakerForm(speaker=found))
    form = SpeakerForm(request.POST, speaker=found)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        by, at = workspace.person(request), timezone.now()
        held = profiles.edit(found, form.typed(), by=by, at=at)
    except Refused as no:
        add_refusal(form, no)
        return _page(request, found, form, status=no.status)
    workspace.done(request, "Saved.")
    return redirect("organise-speaker", held.slug)


@organiser(network_rules.may_edit_speaker, load=by_slug)
@require_POST
def photo(request: HttpRequest, found: Speaker) -> HttpResponse:
    """Put another photo up, or delete the one there is."""
    by, at = workspace.person(request), timezone.now()
    if request.POST.get("act") == "remove":
        profiles.remove_photo(found, by=by, at=at)
        workspace.done(request, "The photo is deleted.")
        return redirect("organise-speaker", found.slug)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, SpeakerForm(speaker=found), photo_form=form, status=422)
    try:
        profiles.set_photo(found, form.content(), by=by, at=at)
    except Refused as no:
        add_refusal(form, no)
        again = SpeakerForm(speaker=found)
        return _page(request, found, again, photo_form=form, status=no.status)
    workspace.done(request, "The photo is saved.")
    return redirect("organise-speaker", found.slug)


@organiser(network_rules.may_edit_speaker, load=by_slug)
@require_POST
def link(request: HttpRequest, found: Speaker) -> HttpResponse:
    """Mail them the link to their own page; or make all links sent so far open nothing."""
    if request.POST.get("act") == "renew":
        links.renew(found, by=workspace.person(request))
        workspace.done(request, "Links sent before open nothing any more. Mail a new one.")
    elif found.email:
        links.send(found.email, at=timezone.now())
        workspace.done(request, f"The link is on its way to {found.email}, once an hour at most.")
    return redirect("organise-speaker", found.slug)


@organiser(network_rules.may_edit_speaker, load=by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def merger(request: HttpRequest, found: Speaker) -> HttpResponse:
    """Make another row of the same person part of this one. Asks, for it cannot be undone."""
    sent = request.POST if request.method == "POST" else request.GET
    other = Speaker.objects.filter(slug=sent.get("other", "")).exclude(pk=found.pk).first()
    if request.method != "POST" or other is None:
        status = 422 if request.method == "POST" else 200
        return _merger_page(request, found, other, status=status)
    merging.merge(found, other, by=workspace.person(request), at=timezone.now())
    workspace.done(request, f"Merged. What was {other.name}’s is here now.")
    return redirect("organise-speaker", found.slug)


def _found(words: str) -> QuerySet[Speaker]:
    rows = Speaker.objects.select_related("organisation").order_by("name", "pk")
    for word in words.split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(email__icontains=word)
            | Q(title__icontains=word)
            | Q(organisation__name__icontains=word)
        )
    return rows


def _under(found: Speaker | None = None) -> list[dict[str, str]]:
    steps = [("Speakers", reverse("organise-speakers"))]
    if found is not None:
        steps.append((found.name, reverse("organise-speaker", args=[found.slug])))
    return workspace.ways(*steps)


def _new_page(request: HttpRequest, form: SpeakerForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "crumbs": _under()}
    return render(request, "events/organiser/speaker_new.html", context, status=status)


def _page(
    request: HttpRequest,
    found: Speaker,
    form: SpeakerForm,
    *,
    photo_form: PhotoForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = appearances.own(found, at=timezone.now())
    seen = agenda.network(request.actor)  # type: ignore[attr-defined]
    visible = set(seen.filter(pk__in={one.event.pk for one in rows}).values_list("pk", flat=True))
    events = {one.event.pk: one.event for one in rows if one.event.pk in visible}
    context = {
        "speaker": found,
        "form": form,
        "photo_form": photo_form or PhotoForm(),
        "faulty": photo_form or form,
        "photo_url": reverse("speaker-photo", args=[found.photo]) if found.photo else "",
        "events": [(event, workspace.date_line(event)) for event in events.values()],
        "crumbs": _under(),
    }
    return render(request, "events/organiser/speaker.html", context, status=status)


def _merger_page(
    request: HttpRequest, found: Speaker, other: Speaker | None, *, status: int
) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    alike = _found(words or found.name.rpartition(" ")[2]).exclude(pk=found.pk)
    context = {
        "speaker": found,
        "other": other,
        "words": words,
        "fields": [{"kind": "search", "name": "q", "label": "Name or email", "value": words}],
        "alike": [(one, f"?{urlencode({'other': one.slug})}") for one in alike[:MOST_ALIKE]],
        "crumbs": _under(found),
        "form": None,
        "refusal": "Choose the other entry." if status == 422 else "",
    }
    return render(request, "events/organiser/speaker_merger.html", context, status=status)


# -- of one event


@organiser(rules.may_look_behind, load=workspace.by_slug)
@require_safe
def of_event(request: HttpRequest, event: Event) -> HttpResponse:
    """Who speaks, who was asked, and what they said."""
    return _event_page(request, event)


@organiser(rules.may_edit, load=workspace.by_slug)
@require_POST
def invitations(request: HttpRequest, event: Event) -> HttpResponse:
    """Ask those who were not asked yet, or one of them."""
    try:
        by, at = workspace.person(request), timezone.now()
        count = inviting.invite(event, speakers=_chosen(request), by=by, at=at)
    except Refused as no:
        return _event_page(request, event, no)
    workspace.done(request, f"{_people(count)} asked by mail.")
    return redirect("organise-event-speakers", event.slug)


@organiser(rules.may_edit, load=workspace.by_slug)
@require_POST
def reminders(request: HttpRequest, event: Event) -> HttpResponse:
    """Mail those who have not answered once more."""
    try:
        by, at = workspace.person(request), timezone.now()
        count = inviting.remind(event, speakers=_chosen(request), by=by, at=at)
    except Refused as no:
        return _event_page(request, event, no)
    workspace.done(request, f"{_people(count)} reminded by mail.")
    return redirect("organise-event-speakers", event.slug)


def _chosen(request: HttpRequest) -> list[Speaker] | None:
    """The speaker a button names; None for all."""
    slug = request.POST.get("speaker", "")
    return list(Speaker.objects.filter(slug=slug)) if slug else None


def _people(count: int) -> str:
    return "1 person was" if count == 1 else f"{count} people were"


def _event_page(request: HttpRequest, event: Event, no: Refused | None = None) -> HttpResponse:
    at = timezone.now()
    found = appearances.parts(event)
    is_live = event.cancelled_at is None
    actor: Actor = request.actor  # type: ignore[attr-defined]
    ahead = [part for part in found if part.session.ends_at > at and is_live]
    context = {
        **workspace.frame(request, event, "organise-event-speakers"),
        "rows": _rows(found, event),
        "can_ask": any(part.state == "not-asked" for part in ahead),
        "can_remind": any(part.state == "waiting" for part in ahead),
        "may_keep": network_rules.may_organise(actor),
        "counts": [
            (kind, word, sum(part.state == state for part in found))
            for state, (kind, word) in STATES.items()
        ],
        "place": mails.place_of(event),
    }
    if no is not None:
        return workspace.refused(request, "events/organiser/event_speakers.html", context, no)
    return render(request, "events/organiser/event_speakers.html", context)


def _rows(found: Sequence[Part], event: Event) -> list[dict[str, Any]]:
    """One for each speaker, with the dates they are named for."""
    by_speaker: dict[int, dict[str, Any]] = {}
    for part in found:
        row = by_speaker.setdefault(part.speaker.pk, {"speaker": part.speaker, "parts": []})
        row["parts"].append(
            {
                "session": part.session,
                "title": part.session.title if part.session.title != event.title else "",
                "state": STATES[part.state],
                "reply": part.reply,
                "invitation": part.invitation,
            }
        )
    return list(by_speaker.values())
