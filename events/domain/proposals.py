"""Changes of a published event that wait for its co-hosts, while the public version stays.

Every function that takes ``held`` needs the event's row locked by its caller.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from events.domain import amending, asking, merging, plans, terms, waitlist
from events.domain.asking import News
from events.domain.finding import conflicts
from events.domain.plans import EventPlan
from events.domain.terms import Terms
from events.models import Event, EventHost, Proposal, ProposalAnswer
from kit import text
from kit.errors import Refused
from programmes import audit
from programmes.models import Person

Answer = ProposalAnswer.State
HostState = EventHost.State
CO_HOST = EventHost.Role.CO_HOST


class NoProposal(Refused):
    """No change of the event waits for anybody."""

    code = "no-proposal"
    status = 404


class AnswersMissing(Refused):
    """A co-host has not answered yet; ``facts["waiting"]`` names who."""

    code = "approval-missing"


def open_of(event: Event) -> Proposal | None:
    """The change that waits, if one does."""
    return Proposal.objects.filter(event=event, state=Proposal.State.OPEN).first()


def wanted_plan(event: Event, public: EventPlan | None = None) -> EventPlan:
    """The event as its lead wants it: what is public, with the change that waits."""
    now = public or amending.plan_of(event)
    waiting = open_of(event)
    return merging.onto(now, waiting.changes) if waiting else now


def is_bound(held: Event) -> bool:
    """Whether agreed fields change only once co-hosts say yes: it is announced, and some host."""
    return held.is_public and held.hosts.standing().filter(role=CO_HOST).exists()


def revise(
    held: Event, changes: dict[str, Any], becomes: Terms, *, by: Person | None, at: datetime
) -> Proposal | None:
    """Make the agreed ``changes`` the one proposal of the event, in place of one that waits.

    Hosts that agreed to the very same terms before are not asked again. Terms that are public
    already take a waiting change back. Returns the proposal; None where there is none now.
    """
    was, mark = terms.of(held), terms.fingerprint(becomes)
    before = open_of(held)
    if mark == terms.fingerprint(was):
        if before is not None:
            _withdraw(held, before, by=by, at=at)
        return None
    if before is not None and before.fingerprint == mark:
        before.changes = changes
        before.save(update_fields=["changes"])
        return before
    if before is not None:
        _close(before, Proposal.State.SUPERSEDED, by=by, at=at)
    made = Proposal.objects.create(
        event=held,
        base_version=held.version,
        changes=changes,
        was=was,
        becomes=becomes,
        fingerprint=mark,
        made_by=by,
        made_at=at,
    )
    if before is None:
        terms.keep(held, was, at=held.changed_at)
    held.version += 1
    held.save(update_fields=["version"])
    terms.keep(held, becomes, at=at)
    said = terms.differences(was, becomes)
    audit.record(
        "event.proposed",
        held,
        by=by.pk if by else None,
        alliance=held.lead_id,
        version=held.version,
        changed=[row["field"] for row in said],
        differences=said,
        proposal=made.pk,
    )
    _ask_all(held, made, before, at=at)
    settle(held, by=by, at=at)
    made.refresh_from_db()
    return made


def include(held: Event, host: EventHost, *, at: datetime) -> None:
    """Ask a host that joins while a change waits about that change too."""
    waiting = open_of(held)
    if waiting is None or host.role != CO_HOST:
        return
    if host.agreed == waiting.fingerprint:
        ProposalAnswer.objects.create(proposal=waiting, host=host, state=Answer.AGREED)
        return
    ProposalAnswer.objects.create(proposal=waiting, host=host)
    changed = terms.changed(waiting.was, waiting.becomes)
    asking.ask(host, held, waiting.fingerprint, changed=changed, at=at)


def answer_of(host: EventHost) -> ProposalAnswer | None:
    """A host's answer to the change that waits; None where it is not asked about one."""
    found = ProposalAnswer.objects.filter(host=host, proposal__state=Proposal.State.OPEN)
    return found.select_related("proposal").first()


