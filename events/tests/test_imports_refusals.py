"""What is no report is refused in a sentence; what is half a report is read as far as it goes."""

import io
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.domain.imports import gather, read_report
from events.domain.imports.errors import NotAReport, TooLarge
from events.tests.attendance import NAMES, sample
from kit.errors import Invalid, Refused

DENVER = "America/Denver"
HEADING = b"Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\r\n"
ROW = b"Ana Ruiz,ana@example.org,01/13/2027 11:00:00 AM,01/13/2027 11:30:00 AM,30,No\r\n"


def read(raw, *, zone=DENVER):
    return read_report(raw, filename="report.csv", zone=zone)


def workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "This file is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "This file is empty"),
        (b"\x00" * 5000, "This file is empty"),
        (b"%PDF-1.7\n1 0 obj\n", "This is a PDF"),
        (workbook(), "This is an Excel workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "This is a picture"),
        (bytes(range(256)) * 20, "This file is not text"),
        (b"id,colour,price\n1,red,3.50\n2,blue,4.00\n", "no attendance that we recognise"),
        (b"Name,Email\nAna,ana@example.org\n", "no attendance that we recognise"),
        (b"Name,Start,End\nFair,2027-01-13 11:00,2027-01-13 12:00\n", "no attendance that we"),
        (b"Name,In,Out\nBolts,300,12\nNuts,20,4\n", "not one row can be read"),
        ("Lunch at noon. Bring a coat; it is cold.".encode("utf-16"), "no attendance"),
    ],
)
def test_a_file_that_is_no_report_is_refused_and_told_what_we_read(raw, said):
    with pytest.raises(NotAReport) as no:
        read(raw)

    assert said in str(no.value)
    assert "Zoom, Microsoft Teams, Webex or Google Meet" in str(no.value)
    assert (no.value.code, no.value.status) == ("not-a-report", 422)


def test_more_than_ten_megabytes_are_refused():
    with pytest.raises(TooLarge, match="10 MB") as no:
        read(HEADING + b"x" * (10 * 1024 * 1024))
    with pytest.raises(TooLarge, match="a line that is longer"):
        read(HEADING + b"x," * 9_000)
    with pytest.raises(TooLarge, match="more lines"):
        read(HEADING + b"x,y\n" * 60_001)

    assert (no.value.code, no.value.status) == ("too-large", 422)


def test_twenty_thousand_rows_are_read_and_one_more_is_refused():
    assert len(read(HEADING + ROW * 20_000).rows) == 20_000

    with pytest.raises(TooLarge, match="20,001 rows"):
        read(HEADING + ROW * 20_001)


def test_an_unknown_zone_is_refused_by_name():
    for zone in ("Mars/Olympus", "", "../../etc/passwd", "America"):
        with pytest.raises(Invalid) as no:
            read(HEADING + ROW, zone=zone)
        assert no.value.errors[0]["loc"] == ["zone"]


