"""Drafting, changing, publishing and calling off events: each in one transaction, or not at all."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F

from events.domain import (
    amending,
    asking,
    calendars,
    deadlines,
    hosting,
    merging,
    notices,
    plans,
    proposals,
    sessions,
    terms,
    waitlist,
)
from events.domain.finding import conflicts
from events.domain.hosting import EventCalledOff
from events.domain.plans import Checked, CreditPlan, EventPlan
from events.domain.proposals import AnswersMissing as ApprovalMissing
from events.domain.speakers import inviting
from events.domain.timing import EndsBeforeStart, SessionPlan
from events.models import Event, EventHost
from kit import text
from kit.errors import Invalid, Refused
from programmes import audit
from programmes.models import Alliance, AuditEntry, Person

__all__ = [
    "ApprovalMissing",
    "CreditPlan",
    "EndsBeforeStart",
    "EventCalledOff",
    "EventPlan",
    "NothingToPublish",
    "ReasonMissing",
    "SessionPlan",
    "StaleEdit",
    "cancel",
    "draft",
    "duplicate",
    "edit",
    "plan_of",
    "publish",
]

TRIES = 4
RULE = {"silence", "answer_days"}
plan_of = amending.plan_of


class StaleEdit(Refused):
    """Somebody else changed the event since the form was opened."""

    code = "stale-edit"


class NothingToPublish(Refused):
    """The event has no date."""

    code = "nothing-to-publish"


class ReasonMissing(Invalid):
    """Who had a place is told why it is off."""

    code = "reason-missing"


def draft(  # noqa: PLR0913  (what a draft consists of)
    lead: Alliance,
    plan: EventPlan,
    *,
    co_hosts: Sequence[Alliance] = (),
    once: UUID | None = None,
    by: Person | None,
    at: datetime,
) -> Event:
    """A new event of ``lead``; co-hosts are asked by mail, and until they answer it is proposed.

    The same ``once`` again (a form that was sent twice) gives the event it made the first time.
    Raises Invalid (see ``plans.checked``); then nothing was written.
    """
    checked = plans.checked(plan)
    for tries_left in reversed(range(TRIES)):
        made = Event.objects.filter(public_id=once, lead=lead, created_by=by) if once else None
        if made is not None and (before := made.first()) is not None:
            return before
        try:
            with transaction.atomic():
                event = _insert(lead, checked, once=once, by=by, at=at)
                hosting.set_up(event, co_hosts, by=by, at=at)
                _ensure_of_its_hosts(event)
                audit.record("event.drafted", event, by=by.pk if by else None, alliance=lead.pk)
                calendars.touch(event, at=at)
                return event
        except IntegrityError:  # the same page address at the same moment: take the next one
            if not tries_left:
                raise
    raise AssertionError("not reached")


def edit(  # noqa: PLR0913  (what an edit consists of)
    event: Event,
    changes: dict[str, Any],
    *,
    by: Person | None,
    at: datetime,
    version: int | None = None,
    seen: EventPlan | None = None,
) -> Event:
    """Change fields of the plan; returns the event as it is now.

    ``changes`` has fields of EventPlan as keys; those that equal the plan the person saw (``seen``,
    the public one if not said) were not touched. ``version`` is that of the event the person saw;
    None skips the check. An edit that changes nothing writes nothing.

    Of an announced event with co-hosts, agreed fields wait as a proposal until they say yes; all
    else changes at once. Before that, co-hosts are asked again where an agreed field changed. Where
    the time or place of an announced event changed, registrants are told.

    Raises Invalid, StaleEdit, CapacityTooLow, ScheduleConflict or EventCalledOff; then nothing has
    changed.
    """
    with transaction.atomic():
        held = _locked(event)
        if version is not None and version != held.version:
            raise _stale(held, version)
        public = plan_of(held)
        wanted = plans.checked(_wanted(held, public, changes, seen or public))
        conflicts.ensure_free(held, wanted, at=at)
        if proposals.is_bound(held):
            _edit_bound(held, public, wanted, by=by, at=at)
        else:
            _edit_freely(held, public, wanted, by=by, at=at)
        if wanted.plan.programme != public.programme:
            held.refresh_from_db(fields=["programme"])
            _ensure_of_its_hosts(held)
    held.refresh_from_db()
    return held


def _ensure_of_its_hosts(event: Event) -> None:
    """Raises Invalid where the event's programme is of none of those named as its hosts."""
    if event.programme is None:
        return
    hosts = event.hosts.exclude(state=EventHost.State.WITHDRAWN).values_list("alliance", flat=True)
    of_programme = {event.programme.lead_id, *event.programme.hosts.values_list("pk", flat=True)}
    if of_programme.isdisjoint(hosts):
        raise Invalid.at(
            "programme",
            msg=f"None of the hosts of “{event.programme.name}” hosts this event. Choose a program "
            "of your own, or ask one of its hosts to co-host.",
        )


