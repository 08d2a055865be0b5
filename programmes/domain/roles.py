"""Who does what for an alliance and for the network: inviting, changing, taking away.

A right is looked up at every request, so whatever is taken away here is gone at the next one.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from kit import ids
from kit.errors import Invalid, Refused
from programmes import apikeys, audit, outbox
from programmes.domain import people
from programmes.models import Address, Alliance, ApiKey, Person, Role, RoleInvitation

PURPOSE = "role-invitation"
LINK_DAYS = 14
"""How long the link in an invitation works; asking again sends a new one."""


class AlreadyThere(Refused):
    code = "already-in-team"


class LastAdministrator(Refused):
    code = "last-administrator"


class LastOperator(Refused):
    code = "last-operator"


class InvitationOver(Refused):
    """The link was used, withdrawn or is too old."""

    code = "invitation-over"
    status = 410


class NotTheirs(Refused):
    """The address belongs to somebody other than whoever wants to use the invitation."""

    code = "invitation-not-yours"


class NoAccount(Refused):
    code = "no-account"


# --- inviting -------------------------------------------------------------------------------------


def invite(
    alliance: Alliance, *, email: str, kind: str, by: Person | None, at: datetime
) -> RoleInvitation:
    """Ask an address by mail to take a role; asked again, it gets a new link and the role named.

    Raises BadAddress, Invalid for an unknown role, AlreadyThere for somebody of the team.
    """
    typed = people.read(email)
    _check_kind(kind)
    with transaction.atomic():
        _lock(alliance)
        there = Role.objects.filter(alliance=alliance, person__addresses__key=typed.key).first()
        if there is not None:
            word = there.get_kind_display().lower()
            raise AlreadyThere(f"{typed.typed} is in the team already, as {word}. Change the role.")
        invitation = RoleInvitation.objects.open().filter(
            alliance=alliance, email_key=typed.key
        ).first() or RoleInvitation(alliance=alliance, email_key=typed.key, invited_at=at)
        invitation.email, invitation.kind, invitation.invited_by = typed.typed, kind, by
        _send(invitation, by=by, at=at)
    return invitation


def send_again(invitation: RoleInvitation, *, by: Person | None, at: datetime) -> None:
    """A new link by mail; the old one no longer works. Raises InvitationOver once it was used."""
    with transaction.atomic():
        _lock(invitation.alliance)
        if not RoleInvitation.objects.open().filter(pk=invitation.pk).exists():
            raise InvitationOver("This invitation was used or withdrawn. Invite them anew.")
        _send(invitation, by=by, at=at)


def withdraw(invitation: RoleInvitation, *, by: Person | None, at: datetime) -> None:
    """Take an invitation back. Twice is harmless; one that was used stays used."""
    with transaction.atomic():
        gone = RoleInvitation.objects.open().filter(pk=invitation.pk).update(withdrawn_at=at)
        if gone:
            audit.record("role.invitation-withdrawn", invitation, by=by, **_where(invitation))


def _send(invitation: RoleInvitation, *, by: Person | None, at: datetime) -> None:
    if invitation.pk:
        invitation.link_version += 1
    invitation.expires_at = at + timedelta(days=LINK_DAYS)
    invitation.save()
    version = invitation.link_version
    outbox.put(
        "programmes/role-invited", invitation, key=f"{invitation.pk}:{version}", version=version
    )
    audit.record("role.invited", invitation, by=by, kind=invitation.kind, **_where(invitation))


def token_of(invitation: RoleInvitation) -> str:
    """The secret in the invitation's link."""
    value = f"{invitation.pk}:{invitation.link_version}"
    return ids.sign(PURPOSE, value, key=settings.SECRET_KEY.encode())


def url_of(invitation: RoleInvitation) -> str:
    """The whole address in the mail."""
    return f"{settings.PUBLIC_BASE_URL}/accounts/invitations/{token_of(invitation)}/"


