"""VTIMEZONE components that agree with the tz database to the second (RFC 5545 §3.6.5).

A zone is read from the TZif file that ``zoneinfo`` itself would open: the first hit on
``zoneinfo.TZPATH``, else the ``tzdata`` package. So local times and the calendars that carry them
follow one edition of the database. Which edition that is, is a setting of the whole program
(``PYTHONTZPATH=""`` lets the pinned package win over the system's files), never of this module.

A TZif file (RFC 9636) lists past transitions and ends in a POSIX rule for all later ones. Where
that rule has held long enough it becomes two observances with ``RRULE:FREQ=YEARLY``: the one form
every calendar program reads, and right as well for those that keep the first VTIMEZONE they meet
under a name. What no rule covers is written out, an observance for each transition, without RDATE,
which Outlook ignores.

The onset of an observance is DTSTART read with TZOFFSETFROM, the offset *before* the change. In
spring New York goes forward at 02:00 (-0500), and the DAYLIGHT part says 02:00, not 03:00.
"""

import re
import struct
import zoneinfo
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

FIRST_YEAR, LAST_YEAR = 1970, 2199
_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")

_HEADER = struct.Struct(">4s16x6l")
_POSIX_NAME = r"<[^>]+>|[A-Za-z]+"
_POSIX_TIME = r"[+-]?\d+(?::\d+){0,2}"
_POSIX_RULE = rf"M\d+\.\d\.\d(?:/{_POSIX_TIME})?"
_FOOTER = re.compile(
    rf"(?P<std>{_POSIX_NAME})(?P<std_offset>{_POSIX_TIME})"
    rf"(?:(?P<dst>{_POSIX_NAME})(?P<dst_offset>{_POSIX_TIME})?"
    rf",(?P<starts>{_POSIX_RULE}),(?P<ends>{_POSIX_RULE}))?"
)


@dataclass(frozen=True, slots=True)
class _Phase:
    """What clocks do for a while: seconds east of UTC, its name, and the tz database's flag."""

    offset: int
    name: str
    is_daylight: bool

    def looks_like(self, other: "_Phase") -> bool:
        return (self.offset, self.name) == (other.offset, other.name)


@dataclass(frozen=True, slots=True)
class _Onset:
    """A change of clocks: ``at`` in seconds since 1970 UTC, and the phases on both sides."""

    at: int
    before: _Phase
    after: _Phase

    @property
    def local(self) -> datetime:
        """The wall clock at the change as the old offset shows it: DTSTART of the observance."""
        return _EPOCH + timedelta(seconds=self.at + self.before.offset)

    @property
    def is_daylight(self) -> bool:
        """Whether clocks go forward into a season.

        The flag of the tz database is not enough: Dublin calls its winter the exception, and
        programs expect the DAYLIGHT part to be the one further east.
        """
        if self.before.is_daylight == self.after.is_daylight:
            return self.after.is_daylight
        return self.after.offset > self.before.offset


@dataclass(frozen=True, slots=True)
class _Rule:
    """A POSIX yearly rule ``Mm.w.d/time``: a weekday of a month and seconds from its midnight."""

    month: int
    week: int
    weekday: int  # 0 is Sunday
    seconds: int
    before: _Phase
    after: _Phase

    @property
    def rrule(self) -> str:
        """The rule as an RRULE; "" where there is none.

        The files also count "26 o'clock on Thursday" and "-1 o'clock". Then the onset is another
        weekday among seven days of the month, and there is no RRULE if those leave the month.
        """
        days_later = self.seconds // _DAY
        weekday = _WEEKDAYS[(self.weekday + days_later) % 7]
        if days_later == 0:
            nth = -1 if self.week == 5 else self.week
            return f"FREQ=YEARLY;BYMONTH={self.month};BYDAY={nth}{weekday}"
        length = monthrange(2027, self.month)[1]
        first = (length - 6 if self.week == 5 else 7 * self.week - 6) + days_later
        if first < 1 or first + 6 > length or (self.week == 5 and self.month == 2):
            return ""
        among = ",".join(str(day) for day in range(first, first + 7))
        return f"FREQ=YEARLY;BYMONTH={self.month};BYMONTHDAY={among};BYDAY={weekday}"

    def onset(self, year: int) -> _Onset:
        first = date(year, self.month, 1)
        day = (self.weekday - first.isoweekday()) % 7 + 7 * (self.week - 1)
        while (first + timedelta(days=day)).month != self.month:  # "fifth" means the last one
            day -= 7
        midnight = (first.toordinal() + day - _EPOCH.toordinal()) * _DAY
        return _Onset(midnight + self.seconds - self.before.offset, self.before, self.after)


