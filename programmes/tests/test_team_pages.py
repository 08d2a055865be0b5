"""The page of a team, the link in an invitation, and what a person who was removed still opens."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from programmes import apikeys
from programmes.domain import delivery, roles
from programmes.models import Person, Role, RoleInvitation

pytestmark = pytest.mark.django_db
Kind = Role.Kind


@pytest.fixture
def alliance(make_alliance):
    return make_alliance("Plains", slug="plains")


@pytest.fixture
def admin(alliance, make_organiser):
    return make_organiser(alliance, kind=Kind.ADMIN, name="Ana Ruiz")


def browser(person: Person | None = None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


@pytest.fixture
def ana(admin) -> Client:
    return browser(admin)


def link_in(mailoutbox) -> str:
    delivery.drain(seconds=5, linger=0)
    return re.search(r"/accounts/invitations/\S+", mailoutbox[-1].body)[0]


def test_inviting_accepting_and_signing_in_with_the_new_password(ana, alliance, mailoutbox):
    sent = ana.post(
        "/organize/team/plains/invitations", {"email": "ben@city.example", "role": "viewer"}
    )
    assert sent["Location"] == "/organize/team/plains/"
    assert "ben@city.example" in ana.get("/organize/team/plains/").content.decode()

    ben, link = browser(), link_in(mailoutbox)
    page = ben.get(link).content.decode()
    assert "Ana Ruiz invites you" in page
    assert not Role.objects.filter(kind=Kind.VIEWER).exists()  # a GET changes nothing
    answer = ben.post(link, {"name": "Ben Okafor", "password": "a few good words"})
    assert answer["Location"] == "/organize/"
    assert ben.get("/organize/").status_code == 200

    again = browser()
    typed = {"login": "ben@city.example", "password": "a few good words"}
    assert again.post("/accounts/login/", typed)["Location"] == "/organize/"
    gone = browser().get(link)
    assert gone.status_code == 410
    assert "Ask the person who invited you" in gone.content.decode()


def test_a_person_with_an_account_signs_in_and_comes_back(ana, make_person, mailoutbox):
    make_person("Ben", email="ben@city.example", password="mine")
    ana.post("/organize/team/plains/invitations", {"email": "ben@city.example", "role": "admin"})
    link, ben = link_in(mailoutbox), browser()

    page = ben.get(link).content.decode()
    assert f"/accounts/login/?next={link}" in page
    assert "password" not in page.lower().replace("choose a password", "")
    back = ben.post(
        f"/accounts/login/?next={link}", {"login": "ben@city.example", "password": "mine"}
    )
    assert back["Location"] == link
    assert "signed in as Ben" in ben.get(link).content.decode()
    ben.post(link)

    assert Role.objects.get(person__name="Ben").kind == Kind.ADMIN


def test_a_link_opened_by_somebody_else_asks_to_sign_out(ana, make_person, mailoutbox):
    make_person("Ben", email="ben@city.example", password="mine")
    ana.post("/organize/team/plains/invitations", {"email": "ben@city.example", "role": "viewer"})
    link, eve = link_in(mailoutbox), browser(make_person("Eve"))

    assert "belongs to another person" in eve.get(link).content.decode()
    assert eve.post(link).status_code == 409
    assert not Role.objects.filter(person__name="Eve").exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": "", "password": "a few good words"}, "Type your name"),
        ({"name": "Ben", "password": "short"}, "too short"),
        ({"name": "Ben", "password": "password1"}, "too common"),
        ({}, "Choose a password"),
    ],
)
def test_what_is_wrong_with_joining_is_said_beside_the_field(
    ana, alliance, mailoutbox, typed, says
):
    ana.post("/organize/team/plains/invitations", {"email": "ben@city.example", "role": "viewer"})

    answer = browser().post(link_in(mailoutbox), typed)

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert RoleInvitation.objects.open().exists()


def test_a_forged_link_is_no_page(client):
    assert client.get("/accounts/invitations/MTox/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({"email": "ben", "role": "viewer"}, 422, "is not an email address"),
        ({"email": "", "role": "viewer"}, 422, "Type the email address"),
        ({"email": "ben@city.example", "role": "king"}, 422, "Choose one of the four roles"),
        ({"email": "ana@plains.example", "role": "viewer"}, 409, "in the team already"),
    ],
)
def test_a_wrong_invitation_is_explained_and_what_was_typed_is_kept(
    alliance, make_organiser, typed, status, says
):
    admin = make_organiser(alliance, kind=Kind.ADMIN, email="ana@plains.example")

    answer = browser(admin).post("/organize/team/plains/invitations", typed)

    page = answer.content.decode()
    assert answer.status_code == status
    assert says in page
    assert typed["email"] in page
    assert not RoleInvitation.objects.exists()


def test_a_role_is_changed_and_taken_away(ana, alliance, make_organiser):
    ben = make_organiser(alliance, name="Ben")
    role = Role.objects.get(person=ben)
    here = f"/organize/team/plains/people/{role.pk}/"

    assert ana.get(here).status_code == 200
    assert ana.post(here, {"role": "check-in"})["Location"] == "/organize/team/plains/"
    role.refresh_from_db()
    assert role.kind == Kind.CHECK_IN
    assert "no longer open its pages" in ana.get(f"{here}removal").content.decode()
    assert ana.post(f"{here}removal").status_code == 302
    assert not Role.objects.filter(person=ben).exists()
    assert ana.get(here).status_code == 404


def test_the_only_administrator_reads_why_they_must_stay(ana, admin):
    role = Role.objects.get(person=admin)
    here = f"/organize/team/plains/people/{role.pk}/"

    for answer in (ana.post(here, {"role": "viewer"}), ana.post(f"{here}removal")):
        assert answer.status_code == 409
        assert "is the only administrator of Plains" in answer.content.decode()
    assert Role.objects.get(pk=role.pk).kind == Kind.ADMIN


def test_who_steps_down_lands_where_they_still_may_be(admin, ana, alliance, make_organiser):
    make_organiser(alliance, kind=Kind.ADMIN)
    role = Role.objects.get(person=admin)

    answer = ana.post(f"/organize/team/plains/people/{role.pk}/removal")

    assert answer["Location"] == "/me/"
    assert ana.get("/me/").status_code == 200
    assert ana.get("/organize/").status_code == 403


def test_a_removed_person_is_out_at_the_next_request_page_and_key(
    alliance, admin, make_organiser, make_event, client
):
    event = make_event(lead=alliance)
    ben = make_organiser(alliance)
    signed_in, (_, token) = browser(ben), apikeys.make(ben, name="script")
    page, call = f"/organize/events/{event.slug}/", f"/api/v1/events/{event.slug}/registrations"
    key = {"Authorization": f"Bearer {token}"}
    assert signed_in.get(page).status_code == 200
    assert client.get(call, headers=key).status_code == 200

    roles.remove(Role.objects.get(person=ben), by=admin, at=timezone.now())

    assert signed_in.get(page).status_code == 403
    assert client.get(call, headers=key).status_code == 401


def test_colleagues_see_the_team_without_addresses_and_without_the_invitations(
    ana, alliance, admin, make_organiser
):
    ana.post("/organize/team/plains/invitations", {"email": "ben@city.example", "role": "viewer"})
    page = browser(make_organiser(alliance)).get("/organize/team/plains/").content.decode()

    assert "Ana Ruiz" in page
    assert admin.email not in page
    assert "ben@city.example" not in page
    assert "Invite" not in page


def test_strangers_learn_nothing_of_a_team(ana, alliance, admin, make_alliance, make_organiser):
    ana.post("/organize/team/plains/invitations", {"email": "ben@city.example", "role": "viewer"})
    stranger = browser(make_organiser(make_alliance("Coastal", slug="coastal"), kind=Kind.ADMIN))
    role, asked = Role.objects.get(person=admin), RoleInvitation.objects.get()

    assert stranger.get("/organize/team/plains/").status_code == 403
    assert stranger.get(f"/organize/team/plains/people/{role.pk}/").status_code == 404
    assert stranger.get(f"/organize/team/coastal/people/{role.pk}/").status_code == 404
    for act in ("again", "withdrawal"):
        path = f"/organize/team/coastal/invitations/{asked.pk}/{act}"
        assert stranger.post(path).status_code == 404
    assert stranger.get("/organize/team/")["Location"] == "/organize/team/coastal/"
    assert RoleInvitation.objects.open().count() == 1


def test_an_operator_sees_every_team_and_appoints_its_first_administrator(
    alliance, make_alliance, make_person
):
    make_alliance("Coastal")
    operator = browser(make_person(is_operator=True))

    page = operator.get("/organize/team/").content.decode()
    assert "Plains" in page
    assert "Nobody can invite" in page
    typed = {"email": "ben@city.example", "role": "admin"}
    assert operator.post("/organize/team/plains/invitations", typed).status_code == 302


def test_an_open_invitation_is_sent_again_or_withdrawn(ana, alliance, mailoutbox):
    ana.post("/organize/team/plains/invitations", {"email": "ben@city.example", "role": "viewer"})
    first, asked = link_in(mailoutbox), RoleInvitation.objects.get()
    here = f"/organize/team/plains/invitations/{asked.pk}"

    ana.post(f"{here}/again")
    assert browser().get(first).status_code == 404
    second = link_in(mailoutbox)
    assert browser().get(second).status_code == 200
    ana.post(f"{here}/withdrawal")
    assert browser().get(second).status_code == 410
    assert ana.post(f"{here}/again").status_code == 410
