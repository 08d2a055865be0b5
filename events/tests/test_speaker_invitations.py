"""Speakers are asked by iTIP, told of changes, and their answers are seen by organisers."""

from datetime import timedelta

import pytest

from conftest import NOON
from events.domain import agenda, calendars, replies, scheduling
from events.domain.scheduling import EventPlan, SessionPlan
from events.domain.speakers import inviting, links
from events.models import EventSpeaker, InvitationReply, Session, SpeakerInvitation
from events.tests.speaking import calendar_part, queued, sent, speaker, speaks
from programmes.models import OutboxEntry

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)

PLAN = EventPlan(
    title="Fiber to every block",
    time_zone="America/Chicago",
    sessions=(SessionPlan("2027-01-13T11:00", "2027-01-13T12:30"),),
)


@pytest.fixture
def mara():
    return speaker(zone="America/Denver")


@pytest.fixture
def draft(make_alliance, mara):
    lead = make_alliance("Plains")
    return scheduling.draft(
        lead, PLAN.__class__(**{**vars(PLAN), "speakers": (mara,)}), by=None, at=NOON
    )


def answered(session, who, answer, at=NOON):
    return replies.record(session, who, answer, replies.Said(), at=at)


def reply_mail(
    uid: str, to: str, *, sequence: int, answer="DECLINED", sender="mara@city.gov"
) -> bytes:
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: Re\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n"
        "BEGIN:VCALENDAR\r\nPRODID:-//Somebody//EN\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nATTENDEE;PARTSTAT={answer}:mailto:mara@city.gov\r\nSEQUENCE:{sequence}\r\n"
        "DTSTAMP:20270104T130000Z\r\nCOMMENT:On leave that week\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


# -- the message


def test_asking_sends_a_request_that_calendars_can_answer(draft, mara):
    assert inviting.invite(draft, by=None, at=NOON) == 1
    (entry,) = queued()
    message = sent(entry)
    part, calendar, event = calendar_part(message)
    assert part.get_param("method") == "REQUEST"
    assert calendar["METHOD"] == "REQUEST"
    last = message.get_payload()[0].get_payload()[-1]
    assert last.get_content_type() == "text/calendar"  # the last alternative is the one taken
    session = draft.sessions.get()
    assert event["UID"] == calendars.uid_of(session)
    assert event["SEQUENCE"] == 0
    attendees = event["ATTENDEE"]
    assert str(attendees) == "mailto:mara@city.gov"
    assert attendees.params["RSVP"] == "TRUE"
    assert message["To"].addresses[0].addr_spec == "mara@city.gov"
    from_ = message["From"].addresses[0].addr_spec
    assert str(event["ORGANIZER"]) == f"mailto:{from_}"
    assert from_ == replies.reply_address(mara)


def test_before_the_announcement_it_is_tentative_and_names_no_page(draft):
    inviting.invite(draft, by=None, at=NOON)
    message = sent(queued()[0])
    _, _, event = calendar_part(message)
    assert event["STATUS"] == "TENTATIVE"
    assert "URL" not in event
    assert f"/events/{draft.slug}/" not in message.as_string()


def test_text_and_html_hold_the_three_answers_and_both_clocks(draft, mara):
    inviting.invite(draft, by=None, at=NOON)
    message = sent(queued()[0])
    session = draft.sessions.get()
    for kind in ("plain", "html"):
        body = message.get_body((kind,)).get_content()
        for answer in ("accepted", "tentative", "declined"):
            assert replies.answer_url(session, mara, answer) in body
        assert "Central" in body
        assert "Mountain" in body
        assert links.own_url(mara) in body


def test_the_uid_is_that_of_the_feed(make_event, mara):
    event = make_event()
    speaks(event, mara)
    inviting.invite(event, by=None, at=NOON)
    _, _, invited = calendar_part(sent(queued()[0]))
    session = event.sessions.get()
    calendars.redraw(Session.objects.filter(pk=session.pk), at=NOON)
    session.refresh_from_db()
    assert f"UID:{invited['UID']}\r\n".encode() in bytes(session.ics)
    assert invited["STATUS"] == "CONFIRMED"


def test_each_speaker_gets_a_mail_of_their_own(make_event, mara):
    event = make_event()
    speaks(event, mara, speaker("Ben Ode", email="ben@city.gov"))
    assert inviting.invite(event, by=None, at=NOON) == 2
    for entry in queued():
        message = sent(entry)
        assert message.as_string().count("ATTENDEE") == calendar_part(message)[2].to_ical().count(
            b"ATTENDEE"
        ) * message.as_string().count("BEGIN:VEVENT")
        others = {"mara@city.gov", "ben@city.gov"} - {message["To"].addresses[0].addr_spec}
        assert others.pop() not in message.as_string()


