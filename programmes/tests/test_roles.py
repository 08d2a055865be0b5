"""Roles: given by invitation, changed, taken away; somebody is always left who can invite."""

from datetime import timedelta

import pytest

from kit.errors import Invalid
from programmes import apikeys
from programmes.access import actor_of
from programmes.domain import delivery, people, roles
from programmes.models import Address, AuditEntry, OutboxEntry, Person, Role, RoleInvitation

pytestmark = pytest.mark.django_db
Kind = Role.Kind


@pytest.fixture
def alliance(make_alliance):
    return make_alliance("Plains")


@pytest.fixture
def admin(alliance, make_organiser):
    return make_organiser(alliance, kind=Kind.ADMIN, name="Ana Ruiz")


@pytest.fixture
def invite(alliance, admin, noon):
    def make(email="ben@city.example", kind=Kind.VIEWER, at=noon) -> RoleInvitation:
        return roles.invite(alliance, email=email, kind=kind, by=admin, at=at)

    return make


def role_of(person, alliance) -> str | None:
    return (
        Role.objects.filter(person=person, alliance=alliance).values_list("kind", flat=True).first()
    )


def sent(mailoutbox) -> list[str]:
    delivery.drain(seconds=5, linger=0)
    return [mail.to[0] for mail in mailoutbox]


def test_an_invitation_goes_out_by_mail_with_a_link_that_finds_it_again(invite, mailoutbox):
    invitation = invite("  Ben <BEN@City.Example> ")

    assert sent(mailoutbox) == ["BEN@City.Example"]
    [mail] = mailoutbox
    assert "Ana Ruiz invites you" in mail.body
    assert "as viewer" in mail.body
    assert roles.url_of(invitation) in mail.body
    assert roles.find_invitation(roles.token_of(invitation)) == invitation
    assert not Role.objects.filter(kind=Kind.VIEWER).exists()


@pytest.mark.parametrize("token", ["", "x", "bm90aGluZw", "1:0", "\x00"])
def test_a_made_up_link_finds_nothing(invite, token):
    invite()

    assert roles.find_invitation(token) is None


def test_a_new_person_joins_with_a_password_of_their_own(invite, alliance, noon):
    person = roles.join(invite(), name="Ben Okafor", password="a few good words", at=noon)

    assert (person.name, person.email) == ("Ben Okafor", "ben@city.example")
    assert person.check_password("a few good words")
    assert role_of(person, alliance) == "viewer"
    assert Address.objects.get(person=person).verified_at == noon


def test_a_guest_who_registered_once_keeps_their_name_and_becomes_able_to_sign_in(
    invite, alliance, noon
):
    guest = people.find_or_make("ben@city.example", name="Ben O.")

    person = roles.join(invite(), name="Somebody else", password="a few good words", at=noon)

    assert person == guest
    assert Person.objects.get(pk=guest.pk).name == "Ben O."
    assert role_of(guest, alliance)


def test_nobody_s_password_is_set_by_a_link(invite, make_person, noon):
    ben = make_person("Ben", email="ben@city.example", password="mine")

    with pytest.raises(roles.NotTheirs, match="sign in"):
        roles.join(invite(), name="Ben", password="taken over", at=noon)

    ben.refresh_from_db()
    assert ben.check_password("mine")
    assert not Role.objects.filter(person=ben).exists()


def test_a_closed_account_is_not_reopened_by_a_link(invite, make_person, noon):
    make_person("Ben", email="ben@city.example", is_active=False)

    with pytest.raises(roles.NotTheirs):
        roles.join(invite(), name="Ben", password="a few good words", at=noon)


def test_a_person_who_is_signed_in_takes_the_address_along(invite, make_person, alliance, noon):
    ben = make_person("Ben", email="ben@home.example", password="mine")

    roles.accept(invite(), person=ben, at=noon)

    assert role_of(ben, alliance) == "viewer"
    assert people.find("ben@city.example") == ben


def test_an_invitation_to_somebody_else_s_address_merges_nobody(invite, make_person, noon):
    make_person("Ben", email="ben@city.example", password="mine")
    eve = make_person("Eve", password="hers")

    with pytest.raises(roles.NotTheirs, match="another person"):
        roles.accept(invite(), person=eve, at=noon)

    assert not Role.objects.filter(person=eve).exists()
    assert RoleInvitation.objects.open().exists()


def test_a_link_works_once(invite, make_person, noon):
    invitation = invite()
    roles.join(invitation, name="Ben", password="a few good words", at=noon)

    with pytest.raises(roles.InvitationOver):
        roles.accept(invitation, person=make_person(), at=noon)


def test_a_link_works_until_it_expires(invite, make_person, noon):
    late = noon + timedelta(days=roles.LINK_DAYS)
    with pytest.raises(roles.InvitationOver):
        roles.accept(invite(), person=make_person(), at=late)

    assert roles.accept(
        invite(kind=Kind.ADMIN), person=make_person(), at=late - timedelta(seconds=1)
    )


