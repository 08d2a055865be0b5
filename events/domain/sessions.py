"""Writes the sessions of a checked plan to rows, and reads them back as plans."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from events.domain import timing
from events.domain.revisions import next_sequence
from events.domain.timing import SessionPlan, Timed
from events.models import Event, Session, SessionBreak, SessionSpeaker
from programmes.models import Speaker

Pair = tuple[Session, Timed]
LAST = 32_000
"""The place of what is not planned any more: behind everything."""
TIMES = ("starts_at", "ends_at", "is_cancelled", "time_zone")
COLUMNS = (
    *("title", "position", "time_zone", "starts_local", "ends_local", "starts_fold", "ends_fold"),
    *("starts_at", "ends_at", "recurrence_local", "own", "room", "join_url", "follows"),
    *("gap_minutes", "is_cancelled", "sequence", "changed_at", "ics"),
)


def plans_of(event: Event) -> tuple[SessionPlan, ...]:
    """The event's sessions as they were planned, in their running order. Three queries."""
    return tuple(_plan_of(row) for row in _rows(event))


def with_cancelled(
    before: Sequence[SessionPlan], planned: Sequence[SessionPlan]
) -> tuple[SessionPlan, ...]:
    """``planned`` with the dates of ``before`` that were cancelled and are not named in it.

    Dates cancelled before stay so, whether a form showed them or not. Each stays behind the one it
    was behind.
    """
    uids = {session.uid for session in planned} - {""}
    times = {_times(session) for session in planned if not session.uid}
    whole, place = list(planned), 0
    for session in before:
        if session.uid in uids or _times(session) in times:
            places = [n for n, one in enumerate(whole) if _is_same(one, session)]
            place = places[0] + 1 if places else place
        elif session.is_cancelled:
            whole.insert(place, session)
            place += 1
    return tuple(whole)


def write(event: Event, sessions: Sequence[Timed], *, at: datetime) -> None:
    """Make the event's rows say what ``sessions`` says, and set its first start and last end.

    A session keeps its row, and so its UID in every calendar, when it is moved: a plan belongs to
    the row it names, else to the one with the same times, else to the next one in order that is
    left. What is not planned any more is cancelled where people may have it in their calendars, and
    deleted where the event was never published. A change of time or room raises the SEQUENCE of a
    published session. The number of queries is the same for any number of sessions.
    """
    rows = _rows(event)
    pairs, left_over = _matched(rows, sessions)
    made, changed, shifted = list[Pair](), list[Pair](), list[Session]()
    for position, (row, timed) in enumerate(pairs):
        if row is None:
            made.append((_filled(Session(event=event), timed, position=position, at=at), timed))
        elif not _says_already(row, timed):
            changed.append((_filled(row, timed, position=position, at=at), timed))
        elif row.position != position:
            row.position = position
            shifted.append(row)
    Session.objects.bulk_update(shifted, ["position"])
    Session.objects.bulk_create(row for row, _ in made)
    Session.objects.bulk_update([row for row, _ in changed], COLUMNS)
    _write_parts([*made, *changed])
    _drop(event, left_over, at=at)
    _derive(event)


def _rows(event: Event) -> list[Session]:
    """The event's rows in their running order, with what their plans need."""
    speaking = Prefetch("speaking", SessionSpeaker.objects.select_related("speaker"))
    found: QuerySet[Session] = event.sessions.prefetch_related("breaks", speaking)
    rows = list(found.order_by("position", "starts_at", "pk"))
    return timing.in_order(rows, [row.follows for row in rows])


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
        room=row.room,
        join_url=row.join_url,
        speakers=tuple(part.speaker.slug for part in row.speaking.all()),
        follows=row.follows,
        gap_minutes=row.gap_minutes,
        own=tuple(row.own.split()),
        uid=str(row.public_id),
    )


def _times(session: SessionPlan) -> tuple[str, str]:
    return session.starts_local, session.ends_local


def _is_same(one: SessionPlan, other: SessionPlan) -> bool:
    return one.uid == other.uid if one.uid else _times(one) == _times(other)