def test_a_row_that_breaks_off_is_pointed_out_and_the_others_are_kept():
    whole = sample("zoom_meeting_with_meeting_data").raw
    cut = whole[: whole.rindex(b",01/13/2027")]

    report = read(cut)

    assert len(report.rows) == 190
    assert [row.number for row in report.rows if not row.counted] == [190]
    assert report.rows[189].why == "the row breaks off"
    assert [(problem.row, problem.line) for problem in report.problems] == [(190, 194)]
    assert "too few columns" in report.problems[0].message
    assert report.rows[:189] == read(whole).rows[:189]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_anywhere_is_read_as_far_as_it_goes_or_refused(name):
    some = sample(name)
    whole = read_report(some.raw, filename=some.filename, zone=some.zone)

    for size in range(0, len(some.raw), max(1, len(some.raw) // 40)):
        try:
            report = read_report(some.raw[:size], filename=some.filename, zone=some.zone)
        except Refused:
            continue
        assert len(report.rows) <= len(whole.rows)


def test_a_heading_without_rows_is_a_report_of_nobody():
    report = read(HEADING)

    assert report.rows == []
    assert [problem.message for problem in report.problems] == [
        "The report has no rows of attendance."
    ]


@pytest.mark.parametrize(
    ("joined", "left", "why", "said"),
    [
        (b"", b"01/13/2027 11:30:00 AM", "no time of joining", "no time of joining"),
        (b"soon", b"01/13/2027 11:30:00 AM", "unreadable time", "cannot be read"),
        (b"13/13/2027 11:00:00 AM", b"", "a time that does not exist", "does not exist"),
        (b"01/13/2027 11:00:00 PM", b"01/13/2027 11:30:00 AM", "ends before it begins", "before"),
        (b"01/13/2027 13:00:00 PM", b"", "unreadable time", "cannot be read"),
        (b"01/13/9999 11:00:00 AM", b"", "unreadable time", "cannot be read"),
    ],
)
def test_a_row_whose_times_make_no_sense_does_not_count_and_says_why(joined, left, why, said):
    bad = b"Bo Lee,bo@example.org," + joined + b"," + left + b",30,No\r\n"

    report = read(HEADING + ROW + bad)

    assert [(row.counted, row.why) for row in report.rows] == [(True, ""), (False, why)]
    assert [problem.row for problem in report.problems] == [2]
    assert said in report.problems[0].message


def test_a_time_of_leaving_that_cannot_be_read_leaves_the_stay_open():
    report = read(HEADING + b"Bo,bo@example.org,01/13/2027 11:00:00 AM,later,30,No\n")

    assert report.rows[0].counted
    assert report.rows[0].left_at is None
    assert "the stay is open" in report.problems[0].message


def test_a_quote_that_is_never_closed_swallows_one_line_at_most():
    report = read(HEADING + ROW + b'"Bo Lee,bo@example.org,01/13/2027' + b"\r\n" + ROW * 30)

    assert sum(row.counted for row in report.rows) == 31


def test_nul_bytes_within_text_are_dropped_and_reported():
    report = read(HEADING + ROW.replace(b"Ana", b"A\x00na"))

    assert report.rows[0].name == "Ana Ruiz"
    assert "Control characters" in report.problems[0].message


def test_bad_bytes_in_utf8_do_not_turn_the_other_names_into_gibberish():
    rows = "".join(
        f"José Núñez {n},jose{n}@example.org,01/13/2027 11:00:00 AM,,1,No\n" for n in range(9)
    )

    report = read(HEADING + rows.encode() + b"B\xff,b@example.org,01/13/2027 11:00:00 AM,,1,No\n")

    assert report.encoding == "utf-8"
    assert report.rows[0].name == "José Núñez 0"
    assert report.rows[9].name == "B\N{REPLACEMENT CHARACTER}"


def outcome(raw, filename="report.csv"):
    """What comes of any bytes: people or a refusal, never another exception."""
    try:
        report = read_report(raw, filename=filename, zone=DENVER)
        people = gather(report, sample("zoom_meeting_with_meeting_data").windows)
    except Refused as no:
        assert str(no).endswith(".")
        return None
    assert all(0 <= (p.in_session_seconds or 0) <= p.present_seconds for p in people)
    return people


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=400))
@example(raw=b"\xff\xfe\x00")
@example(raw=b"\xff\xfe\x00\x00A\x00\x00\x00")
@example(raw=b"\xfe\xff\xd8\x00")
def test_any_bytes_are_read_or_refused(raw):
    outcome(raw)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_under_a_known_heading_is_read_or_refused(text):
    outcome(HEADING + text.encode("utf-8", errors="ignore"))


ODD_CELLS = [
    "",
    "--",
    "0",
    "999999",
    "01/13/2027 11:00:00 AM",
    "31/12/2099 23:59:59",
    "2:42",
    "=1+1",
    "2027-03-14 02:30:00",
    "2027-11-07 01:30:00",
    "2000-01-01T00:00:00+14:00",
    "Joined",
]
cell = st.one_of(st.text(max_size=12), st.sampled_from(ODD_CELLS))
headings = st.sampled_from(
    [
        "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),In Waiting Room",
        "Name,Email,Total Duration (Minutes)",
        "First name,Last name,Email,Duration,Time joined,Time exited",
        "SessionId,ParticipantId,FullName,UserAgent,UtcEventTimestamp,Action,Role",
        "Full Name,User Action,Timestamp",
        "Name,E-mail,Date,In,Out,Minutes,Note",
        "Host Details\nUser Name,Join Time,Leave Time",
        "1. Summary\n3. In-Meeting Activities\nName,Join Time,Leave Time,Duration,Email,Role",
    ]
)


@settings(max_examples=400, deadline=None)
@given(heading=headings, rows=st.lists(st.lists(cell, max_size=8), max_size=6))
def test_any_cells_under_any_heading_are_read_or_refused(heading, rows):
    lines = [",".join(f'"{text.replace(chr(34), "")}"' for text in row) for row in rows]

    outcome("\n".join([heading, *lines]).encode("utf-8", errors="ignore"))


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), min_size=1, max_size=6),
)
def test_a_damaged_sample_is_read_or_refused(name, cuts):
    raw = bytearray(sample(name).raw[:6000])
    for where, what in cuts:
        at = int(where * len(raw))
        raw[at : at + 3] = what

    outcome(bytes(raw))
