"""Clocks on the wall: from local time to UTC and back, and how times are said on pages and paper.

A promise is kept as wall time with an IANA zone; UTC is worked out from it. Two nights a year
that goes wrong: a time may not exist or may come twice, and then the person is asked. Wording is
US English; a zone is always named as people name it, because Arizona and Colorado share the
letters MST but not the summer.
"""

from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from kit.errors import Invalid

FIRST_YEAR, LAST_YEAR = 1970, 2199

# What Americans call the zones of the tz database. Outside this list a zone is called by its city.
_SPOKEN = {
    **dict.fromkeys(("EST", "EDT"), "Eastern"),
    **dict.fromkeys(("CST", "CDT"), "Central"),
    **dict.fromkeys(("MST", "MDT"), "Mountain"),
    **dict.fromkeys(("PST", "PDT"), "Pacific"),
    **dict.fromkeys(("AKST", "AKDT"), "Alaska"),
    "HST": "Hawaii",
}
# Their letters say a neighbour's name: no summer time in Phoenix, one in the Aleutians.
_OWN_NAMES = {"America/Phoenix": "Arizona", "America/Adak": "Adak", "UTC": "UTC"}

# What people write instead of a zone, and what they may mean.
_MEANT = {
    "eastern": ("America/New_York",),
    "central": ("America/Chicago",),
    "mountain": ("America/Denver",),
    "arizona": ("America/Phoenix",),
    "pacific": ("America/Los_Angeles",),
    "alaska": ("America/Anchorage",),
    "hawaii": ("Pacific/Honolulu",),
    **dict.fromkeys(("est", "edt", "et", "est5edt"), ("America/New_York",)),
    **dict.fromkeys(("cst", "cdt", "ct", "cst6cdt"), ("America/Chicago",)),
    **dict.fromkeys(("mst", "mt"), ("America/Denver", "America/Phoenix")),
    **dict.fromkeys(("mdt", "mst7mdt"), ("America/Denver",)),
    **dict.fromkeys(("pst", "pdt", "pt", "pst8pdt"), ("America/Los_Angeles",)),
    **dict.fromkeys(("akst", "akdt"), ("America/Anchorage",)),
    "hst": ("Pacific/Honolulu",),
}
_UTC_NAMES = {"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"}


class NoSuchTime(Invalid):
    """Clocks jump over this local time."""

    code = "no-such-time"


class TwiceTime(Invalid):
    """Clocks show this local time twice; ``facts["options"]`` names both, for ``fold`` 0 and 1."""

    code = "time-happens-twice"


class UnknownZone(Invalid):
    """Not a zone of the tz database; ``facts["suggestions"]`` lists those that may be meant."""

    code = "unknown-zone"


class DateOutOfRange(Invalid):
    """A year no event of ours can be in, most likely a slip of the keyboard."""

    code = "date-out-of-range"


# -- zones


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Every zone name with the name to keep for it, from the pinned ``tzdata`` package.

    Names that the package lists by country stay as they are; others that are links (``US/Arizona``,
    ``Asia/Calcutta``) become what they point to. Bare letters such as ``MST`` are left out: the
    database has them for old computers, and they mean two different things to people.
    """
    source = resources.files("tzdata.zoneinfo")
    table = source.joinpath("zone.tab").read_text("utf-8").splitlines()
    kept = {line.split("\t")[2] for line in table if not line.startswith("#")}
    found = {name: name for name in kept}
    for line in source.joinpath("tzdata.zi").read_text("utf-8").splitlines():
        kind, *words = line.split(" ")
        if kind == "Z":
            found.setdefault(words[0], words[0])
        elif kind == "L":
            found.setdefault(words[1], words[0])
    found = {name: target for name, target in found.items() if not _is_letters(name)}
    return found | dict.fromkeys(_UTC_NAMES, "UTC")


def _is_letters(name: str) -> bool:
    return name.lower() in _MEANT or name in {"CET", "EET", "MET", "WET", "Factory"}


@lru_cache(maxsize=1)
def _american() -> frozenset[str]:
    """The zones the tz database lists for the United States."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    return frozenset(line.split("\t")[2] for line in table.splitlines() if line.startswith("US\t"))


def is_zone(name: str) -> bool:
    """Whether ``name`` is a zone of the tz database, by its own name or an older one."""
    return name in _zones()


