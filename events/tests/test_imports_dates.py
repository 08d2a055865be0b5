"""Which day, which zone, which of two hours: stamps that do not say it themselves."""

from datetime import UTC, datetime, timedelta

import pytest

from events.domain.imports import check_dates, gather, read_report
from events.domain.imports.errors import WrongDate
from events.domain.imports.stamps import duration_seconds, parse
from events.domain.minutes import Span
from events.tests.attendance import NAMES, sample

DENVER = "America/Denver"
HEADING = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"


def utc(*at):
    return datetime(*at, tzinfo=UTC)


def stays(*times, zone=DENVER, session=None):
    """A Zoom report of one person with these (joined, left, minutes)."""
    rows = "".join(f"Ana,ana@example.org,{j},{e},{minutes},No\n" for j, e, minutes in times)
    return read_report((HEADING + rows).encode(), filename="x.csv", zone=zone, session=session)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_of_another_week_is_refused(name):
    some = sample(name)
    report = read_report(some.raw, filename=some.filename, zone=some.zone)
    if name == "sign_in_sheet_cp1252":
        return  # it states no date that could be wrong

    for days in (-7, 1, 7):
        other = Span(
            some.session.start + timedelta(days=days), some.session.end + timedelta(days=days)
        )
        with pytest.raises(WrongDate) as no:
            check_dates(report, other)
        assert (no.value.code, no.value.status) == ("wrong-date", 422)


def test_the_refusal_names_both_dates_and_the_event():
    some = sample("zoom_meeting_with_meeting_data")
    report = read_report(some.raw, filename=some.filename, zone=some.zone)
    later = Span(some.session.start + timedelta(days=7), some.session.end + timedelta(days=7))

    with pytest.raises(WrongDate) as no:
        check_dates(report, later, title="BEAD Challenge Results")

    assert str(no.value) == (
        "This report is for January 13, 2027. BEAD Challenge Results is on January 20, 2027. "
        "Nothing was read."
    )


def test_a_margin_says_how_far_from_the_session_a_report_may_lie():
    report = stays(("01/13/2027 02:00:00 PM", "01/13/2027 03:00:00 PM", 60))
    session = Span(utc(2027, 1, 13, 18), utc(2027, 1, 13, 19))

    check_dates(report, session, margin=timedelta(hours=3))
    with pytest.raises(WrongDate):
        check_dates(report, session, margin=timedelta(hours=1))


def test_the_ninth_of_june_is_not_taken_for_september_6():
    some = sample("teams_meeting_en_gb_utf16be")
    report = read_report(some.raw, filename=some.filename, zone=some.zone)

    check_dates(report, some.session)
    assert report.rows[0].joined_at == utc(2027, 6, 9, 15, 48, 31)
    with pytest.raises(WrongDate, match="This report is for June 9, 2027"):
        check_dates(report, Span(utc(2027, 9, 6, 16), utc(2027, 9, 6, 17, 30)))


@pytest.mark.parametrize(
    ("session_day", "joined_at"),
    [
        (utc(2027, 6, 9, 15), utc(2027, 6, 9, 15)),
        (utc(2027, 9, 6, 15), utc(2027, 9, 6, 15)),
        (utc(2027, 1, 13, 15), utc(2027, 9, 6, 15)),
    ],
)
def test_the_session_settles_day_and_month_where_both_are_possible(session_day, joined_at):
    session = Span(session_day, session_day + timedelta(hours=2))
    report = stays(("09/06/2027 09:00:00 AM", "09/06/2027 10:00:00 AM", 60))

    assert report.needs_session
    [person] = gather(report, [session])
    assert person.spans == [Span(joined_at, joined_at + timedelta(hours=1))]
    assert (
        stays(("09/06/2027 09:00:00 AM", "09/06/2027 10:00:00 AM", 60), session=session)
        .rows[0]
        .joined_at
        == joined_at
    )


