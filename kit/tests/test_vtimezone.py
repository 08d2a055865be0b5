"""Each VTIMEZONE is read back by a slow reader of its own and held against ``zoneinfo``."""

import zoneinfo
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from io import StringIO

import dateutil.tz
import icalendar
import pytest
import vobject

from kit.vtimezone import tzdata_version, vtimezone

FIRST_YEAR, LAST_YEAR = 2024, 2032
PARTNERS = ["America/Denver", "America/Phoenix", "America/Chicago", "America/New_York"]
EVERY_ZONE = sorted(zoneinfo.available_timezones() - {"localtime"})
SECOND = timedelta(seconds=1)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def clocks(zone, instant):
    local = instant.astimezone(zone)
    return local.utcoffset(), local.tzname()


@lru_cache(maxsize=1024)
def changes(tzid, first_year, last_year):
    """The first second of each new offset or name, found by looking at every tenth day."""
    zone, found = zoneinfo.ZoneInfo(tzid), []
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while at < end:
        before, after = at, at + timedelta(days=10)
        if clocks(zone, before) != clocks(zone, after):
            while after - before > SECOND:
                middle = before + (after - before) // SECOND // 2 * SECOND
                if clocks(zone, middle) == clocks(zone, at):
                    before = middle
                else:
                    after = middle
            found.append(after)
        at += timedelta(days=10)
    return found


def moments_to_check(tzid, first_year, last_year):
    """Both sides of each change to the second, a moment of every 25 days, both new years."""
    zone = zoneinfo.ZoneInfo(tzid)
    at = datetime(first_year, 1, 1, tzinfo=zone).astimezone(UTC)
    last = datetime(last_year, 12, 31, 23, 59, 59, tzinfo=zone).astimezone(UTC)
    for change in changes(tzid, first_year, last_year):
        yield from (change - SECOND, change, change + SECOND)
    while at < last:
        yield at
        at += timedelta(days=25)
    yield last


def seconds_east(text):
    size = int(text[1:3]) * 3600 + int(text[3:5]) * 60 + int(text[5:7] or 0)
    return timedelta(seconds=-size if text[0] == "-" else size)


def day_of_rule(rrule, year):
    """The one day of a year on which a FREQ=YEARLY rule falls, by looking at each of the month."""
    parts = dict(part.split("=") for part in rrule.split(";"))
    assert parts.pop("FREQ") == "YEARLY"
    month, byday = int(parts.pop("BYMONTH")), parts.pop("BYDAY")
    among = [int(day) for day in parts.pop("BYMONTHDAY", "").split(",") if day]
    assert not parts
    days = [date(year, month, 1) + timedelta(days=n) for n in range(31)]
    days = [d for d in days if d.month == month and d.weekday() == WEEKDAYS.index(byday[-2:])]
    if among:
        (day,) = [d for d in days if d.day in among]
        return day
    nth = int(byday[:-2])
    return days[nth - 1] if nth > 0 else days[nth]


