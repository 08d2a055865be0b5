"""A platform's report as rows of ours: which session it is for, and who in it is who."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from events import rules
from events.domain import imports, scheduled
from events.domain.imports.errors import TooLarge, WrongDate
from events.domain.imports.matching import Match, Registrant, match
from events.domain.imports.people import ReportPerson
from events.domain.imports.report import Report
from events.domain.minutes import Span
from events.models import AttendanceImport, Event, Registration, Session
from kit.errors import Invalid
from kit.walltime import canonical_zone
from programmes.access import Actor

MOST_BYTES = 10_000_000


def check_size(size: int) -> None:
    """Refuse a file before it is read into memory. Raises TooLarge."""
    if size > MOST_BYTES:
        raise TooLarge(
            f"This file has {size / 1_000_000:.0f} MB; 10 MB are the most we read. "
            "An attendance report is a CSV file of a few hundred KB at most."
        )


def read(event: Event, *, raw: bytes, filename: str, zone: str) -> tuple[Session, Report]:
    """The report in ``raw`` and the session of ``event`` whose date it fits.

    Raises NotAReport, TooLarge, WrongDate (no session fits) or Invalid (an unknown zone, an event
    without sessions).
    """
    check_size(len(raw))
    sessions = list(event.sessions.filter(is_cancelled=False))
    if not sessions:
        raise Invalid("This event has no session that a report could be for.")
    zone = canonical_zone(zone)
    refusal: WrongDate | None = None
    for session in sessions:
        span = Span(session.starts_at, session.ends_at)
        report = imports.read_report(raw, filename=filename, zone=zone, session=span)
        try:
            imports.check_dates(report, span, title=event.title)
        except WrongDate as no:
            refusal = refusal or no
        else:
            return session, imports.for_session(report, span)
    if refusal is None:
        raise AssertionError("a report fits no session and was refused by none")
    raise refusal


def people(
    report: Report, session: Session, registrations: Iterable[Registration]
) -> list[dict[str, Any]]:
    """The people of a report with their seconds and the registration each belongs to, as JSON."""
    found = imports.gather(report, scheduled.windows(session))
    matches = match(found, [_registrant(r) for r in registrations])
    return [_row(person, hit) for person, hit in zip(found, matches, strict=True)]


def problems(report: Report, event: Event, *, at: datetime) -> list[dict[str, Any]]:
    """What somebody should know of the file, with row numbers; and where it comes too early."""
    noted = [asdict(problem) for problem in report.problems]
    if event.ends_at is not None and event.ends_at > at:
        noted.insert(
            0,
            {
                "message": "This event still lies ahead. The dates in the file fit it, so it was "
                "read; check that it is the right file.",
                "row": None,
                "line": None,
            },
        )
    return noted


def seen_by(actor: Actor, batch: AttendanceImport, event: Event) -> tuple[list[Any], list[Any]]:
    """The people and problems of a report that ``actor`` may see, by the event's data rule.

    Who uploaded it, and who sees everyone, sees all of it; other hosts see those people whose
    registration they may see, and no problems, which name others. One query for those.
    """
    if rules.sees_everyone(actor, event) or batch.uploaded_by_id == actor.person_id:
        return batch.people, batch.problems
    visible = Registration.objects.visible_to(actor).filter(event=event)
    codes = set(visible.values_list("code", flat=True))
    return [person for person in batch.people if person["registration"] in codes], []


def instant(text: str) -> datetime:
    """The instant that JSON keeps as text."""
    return datetime.fromisoformat(text)


def _registrant(registration: Registration) -> Registrant:
    keys = {address.key for address in registration.person.addresses.all()}
    own = registration.person.email
    return Registrant(registration.code, registration.name, own, tuple(sorted(keys - {own})))


def _row(person: ReportPerson, hit: Match) -> dict[str, Any]:
    return {
        "key": person.key,
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "kind": person.kind,
        "rows": person.rows,
        "present_seconds": person.present_seconds,
        "in_session_seconds": person.in_session_seconds,
        "stated_seconds": None if person.basis == "intervals" else person.present_seconds,
        "spans": [[_text(span.start), _text(span.end)] for span in person.spans],
        "open_since": [_text(at) for at in person.open_since],
        "review": person.review,
        "match": hit.match,
        "registration": hit.registration,
        "evidence": hit.evidence,
        "candidates": list(hit.candidates),
        "decided": False,
    }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