def publish(event: Event, *, by: Person | None, at: datetime) -> Event:
    """Announce the event. Twice is harmless.

    Raises ApprovalMissing while a co-host has not answered (who declined or left does not hold it
    up), NothingToPublish without a date, ScheduleConflict, EventCalledOff.
    """
    with transaction.atomic():
        held = _locked(event)
        if held.published_at is not None:
            return held
        if not held.sessions.filter(is_cancelled=False).exists():
            raise NothingToPublish(f"“{held.title}” has no date yet. Add one, then publish.")
        deadlines.pass_for(held, at=at)
        waiting = [alliance.name for alliance in hosting.waiting_for(held)]
        if waiting:
            verb = "has" if len(waiting) == 1 else "have"
            raise ApprovalMissing(
                f"{text.listed(waiting)} {verb} not answered yet. Publish “{held.title}” once each "
                "co-host has accepted or declined.",
                waiting=waiting,
            )
        conflicts.ensure_free(held, at=at)
        held.status, held.published_at, held.changed_at = Event.Status.PUBLISHED, at, at
        held.save(update_fields=["status", "published_at", "changed_at"])
        audit.record("event.published", held, by=by.pk if by else None, alliance=held.lead_id)
        inviting.refresh(held, by=by, at=at)
        calendars.touch(held, at=at)
    return held


def cancel(event: Event, *, reason: str, by: Person | None, at: datetime) -> Event:
    """Call the event off; who holds a place or waits is told, with the reason. Twice is harmless.

    It stays on its page and in calendars, marked. Raises ReasonMissing, or Invalid for a bad text.
    """
    why = text.one_line(reason, loc="reason", what="The reason", at_most=500)
    if not why:
        sentence = "Say why it is canceled: everybody who registered is told."
        raise ReasonMissing(sentence, errors=[{"loc": ["reason"], "msg": sentence}])
    with transaction.atomic():
        held = waitlist.locked(event.pk)
        if held.status == Event.Status.CANCELLED:
            return held
        held.status, held.cancelled_at, held.cancel_reason = Event.Status.CANCELLED, at, why
        held.changed_at, held.version = at, held.version + 1
        held.save(
            update_fields=["status", "cancelled_at", "cancel_reason", "changed_at", "version"]
        )
        if held.published_at is not None:
            held.sessions.filter(is_cancelled=False).update(
                sequence=F("sequence") + 1, changed_at=at
            )
        proposals.drop(held, by=by, at=at)
        audit.record("event.cancelled", held, by=by.pk if by else None, reason=why)
        notices.tell_of_cancellation(held)
        inviting.refresh(held, by=by, at=at)
        calendars.touch(held, at=at)
    return held


def duplicate(event: Event, *, by: Person | None, at: datetime) -> Event:
    """A new draft of the same lead with the same plan, its cancelled dates left out.

    Co-hosts are not asked along: the dates are still the old ones, and they would be asked about
    those. Invite them once it has its own.
    """
    plan = plan_of(event)
    live = tuple(session for session in plan.sessions if not session.is_cancelled)
    return draft(event.lead, replace(plan, slug="", sessions=live or plan.sessions), by=by, at=at)