class SlowReader:
    """A VTIMEZONE as RFC 5545 §3.6.5 words it: the onset latest before a moment is in force."""

    def __init__(self, block, last_year):
        self.kinds, self.onsets, part = [], [], {}
        for line in block.decode().removesuffix("\r\n").split("\r\n"):
            name, value = line.split(":", 1)
            if name == "BEGIN":
                part = {"BEGIN": value}
            elif name == "END" and value in ("STANDARD", "DAYLIGHT"):
                self.kinds.append(value)
                self.onsets += self.onsets_of(part, last_year)
            else:
                part[name] = value
        self.onsets.sort(key=lambda onset: onset[0])
        self.moments = [onset[0] for onset in self.onsets]

    def onsets_of(self, part, last_year):
        first = datetime.strptime(part["DTSTART"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        starts = [first]
        if "RRULE" in part:
            days = [day_of_rule(part["RRULE"], y) for y in range(first.year, last_year + 2)]
            starts = [datetime.combine(day, first.timetz()) for day in days]
            assert starts[0] == first, "DTSTART is not the first onset of its own rule"
        offset = seconds_east(part["TZOFFSETTO"])
        for start in starts:
            yield start - seconds_east(part["TZOFFSETFROM"]), offset, part["TZNAME"]

    def clocks(self, instant):
        return self.onsets[bisect_right(self.moments, instant) - 1][1:]


@pytest.fixture(params=["first on the path", "package"])
def edition(request):
    """The files ``zoneinfo`` finds by itself, then the pinned package's (shorter ones)."""

    def forget():
        zoneinfo.ZoneInfo.clear_cache()
        vtimezone.cache_clear()
        changes.cache_clear()

    if request.param == "package":
        zoneinfo.reset_tzpath(to=())
    forget()
    yield request.param
    zoneinfo.reset_tzpath()
    forget()


@pytest.mark.parametrize(("first_year", "last_year"), [(2024, 2032), (2026, 2026), (1996, 2028)])
def test_every_iana_zone_agrees_with_zoneinfo_to_the_second(edition, first_year, last_year):
    wrong = []
    for tzid in EVERY_ZONE:
        reader = SlowReader(vtimezone(tzid, first_year, last_year), last_year)
        zone = zoneinfo.ZoneInfo(tzid)
        wrong += [
            (tzid, moment)
            for moment in moments_to_check(tzid, first_year, last_year)
            if reader.clocks(moment) != clocks(zone, moment)
        ]

    assert len(EVERY_ZONE) > 500
    assert wrong == []


def test_the_rule_form_holds_for_any_year_after():
    reader = SlowReader(vtimezone("America/Denver", 2026, 2026), 2090)
    zone = zoneinfo.ZoneInfo("America/Denver")

    for moment in moments_to_check("America/Denver", 2050, 2090):
        assert reader.clocks(moment) == clocks(zone, moment)


def test_every_zone_is_well_formed_and_has_a_standard_part():
    for tzid in EVERY_ZONE:
        block = vtimezone(tzid, FIRST_YEAR, LAST_YEAR)

        assert block.startswith(f"BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\n".encode())
        assert b"BEGIN:STANDARD\r\n" in block
        assert block.endswith(b"END:VTIMEZONE\r\n")
        assert block.count(b"\r\n") == block.count(b"\n") == block.count(b"\r")
        assert max(len(line) for line in block.split(b"\r\n")) <= 75


def test_denver_is_two_yearly_rules_whose_onsets_are_told_by_the_clock_before_the_change():
    assert vtimezone("America/Denver", 2026, 2028).decode().split("\r\n") == [
        "BEGIN:VTIMEZONE",
        "TZID:America/Denver",
        "BEGIN:DAYLIGHT",
        "DTSTART:20070311T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "TZOFFSETFROM:-0700",
        "TZOFFSETTO:-0600",
        "TZNAME:MDT",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20071104T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "TZOFFSETFROM:-0600",
        "TZOFFSETTO:-0700",
        "TZNAME:MST",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    ]


def test_phoenix_is_one_standard_part():
    assert vtimezone("America/Phoenix", 2026, 2028).decode().split("\r\n") == [
        "BEGIN:VTIMEZONE",
        "TZID:America/Phoenix",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:-0700",
        "TZOFFSETTO:-0700",
        "TZNAME:MST",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    ]


def test_years_before_a_rule_began_are_written_out_beside_it():
    block = vtimezone("America/New_York", 2005, 2010)

    assert block.count(b"RRULE:") == 2
    assert SlowReader(block, 2010).kinds == ["STANDARD", *["DAYLIGHT", "STANDARD"] * 3]


def test_zones_that_change_by_no_simple_rule_are_written_out():
    for tzid in ("Africa/Casablanca", "Africa/Cairo"):
        assert b"RRULE" not in vtimezone(tzid, 2026, 2028)


@pytest.mark.parametrize(
    ("tzid", "rule"),
    [
        ("America/Santiago", b"BYMONTH=4;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU"),
        ("America/Nuuk", b"BYMONTH=3;BYMONTHDAY=24,25,26,27,28,29,30;BYDAY=SA"),
        ("Asia/Jerusalem", b"BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR"),
    ],
)
def test_hours_outside_the_day_become_a_weekday_among_seven_dates(tzid, rule):
    assert rule in vtimezone(tzid, 2026, 2028)


def test_dublin_calls_summer_daylight_though_its_law_calls_winter_the_exception():
    parts = vtimezone("Europe/Dublin", 2026, 2026).decode().split("BEGIN:")

    assert ["TZOFFSETTO:+0100" in part for part in parts if part.startswith("DAYLIGHT")] == [True]


@pytest.mark.parametrize("tzid", [*PARTNERS, "America/Santiago", "Asia/Jerusalem"])
def test_icalendar_reads_the_same_clock_at_every_change(tzid):
    component = icalendar.Timezone.from_ical(vtimezone(tzid, FIRST_YEAR, LAST_YEAR))
    theirs, ours = component.to_tz(lookup_tzid=False), zoneinfo.ZoneInfo(tzid)

    for moment in moments_to_check(tzid, FIRST_YEAR, LAST_YEAR):
        assert moment.astimezone(theirs).utcoffset() == moment.astimezone(ours).utcoffset()


@pytest.mark.parametrize("tzid", PARTNERS)
def test_dateutil_reads_the_same_clock_at_every_change(tzid):
    text = vtimezone(tzid, FIRST_YEAR, LAST_YEAR).decode()
    theirs, ours = dateutil.tz.tzical(StringIO(text)).get(tzid), zoneinfo.ZoneInfo(tzid)

    for moment in moments_to_check(tzid, FIRST_YEAR, LAST_YEAR):
        assert moment.astimezone(theirs).utcoffset() == moment.astimezone(ours).utcoffset()


@pytest.mark.parametrize("tzid", PARTNERS)
def test_vobject_reads_the_same_clock_in_the_middle_of_every_month(tzid):
    text = vtimezone(tzid, FIRST_YEAR, LAST_YEAR).decode()
    theirs = vobject.readOne(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n").vtimezone.tzinfo
    zone = zoneinfo.ZoneInfo(tzid)

    for month in range(1, 13):
        local = datetime(2027, month, 20, 12)
        assert theirs.utcoffset(local) == local.replace(tzinfo=zone).utcoffset()


def test_a_zone_that_is_none_is_refused_and_no_file_is_opened():
    with pytest.raises(zoneinfo.ZoneInfoNotFoundError):
        vtimezone("America/Pheonix", 2026, 2026)
    for name in ("../../../etc/passwd", "/etc/passwd"):
        with pytest.raises(ValueError, match=r"TZPATH|absolute"):
            vtimezone(name, 2026, 2026)


@pytest.mark.parametrize("years", [(1969, 2026), (2026, 2200), (2027, 2026)])
def test_years_out_of_range_are_refused(years):
    with pytest.raises(ValueError, match="not within 1970 to 2199"):
        vtimezone("America/Denver", *years)


def test_asking_again_costs_nothing():
    assert vtimezone("America/Denver", 2026, 2028) is vtimezone("America/Denver", 2026, 2028)


def test_the_edition_of_the_database_is_named():
    assert tzdata_version()[:2] == "20"


def test_the_wrong_onset_the_library_writes_would_be_noticed():
    wrong = vtimezone("America/New_York", 2026, 2026).replace(b"0311T020000", b"0311T030000")
    spring = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)

    assert SlowReader(wrong, 2026).clocks(spring)[0] == timedelta(hours=-5)
    assert clocks(zoneinfo.ZoneInfo("America/New_York"), spring)[0] == timedelta(hours=-4)
