"""Answers to invitations: read from the mails calendar programs send, and given by a link."""

import base64
import itertools
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOON
from events import tasks
from events.domain import mails, replies, reply_folder, reply_letters, reply_mail
from events.domain.replies import Said
from events.models import EventSpeaker, InvitationReply, Registration
from programmes.domain import letters
from programmes.models import AuditEntry, OutboxEntry, Speaker

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
STAMP = "20270104T110000Z"

GOOGLE = """\
From: Ana Ruiz <ana@city.gov>
To: events@localhost.example
Subject: Declined: Fiber to every block
Message-ID: <1@mail.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset="UTF-8"

Ana Ruiz has declined this invitation.

--inner
Content-Type: text/calendar; charset="UTF-8"; method=REPLY
Content-Transfer-Encoding: 7bit

{calendar}
--inner--

--outer
Content-Type: application/ics; name="invite.ics"
Content-Disposition: attachment; filename="invite.ics"
Content-Transfer-Encoding: 7bit

{calendar}
--outer--
"""
OUTLOOK = """\
From: "Ruiz, Ana" <Ana@City.gov>
To: "Plains" <events@localhost.example>
Subject: Accepted: Fiber to every block
MIME-Version: 1.0
Content-Type: text/calendar; charset="utf-8"; method=REPLY
Content-Transfer-Encoding: base64

{base64}
"""


def calendar_text(
    uid: str,
    *,
    answer="DECLINED",
    attendee="mailto:ana@city.gov",
    method="REPLY",
    sequence: int | None = 0,
    stamp: str | None = STAMP,
    more: tuple[str, ...] = (),
) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Somebody//EN",
        "VERSION:2.0",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f'ATTENDEE;CN="Ruiz, Ana";PARTSTAT={answer}:{attendee}',
        *([f"SEQUENCE:{sequence}"] if sequence is not None else []),
        *([f"DTSTAMP:{stamp}"] if stamp else []),
        "DTSTART:20270113T180000Z",
        *more,
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join(lines)


def google(uid: str, **fields) -> bytes:
    text = GOOGLE.replace("\n", "\r\n")
    return text.format(calendar=calendar_text(uid, **fields)).encode()


def outlook(uid: str, **fields) -> bytes:
    raw = base64.encodebytes(calendar_text(uid, **fields).encode()).decode()
    return OUTLOOK.format(base64=raw).encode()


@pytest.fixture
def seat(make_event, make_registration, make_person, settings):
    """Ana's seat with the session and the UID of her invitation."""
    event = make_event(title="Fiber to every block")
    ana = make_person("Ana Ruiz", email="ana@city.gov")
    registration = make_registration(event, ana)
    session = event.sessions.get()
    uid = f"{session.public_id}@{settings.IDENTITY_DOMAIN}"
    return SimpleNamespace(event=event, registration=registration, session=session, uid=uid)


def codes(raw: bytes, at=NOON) -> list[str]:
    return [outcome.code for outcome in replies.take_in(raw, at=at)]


def answer() -> str:
    return InvitationReply.objects.get().answer


# -- read


@pytest.mark.parametrize("write", [google, outlook])
@pytest.mark.parametrize(
    ("word", "kept"),
    [("ACCEPTED", "accepted"), ("TENTATIVE", "tentative"), ("DECLINED", "declined")],
)
def test_an_answer_of_either_kind_of_program_is_noted(seat, write, word, kept):
    assert codes(write(seat.uid, answer=word)) == ["recorded"]
    reply = InvitationReply.objects.get()
    assert (reply.registration, reply.session) == (seat.registration, seat.session)
    assert (reply.answer, reply.kind, reply.source) == (kept, "registration", "mail")
    assert reply.replied_at == NOON - timedelta(hours=1)
    assert AuditEntry.objects.filter(action="invitation.answered").count() == 1


def test_the_invitation_we_send_is_answered_by_the_uid_it_carries(seat, settings):
    sent = mails.invitation_for(seat.registration, "REQUEST").contents[0].decode()
    assert f"UID:{seat.uid}" in sent.replace("\r\n ", "")
    assert f"mailto:{letters.mailbox()}" in sent.replace("\r\n ", "")


