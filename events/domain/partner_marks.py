"""What stood in our feeds from a partner's calendar and does no more: marked as gone for 90 days.

The same marks as those of our own sessions (``tombstones``), in the same table: rows that belong to
no session and name no event.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from events.domain import copies, partner_text, selections, stored_entries, tombstones
from events.domain.selections import Selection
from events.models import Event, FeedShowing, PartnerCalendar, PartnerEntry, Session
from programmes.models import Alliance

BATCH = 100


def is_shown(calendar: PartnerCalendar) -> bool:
    """Whether feeds hold the entries of this calendar."""
    listed = calendar.purpose == PartnerCalendar.Purpose.LISTED
    return listed and calendar.state == PartnerCalendar.State.ACTIVE


def leave(entries: QuerySet[PartnerEntry], alliance: Alliance, *, at: datetime) -> None:
    """Mark as gone those of ``entries`` that are not over, called off, or our own anyway.

    What is over leaves a reading by itself, and nobody waits for it.
    """
    second = at.replace(microsecond=0)
    held = list(entries.filter(ends_at__gt=at).select_related("calendar"))
    announced = Session.objects.filter(event__in=Event.objects.listed().values("pk"))
    ours = copies.of_ours(map(copies.mark_of, held), among=announced)
    FeedShowing.objects.bulk_create(
        (
            FeedShowing(
                alliances=f" {alliance.slug} ",
                is_listed=True,
                shown_at=entry.changed_at,
                left_at=second,
                title=entry.title,
                starts_at=entry.starts_at,
                ends_at=entry.ends_at,
                time_zone="UTC",
                sequence=entry.sequence + 1,
                ics=stored_entries.as_left(
                    bytes(entry.ics),
                    sequence=entry.sequence + 1,
                    at=second,
                    help_url=f"{settings.PUBLIC_BASE_URL}/events/",
                ),
            )
            for entry in held
            if entry.ics and entry.pk not in ours and entry.status != entry.Status.CANCELLED
        ),
        batch_size=BATCH,
    )


def taken_back(uids: set[str], alliance: Alliance, *, at: datetime) -> dict[str, int]:
    """The SEQUENCE above the marks of each of these UIDs, where there are any.

    The marks in the alliance's own name are deleted: it shows these entries again.
    """
    if not uids:
        return {}
    above: dict[str, int] = {}
    again: list[int] = []
    for row in _marks(at=at):
        uid = stored_entries.uid_of(bytes(row.ics or b""))
        if uid in uids:
            above[uid] = max(above.get(uid, 0), row.sequence + 1)
            if row.alliances == f" {alliance.slug} ":
                again.append(row.pk)
    FeedShowing.objects.filter(pk__in=again).delete()
    return above


def come_back(calendar: PartnerCalendar, *, at: datetime) -> None:
    """Feeds hold this calendar's entries again: each outranks its mark."""
    rows = {partner_text.uid(entry): entry for entry in calendar.entries.exclude(ics=None)}
    above = taken_back(set(rows), calendar.alliance, at=at)
    changed = []
    for uid, sequence in above.items():
        entry = rows[uid]
        entry.sequence = max(entry.sequence, sequence)
        entry.ics = stored_entries.with_sequence(bytes(entry.ics or b""), entry.sequence)
        changed.append(entry)
    PartnerEntry.objects.bulk_update(changed, ["sequence", "ics"], batch_size=50)


def found_by(selection: Selection, *, at: datetime) -> dict[str, bytes]:
    """The marks a feed holds, by UID, in its language; of several for one UID the last."""
    asked = selection.scope in {"all", "alliances"} and not selection.hides_cancelled
    if not asked or selection.topic or selection.format:
        return {}
    rows = _marks(at=at).filter(tombstones.hosted_by(selection))
    if not selection.has_past:
        rows = rows.filter(ends_at__gt=at - selections.PAST)
    return {
        stored_entries.uid_of(bytes(row.ics or b"")): tombstones.said(row, selection.language)
        for row in rows.order_by("starts_at", "sequence", "pk")
    }


def _marks(*, at: datetime) -> QuerySet[FeedShowing]:
    return FeedShowing.objects.filter(
        session=None, event_slug="", ics__isnull=False, left_at__gte=at - tombstones.KEEP
    )
