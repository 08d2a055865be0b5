"""Reads partner calendars: claims one, has it fetched in a process apart, replaces what it held.

A calendar is its own queue: ``next_try_at`` says when, a lease says who. A worker that dies leaves
a lease that runs out; one that was stopped for longer finds its lease gone and writes nothing.
Nothing is fetched inside a transaction.
"""

import logging
import secrets
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from events.domain import calendars, partner_marks, partner_text, stored_entries
from events.domain.incoming import sandbox
from events.domain.incoming.entries import Incoming
from events.models import PartnerCalendar, PartnerEntry
from kit.errors import Refused
from kit.fetching import Seen
from kit.text import fold
from programmes.models import Alliance

log = logging.getLogger("lyceum.partners")

EVERY = timedelta(hours=1)
WHOLE = timedelta(days=7)
"""So often a calendar is asked for as if for the first time: a series goes on past what was read
of it, even where the file stays the same."""
BEHIND, AHEAD = timedelta(days=31), timedelta(days=400)
LEASE = timedelta(minutes=3)
LONGEST_WAIT = timedelta(days=1)
BATCH = 500


def read_due(*, at: datetime, seconds: float = 45) -> int:
    """Read what is due, one after the other, for about ``seconds``; returns how many were tried.

    Does nothing while another worker is at it, so that slow servers of others keep at most one of
    our workers waiting.
    """
    if PartnerCalendar.objects.filter(leased_until__gt=at).exists():
        return 0
    until, tried = time.monotonic() + seconds, 0
    due = PartnerCalendar.objects.due(at).order_by("next_try_at", "pk")
    for pk in due.values_list("pk", flat=True)[:100]:
        if time.monotonic() >= until:
            break
        try:
            tried += read(pk, at=at)
        except Exception:  # one calendar of many: its lease runs out, the others go on
            log.exception("partner calendar %s could not be read", pk)
    return tried


def read(calendar_id: int, *, at: datetime) -> bool:
    """Read one calendar that is due; False where it is not, or another worker has it.

    What goes wrong is kept as a sentence beside the entries of the last good reading.
    """
    calendar = _claim(calendar_id, at)
    if calendar is None:
        return False
    try:
        answer = sandbox.ask(_question(calendar, at))
    except Refused as no:
        _note_failure(calendar, str(no), at)
        return True
    _write(calendar, answer, at)
    return True


def _claim(calendar_id: int, at: datetime) -> PartnerCalendar | None:
    token = secrets.token_hex(16)
    mine = PartnerCalendar.objects.due(at).filter(pk=calendar_id)
    if not mine.update(lease=token, leased_until=at + LEASE):
        return None
    found = PartnerCalendar.objects.select_related("alliance")
    return found.filter(pk=calendar_id, lease=token).first()


def _question(calendar: PartnerCalendar, at: datetime) -> sandbox.Question:
    is_recent = calendar.parsed_at is not None and calendar.parsed_at > at - WHOLE
    known = Seen(calendar.etag, calendar.last_modified) if is_recent else Seen()
    return sandbox.Question(
        url=calendar.url,
        seen=known,
        zone=calendar.alliance.zone,
        start=at - BEHIND,
        end=at + AHEAD,
        open_networks=tuple(settings.FETCH_OPEN_NETWORKS),
    )


def _note_failure(calendar: PartnerCalendar, sentence: str, at: datetime) -> None:
    """Keep the entries there are, say why, and wait 1, 2, 4 … hours, a day at most."""
    wait = min(EVERY * 2 ** min(calendar.failures, 5), LONGEST_WAIT)
    held = PartnerCalendar.objects.filter(pk=calendar.pk, lease=calendar.lease)
    held.update(
        error=sentence[:500],
        failures=calendar.failures + 1,
        tried_at=at,
        next_try_at=at + wait,
        lease="",
        leased_until=None,
    )


