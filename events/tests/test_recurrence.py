"""Series in wall time, against dateutil and against the calendar of the alliances."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from events.domain.recurrence import BadRecurrence, Occurrence, Override, occurrences
from kit.walltime import to_utc

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 5, 13)

WEEKDAYS = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
NTH = st.sampled_from(["", "1", "2", "+3", "4", "-1", "-2"])


def listed(items, most=3):
    return st.lists(items.map(str), min_size=1, max_size=most, unique=True).map(",".join)


MONTHS = listed(st.integers(1, 12))
MONTH_DAYS = listed(st.integers(1, 28) | st.integers(-28, -1))
EACH = listed(WEEKDAYS)
RANKED = listed(st.builds("{}{}".format, NTH, WEEKDAYS))
POSITIONS = listed(st.sampled_from([1, 2, -1]), most=2)


def by_rule(frequency, required=(), **optional):
    parts = {"FREQ": st.just(frequency), "INTERVAL": st.integers(1, 4).map(str), **dict(required)}
    return st.fixed_dictionaries(parts, optional=optional)


RULES = st.one_of(
    by_rule("DAILY", BYMONTH=MONTHS, BYDAY=EACH),
    by_rule("DAILY", BYMONTHDAY=MONTH_DAYS),
    by_rule("WEEKLY", BYDAY=EACH, BYMONTH=MONTHS, WKST=WEEKDAYS),
    by_rule("MONTHLY", BYDAY=RANKED),
    by_rule("MONTHLY", BYMONTHDAY=MONTH_DAYS),
    by_rule("MONTHLY", {"BYDAY": EACH}, BYSETPOS=POSITIONS),
    by_rule("YEARLY", BYMONTH=MONTHS, BYMONTHDAY=MONTH_DAYS),
    by_rule("YEARLY", BYMONTH=MONTHS, BYDAY=RANKED),
    by_rule("YEARLY", {"BYDAY": EACH}, BYMONTH=MONTHS, BYSETPOS=POSITIONS),
).map(lambda parts: ";".join(f"{name}={value}" for name, value in parts.items()))


def starts(rule, first=START, **exceptions):
    return [one.starts_local for one in occurrences(rule, first, first + HOUR, **exceptions)]


@given(
    rule=RULES,
    day=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
    count=st.integers(1, 30),
)
def test_dates_are_those_dateutil_counts_out(rule, day, count):
    day = day.replace(second=0, microsecond=0)
    # A rule without a date for centuries keeps dateutil counting: look from a leap year's start.
    first = next(iter(rrulestr(rule, dtstart=day)), None)
    assume(first is not None and first.year < 2035)
    expected = list(islice(rrulestr(rule, dtstart=first), count))

    if len(expected) == count and expected[-1] <= first.replace(year=first.year + 10, day=1):
        assert starts(f"{rule};COUNT={count}", first) == expected
        assert starts(f"{rule};UNTIL={expected[-1]:%Y%m%d}", first) == expected
        assert starts(f"{rule};UNTIL={expected[-1]:%Y%m%dT%H%M%S}", first) == expected
    else:
        with pytest.raises(BadRecurrence, match=rf"does not reach {count} within 10 years"):
            starts(f"{rule};COUNT={count}", first)


def test_the_monthly_exchange_with_its_exceptions():
    found = occurrences(
        "FREQ=MONTHLY;BYDAY=1TH;COUNT=12",
        START,
        START + HOUR,
        exdates=[datetime(2027, 7, 1, 13)],
        overrides=[
            Override(
                recurrence_id_local=datetime(2027, 1, 7, 13),
                starts_local=datetime(2027, 1, 14, 13),
            ),
            Override(
                recurrence_id_local=datetime(2027, 9, 2, 13),
                title="Coalition Exchange: annual planning",
                ends_local=datetime(2027, 9, 2, 15),
            ),
        ],
    )

    days = [f"{one.starts_local:%Y-%m-%d}" for one in found]
    assert days == [
        *("2026-11-05", "2026-12-03", "2027-01-14", "2027-02-04", "2027-03-04", "2027-04-01"),
        *("2027-05-06", "2027-06-03", "2027-08-05", "2027-09-02", "2027-10-07"),
    ]
    assert found[2] == Occurrence(
        recurrence_id_local=datetime(2027, 1, 7, 13),
        starts_local=datetime(2027, 1, 14, 13),
        ends_local=datetime(2027, 1, 14, 14),
    )
    assert found[9] == Occurrence(
        recurrence_id_local=datetime(2027, 9, 2, 13),
        starts_local=datetime(2027, 9, 2, 13),
        ends_local=datetime(2027, 9, 2, 15),
        title="Coalition Exchange: annual planning",
    )
    assert {one.ends_local - one.starts_local for one in found} == {HOUR, 2 * HOUR}


def test_the_clock_on_the_wall_stays_when_clocks_change():
    dates = starts("FREQ=MONTHLY;BYDAY=1TH;COUNT=12")

    instants = [to_utc(date, "America/Chicago") for date in dates]
    assert {at.astimezone(ZoneInfo("America/Chicago")).hour for at in instants} == {13}
    assert [at.hour for at in instants] == [19, 19, 19, 19, 19, 18, 18, 18, 18, 18, 18, 18]
    assert {at.tzinfo for at in instants} == {UTC}


def test_a_date_that_is_called_off_keeps_its_place():
    called_off = Override(recurrence_id_local=datetime(2026, 11, 12, 13), status="CANCELLED")

    found = occurrences("FREQ=WEEKLY;COUNT=3", START, START + HOUR, overrides=[called_off])

    assert [one.status for one in found] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]


def test_a_moved_date_stands_where_it_happens():
    late = Override(
        recurrence_id_local=datetime(2026, 11, 12, 13), starts_local=datetime(2026, 11, 20, 9)
    )

    found = occurrences("FREQ=WEEKLY;COUNT=3", START, START + HOUR, overrides=[late])

    assert [one.recurrence_id_local.day for one in found] == [5, 19, 12]


@pytest.mark.parametrize(("week", "days"), [("MO", [5, 10, 19, 24]), ("SU", [5, 17, 19, 31])])
def test_every_second_week_depends_on_the_day_a_week_begins(week, days):
    """The example of RFC 5545 §3.3.10."""
    rule = f"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={week}"

    assert [start.day for start in starts(rule, datetime(1997, 8, 5, 9))] == days


def test_until_is_the_end_of_a_day_or_a_time():
    assert len(starts("FREQ=DAILY;UNTIL=20261107")) == 3
    assert len(starts("FREQ=DAILY;UNTIL=20261107T130000")) == 3
    assert len(starts("FREQ=DAILY;UNTIL=20261107T125959")) == 2


def test_200_dates_are_the_most():
    assert len(starts("FREQ=DAILY;COUNT=200")) == 200
    assert len(starts("FREQ=DAILY;UNTIL=20270523")) == 200
    with pytest.raises(BadRecurrence, match=r"^A series can have 200 dates at most\."):
        starts("FREQ=DAILY;UNTIL=20270524")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=SECONDLY;COUNT=2", "A series repeats by day, week, month or year."),
        ("FREQ=MINUTELY;COUNT=2", "A series repeats by day, week, month or year."),
        ("FREQ=HOURLY;COUNT=2", "A series repeats by day, week, month or year."),
        ("COUNT=2", "A series repeats by day, week, month or year."),
        ("FREQ=WEEKLY", "Say how the series ends: after a number of dates or on a last date."),
        (
            "FREQ=WEEKLY;COUNT=2;UNTIL=20270101",
            "Say how the series ends: after a number of dates or on a last date.",
        ),
        ("FREQ=DAILY;COUNT=201", "COUNT in the rule of a series is a number from 1 to 200."),
        ("FREQ=DAILY;COUNT=0", "COUNT in the rule of a series is a number from 1 to 200."),
        (
            "FREQ=DAILY;COUNT=3;INTERVAL=0",
            "INTERVAL in the rule of a series is a number from 1 to 200.",
        ),
        ("FREQ=DAILY;COUNT=2;BYHOUR=3", "BYHOUR cannot be used in the rule of a series."),
        ("FREQ=YEARLY;COUNT=2;BYEASTER=1", "BYEASTER cannot be used in the rule of a series."),
        (
            "FREQ=WEEKLY;BYDAY=1TH;COUNT=2",
            "“First” or “last” needs a series that repeats by month or year.",
        ),
        (
            "FREQ=WEEKLY;BYMONTHDAY=5;COUNT=2",
            "Days of the month need a series that repeats by day, month or year.",
        ),
        (
            "FREQ=WEEKLY;UNTIL=20270101T000000Z",
            "Write the last date of a series as local time, such as UNTIL=20271231.",
        ),
        (
            "FREQ=WEEKLY;UNTIL=20270230",
            "Write the last date of a series as local time, such as UNTIL=20271231.",
        ),
        ("FREQ=WEEKLY;UNTIL=20370101", "A series can last 10 years. Choose an earlier last date."),
        (
            "FREQ=MONTHLY;BYDAY=1TH;COUNT=121",
            "The rule does not reach 121 within 10 years. Choose fewer dates.",
        ),
        (
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
            "The rule does not reach 1 within 10 years. Choose fewer dates.",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
            "The first date, November 5, 2026, 1 p.m., is not one that the rule "
            "“FREQ=WEEKLY;BYDAY=MO;COUNT=3” gives. Change the date or the rule.",
        ),
        *(
            (rule, f"“{rule}” is not a rule for a series, such as FREQ=WEEKLY;COUNT=6.")
            for rule in (
                "",
                "weekly",
                "FREQ=WEEKLY;FREQ=WEEKLY;COUNT=2",
                "FREQ=WEEKLY;COUNT=2;BYDAY=XX",
                "FREQ=WEEKLY;COUNT=2;BYDAY=,",
                "FREQ=MONTHLY;COUNT=2;BYDAY=54TH",
                "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=32",
                "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=-",
                "FREQ=YEARLY;COUNT=2;BYMONTH=13",
                "FREQ=YEARLY;COUNT=2;BYMONTH=-1",
                "FREQ=MONTHLY;COUNT=2;BYDAY=TH;BYSETPOS=0",
                "FREQ=DAILY;COUNT=2;WKST=1",
                "FREQ=DAILY;COUNT=2\r\nX",
                "FREQ=DAILY;COUNT=²",
            )
        ),
    ],
)
def test_a_rule_that_gives_no_sensible_list_is_refused_with_the_reason(rule, reason):
    with pytest.raises(BadRecurrence) as refused:
        starts(rule)

    assert str(refused.value) == reason
    assert (refused.value.code, refused.value.status) == ("bad-recurrence", 422)


@given(st.text(st.sampled_from("FREQ=DAILYWKMONTHCUBS;,-+0123456789"), max_size=60))
def test_any_text_is_a_rule_or_refused(text):
    for rule in (text, f"FREQ=DAILY;COUNT=3;{text}"):
        try:
            assert starts(rule)[0] == START
        except BadRecurrence as refused:
            assert len(str(refused)) < 300


def test_exceptions_for_dates_the_rule_does_not_give_are_refused():
    wrong = datetime(2026, 11, 13, 13)
    sentence = r"^November 13, 2026, 1 p\.m\. is not a date of this series: check the exception\.$"

    with pytest.raises(BadRecurrence, match=sentence):
        starts("FREQ=WEEKLY;COUNT=3", exdates=[wrong])
    with pytest.raises(BadRecurrence, match=sentence):
        starts("FREQ=WEEKLY;COUNT=3", overrides=[Override(recurrence_id_local=wrong)])


def test_a_date_taken_out_cannot_be_moved_as_well():
    twelfth = datetime(2026, 11, 12, 13)

    with pytest.raises(BadRecurrence, match="is not a date of this series"):
        starts(
            "FREQ=WEEKLY;COUNT=3",
            exdates=[twelfth],
            overrides=[Override(recurrence_id_local=twelfth)],
        )


def test_an_end_before_its_start_is_refused():
    early = Override(recurrence_id_local=START, ends_local=START)

    with pytest.raises(BadRecurrence, match=r"^The first date ends before it starts\.$"):
        occurrences("FREQ=WEEKLY;COUNT=3", START, START)
    with pytest.raises(BadRecurrence, match=r"^The date of November 5, 2026, 1 p\.m\. ends before"):
        starts("FREQ=WEEKLY;COUNT=3", overrides=[early])


def test_times_with_a_zone_are_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="without a zone"):
        starts("FREQ=WEEKLY;COUNT=3", START.replace(tzinfo=UTC))
