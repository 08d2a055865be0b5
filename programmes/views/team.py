"""The people of an alliance: who has which role, inviting, changing, removing."""

from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.errors import Refused
from programmes import rules
from programmes.access import Actor, organiser
from programmes.domain import roles
from programmes.forms_team import InviteForm, RoleForm
from programmes.models import Alliance, Person, Role, RoleInvitation
from programmes.views import crumbs

Place = TypeVar("Place", Role, RoleInvitation)


def find_alliance(actor: Actor, slug: str) -> Alliance:
    """An alliance by its slug: all are known to everybody."""
    return get_object_or_404(Alliance, slug=slug)


def find_role(actor: Actor, slug: str, number: int) -> Role:
    """A role in an alliance whose team the actor knows."""
    found = Role.objects.select_related("person", "alliance").filter(alliance__slug=slug)
    return _known(actor, get_object_or_404(found, pk=number))


def find_invitation(actor: Actor, slug: str, number: int) -> RoleInvitation:
    """An invitation of an alliance whose team the actor knows."""
    found = RoleInvitation.objects.select_related("alliance").filter(alliance__slug=slug)
    return _known(actor, get_object_or_404(found, pk=number))


def _known(actor: Actor, place: Place) -> Place:
    if not rules.may_see_team(actor, place.alliance):
        raise Http404
    return place


@organiser(rules.may_come_in)
@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    """The alliances one belongs to; straight on where there is one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    known = Alliance.objects.active()
    mine = known if actor.is_operator else known.filter(pk__in=actor.roles)
    counted = list(
        mine.annotate(
            people=Count("roles", distinct=True),
            admins=Count("roles", filter=Q(roles__kind=Role.Kind.ADMIN), distinct=True),
        )
    )
    if len(counted) == 1:
        return redirect("organise-team", counted[0].slug)
    context = {
        "crumbs": crumbs.organiser(),
        "rows": [{"alliance": a, "url": reverse("organise-team", args=[a.slug])} for a in counted],
        "columns": [
            {"text": "Alliance"},
            {"text": "People", "is_number": True},
            {"text": "Administrators", "is_number": True},
        ],
    }
    return render(request, "programmes/organiser/teams.html", context)


@organiser(rules.may_see_team, load=find_alliance)
@require_safe
def team(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Everybody with a role; for administrators also who was invited, and the form to invite."""
    return _team(request, alliance, InviteForm(initial={"role": Role.Kind.ORGANISER}))


def _team(
    request: HttpRequest, alliance: Alliance, form: InviteForm, *, status: int = 200
) -> HttpResponse:
    actor, at = request.actor, timezone.now()  # type: ignore[attr-defined]
    manages = rules.may_manage_team(actor, alliance)
    found = Role.objects.filter(alliance=alliance).select_related("person")
    order = {kind: place for place, kind in enumerate(Role.Kind.values)}
    people = sorted(found, key=lambda role: (order[role.kind], role.person.name.lower(), role.pk))
    asked = RoleInvitation.objects.open().filter(alliance=alliance).select_related("invited_by")
    context = {
        "crumbs": crumbs.organiser(*_teams(actor)),
        "alliance": alliance,
        "manages": manages,
        "form": form,
        "rows": [_person(role, actor, manages=manages) for role in people],
        "columns": [
            {"text": "Name"},
            {"text": "Role"},
            *([{"text": "Email"}] if manages else []),
            {"text": "Since"},
        ],
        "invitations": [
            {"invitation": one, "state": _standing(one, at)} for one in asked.order_by("pk")
        ]
        if manages
        else [],
    }
    return render(request, "programmes/organiser/team.html", context, status=status)


def _teams(actor: Actor) -> list[tuple[str, str]]:
    """The way back over all teams, for who knows several."""
    several = actor.is_operator or len(actor.roles) > 1
    return [("Teams", reverse("organise-teams"))] if several else []


def _person(role: Role, actor: Actor, *, manages: bool) -> dict[str, Any]:
    url = reverse("organise-role", args=[role.alliance.slug, role.pk]) if manages else ""
    return {
        "role": role,
        "url": url,
        "manages": manages,
        "is_me": role.person_id == actor.person_id,
        "zone": role.alliance.zone,
    }


def _standing(invitation: RoleInvitation, at: Any) -> tuple[str, str]:
    return ("waiting", "Invited") if invitation.is_open(at=at) else ("off", "Link expired")


