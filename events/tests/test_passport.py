"""How far people are, from what is settled and what is noted."""

from datetime import timedelta

import pytest

from conftest import NOON
from events.domain import enrolment, passport, records
from events.domain.records import Noted
from events.models import Event, Registration, SessionBreak
from events.tests.enrolling import LATER, MONTHS, enrolled, make_programme
from kit.errors import Invalid
from programmes.models import AuditEntry, Programme

pytestmark = pytest.mark.django_db
AFTER = NOON + timedelta(days=200)


@pytest.fixture
def programme(plains, coast):
    return make_programme(
        plains,
        coast,
        completion={
            "attendance": {"min_percent": 80},
            "all_of": [
                {"rule": "min_events", "count": 2},
                {"rule": "assignment_accepted", "name": "brief", "reviewer": "other_alliance"},
            ],
        },
    )


@pytest.fixture
def three(make_event, programme):
    return [
        make_event(
            lead=programme.lead, programme=programme, starts=at, slug=slug, title=slug.upper()
        )
        for slug, at in zip("abc", MONTHS, strict=True)
    ]


def settle(person, event, *, minutes, presence="met") -> None:
    mine = Registration.objects.filter(person=person, event=event)
    mine.update(presence=presence, attended_seconds=minutes * 60)
    Event.objects.filter(pk=event.pk).update(settled_at=AFTER, status="completed")


def progress_of(mine, at=AFTER):
    return passport.of_enrolments(mine.programme, [mine], at=at)[mine.pk]


def test_settled_minutes_count_by_the_program_s_own_threshold(programme, three):
    mine = enrolled(programme)
    settle(mine.person, three[0], minutes=72)
    settle(mine.person, three[1], minutes=71)

    found = progress_of(mine)

    assert found.counted == ("a",)
    assert found.standings["b"].text == "Does not count: 71 of 72 minutes needed"
    assert found.standings["c"].text == "Attendance not recorded yet"
    assert [part.said for part in found.parts] == ["1 of 2 events", "Not yet recorded"]


def test_breaks_are_left_out_of_what_is_needed(programme, three):
    session = three[0].sessions.get()
    SessionBreak.objects.create(
        session=session,
        starts_local="2027-02-10T11:30",
        ends_local="2027-02-10T12:00",
        starts_at=session.starts_at + timedelta(minutes=30),
        ends_at=session.starts_at + timedelta(minutes=60),
    )
    mine = enrolled(programme)
    settle(mine.person, three[0], minutes=48)

    assert progress_of(mine).counted == ("a",)


def test_minutes_that_are_not_settled_do_not_count(programme, three):
    mine = enrolled(programme)
    Registration.objects.filter(event=three[0]).update(attended_seconds=5400)

    assert progress_of(mine).counted == ()


def test_a_place_that_was_given_back_does_not_count(programme, three):
    mine = enrolled(programme)
    settle(mine.person, three[0], minutes=90)
    Registration.objects.filter(event=three[0]).update(state="cancelled", cancelled_at=NOON)

    assert progress_of(mine).counted == ()


def test_an_accepted_work_of_another_alliance_completes_it(programme, three, coast):
    mine = enrolled(programme)
    for event in three[:2]:
        settle(mine.person, event, minutes=90)

    records.add(mine, Noted("assignment", "brief"), alliance=coast, by=None, at=AFTER)

    assert progress_of(mine).is_met
    assert passport.completed(programme, at=AFTER) == 1


def test_the_person_s_own_alliance_does_not_review(programme, three, coast, make_organisation):
    make_organisation("City of Aurora", coast)
    mine = enrolled(programme)
    assert mine.alliance == coast

    with pytest.raises(records.SameAlliance) as no:
        records.add(mine, Noted("assignment", "brief"), alliance=coast, by=None, at=AFTER)

    assert "organizers of another alliance" in str(no.value)
    assert not programme.records.exists()
    records.add(mine, Noted("assignment", "brief"), alliance=programme.lead, by=None, at=AFTER)


