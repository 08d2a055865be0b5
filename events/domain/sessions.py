"""Writes the sessions of a checked plan to rows, and reads them back as plans."""

from collections.abc import Sequence
from datetime import datetime

from events.domain.timing import SessionPlan, Timed
from events.models import Event, Session, SessionBreak


def plans_of(event: Event) -> tuple[SessionPlan, ...]:
    """The event's sessions as they were planned, in order of time. Two queries."""
    rows = event.sessions.prefetch_related("breaks").order_by("starts_at", "position", "pk")
    return tuple(_plan_of(row) for row in rows)


def write(event: Event, sessions: Sequence[Timed], *, at: datetime) -> None:
    """Make the event's rows say what ``sessions`` says, and set its first start and last end.

    A session keeps its row, and so its UID in every calendar, when it is moved: a plan belongs to
    the row with the same times, else to the next one in order that is left. What is not planned any
    more is cancelled where people may have it in their calendars, and deleted where the event was
    never published. A change of time raises the SEQUENCE of a published session.
    """
    rows = list(event.sessions.prefetch_related("breaks").order_by("starts_at", "position", "pk"))
    pairs, left_over = _matched(rows, sessions)
    for position, (row, timed) in enumerate(pairs):
        if row is None:
            row = Session(event=event)
        elif _says_already(row, timed, position):
            continue
        _write_one(row, timed, position=position, at=at)
    for row in left_over:
        _drop(row, at=at)
    _derive(event)


def _plan_of(row: Session) -> SessionPlan:
    return SessionPlan(
        starts_local=row.starts_local,
        ends_local=row.ends_local,
        title=row.title,
        breaks=tuple((pause.starts_local, pause.ends_local) for pause in row.breaks.all()),
        starts_fold=row.starts_fold,
        ends_fold=row.ends_fold,
        recurrence_local=row.recurrence_local,
        is_cancelled=row.is_cancelled,
    )


def _matched(
    rows: list[Session], sessions: Sequence[Timed]
) -> tuple[list[tuple[Session | None, Timed]], list[Session]]:
    """Each planned session with its row, in order of time; and the rows no plan belongs to."""
    in_order = sorted(sessions, key=lambda timed: timed.starts_at)
    free, found = list(rows), dict[int, Session]()
    for number, timed in enumerate(in_order):
        same = [row for row in free if _same_times(row, timed)]
        if same:
            found[number] = same[0]
            free.remove(same[0])
    live = [row for row in free if not row.is_cancelled]
    for number in range(len(in_order)):
        if number not in found and live:
            found[number] = live.pop(0)
            free.remove(found[number])
    return [(found.get(number), timed) for number, timed in enumerate(in_order)], free


def _same_times(row: Session, timed: Timed) -> bool:
    return row.starts_at == timed.starts_at and row.ends_at == timed.ends_at


def _says_already(row: Session, timed: Timed, position: int) -> bool:
    same_clock = row.time_zone == row.event.time_zone and _same_times(row, timed)
    return same_clock and row.position == position and _plan_of(row) == timed.plan


def _write_one(row: Session, timed: Timed, *, position: int, at: datetime) -> None:
    plan, is_new = timed.plan, row.pk is None
    was = (row.starts_at, row.ends_at, row.is_cancelled, row.time_zone)
    row.title, row.recurrence_local, row.position = plan.title, plan.recurrence_local, position
    row.starts_local, row.ends_local = plan.starts_local, plan.ends_local
    row.starts_fold, row.ends_fold = plan.starts_fold or 0, plan.ends_fold or 0
    row.starts_at, row.ends_at = timed.starts_at, timed.ends_at
    row.is_cancelled, row.time_zone = plan.is_cancelled, row.event.time_zone
    now = (row.starts_at, row.ends_at, row.is_cancelled, row.time_zone)
    if not is_new and now != was and row.event.published_at is not None:
        row.sequence += 1
    row.changed_at, row.ics = at, None
    row.save()
    row.breaks.all().delete()
    SessionBreak.objects.bulk_create(
        SessionBreak(
            session=row,
            starts_local=pause.starts_local,
            ends_local=pause.ends_local,
            starts_at=pause.starts_at,
            ends_at=pause.ends_at,
        )
        for pause in timed.breaks
    )


def _drop(row: Session, *, at: datetime) -> None:
    if row.event.published_at is None:
        row.delete()
    elif not row.is_cancelled:
        row.is_cancelled, row.sequence = True, row.sequence + 1
        row.changed_at, row.ics = at, None
        row.save(update_fields=["is_cancelled", "sequence", "changed_at", "ics"])


def _derive(event: Event) -> None:
    held = event.sessions.filter(is_cancelled=False).values_list("starts_at", "ends_at")
    spans = list(held)
    event.starts_at = min((start for start, _ in spans), default=None)
    event.ends_at = max((end for _, end in spans), default=None)
    event.save(update_fields=["starts_at", "ends_at"])
