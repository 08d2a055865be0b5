"""Enrolling from a program's page, and the person's own page behind the link in the mail."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.domain import enrolment, links
from events.models import Enrolment, Event, Registration
from events.tests.enrolling import ANA, make_programme
from events.tests.own_pages import read, words
from programmes.models import OutboxEntry

pytestmark = pytest.mark.django_db
FORM = {"name": "Ana Ruiz", "email": "ana@city.gov", "organisation": "City of Aurora"}


@pytest.fixture
def programme(plains, coast):
    return make_programme(plains, coast, name="Curb Lab", award={"title": "Curb Laureate"})


@pytest.fixture
def add(soon, programme):
    def make(days, **fields) -> Event:
        return soon(days=days, lead=programme.lead, programme=programme, **fields)

    return make


@pytest.fixture
def mine(programme, add):
    add(3, title="First date", slug="first")
    add(9, title="Second date", slug="second")
    return enrolment.enrol(programme, ANA, at=timezone.now()).enrolment


def url(mine, rest="") -> str:
    return f"/programs/mine/{links.enrolment_token(mine)}/{rest}"


def said(response) -> str:
    return words(read(response).find(".//main"))


def test_the_page_has_the_form_the_dates_and_who_sees_it(client, programme, add):
    add(3, title="First date")

    page = said(client.get("/programs/series/"))

    assert "Register for the whole series" in page
    assert "One form for all 1 date that is open" in page
    assert "First date" in page
    assert "Plains sees that you are enrolled" in page


def test_one_form_enrolls_and_leads_to_a_page_that_says_what_comes(client, programme, add):
    add(3, title="First date")

    answer = client.post("/programs/series/enrollments/", FORM)

    assert (answer.status_code, answer["Location"]) == (302, "/programs/series/enrolled/")
    assert "First date" in said(client.get(answer["Location"]))
    assert Registration.objects.get().name == "Ana Ruiz"


def test_the_same_address_again_answers_the_very_same(client, programme, add):
    add(3)
    first = client.post("/programs/series/enrollments/", FORM)
    page = client.get(first["Location"]).content

    again = client.post("/programs/series/enrollments/", {**FORM, "email": "ANA@city.gov"})

    assert (again.status_code, again["Location"]) == (first.status_code, first["Location"])
    assert client.get(again["Location"]).content == page
    kinds = list(OutboxEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["events/enrolment-joined", "events/enrolment-again"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "nobody"}, "is not an email address"),
        ({"name": ""}, "Type your name"),
        ({"name": "A" * 2000}, "300 is the most"),
        ({"organisation": ""}, "Type the city, company or university"),
    ],
)
def test_what_cannot_be_read_stays_in_the_form_with_a_sentence(client, programme, typed, sentence):
    answer = client.post("/programs/series/enrollments/", {**FORM, **typed})

    assert answer.status_code == 422
    assert sentence in said(answer)
    kept = read(answer).xpath("//input[@name='organisation']")[0].get("value") or ""
    assert kept == {**FORM, **typed}["organisation"]
    assert not Enrolment.objects.exists()


def test_a_program_that_takes_nobody_says_so_and_refuses(client, programme):
    programme.takes_enrolments = False
    programme.save()

    assert "takes no new people" in said(client.get("/programs/series/"))
    answer = client.post("/programs/series/enrollments/", FORM)
    assert answer.status_code == 409


def test_other_sites_cannot_enroll_their_readers(client, programme):
    answer = client.post(
        "/programs/series/enrollments/", FORM, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403


def test_my_page_shows_each_date_and_my_progress(client, programme, mine):
    programme.completion = {"all_of": [{"rule": "min_events", "count": 2}]}
    programme.save()
    enrolment.adopt_rules(mine, at=timezone.now())

    answer = client.get(url(mine))

    page = said(answer)
    assert "First date" in page
    assert "Second date" in page
    assert "0 percent done" in page
    assert "Attend 2 more events. Still to come: “First date” and “Second date”." in page
    assert "Curb Laureate" in page
    assert read(answer).xpath("//progress/@value") == ["0"]
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_a_date_is_skipped_and_taken_again_by_its_button(client, mine):
    event = Event.objects.get(slug="first")

    answer = client.post(url(mine, "dates/first/"), {"do": "skip"}, follow=True)
    assert "You have skipped this date" in said(answer)
    assert "Register after all" in said(answer)
    answer = client.post(url(mine, "dates/first/"), {"do": "take"}, follow=True)

    assert "You are registered for this date" in said(answer)
    states = Registration.objects.filter(event=event).order_by("pk")
    assert [one.state for one in states] == ["cancelled", "confirmed"]


def test_a_date_that_is_full_by_now_is_refused_with_a_sentence(client, mine, make_registration):
    event = Event.objects.get(slug="first")
    client.post(url(mine, "dates/first/"), {"do": "skip"})
    Event.objects.filter(pk=event.pk).update(capacity=1, has_waitlist=False)
    make_registration(Event.objects.get(pk=event.pk))

    answer = client.post(url(mine, "dates/first/"), {"do": "take"})

    assert answer.status_code == 409
    assert "keeps no waitlist" in said(answer)


@pytest.mark.parametrize(
    ("slug", "typed"), [("first", {"do": "dance"}), ("first", {}), ("nowhere", {"do": "skip"})]
)
def test_a_button_that_does_not_exist_changes_nothing(client, mine, slug, typed):
    answer = client.post(url(mine, f"dates/{slug}/"), typed)

    assert answer.status_code == 422
    assert Registration.objects.live().count() == 2


def test_opening_the_addresses_of_buttons_changes_nothing(client, mine):
    for rest in ("dates/first/", "comeback/", "rules/"):
        assert client.get(url(mine, rest))["Location"] == url(mine)
    assert client.get(url(mine, "departure/")).status_code == 200
    mine.refresh_from_db()
    assert mine.state == "active"


def test_leaving_asks_first_and_can_be_taken_back(client, mine):
    assert "Leave this program?" in said(client.get(url(mine, "departure/")))

    left = client.post(url(mine, "departure/"), follow=True)
    assert "You have left this program" in said(left)
    assert Registration.objects.live().count() == 0
    assert client.get(url(mine, "departure/"))["Location"] == url(mine)

    back = client.post(url(mine, "comeback/"), follow=True)
    assert "You are enrolled again" in said(back)
    assert Registration.objects.live().count() == 2


def test_newer_rules_are_offered_not_imposed(client, programme, mine):
    assert "The rules have changed" not in said(client.get(url(mine)))
    programme.completion = {"all_of": [{"rule": "min_minutes", "minutes": 77}]}
    programme.save()
    offered = said(client.get(url(mine)))
    assert "The rules have changed" in offered
    assert "Attend 77 minutes in all." in offered

    after = said(client.post(url(mine, "rules/"), follow=True))

    assert "The rules have changed" not in after
    assert "77 more minutes" in after


@pytest.mark.parametrize("token", ["wrong", "x" * 60])
def test_a_wrong_link_opens_nothing_and_says_how_to_get_one(client, token):
    answer = client.get(f"/programs/mine/{token}/")

    assert answer.status_code == 404
    assert "we send you the link again" in said(answer)


def test_a_registration_s_token_is_no_enrolment_s(client, mine):
    token = links.registration_token(Registration.objects.first())

    assert client.get(f"/programs/mine/{token}/").status_code == 404


def test_a_revoked_link_opens_nothing(client, mine):
    old = url(mine)
    Enrolment.objects.update(link_version=1)

    assert client.get(old).status_code == 404


def test_names_are_shown_as_text(client, programme, add):
    add(3)
    name = "<b>Ana</b>"
    held = enrolment.enrol(
        programme, ANA.__class__(name=name, email="b@x.gov"), at=timezone.now()
    ).enrolment

    assert "<b>Ana</b>" not in client.get(url(held)).content.decode()


def test_a_waitlisted_date_says_the_place_in_line(client, programme, add, make_registration):
    event = add(3, capacity=1)
    make_registration(event)
    held = enrolment.enrol(programme, ANA, at=timezone.now()).enrolment

    assert "On the waitlist, number 1" in said(client.get(url(held)))


def cost(client, path) -> int:
    cache.clear()
    client.get("/verify/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_the_pages_cost_the_same_for_few_dates_and_many(client, mine, add, make_registration):
    paths = (url(mine), "/programs/series/", "/programs/series/enrolled/")
    few = [cost(client, path) for path in paths]
    for days in range(12, 17):
        make_registration(add(days, capacity=1))
        add(-days)
    enrolment.rejoin(enrolment.leave(mine, at=timezone.now()), at=timezone.now())
    assert Registration.objects.waiting().count() == 5

    many = [cost(client, path) for path in paths]

    assert [now - then for now, then in zip(many, few, strict=True)] in ([0] * 3, [1, 0, 0])
    assert max(many) <= 22


def test_a_date_that_comes_later_says_so(client, programme, add):
    add(3, registration_opens_at=timezone.now() + timedelta(days=1))
    held = enrolment.enrol(programme, ANA, at=timezone.now()).enrolment

    page = said(client.get(url(held)))

    assert "Registration opens later. You are registered then." in page
    assert "Skip this date" in page
