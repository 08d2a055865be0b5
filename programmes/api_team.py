"""Teams: who has which role in an alliance, inviting, changing, removing; and what waits for me."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from programmes import needs, rules
from programmes.answers import answer, found, page_of, permit, responses, stamp
from programmes.apikeys import needs_key, person_of
from programmes.domain import roles
from programmes.models import Alliance, Role, RoleInvitation
from programmes.schemas import Listing, Page
from programmes.schemas_team import InvitationIn, InvitationOut, MemberOut, NeedOut, RoleIn

router = Router(tags=["Teams"])
READ = needs_key("team:read")
WRITE = needs_key("team:write")
MANAGERS = "Only administrators of the alliance may change its team."


@router.get(
    "/alliances/{slug:slug}/team",
    auth=READ,
    response=responses(200, Listing[MemberOut], 401, 403, 404, 422),
    operation_id="list_team",
    summary="List an alliance's team",
)
def list_team(request: HttpRequest, slug: str, wanted: Query[Page]) -> HttpResponse:
    """Everybody with a role. Addresses are for administrators; others read null there."""
    alliance = _alliance(slug)
    actor = request.actor  # type: ignore[attr-defined]
    permit(rules.may_see_team(actor, alliance), "Only the team itself may see who is in it.")
    manages = rules.may_manage_team(actor, alliance)
    team = Role.objects.filter(alliance=alliance).select_related("person").order_by("pk")
    return page_of(team, wanted, lambda rows: [_member(row, manages=manages) for row in rows])


@router.post(
    "/alliances/{slug:slug}/invitations",
    auth=WRITE,
    response=responses(201, InvitationOut, 401, 403, 404, 409, 422),
    operation_id="invite_to_team",
    summary="Invite somebody to a team",
)
def invite_to_team(request: HttpRequest, slug: str, invitation: InvitationIn) -> HttpResponse:
    """A mail with a link that works for 14 days. Asked again, the address gets a new link.

    409 `already-in-team` for somebody who has a role; change it instead.
    """
    alliance = _managed(request, slug)
    asked = roles.invite(
        alliance,
        email=invitation.email,
        kind=invitation.role,
        by=person_of(request),
        at=timezone.now(),
    )
    return answer(_invitation(asked), status=201)


@router.delete(
    "/alliances/{slug:slug}/invitations/{int:number}",
    auth=WRITE,
    response=responses(200, InvitationOut, 401, 403, 404),
    operation_id="withdraw_team_invitation",
    summary="Withdraw an invitation",
)
def withdraw_team_invitation(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The link no longer works. Twice is harmless."""
    alliance = _managed(request, slug)
    asked = RoleInvitation.objects.filter(alliance=alliance, pk=number).first()
    invitation = found(asked, "invitation")
    roles.withdraw(invitation, by=person_of(request), at=timezone.now())
    return answer(_invitation(invitation))


@router.patch(
    "/alliances/{slug:slug}/team/{int:number}",
    auth=WRITE,
    response=responses(200, MemberOut, 401, 403, 404, 409, 422),
    operation_id="change_team_role",
    summary="Change somebody's role",
)
def change_team_role(request: HttpRequest, slug: str, number: int, role: RoleIn) -> HttpResponse:
    """409 `last-administrator` where nobody would be left who can invite."""
    there = _role(_managed(request, slug), number)
    changed = roles.change(there, kind=role.role, by=person_of(request), at=timezone.now())
    return answer(_member(changed, manages=True))


@router.delete(
    "/alliances/{slug:slug}/team/{int:number}",
    auth=WRITE,
    response=responses(200, MemberOut, 401, 403, 404, 409),
    operation_id="remove_from_team",
    summary="Remove somebody from a team",
)
def remove_from_team(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """They are out at once, and with their last role their API keys stop working.

    Answers who was removed. 409 `last-administrator` where nobody would be left who can invite.
    """
    there = _role(_managed(request, slug), number)
    shown = _member(there, manages=True)
    roles.remove(there, by=person_of(request), at=timezone.now())
    return answer(shown)


@router.get(
    "/needs",
    auth=READ,
    response=responses(200, Listing[NeedOut], 401, 403),
    operation_id="list_needs",
    summary="List what waits for me",
)
def list_needs(request: HttpRequest) -> HttpResponse:
    """What the key's person finds under “Needs you” on their home, the first few of each kind."""
    actor = request.actor  # type: ignore[attr-defined]
    permit(rules.may_come_in(actor), "Only people with a role in an alliance have tasks.")
    items = [vars(need) for need in needs.of(actor, at=timezone.now())]
    return answer({"items": items, "count": len(items)})


def _alliance(slug: str) -> Alliance:
    return found(Alliance.objects.filter(slug=slug).first(), "alliance")


def _managed(request: HttpRequest, slug: str) -> Alliance:
    alliance = _alliance(slug)
    permit(rules.may_manage_team(request.actor, alliance), MANAGERS)  # type: ignore[attr-defined]
    return alliance


def _role(alliance: Alliance, number: int) -> Role:
    team = Role.objects.select_related("person", "alliance").filter(alliance=alliance)
    return found(team.filter(pk=number).first(), "person in this team")


def _member(role: Role, *, manages: bool) -> dict[str, object]:
    return {
        "id": role.pk,
        "name": role.person.name,
        "email": role.person.email if manages else None,
        "role": role.kind,
        "since": stamp(role.given_at),
    }


def _invitation(invitation: RoleInvitation) -> dict[str, object]:
    return {
        "id": invitation.pk,
        "email": invitation.email,
        "role": invitation.kind,
        "expires_at": stamp(invitation.expires_at),
    }
