"""What every page's frame needs to know."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from programmes.domain import brand


def site(request: HttpRequest) -> dict[str, Any]:
    """``theme`` (light, dark or "" for the system's), ``brand_css_url`` and ``base_url``."""
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in {"light", "dark"} else "",
        "brand_css_url": f"{reverse('brand-css')}?v={brand.version()}",
        "base_url": settings.PUBLIC_BASE_URL,
    }
