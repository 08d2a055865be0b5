"""All calendar addresses of one person: signed in, or by the link mailed to them."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from events.domain import feed_links, links, subscriptions
from events.forms import add_refusal
from events.forms_feeds import REMINDERS, SubscriptionForm
from events.models import FeedSubscription, Registration
from events.views import attendee
from kit import http, ratelimit
from kit.errors import Refused
from programmes.access import Actor, signed_in, signed_link
from programmes.models import Person

Kind = FeedSubscription.Kind
MAKE = {Kind.PERSONAL: subscriptions.personal, Kind.ORGANISER: subscriptions.organiser}
WORDS = {
    Kind.PERSONAL: "Everything I registered for, with my way in",
    Kind.ORGANISER: "Everything my alliances plan, drafts too",
}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The addresses of whoever signed in; the form makes another."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    kinds = [Kind.PERSONAL, Kind.ORGANISER] if actor.is_organiser else [Kind.PERSONAL]
    person = Person.objects.get(pk=actor.person_id)
    return attendee.quiet(_addresses(request, person, kinds, has_link=False))


@csrf_exempt
@signed_link
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A person's addresses of their registrations, by the link in the mail; it opens for a day."""
    person = feed_links.find_person(token, at=timezone.now())
    if person is None:
        return attendee.quiet(render(request, "events/feeds/no_link.html", status=404))
    if request.method == "POST" and http.is_cross_site(request):
        raise PermissionDenied
    return attendee.quiet(_addresses(request, person, [Kind.PERSONAL], has_link=True))


@attendee.held
@require_http_methods(["GET", "HEAD", "POST"])
def from_registration(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Mails the link to the person's addresses: whoever got this page passed on learns nothing."""
    here = reverse("registration-calendar", args=[links.registration_token(registration)])
    if request.method == "POST":
        ratelimit.hit(request, "feed-personal", limit=10, seconds=600)
        feed_links.mail_personal_link(registration, at=timezone.now())
        return redirect(f"{here}?sent=1")
    context = {"mine": registration, "is_sent": "sent" in request.GET}
    return render(request, "events/feeds/from_registration.html", context)


def _addresses(
    request: HttpRequest, person: Person, kinds: list[Kind], *, has_link: bool
) -> HttpResponse:
    at = timezone.now()
    form = SubscriptionForm(request.POST or None)
    kind = request.POST.get("kind", "")
    if request.method == "POST" and kind in kinds and form.is_valid():
        try:
            return _made(MAKE[Kind(kind)](person, **form.chosen(), at=at))
        except Refused as no:
            add_refusal(form, no)
    chosen = kind if kind in kinds else kinds[0]
    found = subscriptions.of_person(person)
    if has_link:
        found = found.filter(kind=Kind.PERSONAL)
    context = {
        "person": person,
        "rows": [_row(one, at) for one in found],
        "kinds": [{"value": one, "text": WORDS[one], "checked": one == chosen} for one in kinds],
        "form": form,
        "has_link": has_link,
        "zone": str(request.reader_zone) or "America/Chicago",  # type: ignore[attr-defined]
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "events/feeds/addresses.html", context, status=status)


def _made(secret: str) -> HttpResponse:
    made = subscriptions.by_token(secret)
    assert made is not None
    return redirect("feed-address", feed_links.token_of(made), secret)


def _row(found: FeedSubscription, at: datetime) -> dict[str, Any]:
    fetched = subscriptions.fetched_lately(found)
    reminder = dict(REMINDERS).get(str(found.alarm_minutes or ""), "")
    return {
        "name": found.name,
        "kind": found.get_kind_display(),
        "reminder": reminder if found.alarm_minutes is not None else "",
        "fetched": fetched[0] if fetched else None,
        "url": reverse("feed-manage", args=[feed_links.token_of(found)]),
    }