def _locked(event: Event) -> Event:
    held = waitlist.locked(event.pk)
    if held.status == Event.Status.CANCELLED:
        raise EventCalledOff(f"“{held.title}” was canceled. Duplicate it to plan it anew.")
    return held


def _insert(
    lead: Alliance, checked: Checked, *, once: UUID | None, by: Person | None, at: datetime
) -> Event:
    plan = checked.plan
    event = Event.objects.create(
        public_id=once or uuid4(),
        lead=lead,
        slug=amending.slug_for(plan),
        capacity=plan.capacity,
        changed_at=at,
        created_by=by,
        **{name: getattr(plan, name) for name in amending.COLUMNS},
    )
    sessions.write(event, checked.sessions, at=at)
    amending.write_lists(event, plan)
    return event


def _wanted(held: Event, public: EventPlan, changes: dict[str, Any], seen: EventPlan) -> EventPlan:
    """The plan as it is to be: what is public, what waits already, and what was touched now."""
    unknown = changes.keys() - {field.name for field in fields(EventPlan)}
    if unknown:
        raise ValueError(f"an event has no field {text.listed(sorted(unknown))}")
    touched = {name: now for name, now in changes.items() if now != getattr(seen, name)}
    so_far = proposals.wanted_plan(held, public)
    if "sessions" in touched and seen.sessions != so_far.sessions:
        mine = sessions.with_cancelled(seen.sessions, touched["sessions"])
        merged = merging.merge(seen.sessions, theirs=so_far.sessions, mine=mine)
        touched["sessions"] = merged
    return amending.merged(so_far, touched)


def _edit_freely(
    held: Event, public: EventPlan, wanted: Checked, *, by: Person | None, at: datetime
) -> None:
    """Nobody has to agree first."""
    changed = amending.differences(public, wanted.plan)
    if not changed:
        return
    before = terms.of(held)
    amending.amend(held, wanted, changed, by=by, at=at)
    said = terms.changed(before, terms.of(held))
    if said:
        hosting.ask_again(held, changed=said, at=at)
    elif RULE & set(changed):
        asking.ask_anew(held, at=at)
    calendars.touch(held, at=at)


def _edit_bound(
    held: Event, public: EventPlan, wanted: Checked, *, by: Person | None, at: datetime
) -> None:
    """What the hosts agreed on waits for them; all else is written now."""
    was, becomes = terms.of_plan(public), terms.of_plan(wanted.plan)
    moves = was["times"] != becomes["times"]
    if moves:
        called_off = merging.withhold(public, wanted.plan, time_changed=True)
        moves = terms.of_plan(called_off)["times"] != becomes["times"]
    at_once = plans.checked(merging.withhold(public, wanted.plan, time_changed=moves))
    changed = amending.differences(public, at_once.plan)
    if changed:
        amending.amend(held, at_once, changed, by=by, at=at)
        proposals.keep_agreed(held, was, at=at)
    if RULE & set(changed):
        asking.ask_anew(held, at=at)
    changes = merging.proposed(at_once.plan, wanted.plan, time_changed=moves)
    if proposals.open_of(held) is not None or terms.of(held) != becomes:
        proposals.revise(held, changes, becomes, by=by, at=at)
        calendars.touch(held, at=at)


def _stale(held: Event, version: int) -> StaleEdit:
    """What was changed since the version somebody saw, from the log."""
    since = AuditEntry.objects.filter(subject=audit.subject(held), facts__version__gt=version)
    changed = dict.fromkeys(
        word
        for facts in since.order_by("pk").values_list("facts", flat=True)
        for word in facts.get("changed") or (["capacity"] if "now" in facts else [])
    )
    return StaleEdit(
        f"“{held.title}” was changed since you opened it. Load it again, look at what is "
        "new, and make your change there.",
        version=held.version,
        changed=list(changed),
    )