def canonical_zone(name: str) -> str:
    """The one name under which a zone is kept: ``US/Arizona`` becomes ``America/Phoenix``.

    All names for UTC become ``UTC``. Raises UnknownZone, with the zones that may be meant.
    """
    name = name.strip()
    zone = _zones().get(name)
    if zone is not None:
        return zone
    if not name:
        raise UnknownZone("Choose a time zone, such as America/Denver.")
    likely = _likely_zones(name)
    sentence = f"“{name[:60]}” is not a time zone we know."
    question = f" Did you mean {' or '.join(likely)}?" if likely else " Try America/Denver."
    unknown = UnknownZone(sentence + question)
    unknown.facts["suggestions"] = likely
    raise unknown


def _likely_zones(name: str) -> list[str]:
    """Zones named by what people say, by another case, by city, or by a slip of the pen."""
    name = "_".join(name[:60].lower().split())
    if spoken := _MEANT.get(name.removesuffix("_time")):
        return list(spoken)
    zones = _zones()
    by_text: dict[str, str] = {}
    for known, zone in zones.items():
        by_text.setdefault(known.lower(), zone)
        by_text.setdefault(known.rsplit("/", 1)[-1].lower(), zone)
    close = get_close_matches(name, by_text, n=1, cutoff=0.75)
    return [by_text[text] for text in close]


def city(zone: str) -> str:
    """``Denver`` of ``America/Denver``."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def zone_label(zone: str, at: datetime) -> str:
    """What people call the clocks of ``zone`` at an instant.

    Eastern, Central, Mountain, Arizona, Pacific, Alaska and Hawaii within the United States,
    elsewhere the city (design §5).
    """
    zone = _zones().get(zone, zone)
    if zone in _OWN_NAMES:
        return _OWN_NAMES[zone]
    here = at.astimezone(ZoneInfo(zone))
    if zone.startswith("Etc/"):  # Etc/GMT+7 is seven hours *behind* Greenwich
        return utc_offset(here)
    spoken = _SPOKEN.get(here.tzname() or "") if zone in _american() else None
    return spoken or city(zone)


def utc_offset(at: datetime) -> str:
    """``UTC-7`` or ``UTC+5:30`` of an aware time."""
    offset = at.utcoffset() or timedelta()
    minutes = abs(offset) // timedelta(minutes=1)
    sign = "-" if offset < timedelta() else "+"
    return f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02}" if minutes % 60 else "")


# -- wall time to UTC


def to_utc(local: datetime, zone: str, *, fold: int | None = None) -> datetime:
    """The instant at which clocks in ``zone`` show ``local``.

    Args:
        local: a wall time without zone.
        zone: IANA name, an older name allowed.
        fold: where the time comes twice, 0 for the first and 1 for the second; else ignored.

    Raises NoSuchTime, TwiceTime (twice, and ``fold`` not given), UnknownZone, or DateOutOfRange
    outside 1970 to 2199; ValueError where ``local`` is not a wall time.
    """
    if local.tzinfo is not None:
        raise ValueError("a wall time has no zone of its own")
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise DateOutOfRange(f"{local.year} cannot be right. Choose a year from 1970 to 2199.")
    zone = canonical_zone(zone)
    here = ZoneInfo(zone)
    first = local.replace(tzinfo=here, fold=0)
    second = local.replace(tzinfo=here, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    first_at, second_at = first.astimezone(UTC), second.astimezone(UTC)
    if first_at > second_at:
        raise _no_such_time(local, zone, second_at, first_at)
    if fold is None:
        raise _twice(local, zone, first_at, second_at)
    return second_at if fold else first_at


def happens_twice(at: datetime, zone: str) -> bool:
    """Whether the wall time shown in ``zone`` at this instant is shown at another one as well."""
    here = at.astimezone(ZoneInfo(zone))
    first, second = (here.replace(fold=fold).utcoffset() for fold in (0, 1))
    # In a gap the two offsets differ too, but an instant never shows a time that does not exist.
    return first != second


def _no_such_time(local: datetime, zone: str, before: datetime, after: datetime) -> NoSuchTime:
    """``before`` and ``after`` are instants on either side of the jump."""
    here = ZoneInfo(zone)
    old, new = before.astimezone(here).utcoffset(), after.astimezone(here).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(here).utcoffset() == old:
            before = middle
        else:
            after = middle
    jump = after.replace(tzinfo=None)
    start, end = jump + (old or timedelta()), jump + (new or timedelta())
    when = "that night" if start.hour < 6 or start.hour >= 20 else "that day"
    return NoSuchTime(
        f"{clock(local)} on {month_day(local)} does not exist in {city(zone)}: "
        f"clocks go from {_jump(start, end)} {when}. Choose another time."
    )


def _jump(start: datetime, end: datetime) -> str:
    """``2 to 3 a.m.``, ``11:30 p.m. to 12:30 a.m.``, or with dates where a whole day is skipped."""
    if end - start >= timedelta(days=1):
        return f"{clock(start)} on {month_day(start)} to {clock(end)} on {month_day(end)}"
    first, second = clock(start), clock(end)
    if first[-4:] == second[-4:]:
        first = first[:-5]
    return f"{first} to {second}"


def _twice(local: datetime, zone: str, first: datetime, second: datetime) -> TwiceTime:
    here = ZoneInfo(zone)
    options = [
        {
            "fold": fold,
            "utc": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "offset": utc_offset(at.astimezone(here)),
            "label": f"{clock(local)}, {which} time ({utc_offset(at.astimezone(here))})",
        }
        for fold, which, at in ((0, "the first", first), (1, "the second", second))
    ]
    twice = TwiceTime(
        f"{clock(local)} on {month_day(local)} happens twice in {city(zone)}, because clocks go "
        f"back. Say which one you mean: the first ({options[0]['offset']}) or the second "
        f"({options[1]['offset']})."
    )
    twice.facts["options"] = options
    return twice


# -- words


def clock(at: datetime | time) -> str:
    """``11 a.m.``, ``12:15 p.m.``; noon is ``12 p.m.``, midnight ``12 a.m.``."""
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'a.m.' if at.hour < 12 else 'p.m.'}"


def month_day(day: date) -> str:
    """``March 14, 2027``."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def long_date(day: date) -> str:
    """``Wednesday, January 13, 2027``."""
    return f"{_WEEKDAYS[day.weekday()]}, {month_day(day)}"