def _matched(
    rows: list[Session], sessions: Sequence[Timed]
) -> tuple[list[tuple[Session | None, Timed]], list[Session]]:
    """Each planned session with its row; and the rows no plan belongs to."""
    free, found = list(rows), dict[int, Session]()
    by_uid = {str(row.public_id): row for row in rows}
    for number, timed in enumerate(sessions):
        row = by_uid.pop(timed.plan.uid, None)
        if row is not None:
            found[number] = row
            free.remove(row)
    for number, timed in enumerate(sessions):
        same = [row for row in free if number not in found and _same_times(row, timed)]
        if same:
            found[number] = same[0]
            free.remove(same[0])
    live = [row for row in free if not row.is_cancelled]
    for number in range(len(sessions)):
        if number not in found and live:
            found[number] = live.pop(0)
            free.remove(found[number])
    return [(found.get(number), timed) for number, timed in enumerate(sessions)], free


def _same_times(row: Session, timed: Timed) -> bool:
    return row.starts_at == timed.starts_at and row.ends_at == timed.ends_at


def _says_already(row: Session, timed: Timed) -> bool:
    same_clock = row.time_zone == row.event.time_zone and _same_times(row, timed)
    return same_clock and _plan_of(row) == timed.plan


def _filled(row: Session, timed: Timed, *, position: int, at: datetime) -> Session:
    """The row with what the plan says; its SEQUENCE up where a promise changed."""
    plan, is_new = timed.plan, row.pk is None
    was = {name: getattr(row, name) for name in (*TIMES, "room")}
    row.title, row.recurrence_local, row.position = plan.title, plan.recurrence_local, position
    row.starts_local, row.ends_local = plan.starts_local, plan.ends_local
    row.starts_fold, row.ends_fold = plan.starts_fold or 0, plan.ends_fold or 0
    row.starts_at, row.ends_at = timed.starts_at, timed.ends_at
    row.is_cancelled, row.time_zone = plan.is_cancelled, row.event.time_zone
    row.room, row.join_url, row.own = plan.room, plan.join_url, " ".join(plan.own)
    row.follows, row.gap_minutes = plan.follows, plan.gap_minutes
    changed = {
        "place" if name == "room" else name for name in was if getattr(row, name) != was[name]
    }
    if not is_new and row.event.published_at is not None:
        row.sequence = next_sequence(row.sequence, changed)
    row.changed_at, row.ics = at, None
    return row


def _write_parts(pairs: Sequence[Pair]) -> None:
    """Breaks and speakers of these sessions, anew."""
    if not pairs:
        return
    ids = [row.pk for row, _ in pairs]
    SessionBreak.objects.filter(session__in=ids).delete()
    SessionBreak.objects.bulk_create(
        SessionBreak(
            session=row,
            starts_local=pause.starts_local,
            ends_local=pause.ends_local,
            starts_at=pause.starts_at,
            ends_at=pause.ends_at,
        )
        for row, timed in pairs
        for pause in timed.breaks
    )
    SessionSpeaker.objects.filter(session__in=ids).delete()
    slugs = {slug for _, timed in pairs for slug in timed.plan.speakers}
    known = dict(Speaker.objects.filter(slug__in=slugs).values_list("slug", "pk")) if slugs else {}
    SessionSpeaker.objects.bulk_create(
        SessionSpeaker(session=row, speaker_id=known[slug], position=position)
        for row, timed in pairs
        for position, slug in enumerate(timed.plan.speakers)
    )


def _drop(event: Event, rows: Sequence[Session], *, at: datetime) -> None:
    """Take rows out that no plan belongs to any more."""
    if event.published_at is None:
        event.sessions.filter(pk__in=[row.pk for row in rows]).delete()
        return
    gone = [row for row in rows if not row.is_cancelled]
    for row in gone:
        row.is_cancelled, row.sequence = True, row.sequence + 1
        row.follows, row.gap_minutes, row.position = False, 0, LAST
        row.changed_at, row.ics = at, None
    Session.objects.bulk_update(gone, COLUMNS)


def _derive(event: Event) -> None:
    held = event.sessions.filter(is_cancelled=False).values_list("starts_at", "ends_at")
    spans = list(held)
    event.starts_at = min((start for start, _ in spans), default=None)
    event.ends_at = max((end for _, end in spans), default=None)
    event.save(update_fields=["starts_at", "ends_at"])
