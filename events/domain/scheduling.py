"""Drafting, changing, publishing and calling off events: each in one transaction, or not at all."""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify

from events.domain import calendars, hosting, notices, plans, registration, sessions, waitlist
from events.domain.hosting import EventCalledOff
from events.domain.plans import Checked, CreditPlan, EventPlan
from events.domain.timing import EndsBeforeStart, SessionPlan
from events.models import Event, EventCredit, EventSpeaker
from kit import text
from kit.errors import Invalid, Refused
from programmes import audit
from programmes.models import Alliance, Person

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
RESERVED = {"calendar", "new"}
COLUMNS = (
    *("title", "summary", "description", "kind", "format", "visibility", "programme"),
    *("time_zone", "recurrence", "venue", "platform", "join_url", "has_waitlist"),
    *("closes_minutes_before", "sharing", "captions", "is_recorded", "attendance_percent"),
)
# What the fields of a plan are called when people are told of a change.
SAID_AS = {
    "sessions": "time",
    "time_zone": "time",
    "venue": "place",
    "format": "place",
}


class StaleEdit(Refused):
    """Somebody else changed the event since the form was opened."""

    code = "stale-edit"


class ApprovalMissing(Refused):
    """A co-host has not answered yet; ``facts["waiting"]`` names who."""

    code = "approval-missing"


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
                audit.record("event.drafted", event, by=by.pk if by else None, alliance=lead.pk)
                calendars.touch(event, at=at)
                return event
        except IntegrityError:  # the same page address at the same moment: take the next one
            if not tries_left:
                raise
    raise AssertionError("not reached")


def plan_of(event: Event) -> EventPlan:
    """The event as a plan: what ``draft`` or ``edit`` would have been given to make it so."""
    return EventPlan(
        **{name: getattr(event, name) for name in COLUMNS},
        slug=event.slug,
        capacity=event.capacity,
        sessions=sessions.plans_of(event),
        topics=tuple(event.topics.order_by("pk")),
        speakers=tuple(part.speaker for part in event.speaking.select_related("speaker")),
        credits=tuple(
            CreditPlan(credit.scheme, credit.amount, credit.minutes_per_unit)
            for credit in event.credits.all()
        ),
    )


def edit(
    event: Event,
    changes: dict[str, Any],
    *,
    by: Person | None,
    at: datetime,
    version: int | None = None,
) -> Event:
    """Change fields of the plan; returns the event as it is now.

    ``changes`` has fields of EventPlan as keys. ``version`` is that of the event the person saw;
    None skips the check. An edit that changes nothing writes nothing. Where an agreed field
    changed, co-hosts are asked again; where the time or place of a published event did,
    registrants are told.

    Raises Invalid, StaleEdit, CapacityTooLow or EventCalledOff; then nothing has changed.
    """
    with transaction.atomic():
        held = _locked(event)
        if version is not None and version != held.version:
            raise StaleEdit(
                f"“{held.title}” was changed since you opened it. Load it again, look at what is "
                "new, and make your change there.",
                version=held.version,
            )
        before = plan_of(held)
        checked = plans.checked(_merged(before, changes))
        changed = _differences(before, checked.plan)
        if changed:
            was = notices.place_and_time(held)
            _apply(held, checked, changed, at=at)
            said = list(dict.fromkeys(SAID_AS.get(name, name) for name in changed))
            audit.record("event.edited", held, by=by.pk if by else None, changed=said)
            hosting.ask_again(held, changed=[one for one in said if one in hosting.AGREED], at=at)
            notices.tell_of_change(held, was=was, at=at)
            calendars.touch(held, at=at)
    held.refresh_from_db()
    return held


def publish(event: Event, *, by: Person | None, at: datetime) -> Event:
    """Announce the event. Twice is harmless.

    Raises ApprovalMissing while a co-host has not answered (who declined or left does not hold it
    up), NothingToPublish without a date, EventCalledOff.
    """
    with transaction.atomic():
        held = _locked(event)
        if held.published_at is not None:
            return held
        if not held.sessions.filter(is_cancelled=False).exists():
            raise NothingToPublish(f"“{held.title}” has no date yet. Add one, then publish.")
        waiting = [alliance.name for alliance in hosting.waiting_for(held)]
        if waiting:
            verb = "has" if len(waiting) == 1 else "have"
            raise ApprovalMissing(
                f"{text.listed(waiting)} {verb} not answered yet. Publish “{held.title}” once each "
                "co-host has accepted or declined.",
                waiting=waiting,
            )
        held.status, held.published_at, held.changed_at = Event.Status.PUBLISHED, at, at
        held.save(update_fields=["status", "published_at", "changed_at"])
        audit.record("event.published", held, by=by.pk if by else None, alliance=held.lead_id)
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
        audit.record("event.cancelled", held, by=by.pk if by else None, reason=why)
        notices.tell_of_cancellation(held)
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
        slug=_slug_for(plan),
        capacity=plan.capacity,
        changed_at=at,
        created_by=by,
        **{name: getattr(plan, name) for name in COLUMNS},
    )
    sessions.write(event, checked.sessions, at=at)
    _write_lists(event, plan)
    return event


