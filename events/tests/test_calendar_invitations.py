"""Invitations and their withdrawal, read back by programs that others wrote."""

import re
from dataclasses import replace

import icalendar
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from events.domain.calendar import invitation_bytes, invitations
from events.tests.calendar_readers import ENTRY, READERS, lines, names, needs_strict, seen, strict
from kit.ical import NotAnAddress, one_line

ORGANISER = ("North Texas; Alliance", "events@lyceum.example")
ANA = ("Ruiz, Ana", "ana.ruiz@example.org")


def invite(*entries, method="REQUEST", organiser=ORGANISER, attendee=ANA):
    return invitation_bytes(list(entries), method=method, organiser=organiser, attendee=attendee)


def test_an_invitation_asks_one_person_to_answer():
    written = lines(invite(ENTRY))

    assert written[4] == "METHOD:REQUEST"
    assert [line for line in written if re.match("ORGANIZER|ATTENDEE", line)] == [
        'ATTENDEE;CN="Ruiz, Ana";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:'
        "mailto:ana.ruiz@example.org",
        'ORGANIZER;CN="North Texas; Alliance":mailto:events@lyceum.example',
    ]
    assert "SEQUENCE:2" in written
    assert "TZID:America/Denver" in written
    assert "STATUS:CONFIRMED" in written
    assert f"UID:{ENTRY.uid}" in written


def test_a_withdrawal_says_cancelled_and_asks_for_no_answer():
    written = lines(invite(replace(ENTRY, sequence=3), method="CANCEL"))

    assert written[4] == "METHOD:CANCEL"
    assert "STATUS:CANCELLED" in written
    assert "SEQUENCE:3" in written
    assert "SUMMARY:Canceled: Data\\, trust\\; and equity" in written
    assert [line for line in written if "RSVP=FALSE" in line]


@pytest.mark.parametrize("read", READERS)
def test_readers_see_the_invitation_like_the_feed(read):
    assert read(invite(ENTRY)) == [seen(ENTRY)]


def test_vobject_reads_both_names():
    event = vobject.readOne(invite(ENTRY).decode()).vevent

    people = [(person.params["CN"], person.value) for person in (event.attendee, event.organizer)]
    assert people == [
        (["Ruiz, Ana"], "mailto:ana.ruiz@example.org"),
        (["North Texas; Alliance"], "mailto:events@lyceum.example"),
    ]


@needs_strict
def test_the_strict_reader_reads_both_names():
    event = strict.IcsCalendarStream.calendar_from_ics(invite(ENTRY).decode()).events[0]

    people = [(str(one.uri), one.common_name) for one in (*event.attendees, event.organizer)]
    assert people == [
        ("mailto:ana.ruiz@example.org", "Ruiz, Ana"),
        ("mailto:events@lyceum.example", "North Texas; Alliance"),
    ]


@settings(deadline=None)
@given(name=st.text(max_size=120) | st.text(st.sampled_from('a,;:"^\\=\n’'), max_size=9))
def test_any_name_is_read_back_or_refused(name):
    try:
        content = invite(ENTRY, attendee=(name, ANA[1]))
    except NotAnAddress as refused:
        assert (refused.code, refused.status) == ("not-an-address", 422)
        return
    attendee = icalendar.Calendar.from_ical(content).walk("VEVENT")[0]["ATTENDEE"]

    called = one_line(name).replace('"', "'").replace("^", "").replace("\\", "/")
    theirs = vobject.readOne(content.decode()).vevent.attendee
    assert attendee.params.get("CN", "") == called
    assert theirs.params.get("CN", [""]) == [called]
    assert names(content) == names(invite(ENTRY))


@pytest.mark.parametrize(
    "attendee",
    [
        ("Ana\r\nATTENDEE:mailto:x@example.org", ANA[1]),
        ("Ana", "a@example.org\nX:y"),
        ("Ana", "no"),
    ],
)
def test_a_name_or_address_with_a_line_break_is_refused(attendee):
    with pytest.raises(NotAnAddress):
        invite(ENTRY, attendee=attendee)
    with pytest.raises(NotAnAddress):
        invite(ENTRY, organiser=attendee)


def test_an_event_of_two_sessions_goes_out_together_or_one_by_one():
    second = replace(ENTRY, uid="b@x", time_zone="America/Phoenix")

    together = lines(invite(ENTRY, second))
    one_by_one = invitations([ENTRY, second], method="REQUEST", organiser=ORGANISER, attendee=ANA)

    assert [line for line in together if line.startswith("UID")] == [f"UID:{ENTRY.uid}", "UID:b@x"]
    assert [line for line in together if line.startswith("TZID")] == [
        "TZID:America/Denver",
        "TZID:America/Phoenix",
    ]
    assert one_by_one == [invite(ENTRY), invite(second)]


def test_an_invitation_to_nothing_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="about something"):
        invite()


def test_nobody_is_invited_to_what_is_cancelled():
    with pytest.raises(ValueError, match="send CANCEL"):
        invite(replace(ENTRY, status="CANCELLED"))
