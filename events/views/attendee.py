"""A registrant's own pages, behind the signed link in their mail: no account, no cookie.

Opening a page never changes anything; the one exception is the short-lived link into the room,
whose click is kept as evidence. Forms carry no token: the secret is in the address, so that another
site's page could only send what it knows already.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from events.domain import joining, links, own_calendar, registering_edits, registration, resending
from events.forms import AddressForm, DetailsForm, add_refusal
from events.models import Event, Registration
from events.views import sharing, shown
from events.views.standing import standing
from kit import http, ids, ratelimit
from kit.errors import Refused
from programmes.access import public, signed_link

State = Registration.State
View = Callable[..., HttpResponse]


def held(view: View) -> View:
    """Guard: ``view`` gets the registration in place of the token; 404 for any other token."""

    @wraps(view)
    def found(request: HttpRequest, token: str, **words: Any) -> HttpResponse:
        registered = links.find_registration(token)
        if registered is None:
            return quiet(render(request, "events/attendee/no_link.html", status=404))
        if request.method == "POST" and http.is_cross_site(request):
            raise PermissionDenied
        return quiet(view(request, registered, **words))

    return csrf_exempt(signed_link(found))


def quiet(response: HttpResponse) -> HttpResponse:
    """Kept out of caches and search engines; the address is a secret, so it is told to nobody."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def page(
    request: HttpRequest,
    mine: Registration,
    *,
    form: DetailsForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """My registration: where it stands, when and where, and what can still be changed."""
    at = timezone.now()
    event = mine.event
    if form is None and registering_edits.may_edit(mine, at):
        form = _details(mine, at)
    sessions = list(event.sessions.prefetch_related("breaks"))
    door = joining.door(mine, at)
    context = {
        **_frame(mine),
        "standing": standing(mine, at),
        "door": door,
        "coming": door.session or event,
        "place": _where(mine, door),
        "changed": shown.moved(event, at=at),
        "items": shown.programme_items(event, sessions) if len(sessions) > 1 else [],
        "calendar": _calendar(mine),
        "form": form,
        "has_ticket": _has_ticket(mine),
        "may_cancel": registering_edits.may_edit(mine, at),
        "may_register": registration.state_of(event, at) in {"open", "waitlist"},
        "done": DONE.get(request.GET.get("done", ""), ""),
        "sharing": sharing.after(mine),
        **more,
    }
    return render(request, "events/attendee/registration.html", context, status=status)


PLATFORMS = {
    "zoom": "Zoom",
    "teams": "Microsoft Teams",
    "webex": "Webex",
    "google": "Google Meet",
}
DONE = {
    "details": "Your details are saved.",
    "cancelled": "Your registration is canceled. We sent you a mail that says so.",
}


@held
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, mine: Registration) -> HttpResponse:
    """Saves name, organization and access needs; the form itself is on the registration's page."""
    at = timezone.now()
    if request.method != "POST":
        return redirect(_url(mine))
    form = _details(mine, at, request.POST)
    if not form.is_valid():
        return page(request, mine, form=form, status=422)
    typed = {"name": mine.name, **form.cleaned_data}
    try:
        registering_edits.edit(mine, **typed, at=at)
    except Refused as no:
        add_refusal(form, no)
        return page(request, mine, form=form, status=no.status)
    return redirect(f"{_url(mine)}?done=details")


@held
@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request: HttpRequest, mine: Registration) -> HttpResponse:
    """Asks once, then gives the place back. Sent twice, it says the same."""
    at = timezone.now()
    if request.method == "POST":
        registration.cancel(mine, at=at)
        return redirect(f"{_url(mine)}?done=cancelled")
    if not registering_edits.may_edit(mine, at):
        return redirect(_url(mine))
    lines = ["We send you a mail that confirms it, and the event leaves your calendar."]
    if mine.state == State.CONFIRMED and mine.event.waiting_count:
        lines.insert(0, "Your seat goes to the next person on the waitlist at once.")
    context = {**_frame(mine), "lines": [*lines, "You can register again while there is room."]}
    return render(request, "events/attendee/cancel.html", context)


