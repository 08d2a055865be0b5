"""The demo's past: events that are over get people, a report, settled minutes and certificates.

All of it goes through the domain, as an organiser would do it; only the mails stay unsent.
"""

import contextlib
import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from certificates.domain import batches, revoking
from certificates.domain.refusals import NothingToIssue
from certificates.models import Certificate
from config.demo import files, season, seats
from events.domain import attendance
from events.models import Event, Registration, Session
from programmes.domain import delivery
from programmes.models import OutboxEntry, Person

ENDED_LATELY = "reading-the-broadband-map"
"""The sample season's own past event; it stays where it is."""
PEOPLE = 10
REVOKED_BECAUSE = "Issued to the wrong person of the same name."
STAMP = "%m/%d/%Y %I:%M:%S %p"
HEADERS = ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)"]


def live_through(organisers: dict[str, Person], *, at: datetime) -> str:
    """Bring every past event that is not settled to its certificates; says what was done."""
    wanted = Event.objects.filter(
        slug__in=[*season.MOVED_BACK, ENDED_LATELY], settled_at__isnull=True, ends_at__lt=at
    )
    over = list(wanted.order_by("starts_at"))
    for event in over:
        _attend(event, organisers.get(event.lead.slug))
    drawn = draw_certificates()
    if over:
        _correct(over[-1], organisers.get(over[-1].lead.slug), at=at)
        drawn += draw_certificates()
    return f"{len(over)} events settled, {drawn} certificates drawn"


def draw_certificates() -> int:
    """Carry out what is due, with the holders' mails called off; returns how many were drawn."""
    drawn = 0
    while entries := delivery.claim():
        for entry in entries:
            if entry.kind == "certificates/issued":
                _call_off(entry)
            elif delivery.carry_out(entry):
                drawn += entry.kind == "certificates/draw"
    batches.close_finished()
    return drawn


def report(event: Event, session: Session) -> bytes:
    """The attendance report a meeting platform would have written: a row for each time somebody
    joined, with stamps in the event's zone."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(HEADERS)
    zone = ZoneInfo(event.time_zone)
    seated = Registration.objects.seated().filter(event=event).order_by("email")
    for registration in seated:
        for joined, left in _stays(registration, session):
            minutes = -(-(left - joined) // timedelta(minutes=1))
            stamps = [f"{moment.astimezone(zone):{STAMP}}" for moment in (joined, left)]
            rows.writerow([registration.name, registration.email, *stamps, minutes])
    return out.getvalue().encode()


def _attend(event: Event, by: Person | None) -> None:
    assert event.ends_at is not None
    after = event.ends_at + timedelta(hours=1)
    opens, until = seats.span(event, at=event.ends_at)
    seats.fill(event, _people(event), opens=opens, until=until)
    for session in event.sessions.filter(is_cancelled=False):
        batch = attendance.upload(
            event,
            raw=report(event, session),
            filename=f"participants-{event.slug}.csv",
            zone=event.time_zone,
            by=by,
            at=after,
        )
        attendance.apply(batch, by=by, at=after)
    event = attendance.settle(event, by=by, at=after)
    with contextlib.suppress(NothingToIssue):
        batches.request(event, by=by, at=after)


def _people(event: Event) -> list[seats.Registrant]:
    """Some of the network's people, others for each event."""
    everybody = {
        email: (name, email) for rows in files.registrants().values() for name, email in rows
    }
    chosen = sorted(everybody, key=lambda email: _number(event.slug, email))
    return [everybody[email] for email in chosen[:PEOPLE]]


def _stays(registration: Registration, session: Session) -> Iterator[tuple[datetime, datetime]]:
    """From when to when somebody was there: most all the time, some twice, a few not long or not
    at all. The same at every load."""
    start, end = session.starts_at, session.ends_at
    number = _number(registration.event.slug, registration.email, "stay")
    early, late = timedelta(seconds=number % 540), timedelta(seconds=number // 7 % 300)
    kind = number % 10
    if kind == 0:
        return
    if kind == 1:
        yield start + early, start + (end - start) / 3 + late
    elif kind == 2:
        middle = start + (end - start) / 2
        yield start - early, middle
        yield middle + timedelta(seconds=40), end + late
    else:
        yield start - early, end + late


def _correct(event: Event, by: Person | None, *, at: datetime) -> None:
    """Revoke one certificate and reissue another under a longer name."""
    held = Certificate.objects.standing().filter(award__event=event).order_by("pk")
    first, second, *_ = [*held[:2], None, None]
    if first is None or second is None:
        return
    revoking.revoke(first, reason=REVOKED_BECAUSE, by=by, at=at)
    given, _, family = second.facts["name"].partition(" ")
    revoking.reissue(second, name=f"{given} M. {family}".strip(), by=by, at=at)


def _call_off(entry: OutboxEntry) -> None:
    mine = OutboxEntry.objects.filter(pk=entry.pk, lease=entry.lease)
    mine.update(state=OutboxEntry.State.CANCELLED, lease="")


def _number(*words: str) -> int:
    """A number that looks random and is the same every time."""
    return int.from_bytes(hashlib.sha256("|".join(words).encode()).digest()[:6], "big")
