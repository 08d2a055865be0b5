"""Seats for the demo's invented attendees, written straight into the tables with right counters.

Registering them one by one would send each a confirmation.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from events.domain import belonging
from events.models import Event, Registration
from programmes.models import Address, Organisation, Person

EMPLOYERS = {
    "example.com": "Harbor Street Consulting",
    "example.net": "Riverbend Public Works",
    "example.org": "Civic Exchange Forum",
}
"""For addresses that belong to no member organisation."""
SOURCE = "demo"
State = Registration.State
Registrant = tuple[str, str]


@transaction.atomic
def fill(
    event: Event, registrants: Sequence[Registrant], *, opens: datetime, until: datetime
) -> int:
    """Register them in their order, evenly between two instants; returns how many there are.

    Who finds no seat waits, or is left out where the event keeps no waitlist. Where the event has
    registrations already, nothing is done.
    """
    if event.registrations.exists():
        return 0
    people = _people(registrants)
    step = (until - opens) / (len(registrants) + 1)
    seats = event.capacity if event.capacity is not None else len(registrants)
    rows: list[Registration] = []
    membership: dict[str, tuple[str, belonging.Membership]] = {}
    for number, (name, email) in enumerate(registrants):
        if number >= seats and not event.has_waitlist:
            break
        joined_at = (opens + step * (number + 1)).replace(microsecond=0)
        row = Registration(event=event, person=people[email], name=name, email=email, source=SOURCE)
        _place(row, membership)
        row.state = State.CONFIRMED if number < seats else State.WAITLISTED
        row.joined_at, row.seated_at = joined_at, joined_at if number < seats else None
        rows.append(row)
    Registration.objects.bulk_create(rows)
    taken = min(len(rows), seats)
    Event.objects.filter(pk=event.pk).update(seats_taken=taken, waiting_count=len(rows) - taken)
    return len(rows)


def span(event: Event, *, at: datetime) -> tuple[datetime, datetime]:
    """From when until when people registered: up to now, or up to a past event's start."""
    assert event.published_at is not None and event.starts_at is not None
    until = min(at, event.closes_at or at) - timedelta(hours=1)
    return event.published_at, max(until, event.published_at + timedelta(hours=1))


def _place(row: Registration, known: dict[str, tuple[str, belonging.Membership]]) -> None:
    """Organisation and alliance, by the address's domain; looked up once for each domain."""
    domain = row.email.rpartition("@")[2]
    if domain not in known:
        member = Organisation.objects.filter(domain=domain).values_list("name", flat=True).first()
        typed = member or EMPLOYERS.get(domain, "")
        known[domain] = typed, belonging.of(row.event, typed, domain=domain)
    row.organisation, belongs = known[domain]
    row.member_organisation_id = belongs.organisation_id
    row.alliance_id = belongs.alliance_id


def _people(registrants: Sequence[Registrant]) -> dict[str, Person]:
    """Everybody by address; those we do not know are made as guests who cannot sign in."""
    wanted = {email: name for name, email in registrants}
    known = {
        address.key: address.person
        for address in Address.objects.select_related("person").filter(key__in=wanted)
    }
    made = Person.objects.bulk_create(_guests(wanted, set(known)))
    Address.objects.bulk_create(
        Address(person=person, key=person.email, typed=person.email) for person in made
    )
    return known | {person.email: person for person in made}


def _guests(wanted: dict[str, str], known: set[str]) -> Iterator[Person]:
    for email, name in wanted.items():
        if email not in known:
            yield Person(email=email, name=name, password=make_password(None))