@held
@require_safe
def invitation(request: HttpRequest, mine: Registration) -> HttpResponse:
    """The event as a calendar file, with the registrant's own way in."""
    if mine.state != State.CONFIRMED:
        return redirect(_url(mine))
    response = HttpResponse(
        own_calendar.own_calendar(mine), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{mine.event.slug}.ics"'
    return response


@held
@require_safe
def join(request: HttpRequest, mine: Registration) -> HttpResponse:
    """The way into the room, from 15 minutes before the start. A link, for our policy lets no form
    lead to another site."""
    at = timezone.now()
    door = joining.door(mine, at)
    platform = PLATFORMS.get(mine.event.platform.partition("_")[0], "the meeting")
    context = {**_frame(mine), "door": door, "place": shown.place(mine.event), "platform": platform}
    if door.session:
        until = door.session.starts_at - at
        context["minutes"] = max(-(-int(until.total_seconds()) // 60), 0)
        context["minutes_to_opening"] = context["minutes"] - 15
        token = joining.pass_for(mine, door.session, at=at)
        context["go_url"] = reverse("join-go", args=[_token(mine), token])
    return render(request, "events/attendee/join.html", context)


@held
@require_safe
def go(request: HttpRequest, mine: Registration, *, sealed: str) -> HttpResponse:
    """On into the room, noting the click; with a pass that is no longer good, back for a new one.

    Browsers that only look ahead at the link, and HEAD, are no click.
    """
    looks_ahead = "prefetch" in request.headers.get("Sec-Purpose", "")
    if request.method == "HEAD" or looks_ahead:
        return HttpResponse(status=204)
    address = joining.enter(mine, sealed, at=timezone.now())
    return redirect(address or reverse("registration-join", args=[_token(mine)]))


@held
@require_safe
def ticket(request: HttpRequest, mine: Registration) -> HttpResponse:
    """A square code and the same code to type, for the door; prints on one page."""
    if mine.state != State.CONFIRMED or mine.event.cancelled_at:
        return redirect(_url(mine))
    context = {
        **_frame(mine),
        "grouped": ids.group(mine.code),
        "qr": shown.qr(f"{settings.PUBLIC_BASE_URL}/c/{mine.code}"),
        "place": shown.place(mine.event),
        "door": joining.door(mine, timezone.now()),
    }
    return render(request, "events/attendee/ticket.html", context)


# Carries no authority, as above.
@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def send_link(request: HttpRequest) -> HttpResponse:
    """“Send me my link again.” The answer is the same for every address."""
    if request.method != "POST":
        context = {"form": AddressForm(), "is_sent": "sent" in request.GET}
        return quiet(render(request, "events/attendee/send_link.html", context))
    if http.is_cross_site(request):
        raise PermissionDenied
    ratelimit.hit(request, "send-link", limit=10, seconds=600)
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            resending.resend(form.cleaned_data["email"], at=timezone.now())
        except Refused as no:
            add_refusal(form, no)
        else:
            return redirect(f"{reverse('send-link')}?{urlencode({'sent': 1})}")
    context = {"form": form, "is_sent": False}
    return quiet(render(request, "events/attendee/send_link.html", context, status=422))


def _token(mine: Registration) -> str:
    return links.registration_token(mine)


def _url(mine: Registration) -> str:
    return reverse("registration", args=[_token(mine)])


PAGES = {
    "home": "registration",
    "details": "registration-details",
    "cancellation": "registration-cancellation",
    "join": "registration-join",
    "ticket": "registration-ticket",
    "calendar": "registration-calendar",
}


def _frame(mine: Registration) -> dict[str, Any]:
    """What each of these pages needs: the registration, its event and its own addresses."""
    token = _token(mine)
    urls = {word: reverse(name, args=[token]) for word, name in PAGES.items()}
    crumbs = [{"url": urls["home"], "text": "My registration"}]
    return {"mine": mine, "event": mine.event, "urls": urls, "crumbs": crumbs}


def _details(mine: Registration, at: datetime, data: Any = None) -> DetailsForm:
    typed = {n: getattr(mine, n) for n in ("name", "organisation", "access_needs")}
    is_named = registering_edits.may_rename(mine, at)
    return DetailsForm(data, initial=typed, is_named=is_named)


def _has_ticket(mine: Registration) -> bool:
    """At a door somebody may ask for it; online nobody does."""
    is_there = mine.event.format != Event.Format.ONLINE and mine.event.cancelled_at is None
    return is_there and mine.state == State.CONFIRMED


def _where(mine: Registration, door: joining.Door) -> str:
    """The place; and for who may come, how they get in."""
    place = shown.place(mine.event)
    is_online = mine.event.format != Event.Format.IN_PERSON
    if is_online and door.session and mine.state == State.CONFIRMED:
        return f"{place}. Your join button opens 15 minutes before the start."
    return place


def _calendar(mine: Registration) -> dict[str, str]:
    own = reverse("registration-invitation", args=[_token(mine)])
    return {**shown.calendar_links(mine.event), "ics_url": own}
