"""An alliance's events on its own site: which sites may show them, and what to paste there."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import rules
from events.domain import embedding
from events.forms import add_refusal
from events.forms_embed import SiteForm, SnippetForm
from events.models import EmbedSite
from events.views import workspace
from kit.errors import Refused
from programmes.access import Actor, organiser
from programmes.models import Alliance
from programmes.rules import may_organise

FRAME_HEIGHT = 600


def _alliance(actor: Actor, slug: str) -> Alliance:
    return get_object_or_404(Alliance.objects.active(), slug=slug)


@organiser(may_organise)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The alliances one may do it for; straight on where there is one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = Alliance.objects.active()
    mine = found if actor.is_operator else found.filter(pk__in=actor.organises)
    if len(mine) == 1:
        return redirect("organise-embedding-of", mine[0].slug)
    return render(request, "events/organiser/embedding_index.html", {"alliances": mine})


@organiser(rules.may_plan_for, load=_alliance)
@require_http_methods(["GET", "HEAD", "POST"])
def embedding_of(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """The sites of one alliance and what to paste there; the form adds a site."""
    if request.method != "POST":
        return _page(request, alliance, SiteForm())
    form = SiteForm(request.POST)
    if form.is_valid():
        typed, by = form.cleaned_data["origin"], workspace.person(request)
        try:
            site = embedding.add_site(alliance, typed, by=by, at=timezone.now())
        except Refused as no:
            add_refusal(form, no)
            return _page(request, alliance, form, status=no.status)
        workspace.done(request, f"Pages of {site.origin} may show the list.")
        return redirect("organise-embedding-of", alliance.slug)
    return _page(request, alliance, form, status=422)


@organiser(rules.may_plan_for, load=_alliance)
@require_POST
def removal(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Take a site off the list. Sent twice, it says the same."""
    number = request.POST.get("site", "")
    site = EmbedSite.objects.filter(alliance=alliance, pk=number if number.isdecimal() else 0)
    if (found := site.first()) is not None:
        origin = found.origin
        embedding.remove_site(found, by=workspace.person(request))
        workspace.done(request, f"{origin} is off the list. To take that back, add it again.")
    return redirect("organise-embedding-of", alliance.slug)


def _page(
    request: HttpRequest, alliance: Alliance, form: SiteForm, *, status: int = 200
) -> HttpResponse:
    look = SnippetForm(request.GET)
    chosen = look.cleaned_data if look.is_valid() else {**SnippetForm.USUAL}
    sites = alliance.embed_sites.select_related("added_by")
    context = {
        "alliance": alliance,
        "sites": sites,
        "may_add": len(sites) < embedding.MOST_SITES,
        "form": form,
        "look": look,
        "snippet": "".join(_snippet(alliance, chosen)),  # to be read, so no longer markup
        "preview_url": _list_url(alliance, chosen),
        "first": sites[0].origin if sites else "",
    }
    if status == 200 and look.errors:
        status = 422
    return render(request, "events/organiser/embedding.html", context, status=status)


def _list_url(alliance: Alliance, chosen: dict[str, Any]) -> str:
    """The list's path with what differs from the usual look."""
    names = ("topic", "format", "theme", "limit", "level", "title")
    given = {name: str(chosen.get(name) or "") for name in names}
    query = {"alliance": [alliance.slug], **{n: [v] for n, v in given.items() if v}}
    return f"{reverse('embed')}?{embedding.read(query).query}"


def _snippet(alliance: Alliance, chosen: dict[str, Any]) -> str:
    """What to paste. Where no script runs, a plain link stands in its place."""
    base = settings.PUBLIC_BASE_URL
    url, title = base + _list_url(alliance, chosen), f"Events of {alliance.name}"
    if chosen["way"] == "plain":
        return format_html(
            '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy"></iframe>',
            url,
            title,
            FRAME_HEIGHT,
        )
    return format_html(
        '<div data-coalition-events="{}"{}>\n  <a href="{}">{}</a>\n</div>\n'
        '<script src="{}" async></script>',
        url,
        format_html(' data-as="frame" data-title="{}"', title) if chosen["way"] == "frame" else "",
        f"{base}{reverse('events')}?{urlencode({'alliance': alliance.slug})}",
        title,
        f"{base}{reverse('embed-script')}",
    )
