"""What a registrant may still change about their own place."""

from datetime import datetime

from django.db import transaction

from events.domain import belonging
from events.models import Registration
from kit import text
from kit.errors import Refused
from kit.faults import Faults
from programmes import audit
from programmes.domain import people


class RegistrationEnded(Refused):
    """The place was given back, or the event is over."""

    code = "registration-ended"


class NameFixed(Refused):
    """The event has begun, and certificates carry the name of then."""

    code = "name-fixed"


def may_edit(registration: Registration, at: datetime) -> bool:
    """Whether anything can still be changed. Needs the event loaded."""
    ends_at = registration.event.ends_at
    return registration.state not in Registration.ENDED and (ends_at is None or at < ends_at)


def may_rename(registration: Registration, at: datetime) -> bool:
    """Whether the name can still be changed: until the event's first session starts."""
    starts_at = registration.event.starts_at
    return may_edit(registration, at) and (starts_at is None or at < starts_at)


def edit(
    registration: Registration, *, name: str, organisation: str, access_needs: str, at: datetime
) -> Registration:
    """Change name, organisation and access needs of one's own place; returns the row as it is now.

    Sent twice, the second time changes nothing. Raises Invalid for text that cannot be kept,
    RegistrationEnded once the place was given back or the event is over, NameFixed for another
    name after the event has begun.
    """
    clean = _clean(name, organisation, access_needs)
    with transaction.atomic():
        rows = Registration.objects.select_for_update(of=("self",))
        held = rows.select_related("event", "person", "alliance").get(pk=registration.pk)
        if not may_edit(held, at):
            raise RegistrationEnded("This registration has ended, so it cannot be changed.")
        changed = [field for field, value in clean.items() if getattr(held, field) != value]
        if "name" in changed and not may_rename(held, at):
            raise NameFixed(
                f"“{held.event.title}” has begun, so your name here is settled. If your "
                "certificate shows it wrongly, write to the organizers and they correct it."
            )
        if changed:
            _write(held, clean, changed)
    return held


def _clean(name: str, organisation: str, access_needs: str) -> dict[str, str]:
    faults = Faults()
    clean: dict[str, str] = {}
    with faults.noted():
        clean["name"] = text.one_line(name, loc="name", what="The name", at_most=300)
        if not clean["name"]:
            faults.add("name", msg="Write your name as it should stand on a certificate.")
    with faults.noted():
        clean["organisation"] = text.one_line(
            organisation, loc="organisation", what="The organization", at_most=200
        )
    with faults.noted():
        clean["access_needs"] = text.lines(
            access_needs, loc="access_needs", what="The access needs", at_most=2000
        )
    faults.settle()
    return clean


def _write(held: Registration, clean: dict[str, str], changed: list[str]) -> None:
    """Save what changed; with another organisation, also which member that is."""
    fields = [*changed]
    for field in changed:
        setattr(held, field, clean[field])
    if "organisation" in changed:
        domain = people.read(held.email).domain
        belongs = belonging.of(held.event, held.organisation, domain=domain, chosen=held.alliance)
        held.member_organisation_id = belongs.organisation_id
        held.alliance_id = belongs.alliance_id
        fields += ["member_organisation", "alliance"]
    held.save(update_fields=fields)
    audit.record("registration.edited", held, event=held.event_id, changed=changed)
