"""What an event clashes with, as its pages show it, and the question before it is published."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from events.domain.finding import conflicts
from events.domain.finding.clashes import BLOCK
from events.domain.finding.wording import Said
from events.models import Event
from events.views.timetable import LEVELS
from kit.errors import Refused
from programmes.access import Actor


class NotConfirmed(Refused):
    """There are warnings that nobody has said yes to."""

    code = "schedule-warning"


def rows(event: Event, actor: Actor, *, at: datetime) -> list[dict[str, Any]]:
    """For templates/events/organiser/_conflicts.html: level, sentence, the other event's page."""
    viewer = None if actor.is_operator else actor.alliances
    return [
        {
            "is_block": said.level == BLOCK,
            "level": LEVELS[said.level],
            "sentence": said.sentence,
            "url": _url(said) if said.slug else "",
        }
        for said in conflicts.of_event(event, viewer=viewer, at=at)
    ]


def _url(said: Said) -> str:
    """The public page, or the organizers' page of a draft that the reader may know of."""
    return reverse("event" if said.is_public else "organise-event", args=[said.slug])


def ensure_confirmed(request: HttpRequest, event: Event, *, at: datetime) -> None:
    """Before publishing: warnings want a tick. Raises NotConfirmed; what blocks is asked later."""
    if event.published_at is not None or "despite" in request.POST:
        return
    found = rows(event, request.actor, at=at)  # type: ignore[attr-defined]
    if any(not row["is_block"] for row in found):
        raise NotConfirmed(
            "The dates clash with something. Look at the warnings below, tick that you publish "
            "despite them, and publish again."
        )
