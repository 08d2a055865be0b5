"""Hosting together: who is asked, who agreed, and to what exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from events.domain import asking, calendars, proposals, terms, waitlist
from events.domain.asking import News
from events.domain.proposals import Answer
from events.domain.terms import Terms
from events.models import Event, EventHost
from kit import text
from kit.errors import Invalid, Refused
from programmes import audit
from programmes.models import Alliance, Person

Role = EventHost.Role
State = EventHost.State
DECISIONS = {"accept": State.ACCEPTED, "decline": State.DECLINED, "withdraw": State.WITHDRAWN}
AGREED = terms.FIELDS
LEFT = "The alliance left the partnership."
ask_again = asking.ask_again


class NotAHost(Refused):
    """The alliance was not asked, or has left."""

    code = "not-a-host"
    status = 404


class NotAPartner(Refused):
    """The alliance has left the partnership."""

    code = "not-a-partner"


class StillHosts(Refused):
    """An alliance that said yes cannot be put out by another."""

    code = "still-hosts"


class LeadStays(Refused):
    """The lead answers for the event and cannot leave it."""

    code = "lead-stays"


class EventCalledOff(Refused):
    """The event was cancelled: nothing about it can be agreed or changed any more."""

    code = "event-cancelled"


class OutdatedApproval(Refused):
    """What was answered is not what is asked any more; ``facts["changed"]`` says what differs."""

    code = "outdated-approval"


@dataclass(frozen=True)
class Decision:
    """A host's answer. ``seen`` is what it was given to: a version of the event, or the start of
    a fingerprint; None skips the check.
    """

    word: str
    note: str = ""
    seen: int | str | None = None


@dataclass(frozen=True)
class Ask:
    """What a host is asked to agree to, its fingerprint, and what it agreed to before."""

    terms: Terms
    mark: str
    before: Terms | None

    @property
    def differences(self) -> list[dict[str, str]]:
        """What changes for this host: nothing where it never agreed to anything."""
        return terms.differences(self.before, self.terms)


def fingerprint(event: Event) -> str:
    """What a co-host agrees to, in 64 hex digits (see ``terms``). One query."""
    return terms.fingerprint(terms.of(event))


def ask_of(host: EventHost) -> Ask:
    """What is asked of a host now: the change that waits for it, else the event as it is."""
    answer = proposals.answer_of(host)
    if answer is not None:
        waiting = answer.proposal
        return Ask(waiting.becomes, waiting.fingerprint, host.agreed_terms or waiting.was)
    now = terms.of(host.event)
    return Ask(now, terms.fingerprint(now), host.agreed_terms)


def speaks_for(event: Event, alliances: frozenset[int]) -> Alliance | None:
    """In whose name somebody of these alliances speaks: the lead's, else the first one's asked."""
    parts = event.hosts.exclude(state=State.WITHDRAWN).filter(alliance__in=alliances)
    mine = list(parts.select_related("alliance"))
    mine.sort(key=lambda part: part.role != Role.LEAD)
    return mine[0].alliance if mine else None


def waiting_for(event: Event) -> list[Alliance]:
    """The alliances that were asked and have not answered, in the order they were asked."""
    asked = event.hosts.filter(state=State.INVITED).select_related("alliance")
    return [host.alliance for host in asked]


def set_up(event: Event, co_hosts: Sequence[Alliance], *, by: Person | None, at: datetime) -> None:
    """Make the lead a host of a new event, and ask the co-hosts in the order given."""
    EventHost.objects.create(
        event=event,
        alliance_id=event.lead_id,
        role=Role.LEAD,
        state=State.ACCEPTED,
        invited_at=at,
        decided_at=at,
        decided_by=by,
    )
    terms.keep(event, terms.of(event), at=at)
    for alliance in dict.fromkeys(co_hosts):
        invite(event, alliance, by=by, at=at)


def invite(event: Event, alliance: Alliance, *, by: Person | None, at: datetime) -> EventHost:
    """Ask an alliance to host along; its organisers are told by mail. Asking twice is harmless.

    One that declined or left before is asked anew. Raises EventCalledOff or NotAPartner.
    """
    with transaction.atomic():
        held = locked(event)
        host = held.hosts.filter(alliance=alliance).first()
        if host is not None and (host.stands or host.state == State.INVITED):
            return host
        if not alliance.is_active:
            raise NotAPartner(f"{alliance.name} is not in the partnership any more.")
        if host is None:
            host = EventHost(event=held, alliance=alliance, role=Role.CO_HOST)
            host.position = held.hosts.count()
        host.decided_at = host.decided_by = None
        host.agreed = host.note = ""
        audit.record("host.invited", held, by=by.pk if by else None, host=alliance.pk)
        asking.ask(host, held, terms.keep(held, terms.of(held), at=at), at=at)
        asking.keep_status(held)
        calendars.touch(held, at=at)
    event.status = held.status
    return host


def decide(  # noqa: PLR0913  (an answer and its note)
    event: Event,
    alliance: Alliance,
    decision: str | Decision,
    *,
    by: Person | None,
    at: datetime,
    note: str = "",
) -> EventHost:
    """Write down a host's answer: accept, decline or withdraw. The same answer twice is harmless.

    An answer to a change that waits decides on that change alone: whoever declines it still hosts
    what is public. Raises Invalid for another word, NotAHost where the alliance was not asked (or
    left, and was not asked again), OutdatedApproval, LeadStays, EventCalledOff.
    """
    said = decision if isinstance(decision, Decision) else Decision(decision, note)
    if said.word not in DECISIONS:
        raise Invalid.at("decision", msg="The decision is accept, decline or withdraw.")
    remark = text.one_line(said.note, loc="note", what="The note", at_most=500)
    with transaction.atomic():
        held = locked(event)
        host = part_of(held, alliance)
        _ensure_may_decide(host, held, said.word)
        if host.role == Role.LEAD or host.state == DECISIONS[said.word]:
            return host
        if said.word != "withdraw":
            ensure_current(host, said.seen)
        write(host, said.word, note=remark, by=by, at=at)
        held.refresh_from_db()
        _tell_lead(held, host, by=by, at=at)
        touch(held, at=at)
    event.status = held.status
    return host


def write(host: EventHost, word: str, *, note: str, by: Person | None, at: datetime) -> EventHost:
    """Write an answer to the row of a host whose event is locked, and what follows from it."""
    held = host.event
    answer = proposals.answer_of(host)
    host.state, host.note = DECISIONS[word], note
    host.decided_at, host.decided_by, host.answer_by = at, by, None
    host.lead_offered_at = None if word == "withdraw" else host.lead_offered_at
    if word == "withdraw" or answer is None:
        agreed = terms.of(held) if word == "accept" else None
        host.agreed = terms.fingerprint(agreed) if agreed else ""
        host.agreed_terms = agreed or host.agreed_terms
    host.save()
    audit.record(
        f"host.{host.state}",
        held,
        by=by.pk if by else None,
        alliance=host.alliance_id,
        note=note,
    )
    if answer is not None:
        answer.state = {"accept": Answer.AGREED, "decline": Answer.DECLINED}.get(word, Answer.LEFT)
        answer.answered_at, answer.answered_by, answer.note = at, by, note
        answer.save()
        proposals.settle(held, by=by, at=at)
        host.refresh_from_db()
    elif word == "accept" and held.is_public:
        proposals.include(held, host, at=at)
    return host


def take_back(event: Event, alliance: Alliance, *, by: Person | None, at: datetime) -> EventHost:
    """The lead takes an invitation back that nobody has said yes to. Raises NotAHost, StillHosts.

    So an event is never held up for good by somebody who does not answer.
    """
    with transaction.atomic():
        held = locked(event)
        host = part_of(held, alliance)
        if host.state == State.WITHDRAWN:
            return host
        if host.stands:
            raise StillHosts(f"{host.alliance.name} hosts “{held.title}”. Only it can leave.")
        host.state, host.decided_at, host.decided_by = State.WITHDRAWN, at, by
        host.note, host.answer_by = "", None
        host.save()
        audit.record("host.uninvited", held, by=by.pk if by else None, host=alliance.pk)
        touch(held, at=at)
        news = News(
            f"{held.lead.name} no longer asks you to co-host “{held.title}”",
            ("You need not answer any more.",),
        )
        asking.tell(held, [alliance.pk], news, key=f"uninvited:{host.pk}:{at.isoformat()}")
    event.status = held.status
    return host


def locked(event: Event) -> Event:
    """The event with its row held until the transaction ends. Raises EventCalledOff."""
    held = waitlist.locked(event.pk)
    if held.status == Event.Status.CANCELLED:
        raise EventCalledOff(f"“{held.title}” was canceled, so its hosts stay as they are.")
    return held


def part_of(held: Event, alliance: Alliance) -> EventHost:
    """The alliance's part in a locked event. Raises NotAHost."""
    host = held.hosts.select_related("alliance").filter(alliance=alliance).first()
    if host is None:
        raise NotAHost(f"This alliance was not asked to host “{held.title}”.")
    host.event = held
    return host


