"""What the tests of whole programs share: a series with three dates, and who enrolls."""

from datetime import timedelta

from conftest import NOON
from events.domain import enrolment, enrolment_dates
from events.domain.registration import Place
from events.models import Enrolment, Event, Registration
from programmes.models import OutboxEntry, Programme

ANA = Place(name="Ana Ruiz", email="ana@city.gov", organisation="City of Aurora")
LATER = NOON + timedelta(hours=1)
MONTHS = ("2027-02-10T11:00", "2027-03-10T11:00", "2027-04-10T11:00")


def make_programme(lead, *co_hosts, slug="series", **fields) -> Programme:
    programme = Programme.objects.create(
        **{"slug": slug, "name": "The Series", "kind": "series", "lead": lead, **fields}
    )
    programme.hosts.set([lead, *co_hosts])
    return programme


def enrolled(programme, place=ANA, at=NOON) -> Enrolment:
    return enrolment.enrol(programme, place, at=at).enrolment


def catch_up(at=LATER) -> int:
    return enrolment_dates.catch_up(at=at)


def held(person, event: Event) -> list[str]:
    """The states of a person's registrations for an event."""
    mine = Registration.objects.filter(event=event, person=person).order_by("pk")
    return list(mine.values_list("state", flat=True))


def mails() -> list[str]:
    kinds = OutboxEntry.objects.order_by("pk").values_list("kind", flat=True)
    return [kind.removeprefix("events/") for kind in kinds]