def test_the_same_mail_twice_changes_nothing(seat):
    raw = google(seat.uid)
    assert codes(raw) == ["recorded"]
    assert codes(raw, at=LATER) == ["unchanged"]
    assert InvitationReply.objects.get().received_at == NOON
    assert OutboxEntry.objects.count() == 1


def test_an_older_answer_that_comes_late_is_not_taken(seat):
    assert codes(google(seat.uid, answer="ACCEPTED", stamp="20270104T113000Z")) == ["recorded"]
    assert codes(google(seat.uid, answer="DECLINED")) == ["outdated"]
    assert codes(google(seat.uid, answer="DECLINED", stamp="20270104T113000Z")) == ["outdated"]
    assert answer() == "accepted"


def test_a_higher_sequence_wins_whatever_the_clock_says(seat):
    codes(google(seat.uid, answer="ACCEPTED", sequence=2))
    assert codes(google(seat.uid, answer="DECLINED", sequence=1, stamp="20270104T115900Z")) == [
        "outdated"
    ]
    assert codes(google(seat.uid, answer="TENTATIVE", sequence=3, stamp="20270101T000000Z")) == [
        "recorded"
    ]
    assert answer() == "tentative"


ANSWERS = [
    ("ACCEPTED", 0, "20270104T100000Z"),
    ("DECLINED", 0, "20270104T110000Z"),
    ("TENTATIVE", 1, "20270104T090000Z"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_in_which_mails_arrive_does_not_matter(seat, order):
    for number in order:
        word, sequence, stamp = ANSWERS[number]
        codes(google(seat.uid, answer=word, sequence=sequence, stamp=stamp))
    assert answer() == "tentative"


def test_a_clock_that_runs_ahead_does_not_outlast_a_later_answer(seat):
    codes(google(seat.uid, answer="DECLINED", stamp="20990101T000000Z"))
    assert codes(google(seat.uid, answer="ACCEPTED", stamp=None), at=LATER) == ["recorded"]
    assert answer() == "accepted"


def test_an_answer_without_sequence_and_stamp_counts_as_of_now(seat):
    seat.session.sequence = 4
    seat.session.save()
    assert codes(google(seat.uid, sequence=None, stamp=None)) == ["recorded"]
    reply = InvitationReply.objects.get()
    assert (reply.sequence, reply.replied_at) == (4, NOON)


# -- whose it is


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"From: Ana Ruiz <ana@city.gov>": "From: Eve <eve@evil.example>"}, "not-from-invited"),
        ({"mailto:ana@city.gov": "mailto:eve@evil.example"}, "unknown"),
        ({"UID:": "UID:x"}, "unknown"),
        (
            {"From: Ana Ruiz <ana@city.gov>": 'From: "<ana@city.gov>, " <eve@evil.example>'},
            "not-from-invited",
        ),
    ],
)
def test_nobody_answers_for_somebody_else(seat, change, code):
    raw = google(seat.uid).decode()
    for old, new in change.items():
        assert old in raw
        raw = raw.replace(old, new)
    assert codes(raw.encode()) == [code]
    assert not InvitationReply.objects.exists()


def test_a_token_in_our_address_proves_whom_it_is_from(seat):
    address = replies.reply_address(seat.registration)
    assert len(address.partition("@")[0]) <= 64
    assert address == address.lower()
    raw = google(seat.uid, attendee="mailto:alias@else.example").decode()
    raw = raw.replace("Ana Ruiz <ana@city.gov>", "assistant@else.example")
    assert codes(raw.replace("events@localhost.example", address).encode()) == ["recorded"]

    forged = address.replace("+", "+aa")
    assert codes(raw.replace("events@localhost.example", forged).encode()) == ["unknown"]


def test_a_token_of_another_event_opens_nothing_here(seat, make_event, make_registration):
    other = replies.reply_address(make_registration(make_event()))
    raw = google(seat.uid, attendee="mailto:x@y.example").decode()
    assert codes(raw.replace("events@localhost.example", other).encode()) == ["unknown"]