@organiser(rules.may_manage_team, load=find_alliance)
@require_POST
def invitations(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """Invite somebody by mail."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _team(request, alliance, form, status=422)
    typed = form.cleaned_data
    try:
        asked = roles.invite(
            alliance, email=typed["email"], kind=typed["role"], by=_me(request), at=timezone.now()
        )
    except Refused as no:
        form.add_error("email", str(no))
        return _team(request, alliance, form, status=no.status)
    messages.success(
        request, f"{asked.email} gets a mail with a link that works for {roles.LINK_DAYS} days."
    )
    return redirect("organise-team", alliance.slug)


@organiser(rules.may_manage_place, load=find_invitation)
@require_POST
def again(request: HttpRequest, invitation: RoleInvitation) -> HttpResponse:
    """A new link by mail; the old one dies."""
    roles.send_again(invitation, by=_me(request), at=timezone.now())
    messages.success(request, f"{invitation.email} gets a new link. The old one no longer works.")
    return redirect("organise-team", invitation.alliance.slug)


@organiser(rules.may_manage_place, load=find_invitation)
@require_POST
def withdrawal(request: HttpRequest, invitation: RoleInvitation) -> HttpResponse:
    """Take an invitation back."""
    roles.withdraw(invitation, by=_me(request), at=timezone.now())
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    return redirect("organise-team", invitation.alliance.slug)


@organiser(rules.may_manage_place, load=find_role)
@require_http_methods(["GET", "POST"])
def role(request: HttpRequest, found: Role) -> HttpResponse:
    """One person's role: change it, or go on to removing them."""
    form = RoleForm(
        request.POST if request.method == "POST" else None, initial={"role": found.kind}
    )
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        kind = form.cleaned_data["role"]
        try:
            roles.change(found, kind=kind, by=_me(request), at=timezone.now())
        except Refused as no:
            form.add_error("role", str(no))
            status = no.status
        else:
            word = found.get_kind_display().lower()
            messages.success(request, f"{found.person.name} is now {word}.")
            return _back(request, found.alliance)
    context = {
        "crumbs": _under(found.alliance),
        "role": found,
        "form": form,
        "is_me": found.person_id == request.actor.person_id,  # type: ignore[attr-defined]
    }
    return render(request, "programmes/organiser/role.html", context, status=status)


@organiser(rules.may_manage_place, load=find_role)
@require_http_methods(["GET", "POST"])
def removal(request: HttpRequest, found: Role) -> HttpResponse:
    """Ask, then take the role away."""
    here = reverse("organise-role", args=[found.alliance.slug, found.pk])
    name, alliance = found.person.name, found.alliance
    context: dict[str, Any] = {
        "crumbs": _under(alliance, (name, here)),
        "heading": f"Remove {name} from the team of {alliance.name}?",
        "lines": [
            "They can no longer open its pages, at once, also where they are signed in now.",
            "If this was their last role, their API keys stop working.",
            "What they did stays, under their name. You can invite them again.",
        ],
        "button": "Remove from the team",
        "back_url": here,
        "back_text": "Keep them",
    }
    status = 200
    if request.method == "POST":
        try:
            roles.remove(found, by=_me(request), at=timezone.now())
        except Refused as no:
            context["refusal"], status = str(no), no.status
        else:
            messages.success(request, f"{name} is no longer in the team of {alliance.name}.")
            return _back(request, alliance)
    return render(request, "programmes/organiser/confirm.html", context, status=status)


def _back(request: HttpRequest, alliance: Alliance) -> HttpResponse:
    """To the team, or home for who has just shut themself out of it."""
    person_id = request.actor.person_id  # type: ignore[attr-defined]
    stays = request.actor.is_operator or Role.objects.filter(  # type: ignore[attr-defined]
        person=person_id, alliance=alliance
    )
    if stays:
        return redirect("organise-team", alliance.slug)
    return redirect("organise" if Role.objects.filter(person=person_id).exists() else "me")


def _under(alliance: Alliance, *steps: tuple[str, str]) -> list[dict[str, str]]:
    return crumbs.organiser(
        ("Teams", reverse("organise-teams")),
        (alliance.short_name, reverse("organise-team", args=[alliance.slug])),
        *steps,
    )


def _me(request: HttpRequest) -> Person:
    return request.user  # type: ignore[return-value]