# -- when


def test_asking_twice_mails_once(draft):
    inviting.invite(draft, by=None, at=NOON)
    with pytest.raises(inviting.NobodyToAsk, match="asked already"):
        inviting.invite(draft, by=None, at=LATER)
    assert len(queued()) == 1


def test_without_an_address_the_sentence_says_whose_is_missing(make_event):
    event = make_event()
    speaks(event, speaker("Ben Ode", email=""))
    with pytest.raises(inviting.NobodyToAsk, match="Ben Ode has no email address"):
        inviting.invite(event, by=None, at=NOON)


def test_announcing_asks_who_was_not_asked(draft):
    assert queued() == []
    scheduling.publish(draft, by=None, at=NOON)
    (entry,) = queued()
    assert entry.facts["what"] == "asked"
    scheduling.publish(draft, by=None, at=LATER)
    assert len(queued()) == 1


def test_announcing_tells_who_was_asked_before_without_asking_anew(draft, mara):
    inviting.invite(draft, by=None, at=NOON)
    answered(draft.sessions.get(), mara, "accepted")
    scheduling.publish(draft, by=None, at=LATER)
    first, second = queued()
    assert second.facts["what"] == "announced"
    _, _, event = calendar_part(sent(second))
    assert event["SEQUENCE"] == 0
    assert event["STATUS"] == "CONFIRMED"
    assert sent(first) is not None
    assert len(inviting.answers(draft)) == 1


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_moved_session_is_asked_about_again_with_a_higher_sequence(draft, mara, is_announced):
    if is_announced:
        scheduling.publish(draft, by=None, at=NOON)
    else:
        inviting.invite(draft, by=None, at=NOON)
    answered(draft.sessions.get(), mara, "accepted")
    moved = (SessionPlan("2027-01-14T11:00", "2027-01-14T12:30"),)
    scheduling.edit(draft, {"sessions": moved}, by=None, at=LATER)
    first, second = queued()
    assert second.facts["what"] == "changed"
    _, _, event = calendar_part(sent(second))
    assert event["SEQUENCE"] == 1
    assert f"{event.decoded('DTSTART'):%Y-%m-%d %H:%M}" == "2027-01-14 11:00"
    assert sent(first) is None  # not sent yet, and outdated
    assert inviting.answers(draft) == {}  # the answer was to another time


def test_another_title_mails_nobody(draft):
    scheduling.publish(draft, by=None, at=NOON)
    scheduling.edit(draft, {"title": "Fiber for everybody"}, by=None, at=LATER)
    assert len(queued()) == 1


def test_who_is_taken_out_gets_a_cancel(draft):
    scheduling.publish(draft, by=None, at=NOON)
    scheduling.edit(draft, {"speakers": ()}, by=None, at=LATER)
    message = sent(queued("withdrawn")[0])
    part, calendar, event = calendar_part(message)
    assert part.get_param("method") == calendar["METHOD"] == "CANCEL"
    assert event["SEQUENCE"] == 1
    assert event["STATUS"] == "CANCELLED"
    assert event["UID"] == calendars.uid_of(draft.sessions.get())


def test_who_comes_back_is_asked_above_the_cancel(draft, mara):
    scheduling.publish(draft, by=None, at=NOON)
    scheduling.edit(draft, {"speakers": ()}, by=None, at=LATER)
    scheduling.edit(draft, {"speakers": (mara,)}, by=None, at=LATER + timedelta(hours=1))
    _, _, event = calendar_part(sent(queued()[-1]))
    assert event["SEQUENCE"] == 2
    assert sent(queued("withdrawn")[0]) is None


def test_calling_the_event_off_cancels_for_its_speakers(draft):
    scheduling.publish(draft, by=None, at=NOON)
    scheduling.cancel(draft, reason="Storm", by=None, at=LATER)
    message = sent(queued("withdrawn")[0])
    assert "Storm" in message.get_body(("plain",)).get_content()
    assert calendar_part(message)[1]["METHOD"] == "CANCEL"


