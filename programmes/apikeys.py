"""Keys for programs: making and revoking them, and the check that stands before each API call."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security.http import HttpAuthBase

from kit.errors import Invalid, Refused
from kit.ids import secret_token, token_hash
from programmes import audit
from programmes.access import ANYONE, Actor, actor_of
from programmes.models import ApiKey, Person

PREFIX = "lyc_"
"""In front of every key, so that one left in a file or a log is recognised for what it is."""

SCOPES = (
    "events:read",
    "events:write",
    "registrations:read",
    "registrations:write",
    "attendance:read",
    "attendance:write",
    "certificates:read",
    "certificates:write",
    "me:read",
    "team:read",
    "team:write",
)
USED_EVERY = timedelta(minutes=1)


class KeyMissing(Refused):
    code = "key-missing"
    status = 401


class KeyUnknown(Refused):
    code = "key-unknown"
    status = 401


class ScopeMissing(Refused):
    code = "scope-missing"
    status = 403


def make(person: Person, *, name: str, scopes: Iterable[str] = ()) -> tuple[ApiKey, str]:
    """A new key that acts as ``person``, and its token, which is shown once and never kept.

    ``scopes`` narrow what it may do; none means all that the person may. Raises Invalid for a
    scope that does not exist.
    """
    wanted = sorted(set(scopes))
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        known = ", ".join(SCOPES)
        raise Invalid.at("scopes", msg=f"There is no scope “{unknown[0]}”. There are: {known}.")
    token = PREFIX + secret_token()
    key = ApiKey.objects.create(
        person=person, name=name, token_hash=token_hash(token), scopes=wanted
    )
    audit.record("api-key.made", key, by=person.pk, scopes=wanted)
    return key, token


def revoke(key: ApiKey, *, by: Person | None, at: datetime) -> None:
    """Make a key useless from now on. Doing it twice is harmless."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=at):
        audit.record("api-key.revoked", key, by=by and by.pk)


def find(token: str) -> ApiKey | None:
    """The valid key of a token with its person, or None. One query."""
    key = ApiKey.objects.select_related("person").filter(token_hash=token_hash(token)).first()
    if key is None or key.revoked_at is not None or not key.person.is_active:
        return None
    return key


def key_of(request: HttpRequest) -> ApiKey | None:
    """The valid key a request came with, or None. Looked up once a request."""
    if not hasattr(request, "api_key"):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        found = find(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
        request.api_key = found  # type: ignore[attr-defined]
    return request.api_key  # type: ignore[attr-defined,no-any-return]


def note_use(key: ApiKey, *, at: datetime) -> None:
    """Remember when a key was last used, at most once a minute."""
    long_ago = at - USED_EVERY
    if key.last_used_at is None or key.last_used_at < long_ago:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=long_ago)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)


class Bearer(HttpAuthBase):
    """``Authorization: Bearer <key>``, good for one ``scope``; sets ``request.actor``.

    The session cookie is never looked at, so a page in a browser cannot use the API in somebody's
    name. Where ``optional``, whoever sends no key is anyone; a wrong key is refused all the same.
    """

    openapi_scheme = "bearer"

    def __init__(self, scope: str, *, optional: bool = False) -> None:
        if scope not in SCOPES:
            raise ValueError(f"no scope “{scope}”")
        self.scope, self.optional = scope, optional
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiKey | Actor:
        """The key, or ANYONE. Raises KeyMissing, KeyUnknown or ScopeMissing."""
        request.actor = ANYONE  # type: ignore[attr-defined]
        if "Authorization" not in request.headers:
            if self.optional:
                return ANYONE
            raise KeyMissing("Send a key: Authorization: Bearer followed by the key.")
        key = key_of(request)
        if key is None:
            raise KeyUnknown("This key is not valid, or has been revoked.")
        if key.scopes and self.scope not in key.scopes:
            raise ScopeMissing(f"This key may not be used for {self.scope}.", scope=self.scope)
        note_use(key, at=timezone.now())
        request.actor = actor_of(key.person)  # type: ignore[attr-defined]
        return key


def needs_key(scope: str) -> Bearer:
    """For operations that only a key opens."""
    return Bearer(scope)


def anyone(scope: str) -> Bearer:
    """For operations anyone may call; with a key they may show more."""
    return Bearer(scope, optional=True)


def person_of(request: HttpRequest) -> Any:
    """The Person a request acts as, or None for anyone."""
    key = key_of(request)
    return key.person if key else None
