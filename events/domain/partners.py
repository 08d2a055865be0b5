"""Calendars that alliances keep elsewhere: registered, changed, and shown beside our own events."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from events.domain import calendars, copies, partner_marks, stored_entries
from events.domain.selections import PAST, Selection
from events.domain.stored_entries import Rows
from events.models import Event, PartnerCalendar, PartnerEntry, Session
from kit import text, webaddress
from kit.errors import Invalid, Refused
from kit.faults import Faults
from kit.tasks import later
from programmes import audit
from programmes.models import Alliance, Person

READ = "events.tasks.read_partner_calendar"
MOST_CALENDARS = 20
SOON = timedelta(minutes=1)

Purpose = PartnerCalendar.Purpose
State = PartnerCalendar.State


class AlreadyThere(Refused):
    """The alliance has registered this address before."""

    code = "calendar-already-there"


class TooManyCalendars(Refused):
    """An alliance can have some calendars, not hundreds."""

    code = "too-many-calendars"


class CalendarPaused(Refused):
    """A paused calendar is not read."""

    code = "calendar-paused"


@dataclass(frozen=True)
class Details:
    """What an organiser says of a calendar. ``shows_titles`` matters where it is not listed."""

    name: str
    purpose: str = Purpose.BUSY
    shows_titles: bool = False


def add(
    alliance: Alliance, details: Details, *, url: str, by: Person | int, at: datetime
) -> PartnerCalendar:
    """Register an address; a worker reads it as soon as one is free.

    Nothing is fetched here. Raises Invalid for what cannot be kept or may not be opened,
    AlreadyThere, TooManyCalendars.
    """
    faults = Faults()
    address, clean = "", details
    with faults.noted():
        address = _address(url)
    with faults.noted():
        clean = _clean(details)
    faults.settle()
    if alliance.partner_calendars.count() >= MOST_CALENDARS:
        raise TooManyCalendars(
            f"{alliance.short_name} has {MOST_CALENDARS} calendars already. Remove one first."
        )
    row = PartnerCalendar(
        alliance=alliance, url=address, asked_at=at, next_try_at=at, **vars(clean)
    )
    row.created_by_id = by.pk if isinstance(by, Person) else by
    try:
        with transaction.atomic():
            row.save()
            audit.record("partner-calendar.added", row, by=by, alliance=alliance.pk, name=row.name)
            later(READ, row.pk)
    except IntegrityError:
        raise AlreadyThere(
            f"{alliance.short_name} has registered this address already. Change that one instead."
        ) from None
    return row


def change(
    calendar: PartnerCalendar, details: Details, *, by: Person | int, at: datetime
) -> PartnerCalendar:
    """Change name, purpose and what others see. Raises Invalid."""
    clean = _clean(details)
    with transaction.atomic():
        held = PartnerCalendar.objects.select_for_update(of=("self",)).get(pk=calendar.pk)
        changed = [name for name, value in vars(clean).items() if getattr(held, name) != value]
        if not changed:
            return held
        was_shown = partner_marks.is_shown(held)
        for name in changed:
            setattr(held, name, getattr(clean, name))
        held.save(update_fields=changed)
        _mark(held, was_shown=was_shown, at=at)
        audit.record(
            "partner-calendar.changed", held, by=by, alliance=held.alliance_id, changed=changed
        )
        calendars.raise_revision()
    return held


def _mark(calendar: PartnerCalendar, *, was_shown: bool, at: datetime) -> None:
    """Tell subscribers what left their feeds with the calendar, or came back with it."""
    is_shown = partner_marks.is_shown(calendar)
    if was_shown and not is_shown:
        partner_marks.leave(calendar.entries.all(), calendar.alliance, at=at)
    elif is_shown and not was_shown:
        partner_marks.come_back(calendar, at=at)


def pause(calendar: PartnerCalendar, *, by: Person | int, at: datetime) -> None:
    """Stop reading it. What it holds is neither listed nor counted until it is read again."""
    _set_state(calendar, State.PAUSED, by=by, at=at)


def resume(calendar: PartnerCalendar, *, by: Person | int, at: datetime) -> None:
    """Read it again, at once and every hour."""
    _set_state(calendar, State.ACTIVE, by=by, at=at, asked_at=at, next_try_at=at)
    later(READ, calendar.pk)


def _set_state(
    calendar: PartnerCalendar, state: str, *, by: Person | int, at: datetime, **times: datetime
) -> None:
    with transaction.atomic():
        others = PartnerCalendar.objects.filter(pk=calendar.pk).exclude(state=state)
        if others.update(state=state, **times):
            was_shown = partner_marks.is_shown(calendar)
            calendar.refresh_from_db()
            _mark(calendar, was_shown=was_shown, at=at)
            audit.record(
                f"partner-calendar.{state}", calendar, by=by, alliance=calendar.alliance_id
            )
            calendars.raise_revision()


def remove(calendar: PartnerCalendar, *, by: Person | int, at: datetime) -> None:
    """Forget the address and everything that was read from it; feeds mark it as gone."""
    with transaction.atomic():
        if partner_marks.is_shown(calendar):
            partner_marks.leave(calendar.entries.all(), calendar.alliance, at=at)
        audit.record(
            "partner-calendar.removed",
            calendar,
            by=by,
            alliance=calendar.alliance_id,
            name=calendar.name,
        )
        calendar.delete()
        calendars.raise_revision()


def ask(calendar: PartnerCalendar, *, at: datetime) -> bool:
    """Have it read now; False where that was asked for within the last minute.

    Raises CalendarPaused.
    """
    if calendar.state == State.PAUSED:
        raise CalendarPaused("This calendar is paused. Resume it, and it is read at once.")
    rows = PartnerCalendar.objects.filter(pk=calendar.pk, asked_at__lte=at - SOON)
    if not rows.update(asked_at=at, next_try_at=at):
        return False
    later(READ, calendar.pk)
    return True


def listed(
    *, start: datetime, end: datetime | None = None, alliances: Collection[str] = ()
) -> list[PartnerEntry]:
    """Entries of listed calendars that are not over at ``start``, in order, each event once.

    ``end`` is exclusive and None for no end; ``alliances`` are slugs, and empty asks for all. Left
    out are what has no title (private entries), what one of our own announced events is already,
    and what a second calendar says again: by UID, or by title, start and host.
    """
    rows = PartnerEntry.objects.filter(
        calendar__purpose=Purpose.LISTED,
        calendar__state=State.ACTIVE,
        calendar__alliance__is_active=True,
        ends_at__gt=start,
    ).exclude(title="")
    if end is not None:
        rows = rows.filter(starts_at__lt=end)
    if alliances:
        rows = rows.filter(calendar__alliance__slug__in=alliances)
    order = ("starts_at", "calendar__alliance__position", "calendar", "pk")
    entries = list(rows.select_related("calendar__alliance").order_by(*order))
    announced = Session.objects.filter(event__in=Event.objects.listed().values("pk"))
    return _once(entries, copies.of_ours(map(copies.mark_of, entries), among=announced))


def _once(entries: list[PartnerEntry], ours: set[int]) -> list[PartnerEntry]:
    kept: list[PartnerEntry] = []
    uids: set[tuple[str, str]] = set()
    places: set[copies.Place] = set()
    for entry in entries:
        uid, place = (entry.uid, entry.recurrence), copies.mark_of(entry).place
        if entry.pk in ours or uid in uids or place in places:
            continue
        kept.append(entry)
        uids.add(uid)
        if place is not None:
            places.add(place)
    return kept


def chosen(selection: Selection, *, start: datetime) -> list[PartnerEntry]:
    """The listed entries that belong in a feed and are not over at ``start``, in order.

    None in feeds about a topic, a format, a program or one event: partners' entries have none of
    these. Canceled ones are left out where the feed hides them.
    """
    if selection.scope not in {"all", "alliances"} or selection.topic or selection.format:
        return []
    slugs = set(selection.alliance)
    if selection.scope == "alliances":
        if slugs and selection.slug not in slugs:
            return []
        slugs = {selection.slug}
    found = listed(start=start, alliances=slugs)
    if selection.hides_cancelled:
        return [entry for entry in found if entry.status != PartnerEntry.Status.CANCELLED]
    return found


def listed_entries(selection: Selection, *, start: datetime) -> list[tuple[datetime, bytes]]:
    """The same as start and calendar text."""
    found = chosen(selection, start=start)
    return [(entry.starts_at, bytes(entry.ics)) for entry in found if entry.ics]


def rows_of(selection: Selection, *, at: datetime) -> Rows:
    """The same as ``feeds`` joins them to a calendar's own entries, with marks of what has gone.

    All in UTC, so without zones. What one calendar dropped and another still has is not gone.
    """
    found = [ics for _, ics in listed_entries(selection, start=at - PAST)]
    if marks := partner_marks.found_by(selection, at=at):
        live = {stored_entries.uid_of(ics) for ics in found}
        found += [mark for uid, mark in marks.items() if uid not in live]
    return Rows(found)


def _address(url: str) -> str:
    networks = webaddress.networks(settings.FETCH_OPEN_NETWORKS)
    try:
        return webaddress.checked_url(url, open_networks=networks)
    except webaddress.UnsafeAddress as no:
        raise Invalid.at("url", msg=str(no)) from None


def _clean(details: Details) -> Details:
    faults = Faults()
    name = ""
    with faults.noted():
        name = text.one_line(details.name, loc="name", what="The name", at_most=120)
        if not name:
            faults.add("name", msg="Give the calendar a name, such as “Our own events”.")
    if details.purpose not in Purpose.values:
        faults.add("purpose", msg=f"Choose one of {text.listed(Purpose.values, last='or')}.")
    faults.settle()
    return Details(name, details.purpose, details.shows_titles)
