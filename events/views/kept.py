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
    # One place for each address, zone and theme, written over when its mark changes: the cache
    # holds as many pages as are read, not one for every seat taken since.
    where = listing.fingerprint([], request.get_full_path(), theme)
    key = f"page:{where}:{request.reader_zone}"  # type: ignore[attr-defined]
    now = f"{mark}:{brand.version()}"
    then, body = cache.get(key, ("", b""))
    if then != now:
        response = draw()
        if response.status_code != 200 or request.GET.get("q"):  # searches are seldom repeated
            return response
        body = response.content
        cache.set(key, (now, body), KEEP_SECONDS)
    return HttpResponse(body)
