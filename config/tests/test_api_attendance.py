"""Attendance over the API: the sample report from the file to settled minutes."""

import json
from io import BytesIO
from pathlib import Path

import pytest

from config.tests.test_api_access import _report
from events.models import Attendance, AttendanceImport, Event, Registration
from programmes.models import Address

SAMPLES = Path(__file__).parents[2] / "events" / "tests" / "attendance"
NAME = "zoom_meeting_with_meeting_data"


@pytest.fixture
def expected() -> dict:
    return json.loads((SAMPLES / "expected" / f"{NAME}.json").read_text())


@pytest.fixture
def bead(world, make_event, make_person, make_registration, expected):
    """The event the sample belongs to, with everybody registered whose address the report has."""
    event = make_event(
        slug="bead-challenge-results",
        title="BEAD Challenge Results: What Local Governments Can Do Next",
        lead=world.lead,
        co_hosts=(world.co_host,),
        starts="2027-01-13T11:00",
        sharing="all",
    )
    for person in expected["people"]:
        if person["email"]:
            known = make_person(person["name"][:60], email=person["email"])
            make_registration(event, known, name=person["name"], email=person["email"])
    return event


def send(call, world, event: Event, raw: bytes, who: str = "lead", **fields):
    file = BytesIO(raw)
    file.name = f"{NAME}.csv"
    path = f"/events/{event.slug}/attendance/imports"
    return call("POST", path, {"file": file, **fields}, key=world.keys[who])


def test_the_sample_report_is_read_applied_and_settled_to_the_second(call, world, bead, expected):
    lead = world.keys["lead"]
    sent = send(call, world, bead, (SAMPLES / f"{NAME}.csv").read_bytes(), zone="America/Denver")
    assert sent.status_code == 202, sent.content
    at = f"/attendance/imports/{sent.json()['id']}"

    read = call("GET", at, key=lead).json()
    before = Attendance.objects.count()
    applied = call("POST", f"{at}/application", key=lead).json()
    early = call("POST", f"/events/{bead.slug}/attendance/settlement", {"early": False}, key=lead)
    settled = call("POST", f"/events/{bead.slug}/attendance/settlement", {"early": True}, key=lead)

    assert (read["state"], read["rows"], before) == ("read", 190, 0)
    assert {p["key"]: (p["present_seconds"], p["in_session_seconds"]) for p in read["people"]} == {
        p["key"]: (p["present_seconds"], p["in_session_seconds"]) for p in expected["people"]
    }
    matched = [p for p in read["people"] if p["match"] == "exact"]
    assert len(matched) == Registration.objects.count()
    assert applied["state"] == "applied"
    assert (early.status_code, early.json()["code"]) == (409, "not-over")
    assert settled.status_code == 200
    by_key = {p["key"]: p["in_session_seconds"] for p in expected["people"]}
    for registration in Registration.objects.all():
        assert registration.attended_seconds == by_key[f"email:{registration.email}"]


def test_a_report_taken_back_counts_no_more(call, world, bead):
    lead = world.keys["lead"]
    raw = (SAMPLES / f"{NAME}.csv").read_bytes()
    at = f"/attendance/imports/{send(call, world, bead, raw).json()['id']}"
    call("POST", f"{at}/application", key=lead)
    assert Attendance.objects.exists()

    undone = call("DELETE", at, key=lead)

    assert undone.json()["state"] == "undone"
    assert not Attendance.objects.exists()
    refused = call("POST", f"{at}/application", key=lead)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-ready")


def test_the_same_file_again_is_the_same_import(call, world, bead):
    raw = (SAMPLES / f"{NAME}.csv").read_bytes()

    numbers = [send(call, world, bead, raw).json()["id"] for _ in range(2)]

    assert numbers[0] == numbers[1]
    assert AttendanceImport.objects.count() == 1


@pytest.mark.parametrize(
    ("raw", "fields", "code"),
    [
        (b"", {}, "not-a-report"),
        (b"Dear Ana,\nthank you.\n", {}, "not-a-report"),
        (b"x" * 10_000_001, {}, "too-large"),
        (b"x" * 30_000_000, {}, "too-large"),
        (None, {"zone": "America/Atlantis"}, "unknown-zone"),
    ],
)
def test_a_file_that_is_no_report_changes_nothing(raw, fields, code, call, world, bead):
    raw = (SAMPLES / f"{NAME}.csv").read_bytes() if raw is None else raw

    refused = send(call, world, bead, raw, **fields)

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert AttendanceImport.objects.count() == 0


def test_a_report_of_another_day_is_refused(call, world):
    refused = send(call, world, world.event, (SAMPLES / f"{NAME}.csv").read_bytes())

    assert (refused.status_code, refused.json()["code"]) == (422, "wrong-date")


def test_a_call_without_a_file_says_so(call, world):
    path = "/events/joint-webinar/attendance/imports"

    refused = call("POST", path, {"zone": "America/Denver"}, key=world.keys["lead"])

    assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["file"])


def test_a_co_host_sees_only_whom_the_data_rule_shows(call, world, make_import):
    batch = make_import()
    at = f"/attendance/imports/{batch.pk}"

    theirs = call("GET", at, key=world.keys["co-host"]).json()
    all_of_it = call("GET", at, key=world.keys["lead"]).json()

    assert [p["name"] for p in theirs["people"]] == ["Ana Ruiz"]
    assert theirs["problems"] == []
    assert [p["name"] for p in all_of_it["people"]] == ["Ana Ruiz", "Bo"]
    assert "registration" not in all_of_it["people"][1]


def test_a_co_host_sees_all_of_what_it_sent_itself(call, world, request):
    path, body = _report(world, request.getfixturevalue)
    Address.objects.all().delete()

    sent = call("POST", path, body, key=world.keys["co-host"])

    read = call("GET", f"/attendance/imports/{sent.json()['id']}", key=world.keys["co-host"])
    assert [p["email"] for p in read.json()["people"]] == ["ana@city.example"]


def test_settling_needs_no_body(call, world, make_held):
    event, _ = make_held()

    response = call("POST", f"/events/{event.slug}/attendance/settlement", key=world.keys["lead"])

    assert (response.status_code, response.json()["status"]) == (200, "completed")
