"""Making programs, saying which events they consist of, and rules that are checked at each save."""

from dataclasses import replace

import pytest

from conftest import NOON
from events.domain import curriculum
from events.domain.curriculum import ProgrammePlan
from events.models import Event
from events.tests.enrolling import LATER, make_programme
from kit.errors import Invalid
from programmes.models import AuditEntry, Programme, Topic

pytestmark = pytest.mark.django_db
PLAN = ProgrammePlan(name="  Curb  Lab ", kind="certificate_track", description="Two\n\n\n\nlines")
TWO = {"all_of": [{"rule": "min_events", "count": 2}]}


@pytest.fixture
def programme(plains, coast):
    return make_programme(plains, coast)


@pytest.fixture
def events(make_event, programme):
    return [
        make_event(lead=programme.lead, programme=programme, slug=slug, title=slug.upper())
        for slug in "abc"
    ]


def edited(programme, version=None, **changes) -> Programme:
    return curriculum.edit(programme, changes, by=None, at=LATER, version=version)


def order(programme) -> list[str]:
    programme.refresh_from_db()
    return curriculum.events_of(programme)


def test_a_program_is_made_with_clean_text_and_its_lead_among_the_hosts(plains, coast):
    topic = Topic.objects.create(slug="curb", name="Curb")

    made = curriculum.draft(
        plains, replace(PLAN, co_hosts=(coast,), topics=(topic,)), by=None, at=NOON
    )

    assert (made.slug, made.name, made.description) == ("curb-lab", "Curb Lab", "Two\n\nlines")
    assert set(made.hosts.all()) == {plains, coast}
    assert list(made.topics.all()) == [topic]
    assert AuditEntry.objects.filter(action="programme.made").count() == 1
    again = curriculum.draft(plains, PLAN, by=None, at=NOON)
    assert again.slug == "curb-lab-2"


@pytest.mark.parametrize("name", ["New", "Mine"])
def test_no_program_takes_an_address_of_the_site(plains, name):
    made = curriculum.draft(plains, ProgrammePlan(name=name), by=None, at=NOON)

    assert made.slug == f"{name.lower()}-2"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 2000}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"description": "x" * 20_001}, ["description"]),
        ({"kind": "club"}, ["kind"]),
        ({"sharing": "world"}, ["sharing"]),
        ({"slug": "Not A Slug"}, ["slug"]),
        ({"slug": "mine"}, ["slug"]),
        ({"completion": TWO}, ["completion", "all_of", 0, "count"]),
        ({"sets": {"electives": []}}, ["sets", "electives"]),
        ({"award": {"title": "x" * 300}}, ["award", "title"]),
        ({"award": {"prize": 1}}, ["award", "prize"]),
        ({"award": {"title": "T", "credits": [{"scheme": "PDH"}]}}, ["award", "credits"]),
        ({"award": [1]}, ["award"]),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_nothing_is_written(plains, changes, place):
    with pytest.raises(Invalid) as no:
        curriculum.draft(plains, replace(PLAN, **changes), by=None, at=NOON)

    assert [error["loc"] for error in no.value.errors] == [place]
    assert not Programme.objects.exists()


def test_an_alliance_that_has_left_cannot_host(plains, make_alliance):
    gone = make_alliance("Gone", is_active=False)

    with pytest.raises(Invalid, match="has left the partnership"):
        curriculum.draft(plains, replace(PLAN, co_hosts=(gone,)), by=None, at=NOON)


def test_rules_are_held_against_the_events_there_are(programme, events):
    saved = edited(programme, completion=TWO)
    assert saved.completion == TWO
    assert saved.version == 2

    with pytest.raises(Invalid, match="4 events are asked for, but the program has 3 events"):
        edited(programme, completion={"all_of": [{"rule": "min_events", "count": 4}]})


def test_an_edit_of_nothing_writes_nothing(programme, events):
    saved = edited(programme, completion=TWO)

    same = edited(saved, completion=TWO, name=saved.name)

    assert (same.version, same.changed_at) == (saved.version, saved.changed_at)
    assert AuditEntry.objects.filter(action="programme.edited").count() == 1


def test_two_who_edit_at_once_do_not_overwrite_each_other(programme):
    edited(programme, version=1, name="First")

    with pytest.raises(curriculum.StaleProgramme):
        edited(programme, version=1, name="Second")

    programme.refresh_from_db()
    assert programme.name == "First"


def test_a_review_by_another_alliance_needs_hosts_who_see_everyone(programme, events):
    work = {"rule": "assignment_accepted", "name": "brief", "reviewer": "other_alliance"}

    with pytest.raises(Invalid, match="must see who is enrolled"):
        edited(programme, completion={"all_of": [work]})

    assert edited(programme, completion={"all_of": [work]}, sharing="all").sharing == "all"


def test_events_are_added_in_the_order_they_come_and_moved(programme, events, make_event, coast):
    new = make_event(lead=coast, slug="d")

    curriculum.add_event(programme, new, by=None, at=LATER)
    curriculum.add_event(programme, new, by=None, at=LATER)
    assert order(programme) == ["a", "b", "c", "d"]

    curriculum.move_event(programme, new, places=-2, by=None, at=LATER)
    assert order(programme) == ["a", "d", "b", "c"]
    curriculum.move_event(programme, new, places=-20, by=None, at=LATER)
    assert order(programme) == ["d", "a", "b", "c"]
    assert AuditEntry.objects.filter(action="programme.event-added").count() == 1


def test_an_event_of_strangers_is_not_added(programme, make_event, lead):
    with pytest.raises(curriculum.NotHostedHere):
        curriculum.add_event(programme, make_event(lead=lead), by=None, at=LATER)

    assert order(programme) == []


def test_an_event_is_in_one_program_at_most(programme, events, plains):
    other = make_programme(plains, slug="other")

    with pytest.raises(curriculum.EventTaken):
        curriculum.add_event(other, events[0], by=None, at=LATER)

    assert Event.objects.get(slug="a").programme == programme


def test_an_event_the_rules_ask_for_cannot_be_taken_out(programme, events):
    edited(programme, completion={"all_of": [{"rule": "required_events", "events": ["a"]}]})

    with pytest.raises(Invalid, match="names “a”, which is not in this program"):
        curriculum.remove_event(programme, events[0], by=None, at=LATER)
    curriculum.remove_event(programme, events[1], by=None, at=LATER)
    curriculum.remove_event(programme, events[1], by=None, at=LATER)

    assert order(programme) == ["a", "c"]
    assert Event.objects.get(slug="b").programme is None


def test_no_event_can_be_taken_out_that_the_number_asked_for_needs(programme, events):
    edited(programme, completion={"all_of": [{"rule": "min_events", "count": 3}]})

    with pytest.raises(Invalid, match="3 events are asked for, but the program has 2 events"):
        curriculum.remove_event(programme, events[2], by=None, at=LATER)
