"""From the bytes of a calendar to its entries."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar, vRecur

from events.domain.incoming import properties, series
from events.domain.incoming.clocks import Clocks, Moment, NoSuchMoment
from events.domain.incoming.entries import (
    MOST_ENTRIES,
    Incoming,
    NotACalendar,
    Notes,
    Reading,
)
from events.domain.incoming.properties import Block
from kit.ical import one_line
from kit.walltime import UnknownZone, canonical_zone

PATIENCE = 8.0
_PRIVATE = {"PRIVATE", "CONFIDENTIAL"}
CUT = f"Only the first {MOST_ENTRIES:,} dates were taken."
DAY = timedelta(days=1)


def read(raw: bytes, *, zone: str, start: datetime, end: datetime) -> Reading:
    """The entries of a calendar file that are not over at ``start`` and begin before ``end``.

    ``zone`` is for times that name none. Descriptions, people and alarms are not looked at. Raises
    NotACalendar; what is wrong with single events becomes a note.
    """
    calendars = _parsed(raw)
    notes = Notes()
    entries: dict[tuple[str, str], Incoming] = {}
    for calendar in calendars:
        reader = _Reader(Clocks(_home(calendar, zone), notes), (start, end), notes)
        for entry in reader.entries(calendar):
            if len(entries) >= MOST_ENTRIES:
                notes.add(CUT, CUT)
                break
            entries.setdefault((entry.uid, entry.recurrence), entry)
    found = sorted(entries.values(), key=lambda entry: (entry.starts_at, entry.uid))
    return Reading(_name(calendars[0]), found, notes.sentences())


def _parsed(raw: bytes) -> list[Block]:
    text = _decoded(raw).lstrip()
    if text[:1] == "<" or "<html" in text[:1000].lower():
        raise NotACalendar(
            "There is a web page at this address, not a calendar. Look for the calendar's "
            "“iCal” or “ICS” address in the program it is kept in."
        )
    if not text:
        raise NotACalendar("The file at this address is empty.")
    if "BEGIN:VCALENDAR" not in text[:100_000].upper():
        raise NotACalendar("What is at this address is not a calendar: it has no VCALENDAR in it.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as a zone guessed from a vendor's name
            found = Calendar.from_ical(text.encode(), multiple=True)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NotACalendar(
            "The calendar at this address is damaged: it cannot be read to its end."
        ) from None
    calendars = [one for one in found if one.name == "VCALENDAR"]
    if not calendars:
        raise NotACalendar("The calendar at this address is damaged: it has no beginning or end.")
    return calendars


def _decoded(raw: bytes) -> str:
    """UTF-8, as calendars must be (RFC 5545 §3.1.4), or what old programs write instead."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _home(calendar: Block, zone: str) -> str:
    """The zone of floating times: what the calendar says of itself, or that of its alliance."""
    try:
        own = canonical_zone(str(calendar.get("X-WR-TIMEZONE", "")) or zone)
    except UnknownZone:
        return zone
    return zone if own == "UTC" else own  # programs write UTC where nobody chose


def _name(calendar: Block) -> str:
    return one_line(str(calendar.get("X-WR-CALNAME", "") or calendar.get("NAME", "")))[:120]


