"""A speaker's own page, behind the link in their mail: no account, no cookie.

Opening a page never changes anything. Forms carry no token: the secret is in the address, so that
another site's page could only send what it knows already.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.domain import feed_links, joining, mails, replies, subscriptions
from events.domain.speakers import appearances, links, materials, profiles
from events.domain.speakers.appearances import Appearance
from events.forms import add_refusal
from events.forms_speakers import OwnMaterialForm, OwnProfileForm, PhotoForm
from events.models import Event
from events.views import speakers
from events.views.attendee import quiet
from kit import http, ratelimit
from kit.errors import Refused
from programmes.access import signed_link
from programmes.models import Speaker

View = Callable[..., HttpResponseBase]
MOST_CALENDARS = 10
STATES = {
    "planned": ("info", "Not announced yet"),
    "announced": ("ok", "Announced"),
    "called-off": ("problem", "Canceled"),
    "over": ("off", "Over"),
}
ANSWERS = {
    "accepted": ("ok", "You said yes"),
    "tentative": ("waiting", "You said maybe"),
    "declined": ("off", "You said no"),
    "": ("waiting", "Your answer is open"),
}
DONE = {
    "profile": "Your profile is saved.",
    "photo": "Your photo is saved.",
    "photo-gone": "Your photo is deleted.",
    "material": "Thank you. The organizers look at it, then they put it on the event’s page.",
}


def held(view: View) -> View:
    """Guard: ``view`` gets the speaker in place of the token; 404 for any other token."""

    @wraps(view)
    def found(request: HttpRequest, token: str, **words: Any) -> HttpResponseBase:
        mine = links.speaker_of(token)
        if mine is None:
            return quiet(render(request, "events/public/no_speaker.html", status=404))
        if request.method == "POST" and http.is_cross_site(request):
            raise PermissionDenied
        return quiet(view(request, mine, **words))  # type: ignore[arg-type]

    return csrf_exempt(signed_link(found))  # type: ignore[arg-type]


@held
@require_safe
def home(request: HttpRequest, mine: Speaker) -> HttpResponse:
    """My dates and answers, my profile, my files, my calendar."""
    return page(request, mine)


@held
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest, mine: Speaker) -> HttpResponse:
    """Saves what one writes of oneself; the first time claims the profile."""
    if request.method != "POST":
        return redirect(_url(mine))
    form = OwnProfileForm(request.POST, speaker=mine)
    if not form.is_valid():
        return page(request, mine, form=form, status=422)
    try:
        profiles.edit(mine, form.typed(), by=None, at=timezone.now())
    except Refused as no:
        add_refusal(form, no)
        return page(request, mine, form=form, status=no.status)
    return _done(mine, "profile")


@held
@require_http_methods(["GET", "HEAD", "POST"])
def photo(request: HttpRequest, mine: Speaker) -> HttpResponse:
    """Puts another photo up, or deletes the one there is."""
    at = timezone.now()
    if request.method != "POST":
        return redirect(_url(mine))
    if request.POST.get("act") == "remove":
        profiles.remove_photo(mine, by=None, at=at)
        return _done(mine, "photo-gone")
    ratelimit.hit(request, "photo", limit=20, seconds=600)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, mine, photo_form=form, status=422)
    try:
        profiles.set_photo(mine, form.content(), by=None, at=at)
    except Refused as no:
        add_refusal(form, no)
        return page(request, mine, photo_form=form, status=no.status)
    return _done(mine, "photo")


@held
@require_safe
def picture(request: HttpRequest, mine: Speaker) -> HttpResponseBase:
    """One's own photo, also while nobody else may see it."""
    if not mine.photo:
        raise Http404
    return speakers.picture(mine.photo, cache="private, no-store")


@held
@require_http_methods(["GET", "HEAD", "POST"])
def handed_in(request: HttpRequest, mine: Speaker, *, slug: str) -> HttpResponse:
    """Hands in slides for an event one speaks at; its organisers publish them."""
    at = timezone.now()
    event = _event(mine, slug, at)
    if request.method != "POST":
        return _material_page(request, mine, event, OwnMaterialForm(event=event))
    ratelimit.hit(request, "material", limit=20, seconds=600)
    form = OwnMaterialForm(request.POST, request.FILES, event=event)
    if not form.is_valid():
        return _material_page(request, mine, event, form, status=422)
    try:
        materials.add(event, form.handed(), by=None, speaker=mine, at=at)
    except Refused as no:
        add_refusal(form, no)
        return _material_page(request, mine, event, form, status=no.status)
    return _done(mine, "material")


