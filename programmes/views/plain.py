"""Pages of words: accessibility, privacy, help."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from programmes.access import public
from programmes.models import Alliance


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What the site conforms to, what it does not yet, and whom to write to."""
    return _page(request, "accessibility")


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of people, why, who sees it, and how to have it shown or deleted."""
    return _page(request, "privacy")


@public
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Answers to what attendees ask, and whom to ask the rest."""
    return _page(request, "help")


def _page(request: HttpRequest, name: str) -> HttpResponse:
    context = {
        "contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "alliances": Alliance.objects.active(),
    }
    return render(request, f"programmes/public/{name}.html", context)
