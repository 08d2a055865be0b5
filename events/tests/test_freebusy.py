"""When an alliance is busy: in UTC, for 60 days, saying nothing of what with."""

from datetime import UTC, datetime, timedelta

import pytest
import vobject
from django.test import Client
from icalendar import Calendar

from events.domain import freebusy
from events.models import EventHost, PartnerCalendar, PartnerEntry
from programmes.models import AllianceHours

pytestmark = pytest.mark.django_db
AT = datetime(2027, 1, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def plains(make_alliance):
    return make_alliance("Plains", zone="America/Chicago")


def lines(alliance):
    text = freebusy.as_freebusy(alliance, at=AT).decode().replace("\r\n ", "")
    return [line for line in text.split("\r\n") if line.startswith("FREEBUSY")]


def events(alliance):
    found = Calendar.from_ical(freebusy.as_events(alliance, at=AT)).walk("VEVENT")
    return [(str(event["STATUS"]), event["DTSTART"].dt, str(event["SUMMARY"])) for event in found]


def test_public_events_are_busy_and_those_that_touch_are_one_span(plains, make_event):
    make_event(lead=plains, starts="2027-01-13T11:00", minutes=60)
    make_event(lead=plains, starts="2027-01-13T12:00", minutes=60)
    make_event(starts="2027-01-14T12:00")

    assert lines(plains) == ["FREEBUSY;FBTYPE=BUSY:20270113T180000Z/20270113T200000Z"]
    assert [status for status, _, _ in events(plains)] == ["CONFIRMED", "CONFIRMED"]


def test_what_is_proposed_is_tentative_and_a_draft_is_nothing(plains, make_event, make_alliance):
    make_event(lead=plains, published=False, starts="2027-01-12T11:00")
    make_event(lead=plains, published=False, status="proposed", minutes=60)
    asked = make_event(published=False, status="proposed", starts="2027-01-15T11:00", minutes=60)
    EventHost.objects.create(
        event=asked, alliance=plains, role="co-host", state="invited", invited_at=AT
    )

    assert lines(plains) == [
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270113T180000Z/20270113T190000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270115T180000Z/20270115T190000Z",
    ]
    assert [status for status, _, _ in events(plains)] == ["TENTATIVE", "TENTATIVE"]


def test_certain_time_is_not_said_to_be_tentative_too(plains, make_event):
    make_event(lead=plains, minutes=60)
    make_event(
        lead=plains, published=False, status="proposed", starts="2027-01-13T10:30", minutes=120
    )

    assert lines(plains) == [
        "FREEBUSY;FBTYPE=BUSY:20270113T180000Z/20270113T190000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270113T173000Z/20270113T180000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270113T190000Z/20270113T193000Z",
    ]


def test_what_is_off_declined_or_far_away_takes_no_time(plains, make_event):
    make_event(lead=plains, status="cancelled", cancelled_at=AT)
    make_event(lead=plains).sessions.update(is_cancelled=True)
    make_event(lead=plains, starts="2027-03-20T11:00")
    make_event(lead=plains, starts="2027-01-05T11:00")
    declined = make_event(published=False, status="proposed")
    EventHost.objects.create(
        event=declined, alliance=plains, role="co-host", state="declined", invited_at=AT
    )

    assert lines(plains) == []
    assert events(plains) == []


def test_calendars_kept_elsewhere_count(plains):
    calendar = PartnerCalendar.objects.create(
        alliance=plains, name="Town", url="https://x.example/", asked_at=AT, next_try_at=AT
    )
    starts = datetime(2027, 1, 20, 9, tzinfo=UTC)
    PartnerEntry.objects.create(
        calendar=calendar,
        uid="a",
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        time_zone="UTC",
        title="Board retreat",
        digest="0",
        changed_at=AT,
    )

    assert lines(plains) == ["FREEBUSY;FBTYPE=BUSY:20270120T090000Z/20270120T100000Z"]
    assert events(plains) == [("CONFIRMED", starts, "Busy")]


def test_it_says_nothing_of_what_and_with_whom(plains, make_event):
    event = make_event(lead=plains, title="Secret talks", venue="City Hall", format="in_person")

    for text in (freebusy.as_freebusy(plains, at=AT), freebusy.as_events(plains, at=AT)):
        for words in ("Secret", "City Hall", event.slug, str(event.sessions.get().public_id)):
            assert words not in text.decode()


def test_it_is_the_same_all_day_and_reads_in_another_library(plains, make_event):
    make_event(lead=plains)
    morning = freebusy.as_freebusy(plains, at=AT)

    assert freebusy.as_freebusy(plains, at=AT + timedelta(hours=8)) == morning
    parsed = vobject.readOne(morning.decode())
    assert parsed.vfreebusy.dtstart.value == datetime(2027, 1, 10, tzinfo=UTC)
    assert parsed.vfreebusy.dtend.value == datetime(2027, 3, 11, tzinfo=UTC)
    ((starts, length),) = parsed.vfreebusy.freebusy.value
    assert (starts, length) == (
        datetime(2027, 1, 13, 18, tzinfo=UTC),
        datetime(2027, 1, 13, 19, 30, tzinfo=UTC),
    )
    assert parsed.vfreebusy.uid.value == f"busy-{plains.pk}@lyceum.smartcoalitions.example"


def test_an_entry_keeps_its_name_when_it_is_moved(plains, make_event):
    event = make_event(lead=plains)

    def name():
        (found,) = Calendar.from_ical(freebusy.as_events(plains, at=AT)).walk("VEVENT")
        return str(found["UID"])

    before = name()
    event.sessions.update(starts_at=AT + timedelta(days=2), ends_at=AT + timedelta(days=3))

    assert name() == before


def test_both_forms_answer_over_http(plains):
    for ending, kind in (("ifb", "component=VFREEBUSY"), ("ics", "charset=utf-8")):
        answer = Client().get(f"/feeds/busy/{plains.slug}.{ending}")

        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/calendar; charset=utf-8")
        assert kind in answer["Content-Type"]
        assert answer["Cache-Control"] == "public, max-age=300"
        again = Client().get(
            f"/feeds/busy/{plains.slug}.{ending}", headers={"If-None-Match": answer["ETag"]}
        )
        assert again.status_code == 304


@pytest.mark.parametrize("path", ["nowhere.ifb", "nowhere.ics", "plains.txt"])
def test_who_is_unknown_is_404(path, db):
    assert Client().get(f"/feeds/busy/{path}").status_code == 404


def test_office_hours_stand_on_the_alliance_s_own_clock_without_lunch(plains):
    text = freebusy.as_freebusy(plains, at=AT)

    [whole] = Calendar.from_ical(text).walk("VAVAILABILITY")
    parts = whole.walk("AVAILABLE")
    said = [
        (f"{p['DTSTART'].dt:%a %H:%M}", f"{p['DTEND'].dt:%H:%M}", p["RRULE"]["BYDAY"])
        for p in parts
    ]
    week = ["MO", "TU", "WE", "TH", "FR"]
    assert said == [("Mon 09:00", "12:00", week), ("Mon 13:00", "17:00", week)]
    assert {p["DTSTART"].params["TZID"] for p in parts} == {plains.zone}
    assert f"TZID:{plains.zone}".encode() in text


def test_an_alliance_with_hours_of_its_own_is_open_as_it_says(plains):
    AllianceHours.objects.create(alliance=plains, weekday=5, opens=600, closes=840)

    [part] = Calendar.from_ical(freebusy.as_freebusy(plains, at=AT)).walk("AVAILABLE")

    assert (f"{part['DTSTART'].dt:%A %H:%M}", part["RRULE"]["BYDAY"]) == ("Saturday 10:00", ["SA"])