def test_a_withdrawn_invitation_opens_nothing_and_its_mail_is_not_sent(
    invite, admin, make_person, noon, mailoutbox
):
    invitation = invite()
    roles.withdraw(invitation, by=admin, at=noon)
    roles.withdraw(invitation, by=admin, at=noon)

    with pytest.raises(roles.InvitationOver):
        roles.accept(invitation, person=make_person(), at=noon)
    assert sent(mailoutbox) == []


def test_asking_again_sends_a_new_link_and_kills_the_old(invite, admin, noon, mailoutbox):
    old = roles.token_of(invite())
    invitation = invite(kind=Kind.ORGANISER)

    assert RoleInvitation.objects.count() == 1
    assert roles.find_invitation(old) is None
    assert roles.find_invitation(roles.token_of(invitation)).kind == Kind.ORGANISER
    assert len(sent(mailoutbox)) == 1  # the first was outdated before it went out


def test_who_is_in_the_team_is_not_invited_again(invite, admin):
    with pytest.raises(roles.AlreadyThere, match="administrator"):
        invite(admin.email)


@pytest.mark.parametrize(("email", "kind"), [("no address", Kind.VIEWER), ("a@b.example", "king")])
def test_bad_input_is_refused_and_nothing_is_sent(invite, email, kind):
    with pytest.raises(Invalid):
        invite(email, kind)
    assert not OutboxEntry.objects.exists()


def test_the_only_administrator_can_neither_go_nor_be_made_smaller(admin, alliance, noon):
    role = Role.objects.get(person=admin)

    with pytest.raises(roles.LastAdministrator):
        roles.remove(role, by=admin, at=noon)
    with pytest.raises(roles.LastAdministrator):
        roles.change(role, kind=Kind.VIEWER, by=admin, at=noon)
    assert role_of(admin, alliance) == "admin"


def test_an_administrator_whose_account_is_closed_does_not_count(
    admin, alliance, make_organiser, noon
):
    make_organiser(alliance, kind=Kind.ADMIN, is_active=False)

    with pytest.raises(roles.LastAdministrator):
        roles.remove(Role.objects.get(person=admin), by=admin, at=noon)


def test_with_a_second_administrator_the_first_may_go(admin, alliance, make_organiser, noon):
    make_organiser(alliance, kind=Kind.ADMIN)
    roles.remove(Role.objects.get(person=admin), by=admin, at=noon)

    assert role_of(admin, alliance) is None


def test_with_the_last_role_go_the_keys(alliance, admin, make_alliance, make_organiser, noon):
    ben = make_organiser(alliance)
    elsewhere = Role.objects.create(person=ben, alliance=make_alliance(), kind=Kind.VIEWER)
    _, token = apikeys.make(ben, name="script")

    roles.remove(Role.objects.get(person=ben, alliance=alliance), by=admin, at=noon)
    assert apikeys.find(token)
    assert actor_of(ben).organises == frozenset()

    roles.remove(elsewhere, by=admin, at=noon)
    assert apikeys.find(token) is None
    assert not actor_of(ben).has_role


def test_changing_and_removing_leave_their_trace(admin, alliance, make_organiser, noon):
    role = Role.objects.get(person=make_organiser(alliance))
    roles.change(role, kind=Kind.CHECK_IN, by=admin, at=noon)
    roles.change(role, kind=Kind.CHECK_IN, by=admin, at=noon)  # nothing changed, nothing noted
    roles.remove(role, by=admin, at=noon)

    entries = AuditEntry.objects.order_by("pk")
    assert [(e.action, e.by, e.alliance, e.facts["kind"]) for e in entries] == [
        ("role.changed", admin, alliance, "check-in"),
        ("role.removed", admin, alliance, "check-in"),
    ]
    assert entries[0].facts["was"] == "organiser"


def test_an_operator_is_somebody_who_can_sign_in(make_person, noon):
    make_person("Guest", email="guest@city.example")
    ben = make_person("Ben", email="ben@city.example", password="mine")

    for email in ("guest@city.example", "nobody@city.example"):
        with pytest.raises(roles.NoAccount):
            roles.appoint_operator(email, by=None, at=noon)
    roles.appoint_operator(" Ben@city.example", by=None, at=noon)

    ben.refresh_from_db()
    assert actor_of(ben).is_operator


def test_the_last_operator_stays_and_the_admin_closes_with_the_role(make_person, noon):
    first = make_person(is_operator=True, is_staff=True, is_superuser=True)
    with pytest.raises(roles.LastOperator):
        roles.end_operator(first, by=first, at=noon)

    make_person(is_operator=True)
    roles.end_operator(first, by=first, at=noon)

    first.refresh_from_db()
    assert (first.is_operator, first.is_staff, first.is_superuser) == (False, False, False)
