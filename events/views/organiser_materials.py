"""Slides, links and the recording of one event: handed in, looked at, published."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from events import rules
from events.domain.speakers import materials
from events.forms import add_refusal
from events.forms_speakers import HostMaterialForm
from events.models import Event, EventMaterial
from events.views import workspace
from kit.errors import Refused
from programmes.access import Actor, organiser

PAGE = "events/organiser/materials.html"
DONE = {
    "publish": "It is on the event’s page.",
    "withdraw": "It is no longer on the event’s page.",
    "captions": "Noted: the recording has captions.",
}


def by_public_id(actor: Actor, slug: str, public_id: UUID) -> EventMaterial:
    """A material of an event the actor may see, with the event and its hosts; 404 otherwise."""
    event = workspace.by_slug(actor, slug)
    found = get_object_or_404(event.materials.select_related("session"), public_id=public_id)
    found.event = event
    return found


@organiser(rules.may_run, load=workspace.by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, event: Event) -> HttpResponse:
    """What there is, published or not; the form adds to it."""
    if request.method != "POST":
        return _page(request, event)
    form = HostMaterialForm(request.POST, request.FILES, event=event)
    if not form.is_valid():
        return _page(request, event, form=form, status=422)
    try:
        by, at = workspace.person(request), timezone.now()
        materials.add(event, form.handed(), by=by, at=at)
    except Refused as no:
        add_refusal(form, no)
        return _page(request, event, form=form, status=no.status)
    workspace.done(request, "Added. Nobody else sees it until it is published.")
    return redirect("organise-materials", event.slug)


@organiser(rules.may_keep_materials, load=by_public_id)
@require_POST
def publication(request: HttpRequest, found: EventMaterial) -> HttpResponse:
    """Publish it, take it down, or confirm the captions of a recording."""
    by, at = workspace.person(request), timezone.now()
    act = request.POST.get("act", "publish")
    try:
        if act == "withdraw":
            materials.withdraw(found, by=by, at=at)
        elif act == "captions":
            address = request.POST.get("captions_url", "")
            materials.confirm_captions(found, captions_url=address, by=by, at=at)
        else:
            materials.publish(found, by=by, at=at)
    except Refused as no:
        return _page(request, found.event, refusal=str(no), status=no.status)
    workspace.done(request, DONE.get(act, DONE["publish"]))
    return redirect("organise-materials", found.event.slug)


@organiser(rules.may_keep_materials, load=by_public_id)
@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: HttpRequest, found: EventMaterial) -> HttpResponse:
    """Asks, then deletes it and its file."""
    back = reverse("organise-materials", args=[found.event.slug])
    if request.method == "POST":
        materials.remove(found, by=workspace.person(request), at=timezone.now())
        workspace.done(request, f"“{found.title}” is deleted.")
        return redirect(back)
    context = {
        "heading": f"Delete “{found.title}”?",
        "lines": ["It leaves the event’s page, and its file is deleted. This cannot be undone."],
        "button": "Delete it",
        "back_url": back,
        "back_text": "Keep it",
        "crumbs": workspace.under(found.event, ("Materials", back)),
    }
    return render(request, "events/organiser/confirm.html", context)


def _page(
    request: HttpRequest,
    event: Event,
    *,
    form: HostMaterialForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    rows = event.materials.select_related("session", "speaker", "captions_confirmed_by", "added_by")
    context = {
        **workspace.frame(request, event, "organise-materials"),
        "rows": [_row(event, one) for one in rows.order_by("added_at", "pk")],
        "form": form or HostMaterialForm(event=event),
        "is_public": event.is_public,
        **more,
    }
    return render(request, PAGE, context, status=status)


def _row(event: Event, one: EventMaterial) -> dict[str, Any]:
    needs_captions = one.kind == "recording" and one.captions_confirmed_at is None
    if one.published_at is not None:
        state = ("ok", "Published")
    elif needs_captions:
        state = ("waiting", "Waits for captions")
    else:
        state = ("waiting" if one.speaker else "off", "Not published")
    words = {"slug": event.slug, "public_id": one.public_id}
    return {
        "one": one,
        "state": state,
        "needs_captions": needs_captions,
        "url": one.url or reverse("event-material", kwargs=words),
        "publication_url": reverse("organise-material-publication", kwargs=words),
        "removal_url": reverse("organise-material-removal", kwargs=words),
    }
