"""Each mail as it goes over the wire: parts, headers, invitation, and when it is not sent."""

import email
import email.policy
import re
from datetime import timedelta

import pytest
import vobject
from django.core import mail
from django.utils.module_loading import import_string
from icalendar import Calendar

from conftest import NOON
from events.domain import hosting, links, registration, replies, scheduling
from events.domain.registration import Place
from events.models import EventHost, Registration
from programmes import effects, outbox
from programmes.domain import delivery
from programmes.models import OutboxEntry, Role

pytestmark = pytest.mark.django_db


def send_all():
    """Everything that is due, and what came out, parsed from its bytes."""
    mail.outbox.clear()
    while entries := delivery.claim():
        for entry in entries:
            delivery.carry_out(entry)
    return [
        email.message_from_bytes(sent.message().as_bytes(), policy=email.policy.default)
        for sent in mail.outbox
    ]


def failed():
    return list(OutboxEntry.objects.filter(error__gt="").values_list("kind", "error"))


def register(event, who="Ana Ruiz", address="ana@city.example"):
    return registration.register(event, Place(name=who, email=address), at=NOON).registration


def invitation_of(message):
    (part,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    return part, Calendar.from_ical(part.get_content().encode())


def test_the_confirmation_is_text_html_and_invitation_in_this_order(make_event):
    register(make_event(title="Curbs; and “kerbs”"))

    (message,) = send_all()

    alternative = next(p for p in message.walk() if p.get_content_type().endswith("alternative"))
    assert [part.get_content_type() for part in alternative.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert message["Subject"] == "You are registered: Curbs; and “kerbs”"
    assert message["To"] == "Ana Ruiz <ana@city.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].startswith("<outbox.")
    assert failed() == []


def test_the_invitation_asks_one_person_with_the_same_method_in_body_and_header(make_event):
    event = make_event()
    register(event)

    part, calendar = invitation_of(send_all()[0])

    (entry,) = calendar.walk("VEVENT")
    assert part.get_param("method") == "REQUEST"
    assert str(calendar["METHOD"]) == "REQUEST"
    assert str(entry["UID"]).startswith(str(event.sessions.get().public_id))
    assert str(entry["ATTENDEE"]) == "mailto:ana@city.example"
    assert str(entry["ORGANIZER"]).startswith("mailto:")
    assert entry["DTSTART"].dt == event.starts_at


def test_the_invitation_reads_the_same_in_another_library(make_event):
    event = make_event()
    register(event)

    part, _ = invitation_of(send_all()[0])
    parsed = vobject.readOne(part.get_content())

    assert parsed.method.value == "REQUEST"
    assert parsed.vevent.dtstart.value == event.starts_at
    assert parsed.vevent.attendee.value == "mailto:ana@city.example"


def test_the_confirmation_leads_to_the_registration_and_not_to_the_call(make_event):
    event = make_event(join_url="https://meet.example/secret")
    ours = register(event)

    (message,) = send_all()

    text = message.get_body(("plain",)).get_content()
    assert links.registration_url(ours) in text
    assert links.find_registration(text.split("/r/")[1].split("/")[0]) == ours
    assert "secret" not in message.as_string()


def test_several_dates_come_as_one_invitation_each(make_event):
    event = make_event(sessions=(("2027-01-13T11:00", 90), ("2027-01-20T11:00", 90)))
    register(event)

    (message,) = send_all()

    files = [part for part in message.walk() if part.get_filename()]
    assert [part.get_filename() for part in files] == ["invite.ics", "invite-2.ics"]
    for part in files:
        assert len(Calendar.from_ical(part.get_content()).walk("VEVENT")) == 1


def test_who_is_on_the_waitlist_is_told_the_place_in_line_and_gets_no_invitation(make_event):
    event = make_event(capacity=1)
    register(event, "First", "first@city.example")
    send_all()
    register(event, "Second", "second@city.example")

    (message,) = send_all()

    assert "waitlist" in message["Subject"]
    assert "number 1 in line" in message.get_body(("plain",)).get_content()
    assert all(part.get_content_type() != "text/calendar" for part in message.walk())


def test_giving_a_seat_back_takes_it_out_of_one_calendar_and_puts_it_into_another(make_event):
    event = make_event(capacity=1)
    first = register(event, "First", "first@city.example")
    register(event, "Second", "second@city.example")
    send_all()

    registration.cancel(first, at=NOON)
    cancelled, promoted = sorted(send_all(), key=lambda message: message["To"])

    part, calendar = invitation_of(cancelled)
    assert part.get_param("method") == str(calendar["METHOD"]) == "CANCEL"
    assert str(calendar.walk("VEVENT")[0]["STATUS"]) == "CANCELLED"
    assert int(calendar.walk("VEVENT")[0]["SEQUENCE"]) == 1
    part, calendar = invitation_of(promoted)
    assert part.get_param("method") == str(calendar["METHOD"]) == "REQUEST"
    assert promoted["Subject"].startswith("A seat is yours")


def test_who_comes_back_gets_a_sequence_above_the_cancellation(make_event):
    event = make_event()
    registration.cancel(register(event), at=NOON)
    send_all()

    register(event)
    _, calendar = invitation_of(send_all()[0])

    assert int(calendar.walk("VEVENT")[0]["SEQUENCE"]) > 1


def test_a_confirmation_that_is_no_longer_true_is_not_sent(make_event):
    ours = register(make_event())
    registration.cancel(ours, at=NOON)

    subjects = [message["Subject"] for message in send_all()]

    assert len(subjects) == 1
    assert subjects[0].startswith("Registration canceled")


def test_the_same_address_again_gets_its_link_again(make_event):
    event = make_event()
    ours = register(event)
    send_all()

    register(event, "Somebody", " ANA@City.example ")

    (message,) = send_all()
    assert message["Subject"].startswith("Your link")
    assert message["To"] == "Ana Ruiz <ana@city.example>"
    assert links.registration_url(ours) in message.get_body(("plain",)).get_content()


def test_a_moved_event_moves_in_the_calendar_and_names_the_old_time(make_event):
    event = make_event(sessions=(("2027-01-13T11:00", 90),))
    register(event)
    send_all()
    later = scheduling.SessionPlan(starts_local="2027-01-14T14:00", ends_local="2027-01-14T15:30")

    scheduling.edit(event, {"sessions": (later,)}, by=None, at=NOON + timedelta(minutes=1))

    (message,) = send_all()
    part, calendar = invitation_of(message)
    (entry,) = calendar.walk("VEVENT")
    assert str(entry["UID"]).startswith(str(event.sessions.get().public_id))
    assert int(entry["SEQUENCE"]) == 1
    assert part.get_param("method") == "REQUEST"
    text = message.get_body(("plain",)).get_content()
    assert "Thursday, January 14, 2027" in text
    assert "Wednesday, January 13, 2027" in text
    assert "11 a.m. to 12:30 p.m. Mountain" in text


def test_a_change_asks_again_by_links_for_programs_that_show_no_card(make_event):
    event = make_event(sessions=(("2027-01-13T11:00", 90), ("2027-01-20T11:00", 90)), capacity=1)
    seated = register(event)
    register(event, "Bo Lind", "bo@city.example")
    send_all()
    stays, moves = event.sessions.order_by("starts_at")
    plans = (
        scheduling.SessionPlan(starts_local="2027-01-13T11:00", ends_local="2027-01-13T12:30"),
        scheduling.SessionPlan(starts_local="2027-01-21T14:00", ends_local="2027-01-21T15:30"),
    )

    scheduling.edit(event, {"sessions": plans}, by=None, at=NOON + timedelta(minutes=1))

    told = {message["To"].partition("<")[2].rstrip(">"): message for message in send_all()}
    for kind in ("plain", "html"):
        body = told["ana@city.example"].get_body((kind,)).get_content()
        for answer in ("accepted", "tentative", "declined"):
            assert replies.answer_url(moves, seated, answer) in body
        assert replies.answer_url(stays, seated, "accepted") not in body, "that date stays"
        waiting = told["bo@city.example"].get_body((kind,)).get_content()
        assert "/rsvp/" not in waiting
        assert "invitation with this mail" not in waiting, "who waits is sent none"


def test_a_canceled_event_is_taken_out_of_calendars_with_the_reason(make_event):
    event = make_event()
    register(event)
    send_all()

    scheduling.cancel(event, reason="The speaker is ill.", by=None, at=NOON)

    (message,) = send_all()
    part, calendar = invitation_of(message)
    assert part.get_param("method") == str(calendar["METHOD"]) == "CANCEL"
    assert "The speaker is ill." in message.get_body(("plain",)).get_content()
    assert "The speaker is ill." in message.get_body(("html",)).get_content()


def test_every_organiser_of_a_co_host_is_asked_until_one_has_answered(
    make_event, make_alliance, make_organiser
):
    partner = make_alliance("Coast")
    make_organiser(partner, name="Bo"), make_organiser(partner, name="Cy")
    make_organiser(partner, name="Door", kind=Role.Kind.CHECK_IN)
    event = make_event(published=False)
    hosting.invite(event, partner, by=None, at=NOON)

    messages = send_all()

    assert sorted(message["To"].addresses[0].display_name for message in messages) == ["Bo", "Cy"]
    bodies = [message.get_body(("plain",)).get_content() for message in messages]
    links = {re.search(r"/approvals/(\S+)/\?answer=accept", body)[1] for body in bodies}
    assert len(links) == 2
    assert f"/organize/events/{event.slug}/hosts/" in bodies[0]
    hosting.invite(make_event(published=False), partner, by=None, at=NOON)
    EventHost.objects.update(state="accepted", decided_at=NOON)
    assert send_all() == []


def test_markup_in_a_name_stays_text(make_event):
    register(make_event(title="<script>alert(1)</script>"), "<b>Bo</b> & Co")

    (message,) = send_all()

    html = message.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "&lt;b&gt;Bo&lt;/b&gt; &amp; Co" in html
    assert "<b>Bo</b> & Co" in message.get_body(("plain",)).get_content()


def test_every_kind_has_a_composer():
    for kind, how in effects.KINDS.items():
        if kind.startswith("events/") and isinstance(how, effects.Mail):
            assert callable(import_string(how.compose))


def test_a_name_with_a_line_break_never_reaches_a_header(make_event, make_registration):
    ours = make_registration(make_event(), name="Ana")
    Registration.objects.filter(pk=ours.pk).update(name="Ana\r\nBcc: everyone@example.com")
    outbox.put("events/registration-confirmed", ours, key="x")

    assert send_all() == []
    assert "line break" in failed()[0][1]
