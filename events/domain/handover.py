"""The lead goes from one host to another, who has to want it."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from events.domain import asking, hosting, proposals, terms
from events.domain.asking import News
from events.domain.hosting import Role, State
from events.domain.proposals import Answer
from events.models import Event, EventHost
from kit.errors import Refused
from programmes import audit
from programmes.models import Alliance, Person


class CannotLead(Refused):
    """Only an alliance that hosts the event already can lead it."""

    code = "cannot-lead"


class NotOffered(Refused):
    """Nobody offered the lead to this alliance, or the offer was taken back."""

    code = "not-offered"


def offer(event: Event, alliance: Alliance, *, by: Person | None, at: datetime) -> EventHost:
    """Offer the lead to a co-host, in place of any offer before; its organisers are told.

    Raises CannotLead, hosting.NotAHost or hosting.EventCalledOff.
    """
    with transaction.atomic():
        held = hosting.locked(event)
        host = _able(held, alliance)
        if host.lead_offered_at is not None:
            return host
        held.hosts.exclude(pk=host.pk).update(lead_offered_at=None)
        host.lead_offered_at = at
        host.save(update_fields=["lead_offered_at"])
        audit.record(
            "lead.offered", held, by=by.pk if by else None, alliance=held.lead_id, host=alliance.pk
        )
        news = News(
            f"{held.lead.name} asks you to lead “{held.title}”",
            ("Say yes or no on the page of its hosts.",),
        )
        asking.tell(held, [alliance.pk], news, key=f"lead-offered:{host.pk}:{at.isoformat()}")
    return host


def take_back(event: Event, *, by: Person | None, at: datetime) -> None:
    """Take an offer of the lead back. Harmless where there is none."""
    with transaction.atomic():
        held = hosting.locked(event)
        if held.hosts.filter(lead_offered_at__isnull=False).update(lead_offered_at=None):
            audit.record("lead.kept", held, by=by.pk if by else None, alliance=held.lead_id)


def answer(
    event: Event, alliance: Alliance, *, accepts: bool, by: Person | None, at: datetime
) -> Event:
    """The co-host takes the lead over, or will not. Raises NotOffered, CannotLead, NotAHost."""
    with transaction.atomic():
        held = hosting.locked(event)
        host = hosting.part_of(held, alliance)
        if host.lead_offered_at is None:
            raise NotOffered(f"Nobody offers {alliance.name} the lead of “{held.title}” now.")
        if accepts:
            return _hand_over(held, _able(held, alliance), by=by, at=at)
        host.lead_offered_at = None
        host.save(update_fields=["lead_offered_at"])
        audit.record("lead.refused", held, by=by.pk if by else None, alliance=alliance.pk)
        news = News(f"{alliance.name} does not take over the lead of “{held.title}”")
        asking.tell(held, [held.lead_id], news, key=f"lead-refused:{host.pk}:{at.isoformat()}")
    return held


def at_once(event: Event, alliance: Alliance, *, by: Person | None, at: datetime) -> Event:
    """What an operator may do where the lead is gone: no offer, no answer.

    Raises CannotLead, hosting.NotAHost or hosting.EventCalledOff.
    """
    with transaction.atomic():
        held = hosting.locked(event)
        if held.lead_id == alliance.pk:
            return held
        return _hand_over(held, _able(held, alliance), by=by, at=at)


def _able(held: Event, alliance: Alliance) -> EventHost:
    host = hosting.part_of(held, alliance)
    if host.role == Role.LEAD:
        raise CannotLead(f"{alliance.name} leads “{held.title}” already.")
    if not host.stands or not alliance.is_active:
        raise CannotLead(
            f"{alliance.name} cannot lead “{held.title}”: only an alliance that has agreed to "
            "host it can."
        )
    return host


def _hand_over(held: Event, host: EventHost, *, by: Person | None, at: datetime) -> Event:
    """Swap the roles. What either had agreed to, and a change that waits, go on as they were."""
    old = held.hosts.select_related("alliance").get(role=Role.LEAD)
    now = terms.of(held)
    mark = terms.keep(held, now, at=at)
    old.role, old.agreed_terms = Role.CO_HOST, now
    stays = old.alliance.is_active
    old.state, old.agreed = (State.ACCEPTED, mark) if stays else (State.WITHDRAWN, "")
    old.note = "" if stays else hosting.LEFT
    old.save()
    waiting = proposals.open_of(held)
    if waiting is not None:
        waiting.answers.filter(host=host).delete()  # the lead's yes is taken for granted
        said = Answer.AGREED if stays else Answer.LEFT
        waiting.answers.create(host=old, state=said, answered_at=at, answered_by=by)
    host.role, host.state, host.answer_by = Role.LEAD, State.ACCEPTED, None
    host.save()
    held.hosts.filter(lead_offered_at__isnull=False).update(lead_offered_at=None)
    Event.objects.filter(pk=held.pk).update(lead=host.alliance_id, version=F("version") + 1)
    held.refresh_from_db()
    audit.record(
        "lead.handed-over",
        held,
        by=by.pk if by else None,
        alliance=old.alliance_id,
        host=host.alliance_id,
        version=held.version,
    )
    proposals.settle(held, by=by, at=at)
    held.refresh_from_db()
    hosting.touch(held, at=at)
    if not stays:
        audit.record("host.withdrawn", held, alliance=old.alliance_id, note=hosting.LEFT)
    news = News(f"{host.alliance.name} now leads “{held.title}”")
    key = f"lead-handed:{host.pk}:{at.isoformat()}"
    asking.tell(held, asking.hosts_but(held), news, key=key)
    return held