def test_only_hosts_of_the_program_note_anything(programme, three, lead):
    mine = enrolled(programme)

    with pytest.raises(records.NotHosting):
        records.add(mine, Noted("assignment", "brief"), alliance=lead, by=None, at=AFTER)


@pytest.mark.parametrize(
    "noted",
    [
        Noted("assignment", "poem"),
        Noted("approval", "brief"),
        Noted("evaluation", "a"),
        Noted("magic", "brief"),
        Noted("substitution", "zebra", "x"),
        Noted("substitution", "a"),
        Noted("substitution", "a", "A course", -5),
        Noted("assignment", "brief", "n" * 501),
    ],
)
def test_what_the_rules_do_not_ask_for_is_not_noted(programme, three, coast, noted):
    mine = enrolled(programme)

    with pytest.raises(Invalid):
        records.add(mine, noted, alliance=coast, by=None, at=AFTER)

    assert not programme.records.exists()


def test_what_was_attended_instead_counts_with_its_minutes(programme, three, coast):
    mine = enrolled(programme)
    noted = Noted("substitution", "a", "The same course in Tucson", 75)

    records.add(mine, noted, alliance=coast, by=None, at=AFTER)

    assert progress_of(mine).counted == ("a",)


def test_a_record_noted_twice_stands_once_and_withdrawn_counts_no_more(programme, three, coast):
    mine = enrolled(programme)
    noted = Noted("assignment", "brief")
    first = records.add(mine, noted, alliance=coast, by=None, at=AFTER)
    assert records.add(mine, noted, alliance=coast, by=None, at=AFTER) == first

    records.withdraw(first, by=None, at=AFTER)
    records.withdraw(first, by=None, at=AFTER)

    assert progress_of(mine).parts[1].done == 0
    actions = AuditEntry.objects.filter(action__startswith="programme-record")
    assert [entry.action for entry in actions.order_by("pk")] == [
        "programme-record.made",
        "programme-record.withdrawn",
    ]
    again = records.add(mine, noted, alliance=coast, by=None, at=AFTER)
    assert again.pk != first.pk


def test_the_rules_of_the_day_of_enrolling_are_those_that_hold(programme, three):
    mine = enrolled(programme)
    settle(mine.person, three[0], minutes=90)
    programme.completion = {"all_of": [{"rule": "min_minutes", "minutes": 60}]}
    programme.save()
    assert not progress_of(mine).is_met

    enrolment.adopt_rules(mine, at=AFTER)

    assert progress_of(mine).is_met


def test_what_was_attended_without_enrolling_shows_too(programme, three, make_registration):
    place = make_registration(three[0], presence="met", attended_seconds=5400)

    (entry,) = passport.of_person(place.person_id, at=AFTER)

    assert (entry.programme, entry.enrolment) == (programme, None)
    assert entry.progress.counted == ("a",)


def test_a_learning_path_has_its_own_order(programme, three):
    programme.kind = Programme.Kind.LEARNING_PATH
    programme.sets = {"programme": ["c", "a"]}

    course = passport.courses([programme], at=NOON)[programme.pk]

    assert [event.slug for event in course.events] == ["c", "a", "b"]


def test_it_costs_the_same_for_one_and_many(
    programme, three, make_person, django_assert_max_num_queries
):
    mine = enrolled(programme)
    settle(mine.person, three[0], minutes=90)
    people = [
        programme.enrolments.create(
            person=make_person(), name="P", email="p@x.gov", joined_at=NOON, looked_at=LATER
        )
        for _ in range(5)
    ]

    with django_assert_max_num_queries(5):
        found = passport.of_enrolments(programme, [mine, *people], at=AFTER)

    assert len(found) == 6
    with django_assert_max_num_queries(7):
        passport.of_person(mine.person_id, at=AFTER)
