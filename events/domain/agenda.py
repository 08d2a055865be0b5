"""What waits for an organiser: the lists behind the home page, each a query to be narrowed on.

``alliances`` are the ids a person plans events for, or looks into; None means all (operators).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from events.domain import speaking
from events.models import (
    Event,
    EventHost,
    InvitationReply,
    Proposal,
    ProposalAnswer,
    Registration,
    Session,
    SpeakerInvitation,
)
from programmes.access import Actor
from programmes.models import OutboxEntry

Status = Event.Status
LOOK_AHEAD = timedelta(days=14)
MOST_FAILED = 1000
"""Failed mails looked through; with more than that, the count says at least this many."""
Scope = frozenset[int] | None


@dataclass(frozen=True)
class Unsent:
    """An event with mails that were given up, how many, and what the last one died of."""

    event: Event
    count: int
    error: str


def duties(actor: Actor) -> Scope:
    """The alliances the actor plans for: whose tasks are theirs."""
    return None if actor.is_operator else actor.organises


def concerns(actor: Actor) -> Scope:
    """The alliances whose matters the actor may look into: whose drafts they see."""
    return None if actor.is_operator else actor.alliances


def mine(actor: Actor) -> QuerySet[Event]:
    """The events the actor has to do with: hosted by an alliance they look into, or announced and
    hosted by one at whose door they stand."""
    if actor.is_operator:
        return Event.objects.all()
    looked_into = Q(pk__in=Event.objects.hosted_by(actor.alliances).values("pk"))
    return Event.objects.filter(looked_into | Q(pk__in=_at_door(actor).values("pk")))


def network(actor: Actor) -> QuerySet[Event]:
    """What a calendar of the network shows the actor: what all alliances list, and ``mine``."""
    listed = Q(pk__in=Event.objects.listed().values("pk"))
    return Event.objects.filter(listed | Q(pk__in=mine(actor).values("pk")))


def _at_door(actor: Actor) -> QuerySet[Event]:
    host = EventHost.objects.standing().filter(event=OuterRef("pk"), alliance__in=actor.doors)
    return Event.objects.published().filter(Exists(host))


def dates(events: QuerySet[Event], *, at: datetime, until: datetime) -> QuerySet[Session]:
    """The dates of ``events`` that are not over at ``at`` and begin before ``until``, in order.

    Called off ones are left out.
    """
    found = Session.objects.filter(is_cancelled=False, ends_at__gt=at, starts_at__lt=until)
    found = found.filter(event__in=events.exclude(status=Status.CANCELLED))
    return found.order_by("starts_at", "pk").defer("ics")


def declined(alliances: Scope) -> QuerySet[Event]:
    """Events of theirs, not announced yet, to which a co-host said no."""
    no = EventHost.objects.filter(event=OuterRef("pk"), state=EventHost.State.DECLINED)
    return drafts(alliances).filter(Exists(no))


def speakers_declined(alliances: Scope, *, at: datetime) -> list[InvitationReply]:
    """Noes of people who are still to speak at dates to come of events of theirs, soonest first.

    One for each person and event. Three queries.
    """
    rows = InvitationReply.objects.filter(
        kind=InvitationReply.Kind.SPEAKER,
        answer=InvitationReply.Answer.DECLINED,
        session__event__in=led(alliances).exclude(status=Status.CANCELLED),
        session__ends_at__gt=at,
        session__is_cancelled=False,
    )
    said = list(rows.select_related("session__event", "speaker").order_by("session__starts_at"))
    due = set(speaking.pairs({no.session.event_id for no in said}))
    told = SpeakerInvitation.objects.filter(session__in=[no.session_id for no in said])
    asked = {(one.session_id, one.speaker_id): one.sequence for one in told}
    found: dict[tuple[int, int | None], InvitationReply] = {}
    for no in said:
        key = no.session_id, no.speaker_id
        if key in due and no.sequence >= asked.get(key, no.session.sequence):
            found.setdefault((no.session.event_id, no.speaker_id), no)
    return list(found.values())


def unsent(alliances: Scope) -> list[Unsent]:
    """Events of theirs with mails to registrants that were given up. Two queries."""
    label = Registration._meta.label_lower
    given_up = OutboxEntry.objects.filter(
        state__in=[OutboxEntry.State.DEAD, OutboxEntry.State.UNSURE],
        kind__startswith="events/",
        subject__startswith=f"{label}:",
    )
    errors = [
        (int(subject.partition(":")[2]), error)
        for subject, error in given_up.order_by("-pk").values_list("subject", "error")[:MOST_FAILED]
    ]
    if not errors:
        return []
    places = Registration.objects.filter(
        pk__in={pk for pk, _ in errors}, event__in=led(alliances)
    ).select_related("event")
    event_of = {place.pk: place.event for place in places}
    found: dict[int, Unsent] = {}
    for pk, error in errors:
        if event := event_of.get(pk):
            last = found.get(event.pk, Unsent(event, 0, error))
            found[event.pk] = replace(last, count=last.count + 1)
    return list(found.values())


def invitations(alliances: Scope) -> QuerySet[EventHost]:
    """Parts in events that still lack the answer of one of these alliances, the oldest first."""
    asked = EventHost.objects.filter(state=EventHost.State.INVITED)
    asked = asked.exclude(event__status=Status.CANCELLED)
    if alliances is not None:
        asked = asked.filter(alliance__in=alliances)
    return asked.order_by("invited_at", "pk")


def lead_offers(alliances: Scope) -> QuerySet[EventHost]:
    """Parts whose alliance, one of these, is offered the lead, the oldest offer first."""
    offered = EventHost.objects.filter(lead_offered_at__isnull=False)
    offered = offered.exclude(event__status=Status.CANCELLED)
    if alliances is not None:
        offered = offered.filter(alliance__in=alliances)
    return offered.order_by("lead_offered_at", "pk")


def changes_declined(alliances: Scope) -> QuerySet[ProposalAnswer]:
    """Noes to changes that still wait, of events that these alliances lead."""
    noes = ProposalAnswer.objects.filter(
        state=ProposalAnswer.State.DECLINED,
        proposal__state=Proposal.State.OPEN,
        proposal__event__in=led(alliances).exclude(status=Status.CANCELLED),
    )
    return noes.order_by("answered_at", "pk")


def led(alliances: Scope) -> QuerySet[Event]:
    """The events these alliances answer for."""
    return Event.objects.all() if alliances is None else Event.objects.filter(lead__in=alliances)


def hosted(alliances: Scope) -> QuerySet[Event]:
    """The events these alliances answer for or were asked to."""
    return Event.objects.all() if alliances is None else Event.objects.hosted_by(alliances)


def unanswered(alliances: Scope) -> QuerySet[Event]:
    """Events of theirs that wait for a co-host."""
    asked = EventHost.objects.filter(event=OuterRef("pk"), state=EventHost.State.INVITED)
    return led(alliances).exclude(status=Status.CANCELLED).filter(Exists(asked))


def drafts(alliances: Scope) -> QuerySet[Event]:
    """Events of theirs that are not announced yet, what was touched last first."""
    found = led(alliances).filter(status__in=[Status.DRAFT, Status.PROPOSED])
    return found.order_by("-changed_at", "pk")


def unsettled(alliances: Scope, *, at: datetime) -> QuerySet[Event]:
    """Announced events of theirs that are over without their attendance settled."""
    over = led(alliances).filter(published_at__isnull=False, ends_at__lte=at)
    return over.filter(settled_at__isnull=True).exclude(status=Status.CANCELLED)


def uncertified(alliances: Scope) -> QuerySet[Event]:
    """Settled events of theirs; the certificates app says which lack some."""
    return led(alliances).filter(settled_at__isnull=False).exclude(status=Status.CANCELLED)
