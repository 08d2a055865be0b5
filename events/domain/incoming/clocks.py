"""What the times in somebody else's calendar mean (RFC 5545 §3.2.19, §3.3.4, §3.3.5).

icalendar finds the zone of a TZID: IANA names, Windows names, those behind a vendor's prefix, and
zones the file defines itself. What it leaves without a zone is floating or names one nobody knows.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from icalendar import vDDDTypes

from events.domain.incoming.entries import Notes
from kit.ical import one_line
from kit.walltime import UnknownZone, canonical_zone

FIRST_YEAR, LAST_YEAR = 1900, 2199


class NoSuchMoment(Exception):
    """A time outside the years there can be events in."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it was written: ``local`` on the clock of ``zone``, or a whole day."""

    local: datetime
    zone: tzinfo
    is_day: bool

    @property
    def at(self) -> datetime:
        """The instant in UTC. A time that clocks jump over counts with the offset before the
        jump, one that comes twice is the first (RFC 5545 §3.3.5)."""
        try:
            return self.local.replace(tzinfo=self.zone).astimezone(UTC)
        except (OverflowError, ValueError):
            raise NoSuchMoment from None


@dataclass
class Clocks:
    """Reads times; ``home`` is the zone of what names none."""

    home: str
    notes: Notes = field(default_factory=Notes)

    def moment(self, written: vDDDTypes | date, *, tzid: str = "") -> Moment:
        """The moment of a property such as DTSTART, or of one value in a list with its ``tzid``.

        Raises NoSuchMoment.
        """
        value = getattr(written, "dt", written)
        named = tzid or str(getattr(written, "params", {}).get("TZID", ""))
        if isinstance(value, tuple):  # a period, of which the start counts
            value = value[0]
        if not isinstance(value, date) or not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise NoSuchMoment
        here = ZoneInfo(self.home)
        if not isinstance(value, datetime):
            return Moment(datetime.combine(value, time()), here, is_day=True)
        if value.tzinfo is not None:
            return Moment(value.replace(tzinfo=None, fold=0), value.tzinfo, is_day=False)
        if named:
            said = (
                f"The time zone “{one_line(named)[:40]}” is not one we know; "
                f"its times were read as {self.home}."
            )
            self.notes.add(said, said)
        return Moment(value, here, is_day=False)

    def name_of(self, moment: Moment) -> str:
        """The IANA name of a moment's zone, for showing it; the home zone where it has none."""
        key = getattr(moment.zone, "key", "")
        try:
            name = canonical_zone(key) if key else self.home
        except UnknownZone:
            return self.home
        return self.home if name == "UTC" else name