@dataclass(frozen=True, slots=True)
class _Zone:
    """A TZif file: the phase before all changes, the changes listed, the rules for those after.

    ``listed_until`` may lie later than the last change: Riga's file says "still the same in 2001"
    to keep the rule from reaching back into a year without summer time.
    """

    start: _Phase
    listed: tuple[_Onset, ...]
    listed_until: int
    rules: tuple[_Rule, ...]

    def onsets(self, last_year: int) -> Iterator[_Onset]:
        """Every change of clocks up to the end of ``last_year``, oldest first."""
        yield from self.listed
        first_year = (_EPOCH + timedelta(seconds=self.listed_until)).year
        for year in range(first_year, last_year + 1):
            ruled = sorted((rule.onset(year) for rule in self.rules), key=lambda onset: onset.at)
            yield from (onset for onset in ruled if onset.at > self.listed_until)


@lru_cache(maxsize=1024)
def vtimezone(tzid: str, first_year: int, last_year: int) -> bytes:
    """The VTIMEZONE of ``tzid``, exact for every second of the years given (both included).

    Args:
        tzid: a name of the IANA time zone database, such as ``America/Denver``.
        first_year: of the earliest local time that refers to it, 1970 or later.
        last_year: of the latest one, 2199 or earlier.

    Returns the component as UTF-8, lines ended by CRLF, no line longer than 75 octets. There is
    always a STANDARD part; a zone whose clocks stay put in those years has nothing else.

    Raises ``zoneinfo.ZoneInfoNotFoundError`` where there is no such zone and ValueError for a
    name that could not be one or for years out of range.

    Source: RFC 5545 §3.6.5 (onset is DTSTART with TZOFFSETFROM), RFC 9636 (TZif and its footer),
    MS-OXCICAL 2.1.3.1.1.19.2.2 (what Outlook reads: FREQ=YEARLY with one BYDAY).
    """
    if not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
        raise ValueError(f"years {first_year} to {last_year} are not within 1970 to 2199")
    zone = _read(tzid)
    onsets = list(zone.onsets(last_year + 1))
    rules, ruled_at = _rules_from(zone.rules, onsets, last_year)
    listed = [
        onset for onset in _within(zone, onsets, first_year, last_year) if onset.at < ruled_at
    ]

    parts = [(onset, "") for onset in listed] + rules
    has_standard = any(not onset.is_daylight for onset, _ in parts)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}"]
    for number, (onset, rrule) in enumerate(parts):
        # Where clocks stay put on what the database calls summer time, that is the standard.
        is_daylight = onset.is_daylight and (has_standard or number > 0)
        lines += _observance("DAYLIGHT" if is_daylight else "STANDARD", onset, rrule)
    lines.append("END:VTIMEZONE")
    return "".join(f"{line}\r\n" for line in lines).encode()


@cache
def tzdata_version() -> str:
    """The edition of the tz database local times follow here, such as ``2026f``.

    Part of every key under which something derived from local times is kept: it names the files
    that ``zoneinfo`` opens first, or the ``tzdata`` package where the system has none.
    """
    for root in zoneinfo.TZPATH:
        if Path(root, "UTC").is_file():
            source = Path(root, "tzdata.zi")
            # Some systems leave the file out; then the place is the best name there is.
            return _edition(source.read_text("utf-8")) if source.is_file() else root
    return _edition(resources.files("tzdata.zoneinfo").joinpath("tzdata.zi").read_text("utf-8"))


def _edition(source: str) -> str:
    return source.split("\n", 1)[0].removeprefix("# version ").strip()


def _rules_from(
    rules: tuple[_Rule, ...], onsets: list[_Onset], last_year: int
) -> tuple[list[tuple[_Onset, str]], float]:
    """The rules with their first onsets, and from when on they alone say what clocks do.

    They start in the earliest year from which every change is one the rules foresee: 2007 for
    the United States. Nothing, and infinity, where they hold too late or cannot be an RRULE.
    """
    if not rules or not all(rule.rrule for rule in rules):
        return [], float("inf")
    by_year: dict[int, set[_Onset]] = {}
    for onset in onsets:
        by_year.setdefault(onset.local.year, set()).add(onset)
    year = last_year + 1
    while year >= FIRST_YEAR and by_year.get(year) == {rule.onset(year) for rule in rules}:
        year -= 1
    if year >= last_year:
        return [], float("inf")
    parts = [(rule.onset(year + 1), rule.rrule) for rule in rules]
    return parts, min(onset.at for onset, _ in parts)


def _within(zone: _Zone, onsets: list[_Onset], first_year: int, last_year: int) -> Iterator[_Onset]:
    """The onset in force when ``first_year`` begins, and each one until ``last_year`` is over."""
    # A day more on either side, because local years begin up to 14 hours away from UTC's.
    start, end = _seconds(first_year) - _DAY, _seconds(last_year + 1) + _DAY
    in_force = None
    for onset in onsets:
        if onset.at <= start:
            in_force = onset
    if in_force is None or in_force.at < 0:
        phase = in_force.after if in_force else zone.start
        in_force = _Onset(-phase.offset, phase, phase)  # local midnight of January 1, 1970
    yield in_force
    yield from (onset for onset in onsets if start < onset.at < end)