def settle(held: Event, *, by: Person | None, at: datetime) -> bool:
    """Publish the waiting change once nobody is left to ask and nobody declined."""
    waiting = open_of(held)
    if waiting is None:
        return False
    open_answers = waiting.answers.filter(state__in=[Answer.ASKED, Answer.DECLINED])
    return not open_answers.exists() and _apply(held, waiting, by=by, at=at)


def withdraw(event: Event, *, by: Person | None, at: datetime) -> None:
    """Take the waiting change back: all stays as it is public, and every yes to that holds.

    Raises NoProposal.
    """
    with transaction.atomic():
        held = waitlist.locked(event.pk)
        _withdraw(held, _waiting(held), by=by, at=at)
    event.version = held.version


def go_ahead(event: Event, *, by: Person | None, at: datetime) -> bool:
    """Publish the waiting change without those who declined it; they stop hosting.

    Returns whether it was published; if not, the proposal says why. Raises NoProposal, or
    AnswersMissing while somebody has not answered at all.
    """
    with transaction.atomic():
        held = waitlist.locked(event.pk)
        waiting = _waiting(held)
        missing = waiting.answers.filter(state=Answer.ASKED).select_related("host__alliance")
        silent = [answer.host.alliance.name for answer in missing]
        if silent:
            verb = "has" if len(silent) == 1 else "have"
            raise AnswersMissing(
                f"{text.listed(silent)} {verb} not answered yet. Wait for the answer, or take the "
                "change back.",
                waiting=silent,
            )
        return _apply(held, waiting, by=by, at=at)


def keep_agreed(held: Event, was: Terms, *, at: datetime) -> None:
    """Dates were called off, which the lead may: every yes holds for those that are left."""
    now = terms.of(held)
    if now == was:
        return
    mark, before = terms.keep(held, now, at=at), terms.fingerprint(was)
    hosts = held.hosts.standing().filter(role=CO_HOST, agreed__in=["", before])
    for host in hosts:
        host.agreed, host.agreed_terms = mark, now
        host.save(update_fields=["agreed", "agreed_terms"])
    lines = tuple(f"Called off: {row['was']}" for row in terms.differences(was, now))
    news = News(f"Dates of “{held.title}” were called off", lines)
    others = asking.hosts_but(held, held.lead_id)
    asking.tell(held, others, news, key=f"called-off:{held.version}")


def drop(held: Event, *, by: Person | None, at: datetime) -> None:
    """The event is called off: what waited does so no longer."""
    waiting = open_of(held)
    if waiting is not None:
        _close(waiting, Proposal.State.WITHDRAWN, by=by, at=at)
        _restore(held)


def _waiting(held: Event) -> Proposal:
    waiting = open_of(held)
    if waiting is None:
        raise NoProposal(f"No change of “{held.title}” waits for an answer.")
    return waiting


def _ask_all(held: Event, made: Proposal, before: Proposal | None, *, at: datetime) -> None:
    """Ask every host; who said yes to these very terms before has answered."""
    changed = terms.changed(made.was, made.becomes)
    kept = _agreed_before(held, made)
    for host in held.hosts.standing().filter(role=CO_HOST).select_related("alliance"):
        _ensure_agreed(host, made.was)
        if host.pk in kept:
            ProposalAnswer.objects.create(
                proposal=made, host=host, state=Answer.AGREED, answered_at=at
            )
            host.state, host.note = HostState.ACCEPTED, ""
            host.save(update_fields=["state", "note", "agreed", "agreed_terms"])
            continue
        ProposalAnswer.objects.create(proposal=made, host=host)
        host.note = ""
        asking.ask(host, held, made.fingerprint, changed=changed, at=at)


def _agreed_before(held: Event, made: Proposal) -> set[int]:
    """The hosts whose last word on these very terms was a yes."""
    earlier = ProposalAnswer.objects.filter(
        proposal__event=held,
        proposal__fingerprint=made.fingerprint,
        state__in=[Answer.AGREED, Answer.DECLINED],
    )
    last = dict(earlier.order_by("pk").values_list("host", "state"))
    return {host for host, state in last.items() if state == Answer.AGREED}


