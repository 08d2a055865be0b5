"""The list of events for other sites' pages, in a frame or by our script: no cookies at all."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from csp.constants import SELF
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from events.domain import calendars, embedding, feeds, listing
from events.models import Event, PartnerEntry
from events.views import elsewhere, shown
from kit.errors import Refused
from programmes.access import public
from programmes.domain import brand

KEEP_SECONDS = 600
MAX_AGE = 300
SCRIPT_AGE = 3600
YEAR_SECONDS = 31_536_000
View = Callable[..., HttpResponse]


def framed(view: View) -> View:
    """For pages that listed sites may frame: the policy says which, to the letter."""

    @wraps(view)
    def allowed(request: HttpRequest, **words: Any) -> HttpResponse:
        response = view(request, **words)
        sites = getattr(response, "sites", [])
        response._csp_replace = {"frame-ancestors": [SELF, *sites]}  # type: ignore[attr-defined]
        return response

    return xframe_options_exempt(allowed)


@public
@require_safe
@gzip_page
@framed
def frame(request: HttpRequest) -> HttpResponse:
    """The list as a page of its own, for a frame in a page of a listed site."""
    try:
        wish = embedding.read(dict(request.GET.lists()))
    except Refused as no:
        return _refused(no)
    response = HttpResponse(_drawn("frame.html", wish))
    response.sites = embedding.origins(wish.selection.alliance)  # type: ignore[attr-defined]
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response


def _refused(no: Refused) -> HttpResponse:
    context = {"sentence": str(no), "sheet_url": sheet_url()}
    page = render_to_string("events/embed/refused.html", context)
    return HttpResponse(page, status=400 if no.status == 422 else no.status)


@public
@require_safe
@gzip_page
def fragment(request: HttpRequest) -> HttpResponse:
    """The list alone, for our script in a page of a listed site; browsers keep it from others."""
    origin = request.headers.get("Origin", "")
    try:
        wish = embedding.read(dict(request.GET.lists()))
    except Refused as no:
        return _for_script(str(no), origin, status=400 if no.status == 422 else no.status)
    if origin and origin not in embedding.origins(wish.selection.alliance):
        sentence = "This site is not among those that may show the list. An organizer can add it."
        return _for_script(sentence, "", status=403)
    response = _for_script(_drawn("fragment.html", wish), origin, kind="text/html")
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response


def _for_script(
    text: str, origin: str, *, status: int = 200, kind: str = "text/plain"
) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type=f"{kind}; charset=utf-8")
    if origin:
        response["Access-Control-Allow-Origin"] = origin
    patch_vary_headers(response, ["Origin"])
    return response


def _drawn(template: str, wish: embedding.Wish) -> str:
    """The list, at most a minute old; kept under what it shows."""
    at = timezone.now()
    moment = f"{calendars.revision()}:{at:%Y%m%d%H%M}:{sheet_url()}"
    key = f"embed:{listing.fingerprint([], template, wish)}"
    then, text = cache.get(key, ("", ""))
    if then != moment:
        text = render_to_string(f"events/embed/{template}", _context(wish, at))
        cache.set(key, (moment, text), KEEP_SECONDS)
    return text


def _context(wish: embedding.Wish, at: datetime) -> dict[str, Any]:
    found = embedding.upcoming(wish, at=at)
    theirs = embedding.elsewhere(wish, at=at)
    rows = [_row(event, at) for event in shown.with_hosts(found)[: wish.rows]]
    rows += [_their_row(entry) for entry in theirs[: wish.rows]]
    rows.sort(key=lambda row: row["starts_at"])
    named = [mark for mark in brand.marks() if mark.slug in wish.selection.alliance]
    one = named[0] if len(named) == 1 else None
    values = [(name, v) for name in feeds.FILTERS for v in getattr(wish.selection, name)]
    is_single = len(values) == len({name for name, _ in values})
    query = f"?{urlencode(values)}" if values else ""
    return {
        "wish": wish,
        "heading": f"Events of {one.name}" if one else "Upcoming events",
        "code": one.code if one else "",
        "rows": rows[: wish.rows],
        "more": max(found.count() + len(theirs) - wish.rows, 0),
        # The list takes one value of each filter; where there are several, it shows everything.
        "all_url": f"{_whole('events')}{query if is_single else ''}",
        "feeds_url": f"{_whole('feeds')}{query}",
        "sheet_url": sheet_url(),
        "level": wish.level + wish.has_title,
        "reader_zone": wish.zone,
    }


def _row(event: Event, at: datetime) -> dict[str, Any]:
    row = shown.row(event, at=at)
    seats, flag = row["seats"], row["flag"]
    told = seats["text"] if seats and seats["kind"] != "many" else ""
    return {
        **row,
        "url": f"{settings.PUBLIC_BASE_URL}{row['url']}",
        "flag": flag["text"] if flag else "",
        "facts": " · ".join(filter(None, (row["place"], row["kind"], row["credit"], told))),
    }


def _their_row(entry: PartnerEntry) -> dict[str, Any]:
    row = elsewhere.row(entry)
    return {
        **row,
        "url": urljoin(settings.PUBLIC_BASE_URL, row["url"]),
        "flag": "",
        "facts": " · ".join(filter(None, (row["source"], row["place"]))),
    }


def _whole(name: str) -> str:
    return f"{settings.PUBLIC_BASE_URL}{reverse(name)}"


# -- what the list brings along


@public
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script for other sites' pages. Its address never changes, so it is asked for again."""
    response = HttpResponse(_source("js/embed.js"), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={SCRIPT_AGE}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@public
@require_safe
@gzip_page
def sheet(request: HttpRequest) -> HttpResponse:
    """The look of the list with the alliances' colors; the address changes with either."""
    text = _source("css/embed.css") + embedding.stylesheet()
    response = HttpResponse(text, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def sheet_url() -> str:
    """The whole address of the look, as pages of other sites need it."""
    edition = hashlib.sha256(f"{_source('css/embed.css')}{brand.version()}".encode()).hexdigest()
    return f"{_whole('embed-sheet')}?v={edition[:10]}"


def _source(name: str) -> str:
    return _read(name) if not settings.DEBUG else _read.__wrapped__(name)


@lru_cache(maxsize=4)
def _read(name: str) -> str:
    return Path(settings.BASE_DIR, "static", name).read_text()
