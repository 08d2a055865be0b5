"""From a report to settled minutes: read it, look at it, apply it, undo it, settle the event.

Nothing counts before somebody applies the report. What it says is kept as evidence, row by row;
the minutes of each registration are worked out anew from all evidence and can always be redone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from events.domain import reports, scheduled
from events.domain.minutes import Span, clip, seconds
from events.models import (
    Attendance,
    AttendanceImport,
    AttendanceSpan,
    Event,
    Registration,
    Session,
)
from kit.errors import Invalid, Refused
from programmes import audit
from programmes.models import Person

State = AttendanceImport.State
Presence = Registration.Presence


class NotOver(Refused):
    """The event has not ended, so nobody can know who stayed."""

    code = "not-over"


class NotReady(Refused):
    """The report was applied or taken back in the meantime."""

    code = "not-ready"


def upload(  # noqa: PLR0913  (what an upload consists of)
    event: Event, *, raw: bytes, filename: str, zone: str, by: Person | None, at: datetime
) -> AttendanceImport:
    """Read a report for ``event`` and keep it for review; nothing counts yet.

    ``zone`` is the one its stamps were written in, the event's where it is empty. The same file
    again returns what was read the first time. Raises NotAReport, WrongDate, TooLarge or Invalid.
    """
    zone = zone or event.time_zone
    sha256 = hashlib.sha256(raw).hexdigest()
    session, report = reports.read(event, raw=raw, filename=filename, zone=zone)
    known = AttendanceImport.objects.exclude(state=State.UNDONE)
    same = known.filter(session=session, sha256=sha256, zone=zone)
    if (before := same.first()) is not None:
        return before
    batch = AttendanceImport(
        event=event,
        session=session,
        filename=filename[-255:],
        sha256=sha256,
        raw=raw,
        zone=zone,
        layout=report.layout,
        row_count=len(report.rows),
        people=reports.people(report, session, _registrations(event)),
        problems=reports.problems(report, event, at=at),
        uploaded_by=by,
        uploaded_at=at,
    )
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            audit.record("attendance.uploaded", batch, by=by, event=event.slug)
    except IntegrityError:  # the second click of a double click
        return same.get()
    return batch


def apply(batch: AttendanceImport, *, by: Person | None, at: datetime) -> AttendanceImport:
    """Take a reviewed report into the ledger and work out the minutes. Twice is harmless.

    People without a registration are kept as evidence that counts for nobody. Raises NotReady
    where the report was taken back.
    """
    with transaction.atomic():
        ready = AttendanceImport.objects.filter(pk=batch.pk, state=State.READ)
        if not ready.update(state=State.APPLIED, applied_at=at):
            batch.refresh_from_db()
            if batch.state == State.UNDONE:
                raise NotReady("This report was taken back. Upload it again to apply it.")
            return batch
        batch.refresh_from_db()
        codes = _by_code(batch)
        spans = [span for person in batch.people for span in _evidence(batch, person, codes, at)]
        AttendanceSpan.objects.bulk_create(spans, batch_size=500)
        recount(batch.session, at=at)
        audit.record("attendance.applied", batch, by=by, spans=len(spans))
    return batch


def undo(batch: AttendanceImport, *, by: Person | None, at: datetime) -> AttendanceImport:
    """Take a report out again, applied or not; minutes are what the other evidence says."""
    with transaction.atomic():
        live = AttendanceImport.objects.filter(pk=batch.pk).exclude(state=State.UNDONE)
        if live.update(state=State.UNDONE, undone_at=at):
            batch.spans.all().delete()
            recount(batch.session, at=at)
            audit.record("attendance.undone", batch, by=by)
    batch.refresh_from_db()
    return batch


def assign(
    batch: AttendanceImport, key: str, code: str | None, *, by: Person | None, at: datetime
) -> AttendanceImport:
    """Say which registration a person of the report belongs to; None: to nobody.

    Two people of a report may belong to one registration: their time is joined, not added.
    Raises Invalid for a person or registration that is not there, NotReady for a report taken back.
    """
    with transaction.atomic():
        batch = AttendanceImport.objects.select_for_update().get(pk=batch.pk)
        if batch.state == State.UNDONE:
            raise NotReady("This report was taken back. Upload it again to work on it.")
        person = next((p for p in batch.people if p["key"] == key), None)
        if person is None:
            raise Invalid.at("key", msg="This person is not in the report.")
        registration = None
        if code is not None:
            registration = Registration.objects.filter(event=batch.event_id, code=code).first()
            if registration is None:
                raise Invalid.at("registration", msg="There is no such registration here.")
        person["registration"] = code
        person["match"] = "exact" if code else "none"
        person["decided"] = True
        batch.save(update_fields=["people"])
        batch.spans.filter(key=key).update(registration=registration)
        recount(batch.session, at=at)
        audit.record("attendance.assigned", batch, by=by, registration=code)
    return batch


def recount(session: Session, *, at: datetime) -> None:
    """Work out every registration's minutes in ``session`` from all the evidence there is."""
    windows = scheduled.windows(session)
    by_registration: dict[int, list[AttendanceSpan]] = defaultdict(list)
    for span in AttendanceSpan.objects.filter(session=session, registration__isnull=False):
        by_registration[span.registration_id].append(span)  # type: ignore[index]
    rows = [
        Attendance(session=session, registration_id=pk, changed_at=at, **_count(spans, windows))
        for pk, spans in by_registration.items()
    ]
    with transaction.atomic():
        Attendance.objects.filter(session=session).exclude(
            registration__in=by_registration
        ).delete()
        Attendance.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["session", "registration"],
            update_fields=["present_seconds", "in_session_seconds", "changed_at"],
        )


