"""Puts the events of a network file into the tables, the way an organiser would: drafted, agreed
by every host, published, then moved or called off where the file says so.

The file tells what has long been agreed, so nobody is written to.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model

from config.network.lists import Tally
from config.network.shape import WALL_TIME, EventEntry, NetworkFile, OverrideEntry
from events.domain import hosting, recurrence, scheduling
from events.domain.finding import conflicts
from events.domain.scheduling import CreditPlan, EventPlan, SessionPlan
from events.models import Event
from kit.errors import Refused
from programmes import audit
from programmes.models import Alliance, OutboxEntry, Person, Programme, Speaker, Topic

KINDS = set(Event.Kind.values)
NO_PLATFORM = {"", "none"}


class CannotImport(Refused):
    """An event the house rules do not allow; the sentence names it."""

    code = "cannot-import"
    status = 422


@dataclass(frozen=True)
class Story:
    """When an imported event was drafted, and changed since; and who speaks for each alliance."""

    drafted_at: datetime
    changed_at: datetime
    organisers: dict[str, Person] = field(default_factory=dict)


def store(network: NetworkFile, tally: Tally, *, at: datetime) -> None:
    """Make the events whose slug is not there yet. Those that are, stay as their hosts have them.

    Raises CannotImport.
    """
    known = set(Event.objects.values_list("slug", flat=True))
    for index, entry in enumerate(network.events):
        if entry.slug in known:
            tally.note("events", "same")
            continue
        try:
            make(entry, Story(drafted_at=at, changed_at=at))
        except Refused as refused:
            raise CannotImport(f"events[{index}] ({entry.slug}): {refused}") from refused
        tally.note("events", "made")


def make(entry: EventEntry, story: Story) -> Event:
    """One event with all that the file tells of it. Raises what the house rules raise."""
    lead = Alliance.objects.get(slug=entry.lead_host)
    co_hosts = _in_order(Alliance, entry.co_hosts)
    by = story.organisers.get(entry.lead_host)
    with transaction.atomic(), conflicts.as_agreed():
        plan = plan_of(entry)
        drafted = _before_it_moved(entry, plan)
        event = scheduling.draft(lead, drafted, co_hosts=co_hosts, by=by, at=story.drafted_at)
        _agree(event, story, at=story.drafted_at)
        event = scheduling.publish(event, by=by, at=story.drafted_at)
        if drafted is not plan:
            moved = {"sessions": plan.sessions}
            event = scheduling.edit(event, moved, by=by, at=story.changed_at)
            _agree(event, story, at=story.changed_at)
        if entry.status == "cancelled":
            event = scheduling.cancel(event, reason=entry.reason, by=by, at=story.changed_at)
        hush(event, *event.hosts.all())
    return event


def plan_of(entry: EventEntry) -> EventPlan:
    """What an organiser would have filled in."""
    return EventPlan(
        title=entry.title,
        slug=entry.slug,
        time_zone=entry.zone,
        sessions=_sessions(entry),
        summary=entry.summary,
        description=entry.description,
        kind=entry.kind if entry.kind in KINDS else Event.Kind.OTHER,
        format=entry.format,
        visibility=entry.visibility,
        programme=_programme(entry),
        topics=tuple(_in_order(Topic, entry.topics)),
        speakers=tuple(_in_order(Speaker, entry.speakers)),
        venue=entry.venue,
        platform="" if entry.platform in NO_PLATFORM else entry.platform,
        join_url=entry.join_url,
        capacity=entry.capacity,
        has_waitlist=entry.waitlist,
        closes_minutes_before=entry.registration_closes_minutes_before,
        captions=entry.captions,
        is_recorded=entry.recording,
        credits=tuple(
            CreditPlan(credit.scheme, Decimal(credit.amount), credit.minutes_per_unit)
            for credit in entry.credits
        ),
        recurrence=entry.recurrence.rrule if entry.recurrence else "",
        **_percent(entry),
    )


def hush(*things: Model) -> None:
    """Call off the mails about these rows that nobody has begun to send.

    To be called in the transaction that wrote them: then no worker has seen them.
    """
    subjects = [audit.subject(thing) for thing in things]
    OutboxEntry.objects.filter(subject__in=subjects, state=OutboxEntry.State.READY).update(
        state=OutboxEntry.State.CANCELLED
    )


def _agree(event: Event, story: Story, *, at: datetime) -> None:
    for alliance in hosting.waiting_for(event):
        by = story.organisers.get(alliance.slug)
        hosting.decide(event, alliance, "accept", by=by, at=at)
    event.refresh_from_db()


def _sessions(entry: EventEntry) -> tuple[SessionPlan, ...]:
    if entry.recurrence is None:
        breaks = tuple((pause.start_local, pause.end_local) for pause in entry.breaks)
        return (SessionPlan(entry.start_local, entry.end_local, breaks=breaks),)
    dates = recurrence.occurrences(
        entry.recurrence.rrule,
        _wall(entry.start_local),
        _wall(entry.end_local),
        exdates=[_wall(start) for start in entry.recurrence.exdates_local],
        overrides=[_override(change) for change in entry.recurrence.overrides],
    )
    usual = _wall(entry.end_local) - _wall(entry.start_local)
    return tuple(
        SessionPlan(
            starts_local=f"{date.starts_local:{WALL_TIME}}",
            ends_local=f"{date.ends_local:{WALL_TIME}}",
            title=date.title or "",
            recurrence_local=f"{date.recurrence_id_local:{WALL_TIME}}",
            own=(
                *(("length",) if date.ends_local - date.starts_local != usual else ()),
                *(("title",) if date.title else ()),
            ),
        )
        for date in dates
    )


def _override(change: OverrideEntry) -> recurrence.Override:
    return recurrence.Override(
        recurrence_id_local=_wall(change.recurrence_id_local),
        starts_local=_wall(change.start_local) if change.start_local else None,
        ends_local=_wall(change.end_local) if change.end_local else None,
        title=change.title or None,
    )


def _before_it_moved(entry: EventEntry, plan: EventPlan) -> EventPlan:
    """The plan as it was at first, or the plan itself where the event was never moved."""
    was = entry.rescheduled_from_local
    if entry.status != "rescheduled" or was is None:
        return plan
    shift = _wall(was) - _wall(entry.start_local)
    return replace(plan, sessions=tuple(shifted(session, shift) for session in plan.sessions))


def shifted(session: SessionPlan, shift: Any) -> SessionPlan:
    """A session some days earlier or later on the same clock, its breaks with it."""

    def move(wall: str) -> str:
        return f"{_wall(wall) + shift:{WALL_TIME}}"

    return replace(
        session,
        starts_local=move(session.starts_local),
        ends_local=move(session.ends_local),
        breaks=tuple((move(start), move(end)) for start, end in session.breaks),
    )


def _percent(entry: EventEntry) -> dict[str, int]:
    """The share of minutes its programme asks for, where it does."""
    programme = _programme(entry)
    asked = (programme.completion.get("attendance") or {}) if programme else {}
    percent = asked.get("min_percent")
    return {"attendance_percent": percent} if isinstance(percent, int) else {}


def _programme(entry: EventEntry) -> Programme | None:
    return Programme.objects.filter(slug=entry.programme or "").first()


def _in_order(table: type[Model], slugs: list[str]) -> list[Any]:
    rows = {row.slug: row for row in table._base_manager.filter(slug__in=slugs)}  # type: ignore[attr-defined]
    return [rows[slug] for slug in slugs]


def _wall(text: str) -> datetime:
    return datetime.strptime(text, WALL_TIME)
