"""The way back on the organisers' and operators' pages of this app."""

from django.urls import reverse


def organiser(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """For components/crumbs.html: the organisers' home, then ``steps`` of text and address."""
    return _ways(("Organizer", reverse("organise")), *steps)


def network(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """For components/crumbs.html: the network console, then ``steps``."""
    return _ways(("Network", reverse("network")), *steps)


def _ways(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return [{"text": text, "url": url} for text, url in steps]