def test_one_day_above_twelve_settles_the_whole_file():
    report = stays(
        ("09/06/2027 09:00:00 AM", "09/06/2027 10:00:00 AM", 60),
        ("13/06/2027 09:00:00 AM", "13/06/2027 10:00:00 AM", 60),
    )

    assert not report.needs_session
    assert [row.joined_at for row in report.rows] == [utc(2027, 6, 9, 15), utc(2027, 6, 13, 15)]


def test_stamps_are_read_in_the_zone_handed_in():
    times = ("01/13/2027 11:00:00 AM", "01/13/2027 11:30:00 AM", 30)

    assert stays(times, zone="America/Denver").rows[0].joined_at == utc(2027, 1, 13, 18)
    assert stays(times, zone="America/New_York").rows[0].joined_at == utc(2027, 1, 13, 16)
    assert stays(times).needs_zone


def test_an_offset_in_the_stamp_wins_over_the_zone():
    report = stays(("2027-01-13T18:00:00Z", "2027-01-13T11:30:00-07:00", 30))

    assert not report.needs_zone
    assert report.rows[0].joined_at == utc(2027, 1, 13, 18)
    assert report.rows[0].left_at == utc(2027, 1, 13, 18, 30)


def test_a_live_event_log_is_utc_whatever_zone_is_handed_in():
    some = sample("teams_live_event_log")

    report = read_report(some.raw, filename=some.filename, zone="America/Phoenix")

    assert (report.zone, report.needs_zone) == ("UTC", False)
    assert report.rows[0].joined_at == utc(2027, 4, 21, 17, 48, 2)


def test_an_hour_that_does_not_exist_is_pointed_out_and_does_not_count():
    report = stays(("03/14/2027 02:30:00 AM", "03/14/2027 03:30:00 AM", 60))

    assert [(row.counted, row.why) for row in report.rows] == [
        (False, "a time that does not exist")
    ]
    assert "does not exist in America/Denver" in report.problems[0].message
    assert (
        stays(("03/14/2027 02:30:00 AM", "03/14/2027 03:30:00 AM", 60), zone="America/Phoenix")
        .rows[0]
        .counted
    )


def test_in_the_hour_that_comes_twice_the_stated_duration_decides():
    short = stays(("11/07/2027 12:30:00 AM", "11/07/2027 01:30:00 AM", 60))
    long = stays(("11/07/2027 12:30:00 AM", "11/07/2027 01:30:00 AM", 120))

    assert short.rows[0].left_at == utc(2027, 11, 7, 7, 30)
    assert long.rows[0].left_at == utc(2027, 11, 7, 8, 30)
    assert "came twice" in short.problems[0].message


def test_in_a_file_in_order_of_joining_a_step_back_is_the_second_hour():
    report = stays(
        ("11/07/2027 12:50:00 AM", "11/07/2027 12:55:00 AM", 5),
        ("11/07/2027 01:40:00 AM", "11/07/2027 01:45:00 AM", 5),
        ("11/07/2027 01:10:00 AM", "11/07/2027 01:15:00 AM", 5),
        ("11/07/2027 02:10:00 AM", "11/07/2027 02:15:00 AM", 5),
    )

    assert [row.joined_at for row in report.rows] == [
        utc(2027, 11, 7, 6, 50),
        utc(2027, 11, 7, 7, 40),
        utc(2027, 11, 7, 8, 10),
        utc(2027, 11, 7, 9, 10),
    ]


def test_a_stay_through_the_end_of_summer_time_is_as_long_as_it_was():
    report = stays(("11/07/2027 12:30:00 AM", "11/07/2027 02:30:00 AM", 180))

    [person] = gather(report, [])

    assert person.present_seconds == 3 * 3600


def sheet(*rows, heading="Name;In;Out"):
    text = "\n".join([heading, *rows])
    return read_report(text.encode(), filename="sheet.csv", zone="America/Phoenix")


MORNING = Span(utc(2027, 5, 20, 16), utc(2027, 5, 20, 22))


