"""A subscriber's own calendar addresses: shown once, changed, renewed, deleted. No account needed.

Forms behind a managing link carry no token: the secret is in the address.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.domain import feed_links, subscriptions
from events.forms import add_refusal
from events.forms_feeds import MailForm, SubscriptionForm
from events.models import FeedSubscription
from events.views import feed_choice, feed_ways
from events.views.attendee import quiet
from kit import http, ratelimit
from kit.errors import Refused
from programmes.access import signed_link

Kind = FeedSubscription.Kind
View = Callable[..., HttpResponse]
DONE = {
    "saved": "Saved. Your calendar programs see it the next time they look; the address stays.",
    "mailed": "The link is on its way to the address you typed.",
}
NO_MAIL = "Write the address the link shall go to."


def managed(view: View) -> View:
    """Guard: ``view`` gets the subscription in place of the token; 404 for any other token."""

    @wraps(view)
    def found(request: HttpRequest, token: str, **words: Any) -> HttpResponse:
        subscription = feed_links.find(token)
        if subscription is None:
            return quiet(render(request, "events/feeds/no_link.html", status=404))
        if request.method == "POST" and http.is_cross_site(request):
            raise PermissionDenied
        return quiet(view(request, subscription, **words))

    return csrf_exempt(signed_link(found))


@managed
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, found: FeedSubscription) -> HttpResponse:
    """What it holds and who fetched it; the form changes it under the same address."""
    if request.method != "POST":
        return _page(request, found)
    form = SubscriptionForm(request.POST)
    is_choice = found.kind == Kind.SELECTION
    choice = feed_choice.read(request.POST) if is_choice else None
    if not form.is_valid() or (choice and choice.problem):
        return _page(request, found, form=form, typed=request.POST, status=422)
    selection = choice.selection if choice else None
    try:
        subscriptions.edit_selection(found, selection, **form.chosen(), at=timezone.now())
    except Refused as no:
        add_refusal(form, no)
        return _page(request, found, form=form, typed=request.POST, status=no.status)
    return redirect(f"{_urls(found)['home']}?done=saved")


def _page(  # noqa: PLR0913  (one page with two forms)
    request: HttpRequest,
    found: FeedSubscription,
    *,
    form: SubscriptionForm | None = None,
    typed: QueryDict | None = None,
    mail: MailForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_frame(request, found),
        "form": form or SubscriptionForm.of(found),
        "mail": mail or MailForm(),
        "done": DONE.get(request.GET.get("done", ""), ""),
        "fetched": subscriptions.fetched_lately(found),
        "fresh": feed_ways.FRESHNESS,
        "problem": "",
    }
    if found.kind == Kind.SELECTION:
        kept = subscriptions.selection_of(found)
        sent = typed if typed is not None else feed_choice.typed_of(kept)
        context |= feed_choice.boxes(sent)
        context |= feed_ways.counted(kept, at=timezone.now())
        context["problem"] = feed_choice.read(sent).problem if typed is not None else ""
    return render(request, "events/feeds/manage.html", context, status=status)


@managed
@require_safe
def address(request: HttpRequest, found: FeedSubscription, *, secret: str) -> HttpResponse:
    """The address itself: reached when it is made or renewed, for it is stored nowhere."""
    same = subscriptions.by_token(secret)
    if same is None or same.pk != found.pk:
        return redirect(_urls(found)["home"])
    whole = subscriptions.address(found, secret)
    context = {
        **_frame(request, found),
        "feed": feed_ways.card(whole, name=found.name),
        "fresh": feed_ways.FRESHNESS,
        "mail": MailForm(),
        "manage_url": feed_links.url_of(found),
    }
    if found.kind == Kind.SELECTION:
        context["feed"] |= feed_ways.counted(subscriptions.selection_of(found), at=timezone.now())
    return render(request, "events/feeds/address.html", context)


@managed
@require_http_methods(["GET", "HEAD", "POST"])
def renewal(request: HttpRequest, found: FeedSubscription) -> HttpResponse:
    """Asks once, then gives a new address, for one that has come into wrong hands or is lost."""
    if request.method == "POST":
        secret = subscriptions.renew(found, at=timezone.now())
        return redirect("feed-address", feed_links.token_of(found), secret)
    lines = [
        "You get a new address, which is shown once.",
        "The old one stops working at once, wherever it is used.",
        "In each of your calendar programs take the old calendar out and add the new address.",
    ]
    context = {
        **_frame(request, found),
        "heading": f"Make a new address for “{found.name}”?",
        "lines": lines,
        "button": "Make a new address",
        "back_text": "Keep the address I have",
    }
    return render(request, "events/feeds/confirm.html", context)


@managed
@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: HttpRequest, found: FeedSubscription) -> HttpResponse:
    """Asks once, then the address is dead for good."""
    if request.method == "POST":
        subscriptions.revoke(found, at=timezone.now())
        return redirect(f"{reverse('feeds')}?done=deleted")
    lines = [
        "The address stops working at once.",
        "Calendar programs that use it keep what they have, and show nothing new.",
        "This cannot be taken back. You can save the same choice again under another address.",
    ]
    context = {
        **_frame(request, found),
        "heading": f"Delete “{found.name}”?",
        "lines": lines,
        "button": "Delete this calendar address",
        "back_text": "Keep it",
    }
    return render(request, "events/feeds/confirm.html", context)


@managed
@require_POST
def mailing(request: HttpRequest, found: FeedSubscription) -> HttpResponse:
    """Mail the managing link to the address typed. The mail tells nothing else."""
    if found.kind != Kind.SELECTION:  # who owns it finds it by signing in, or by their own mail
        raise PermissionDenied
    form = MailForm(request.POST)
    if form.is_valid():
        ratelimit.hit(request, "feed-link", limit=5, seconds=3600)
        try:
            feed_links.mail_link(found, form.cleaned_data["email"], at=timezone.now())
        except Refused as no:
            add_refusal(form, no)
        else:
            return redirect(f"{_urls(found)['home']}?done=mailed")
    return _page(request, found, mail=form, status=422)


PAGES = {
    "home": "feed-manage",
    "renewal": "feed-renewal",
    "removal": "feed-removal",
    "mailing": "feed-mailing",
}


def _urls(found: FeedSubscription) -> dict[str, str]:
    token = feed_links.token_of(found)
    return {word: reverse(name, args=[token]) for word, name in PAGES.items()}


def _frame(request: HttpRequest, found: FeedSubscription) -> dict[str, Any]:
    """What each of these pages needs."""
    return {
        "found": found,
        "is_choice": found.kind == Kind.SELECTION,
        "urls": _urls(found),
        "zone": str(request.reader_zone) or "America/Chicago",  # type: ignore[attr-defined]
    }
