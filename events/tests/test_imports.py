"""Every sample report gives its true answer, to the second."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.domain.imports import check_dates, gather, read_report
from events.domain.imports.people import closed, doubled_names, shared_names, suggest_merges
from events.tests.attendance import NAMES, sample

LAYOUTS = {
    "google_meet": "google-meet",
    "sign_in_sheet_cp1252": "sign-in-sheet",
    "teams_attendance_list_2021": "teams-list",
    "teams_live_event_log": "teams-live-event",
    "teams_meeting_en_gb_utf16be": "teams-meeting",
    "teams_meeting_utf16le": "teams-meeting",
    "webex_event_utf16le": "webex",
    "webex_meeting_pt": "webex",
    "zoom_meeting_unique_users": "zoom-meeting-totals",
    "zoom_meeting_waiting_room": "zoom-meeting",
    "zoom_meeting_with_meeting_data": "zoom-meeting",
    "zoom_webinar_2020_style": "zoom-webinar",
    "zoom_webinar_attendee_2027": "zoom-webinar",
}
KINDS = {
    None: {"person", "host", "panelist"},
    "phone": {"caller"},
    "likely_bot": {"bot"},
    "unknown": {"room", "unknown"},
}


def read(some):
    return read_report(some.raw, filename=some.filename, zone=some.zone)


def people_of(some):
    return gather(read(some), some.windows)


def test_every_sample_has_a_layout_here():
    assert sorted(LAYOUTS) == NAMES
    assert len(NAMES) == 13


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gives_everybody_their_seconds(name):
    some = sample(name)

    found = [
        {
            "key": person.key,
            "name": person.name,
            "email": person.email,
            "rows": person.rows,
            "role": person.role,
            "present_seconds": person.present_seconds,
            "in_session_seconds": person.in_session_seconds,
        }
        for person in people_of(some)
    ]

    wanted = [{field: truth[field] for field in found[0]} for truth in some.expected["people"]]
    assert found == wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_recognised_by_its_content(name):
    some = sample(name)

    report = read_report(some.raw, filename="upload.bin", zone=some.zone)

    assert report.layout == LAYOUTS[name]
    assert report.encoding == some.expected["encoding"]
    assert report.delimiter == {"tab": "\t"}.get(
        some.expected["delimiter"], some.expected["delimiter"]
    )


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_counted_as_in_the_truth(name):
    some = sample(name)

    report = read(some)

    counts = some.expected["counts"]
    assert len(report.rows) == counts["rows"]
    assert [row.number for row in report.rows] == list(range(1, counts["rows"] + 1))
    assert sum(row.counted for row in report.rows) == counts["counted_rows"]
    assert report.no_shows == counts["registered_no_show"]
    assert [
        {"row": row.number, "name": row.name, "why": row.why}
        for row in report.rows
        if not row.counted
    ] == some.expected["rows_not_counted"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_reads_without_a_row_in_doubt_and_fits_its_session(name):
    some = sample(name)

    report = read(some)

    assert [problem for problem in report.problems if problem.row is not None] == []
    assert report.needs_zone == (some.zone != "UTC")
    check_dates(report, some.session)


@pytest.mark.parametrize("name", NAMES)
def test_open_stays_hold_no_time_until_they_are_closed(name):
    some = sample(name)
    people = {person.key: person for person in people_of(some)}

    for truth in some.expected["people"]:
        person = people[truth["key"]]
        assert len(person.open_rows) == truth.get("open_intervals", 0)
        if person.open_rows:
            at_end = closed(person, some.session.end, some.windows)
            assert at_end.in_session_seconds == truth["in_session_seconds_if_closed_at_session_end"]
            assert at_end.open_rows == []


@pytest.mark.parametrize("name", NAMES)
def test_merges_are_suggested_and_shared_names_pointed_out(name):
    some = sample(name)
    report, people = read(some), people_of(some)

    merges = [
        {
            "keys": list(merge.keys),
            "present_seconds_if_merged": merge.present_seconds_if_merged,
            "in_session_seconds_if_merged": merge.in_session_seconds_if_merged,
        }
        for merge in suggest_merges(people, some.windows)
    ]

    assert sorted(merges, key=str) == sorted(some.expected["suggested_merges"], key=str)
    alike = [list(keys) for keys in shared_names(people)] + [[k] for k in doubled_names(report)]
    assert alike == some.expected["same_name_different_people"]


@pytest.mark.parametrize("name", NAMES)
def test_callers_bots_and_rooms_are_kept_apart_from_people(name):
    some = sample(name)

    kinds = {person.key: person.kind for person in people_of(some)}

    for truth in some.expected["people"]:
        assert kinds[truth["key"]] in KINDS[truth.get("kind")], truth["name"]


@pytest.mark.parametrize("name", NAMES)
def test_reading_twice_gives_equal_reports_and_people(name):
    some = sample(name)

    assert read(some) == read(some)
    assert people_of(some) == people_of(some)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_rows_changes_nobodys_seconds(name):
    some = sample(name)
    report = read_report(some.raw, filename=some.filename, zone=some.zone, session=some.session)
    shuffled = replace(report, rows=random.Random(7).sample(report.rows, len(report.rows)))
    shuffled = replace(shuffled, draft=None)

    def answer(read_as):
        return {
            person.key: (person.present_seconds, person.in_session_seconds)
            for person in gather(read_as, some.windows)
        }

    assert answer(shuffled) == answer(report)


@settings(max_examples=30, deadline=None)
@given(order=st.randoms(use_true_random=False))
def test_the_order_of_the_lines_in_a_zoom_file_changes_nobodys_seconds(order):
    some = sample("zoom_meeting_with_meeting_data")
    lines = some.raw.splitlines(keepends=True)
    rows = lines[4:]
    order.shuffle(rows)

    mixed = replace(some, raw=b"".join([*lines[:4], *rows]))

    found = {person.key: person.present_seconds for person in people_of(mixed)}
    assert found == {p["key"]: p["present_seconds"] for p in some.expected["people"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_report_reads_the_same_in_every_encoding_and_with_either_line_end(encoding, newline):
    some = sample("zoom_meeting_waiting_room")
    text = newline.join(some.raw.decode().splitlines()) + newline

    other = replace(some, raw=text.encode(encoding))

    assert people_of(other) == people_of(some)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_report_reads_the_same_with_every_delimiter(delimiter):
    some = sample("zoom_meeting_with_meeting_data")
    text = some.raw.decode("utf-8-sig")

    rows = [line.split(",") for line in text.splitlines() if '"' not in line]
    other = replace(some, raw="\n".join(delimiter.join(cells) for cells in rows).encode())
    same = replace(some, raw="\n".join(",".join(cells) for cells in rows).encode())

    assert people_of(other) == people_of(same)
    assert len(people_of(other)) > 100


def test_what_the_heading_says_of_the_meeting_is_kept():
    some = sample("zoom_meeting_with_meeting_data")

    report = read(some)

    assert report.title == "BEAD Challenge Results: What Local Governments Can Do Next"
    assert report.starts_at.isoformat() == "2027-01-13T17:38:30+00:00"
    assert report.ends_at.isoformat() == "2027-01-13T19:40:11+00:00"
    assert report.meeting_seconds == 122 * 60
    assert [p.key for p in people_of(some) if p.kind == "host"] == [
        "email:xiongxi@heartlandmesh.example"
    ]


def test_totals_longer_than_the_meeting_are_pointed_out():
    some = sample("zoom_meeting_unique_users")

    doubtful = {person.key: person.review for person in people_of(some) if person.review}

    assert doubtful == {
        truth["key"]: truth["review"] for truth in some.expected["people"] if truth.get("review")
    }
    assert len(doubtful) == 2
