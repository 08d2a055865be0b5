"""The mails about whole programs: one for all dates, with an invitation to each."""

from datetime import timedelta

import pytest
from django.core import mail

from conftest import NOON
from events.domain import enrolment, links, registration, scheduling
from events.models import Event, Registration
from events.tests.enrolling import LATER, MONTHS, catch_up, enrolled, make_programme
from programmes.domain import delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme(plains, coast):
    return make_programme(plains, coast)


@pytest.fixture
def add(make_event, programme):
    numbers = iter("ABCDEFG")

    def make(starts, **fields) -> Event:
        title = f"Date {next(numbers)}"
        return make_event(
            lead=programme.lead, programme=programme, starts=starts, title=title, **fields
        )

    return make


def send() -> list[mail.EmailMultiAlternatives]:
    """Carry out what is due; the mails, oldest first."""
    mail.outbox.clear()
    delivery.drain()
    return list(mail.outbox)


def files(message, method: str) -> list[str]:
    """The titles in the calendar files that hang on the mail."""
    texts = [
        content if isinstance(content, str) else content.decode()
        for name, content, _ in message.attachments
        if name.endswith(".ics")
    ]
    assert all(f"METHOD:{method}" in text for text in texts)
    return [line[8:] for text in texts for line in text.splitlines() if line.startswith("SUMMARY:")]


def test_the_first_mail_has_every_date_its_state_and_its_invitation(
    programme, add, make_registration
):
    first, second = add(MONTHS[0]), add(MONTHS[1], capacity=1)
    full = add(MONTHS[2], capacity=1, has_waitlist=False)
    make_registration(second)
    make_registration(full)
    mine = enrolled(programme)

    (message,) = send()

    assert message.subject == "You are enrolled: The Series"
    assert message.to == ["Ana Ruiz <ana@city.gov>"]
    assert first.title in message.body
    assert "You are on the waitlist" in message.body
    assert "keeps no waitlist" in message.body
    assert links.enrolment_url(mine) in message.body
    assert files(message, "REQUEST") == ["Date A"]
    markup = next(text for text, kind in message.alternatives if kind == "text/html")
    assert links.enrolment_url(mine) in markup


def test_a_date_added_later_has_a_mail_of_its_own(programme, add):
    add(MONTHS[0])
    enrolled(programme)
    send()
    add(MONTHS[1])
    catch_up()

    (message,) = send()

    assert message.subject == "New date: The Series"
    assert "Date B" in message.body
    assert "Date A" not in message.body
    assert files(message, "REQUEST") == ["Date B"]


def test_a_date_that_was_called_off_before_the_mail_went_out_is_not_announced(programme, add):
    enrolled(programme)
    send()
    event = add(MONTHS[0])
    catch_up()
    scheduling.cancel(event, reason="Storm", by=None, at=LATER)

    subjects = [message.subject for message in send()]

    assert not any(subject.startswith("New date") for subject in subjects)


def test_the_same_address_again_gets_its_link_and_no_invitation(programme, add):
    add(MONTHS[0])
    mine = enrolled(programme)
    send()
    enrolled(programme, at=LATER)

    (message,) = send()

    assert message.subject == "Your link: The Series"
    assert links.enrolment_url(mine) in message.body
    assert message.attachments == []


def test_leaving_takes_what_was_given_back_out_of_the_calendar(programme, add):
    first, second = add(MONTHS[0]), add(MONTHS[1])
    mine = enrolled(programme)
    send()
    registration.cancel(Registration.objects.get(event=second), at=NOON)
    send()

    enrolment.leave(mine, at=LATER)
    (message,) = send()

    assert message.subject == "You have left: The Series"
    assert first.title in message.body
    assert [title.removeprefix("Canceled: ") for title in files(message, "CANCEL")] == ["Date A"]


def test_who_came_back_meanwhile_is_not_told_that_they_left(programme, add):
    add(MONTHS[0])
    mine = enrolled(programme)
    send()
    enrolment.rejoin(enrolment.leave(mine, at=LATER), at=LATER + timedelta(minutes=1))

    assert [message.subject for message in send()] == ["You are enrolled: The Series"]


def test_a_name_cannot_break_a_header(programme, add):
    programme.name = "The\r\nBcc: everybody"
    programme.save()
    enrolled(programme)

    (message,) = send()

    assert "\n" not in message.subject
    assert message.to == ["Ana Ruiz <ana@city.gov>"]
