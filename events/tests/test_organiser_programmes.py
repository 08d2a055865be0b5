"""Programs on the organizers' side: who gets in, rules without JSON, events, people, records."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from events import rules
from events.domain import enrolment
from events.domain.registration import Place
from events.models import Enrolment, Event
from events.tests.enrolling import ANA, make_programme
from events.tests.own_pages import words
from programmes import rules as network_rules
from programmes.access import ANYONE, actor_of
from programmes.models import Organisation, Programme, Role

pytestmark = pytest.mark.django_db
HERE = "/organize/programs/series/"


@pytest.fixture
def programme(plains, coast):
    return make_programme(plains, coast)


@pytest.fixture
def events(programme, soon):
    return [
        soon(days=days, lead=programme.lead, programme=programme, slug=slug, title=slug.upper())
        for days, slug in ((3, "a"), (5, "b"), (7, "c"))
    ]


@pytest.fixture
def lead_s(sign_in, plains) -> Client:
    return sign_in(plains)


@pytest.fixture
def co_host_s(sign_in, coast) -> Client:
    return sign_in(coast)


def said(response) -> str:
    return words(html.document_fromstring(response.content.decode()).find(".//main"))


def form_of(response, holding: str) -> dict[str, list[str]]:
    """What a browser would send of the form that has the field ``holding``."""
    document = html.document_fromstring(response.content.decode())
    (form,) = [form for form in document.forms if holding in form.fields]
    sent: dict[str, list[str]] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    sent.pop("csrfmiddlewaretoken", None)
    return sent


# --- who gets in ----------------------------------------------------------------------------------

PAGES = ("", "people/", "rules/", "edit/", "people.csv")


@pytest.mark.parametrize("kind", Role.Kind.values)
@pytest.mark.parametrize("who", ["lead", "co-host", "stranger"])
def test_each_page_opens_for_exactly_those_it_is_for(
    programme, events, sign_in, lead, plains, coast, kind, who
):
    client = sign_in({"lead": plains, "co-host": coast, "stranger": lead}[who], kind=kind)
    found = [client.get(HERE + rest).status_code for rest in PAGES]

    if who == "stranger" or kind == "check-in":
        assert found == [404] * 5
    elif who == "lead" and kind in {"admin", "organiser"}:
        assert found == [200] * 5
    else:
        assert found == [200, 200, 403, 403, 200]


def test_the_list_has_the_programs_of_one_s_alliances(programme, events, lead_s, lead):
    make_programme(lead, slug="foreign", name="Foreign")

    page = said(lead_s.get("/organize/programs/"))

    assert "The Series" in page
    assert "Foreign" not in page


def test_rules_and_list_of_who_is_enrolled_agree(
    programme, plains, coast, lead, make_organiser, make_person
):
    people = [{}, {"alliance": coast}, {"alliance": lead}, {"alliance": plains}]
    for alliance in (coast, lead):
        member = Organisation.objects.create(
            slug=alliance.slug, name=alliance.slug, name_key=alliance.slug, kind="other"
        )
        member.alliances.add(alliance)
        people.append({"member_organisation": member})
    for number, fields in enumerate(people):
        Enrolment.objects.create(
            programme=programme,
            person=make_person(),
            name=str(number),
            email="p@x.gov",
            joined_at=timezone.now(),
            looked_at=timezone.now(),
            **fields,
        )
    both = make_organiser(coast)
    Role.objects.create(person=both, alliance=lead, kind="organiser")
    actors = [ANYONE, actor_of(make_person(is_operator=True)), actor_of(both)]
    actors += [
        actor_of(make_organiser(alliance, kind=kind))
        for alliance in (plains, coast, lead)
        for kind in Role.Kind.values
    ]
    sizes = set()
    for sharing in Programme.Sharing.values:
        Programme.objects.update(sharing=sharing)
        rows = list(
            Enrolment.objects.select_related("programme", "member_organisation").prefetch_related(
                "programme__hosts", "member_organisation__alliances"
            )
        )
        for actor in actors:
            listed = set(Enrolment.objects.visible_to(actor).values_list("pk", flat=True))
            allowed = {one.pk for one in rows if rules.may_see_enrolment(actor, one)}
            assert listed == allowed
            assert not listed or network_rules.may_see_enrolled(actor, rows[0].programme)
            sizes.add(len(listed))
    assert sizes == {0, 2, 6}


# --- making and changing --------------------------------------------------------------------------


def test_a_program_is_made_with_a_name_and_led_by_one_s_own_alliance(lead_s, plains, coast):
    form = form_of(lead_s.get("/organize/programs/new/"), "name")

    answer = lead_s.post(
        "/organize/programs/new/", form | {"name": "Curb Lab", "co_hosts": coast.slug}
    )

    made = Programme.objects.get()
    assert answer["Location"] == f"/organize/programs/{made.slug}/"
    assert (made.slug, made.lead, made.takes_enrolments) == ("curb-lab", plains, True)
    assert set(made.hosts.all()) == {plains, coast}


def test_nobody_makes_a_program_for_another_alliance(lead_s, coast):
    form = form_of(lead_s.get("/organize/programs/new/"), "name")

    answer = lead_s.post("/organize/programs/new/", form | {"name": "X", "lead": coast.slug})

    assert answer.status_code == 422
    assert not Programme.objects.exists()


def test_a_name_of_two_thousand_characters_stays_in_the_form(lead_s):
    form = form_of(lead_s.get("/organize/programs/new/"), "name")

    answer = lead_s.post("/organize/programs/new/", form | {"name": "x" * 2000})

    assert answer.status_code == 422
    assert "x" * 2000 in answer.content.decode()


def test_details_are_saved_and_an_unchanged_form_changes_nothing(lead_s, programme, events):
    path = f"{HERE}edit/"
    form = form_of(lead_s.get(path), "name")
    lead_s.post(path, form)
    programme.refresh_from_db()
    assert programme.version == 1

    lead_s.post(path, form | {"name": "Renamed", "award_title": "Laureate"})

    programme.refresh_from_db()
    assert (programme.name, programme.award["title"]) == ("Renamed", "Laureate")


def test_two_who_edit_at_once_are_told_and_nothing_is_lost(lead_s, programme):
    path = f"{HERE}edit/"
    form = form_of(lead_s.get(path), "name")
    lead_s.post(path, form | {"name": "First"})

    late = lead_s.post(path, form | {"name": "Second"})

    assert late.status_code == 409
    assert "Somebody else changed this program" in said(late)
    assert "Second" in late.content.decode()
    again = form_of(late, "name")
    assert lead_s.post(path, again).status_code == 302
    programme.refresh_from_db()
    assert programme.name == "Second"


CYBER = {
    "attendance": {"min_percent": 70, "of": "session_minutes_without_breaks"},
    "all_of": [
        {"rule": "required_events", "events": ["a"]},
        {"rule": "min_events", "count": 1, "of": "electives"},
        {"rule": "min_minutes", "minutes": 90},
        {"rule": "evaluation_submitted", "each": "counted_event"},
        {"rule": "assignment_accepted", "name": "brief", "reviewer": "host"},
        {"rule": "approval", "name": "visit"},
    ],
    "window_months": 12,
}


def test_all_kinds_of_rules_are_typed_without_json(lead_s, programme, events):
    path = f"{HERE}rules/"
    form = form_of(lead_s.get(path), "count")

    answer = lead_s.post(
        path,
        form
        | {
            "attendance": "min_percent",
            "attendance_value": "70",
            "required": ["a"],
            "electives": ["b", "c"],
            "electives_count": "1",
            "minutes": "90",
            "evaluations": "on",
            "assignment": "brief",
            "approval": "visit",
            "window_months": "12",
        },
    )

    assert answer.status_code == 302
    programme.refresh_from_db()
    assert programme.completion == CYBER
    assert programme.sets["electives"] == ["b", "c"]


def test_saved_rules_come_back_into_the_form_and_out_of_it_unchanged(lead_s, programme, events):
    programme.completion, programme.sets = CYBER, {"electives": ["b", "c"]}
    programme.save()

    lead_s.post(f"{HERE}rules/", form_of(lead_s.get(f"{HERE}rules/"), "count"))

    programme.refresh_from_db()
    assert (programme.completion, programme.version) == (CYBER, 1)


def test_rules_that_the_form_has_no_field_for_stay(lead_s, programme, events):
    further = {"rule": "min_events", "count": 1, "of": "labs"}
    required = {"rule": "required_events", "events": ["a"], "substitutes": {"a": ["b"]}}
    programme.completion = {"all_of": [required, further]}
    programme.sets = {"labs": ["c"]}
    programme.save()
    page = lead_s.get(f"{HERE}rules/")
    assert "further rules" in said(page)

    lead_s.post(f"{HERE}rules/", form_of(page, "count") | {"minutes": "30"})

    programme.refresh_from_db()
    asked = programme.completion["all_of"]
    assert asked == [required, {"rule": "min_minutes", "minutes": 30}, further]
    assert programme.sets["labs"] == ["c"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"count": "9"}, "9 events are asked for, but the program has 3 events."),
        ({"electives": ["a"], "electives_count": "2"}, "the set “electives” has 1 event"),
        ({"electives_count": "1"}, "The set “electives” is empty"),
        ({"attendance": "min_percent", "attendance_value": "140"}, "from 1 to 100"),
        ({"attendance": "min_percent"}, "from 1 to 100"),
        ({"window_months": "0"}, "from 1 to 120"),
        ({"per_event": "on", "minutes": "9"}, "nothing to complete"),
        ({"assignment": "x" * 2000}, "is too long"),
        ({"assignment": "brief", "reviewer": "other_alliance"}, "let co-hosts see everyone"),
        ({"required": ["zebra"]}, "zebra is not one of the available choices"),
    ],
)
def test_rules_that_cannot_be_stay_in_the_form_with_a_sentence(
    lead_s, programme, events, typed, sentence
):
    form = form_of(lead_s.get(f"{HERE}rules/"), "count")

    answer = lead_s.post(f"{HERE}rules/", form | typed)

    assert answer.status_code == 422
    assert sentence in said(answer)
    programme.refresh_from_db()
    assert (programme.completion, programme.version) == ({}, 1)


# --- events ---------------------------------------------------------------------------------------


def test_each_host_puts_in_events_it_leads(programme, coast, lead, co_host_s, soon):
    mine = soon(days=3, lead=coast, slug="mine")
    soon(days=3, lead=lead, slug="strange")

    page = said(co_host_s.get(HERE))
    assert mine.title in page
    co_host_s.post(f"{HERE}events/", {"event": "mine"})
    strange = co_host_s.post(f"{HERE}events/", {"event": "strange"})

    assert strange.status_code == 422
    assert list(programme.events.values_list("slug", flat=True)) == ["mine"]


@pytest.mark.parametrize("sent", [{}, {"event": ""}, {"event": "nul\x00"}])
def test_an_event_that_is_no_event_is_refused(programme, lead_s, sent):
    assert lead_s.post(f"{HERE}events/", sent).status_code == 422


def test_events_are_moved_and_taken_out(programme, events, lead_s, co_host_s):
    lead_s.post(f"{HERE}events/c/position", {"move": "up"})
    programme.refresh_from_db()
    assert programme.sets["programme"] == ["a", "c", "b"]
    assert lead_s.post(f"{HERE}events/c/position", {"move": "sideways"}).status_code == 422
    assert co_host_s.post(f"{HERE}events/c/position", {"move": "up"}).status_code == 403

    assert co_host_s.post(f"{HERE}events/c/removal").status_code == 403
    assert lead_s.post(f"{HERE}events/c/removal").status_code == 302
    assert Event.objects.get(slug="c").programme is None
    assert lead_s.post(f"{HERE}events/c/removal").status_code == 404


def test_an_event_the_rules_need_is_not_taken_out_and_the_page_says_why(programme, events, lead_s):
    programme.completion = {"all_of": [{"rule": "required_events", "events": ["a"]}]}
    programme.save()

    answer = lead_s.post(f"{HERE}events/a/removal")

    assert answer.status_code == 422
    assert "Change the rules first" in said(answer)


def test_rules_that_no_longer_fit_and_a_lead_that_left_are_told(programme, events, lead_s, plains):
    programme.completion = {"all_of": [{"rule": "required_events", "events": ["gone"]}]}
    programme.save()
    plains.is_active = False
    plains.save()

    page = said(lead_s.get(HERE))

    assert "“gone”, which is not in this program" in page
    assert "has left the partnership" in page


@pytest.fixture
def ana(programme, events) -> Enrolment:
    programme.completion = {"all_of": [{"rule": "min_events", "count": 2}]}
    programme.save()
    return enrolment.enrol(programme, ANA, at=timezone.now()).enrolment


def cost(client, path) -> int:
    cache.clear()
    client.get("/verify/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_the_pages_cost_the_same_for_few_and_many(programme, ana, lead_s, soon):
    paths = ("/organize/programs/", HERE, f"{HERE}people/", f"{HERE}people/{ana.code}/")
    few = [cost(lead_s, path) for path in paths]
    for number in range(4):
        place = Place(name=f"P {number}", email=f"p{number}@x.gov")
        enrolment.enrol(programme, place, at=timezone.now() + timedelta(seconds=number))
        soon(days=10 + number, lead=programme.lead, programme=programme)
        make_programme(programme.lead, slug=f"p-{number}", name=f"P {number}")

    assert [cost(lead_s, path) for path in paths] == few
    assert max(few) <= 30
