"""The secret address by which a registrant manages their place without an account."""

from django.conf import settings

from events.models import Enrolment, Registration
from kit import ids

PURPOSE = "registration"
ENROLMENT = "enrolment"


def registration_token(registration: Registration) -> str:
    """The token in the registration's link. It stays the same until ``link_version`` is raised."""
    value = f"{registration.code}:{registration.link_version}"
    return ids.sign(PURPOSE, value, key=settings.SECRET_KEY.encode())


def find_registration(token: str) -> Registration | None:
    """The registration a link belongs to, its event and person loaded; None for any other text.

    Links signed with a retired SECRET_KEY open as long as it is among SECRET_KEY_FALLBACKS.
    """
    keys = [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    value = ids.unsign(PURPOSE, token, keys=keys)
    if value is None:
        return None
    code, _, version = value.rpartition(":")
    found = Registration.objects.select_related("event__lead", "person")
    return found.filter(code=code, link_version=int(version)).first()


def registration_url(registration: Registration) -> str:
    """The whole address of the registration's page, for mails."""
    return f"{settings.PUBLIC_BASE_URL}/r/{registration_token(registration)}/"


def enrolment_token(enrolment: Enrolment) -> str:
    """The token in an enrolment's link. It stays the same until ``link_version`` is raised."""
    value = f"{enrolment.code}:{enrolment.link_version}"
    return ids.sign(ENROLMENT, value, key=settings.SECRET_KEY.encode())


def find_enrolment(token: str) -> Enrolment | None:
    """The enrolment a link belongs to, its programme and person loaded; None for any other text."""
    keys = [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    value = ids.unsign(ENROLMENT, token, keys=keys)
    if value is None:
        return None
    code, _, version = value.rpartition(":")
    found = Enrolment.objects.select_related("programme__lead", "person", "alliance")
    return found.filter(code=code, link_version=int(version)).first()


def enrolment_url(enrolment: Enrolment) -> str:
    """The whole address of the enrolment's page, for mails."""
    return f"{settings.PUBLIC_BASE_URL}/programs/mine/{enrolment_token(enrolment)}/"
