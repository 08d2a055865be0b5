"""A report becomes minutes: read, reviewed, applied, undone, settled."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.domain import attendance, reports
from events.domain.imports.errors import NotAReport, TooLarge, WrongDate
from events.models import (
    Attendance,
    AttendanceImport,
    AttendanceSpan,
    Event,
    Registration,
    SessionBreak,
)
from kit.errors import Invalid

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent / "attendance"
SAMPLE = "zoom_meeting_with_meeting_data"
AFTER = datetime(2027, 1, 14, 9, tzinfo=UTC)
BEFORE = datetime(2027, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def expected():
    return json.loads((FILES / "expected" / f"{SAMPLE}.json").read_text())


@pytest.fixture
def raw():
    return (FILES / f"{SAMPLE}.csv").read_bytes()


@pytest.fixture
def bead(make_event):
    """The event of the sample report."""
    return make_event(
        title="BEAD Challenge Results", time_zone="America/Denver", starts="2027-01-13T11:00"
    )


@pytest.fixture
def registered(bead, expected, make_registration, make_person):
    """Everybody in the report who has an address is registered under it."""
    found = {}
    for person in expected["people"]:
        if person["email"]:
            somebody = make_person(person["name"], email=person["email"])
            found[person["key"]] = make_registration(bead, somebody)
    return found


def upload(event, raw, *, zone="", at=AFTER, filename="report.csv"):
    return attendance.upload(event, raw=raw, filename=filename, zone=zone, by=None, at=at)


def minutes_by_key(registered):
    rows = Attendance.objects.values_list(
        "registration_id", "present_seconds", "in_session_seconds"
    )
    by_pk = {pk: seconds for pk, *seconds in rows}
    return {key: by_pk.get(one.pk) for key, one in registered.items()}


def test_every_minute_is_that_of_the_sample_to_the_second(bead, raw, registered, expected):
    attendance.apply(upload(bead, raw), by=None, at=AFTER)

    assert minutes_by_key(registered) == {
        person["key"]: [person["present_seconds"], person["in_session_seconds"]]
        for person in expected["people"]
        if person["email"]
    }
    assert len(registered) > 60


def test_nothing_counts_before_it_is_applied(bead, raw, registered):
    batch = upload(bead, raw)

    assert len(batch.people) == 120
    assert batch.row_count == 190
    assert Attendance.objects.count() == 0
    assert AttendanceSpan.objects.count() == 0


def test_the_same_file_twice_changes_nothing(bead, raw, registered):
    first = attendance.apply(upload(bead, raw), by=None, at=AFTER)
    spans = AttendanceSpan.objects.count()

    second = upload(bead, raw)
    attendance.apply(second, by=None, at=AFTER)

    assert second == first
    assert AttendanceImport.objects.count() == 1
    assert AttendanceSpan.objects.count() == spans


def test_a_second_file_adds_without_counting_a_second_twice(bead, raw, registered):
    attendance.apply(upload(bead, raw), by=None, at=AFTER)
    before = minutes_by_key(registered)
    again = raw.replace(b"\r\n", b"\n")  # the same stays in a file with other bytes
    attendance.apply(upload(bead, again), by=None, at=AFTER)

    assert AttendanceImport.objects.filter(state="applied").count() == 2
    assert minutes_by_key(registered) == before


def test_undoing_a_report_leaves_no_trace_of_its_minutes(bead, raw, registered):
    batch = attendance.apply(upload(bead, raw), by=None, at=AFTER)

    attendance.undo(batch, by=None, at=AFTER)
    attendance.undo(batch, by=None, at=AFTER)

    assert Attendance.objects.count() == 0
    assert AttendanceSpan.objects.count() == 0
    with pytest.raises(attendance.NotReady):
        attendance.apply(batch, by=None, at=AFTER)


def test_after_undoing_the_same_file_can_come_again(bead, raw, registered):
    attendance.undo(upload(bead, raw), by=None, at=AFTER)

    again = attendance.apply(upload(bead, raw), by=None, at=AFTER)

    assert again.state == "applied"
    assert Attendance.objects.count() > 60


def test_people_without_a_registration_count_for_nobody(bead, raw):
    attendance.apply(upload(bead, raw), by=None, at=AFTER)

    assert AttendanceSpan.objects.filter(registration=None).count() > 0
    assert Attendance.objects.count() == 0


def test_a_name_only_proposes(bead, raw, make_registration, make_person):
    make_registration(bead, make_person("Darnell O'Dea", email="odea@city.example"))

    batch = upload(bead, raw)
    attendance.apply(batch, by=None, at=AFTER)

    (darnell,) = [p for p in batch.people if p["key"] == "name:darnell o'dea"]
    assert darnell["match"] == "proposed"
    assert darnell["evidence"]
    assert Attendance.objects.count() == 0


def test_two_addresses_of_one_person_join_when_somebody_says_so(bead, raw, registered, expected):
    batch = attendance.apply(upload(bead, raw), by=None, at=AFTER)
    merge = expected["suggested_merges"][0]
    one, other = merge["keys"]

    attendance.assign(batch, other, registered[one].code, by=None, at=AFTER)

    assert minutes_by_key(registered)[one] == [
        merge["present_seconds_if_merged"],
        merge["in_session_seconds_if_merged"],
    ]
    assert minutes_by_key(registered)[other] is None


def test_an_assignment_before_applying_counts_when_applied(bead, raw, make_registration):
    ours = make_registration(bead, name="D. O'Dea")
    batch = upload(bead, raw)

    attendance.assign(batch, "name:darnell o'dea", ours.code, by=None, at=AFTER)
    attendance.apply(batch, by=None, at=AFTER)

    assert Attendance.objects.get(registration=ours).in_session_seconds == 5400


def test_only_registrations_of_the_event_can_be_assigned(bead, raw, make_event, make_registration):
    elsewhere = make_registration(make_event())
    batch = upload(bead, raw)

    with pytest.raises(Invalid, match="no such registration"):
        attendance.assign(batch, "name:darnell o'dea", elsewhere.code, by=None, at=AFTER)
    with pytest.raises(Invalid, match="not in the report"):
        attendance.assign(batch, "name:nobody", None, by=None, at=AFTER)


def test_breaks_do_not_count(bead, raw, registered):
    session = bead.sessions.get()
    SessionBreak.objects.create(
        session=session,
        starts_local="2027-01-13T11:30",
        ends_local="2027-01-13T11:45",
        starts_at=session.starts_at + timedelta(minutes=30),
        ends_at=session.starts_at + timedelta(minutes=45),
    )

    attendance.apply(upload(bead, raw), by=None, at=AFTER)

    host = registered["email:xiongxi@heartlandmesh.example"]
    assert Attendance.objects.get(registration=host).in_session_seconds == 75 * 60


def test_a_report_of_another_day_is_refused_and_nothing_kept(make_event, raw):
    other = make_event(title="Another day", starts="2027-02-13T11:00")

    with pytest.raises(WrongDate, match="January 13, 2027"):
        upload(other, raw)
    assert AttendanceImport.objects.count() == 0


def test_a_report_finds_its_date_among_several(make_event, raw):
    event = make_event(sessions=(("2027-01-06T11:00", 90), ("2027-01-13T11:00", 90)))

    assert upload(event, raw).session.starts_local == "2027-01-13T11:00"


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_a_file_that_is_no_report_is_refused(bead, content):
    with pytest.raises(NotAReport):
        upload(bead, content)


def test_a_huge_file_is_refused_before_it_is_read():
    with pytest.raises(TooLarge, match="30 MB"):
        reports.check_size(30_000_000)


def test_an_unknown_zone_is_refused_with_a_suggestion(bead, raw):
    with pytest.raises(Invalid, match="America/Phoenix"):
        upload(bead, raw, zone="America/Pheonix")


def test_a_report_for_an_event_that_lies_ahead_is_taken_with_a_note(bead, raw):
    batch = upload(bead, raw, at=BEFORE)

    assert "still lies ahead" in batch.problems[0]["message"]


def test_settling_decides_by_the_exact_second(bead, make_registration):
    session = bead.sessions.get()
    short, met, absent = (make_registration(bead) for _ in range(3))
    for one, length in ((short, 72 * 60 - 1), (met, 72 * 60)):
        AttendanceSpan.objects.create(
            session=session,
            registration=one,
            source="hand",
            key=f"email:{one.email}",
            starts_at=session.starts_at,
            ends_at=session.starts_at + timedelta(seconds=length),
            made_at=AFTER,
        )
    attendance.recount(session, at=AFTER)

    settled = attendance.settle(bead, by=None, at=AFTER)

    rows = {r.pk: (r.presence, r.attended_seconds) for r in Registration.objects.all()}
    assert rows == {
        short.pk: ("short", 4319),
        met.pk: ("met", 4320),
        absent.pk: ("absent", None),
    }
    assert settled.settled_at == AFTER
    assert settled.attendance_revision == 1
    assert settled.status == Event.Status.COMPLETED


def test_an_event_is_not_settled_before_its_end_unless_asked(bead):
    with pytest.raises(attendance.NotOver):
        attendance.settle(bead, by=None, at=BEFORE)
    bead.refresh_from_db()
    assert bead.settled_at is None

    assert attendance.settle(bead, early=True, by=None, at=BEFORE).status == "published"