def _slug_for(plan: EventPlan) -> str:
    """The slug asked for, or one made from the title with a number where it is taken."""
    base = plan.slug or slugify(plan.title)[:100].strip("-_") or plan.kind.replace("_", "-")
    taken = set(Event.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    taken |= RESERVED
    if base not in taken:
        return base
    if plan.slug:
        raise Invalid.at("slug", msg=f"The page address “{base}” is taken. Choose another.")
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{base}-{n}") not in taken)


def _merged(before: EventPlan, changes: dict[str, Any]) -> EventPlan:
    unknown = changes.keys() - {field.name for field in fields(EventPlan)}
    if unknown:
        raise ValueError(f"an event has no field {text.listed(sorted(unknown))}")
    planned = changes.get("sessions", before.sessions)
    if "sessions" in changes:
        planned = sessions.with_cancelled(before.sessions, planned)
    elif changes.get("time_zone", before.time_zone) != before.time_zone:
        # Another zone may show twice what the old one showed once: then the person is asked.
        planned = tuple(replace(one, starts_fold=None, ends_fold=None) for one in planned)
    return replace(before, **{**changes, "sessions": tuple(planned)})


def _differences(before: EventPlan, after: EventPlan) -> list[str]:
    names = [field.name for field in fields(EventPlan)]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _apply(held: Event, checked: Checked, changed: list[str], *, at: datetime) -> None:
    """Write a changed plan to the locked row and those that hang on it."""
    plan = checked.plan
    columns = [name for name in COLUMNS if name in changed]
    for name in columns:
        setattr(held, name, getattr(plan, name))
    if "slug" in changed:
        _rename(held, plan)
    held.version, held.changed_at = held.version + 1, at
    held.save(update_fields=[*columns, "slug", "version", "changed_at"])
    was = _times(held)
    if {"sessions", "time_zone"} & set(changed):
        sessions.write(held, checked.sessions, at=at)
    if _times(held) != was:
        _note_move(held, was, at=at)
    if {"venue", "format"} & set(changed) and held.published_at is not None:
        held.sessions.filter(is_cancelled=False).update(sequence=F("sequence") + 1, changed_at=at)
    _write_lists(held, plan, only=changed)
    if "capacity" in changed:
        registration.set_capacity(held, plan.capacity, at=at)
        held.refresh_from_db(fields=["capacity", "seats_taken", "waiting_count"])


def _rename(held: Event, plan: EventPlan) -> None:
    if held.published_at is not None:
        raise Invalid.at("slug", msg="The page address stays as it was announced.")
    held.slug = _slug_for(plan)


def _times(held: Event) -> list[tuple[datetime, datetime]]:
    live = held.sessions.filter(is_cancelled=False).order_by("starts_at", "pk")
    return list(live.values_list("starts_at", "ends_at"))


def _note_move(held: Event, was: list[tuple[datetime, datetime]], *, at: datetime) -> None:
    """Keep where a published event was, and open it again where it had been over."""
    if held.published_at is None:
        return
    if was and was[0][0] != held.starts_at:
        held.moved_from, held.moved_at = was[0][0], at
    if held.status == Event.Status.COMPLETED and held.ends_at is not None and held.ends_at > at:
        held.status = Event.Status.PUBLISHED
    held.save(update_fields=["moved_from", "moved_at", "status"])


def _write_lists(event: Event, plan: EventPlan, *, only: Sequence[str] | None = None) -> None:
    """Topics, speakers in their order, and credits; ``only`` those named."""
    if only is None or "topics" in only:
        event.topics.set(plan.topics)
    if only is None or "speakers" in only:
        event.speaking.all().delete()
        EventSpeaker.objects.bulk_create(
            EventSpeaker(event=event, speaker=speaker, position=position)
            for position, speaker in enumerate(plan.speakers)
        )
    if only is None or "credits" in only:
        event.credits.all().delete()
        EventCredit.objects.bulk_create(
            EventCredit(event=event, **asdict(credit)) for credit in plan.credits
        )