def test_a_sheet_without_a_date_has_no_instants_until_the_session_is_known():
    report = sheet("Ana;8:56;15.02")

    assert report.needs_session
    assert report.rows[0].joined_at is None
    assert gather(report, [MORNING])[0].spans == [
        Span(utc(2027, 5, 20, 15, 56), utc(2027, 5, 20, 22, 2))
    ]


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("8:56", 6), ("08:56", 6), ("8.56", 6), ("8:56 am", 6), ("8:56 A.M.", 6), ("8:56AM", 6)],
)
def test_a_time_of_day_may_be_written_in_several_ways(written, minutes):
    [person] = gather(sheet(f"Ana;{written};9:02"), [MORNING])

    assert person.present_seconds == minutes * 60


def test_an_afternoon_time_without_pm_is_not_guessed():
    [row] = read_report(
        b"Name;In;Out\nAna;8:42;2:42\n", filename="", zone="America/Phoenix", session=MORNING
    ).rows

    assert (row.counted, row.why) == (False, "ends before it begins")


def test_an_evening_that_runs_past_midnight_is_read_on():
    evening = Span(utc(2027, 5, 21, 4), utc(2027, 5, 21, 8))  # 9 p.m. to 1 a.m. in Phoenix

    [person] = gather(sheet("Ana;21:00;0:30"), [evening])

    assert (person.present_seconds, person.in_session_seconds) == (12600, 12600)


def test_our_template_takes_dates_of_its_own_and_minutes():
    dated = sheet("Ana;2027-05-20;8:56;9:56;;", heading="Name;Date;In;Out;Minutes;Note")
    totals = sheet("Ana;;;;45;", heading="Name;Date;In;Out;Minutes;Note")

    assert (dated.layout, dated.needs_session) == ("template", False)
    assert dated.rows[0].joined_at == utc(2027, 5, 20, 15, 56)
    assert (totals.basis, gather(totals, [MORNING])[0].present_seconds) == ("totals", 2700)
    assert gather(totals, [MORNING])[0].in_session_seconds is None


def test_a_meet_report_under_another_name_is_read_on_the_day_of_the_session():
    some = sample("google_meet")

    report = read_report(some.raw, filename="renamed.csv", zone=some.zone)

    assert report.needs_session
    assert "no date" in report.problems[0].message
    found = {p.key: p.in_session_seconds for p in gather(report, some.windows)}
    assert found == {p["key"]: p["in_session_seconds"] for p in some.expected["people"]}


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("01/13/2027 10:38:30 AM", datetime(2027, 1, 13, 10, 38, 30)),
        ("2/17/27, 1:48:09 PM", datetime(2027, 2, 17, 13, 48, 9)),
        ("2/17/27, 1:48:09\N{NARROW NO-BREAK SPACE}PM", datetime(2027, 2, 17, 13, 48, 9)),
        ("2027-04-07 14:00:00", datetime(2027, 4, 7, 14)),
        ("Dec 09, 2026 11:34 AM", datetime(2026, 12, 9, 11, 34)),
        ("Dec 09, 2026 13:38:00", datetime(2026, 12, 9, 13, 38)),
        ("9 December 2026 13:38", datetime(2026, 12, 9, 13, 38)),
        ("09.06.2027 13:38", datetime(2027, 6, 9, 13, 38)),
        ("01/13/2027 12:00:00 AM", datetime(2027, 1, 13)),
        ("01/13/2027 12:00:00 PM", datetime(2027, 1, 13, 12)),
    ],
)
def test_a_stamp_is_read_as_written(text, wall):
    assert parse(text).wall(day_first=False) == wall


@pytest.mark.parametrize(
    "text", ["", "12", "01/13/2027", "25:00", "8:60", "13:05 PM", "Foo 09, 2026 11:34", "1" * 70]
)
def test_what_is_no_stamp_is_none(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("59", 3540),
        ("1h 2m 3s", 3723),
        ("1 hr 7 min", 4020),
        ("52 sec", 52),
        ("204 mins", 12240),
        ("1:02:03", 3723),
        ("2h 41s", 7241),
        ("an hour", None),
        ("", None),
        ("999999", None),
        ("-5", None),
    ],
)
def test_a_duration_is_read_in_seconds(text, seconds):
    assert duration_seconds(text) == seconds
