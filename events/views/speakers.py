"""Speakers in public: their page, their photo, what they left for who came."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from events import rules
from events.domain.speakers import appearances, links, materials
from events.forms import add_refusal
from events.forms_speakers import OwnLinkForm
from events.models import Event, EventMaterial
from events.views import shown
from events.views.attendee import quiet
from kit import http, ratelimit
from kit.errors import Refused
from programmes.access import ANYONE, Actor, public
from programmes.domain import depot, pictures
from programmes.models import FormerSpeaker, Speaker

SHOWN_EVENTS = 20


@public
@require_safe
def speaker(request: HttpRequest, slug: str) -> HttpResponse:
    """Who somebody is and where they speak; 404 for who has not agreed to be shown."""
    if former := FormerSpeaker.objects.filter(slug=slug).select_related("speaker").first():
        return redirect("speaker", former.speaker.slug, permanent=True)
    shown_ones = Speaker.objects.filter(consented_at__isnull=False)
    found = get_object_or_404(shown_ones.select_related("organisation"), slug=slug)
    at = timezone.now()
    events = shown.with_hosts(appearances.public(found)[:SHOWN_EVENTS])
    rows = [shown.row(event, at=at) for event in events]
    ahead = [row for row in rows if row["ends_at"] and row["ends_at"] > at]
    context = {
        "speaker": found,
        "ahead": list(reversed(ahead)),
        "over": [row for row in rows if row not in ahead],
        "photo_url": photo_url(found),
    }
    return render(request, "events/public/speaker.html", context)


def photo_url(found: Speaker) -> str:
    """Where the photo is, or "" where there is none or it is not to be shown."""
    return reverse("speaker-photo", args=[found.photo]) if found.photo and found.is_shown else ""


@public
@require_safe
def photo(request: HttpRequest, name: str) -> HttpResponseBase:
    """A photo by the hash of its bytes, so that it may be kept for good.

    Of who has not agreed to be shown, organisers alone see it.
    """
    rows = Speaker.objects.filter(photo=name)
    if not rows.filter(consented_at__isnull=False).exists():
        if not (rows.exists() and _actor(request).is_organiser):
            raise Http404
        return picture(name, cache="private, no-store")
    return picture(name, cache="public, max-age=86400")


def picture(name: str, *, cache: str) -> HttpResponseBase:
    """The bytes of a photo of ours; 404 where the file is gone."""
    try:
        file = pictures.path_of(name).open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    response = FileResponse(file, content_type="image/jpeg")
    response["Cache-Control"] = cache
    response["X-Content-Type-Options"] = "nosniff"
    return response


@public
@require_safe
def material(request: HttpRequest, slug: str, public_id: Any) -> HttpResponseBase:
    """A file to keep: published for everybody, else for the organisers of its event.

    Always a download, never a page of ours, whatever is in it.
    """
    event = get_object_or_404(Event.objects.visible_to(_actor(request)), slug=slug)
    found = get_object_or_404(event.materials.exclude(path=""), public_id=public_id)
    if found not in materials.shown(event) and not _may_look(request, event):
        raise Http404
    return download(found)


def download(found: EventMaterial) -> HttpResponseBase:
    """The file with headers under which no browser runs what is in it."""
    try:
        file = depot.whole(found.path).open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    response = FileResponse(file, content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, found.filename) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-cache" if not found.published_at else "no-cache"
    return response


# Carries no authority of whoever sends it, so a token would protect nothing.
@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def send_link(request: HttpRequest) -> HttpResponse:
    """“Send me the link to my speaker page.” The answer is the same for every address."""
    if request.method != "POST":
        context = {"form": OwnLinkForm(), "is_sent": "sent" in request.GET}
        return quiet(render(request, "events/public/speaker_link.html", context))
    if http.is_cross_site(request):
        raise PermissionDenied
    ratelimit.hit(request, "speaker-link", limit=10, seconds=600)
    form = OwnLinkForm(request.POST)
    if form.is_valid():
        try:
            links.send(form.cleaned_data["email"], at=timezone.now())
        except Refused as no:
            add_refusal(form, no)
        else:
            return redirect(f"{reverse('speaker-link')}?sent=1")
    context = {"form": form, "is_sent": False}
    return quiet(render(request, "events/public/speaker_link.html", context, status=422))


def _actor(request: HttpRequest) -> Actor:
    """Who is asking; nobody is looked up where no cookie was sent."""
    signed_in = bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return request.actor if signed_in else ANYONE  # type: ignore[attr-defined]


def _may_look(request: HttpRequest, event: Event) -> bool:
    return rules.may_run(_actor(request), event)
