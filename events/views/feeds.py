"""Calendar feeds over HTTP: conditional, packed once, no cookies, no redirects."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from events.domain import feeds
from kit.errors import Refused
from programmes.access import public

_ADDRESS = re.compile(r"/feeds/(?:(all)|(alliances|programs|topics|events)/([\w-]{1,120}))\.ics")
MAX_AGE = 300


def answer(request: HttpRequest) -> HttpResponse | None:
    """The answer to a feed's address, or None where the address is not one.

    Called before all other middleware: a client that finds nothing new costs one query.
    """
    address = _ADDRESS.fullmatch(request.path)
    if address is None:
        return None
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    try:
        query = dict(request.GET.lists())
        selection = feeds.select(address[1] or address[2], address[3] or "", query)
        return _answer(request, selection)
    except Refused as no:
        return _plain(str(no), no.status)


@public
def feed(request: HttpRequest, **words: str) -> HttpResponse:
    """The same as a view, so that the address has a name and the access walk finds it."""
    return answer(request) or _plain("There is no such calendar feed.", 404)


def _answer(request: HttpRequest, selection: feeds.Selection) -> HttpResponse:
    at = timezone.now()
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    marks = feeds.marks(selection, at=at)
    response: HttpResponse
    if _is_fresh(request, marks):
        response = HttpResponseNotModified()
    else:
        found = feeds.body(selection, at=at)
        marks = found.marks
        response = HttpResponse(
            found.packed if packed else found.body, content_type="text/calendar; charset=utf-8"
        )
        response["Content-Length"] = str(len(response.content))
        if packed:
            response["Content-Encoding"] = "gzip"
        name = selection.slug or "all"
        response["Content-Disposition"] = f'inline; filename="{name}.ics"'
        response["X-Content-Type-Options"] = "nosniff"
        if request.method == "HEAD":
            response.content = b""
            response["Content-Length"] = str(len(found.packed if packed else found.body))
    response["ETag"] = _tag(marks, packed=packed)
    response["Last-Modified"] = http_date(marks.changed)
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response["Vary"] = "Accept-Encoding"
    return response


def _tag(marks: feeds.Marks, *, packed: bool) -> str:
    """A strong tag for each of the two representations."""
    return f'"{marks.digest}-gz"' if packed else f'"{marks.digest}"'


def _is_fresh(request: HttpRequest, marks: feeds.Marks) -> bool:
    """RFC 9110 §13.2.2: the tag decides where one is sent, compared weakly; else the date."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        sent = {tag.removeprefix("W/") for tag in parse_etags(tags)}
        ours = {_tag(marks, packed=False), _tag(marks, packed=True)}
        return "*" in sent or bool(sent & ours)
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and marks.changed <= since


def _plain(sentence: str, status: int) -> HttpResponse:
    response = HttpResponse(
        f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status
    )
    response["Cache-Control"] = "no-store"
    response["Link"] = f"<{settings.PUBLIC_BASE_URL}/feeds/>; rel=help"
    return response
