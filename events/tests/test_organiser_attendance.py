"""The organisers' pages of attendance: a report looked at, matched, applied, settled."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from conftest import NOON
from events.domain import hosting
from events.models import Attendance, AttendanceImport, Registration
from events.tests.organising import WHOLE, page, zoom

pytestmark = pytest.mark.django_db


@pytest.fixture
def reported(sign_in, plains, make_event, make_registration):
    """An event with Ana (matched by address), Ben (by name alone) and a stranger in its report."""
    event = make_event(lead=plains)
    ana = make_registration(event, name="Ana Ruiz", email="ana@aurora.example")
    ana.person.addresses.update(key="ana@aurora.example")
    ben = make_registration(event, name="Ben Whitaker")
    browser = sign_in(plains)
    file = zoom(
        ("Ana Ruiz", "ana@aurora.example", *WHOLE),
        ("Ben Whitaker", "", "11:00:00 AM", "11:30:00 AM"),
        ("Zoe Unknown", "zoe@elsewhere.example", *WHOLE),
    )
    browser.post(
        reverse("organise-attendance", args=[event.slug]),
        {"file": file, "zone": "America/Denver"},
    )
    return browser, event, AttendanceImport.objects.get(), (ana, ben)


def test_a_report_is_looked_at_matched_and_applied(reported):
    browser, event, batch, (ana, ben) = reported
    report = page(browser, "report", event.slug, batch.pk)
    assert "Nothing counts yet" in report
    assert not Attendance.objects.exists()

    browser.post(
        reverse("organise-assignment", args=[event.slug, batch.pk]),
        {"accept": ["name:ben whitaker"]},
    )
    browser.post(reverse("organise-report-application", args=[event.slug, batch.pk]))

    seconds = dict(Attendance.objects.values_list("registration", "in_session_seconds"))
    assert seconds == {ana.pk: 5400, ben.pk: 1800}
    html = page(browser, "attendance", event.slug)
    assert "90 of 90" in html
    assert "30 of 90" in html
    assert "Too short" in html


def test_a_stranger_of_the_report_is_given_a_registration_and_it_is_taken_back(reported):
    browser, event, batch, (_, ben) = reported
    key = "email:zoe@elsewhere.example"
    choose = reverse("organise-assignment", args=[event.slug, batch.pk])
    assert "Ben Whitaker" in browser.get(choose, {"key": key, "q": "ben"}).content.decode()

    browser.post(choose, {"key": key, "registration": ben.code})
    browser.post(reverse("organise-report-application", args=[event.slug, batch.pk]))
    assert Attendance.objects.get(registration=ben).in_session_seconds == 5400
    browser.post(reverse("organise-report-removal", args=[event.slug, batch.pk]))

    assert not Attendance.objects.exists()
    batch.refresh_from_db()
    assert batch.state == "undone"


def test_a_choice_without_a_registration_is_refused(reported):
    browser, event, batch, _ = reported
    choose = reverse("organise-assignment", args=[event.slug, batch.pk])

    nobody_ticked = browser.post(choose, {})
    unknown = browser.post(choose, {"key": "name:ben whitaker", "registration": "NONE"})
    not_there = browser.post(choose, {"key": "name:nobody", "registration": ""})

    assert [a.status_code for a in (nobody_ticked, unknown, not_there)] == [422, 422, 422]
    batch.refresh_from_db()
    assert not any(person["decided"] for person in batch.people)


def test_a_co_host_matches_only_people_it_may_see(reported, sign_in, coast, make_registration):
    _, event, batch, (ana, ben) = reported
    hosting.invite(event, coast, by=None, at=NOON)
    hosting.decide(event, coast, "accept", by=None, at=NOON)
    Registration.objects.filter(pk=ben.pk).update(alliance=coast)
    co_host = sign_in(coast)
    choose = reverse("organise-assignment", args=[event.slug, batch.pk])

    html = page(co_host, "report", event.slug, batch.pk)
    hidden = co_host.post(choose, {"key": "name:ben whitaker", "registration": ana.code})
    allowed = co_host.post(choose, {"accept": ["name:ben whitaker"]})

    assert ("Ben Whitaker" in html, "Ana Ruiz" in html, "Zoe" in html) == (True, False, False)
    assert (hidden.status_code, allowed.status_code) == (422, 302)
    assert co_host.get(choose, {"key": "email:zoe@elsewhere.example"}).status_code == 404


def test_a_file_of_30_mb_is_refused(sign_in, plains, make_event):
    event = make_event(lead=plains)
    huge = SimpleUploadedFile("huge.csv", b"a,b\n" * 7_500_000, "text/csv")

    answer = sign_in(plains).post(
        reverse("organise-attendance", args=[event.slug]), {"file": huge, "zone": "America/Denver"}
    )

    assert answer.status_code == 422
    assert "This file has 30 MB" in answer.content.decode()
    assert not AttendanceImport.objects.exists()


@pytest.mark.parametrize(
    ("content", "zone", "sentence"),
    [
        (b"", "America/Denver", "This file is empty."),
        (b"hello\n", "America/Denver", "This file holds no attendance"),
        (b"\x00\x01\x02\xff" * 50, "America/Denver", "We read an attendance report"),
        (zoom(("Ana", "a@b.example", *WHOLE)).read(), "Mars/Phobos", "is not a time zone we know"),
        (
            zoom(("Ana", "a@b.example", *WHOLE)).read().replace(b"01/13", b"04/14"),
            "America/Denver",
            "This report is for April 14, 2027.",
        ),
    ],
)
def test_a_file_that_is_no_report_of_this_event_is_refused_beside_the_field(
    sign_in, plains, make_event, content, zone, sentence
):
    event = make_event(lead=plains)
    file = SimpleUploadedFile("report.csv", content, "text/csv")

    answer = sign_in(plains).post(
        reverse("organise-attendance", args=[event.slug]), {"file": file, "zone": zone}
    )

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not AttendanceImport.objects.exists()


def test_the_same_file_again_leads_to_the_same_review(reported):
    browser, event, batch, _ = reported
    file = zoom(
        ("Ana Ruiz", "ana@aurora.example", *WHOLE),
        ("Ben Whitaker", "", "11:00:00 AM", "11:30:00 AM"),
        ("Zoe Unknown", "zoe@elsewhere.example", *WHOLE),
    )

    again = browser.post(
        reverse("organise-attendance", args=[event.slug]),
        {"file": file, "zone": "America/Denver"},
    )

    assert again["Location"] == reverse("organise-report", args=[event.slug, batch.pk])
    assert AttendanceImport.objects.count() == 1


def test_settling_says_what_it_decides_and_takes_a_tick_before_the_end(
    sign_in, plains, make_event, make_registration
):
    start = f"{timezone.now() + timedelta(days=20):%Y-%m-%d}T11:00"
    event = make_event(lead=plains, starts=start)
    ana, ben = make_registration(event, name="Ana"), make_registration(event, name="Ben")
    session = event.sessions.get()
    for one, seconds in ((ana, 5400), (ben, 600)):
        Attendance.objects.create(
            session=session,
            registration=one,
            present_seconds=seconds,
            in_session_seconds=seconds,
            changed_at=NOON,
        )
    browser, address = sign_in(plains), reverse("organise-settlement", args=[event.slug])

    asked = browser.get(address).content.decode()
    too_early = browser.post(address, {})

    assert "1 met it" in asked
    assert "1 were there for less" in asked
    assert "at least 72 of 90 minutes" in asked
    assert too_early.status_code == 409
    event.refresh_from_db()
    assert event.settled_at is None
    assert browser.post(address, {"early": "on"}).status_code == 302
    ana.refresh_from_db()
    ben.refresh_from_db()
    assert (ana.presence, ben.presence) == ("met", "short")
