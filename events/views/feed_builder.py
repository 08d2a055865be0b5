"""The feed builder: choose what you want, take the address into your calendar program."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from events.domain import feed_links, selections, subscriptions
from events.forms import add_refusal
from events.forms_feeds import SubscriptionForm
from events.views import feed_choice, feed_ways
from kit import http, ratelimit
from kit.errors import Refused
from programmes.access import public
from programmes.models import Person

FORM = "choose"
DONE = {"deleted": "The calendar address is deleted. Take it out of your calendar program, too."}
CANNOT_FOLLOW = {
    "q": "words",
    "credits": "credit",
    "month": "a month",
}


@public
@require_safe
def builder(request: HttpRequest) -> HttpResponse:
    """A plain form; the address beside it follows what is ticked. 400 for what cannot be."""
    return _page(request, request.GET)


# Carries no authority of whoever sends it: another site's page is kept out by the browser's word.
@csrf_exempt
@public
@require_POST
def saved(request: HttpRequest) -> HttpResponse:
    """Keep the choice under an address of its own, which is then shown once."""
    if http.is_cross_site(request):
        raise PermissionDenied
    form = SubscriptionForm(request.POST, form_id=FORM)
    choice = feed_choice.read(request.POST)
    if not form.is_valid() or choice.problem:
        return _page(request, request.POST, form=form, status=422)
    ratelimit.hit(request, "feed-save", limit=30, seconds=3600)
    owner = request.user if isinstance(request.user, Person) else None
    try:
        made, token = subscriptions.save_selection(
            choice.selection,
            **form.chosen(),
            owner=owner,
            at=timezone.now(),
        )
    except Refused as no:
        add_refusal(form, no)
        return _page(request, request.POST, form=form, status=no.status)
    return redirect("feed-address", feed_links.token_of(made), token)


def _page(
    request: HttpRequest,
    typed: QueryDict,
    *,
    form: SubscriptionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    choice = feed_choice.read(typed)
    address = selections.address(choice.selection)
    given = {name: typed.get(name, "") for name in ("name", "alarm")}
    given["lang"] = choice.selection.language
    context: dict[str, Any] = {
        **feed_choice.boxes(typed),
        "problem": choice.problem,
        "feed": feed_ways.card(address) | feed_ways.counted(choice.selection, at=timezone.now()),
        "form": form or SubscriptionForm(initial=given, form_id=FORM),
        "fresh": feed_ways.FRESHNESS,
        "left_out": [said for name, said in CANNOT_FOLLOW.items() if typed.get(name)],
        "done": DONE.get(typed.get("done", ""), ""),
    }
    if choice.problem and status == 200:
        status = 400
    return render(request, "events/public/feeds.html", context, status=status)
