"""Enrolling in a whole programme, and the person's own page behind the link in the mail.

The rules are those of events/views/attendee.py: no account, no cookie, nothing changes by opening a
page, and forms carry no token because the secret is in the address.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.domain import enrolment, links
from events.forms import add_refusal
from events.forms_enrolment import EnrolmentForm
from events.models import Enrolment, Event
from events.views import catalogue, enrolled
from events.views.attendee import quiet
from kit import http, ratelimit
from kit.errors import Refused
from kit.turns import one_at_a_time
from programmes.access import public, signed_link
from programmes.models import Programme

View = Callable[..., HttpResponse]
DONE = {
    "skip": "You have skipped this date. It is not added again.",
    "take": "You are registered for this date. A mail confirms it.",
    "left": "You have left this program. We sent you a mail that says so.",
    "back": "You are enrolled again.",
    "rules": "The new rules are yours now.",
}


# The form carries no authority of whoever sends it, so a token would protect nothing.
@public
@csrf_exempt
@require_POST
@one_at_a_time
def enrol(request: HttpRequest, slug: str) -> HttpResponse:
    """The enrolment form. Sent twice, it answers the same and enrolls once."""
    if http.is_cross_site(request):
        raise PermissionDenied
    ratelimit.hit(request, "enrol", limit=20, seconds=60)
    found = get_object_or_404(Programme.objects.select_related("lead"), slug=slug)
    form = EnrolmentForm(request.POST)
    if not form.is_valid():
        return catalogue.draw_programme(request, found, form, status=422)
    try:
        enrolment.enrol(found, form.place(), at=timezone.now())
    except Refused as no:
        add_refusal(form, no)
        return catalogue.draw_programme(request, found, form, status=no.status)
    return redirect("program-enrolled", found.slug)


@public
@require_safe
def done(request: HttpRequest, slug: str) -> HttpResponse:
    """“You are enrolled.” Says nothing about any person: anyone may load it."""
    found = get_object_or_404(Programme.objects.select_related("lead"), slug=slug)
    rows = catalogue.open_rows(found, at=timezone.now())
    context = {"programme": found, "rows": rows}
    return quiet(render(request, "events/public/enrolled.html", context))


def held(view: View) -> View:
    """Guard: ``view`` gets the enrolment in place of the token; 404 for any other token."""

    @wraps(view)
    def found(request: HttpRequest, token: str, **words: Any) -> HttpResponse:
        mine = links.find_enrolment(token)
        if mine is None:
            return quiet(render(request, "events/attendee/no_enrolment.html", status=404))
        if request.method == "POST" and http.is_cross_site(request):
            raise PermissionDenied
        return quiet(view(request, mine, **words))

    return csrf_exempt(signed_link(found))


@held
@require_safe
def mine(request: HttpRequest, held: Enrolment) -> HttpResponse:
    """My dates, how far I am, and what is still missing."""
    return enrolled.page(request, held, said=DONE.get(request.GET.get("done", ""), ""))


@held
@require_http_methods(["GET", "HEAD", "POST"])
def date(request: HttpRequest, held: Enrolment, slug: str) -> HttpResponse:
    """Skips a date, or takes it again. Sent twice, it says the same."""
    if request.method != "POST":
        return redirect(_url(held))
    acts = {"skip": enrolment.skip, "take": enrolment.take}
    word = request.POST.get("do", "")
    event = Event.objects.listed().filter(slug=slug, programme=held.programme_id).first()
    if word not in acts or event is None:
        return enrolled.page(
            request, held, problem="Choose a date of this program, and skip or take it.", status=422
        )
    try:
        acts[word](held, event, at=timezone.now())
    except Refused as no:
        return enrolled.page(request, held, problem=str(no), status=no.status)
    return redirect(f"{_url(held)}?done={word}#dates")


@held
@require_http_methods(["GET", "HEAD", "POST"])
def departure(request: HttpRequest, held: Enrolment) -> HttpResponse:
    """Asks once, then the person has left. Sent twice, it says the same."""
    if request.method == "POST":
        enrolment.leave(held, at=timezone.now())
        return redirect(f"{_url(held)}?done=left")
    if held.state == Enrolment.State.LEFT:
        return redirect(_url(held))
    context = {
        "programme": held.programme,
        "back_url": _url(held),
        "crumbs": [{"url": _url(held), "text": "My program"}],
        "lines": [
            "The dates ahead that came with enrolling are given back; each seat goes to the next "
            "in line.",
            "Dates you had registered for by yourself stay.",
            "What you attended stays recorded, and you can come back.",
        ],
    }
    return render(request, "events/attendee/leave.html", context)


@held
@require_http_methods(["GET", "HEAD", "POST"])
def comeback(request: HttpRequest, held: Enrolment) -> HttpResponse:
    """Back into a programme one had left."""
    if request.method != "POST":
        return redirect(_url(held))
    try:
        enrolment.rejoin(held, at=timezone.now())
    except Refused as no:
        return enrolled.page(request, held, problem=str(no), status=no.status)
    return redirect(f"{_url(held)}?done=back")


@held
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, held: Enrolment) -> HttpResponse:
    """Takes the programme's rules of today in place of those of the day of enrolling."""
    if request.method != "POST":
        return redirect(_url(held))
    enrolment.adopt_rules(held, at=timezone.now())
    return redirect(f"{_url(held)}?done=rules")


def _url(held: Enrolment) -> str:
    return reverse("my-program", args=[links.enrolment_token(held)])
