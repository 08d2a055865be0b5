"""Wall time against ``zoneinfo``, and the words to the letter."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid, Refused
from kit.walltime import (
    DateOutOfRange,
    NoSuchTime,
    TwiceTime,
    UnknownZone,
    canonical_zone,
    city,
    clock,
    happens_twice,
    is_zone,
    long_date,
    reader_line,
    short_date,
    time_range,
    to_utc,
    utc_offset,
    zone_label,
)

PARTNERS = ["America/Denver", "America/Phoenix", "America/Chicago", "America/New_York"]
HOUR = timedelta(hours=1)

zones = st.sampled_from([*PARTNERS, "Europe/Dublin", "Australia/Lord_Howe", "UTC"])
wall_times = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1))
# Two years around the clock changes of 2026 to 2028, so that the odd nights do come up.
odd_nights = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from(
        [datetime(2026, 11, 1), datetime(2027, 3, 14), datetime(2027, 11, 7), datetime(2028, 3, 12)]
    ),
    st.integers(0, 300),
)


def utc(*numbers):
    return datetime(*numbers, tzinfo=UTC)


def instants_showing(local, zone):
    """The slow way: every instant of that day whose clock in ``zone`` reads ``local``."""
    guesses = (local.replace(tzinfo=UTC) + timedelta(minutes=15 * n) for n in range(-64, 65))
    return [at for at in guesses if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local]


# -- to UTC


@given(local=wall_times | odd_nights, zone=zones)
def test_to_utc_agrees_with_looking_at_every_quarter_of_an_hour(local, zone):
    found = instants_showing(local, zone)

    try:
        answer = [to_utc(local, zone)]
    except NoSuchTime:
        answer = []
    except TwiceTime:
        answer = [to_utc(local, zone, fold=0), to_utc(local, zone, fold=1)]
    assert answer == [at.astimezone(UTC) for at in found]
    assert [happens_twice(at, zone) for at in found] == [len(found) == 2] * len(found)


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)), zone=zones)
def test_every_instant_comes_back_from_the_clock_it_shows(at, zone):
    at = at.replace(tzinfo=UTC)
    local = at.astimezone(ZoneInfo(zone))

    assert to_utc(local.replace(tzinfo=None), zone, fold=local.fold) == at


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("America/New_York", 7),
        ("America/Chicago", 8),
        ("America/Denver", 9),
    ],
)
def test_the_spring_night_has_no_2_30_and_the_autumn_night_has_two_of_1_30(zone, hour):
    with pytest.raises(NoSuchTime):
        to_utc(datetime(2027, 3, 14, 2, 30), zone)
    assert to_utc(datetime(2027, 3, 14, 3), zone) == utc(2027, 3, 14, hour)
    assert to_utc(datetime(2027, 11, 7, 1, 30), zone, fold=0) == utc(2027, 11, 7, hour - 2, 30)
    assert to_utc(datetime(2027, 11, 7, 1, 30), zone, fold=1) == utc(2027, 11, 7, hour - 1, 30)


def test_nothing_happens_to_the_clocks_of_arizona():
    assert to_utc(datetime(2027, 3, 14, 2, 30), "America/Phoenix") == utc(2027, 3, 14, 9, 30)
    assert to_utc(datetime(2027, 11, 7, 1, 30), "America/Phoenix") == utc(2027, 11, 7, 8, 30)


@pytest.mark.parametrize(
    ("local", "zone", "sentence"),
    [
        (
            datetime(2027, 3, 14, 2, 30),
            "America/Denver",
            "2:30 a.m. on March 14, 2027 does not exist in Denver: clocks go from 2 to 3 a.m. "
            "that night. Choose another time.",
        ),
        (
            datetime(2027, 3, 14, 2),
            "America/New_York",
            "2 a.m. on March 14, 2027 does not exist in New York: clocks go from 2 to 3 a.m. "
            "that night. Choose another time.",
        ),
        (
            datetime(2027, 10, 3, 2, 10),
            "Australia/Lord_Howe",
            "2:10 a.m. on October 3, 2027 does not exist in Lord Howe: clocks go from 2 to "
            "2:30 a.m. that night. Choose another time.",
        ),
        (
            datetime(2027, 3, 27, 23, 15),
            "America/Nuuk",
            "11:15 p.m. on March 27, 2027 does not exist in Nuuk: clocks go from 11 p.m. to "
            "12 a.m. that night. Choose another time.",
        ),
        (
            datetime(2011, 12, 30, 12),
            "Pacific/Apia",
            "12 p.m. on December 30, 2011 does not exist in Apia: clocks go from 12 a.m. on "
            "December 30, 2011 to 12 a.m. on December 31, 2011 that night. Choose another time.",
        ),
    ],
)
def test_a_time_that_does_not_exist_is_refused_with_the_reason(local, zone, sentence):
    with pytest.raises(NoSuchTime) as refused:
        to_utc(local, zone, fold=1)

    assert str(refused.value) == sentence
    assert (refused.value.code, refused.value.status) == ("no-such-time", 422)


def test_a_time_that_comes_twice_is_asked_about_with_both_choices():
    with pytest.raises(TwiceTime) as refused:
        to_utc(datetime(2027, 11, 7, 1, 30), "US/Mountain")

    assert str(refused.value) == (
        "1:30 a.m. on November 7, 2027 happens twice in Denver, because clocks go back. Say which "
        "one you mean: the first (UTC-6) or the second (UTC-7)."
    )
    assert (refused.value.code, refused.value.status) == ("time-happens-twice", 422)
    assert refused.value.facts["options"] == [
        {
            "fold": 0,
            "utc": "2027-11-07T07:30:00Z",
            "offset": "UTC-6",
            "label": "1:30 a.m., the first time (UTC-6)",
        },
        {
            "fold": 1,
            "utc": "2027-11-07T08:30:00Z",
            "offset": "UTC-7",
            "label": "1:30 a.m., the second time (UTC-7)",
        },
    ]


@pytest.mark.parametrize("year", [1, 1969, 2200, 9999])
def test_a_year_that_cannot_be_meant_is_refused(year):
    with pytest.raises(DateOutOfRange, match=rf"^{year} cannot be right\. Choose a year from 1970"):
        to_utc(datetime(year, 1, 1), "America/Denver")


def test_an_aware_time_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="no zone of its own") as raised:
        to_utc(utc(2027, 1, 1), "America/Denver")

    assert not isinstance(raised.value, Refused)


# -- zones


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("America/Denver", "America/Denver"),
        ("US/Arizona", "America/Phoenix"),
        ("US/Mountain", "America/Denver"),
        ("US/Eastern", "America/New_York"),
        ("America/Indianapolis", "America/Indiana/Indianapolis"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Stockholm", "Europe/Stockholm"),
        (" America/Chicago ", "America/Chicago"),
        ("Etc/UTC", "UTC"),
        ("Zulu", "UTC"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_kept_under_one_name(name, zone):
    assert canonical_zone(name) == zone
    assert is_zone(name.strip())


def test_every_canonical_name_is_canonical_and_can_be_loaded():
    names = [name for name in available_timezones() if is_zone(name)]

    assert len(names) > 550
    for name in names:
        assert canonical_zone(canonical_zone(name)) == canonical_zone(name)
        assert ZoneInfo(canonical_zone(name)).key == canonical_zone(name)


@given(name=st.sampled_from(sorted(available_timezones())), year=st.integers(2020, 2030))
def test_the_name_kept_for_a_zone_shows_the_same_clock(name, year):
    if is_zone(name):
        for month in range(1, 13):
            at = utc(year, month, 15)
            kept = ZoneInfo(canonical_zone(name))
            assert at.astimezone(kept).utcoffset() == at.astimezone(ZoneInfo(name)).utcoffset()


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("America/Pheonix", "Did you mean America/Phoenix?"),
        ("america/denver", "Did you mean America/Denver?"),
        ("New York", "Did you mean America/New_York?"),
        ("phoenix", "Did you mean America/Phoenix?"),
        ("Mountain time", "Did you mean America/Denver?"),
        ("MST", "Did you mean America/Denver or America/Phoenix?"),
        ("EST", "Did you mean America/New_York?"),
        ("qqqqq", "Try America/Denver."),
    ],
)
def test_a_zone_that_is_none_is_refused_with_a_likely_one(name, question):
    with pytest.raises(UnknownZone) as refused:
        canonical_zone(name)

    assert str(refused.value) == f"“{name}” is not a time zone we know. {question}"
    assert (refused.value.code, refused.value.status) == ("unknown-zone", 422)
    assert not is_zone(name)


def test_no_zone_at_all_is_asked_for():
    with pytest.raises(UnknownZone, match=r"^Choose a time zone, such as America/Denver\.$"):
        canonical_zone("  ")


@given(st.text())
def test_any_text_as_a_zone_is_answered_or_refused(text):
    try:
        assert is_zone(canonical_zone(text))
    except Invalid as refused:
        assert len(str(refused)) < 200


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("America/New_York", "Eastern"),
        ("America/Detroit", "Eastern"),
        ("America/Indiana/Indianapolis", "Eastern"),
        ("America/Chicago", "Central"),
        ("America/Indiana/Knox", "Central"),
        ("America/Denver", "Mountain"),
        ("America/Boise", "Mountain"),
        ("America/Phoenix", "Arizona"),
        ("US/Arizona", "Arizona"),
        ("America/Los_Angeles", "Pacific"),
        ("America/Anchorage", "Alaska"),
        ("America/Juneau", "Alaska"),
        ("Pacific/Honolulu", "Hawaii"),
        ("America/Adak", "Adak"),
        ("America/Toronto", "Toronto"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("Europe/Berlin", "Berlin"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Etc/GMT+7", "UTC-7"),
    ],
)
def test_zones_are_called_as_people_call_them_in_winter_and_summer(zone, label):
    assert zone_label(zone, utc(2027, 1, 15)) == label
    assert zone_label(zone, utc(2027, 7, 15)) == label


def test_a_place_that_changed_its_zone_is_called_after_the_clocks_of_the_day():
    assert zone_label("America/Metlakatla", utc(2014, 1, 15)) == "Pacific"
    assert zone_label("America/Metlakatla", utc(2027, 1, 15)) == "Alaska"


def test_a_city_is_the_last_part_of_the_name():
    assert city("America/Indiana/Tell_City") == "Tell City"


def test_offsets_are_told_in_hours_and_minutes():
    at = utc(2027, 1, 15)

    assert [
        utc_offset(at.astimezone(ZoneInfo(zone)))
        for zone in ("America/Denver", "Asia/Kolkata", "UTC", "America/St_Johns")
    ] == ["UTC-7", "UTC+5:30", "UTC+0", "UTC-3:30"]


# -- words


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (time(0), "12 a.m."),
        (time(0, 5), "12:05 a.m."),
        (time(11), "11 a.m."),
        (time(11, 59), "11:59 a.m."),
        (time(12), "12 p.m."),
        (time(12, 15), "12:15 p.m."),
        (time(23, 30), "11:30 p.m."),
    ],
)
def test_clocks_are_told_in_the_american_way(at, text):
    assert clock(at) == text
    assert clock(datetime.combine(datetime(2027, 1, 1), at)) == text


def test_dates_are_told_in_full_and_in_short():
    assert long_date(datetime(2027, 1, 13)) == "Wednesday, January 13, 2027"
    assert short_date(datetime(2026, 12, 2)) == "Wed, Dec 2"


@pytest.mark.parametrize(
    ("start", "end", "zone", "text"),
    [
        (
            utc(2026, 12, 2, 18),
            utc(2026, 12, 2, 19, 15),
            "America/Denver",
            "11 a.m. to 12:15 p.m. Mountain",
        ),
        (
            utc(2027, 7, 14, 17),
            utc(2027, 7, 14, 18),
            "America/Phoenix",
            "10 a.m. to 11 a.m. Arizona",
        ),
        (
            utc(2027, 3, 31, 1),
            utc(2027, 3, 31, 3),
            "America/Denver",
            "7 p.m. to 9 p.m. Mountain",
        ),
        (
            utc(2027, 3, 31, 3),
            utc(2027, 3, 31, 6),
            "America/Denver",
            "9 p.m. to 12 a.m. Mountain",
        ),
        (
            utc(2027, 3, 31, 3),
            utc(2027, 3, 31, 7),
            "America/Denver",
            "Tue, Mar 30, 9 p.m. to Wed, Mar 31, 1 a.m. Mountain",
        ),
        (
            utc(2027, 3, 14, 8),
            utc(2027, 3, 14, 10),
            "America/Denver",
            "1 a.m. to 4 a.m. Mountain",
        ),
        (
            utc(2027, 11, 7, 7, 30),
            utc(2027, 11, 7, 8, 30),
            "America/Denver",
            "1:30 a.m. (UTC-6) to 1:30 a.m. (UTC-7) Mountain",
        ),
    ],
)
def test_a_range_names_its_zone_and_only_the_days_it_needs(start, end, zone, text):
    assert time_range(start, end, zone) == text
    assert time_range(start.astimezone(ZoneInfo("Asia/Tokyo")), end, zone) == text


@pytest.mark.parametrize(
    ("start", "event_zone", "reader_zone", "line"),
    [
        (
            utc(2026, 12, 2, 18),
            "America/Denver",
            "America/New_York",
            "Your time: Wed, Dec 2, 1 p.m. Eastern",
        ),
        (
            utc(2027, 3, 31, 1),
            "America/Denver",
            "Asia/Tokyo",
            "Your time: Wed, Mar 31, 10 a.m. Tokyo",
        ),
        (utc(2026, 12, 2, 18), "America/Denver", "America/Denver", "Same as your local time"),
        (utc(2026, 12, 2, 18), "America/Denver", "America/Phoenix", "Same as your local time"),
        (
            utc(2027, 7, 14, 18),
            "America/Denver",
            "America/Phoenix",
            "Your time: Wed, Jul 14, 11 a.m. Arizona",
        ),
        (utc(2027, 7, 14, 18), "America/Phoenix", "America/Los_Angeles", "Same as your local time"),
        (
            utc(2027, 11, 7, 8, 30),
            "UTC",
            "America/Denver",
            "Your time: Sun, Nov 7, 1:30 a.m. (UTC-7) Mountain",
        ),
    ],
)
def test_the_reader_gets_a_clock_of_their_own_unless_it_shows_the_same(
    start, event_zone, reader_zone, line
):
    assert reader_line(start, start + HOUR, event_zone, reader_zone) == line


def test_zones_that_part_company_during_the_event_are_not_called_the_same():
    start = utc(2027, 3, 14, 8)

    before = reader_line(start, start + HOUR / 2, "America/Denver", "America/Phoenix")
    across = reader_line(start, start + 2 * HOUR, "America/Denver", "America/Phoenix")

    assert before == "Same as your local time"
    assert across == "Your time: Sun, Mar 14, 1 a.m. Arizona"