def find_invitation(token: str) -> RoleInvitation | None:
    """The invitation a link belongs to, whatever became of it; None for any other text."""
    keys = [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    value = ids.unsign(PURPOSE, token, keys=keys)
    if value is None:
        return None
    pk, _, version = value.partition(":")
    found = RoleInvitation.objects.select_related("alliance", "invited_by")
    return found.filter(pk=int(pk), link_version=int(version)).first()


# --- taking it up ---------------------------------------------------------------------------------


def accept(invitation: RoleInvitation, *, person: Person, at: datetime) -> Role:
    """Give ``person`` the role. The address becomes theirs where it was nobody's.

    A role they were given meanwhile stays as it is. Raises InvitationOver, and NotTheirs where the
    address is another person's: two people are never merged on the way.
    """
    with transaction.atomic():
        used = RoleInvitation.objects.open().filter(
            pk=invitation.pk, link_version=invitation.link_version, expires_at__gt=at
        )
        if not used.update(accepted_at=at, accepted_by=person):
            raise InvitationOver("This invitation is over. Ask for a new one.")
        _own_address(invitation, person, at=at)
        role, _ = Role.objects.get_or_create(
            person=person, alliance=invitation.alliance, defaults={"kind": invitation.kind}
        )
        audit.record("role.given", role, by=person, **_about(role))
    return role


def join(invitation: RoleInvitation, *, name: str, password: str, at: datetime) -> Person:
    """A person who could not sign in so far: their first password, and the role.

    ``name`` is used where the address is new; a name we know stays. Raises InvitationOver, and
    NotTheirs where the address already has an account: then they sign in.
    """
    with transaction.atomic():
        person = people.find_or_make(invitation.email, name=name)
        if has_account(person):
            raise NotTheirs("This address has an account already: sign in to accept.")
        person.set_password(password)
        person.save(update_fields=["password"])
        accept(invitation, person=person, at=at)
    return person


def has_account(person: Person | None) -> bool:
    """Can they sign in already? One who may not any more counts as well: no link reopens that."""
    return person is not None and (person.has_usable_password() or not person.is_active)


def _own_address(invitation: RoleInvitation, person: Person, *, at: datetime) -> None:
    owner = people.by_key(invitation.email_key)
    if owner is None:
        Address.objects.create(
            person=person, key=invitation.email_key, typed=invitation.email, verified_at=at
        )
    elif owner.pk != person.pk:
        raise NotTheirs(
            f"This invitation was sent to {invitation.email}, which belongs to another person."
            " Sign out and open the link once more."
        )
    Address.objects.filter(key=invitation.email_key, verified_at=None).update(verified_at=at)


# --- the team -------------------------------------------------------------------------------------


def change(role: Role, *, kind: str, by: Person | None, at: datetime) -> Role:
    """Give a person of the team another role. Raises LastAdministrator, or Invalid."""
    _check_kind(kind)
    with transaction.atomic():
        _lock(role.alliance)
        role.refresh_from_db(fields=["kind"])
        if role.kind == kind:
            return role
        _keep_an_administrator(role)
        was, role.kind = role.kind, kind
        role.save(update_fields=["kind"])
        audit.record("role.changed", role, by=by, was=was, **_about(role))
    return role


def remove(role: Role, *, by: Person | None, at: datetime) -> None:
    """Take the role away. With the last one go the person's API keys, so that none lies in wait.

    Raises LastAdministrator. Twice is harmless.
    """
    with transaction.atomic():
        _lock(role.alliance)
        if not Role.objects.filter(pk=role.pk).exists():
            return
        _keep_an_administrator(role)
        audit.record("role.removed", role, by=by, **_about(role))
        Role.objects.filter(pk=role.pk).delete()
        _close_keys(role.person, by=by, at=at)


def _keep_an_administrator(role: Role) -> None:
    """Somebody must be able to invite the next one."""
    if role.kind != Role.Kind.ADMIN:
        return
    others = Role.objects.filter(alliance=role.alliance, kind=Role.Kind.ADMIN)
    if not others.filter(person__is_active=True).exclude(pk=role.pk).exists():
        raise LastAdministrator(
            f"{role.person.name} is the only administrator of {role.alliance.name}."
            " Make somebody else an administrator first."
        )


# --- operators ------------------------------------------------------------------------------------


def appoint_operator(email: str, *, by: Person | None, at: datetime) -> Person:
    """Let a person who can sign in run the network. Raises BadAddress, or NoAccount."""
    person = people.find(email)
    if person is None or not person.is_active or not person.has_usable_password():
        raise NoAccount("Nobody with this address can sign in. Have an alliance invite them first.")
    with transaction.atomic():
        if Person.objects.filter(pk=person.pk, is_operator=False).update(is_operator=True):
            audit.record("operator.appointed", person, by=by)
    return person


def end_operator(person: Person, *, by: Person | None, at: datetime) -> None:
    """The person no longer runs the network; their roles stay. Raises LastOperator."""
    with transaction.atomic():
        operators = list(operators_of().select_for_update())
        if person not in operators:
            return
        if len(operators) == 1:
            raise LastOperator(f"{person.name} is the only operator. Appoint somebody else first.")
        Person.objects.filter(pk=person.pk).update(
            is_operator=False, is_staff=False, is_superuser=False
        )
        audit.record("operator.ended", person, by=by)
        person.is_operator = False
        _close_keys(person, by=by, at=at)


def operators_of() -> QuerySet[Person]:
    """Who runs the network today."""
    return Person.objects.filter(is_operator=True, is_active=True).order_by("name", "pk")


# --- shared ---------------------------------------------------------------------------------------


def _close_keys(person: Person, *, by: Person | None, at: datetime) -> None:
    if person.is_operator or Role.objects.filter(person=person).exists():
        return
    for key in ApiKey.objects.filter(person=person, revoked_at__isnull=True):
        apikeys.revoke(key, by=by, at=at)


def _check_kind(kind: str) -> None:
    if kind not in Role.Kind.values:
        raise Invalid.at("role", msg=f"There is no role “{kind}”: {', '.join(Role.Kind.values)}.")


def _lock(alliance: Alliance) -> None:
    """Changes to one team wait for each other, so that two cannot both leave the other last."""
    Alliance.objects.select_for_update().get(pk=alliance.pk)


def _where(thing: Role | RoleInvitation) -> dict[str, int]:
    return {"alliance": thing.alliance_id}


def _about(role: Role) -> dict[str, Any]:
    return {"person": role.person_id, "kind": role.kind, **_where(role)}
