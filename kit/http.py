"""Small answers about requests: where they come from, where they may be sent on to."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_cross_site(request: HttpRequest) -> bool:
    """Did another site's page send this request? By the browser's own word; programs send none.

    For forms that carry no authority of a signed-in person and so need no token.
    Source: Fetch Metadata Request Headers, §2.1 (Sec-Fetch-Site); Origin where it is not sent.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "cross-site"
    origin = request.headers.get("Origin") or ""
    return bool(origin) and origin.rpartition("://")[2] != request.get_host()


def local_path(request: HttpRequest, wanted: str, default: str = "/") -> str:
    """``wanted`` where it is an address of this site, else ``default``: never an open redirect."""
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed and wanted.startswith("/") else default
