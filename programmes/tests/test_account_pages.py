"""Signing in and out, and a new password, on our own pages."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def organiser(make_alliance, make_organiser):
    return make_organiser(make_alliance(), email="ana@town.example", password=PASSWORD)


def sign_in(browser: Client, password: str, email: str = "ana@town.example"):
    return browser.post("/accounts/login/", {"login": email, "password": password})


def test_an_organiser_signs_in_however_the_address_is_typed_and_out_again(organiser, client):
    answer = sign_in(client, PASSWORD, " Ana@Town.example ")
    assert (answer.status_code, answer["Location"]) == (302, "/organize/")
    assert client.get("/help/").context["request"].actor.person_id == organiser.pk

    assert client.get("/accounts/logout/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/help/").context["request"].actor.person_id is None


@pytest.mark.parametrize("email", ["ana@town.example", "nobody@town.example"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(organiser, client, email):
    page = sign_in(client, "wrong", email).content.decode()

    assert "<title>Error: Sign in" in page
    assert "not correct" in page
    assert "_auth_user_id" not in client.session


def test_a_guest_cannot_sign_in_without_a_password(make_person, client):
    make_person("guest", email="ana@town.example")

    sign_in(client, "")

    assert "_auth_user_id" not in client.session


def test_nobody_makes_an_account_alone(client):
    page = client.get("/accounts/signup/").content.decode()
    assert "No account needed" in page
    assert "password" not in page.lower()


def test_a_new_password_comes_by_mail_and_works_once(organiser, client, mailoutbox):
    answer = client.post("/accounts/password/reset/", {"email": "ana@town.example"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    [mail] = mailoutbox
    link = re.search(r"http://\S+/accounts/password/reset/key/\S+", mail.body)[0]
    form = client.get(link, follow=True)
    chosen = {"password1": "a quite new one", "password2": "a quite new one"}
    client.post(form.redirect_chain[-1][0], chosen)

    assert sign_in(Client(), "a quite new one").status_code == 302
    again = Client().get(link, follow=True).content.decode()
    assert "This link does not work any more" in again


def test_asking_for_an_unknown_address_looks_the_same(client, mailoutbox):
    answer = client.post("/accounts/password/reset/", {"email": "nobody@town.example"})

    assert answer["Location"] == "/accounts/password/reset/done/"
    assert all("/reset/key/" not in mail.body for mail in mailoutbox)


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/accounts/inactive/"]
)
def test_account_pages_are_ours_and_kept_out_of_search_engines(path, client):
    page = client.get(path).content.decode()
    assert 'class="brand"' in page
    assert 'content="noindex"' in page