def test_a_second_address_of_the_person_is_theirs_too(seat):
    seat.registration.person.addresses.create(key="ana@home.example", typed="ana@home.example")
    raw = google(seat.uid, attendee="mailto:ana@home.example").decode()
    assert codes(raw.replace("<ana@city.gov>", "<ana@home.example>").encode()) == ["recorded"]


def test_who_gave_the_place_back_is_not_invited_any_more(seat):
    Registration.objects.update(state="cancelled", cancelled_at=NOON)
    assert codes(google(seat.uid)) == ["unknown"]


def test_a_speaker_answers_for_the_sessions_they_speak_in(seat, make_event):
    speaker = Speaker.objects.create(slug="bo", name="Bo Chen", email="Bo@Uni.example")
    raw = google(seat.uid, attendee="mailto:bo@uni.example", answer="ACCEPTED")
    raw = raw.replace(b"<ana@city.gov>", b"<bo@uni.example>")
    assert codes(raw) == ["unknown"]
    EventSpeaker.objects.create(event=seat.event, speaker=speaker)
    assert codes(raw) == ["recorded"]
    reply = InvitationReply.objects.get()
    assert (reply.kind, reply.speaker, reply.registration) == ("speaker", speaker, None)
    assert not OutboxEntry.objects.exists()


def test_one_answer_is_for_both_parts_a_person_has(seat):
    speaker = Speaker.objects.create(slug="ana", name="Ana", email="ana@city.gov")
    EventSpeaker.objects.create(event=seat.event, speaker=speaker)
    assert codes(google(seat.uid)) == ["recorded"]
    assert set(InvitationReply.objects.values_list("kind", flat=True)) == {
        "registration",
        "speaker",
    }


# -- what follows


def declined_mail():
    entry = OutboxEntry.objects.get(kind="events/invitation-declined")
    return reply_letters.invitation_declined(entry)


def test_a_decline_keeps_the_seat_and_offers_the_way_out_by_mail(seat):
    codes(google(seat.uid))
    seat.registration.refresh_from_db()
    assert seat.registration.state == "confirmed"
    mail = declined_mail()
    assert mail.to == ["Ana Ruiz <ana@city.gov>"]
    assert "Do you still want your seat? Fiber to every block" in mail.subject
    assert "/cancellation/" in mail.body
    assert "your seat is still yours" in mail.body


@pytest.mark.parametrize("then", ["accepted", "cancelled"])
def test_the_mail_is_not_sent_where_it_is_no_longer_true(seat, then):
    codes(google(seat.uid))
    if then == "accepted":
        replies.record(seat.session, seat.registration, "accepted", Said(), at=LATER)
    else:
        Registration.objects.update(state="cancelled", cancelled_at=NOON)
    assert declined_mail() is None


def test_declining_again_after_a_yes_asks_again(seat):
    for number, word in enumerate(("declined", "accepted", "declined")):
        at = NOON + timedelta(minutes=number)
        replies.record(seat.session, seat.registration, word, Said(), at=at)
    assert OutboxEntry.objects.count() == 2


def test_an_answer_to_an_earlier_time_does_not_count_for_the_new_one(seat):
    codes(google(seat.uid, answer="ACCEPTED"))
    mine = seat.registration
    assert replies.answers_of([mine]) == {mine.pk: "accepted"}
    seat.session.sequence = 1
    seat.session.save()
    assert replies.answers_of([mine]) == {}


def test_the_answers_to_several_dates_are_told_together(make_event, make_registration):
    event = make_event(sessions=(("2027-01-13T11:00", 60), ("2027-01-20T11:00", 60)))
    registration = make_registration(event)
    one, two = event.sessions.all()
    replies.record(one, registration, "accepted", Said(), at=NOON)
    assert replies.answers_of([registration]) == {registration.pk: "accepted"}
    replies.record(two, registration, "declined", Said(), at=NOON)
    assert replies.answers_of([registration]) == {registration.pk: "mixed"}