def short_date(day: date) -> str:
    """``Wed, Dec 2``."""
    return f"{_WEEKDAYS[day.weekday()][:3]}, {_MONTHS[day.month - 1][:3]} {day.day}"


def time_range(start: datetime, end: datetime, zone: str) -> str:
    """``11 a.m. to 12:15 p.m. Mountain``, from two instants.

    The days are named where it ends on another one, midnight not counted. A time that clocks show
    twice that night carries its offset.
    """
    here = ZoneInfo(zone)
    first, last = start.astimezone(here), end.astimezone(here)
    first_text, last_text = _exact_clock(first), _exact_clock(last)
    ends_at_midnight = last.time() == time() and last.date() == first.date() + timedelta(days=1)
    if first.date() != last.date() and not ends_at_midnight:
        first_text = f"{short_date(first)}, {first_text}"
        last_text = f"{short_date(last)}, {last_text}"
    return f"{first_text} to {last_text} {zone_label(zone, start)}"


def reader_line(start: datetime, end: datetime, event_zone: str, reader_zone: str) -> str:
    """The second clock: ``Your time: Wed, Dec 2, 1 p.m. Eastern``.

    ``Same as your local time`` where clocks in both zones agree from start to end, whatever the
    zones are called: Arizona and Colorado do in winter.
    """
    here, there = ZoneInfo(event_zone), ZoneInfo(reader_zone)
    if all(
        at.astimezone(here).utcoffset() == at.astimezone(there).utcoffset()
        for at in _hours(start, end)
    ):
        return "Same as your local time"
    mine = start.astimezone(there)
    return f"Your time: {short_date(mine)}, {_exact_clock(mine)} {zone_label(reader_zone, start)}"


def _hours(start: datetime, end: datetime) -> list[datetime]:
    """Both ends and, so that a night on which one zone changes is not missed, the hours between."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    hours = min((end - start) // timedelta(hours=1), 24 * 14)
    return [start, *(start + timedelta(hours=n) for n in range(1, hours + 1)), end]


def _exact_clock(at: datetime) -> str:
    first, second = (at.replace(fold=fold).utcoffset() for fold in (0, 1))
    return clock(at) if first == second else f"{clock(at)} ({utc_offset(at)})"


# Not strftime's: its names follow the locale of the machine.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
