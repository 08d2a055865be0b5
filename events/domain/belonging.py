"""Where a registrant belongs: member organisation, alliance; and who is a member at all."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from events.models import Event, EventHost
from kit import text
from kit.errors import Refused
from programmes.models import Alliance, Organisation, Person, Programme, Role


class MembersOnly(Refused):
    """The event is for members, and nothing shows that this person belongs to one."""

    code = "members-only"


@dataclass(frozen=True)
class Membership:
    """What is known of where somebody belongs; all None for a guest from outside."""

    organisation_id: int | None = None
    alliance_id: int | None = None


def of(
    event: Event, organisation: str, *, domain: str, chosen: Alliance | None = None
) -> Membership:
    """The member organisation by its name or by the address's domain, and the alliance it is in.

    The name goes before the domain. ``chosen`` is what the person said and stands; otherwise the
    alliance is the organisation's that hosts the event, else the one it joined first. One query for
    guests from outside, two for members.
    """
    hosting = EventHost.objects.standing().filter(event=event.pk, alliance=OuterRef("pk"))
    return _membership(organisation, domain, chosen, hosting)


def in_programme(
    programme: Programme, organisation: str, *, domain: str, chosen: Alliance | None = None
) -> Membership:
    """The same for a whole programme: the alliances that host it go first."""
    hosting = Programme.hosts.through.objects.filter(
        programme=programme.pk, alliance=OuterRef("pk")
    )
    return _membership(organisation, domain, chosen, hosting)


def _membership(
    organisation: str, domain: str, chosen: Alliance | None, hosting: QuerySet
) -> Membership:
    name_key = text.fold(organisation)
    wanted = Q(domain__in=parents(domain))
    if name_key:
        wanted |= Q(name_key=name_key)
    found = list(Organisation.objects.filter(wanted).order_by("pk").values_list("pk", "name_key"))
    said = chosen.pk if chosen else None
    if not found:
        return Membership(alliance_id=said)
    best = next((pk for pk, key in found if name_key and key == name_key), found[0][0])
    return Membership(best, said or _alliance_of(best, hosting))


def _alliance_of(organisation_id: int, hosting: QuerySet) -> int | None:
    alliances = Alliance.objects.filter(organisations=organisation_id).annotate(
        hosts=Exists(hosting)
    )
    return alliances.order_by("-hosts", "position", "pk").values_list("pk", flat=True).first()


def ensure_member(event: Event, domain: str, person: Person | None) -> None:
    """Raises MembersOnly unless anybody may come, or the person is of a member or a host.

    A member is who writes from a member organisation's domain or one below it, or has a role in an
    alliance that hosts the event.
    """
    if event.visibility != Event.Visibility.MEMBERS:
        return
    if Organisation.objects.filter(domain__in=parents(domain)).exists():
        return
    if person is not None and _has_role(event, person):
        return
    raise MembersOnly(
        f"“{event.title}” is for members of the alliances. Register with the address your member "
        "organization gave you, or ask the host to let you in."
    )


def parents(domain: str) -> list[str]:
    """The domain and those above it, the top level left out: a.b.gov, b.gov."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(len(labels) - 1, 0))]


def _has_role(event: Event, person: Person) -> bool:
    hosts: Iterable[int] = event.hosts.standing().values_list("alliance_id", flat=True)
    return person.is_operator or Role.objects.filter(person=person, alliance__in=hosts).exists()
