"""What the hosts of an event say to each other about it."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from events.domain import asking, hosting
from events.domain.asking import News
from events.models import Event, HostComment
from kit import text
from kit.errors import Invalid
from programmes import audit
from programmes.models import Alliance, Person

Kind = HostComment.Kind
LONGEST = 2000


def say(  # noqa: PLR0913  (what is said, by whom, for whom)
    event: Event,
    said: str,
    *,
    alliance: Alliance | None,
    kind: str = Kind.COMMENT,
    once: UUID | None = None,
    by: Person | None,
    at: datetime,
) -> HostComment:
    """Add to the talk of the hosts; the organisers of the others are told by mail.

    ``alliance`` is in whose name, None for an operator. A comment of kind ``change`` asks the lead
    to change something; the question to the host stays open. The same ``once`` again (a form sent
    twice) gives the comment it made. Raises Invalid, hosting.NotAHost or hosting.EventCalledOff.
    """
    words = text.lines(said, loc="text", what="The comment", at_most=LONGEST).strip()
    if not words:
        raise Invalid.at("text", msg="Write what you want to say.")
    with transaction.atomic():
        held = hosting.locked(event)
        if alliance is not None:
            hosting.part_of(held, alliance)
        known = HostComment.objects.filter(public_id=once, by=by).first() if once else None
        if known is not None:
            return known
        made = HostComment.objects.create(
            public_id=once or uuid4(),
            event=held,
            alliance=alliance,
            by=by,
            kind=kind,
            text=words,
            made_at=at,
        )
        _tell(held, made)
    return made


def of(event: Event) -> list[HostComment]:
    """All of the talk, oldest first. One query."""
    return list(HostComment.objects.filter(event=event).select_related("alliance", "by"))


def _tell(held: Event, made: HostComment) -> None:
    who = made.alliance.name if made.alliance else "The network's operator"
    does = "asks for a change of" if made.kind == Kind.CHANGE else "comments on"
    if made.kind == Kind.CHANGE:
        audit.record(
            "host.change-wanted",
            held,
            by=made.by_id,
            alliance=made.alliance_id,
            note=made.text[:500],
        )
    news = News(f"{who} {does} “{held.title}”", quote=made.text)
    others = asking.hosts_but(held, made.alliance_id)
    asking.tell(held, others, news, key=f"comment:{made.pk}")