def test_a_session_deleted_from_a_draft_leaves_the_calendar(draft):
    two = (*PLAN.sessions, SessionPlan("2027-01-14T11:00", "2027-01-14T12:00"))
    scheduling.edit(draft, {"sessions": two}, by=None, at=NOON)
    inviting.invite(draft, by=None, at=NOON)
    scheduling.edit(draft, {"sessions": PLAN.sessions}, by=None, at=LATER)
    assert draft.sessions.count() == 1
    (entry,) = queued("withdrawn")
    _, _, event = calendar_part(sent(entry))
    assert f"{event.decoded('DTSTART'):%Y-%m-%d}" == "2027-01-14"


def test_who_declined_and_is_replaced_hears_nothing_more(draft, mara):
    scheduling.publish(draft, by=None, at=NOON)
    answered(draft.sessions.get(), mara, "declined")
    scheduling.edit(draft, {"speakers": ()}, by=None, at=LATER)
    assert queued("withdrawn") == []
    assert SpeakerInvitation.objects.get().withdrawn_at is not None


def test_what_is_over_is_left_alone(make_event, mara):
    event = make_event(starts="2027-01-02T11:00")
    speaks(event, mara)
    with pytest.raises(inviting.NobodyToAsk):
        inviting.invite(event, by=None, at=NOON)
    inviting.refresh(event, at=NOON)
    assert queued() == []


def test_reminders_go_to_the_silent_once_a_day(make_event, mara):
    ben = speaker("Ben Ode", email="ben@city.gov")
    event = make_event()
    speaks(event, mara, ben)
    inviting.invite(event, by=None, at=NOON)
    answered(event.sessions.get(), ben, "tentative")
    with pytest.raises(inviting.NobodyToAsk):
        inviting.remind(event, by=None, at=NOON + timedelta(hours=3))
    next_day = NOON + timedelta(days=1, hours=1)
    assert inviting.remind(event, by=None, at=next_day) == 1
    reminder = queued()[-1]
    assert reminder.facts["what"] == "reminder"
    assert reminder.facts["speaker"] == mara.pk
    with pytest.raises(inviting.NobodyToAsk):
        inviting.remind(event, by=None, at=next_day + timedelta(hours=2))


# -- and the answer


def test_a_reply_from_a_calendar_reaches_the_organisers(draft, mara):
    scheduling.publish(draft, by=None, at=NOON)
    _, _, event = calendar_part(sent(queued()[0]))
    to = str(event["ORGANIZER"]).removeprefix("mailto:")
    # From another mailbox of hers: the address it goes to proves who answers.
    raw = reply_mail(str(event["UID"]), to, sequence=0, sender="mara.private@mail.example")
    assert [one.code for one in replies.take_in(raw, at=LATER)] == ["recorded"]
    (answer,) = inviting.answers(draft).values()
    assert (answer.answer, answer.comment) == ("declined", "On leave that week")
    (no,) = agenda.speakers_declined(frozenset({draft.lead_id}), at=LATER)
    assert no.speaker == mara
    assert agenda.speakers_declined(frozenset({draft.lead_id + 1}), at=LATER) == []


def test_a_no_to_the_earlier_time_is_not_one_to_the_new(draft):
    scheduling.publish(draft, by=None, at=NOON)
    _, _, event = calendar_part(sent(queued()[0]))
    to = str(event["ORGANIZER"]).removeprefix("mailto:")
    moved = (SessionPlan("2027-01-14T11:00", "2027-01-14T12:30"),)
    scheduling.edit(draft, {"sessions": moved}, by=None, at=LATER)
    replies.take_in(reply_mail(str(event["UID"]), to, sequence=0), at=LATER)
    assert inviting.answers(draft) == {}
    assert agenda.speakers_declined(None, at=LATER) == []


def test_a_no_of_somebody_no_longer_needed_needs_nobody(draft, mara):
    scheduling.publish(draft, by=None, at=NOON)
    answered(draft.sessions.get(), mara, "declined")
    EventSpeaker.objects.all().delete()
    assert agenda.speakers_declined(None, at=LATER) == []
    assert InvitationReply.objects.count() == 1


def test_one_mail_for_all_dates_of_an_event(make_event, mara):
    event = make_event(sessions=(("2027-01-13T11:00", 60), ("2027-01-14T11:00", 60)))
    speaks(event, mara)
    inviting.invite(event, by=None, at=NOON)
    (entry,) = queued()
    message = sent(entry)
    files = [part for part in message.walk() if part.get_filename()]
    assert [part.get_filename() for part in files] == ["invite.ics", "invite-2.ics"]
    assert OutboxEntry.objects.filter(key=entry.key).count() == 1
