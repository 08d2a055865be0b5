"""The JSON API under /api/v1: its routers, who may call it, and errors in one shape."""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.cache import patch_vary_headers
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger

from certificates.api import router as certificates
from config import idempotency, openapi, problems
from events.api.attendance import router as attendance
from events.api.calendars import router as calendars
from events.api.dates import router as dates
from events.api.events import router as events
from events.api.my_programmes import router as my_programmes
from events.api.polls import router as polls
from events.api.programmes import router as programmes
from events.api.registrations import router as registrations
from events.api.schedule import router as schedule
from events.api.seasons import router as seasons
from events.api.speakers import router as speakers
from events.api.treaty import router as treaty
from kit import ratelimit
from programmes.access import public
from programmes.api import router as directory
from programmes.api_team import router as team

CALLS_A_MINUTE = 1200
"""From one network address, whatever it asks for: a program in a loop is told to wait."""

DESCRIPTION = """\
Joint events of the smart-region alliances: schedule and publish them, register people, import
attendance, issue and check certificates.

**Keys.** Reading what is public, registering and checking a certificate need no key. For all else
send `Authorization: Bearer <key>`. A key acts as the person it was made for; one with scopes only
does what they name. Cookies are never looked at.

**Times** are RFC 3339 in UTC with `Z`. Wall times, what was promised, are `YYYY-MM-DDTHH:MM` and
stand beside a `time_zone`.

**Lists** take `limit` (100, at most 500) and `offset`, and answer `{"items": […], "count": n}`.

**Errors** are `application/problem+json` (RFC 9457) with a stable `code`; wrong input lists
`errors` with the way to each field. What is unknown or not for you is 404, wrong input 422, what a
rule refuses 409, no valid key 401, not your alliance 403, too often 429 with `Retry-After`.

**Repeating safely.** Any POST takes an `Idempotency-Key`: the same key and body within a day give
the same answer once more.
"""


class Api(NinjaAPI):
    """The framework's API with one wrapper around every address and a complete document."""

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """As the framework's; every address answers in problem documents, also to wrong methods."""
        patterns, app, namespace = super().urls
        return [_guarded(pattern) for pattern in patterns], app, namespace

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document, made once in a process."""
        return openapi.complete(super().get_openapi_schema(path_prefix="/api/v1/"), self)

    def get_openapi_schema(self, **where: Any) -> dict[str, Any]:  # type: ignore[override]
        return self.document

    def set_default_exception_handlers(self) -> None:
        for kind, handler in problems.HANDLERS.items():
            self.add_exception_handler(kind, handler)


def _guarded(pattern: URLPattern) -> URLPattern:
    answer = _guard(pattern.callback)
    return URLPattern(pattern.pattern, answer, pattern.default_args, pattern.name)


def _guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view, assigned=())
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        def ask(asked: HttpRequest) -> HttpResponse:
            return view(asked, *args, **kwargs)

        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        try:
            ratelimit.hit(request, "api", limit=CALLS_A_MINUTE, seconds=60)
            once = request.method == "POST"
            response = idempotency.answered_once(request, ask) if once else ask(request)
        except Exception as fault:  # a page of HTML is no answer to a program
            response = problems.of(request, fault)
        if response.status_code == 405:
            response = problems.not_allowed(_allowed(response))
        return _finished(response, is_head=is_head)

    answer.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie is ever looked at
    return public(answer)


def _allowed(response: HttpResponse) -> str:
    methods = set(response["Allow"].replace(" ", "").split(","))
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _finished(response: HttpResponse, *, is_head: bool) -> HttpResponse:
    """Answers differ by key, so no cache may share them; HEAD gets the length alone."""
    response.setdefault("Cache-Control", "private, no-cache")
    response.setdefault("X-Robots-Tag", "noindex")
    patch_vary_headers(response, ["Authorization"])
    if is_head:
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


@public
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address under /api/: a problem document as well."""
    return _finished(problems.not_found(request), is_head=request.method == "HEAD")


unknown.csrf_exempt = True  # type: ignore[attr-defined]

api = Api(
    title="Lyceum",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs=Swagger(settings={"persistAuthorization": False}),
)
for router in (
    directory,
    team,
    events,
    dates,
    registrations,
    schedule,
    attendance,
    certificates,
    polls,
    calendars,
    programmes,
    my_programmes,
    treaty,
    seasons,
    speakers,
):
    api.add_router("", router)
