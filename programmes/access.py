"""Who is asking, and the guards that stand before each view. Deny by default."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from programmes.models import Person, Role

View = Callable[..., HttpResponse]

PLANNING = frozenset({Role.Kind.ADMIN, Role.Kind.ORGANISER})
LOOKING = PLANNING | {Role.Kind.VIEWER}
AT_THE_DOOR = PLANNING | {Role.Kind.CHECK_IN}


@dataclass(frozen=True)
class Actor:
    """What permission rules may know of whoever is asking. Plain values, no queries."""

    person_id: int | None = None
    is_operator: bool = False
    roles: dict[int, str] = field(default_factory=dict)

    @property
    def alliances(self) -> frozenset[int]:
        """Ids of the alliances whose matters the person may look into: any role but the door's.

        Check-in staff are left out, so that whatever is not made for them stays closed to them.
        """
        return self._with(LOOKING)

    @property
    def organises(self) -> frozenset[int]:
        """Ids of the alliances the person plans events for."""
        return self._with(PLANNING)

    @property
    def administers(self) -> frozenset[int]:
        """Ids of the alliances whose team the person looks after."""
        return self._with({Role.Kind.ADMIN})

    @property
    def doors(self) -> frozenset[int]:
        """Ids of the alliances at whose events the person stands at the door."""
        return self._with(AT_THE_DOOR)

    @property
    def is_organiser(self) -> bool:
        return self.is_operator or bool(self.organises)

    @property
    def has_role(self) -> bool:
        """Operators, and anybody with a role in some alliance: who has a home in /organize/."""
        return self.is_operator or bool(self.roles)

    def _with(self, kinds: AbstractSet[str]) -> frozenset[int]:
        return frozenset(pk for pk, kind in self.roles.items() if kind in kinds)


ANYONE = Actor()


def actor_of(person: Person | None) -> Actor:
    """The actor a person is; one query for the roles."""
    if person is None or not person.is_active:
        return ANYONE
    roles = dict(Role.objects.filter(person=person).values_list("alliance_id", "kind"))
    return Actor(person_id=person.pk, is_operator=person.is_operator, roles=roles)


def _named(view: View, access: str) -> View:
    view.access = access  # type: ignore[attr-defined]  # read by config/tests/test_access.py
    return view


def public(view: View) -> View:
    """Anyone may see this page; what it lists comes from ``visible_to``."""
    return _named(view, "public")


def signed_link(view: View) -> View:
    """Whoever holds the link: the view itself checks the token and answers 404 without it."""
    return _named(view, "signed link")


def signed_in(view: View) -> View:
    """A person who has signed in; others are sent to sign in first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.actor.person_id is None:  # type: ignore[attr-defined]
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return _named(guarded, "signed in")


def organiser(
    rule: Callable[..., bool], *, load: Callable[..., Any] | None = None
) -> Callable[[View], View]:
    """An organiser's page: ``load`` finds the object (404), then ``rule`` is asked (403).

    ``load(actor, **url_kwargs)`` must look only among what the actor may see. The view gets the
    object in place of the address's words. Without ``load`` the rule gets the actor alone, and the
    view the address's words as they are.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            actor: Actor = request.actor  # type: ignore[attr-defined]
            if actor.person_id is None:
                return redirect_to_login(request.get_full_path())
            found = () if load is None else (load(actor, **kwargs),)
            if not rule(actor, *found):
                raise PermissionDenied
            return view(request, **kwargs) if load is None else view(request, *found)

        return _named(guarded, f"{rule.__module__}.{rule.__name__}")

    return guard
