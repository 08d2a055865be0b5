"""What the clock does with events. Each is safe to run twice."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from events.domain import (
    deadlines,
    enrolment_dates,
    feeds,
    polling,
    redrawing,
    reply_folder,
    tombstones,
    upkeep,
    waitlist,
)


def promote_waitlist(event_id: int) -> str:
    """Seat people from the waitlist of one event."""
    return f"{len(waitlist.promote(event_id, at=timezone.now()))} promoted"


def sweep_waitlists() -> str:
    """Every 5 minutes: seat who waits while a seat is free, however it came free."""
    waiting = upkeep.with_waiting_and_free()
    return ", ".join(f"{slug}: {promote_waitlist(pk)}" for pk, slug in waiting) or "nothing to do"


def complete_past_events() -> str:
    """Every 10 minutes: published events whose last date has ended are completed."""
    return f"{upkeep.complete_past(at=timezone.now())} completed"


def compare_counters() -> str:
    """Every night: do the events' counters equal their rows? Reports, and repairs nothing."""
    wrong = upkeep.wrong_counters()
    return f"counters are wrong: {', '.join(wrong)}" if wrong else "all counters are true"


def read_partner_calendar(calendar_id: int) -> str:
    """Read one partner calendar now, where it is due."""
    return "read" if polling.read(calendar_id, at=timezone.now()) else "nothing to do"


def read_partner_calendars() -> str:
    """Every minute: read the partner calendars that are due."""
    return f"{polling.read_due(at=timezone.now())} read"


def enrol_in_new_dates() -> str:
    """Every minute: register who is enrolled in a program for dates that were added or opened.

    Works for a minute at most; the next run goes on where this one stopped.
    """
    until = timezone.now() + timedelta(seconds=60)
    count = 0
    while timezone.now() < until and (done := enrolment_dates.catch_up(at=timezone.now())):
        count += done
    return f"{count} looked at"


def redraw_calendars() -> str:
    """Every 5 minutes and when a feed asks: calendar text that is missing or of an old edition."""
    return redrawing.work(at=timezone.now())


def tidy_feeds() -> str:
    """Once a day: marks of what left feeds long ago, validators of feeds nobody asks for."""
    at = timezone.now()
    return f"{tombstones.tidy(at=at)} marks, {feeds.tidy(at=at)} states"


def sweep_approvals() -> str:
    """Every 10 minutes: remind co-hosts, let their deadlines pass, part with who left."""
    done = deadlines.sweep(at=timezone.now())
    return ", ".join(f"{count} {word}" for word, count in done.items())


def read_replies() -> str:
    """Every 5 minutes: answers to invitations, out of the folder of mails where there is one."""
    if not settings.REPLY_MAIL_DIR:
        return "no folder"
    folder = Path(settings.REPLY_MAIL_DIR)
    if not folder.is_dir():
        return f"{folder} is no folder"
    answers, others = reply_folder.sweep(folder, at=timezone.now())
    return f"{answers} answers, {others} other mails"