# -- mails that are no answer


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"method": "COUNTER"}, ["not-an-answer"]),
        ({"method": "REQUEST"}, []),
        ({"answer": "DELEGATED"}, ["not-an-answer"]),
        ({"more": ("RRULE:FREQ=SECONDLY",)}, ["recorded"]),
        ({"more": ("COMMENT:Sorry\\, I am away\\nthat week",)}, ["recorded"]),
    ],
)
def test_what_else_a_program_may_send(seat, change, expected):
    raw = google(seat.uid, **change)
    if method := change.get("method"):
        raw = raw.replace(b"method=REPLY", f"method={method}".encode())
    assert codes(raw) == expected


def test_a_hostile_zone_in_an_answer_is_not_worked_out(seat):
    zone = "\r\n".join(
        (
            *("BEGIN:VTIMEZONE", "TZID:x", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
            *("RRULE:FREQ=SECONDLY", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100", "END:STANDARD"),
            *("END:VTIMEZONE", "BEGIN:VEVENT"),
        )
    )
    raw = google(seat.uid).replace(b"BEGIN:VEVENT", zone.encode())
    assert codes(raw) == ["recorded"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"   ", b"no mail at all", b"\x00" * 100, b"Subject: x\r\n\r\nx", b"x" * 6_000_000],
)
def test_what_is_no_mail_is_refused_with_a_sentence(raw):
    with pytest.raises(reply_mail.NotAMail) as no:
        replies.take_in(raw, at=NOON)
    assert str(no.value).endswith(".")


def test_a_letter_of_a_person_holds_no_answer():
    raw = b"From: ana@city.gov\r\nTo: events@localhost.example\r\n\r\nI cannot come, sorry."
    assert replies.take_in(raw, at=NOON) == []


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(noise):
    raw = google("x@y").replace(b"UID:", noise + b"UID:")
    try:
        reply_mail.heard(raw)
        reply_mail.heard(noise + raw)
    except reply_mail.NotAMail:
        pass


# -- files


def test_the_command_reads_files_folders_and_standard_input(seat, tmp_path, monkeypatch):
    (tmp_path / "1.eml").write_bytes(google(seat.uid, answer="ACCEPTED"))
    (tmp_path / "2.eml").write_bytes(b"From: a@b.example\r\n\r\nHello")
    (tmp_path / ".half").write_bytes(b"half a mail")
    said = StringIO()
    call_command("read_replies", str(tmp_path), "--dry-run", stdout=said)
    assert not InvitationReply.objects.exists()
    assert said.getvalue().splitlines() == [
        "1.eml: The answer is noted.",
        "2.eml: It holds no answer to an invitation.",
    ]
    call_command("read_replies", str(tmp_path / "1.eml"), stdout=StringIO())
    assert answer() == "accepted"
    raw = google(seat.uid, answer="TENTATIVE", stamp="20270104T113000Z")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(raw)))
    call_command("read_replies", "-", stdout=StringIO())
    assert answer() == "tentative"


def test_the_command_fails_with_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("read_replies", str(tmp_path / "none"))
    (tmp_path / "bad").write_bytes(b"nothing")
    with pytest.raises(CommandError, match="1 could not be read as a mail"):
        call_command("read_replies", str(tmp_path), stdout=StringIO())


def test_the_clock_empties_the_folder_and_throws_nothing_away(seat, tmp_path, settings):
    settings.REPLY_MAIL_DIR = ""
    assert tasks.read_replies() == "no folder"
    settings.REPLY_MAIL_DIR = str(tmp_path)
    (tmp_path / "1").write_bytes(google(seat.uid))
    (tmp_path / "2").write_bytes(b"From: a@b.example\r\n\r\nPlease call me")
    (tmp_path / "3").write_bytes(b"garbage")
    assert tasks.read_replies() == "1 answers, 2 other mails"
    assert tasks.read_replies() == "0 answers, 0 other mails"
    assert answer() == "declined"
    kept = {path.name for path in (tmp_path / reply_folder.OTHERS).iterdir()}
    assert kept == {"2", "3"}