def ensure_current(host: EventHost, seen: int | str | None) -> None:
    """Raises OutdatedApproval where something else is asked than what was ``seen``."""
    if seen is None or seen == "":
        return
    ask = ask_of(host)
    if seen == host.event.version or (isinstance(seen, str) and ask.mark.startswith(seen)):
        return
    saw = terms.seen(host.event, seen)
    if saw is not None and saw.fingerprint == ask.mark:
        return
    since = terms.differences(saw.said, ask.terms) if saw else ask.differences
    words = text.listed(row["word"].lower() for row in since) or "what is agreed on"
    raise OutdatedApproval(
        f"{words[:1].upper()}{words[1:]} of “{host.event.title}” changed since you looked. See "
        "what is asked now, and answer that.",
        changed=since,
        version=host.event.version,
        agreed=ask.mark,
    )


def touch(held: Event, *, at: datetime) -> None:
    """Who hosts has changed: the status of a draft, lists and feeds follow."""
    asking.keep_status(held)
    Event.objects.filter(pk=held.pk).update(changed_at=at)
    calendars.touch(held, at=at)


def _ensure_may_decide(host: EventHost, event: Event, decision: str) -> None:
    if host.role == Role.LEAD and decision != "accept":
        raise LeadStays(
            f"{host.alliance.short_name} leads “{event.title}”. Cancel the event instead, or hand "
            "the lead over first."
        )
    if host.state == State.WITHDRAWN and decision != "withdraw":
        raise NotAHost(f"This alliance has left “{event.title}”. Ask its lead to invite you again.")


