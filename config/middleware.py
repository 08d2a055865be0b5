"""What every request passes through: its id, its actor, its reader's zone, and polite refusals."""

import logging
import secrets
from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject

from config import problems
from events.views import feeds
from kit.errors import Refused
from kit.walltime import is_zone
from programmes.access import ANYONE, Actor, actor_of

log = logging.getLogger("lyceum.pages")
Answer = Callable[[HttpRequest], HttpResponse]


class FeedFirst:
    """Feeds are fetched by programs for years: they skip sessions, cookies and policies."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = feeds.answer(request) if request.path.startswith("/feeds/") else None
        return found if found is not None else self.get_response(request)


class RequestId:
    """Gives each request an id, answered in X-Request-ID, to find it again in the logs."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = secrets.token_hex(8)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


class Reader:
    """Adds ``request.actor`` (who is asking) and ``request.reader_zone`` (their IANA zone or "").

    Both are worked out only when asked for, so that public pages cost no query and set no cookie.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]
        request.reader_zone = SimpleLazyObject(lambda: _zone(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    person = request.user
    return actor_of(person) if person.is_authenticated else ANYONE  # type: ignore[arg-type]


def _zone(request: HttpRequest) -> str:
    """The zone a signed-in person chose, else the cookie's, else none."""
    chosen = getattr(request.user, "time_zone", "") if request.user.is_authenticated else ""
    zone = chosen or unquote(request.COOKIES.get("tz", ""))
    return zone if zone != "UTC" and is_zone(zone) else ""


class Refusals:
    """A Refused that no view caught becomes a page with its sentence and its status.

    So does a database that lets nobody in for longer than its timeout: 503 and when to try again.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        if problems.is_busy(fault):
            log.error("the database is busy, request %s", request.id, exc_info=fault)  # type: ignore[attr-defined]
            page = render_to_string("503.html")
            return HttpResponse(page, status=503, headers={"Retry-After": problems.WAIT_SECONDS})
        if not isinstance(fault, Refused):
            return None
        template = f"{fault.status}.html" if fault.status in {404, 409, 422, 429} else "409.html"
        response = render(request, template, {"refused": fault}, status=fault.status)
        if (wait := getattr(fault, "retry_after", None)) is not None:
            response["Retry-After"] = str(wait)
        return response
