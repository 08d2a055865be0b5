"""Who is enrolled, for organizers: by the data rule, with progress, records and leaving."""

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from events.domain import enrolment
from events.domain.registration import Place
from events.models import Enrolment, Registration
from events.tests.enrolling import ANA, make_programme
from events.tests.own_pages import words
from programmes.models import Programme, ProgrammeRecord

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


@pytest.fixture
def ana(programme, events) -> Enrolment:
    programme.completion = {"all_of": [{"rule": "min_events", "count": 2}]}
    programme.save()
    return enrolment.enrol(programme, ANA, at=timezone.now()).enrolment


def test_the_lead_sees_everybody_with_progress_and_totals_only_shows_none(
    programme, ana, lead_s, co_host_s
):
    assert "Ana Ruiz" in said(lead_s.get(f"{HERE}people/"))
    assert "0 percent" in said(lead_s.get(f"{HERE}people/"))
    assert "Ana Ruiz" not in said(co_host_s.get(f"{HERE}people/"))
    assert "Enrolled1" in said(co_host_s.get(f"{HERE}people/"))
    assert "None of your members" in said(co_host_s.get(f"{HERE}people/"))
    assert co_host_s.get(f"{HERE}people/{ana.code}/").status_code == 404
    Programme.objects.update(sharing="totals")
    assert "totals only" in said(co_host_s.get(f"{HERE}people/"))
    assert co_host_s.get(f"{HERE}people.csv").status_code == 403
    Programme.objects.update(sharing="all")
    assert "Ana Ruiz" in said(co_host_s.get(f"{HERE}people/"))


def test_people_are_found_by_words_and_state(programme, ana, lead_s):
    enrolment.leave(ana, at=timezone.now())

    for query, shows in (
        ("q=ruiz+aurora", True),
        ("q=nobody", False),
        ("state=left", True),
        ("state=active", False),
        ("alliance=none", True),
        ("q=%00", True),
    ):
        assert ("Ana Ruiz" in said(lead_s.get(f"{HERE}people/?{query}"))) is shows, query


def test_the_export_has_progress_and_runs_no_formula(programme, ana, lead_s):
    place = Place(name="=HYPERLINK(1)", email="x@x.gov")
    enrolment.enrol(programme, place, at=timezone.now())

    text = lead_s.get(f"{HERE}people.csv").content.decode()

    assert "Ana Ruiz,ana@city.gov,City of Aurora" in text
    assert "Attend 2 more events" in text
    assert "'=HYPERLINK(1)" in text


def test_something_is_noted_of_a_person_and_withdrawn(programme, ana, lead_s, plains):
    path = f"{HERE}people/{ana.code}/"
    form = form_of(lead_s.get(path), "what")
    typed = form | {"what": "substitution:a", "note": "The same in Tucson", "minutes": "60"}

    assert lead_s.post(f"{path}records/", typed).status_code == 302
    assert "something else was accepted instead" in said(lead_s.get(path))
    record = ProgrammeRecord.objects.get()
    assert (record.alliance, record.minutes) == (plains, 60)

    lead_s.post(f"{path}records/{record.pk}/withdrawal")
    assert "Withdrawn" in said(lead_s.get(path))
    assert "something else was accepted instead" not in said(lead_s.get(path))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"what": "substitution:a", "note": ""}, "Say what was attended instead"),
        ({"what": "assignment:poem"}, "is not one of the available choices"),
        ({"what": "substitution:a", "note": "x", "minutes": "-1"}, "greater than or equal to 0"),
        ({"what": "substitution:a", "note": "x" * 600}, "is too long"),
    ],
)
def test_what_cannot_be_noted_is_refused_beside_its_field(
    programme, ana, lead_s, plains, typed, sentence
):
    path = f"{HERE}people/{ana.code}/records/"

    answer = lead_s.post(path, {"alliance": plains.slug, **typed})

    assert answer.status_code == 422
    assert sentence in said(answer)
    assert not ProgrammeRecord.objects.exists()


def test_viewers_look_but_note_nothing(programme, ana, sign_in, plains):
    viewer = sign_in(plains, kind="viewer")
    path = f"{HERE}people/{ana.code}/"

    assert "Note something" not in said(viewer.get(path))
    assert viewer.post(f"{path}records/", {}).status_code == 403
    assert viewer.post(f"{path}departure").status_code == 403


def test_the_lead_takes_somebody_out_after_asking(programme, ana, lead_s):
    path = f"{HERE}people/{ana.code}/departure"
    assert "Take Ana Ruiz out of The Series?" in said(lead_s.get(path))
    assert Registration.objects.live().count() == 3

    lead_s.post(path)

    assert Registration.objects.live().count() == 0
    ana.refresh_from_db()
    assert ana.state == "left"