@dataclass
class _Reader:
    clocks: Clocks
    window: tuple[datetime, datetime]
    notes: Notes

    def __post_init__(self) -> None:
        self.patience = series.Patience(PATIENCE)

    def entries(self, calendar: Block) -> Iterator[Incoming]:
        """All entries of one calendar inside the window."""
        for uid, events in self._by_uid(calendar).items():
            try:
                yield from self._of_one(uid, events)
            except series.NoDates as no:
                self.notes.add(no.one, no.many)
            except NoSuchMoment:
                self.notes.add(
                    "One event lies in a year that cannot be meant; it was left out.",
                    "{n} events lie in years that cannot be meant; they were left out.",
                )
        yield from self._free_busy(calendar)

    def _by_uid(self, calendar: Block) -> dict[str, list[Block]]:
        groups: dict[str, list[Block]] = {}
        for event in calendar.walk("VEVENT"):
            if not hasattr(properties.one(event, "DTSTART"), "dt"):
                self.notes.add(
                    "One event has no start that can be read; it was left out.",
                    "{n} events have no start that can be read; they were left out.",
                )
                continue
            groups.setdefault(properties.uid(event), []).append(event)
        return groups

    def _of_one(self, uid: str, events: list[Block]) -> Iterator[Incoming]:
        """The dates of one UID: what its rule gives, with the changed ones in their place."""
        plain = [event for event in events if not properties.has(event, "RECURRENCE-ID")]
        changed = [event for event in events if properties.has(event, "RECURRENCE-ID")]
        dates: dict[str, tuple[Block, Moment]] = {}
        if plain:
            dates = self._dates(max(plain, key=properties.age))
        for event in sorted(changed, key=properties.age):
            key = self._key_among(dates, event)
            dates[key] = event, self.clocks.moment(properties.one(event, "DTSTART"))
            if properties.one(event, "RECURRENCE-ID").params.get("RANGE"):
                self.notes.add(
                    "One change is for a date and all after it; it was taken for that date only.",
                    "{n} changes are for a date and all after it; "
                    "they were taken for those dates only.",
                )
        for key, (event, starts) in dates.items():
            entry = self._entry(event, starts)
            if entry is not None and self._is_wanted(entry):
                yield replace(entry, uid=uid, recurrence=key)

    def _dates(self, event: Block) -> dict[str, tuple[Block, Moment]]:
        """Each date of an event by its key; an event that stands alone has the key ""."""
        first = self.clocks.moment(properties.one(event, "DTSTART"))
        has_rule, more = properties.has(event, "RRULE"), self._listed(event, "RDATE", first)
        if "RRULE" in properties.broken(event):
            self.notes.add(series.UNREADABLE.one, series.UNREADABLE.many)
        if not has_rule and not more:
            return {"": (event, first)}
        moments = [first, *more]
        try:
            for rule in properties.many(event, "RRULE"):
                moments += self._by_rule(rule, first)
        except series.NoDates as no:
            if no is not series.UNREADABLE:
                raise
            self.notes.add(no.one, no.many)
        without = {_key(one) for one in self._listed(event, "EXDATE", first)}
        days = {key for key in without if len(key) == 8}
        return {
            _key(one): (event, one)
            for one in moments
            if _key(one) not in without and f"{one.local:%Y%m%d}" not in days
        }

    def _by_rule(self, rule: Any, first: Moment) -> list[Moment]:
        if not isinstance(rule, vRecur):
            raise series.UNREADABLE
        begin, end = (
            at.astimezone(first.zone).replace(tzinfo=None) + margin
            for at, margin in zip(self.window, (-32 * DAY, DAY), strict=True)
        )
        found = series.starts(
            rule,
            first.local,
            first.zone,
            window=(begin, end),
            patience=self.patience,
        )
        return [Moment(local, first.zone, first.is_day) for local in found]

    def _listed(self, event: Block, name: str, first: Moment) -> list[Moment]:
        """The dates of RDATE or EXDATE; those that cannot be read are passed over."""
        found = []
        for values in properties.many(event, name):
            tzid = str(getattr(values, "params", {}).get("TZID", ""))
            for value in getattr(values, "dts", []):
                try:
                    found.append(self.clocks.moment(value, tzid=tzid))
                except NoSuchMoment:
                    continue
        return found[: 4 * MOST_ENTRIES]

    def _key_among(self, dates: dict[str, tuple[Block, Moment]], event: Block) -> str:
        """The key of the date that ``event`` changes. A bare day means the date on that day."""
        original = self.clocks.moment(properties.one(event, "RECURRENCE-ID"))
        key = _key(original)
        if original.is_day and key not in dates:
            same = (known for known, (_, at) in dates.items() if f"{at.local:%Y%m%d}" == key)
            return next(same, key)
        return key

    def _is_wanted(self, entry: Incoming) -> bool:
        start, end = self.window
        return entry.starts_at < end and (entry.ends_at > start or entry.starts_at >= start)

    def _entry(self, event: Block, starts: Moment) -> Incoming | None:
        ends = self._end(event, starts)
        if ends < starts.at:
            self.notes.add(
                "One event ends before it starts; it was left out.",
                "{n} events end before they start; they were left out.",
            )
            return None
        days = _days(starts, ends) if starts.is_day else (None, None)
        is_private = properties.word(event, "CLASS") in _PRIVATE
        return Incoming(
            uid="",
            recurrence="",
            starts_at=starts.at,
            ends_at=ends,
            starts_on=days[0],
            ends_on=days[1],
            time_zone=self.clocks.name_of(starts),
            title="" if is_private else properties.line(event, "SUMMARY"),
            location="" if is_private else properties.place(event),
            url="" if is_private else properties.url(event),
            status=properties.status(event),
            is_busy=properties.is_busy(event),
        )

    def _end(self, event: Block, starts: Moment) -> datetime:
        """Where a date ends: as long after its start as the first one of its series.

        Exactly as long for DTEND, by the clock for the days of a DURATION (RFC 5545 §3.8.5.3).
        Without either a day ends with itself, and a time at once (§3.6.1).
        """
        first = self.clocks.moment(properties.one(event, "DTSTART"))
        if properties.has(event, "DTEND"):
            last = self.clocks.moment(properties.one(event, "DTEND"))
            if starts.is_day:
                days = max((last.local.date() - first.local.date()).days, 1)
                return replace(starts, local=starts.local + timedelta(days=days)).at
            return starts.at + (last.at - first.at)
        length = timedelta()
        if isinstance(given := getattr(properties.one(event, "DURATION"), "dt", None), timedelta):
            length = given
        if starts.is_day:
            length = max(timedelta(days=length.days), DAY)
        try:
            later = replace(starts, local=starts.local + timedelta(days=length.days))
        except OverflowError:
            raise NoSuchMoment from None
        return later.at + timedelta(seconds=length.seconds)

    def _free_busy(self, calendar: Block) -> Iterator[Incoming]:
        """The periods of VFREEBUSY, for those who give no more than that."""
        for block in calendar.walk("VFREEBUSY"):
            for value in properties.many(block, "FREEBUSY"):
                if str(value.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                    continue
                try:
                    entry = self._period(value)
                except (NoSuchMoment, AttributeError, TypeError, ValueError, OverflowError):
                    continue
                if self._is_wanted(entry):
                    yield entry

    def _period(self, value: Any) -> Incoming:
        starts = self.clocks.moment(value.start)
        ends = self.clocks.moment(value.end)
        span = f"{starts.at:%Y%m%dT%H%M%SZ}/{ends.at:%Y%m%dT%H%M%SZ}"
        return Incoming(
            uid=f"busy-{span}",
            recurrence="",
            starts_at=starts.at,
            ends_at=max(ends.at, starts.at),
            starts_on=None,
            ends_on=None,
            time_zone=self.clocks.home,
            title="",
            location="",
            url="",
            status="CONFIRMED",
            is_busy=True,
        )


def _days(starts: Moment, ends: datetime) -> tuple[date, date]:
    last = ends.astimezone(starts.zone).date()
    return starts.local.date(), max(last, starts.local.date() + DAY)


def _key(moment: Moment) -> str:
    if moment.is_day:
        return f"{moment.local:%Y%m%d}"
    return f"{moment.at:%Y%m%dT%H%M%SZ}"
