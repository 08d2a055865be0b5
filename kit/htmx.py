"""Answers an htmx request with a fragment instead of the whole page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def part(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse | None:
    """The fragment where htmx asked for one, or None where a whole page is wanted."""
    if not getattr(request, "htmx", False):
        return None
    return render(request, template, context, status=status)