def _tell_lead(held: Event, host: EventHost, *, by: Person | None, at: datetime) -> None:
    """The lead hears of every answer; a yes needs nothing done, so it says no more than that."""
    words = {
        State.ACCEPTED: "accepted",
        State.INVITED: "accepted, and is asked about the change that waits",
        State.DECLINED: "declined",
        State.WITHDRAWN: "no longer hosts",
    }
    name = host.alliance.name
    news = News(f"{name} {words[State(host.state)]}: “{held.title}”", quote=host.note)
    asking.tell(held, [held.lead_id], news, key=f"answer:{host.pk}:{at.isoformat()}")


def leave_partnership(alliance: Alliance, *, by: Person | None, at: datetime) -> list[Event]:
    """The alliance is a partner no longer: it hosts nothing that is still to come.

    Its co-host parts end with a note; past events keep their hosts, whose names stand on
    certificates. Returns the events ahead that it leads: the operators are told, who hand the lead
    over or call them off. Safe to run again.
    """
    if Alliance.objects.filter(pk=alliance.pk, is_active=True).update(is_active=False):
        audit.record("alliance.left", alliance, by=by, alliance=alliance.pk)
    ahead = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    live = Event.objects.filter(ahead).exclude(status=Event.Status.CANCELLED)
    parts = EventHost.objects.filter(alliance=alliance, role=Role.CO_HOST, event__in=live)
    for host in parts.exclude(state=State.WITHDRAWN).order_by("pk"):
        with transaction.atomic():
            held = locked(host.event)
            mine = part_of(held, alliance)
            if mine.state != State.WITHDRAWN:
                write(mine, "withdraw", note=LEFT, by=by, at=at)
                held.refresh_from_db()
                _tell_lead(held, mine, by=by, at=at)
                touch(held, at=at)
    led = list(live.filter(lead=alliance).order_by("starts_at", "pk"))
    for event in led:
        news = News(
            f"“{event.title}” is led by {alliance.name}, which has left the partnership",
            ("Hand the lead over to another host, or call the event off.",),
        )
        asking.tell_people(event, asking.operators(), news, key=f"lead-left:{alliance.pk}")
    return led


def rejoin_partnership(alliance: Alliance, *, by: Person | None) -> None:
    """The alliance is a partner again. It hosts what it is invited to from now on."""
    if Alliance.objects.filter(pk=alliance.pk, is_active=False).update(is_active=True):
        audit.record("alliance.rejoined", alliance, by=by, alliance=alliance.pk)
