"""Writes a changed plan to an event's rows: the one path of every edit, at once or once agreed."""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.text import slugify

from events.domain import calendars, capacity, notices, sessions
from events.domain.plans import Checked, CreditPlan, EventPlan
from events.domain.speakers import inviting
from events.models import Event, EventCredit, EventSpeaker
from kit import text
from kit.errors import Invalid
from programmes import audit
from programmes.models import Person

RESERVED = {"calendar", "new"}
COLUMNS = (
    *("title", "summary", "description", "kind", "format", "visibility", "programme"),
    *("time_zone", "recurrence", "venue", "platform", "licence", "join_url"),
    "has_waitlist",
    *("closes_minutes_before", "sharing", "captions", "is_recorded", "attendance_percent"),
    *("silence", "answer_days"),
)
# What the fields of a plan are called when people are told of a change.
SAID_AS = {
    "sessions": "time",
    "time_zone": "time",
    "venue": "place",
    "format": "place",
    "silence": "answer rule",
    "answer_days": "answer rule",
}


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


def merged(before: EventPlan, changes: dict[str, Any]) -> EventPlan:
    """``before`` with the fields of ``changes``; dates cancelled before stay so.

    Raises ValueError for a field no plan has.
    """
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


def differences(before: EventPlan, after: EventPlan) -> list[str]:
    """The fields in which two plans differ, in the order of EventPlan."""
    names = [field.name for field in fields(EventPlan)]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def amend(
    held: Event, checked: Checked, changed: Sequence[str], *, by: Person | None, at: datetime
) -> None:
    """Write the ``changed`` fields of a checked plan to the locked event; registrants are told.

    The version goes up by one. Raises CapacityTooLow, or Invalid for another page address.
    """
    _record(held, checked.plan, changed, by=by)
    was = notices.place_and_time(held)
    _apply(held, checked, changed, at=at)
    notices.tell_of_change(held, was=was, at=at)
    inviting.refresh(held, by=by, at=at)
    calendars.touch(held, at=at)


def write_lists(event: Event, plan: EventPlan, *, only: Sequence[str] | None = None) -> None:
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


def slug_for(plan: EventPlan) -> str:
    """The slug asked for, or one made from the title with a number where it is taken."""
    base = plan.slug or slugify(plan.title)[:100].strip("-_") or plan.kind.replace("_", "-")
    taken = set(Event.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    taken |= RESERVED
    if base not in taken:
        return base
    if plan.slug:
        raise Invalid.at("slug", msg=f"The page address “{base}” is taken. Choose another.")
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{base}-{n}") not in taken)


def _record(held: Event, plan: EventPlan, changed: Sequence[str], *, by: Person | None) -> None:
    """Seats first: who moves up from the waitlist does so after them."""
    about = {"by": by.pk if by else None, "version": held.version + 1}
    if "capacity" in changed:
        seats = {"was": held.capacity, "now": plan.capacity}
        audit.record("event.capacity-changed", held, **about, **seats)
    said = dict.fromkeys(SAID_AS.get(name, name) for name in changed if name != "capacity")
    if said:
        audit.record("event.edited", held, **about, changed=list(said))


def _apply(held: Event, checked: Checked, changed: Sequence[str], *, at: datetime) -> None:
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
    write_lists(held, plan, only=changed)
    if "capacity" in changed:
        capacity.write(held, plan.capacity, at=at)
        held.refresh_from_db(fields=["capacity", "seats_taken", "waiting_count"])


def _rename(held: Event, plan: EventPlan) -> None:
    if held.published_at is not None:
        raise Invalid.at("slug", msg="The page address stays as it was announced.")
    held.slug = slug_for(plan)


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
