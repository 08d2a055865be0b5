"""Public pages kept in the cache under a hash of all they show."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from events.domain import listing
from programmes.domain import brand

KEEP_SECONDS = 600
THEMES = ("light", "dark")


def page(request: HttpRequest, mark: str, draw: Callable[[], HttpResponse]) -> HttpResponse:
    """The page drawn before for the same mark, reader's clock and theme, or a new one.

    Only for readers who are not signed in and have no message waiting: those get their own.
    """
    cookies = request.COOKIES
    if cookies.get(settings.SESSION_COOKIE_NAME) or cookies.get(CookieStorage.cookie_name):
        return draw()
    theme = cookies.get("theme", "")
    theme = theme if theme in THEMES else ""
    wide = listing.fingerprint([], mark, request.get_full_path(), theme, brand.version())
    key = f"page:{wide}:{request.reader_zone}"  # type: ignore[attr-defined]
    body = cache.get(key)
    if body is None:
        response = draw()
        if response.status_code != 200:
            return response
        body = response.content
        cache.set(key, body, KEEP_SECONDS)
    return HttpResponse(body)
