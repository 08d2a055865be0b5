"""What certificates want of an organiser: issuing what was earned, looking at what failed."""

from datetime import datetime

from django.urls import reverse

from certificates.domain import agenda as certifying
from events.domain import agenda
from programmes.access import Actor
from programmes.needs import FIRST, Need


def failed(actor: Actor, *, at: datetime) -> list[Need]:
    """Events with certificates that could not be made or sent."""
    if not actor.is_organiser:
        return []
    return [
        Need(
            "problem",
            "Failed",
            f"{one.count:,} {'certificate' if one.count == 1 else 'certificates'}"
            f" of “{one.event.title}” failed",
            reverse("organise-certificates", args=[one.event.slug]),
        )
        for one in certifying.failed(agenda.duties(actor))[:FIRST]
    ]


def uncertified(actor: Actor, *, at: datetime) -> list[Need]:
    """Settled events whose certificates nobody has issued."""
    if not actor.is_organiser:
        return []
    events = certifying.uncertified(agenda.duties(actor)).order_by("settled_at", "pk")
    return [
        Need(
            "waiting",
            "Certificates",
            f"Issue certificates of “{event.title}”",
            reverse("organise-certificates", args=[event.slug]),
        )
        for event in events[:FIRST]
    ]