def settle(event: Event, *, early: bool = False, by: Person | None, at: datetime) -> Event:
    """Decide from the minutes who attended; certificates are made from what is settled.

    Settling again after a correction decides anew. Raises NotOver before the end, unless ``early``.
    """
    if event.ends_at is None or (event.ends_at > at and not early):
        raise NotOver("The event has not ended yet. Settle attendance after it is over.")
    needed = scheduled.seconds_of(event) * event.attendance_percent
    with transaction.atomic():
        Event.objects.select_for_update().get(pk=event.pk)
        totals = seconds_by_registration(event)
        seated = list(Registration.objects.seated().filter(event=event))
        for registration in seated:
            total = totals.get(registration.pk)
            registration.attended_seconds = total
            registration.presence = presence(total, needed)
        Registration.objects.bulk_update(seated, ["attended_seconds", "presence"], batch_size=200)
        Event.objects.filter(pk=event.pk).update(
            settled_at=at, attendance_revision=F("attendance_revision") + 1
        )
        Event.objects.filter(pk=event.pk, status=Event.Status.PUBLISHED, ends_at__lte=at).update(
            status=Event.Status.COMPLETED
        )
        met = sum(r.presence == Presence.MET for r in seated)
        audit.record("attendance.settled", event, by=by, met=met, of=len(seated))
    event.refresh_from_db()
    return event


def _registrations(event: Event) -> list[Registration]:
    live = Registration.objects.live().filter(event=event)
    return list(live.select_related("person").prefetch_related("person__addresses"))


def _by_code(batch: AttendanceImport) -> dict[str, int]:
    codes = [p["registration"] for p in batch.people if p["match"] == "exact"]
    found = Registration.objects.filter(event=batch.event_id, code__in=codes)
    return dict(found.values_list("code", "pk"))


def _evidence(
    batch: AttendanceImport, person: dict[str, Any], codes: dict[str, int], at: datetime
) -> Iterable[AttendanceSpan]:
    """The spans of one person of a report; one row without times where only a total is known."""
    known = person["registration"] if person["match"] == "exact" else None
    shared = {
        "session_id": batch.session_id,
        "registration_id": codes.get(known or ""),
        "source": AttendanceSpan.Source.REPORT,
        "batch": batch,
        "key": person["key"],
        "name": person["name"][:300],
        "email": person["email"][:254],
        "role": person["role"][:12],
        "made_at": at,
    }
    for starts, ends in person["spans"]:
        yield AttendanceSpan(
            **shared,
            starts_at=reports.instant(starts),
            ends_at=reports.instant(ends),
            stated_seconds=person["stated_seconds"],
        )
    for starts in person["open_since"]:
        yield AttendanceSpan(**shared, starts_at=reports.instant(starts))
    if not person["spans"] and person["stated_seconds"] is not None:
        yield AttendanceSpan(**shared, stated_seconds=person["stated_seconds"])


def _count(spans: list[AttendanceSpan], windows: list[Span]) -> dict[str, int | None]:
    """Seconds present and in session. Where a source only states a total, that is the bound."""
    closed = [s for s in spans if s.starts_at and s.ends_at]
    exact = [Span(s.starts_at, s.ends_at) for s in closed if s.stated_seconds is None]  # type: ignore[arg-type]
    present, inside = seconds(exact), seconds(clip(exact, windows))
    for span in spans:
        if span.stated_seconds is None:
            continue
        present = max(present, span.stated_seconds)
        bound = span.stated_seconds
        if span.starts_at and span.ends_at:
            bound = min(bound, seconds(clip([Span(span.starts_at, span.ends_at)], windows)))
        else:
            bound = min(bound, seconds(windows))
        inside = max(inside, bound)
    return {"present_seconds": present, "in_session_seconds": inside}


def seconds_by_registration(event: Event, *, only: Iterable[int] | None = None) -> dict[int, int]:
    """Seconds in session over all dates that took place, by registration id; ``only`` those."""
    totals: dict[int, int] = defaultdict(int)
    counted = Attendance.objects.filter(
        Q(session__is_cancelled=False), session__event=event, in_session_seconds__isnull=False
    )
    if only is not None:
        counted = counted.filter(registration__in=list(only))
    for pk, length in counted.values_list("registration_id", "in_session_seconds"):
        totals[pk] += length or 0
    return totals


def presence(total: int | None, needed: int) -> str:
    """What ``total`` seconds come to: met, short or absent.

    ``needed`` is in hundredths of a second, so that no percentage is ever rounded.
    """
    if not total:
        return Presence.ABSENT
    return Presence.MET if total * 100 >= needed else Presence.SHORT