def _write(calendar: PartnerCalendar, answer: sandbox.Answer, at: datetime) -> None:
    """Take the reading in, in one transaction, unless the lease was lost meanwhile."""
    with transaction.atomic():
        rows = PartnerCalendar.objects.select_for_update(of=("self",)).select_related("alliance")
        held = rows.filter(pk=calendar.pk, lease=calendar.lease).first()
        if held is None:
            log.warning("partner calendar %s: another worker took over", calendar.pk)
            return
        held.etag, held.last_modified = answer.seen.etag, answer.seen.last_modified
        if answer.reading is not None:
            changed = _replace(held, answer.reading.entries, at)
            held.parsed_at, held.notes = at, answer.reading.notes[:20]
            held.entry_count = len(answer.reading.entries)
            if changed and held.purpose == PartnerCalendar.Purpose.LISTED:
                calendars.raise_revision()
        held.tried_at = held.read_at = at
        held.failures, held.error = 0, ""
        held.lease, held.leased_until, held.next_try_at = "", None, at + EVERY
        held.save()


def _replace(calendar: PartnerCalendar, entries: list[Incoming], at: datetime) -> bool:
    """Make the calendar's rows those of ``entries``; returns whether anything differs.

    A row that says the same as before stays untouched, so no feed shows it as changed.
    """
    known = {(row.uid, row.recurrence): row for row in calendar.entries.defer("ics")}
    second = at.replace(microsecond=0)
    new: list[PartnerEntry] = []
    changed: list[PartnerEntry] = []
    for entry in entries:
        digest = partner_text.digest(entry, calendar.alliance)
        row = known.pop((entry.uid, entry.recurrence), None)
        if row is not None and row.digest == digest:
            continue
        made = _row(entry, calendar, digest)
        made.changed_at = second
        if row is not None:
            made.pk, made.sequence = row.pk, row.sequence + 1
        made.ics = _text(entry, calendar.alliance, made)
        (new if row is None else changed).append(made)
    gone = [row.pk for row in known.values()]
    _take_out(gone, calendar, at)
    _outrank(new, calendar, at)
    PartnerEntry.objects.bulk_update(changed, _FIELDS, batch_size=50)
    PartnerEntry.objects.bulk_create(new, batch_size=BATCH)
    return bool(new or changed or gone)


def _take_out(gone: list[int], calendar: PartnerCalendar, at: datetime) -> None:
    for start in range(0, len(gone), BATCH):
        rows = PartnerEntry.objects.filter(pk__in=gone[start : start + BATCH])
        if partner_marks.is_shown(calendar):
            partner_marks.leave(rows, calendar.alliance, at=at)
        rows.delete()


def _outrank(new: list[PartnerEntry], calendar: PartnerCalendar, at: datetime) -> None:
    """Give what feeds marked as gone, and is there again, a SEQUENCE above its mark."""
    if not partner_marks.is_shown(calendar):
        return
    rows = {partner_text.uid(row): row for row in new if row.ics}
    for uid, sequence in partner_marks.taken_back(set(rows), calendar.alliance, at=at).items():
        row = rows[uid]
        row.sequence = sequence
        row.ics = stored_entries.with_sequence(bytes(row.ics or b""), sequence)


_FIELDS = [
    field.name
    for field in PartnerEntry._meta.concrete_fields
    if field.name not in {"id", "calendar", "uid", "recurrence"}
]


def _row(entry: Incoming, calendar: PartnerCalendar, digest: str) -> PartnerEntry:
    return PartnerEntry(
        calendar=calendar,
        digest=digest,
        title_key=fold(entry.title)[:300],
        own_session=_own_session(entry.uid),
        **asdict(entry),
    )


def _text(entry: Incoming, alliance: Alliance, row: PartnerEntry) -> bytes | None:
    if not entry.title:
        return None
    return partner_text.entry_bytes(entry, alliance, sequence=row.sequence, stamp=row.changed_at)


def _own_session(uid: str) -> UUID | None:
    """The session of ours that a UID names, as feeds and invitations write it."""
    name, _, domain = uid.partition("@")
    if domain.lower() != settings.IDENTITY_DOMAIN.lower():
        return None
    try:
        return UUID(name)
    except ValueError:
        return None
