"""The link in an invitation to a team: look, then accept with one button."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kit import ratelimit
from programmes.access import signed_link
from programmes.domain import people, roles
from programmes.forms_team import MEANING, JoinForm
from programmes.models import Person, Role, RoleInvitation

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TEMPLATE = "programmes/public/invitation.html"


@signed_link
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """404 for a forged link, 410 with a sentence for one that is over."""
    found = roles.find_invitation(token)
    if found is None:
        raise Http404
    if not found.is_open(at=timezone.now()):
        raise roles.InvitationOver(
            f"This invitation to {found.alliance.name} was used, withdrawn or is too old."
            " Ask the person who invited you for a new one."
        )
    owner = people.by_key(found.email_key)
    me = request.user if request.user.is_authenticated else None
    if me is not None:
        return _signed_in(request, found, me, owner)  # type: ignore[arg-type]
    if roles.has_account(owner):
        return _page(request, found, case="sign-in")
    return _new(request, found, owner)


def _signed_in(
    request: HttpRequest, found: RoleInvitation, me: Person, owner: Person | None
) -> HttpResponse:
    if owner is not None and owner.pk != me.pk:
        return _page(request, found, case="other", status=409 if request.method == "POST" else 200)
    if request.method != "POST":
        return _page(request, found, case="accept", is_new_address=owner is None)
    return _joined(request, roles.accept(found, person=me, at=timezone.now()))


def _new(request: HttpRequest, found: RoleInvitation, owner: Person | None) -> HttpResponse:
    """For somebody who cannot sign in yet: a password, then in."""
    posted = request.POST if request.method == "POST" else None
    form = JoinForm(posted, knows_name=owner is not None)
    if posted is None:
        return _page(request, found, case="join", form=form)
    ratelimit.hit(request, "join", limit=20, seconds=60)
    if not form.is_valid():
        return _page(request, found, case="join", form=form, status=422)
    name, password = form.cleaned_data.get("name", ""), form.cleaned_data["password"]
    try:
        person = roles.join(found, name=name, password=password, at=timezone.now())
    except roles.NotTheirs as no:  # two windows: the other one was quicker
        return _page(request, found, case="sign-in", status=no.status)
    login(request, person, backend=BACKEND)
    return _joined(request, Role.objects.get(person=person, alliance=found.alliance))


def _joined(request: HttpRequest, role: Role) -> HttpResponse:
    word = role.get_kind_display().lower()
    messages.success(request, f"Welcome to the team of {role.alliance.name}. You are {word}.")
    return redirect("organise")


def _page(
    request: HttpRequest, found: RoleInvitation, *, case: str, status: int = 200, **more: object
) -> HttpResponse:
    context = {
        "invitation": found,
        "alliance": found.alliance,
        "role": found.get_kind_display(),
        "meaning": MEANING[Role.Kind(found.kind)],
        "case": case,
        "here": request.path,
        **more,
    }
    response = render(request, TEMPLATE, context, status=status)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