def _observance(kind: str, onset: _Onset, rrule: str) -> list[str]:
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{onset.local:%Y%m%dT%H%M%S}",
        *([f"RRULE:{rrule}"] if rrule else []),
        f"TZOFFSETFROM:{_utc_offset(onset.before.offset)}",
        f"TZOFFSETTO:{_utc_offset(onset.after.offset)}",
        f"TZNAME:{onset.after.name}",
        f"END:{kind}",
    ]


def _utc_offset(seconds: int) -> str:
    """RFC 5545 §3.3.14: ``-0700``, with seconds only where there are some."""
    minutes, rest = divmod(abs(seconds), 60)
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{rest:02}" if rest else "")


def _seconds(year: int) -> int:
    return (date(year, 1, 1).toordinal() - _EPOCH.toordinal()) * _DAY


# -- reading TZif (RFC 9636 §3)


def _open(tzid: str) -> bytes:
    zoneinfo.ZoneInfo(tzid)  # knows which names are names: nothing outside the database is opened
    for root in zoneinfo.TZPATH:
        path = Path(root, tzid)
        if path.is_file():
            return path.read_bytes()
    return resources.files("tzdata.zoneinfo").joinpath(*tzid.split("/")).read_bytes()


def _read(tzid: str) -> _Zone:
    content = _open(tzid)
    _, _, leaps, times, types, letters = _counts(content, 0)
    # The first block has 32-bit times and is there for old readers only.
    flags = sum(_counts(content, 0)[:2])
    second = _HEADER.size + 5 * times + 6 * types + letters + 8 * leaps + flags

    flags = sum(_counts(content, second)[:2])
    _, _, leaps, times, types, letters = _counts(content, second)
    at = second + _HEADER.size
    moments = struct.unpack_from(f">{times}q", content, at)
    numbers = content[at + 8 * times : at + 9 * times]
    at += 9 * times
    names = content[at + 6 * types : at + 6 * types + letters]
    phases = [_phase(content, at + 6 * number, names) for number in range(types)]
    footer = content[at + 6 * types + letters + 12 * leaps + flags :].strip(b"\n").decode("ascii")

    listed, phase = [], phases[0]
    for moment, number in zip(moments, numbers, strict=True):
        if not phases[number].looks_like(phase):
            listed.append(_Onset(moment, phase, phases[number]))
        phase = phases[number]
    return _Zone(phases[0], tuple(listed), max(moments, default=0), _rules(footer))


def _counts(content: bytes, at: int) -> tuple[int, ...]:
    magic, *counts = _HEADER.unpack_from(content, at)
    if magic != b"TZif":
        raise ValueError("not a TZif file")
    return tuple(counts)


def _phase(content: bytes, at: int, names: bytes) -> _Phase:
    offset, is_daylight, start = struct.unpack_from(">l?B", content, at)
    return _Phase(offset, names[start : names.index(b"\0", start)].decode("ascii"), is_daylight)


def _rules(footer: str) -> tuple[_Rule, ...]:
    """Two rules, or none where the footer names one offset for ever.

    Raises ValueError for the day-of-year form ("J60"), which no zone has used since 2023.
    """
    found = _FOOTER.fullmatch(footer)
    if found is None:
        raise ValueError(f"cannot read the rule {footer!r} of a time zone")
    if found["dst"] is None:
        return ()
    standard_offset = -_posix_seconds(found["std_offset"])  # POSIX counts west of Greenwich
    daylight_offset = (
        -_posix_seconds(found["dst_offset"]) if found["dst_offset"] else standard_offset + 3600
    )
    standard = _Phase(standard_offset, found["std"].strip("<>"), is_daylight=False)
    daylight = _Phase(daylight_offset, found["dst"].strip("<>"), is_daylight=True)
    return (
        _rule(found["starts"], standard, daylight),
        _rule(found["ends"], daylight, standard),
    )


def _rule(text: str, before: _Phase, after: _Phase) -> _Rule:
    day, _, time = text.partition("/")
    month, week, weekday = (int(part) for part in day.removeprefix("M").split("."))
    return _Rule(month, week, weekday, _posix_seconds(time or "2"), before, after)


def _posix_seconds(text: str) -> int:
    """Seconds in ``[+-]h[h][:mm[:ss]]``."""
    hours, minutes, seconds = [*map(int, text.lstrip("+-").split(":")), 0, 0][:3]
    size = hours * 3600 + minutes * 60 + seconds
    return -size if text.startswith("-") else size