@held
@require_POST
def calendar(request: HttpRequest, mine: Speaker) -> HttpResponse:
    """Makes a calendar address of all one's dates, and shows it once."""
    ratelimit.hit(request, "speaker-calendar", limit=10, seconds=600)
    if mine.feed_subscriptions.filter(revoked_at=None).count() >= MOST_CALENDARS:
        no = subscriptions.TooManySubscriptions(
            f"You have {MOST_CALENDARS} calendar addresses. Delete one you no longer use."
        )
        return page(request, mine, refusal=str(no), status=no.status)
    secret = subscriptions.speaker(mine, at=timezone.now())
    made = subscriptions.by_token(secret)
    assert made is not None
    return redirect("feed-address", feed_links.token_of(made), secret)


@held
@require_safe
def join(request: HttpRequest, mine: Speaker, *, code: UUID) -> HttpResponse:
    """On into the call of a date one speaks at, as soon as it is announced."""
    at = timezone.now()
    rows = [one for one in appearances.own(mine, at=at) if one.session.public_id == code]
    address = joining.address_of(rows[0].session) if rows else ""
    if not rows or rows[0].state != "announced" or not address:
        raise Http404
    return redirect(address)


def page(
    request: HttpRequest,
    mine: Speaker,
    *,
    form: OwnProfileForm | None = None,
    photo_form: PhotoForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Everything on one page, with the form that was wrong as it was typed."""
    at = timezone.now()
    found = appearances.own(mine, at=at)
    token = links.token_of(mine)
    rows = [_row(mine, one, token) for one in found]
    events = {one.event.pk: one.event for one in found if one.state != "called-off"}
    handed = mine.materials.select_related("event").filter(event__in=events)
    context = {
        "mine": mine,
        "ahead": [row for row in rows if row["is_ahead"]],
        "behind": [row for row in rows if not row["is_ahead"]],
        "form": form or OwnProfileForm(speaker=mine),
        "photo_form": photo_form or PhotoForm(),
        "faulty": form or photo_form,
        "urls": {name: reverse(f"speaker-own-{name}", args=[token]) for name in PAGES},
        "uploads": [
            (event, reverse("speaker-own-material", args=[token, event.slug]))
            for event in events.values()
        ],
        "handed": handed.order_by("-added_at", "-pk"),
        "calendars": [
            (one, reverse("feed-manage", args=[feed_links.token_of(one)]))
            for one in mine.feed_subscriptions.filter(revoked_at=None).order_by("made_at")
        ],
        "done": DONE.get(request.GET.get("done", ""), ""),
        **more,
    }
    return render(request, "events/public/speaker_own.html", context, status=status)


PAGES = ("profile", "photo", "picture", "calendar")


def _row(mine: Speaker, one: Appearance, token: str) -> dict[str, Any]:
    session, event = one.session, one.event
    has_call = one.state == "announced" and bool(joining.address_of(session))
    return {
        "session": session,
        "event": event,
        "title": session.title if session.title != event.title else "",
        "place": ", ".join(filter(None, [mails.place_of(event), session.room])),
        "own_zone": mine.zone if mine.zone != session.time_zone else "",
        "state": STATES[one.state],
        "answer": ANSWERS[one.answer] if one.is_ahead or one.answer else None,
        "is_ahead": one.is_ahead,
        "answer_url": replies.answer_url(session, mine) if one.is_ahead else "",
        "join_url": reverse("speaker-own-join", args=[token, session.public_id])
        if has_call
        else "",
        "event_url": reverse("event", args=[event.slug]) if event.is_public else "",
    }


def _material_page(
    request: HttpRequest, mine: Speaker, event: Event, form: OwnMaterialForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "mine": mine,
        "event": event,
        "form": form,
        "home_url": _url(mine),
        "handed": mine.materials.filter(event=event).order_by("-added_at", "-pk"),
    }
    return render(request, "events/public/speaker_material.html", context, status=status)


def _event(mine: Speaker, slug: str, at: datetime) -> Event:
    """An event one speaks at; 404 for any other, whether or not there is one."""
    event = get_object_or_404(Event.objects.select_related("lead"), slug=slug)
    if not appearances.speaks_at(mine, event, at=at):
        raise Http404
    return event


def _url(mine: Speaker) -> str:
    return reverse("speaker-own", args=[links.token_of(mine)])


def _done(mine: Speaker, what: str) -> HttpResponse:
    return redirect(f"{_url(mine)}?done={what}")
