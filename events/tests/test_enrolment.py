"""Enrolling in a whole program: its dates, those added later, skipping, leaving."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conftest import NOON, assert_counters_true
from events.domain import enrolment, enrolment_dates, registration
from events.domain.registration import Place
from events.models import Enrolment, EnrolmentDate, Event, Registration
from events.tests.enrolling import (
    ANA,
    LATER,
    MONTHS,
    catch_up,
    enrolled,
    held,
    mails,
    make_programme,
)
from kit.errors import Invalid
from programmes.models import AuditEntry, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme(plains, coast):
    return make_programme(plains, coast)


@pytest.fixture
def add(make_event, programme):
    """``add("2027-02-10T11:00")``: one more date of the program."""

    def make(starts, **fields) -> Event:
        return make_event(
            **{"lead": programme.lead, "programme": programme, "starts": starts, **fields}
        )

    return make


@pytest.fixture
def three(add):
    return [add(starts) for starts in MONTHS]


def states(mine) -> dict[int, str]:
    return dict(mine.dates.values_list("event_id", "state"))


# --- enrolling ------------------------------------------------------------------------------------


def test_one_form_registers_for_every_date_and_one_mail_tells_of_all(programme, three):
    mine = enrolled(programme)

    assert [held(mine.person, event) for event in three] == [["confirmed"]] * 3
    assert mails() == ["enrolment-joined"]
    assert (mine.name, mine.email, mine.organisation) == (
        "Ana Ruiz",
        "ana@city.gov",
        "City of Aurora",
    )
    first = Registration.objects.get(event=three[0])
    assert (first.name, first.organisation, first.source) == (
        "Ana Ruiz",
        "City of Aurora",
        "program",
    )
    for event in three:
        assert_counters_true(event)


def test_the_same_address_again_changes_nothing_and_gets_its_link_once_an_hour(programme, three):
    mine = enrolled(programme)
    again = replace(ANA, name="Somebody Else", email=" ANA@City.gov ")

    for _ in range(2):
        outcome = enrolment.enrol(programme, again, at=LATER)

    assert (outcome.is_new, outcome.enrolment.pk) == (False, mine.pk)
    mine.refresh_from_db()
    assert mine.name == "Ana Ruiz"
    assert mails() == ["enrolment-joined", "enrolment-again"]
    assert Registration.objects.count() == 3


def test_a_program_without_a_date_takes_people_all_the_same(programme, add):
    mine = enrolled(programme)
    assert mails() == ["enrolment-joined"]

    event = add(MONTHS[0])
    catch_up()

    assert held(mine.person, event) == ["confirmed"]


def test_capacity_and_waitlist_are_those_of_each_date(programme, add, make_registration):
    full = add(MONTHS[0], capacity=1)
    closed = add(MONTHS[1], capacity=1, has_waitlist=False)
    free = add(MONTHS[2], capacity=1)
    for event in (full, closed):
        make_registration(event)

    mine = enrolled(programme)

    assert [held(mine.person, event) for event in (full, closed, free)] == [
        ["waitlisted"],
        [],
        ["confirmed"],
    ]
    row = mine.dates.get(event=closed)
    assert (row.state, row.code) == ("refused", "event-full")
    assert "keeps no waitlist" in row.reason
    for event in (full, closed, free):
        assert_counters_true(event)


def test_each_date_asks_its_own_rule_who_may_come(programme, add, make_organisation):
    members, open_ = add(MONTHS[0], visibility="members"), add(MONTHS[1])
    make_organisation("County", domain="county.gov")

    guest = enrolled(programme)
    member = enrolled(programme, Place(name="Bo", email="bo@county.gov"))

    assert guest.dates.get(event=members).code == "members-only"
    assert held(guest.person, open_) == ["confirmed"]
    assert held(member.person, members) == ["confirmed"]


def test_who_was_registered_for_a_date_already_keeps_that_place(programme, three):
    before = registration.register(three[0], ANA, at=NOON).registration

    mine = enrolled(programme)

    row = mine.dates.get(event=three[0])
    assert (row.registration_id, row.is_ours) == (before.pk, False)
    assert mine.dates.get(event=three[1]).is_ours
    assert mails() == ["registration-confirmed", "enrolment-joined"]


def test_only_dates_that_take_registrations_are_taken(programme, add, make_event, lead):
    hidden = [
        add("2020-02-10T11:00"),
        add(MONTHS[0], published=False),
        add(MONTHS[0], visibility="unlisted"),
        add(MONTHS[0], registration_opens_at=NOON + timedelta(days=2)),
        make_event(lead=lead, programme=programme, starts=MONTHS[0]),  # of no host of the program
    ]

    mine = enrolled(programme)

    assert [held(mine.person, event) for event in hidden] == [[]] * 5
    assert states(mine) == {}


def test_an_event_that_a_host_of_the_program_co_hosts_is_a_date_of_it(
    programme, coast, lead, make_event
):
    event = make_event(lead=lead, co_hosts=(coast,), programme=programme, starts=MONTHS[0])

    assert held(enrolled(programme).person, event) == ["confirmed"]


@pytest.mark.parametrize("change", ["closed", "lead left"])
def test_a_program_that_takes_nobody_says_so(programme, three, change):
    if change == "closed":
        programme.takes_enrolments = False
    else:
        programme.lead.is_active = False

    with pytest.raises(enrolment.EnrolmentClosed):
        enrolled(programme)

    assert not Person.objects.filter(addresses__key="ana@city.gov").exists()
    assert Enrolment.objects.count() == Registration.objects.count() == 0


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (replace(ANA, name=""), "name"),
        (replace(ANA, name="A" * 2000), "name"),
        (replace(ANA, email="nobody"), "email"),
        (replace(ANA, organisation="x" * 201), "organisation"),
        (replace(ANA, name="Ana\r\nBcc: all"), "name"),
    ],
)
def test_what_cannot_be_read_enrolls_nobody(programme, three, place, field):
    with pytest.raises(Invalid) as no:
        enrolled(programme, place)

    assert [error["loc"] for error in no.value.errors] == [[field]]
    assert Enrolment.objects.count() == Registration.objects.count() == 0


def test_the_alliance_is_the_host_s_among_those_of_the_member(
    programme, coast, lead, make_organisation
):
    make_organisation("City of Aurora", lead, coast)

    assert enrolled(programme).alliance == coast


def test_the_rules_of_the_day_are_kept_until_the_person_takes_the_new_ones(programme):
    programme.completion = {"all_of": [{"rule": "min_minutes", "minutes": 60}]}
    programme.save()
    mine = enrolled(programme)
    programme.completion = {"all_of": [{"rule": "min_minutes", "minutes": 90}]}
    programme.save()
    mine.refresh_from_db()
    assert mine.completion["all_of"][0]["minutes"] == 60

    enrolment.adopt_rules(Enrolment.objects.get(pk=mine.pk), at=LATER)

    mine.refresh_from_db()
    assert mine.completion["all_of"][0]["minutes"] == 90


# --- skipping and leaving -------------------------------------------------------------------------


def test_a_skipped_date_goes_to_the_next_in_line_and_is_not_added_again(programme, add):
    event = add(MONTHS[0], capacity=1)
    mine = enrolled(programme)
    other = registration.register(event, Place(name="Bo", email="bo@x.gov"), at=NOON).registration

    enrolment.skip(mine, event, at=NOON)
    enrolment.skip(mine, event, at=NOON)
    catch_up()

    assert held(mine.person, event) == ["cancelled"]
    assert held(other.person, event) == ["confirmed"]
    assert states(mine) == {event.pk: "skipped"}
    assert AuditEntry.objects.filter(action="enrolment.date-skipped").count() == 1


def test_a_date_can_be_skipped_before_its_registration_opens(programme, add):
    event = add(MONTHS[0], registration_opens_at=NOON + timedelta(days=2))
    mine = enrolled(programme)

    enrolment.skip(mine, event, at=NOON)
    catch_up(at=NOON + timedelta(days=3))

    assert held(mine.person, event) == []


def test_a_skipped_date_can_be_taken_again(programme, three):
    mine = enrolled(programme)
    enrolment.skip(mine, three[0], at=NOON)

    enrolment.take(mine, three[0], at=LATER)

    assert held(mine.person, three[0]) == ["cancelled", "confirmed"]
    assert states(mine)[three[0].pk] == "taken"
    assert mails()[-1] == "registration-confirmed"


def test_taking_a_date_that_is_full_is_refused_and_stays_skipped(programme, add, make_registration):
    event = add(MONTHS[0], capacity=1, has_waitlist=False)
    mine = enrolled(programme)
    enrolment.skip(mine, event, at=NOON)
    make_registration(event)

    with pytest.raises(registration.EventFull):
        enrolment.take(mine, event, at=LATER)

    assert states(mine) == {event.pk: "skipped"}


def test_a_strange_event_can_be_neither_skipped_nor_taken(programme, make_event):
    mine, other = enrolled(programme), make_event()

    for act in (enrolment.skip, enrolment.take):
        with pytest.raises(enrolment_dates.NotInProgramme):
            act(mine, other, at=NOON)

    assert EnrolmentDate.objects.count() == 0


def test_leaving_gives_back_what_enrolling_took_and_nothing_else(programme, three):
    own = registration.register(three[0], ANA, at=NOON).registration
    mine = enrolled(programme)

    enrolment.leave(mine, at=LATER)
    enrolment.leave(mine, at=LATER)

    assert held(own.person, three[0]) == ["confirmed"]
    assert [held(own.person, event) for event in three[1:]] == [["cancelled"]] * 2
    assert mails() == ["registration-confirmed", "enrolment-joined", "enrolment-left"]
    assert catch_up() == 0
    for event in three:
        assert_counters_true(event)


def test_leaving_keeps_what_is_over(programme, add):
    past, ahead = add(MONTHS[0]), add(MONTHS[2])
    mine = enrolled(programme)

    enrolment.leave(mine, at=NOON + timedelta(days=60))

    assert held(mine.person, past) == ["confirmed"]
    assert held(mine.person, ahead) == ["cancelled"]


def test_who_left_gets_no_new_date_and_can_come_back_with_the_same_link(programme, three, add):
    mine = enrolled(programme)
    enrolment.skip(mine, three[1], at=NOON)
    enrolment.leave(mine, at=NOON)
    new = add("2027-05-12T11:00")
    assert catch_up() == 0

    back = enrolled(programme, replace(ANA, name="Ana R. Ruiz"), at=LATER)

    assert (back.pk, back.code, back.state, back.round) == (mine.pk, mine.code, "active", 1)
    assert back.name == "Ana R. Ruiz"
    assert held(mine.person, new) == ["confirmed"]
    assert held(mine.person, three[0]) == ["cancelled", "confirmed"]
    assert held(mine.person, three[1]) == ["cancelled"]
    assert mails().count("enrolment-joined") == 2


def test_coming_back_by_the_link_does_the_same(programme, three):
    mine = enrolled(programme)
    enrolment.leave(mine, at=NOON)

    enrolment.rejoin(mine, at=LATER)
    enrolment.rejoin(mine, at=LATER)

    assert held(mine.person, three[0]) == ["cancelled", "confirmed"]
    assert mails().count("enrolment-joined") == 2


def test_who_has_left_takes_no_single_date(programme, three):
    mine = enrolled(programme)
    mine = enrolment.leave(mine, at=NOON)

    with pytest.raises(enrolment.EnrolmentClosed):
        enrolment.take(mine, three[0], at=LATER)
