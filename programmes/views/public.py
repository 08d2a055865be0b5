"""Pages anyone may see that belong to no event."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from programmes.access import public
from programmes.domain import brand


@public
@require_safe
def brand_css(request: HttpRequest) -> HttpResponse:
    """The alliances' colours. The address changes with them, so it may be kept for a year."""
    response = HttpResponse(brand.stylesheet(), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came without its token: nothing was done; say so and how to go on."""
    return render(request, "403.html", {"stale_form": True}, status=403)