def _ensure_agreed(host: EventHost, was: Terms) -> None:
    """A yes of before terms were kept was to what is public."""
    if not host.agreed or host.agreed_terms is None:
        host.agreed, host.agreed_terms = terms.fingerprint(was), was


def _apply(held: Event, waiting: Proposal, *, by: Person | None, at: datetime) -> bool:
    """Write the change; those who did not agree host no longer. False where a rule forbids it."""
    try:
        with transaction.atomic():
            before = amending.plan_of(held)
            checked = plans.checked(merging.onto(before, waiting.changes))
            conflicts.ensure_free(held, checked, at=at)
            changed = amending.differences(before, checked.plan)
            if changed:
                amending.amend(held, checked, changed, by=by, at=at)
    except Refused as no:
        held.refresh_from_db()
        _note_problem(held, waiting, str(no), at=at)
        return False
    held.refresh_from_db()
    now = terms.of(held)
    mark = terms.keep(held, now, at=at)
    for answer in waiting.answers.select_related("host__alliance"):
        _conclude(answer, now, mark, held=held)
    _close(waiting, Proposal.State.AGREED, by=by, at=at)
    asking.ask_again(held, changed=terms.changed(waiting.was, now), at=at)  # those who joined since
    said = terms.differences(waiting.was, now)
    audit.record(
        "event.agreed",
        held,
        by=by.pk if by else None,
        changed=[row["field"] for row in said],
        differences=said,
        proposal=waiting.pk,
        version=held.version,
    )
    news = News(
        f"The change of “{held.title}” is agreed and public",
        tuple(f"{row['word']}: {row['now']}" for row in said),
    )
    asking.tell(held, asking.hosts_but(held), news, key=f"agreed:{waiting.pk}")
    return True


def _conclude(answer: ProposalAnswer, now: Terms, mark: str, *, held: Event) -> None:
    host = answer.host
    if answer.state == Answer.AGREED:
        host.state, host.agreed, host.agreed_terms = HostState.ACCEPTED, mark, now
    elif host.state != HostState.WITHDRAWN:
        host.state, host.agreed = HostState.DECLINED, ""
        audit.record("host.left-behind", held, host=host.alliance_id, note=host.note)
    host.save(update_fields=["state", "agreed", "agreed_terms"])


def _note_problem(held: Event, waiting: Proposal, why: str, *, at: datetime) -> None:
    if waiting.problem != why[:500]:
        waiting.problem = why[:500]
        waiting.save(update_fields=["problem"])
        audit.record("event.not-applied", held, note=why, proposal=waiting.pk)
        news = News(f"“{held.title}” could not be changed although everybody agreed", (why,))
        key = f"problem:{waiting.pk}:{at.isoformat()}"
        asking.tell(held, [held.lead_id], news, key=key)


def _withdraw(held: Event, waiting: Proposal, *, by: Person | None, at: datetime) -> None:
    _close(waiting, Proposal.State.WITHDRAWN, by=by, at=at)
    asked = _restore(held)
    held.version += 1
    held.save(update_fields=["version"])
    terms.keep(held, waiting.was, at=at)
    audit.record(
        "event.proposal-withdrawn",
        held,
        by=by.pk if by else None,
        alliance=held.lead_id,
        proposal=waiting.pk,
        version=held.version,
    )
    news = News(
        f"The change of “{held.title}” was taken back",
        ("Everything stays as it is announced. Your yes to that holds; nothing is asked of you.",),
    )
    asking.tell(held, asked, news, key=f"withdrawn:{waiting.pk}")


def _restore(held: Event) -> list[int]:
    """Hosts that were asked about a change go back to the yes they had; returns who they are."""
    asked = held.hosts.standing().filter(role=CO_HOST).exclude(state=HostState.ACCEPTED)
    ids = list(asked.values_list("alliance_id", flat=True))
    asked.update(state=HostState.ACCEPTED, note="", answer_by=None)
    return ids


def _close(waiting: Proposal, state: str, *, by: Person | None, at: datetime) -> None:
    waiting.state, waiting.closed_at, waiting.closed_by = state, at, by
    waiting.save(update_fields=["state", "closed_at", "closed_by"])
