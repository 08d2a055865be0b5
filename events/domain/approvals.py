"""The link in a mail by which an organiser answers for their alliance without signing in."""

from dataclasses import dataclass

from django.conf import settings

from events.domain.asking import PLANNERS
from events.models import EventHost
from kit import ids
from programmes.models import Person, Role

PURPOSE = "approval"
SHOWN = 16
"""Hex digits of a fingerprint that stand in a link: enough to tell two wordings apart."""


@dataclass(frozen=True)
class Approval:
    """Who was asked for which host, and the start of the fingerprint of what they were asked."""

    host: EventHost
    person: Person
    seen: str


def token(host: EventHost, person: Person, mark: str) -> str:
    """The token in a link, good for this host, this person and what was asked."""
    value = f"{host.pk}:{person.pk}:{mark[:SHOWN]}"
    return ids.sign(PURPOSE, value, key=settings.SECRET_KEY.encode())


def url(host: EventHost, person: Person, mark: str, *, answer: str = "") -> str:
    """The whole address; ``answer`` is what the page has chosen already."""
    address = f"{settings.PUBLIC_BASE_URL}/approvals/{token(host, person, mark)}/"
    return f"{address}?answer={answer}" if answer else address


def find(sealed: str) -> Approval | None:
    """What a link is about; None for any other text, and for who may not answer any more.

    Event, lead and alliance are loaded.
    """
    keys = [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    value = ids.unsign(PURPOSE, sealed, keys=keys)
    if value is None:
        return None
    host_id, person_id, seen = value.split(":")
    parts = EventHost.objects.select_related("event__lead", "alliance")
    host = parts.filter(pk=int(host_id)).first()
    person = Person.objects.filter(pk=int(person_id), is_active=True).first()
    if host is None or person is None or not _may_answer(person, host):
        return None
    return Approval(host, person, seen)


def _may_answer(person: Person, host: EventHost) -> bool:
    roles = Role.objects.filter(person=person, alliance=host.alliance_id, kind__in=PLANNERS)
    return person.is_operator or roles.exists()