# -- the link


def rsvp(seat) -> str:
    return f"/rsvp/{replies.answer_token(seat.session, seat.registration)}/"


def test_opening_the_link_says_nothing_and_sending_does(client, seat):
    url = rsvp(seat)
    page = client.get(f"{url}?answer=declined")
    assert page.status_code == 200
    assert 'value="declined"' in page.content.decode()
    assert not InvitationReply.objects.exists()
    for name, value in {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}.items():
        assert page[name] == value
    assert "no-store" in page["Cache-Control"]

    sent = client.post(url, {"answer": "declined", "comment": " Away\x00 that week "})
    assert sent.status_code in {302, 422}
    sent = client.post(url, {"answer": "declined", "comment": "Away that week"})
    assert (sent.status_code, sent["Location"]) == (302, f"{url}?done=1")
    reply = InvitationReply.objects.get()
    assert (reply.answer, reply.source, reply.comment) == ("declined", "link", "Away that week")

    done = client.get(f"{url}?done=1").content.decode()
    assert "The organizers see your answer" in done
    assert "Give it to the next in line" in done
    assert seat.event.title in done


def test_a_speakers_link_works_the_same(client, seat):
    speaker = Speaker.objects.create(slug="bo", name="Bo Chen")
    url = f"/rsvp/{replies.answer_token(seat.session, speaker)}/"
    assert client.get(url).status_code == 404
    EventSpeaker.objects.create(event=seat.event, speaker=speaker)
    assert client.post(url, {"answer": "accepted"}).status_code == 302
    assert InvitationReply.objects.get().speaker == speaker
    assert "Bo Chen" in client.get(url).content.decode()


@pytest.mark.parametrize("typed", [{}, {"answer": "perhaps"}, {"answer": ""}])
def test_an_answer_that_is_none_is_refused_with_a_sentence(client, seat, typed):
    sent = client.post(rsvp(seat), typed)
    assert sent.status_code == 422
    assert "There is a problem" in sent.content.decode()


def test_forged_and_revoked_links_open_nothing(client, seat):
    url = rsvp(seat)
    assert client.get(url[:-3] + "xy/").status_code == 404
    assert client.get("/rsvp/made-up/").status_code == 404
    Registration.objects.update(link_version=1)
    assert client.get(url).status_code == 404
    assert client.post(url, {"answer": "accepted"}).status_code == 404


def test_another_site_cannot_answer_for_somebody(client, seat):
    sent = client.post(rsvp(seat), {"answer": "declined"}, headers={"sec-fetch-site": "cross-site"})
    assert sent.status_code == 403


def test_a_canceled_date_asks_for_no_answer(client, seat):
    seat.session.is_cancelled = True
    seat.session.save()
    page = client.get(rsvp(seat)).content.decode()
    assert "no answer is needed" in page
    assert "Send my answer" not in page


def test_answers_by_mail_and_link_follow_each_other(client, seat):
    codes(google(seat.uid, answer="ACCEPTED"), at=timezone.now() - timedelta(minutes=5))
    client.post(rsvp(seat), {"answer": "declined"})
    assert answer() == "declined"
    assert isinstance(InvitationReply.objects.get().replied_at, datetime)


# -- shown to organisers


def test_organisers_see_the_answer_in_the_list_and_with_its_words(client, seat, make_organiser):
    client.force_login(make_organiser(seat.event.lead))
    listed = f"/organize/events/{seat.event.slug}/registrations/"
    assert "Declined in calendar" not in client.get(listed).content.decode()
    codes(google(seat.uid, more=("COMMENT:Away <b>that</b> week",)))
    assert "Declined in calendar" in client.get(listed).content.decode()
    page = client.get(f"{listed}{seat.registration.code}/").content.decode()
    assert "Away &lt;b&gt;that&lt;/b&gt; week" in page
    assert "answered the invitation: declined" in page
    assert "Question whether the seat is still wanted" in page
