"""What the tests of every app share: small factories, a fixed clock, profiles for hypothesis."""

import itertools
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from events.models import Event, EventHost, Registration, Session
from kit import walltime
from programmes.models import Address, Alliance, Person, Role

os.environ.setdefault("TESTING", "on")  # for the programs that tests start

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
"""When tests happen, unless they say otherwise: nine days before the events they make."""

settings.register_profile("quick", max_examples=60, deadline=None)
settings.register_profile(
    "thorough", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60)
"""Names as people may write them anywhere in the world; some are blank once trimmed."""


@pytest.fixture(autouse=True)
def _empty_cache():
    """No test counts another one's requests."""
    cache.clear()


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def make_alliance(db):
    """``make_alliance("Plains", zone="America/Chicago")``: one of the member alliances."""
    numbers = itertools.count(1)

    def make(name: str = "", **fields) -> Alliance:
        number = next(numbers)
        name = name or f"Alliance {number}"
        values = {
            "slug": f"{name.lower().replace(' ', '-')}-{number}",
            "name": name,
            "short_name": name[:40],
            "code": f"a{number}",
            "mark": name[:2].upper(),
            "region": f"Region {number}",
            "city": "Denver",
            "zone": "America/Denver",
            "position": number,
        }
        return Alliance.objects.create(**{**values, **fields})

    return make


@pytest.fixture
def make_person(db):
    """``make_person("ana")``: somebody with one address and no role. ``password`` lets them in."""
    numbers = itertools.count(1)

    def make(name: str = "", *, email: str = "", password: str | None = None, **fields) -> Person:
        number = next(numbers)
        name = name or f"Person {number}"
        typed = email or f"{name.lower().replace(' ', '.')}@town{number}.example"
        person = Person(email=typed.lower(), name=name, **fields)
        person.set_password(password)
        person.save()
        Address.objects.create(person=person, key=typed.lower(), typed=typed)
        return person

    return make


@pytest.fixture
def make_organiser(make_person):
    """``make_organiser(alliance)``: a person who plans its events (or has another ``kind``)."""

    def make(alliance: Alliance, *, kind: str = Role.Kind.ORGANISER, **fields) -> Person:
        person = make_person(**fields)
        Role.objects.create(person=person, alliance=alliance, kind=kind)
        return person

    return make


@pytest.fixture
def make_event(make_alliance):
    """``make_event(capacity=1)``: a published event of one session and 90 minutes.

    ``co_hosts`` have accepted. ``sessions`` gives several as (start, minutes); otherwise ``starts``
    and ``minutes`` give one. Other keywords are fields of Event.
    """
    numbers = itertools.count(1)

    def make(  # noqa: PLR0913
        *,
        lead: Alliance | None = None,
        co_hosts: tuple[Alliance, ...] = (),
        published: bool = True,
        time_zone: str = "America/Denver",
        starts: str = "2027-01-13T11:00",
        minutes: int = 90,
        sessions: tuple[tuple[str, int], ...] = (),
        **fields,
    ) -> Event:
        number = next(numbers)
        values = {
            "lead": lead or make_alliance(),
            "title": f"Fiber to every block {number}",
            "slug": f"fiber-to-every-block-{number}",
            "status": Event.Status.PUBLISHED if published else Event.Status.DRAFT,
            "published_at": NOON - timedelta(days=30) if published else None,
            "changed_at": NOON - timedelta(days=30),
            "time_zone": time_zone,
        }
        event = Event.objects.create(**{**values, **fields})
        for position, (start, length) in enumerate(sessions or ((starts, minutes),)):
            _add_session(event, start, length, position)
        event.starts_at = min(session.starts_at for session in event.sessions.all())
        event.ends_at = max(session.ends_at for session in event.sessions.all())
        event.save(update_fields=["starts_at", "ends_at"])
        _add_host(event, event.lead, EventHost.Role.LEAD)
        for alliance in co_hosts:
            _add_host(event, alliance, EventHost.Role.CO_HOST)
        return event

    return make


@pytest.fixture
def make_registration(make_person):
    """``make_registration(event, name="Ana")``: a seat at an event, its counters kept true."""

    def make(event: Event, person: Person | None = None, **fields) -> Registration:
        person = person or make_person(fields.get("name", ""))
        values = {
            "state": Registration.State.CONFIRMED,
            "name": person.name,
            "email": person.email,
            "joined_at": NOON,
        }
        registration = Registration.objects.create(
            event=event, person=person, **{**values, **fields}
        )
        count_again(event)
        return registration

    return make


def count_again(event: Event) -> None:
    """Set the event's counters to what its rows say."""
    rows = Registration.objects.filter(event=event)
    event.seats_taken = rows.seated().count()
    event.waiting_count = rows.waiting().count()
    event.save(update_fields=["seats_taken", "waiting_count"])


def assert_counters_true(event: Event) -> None:
    """The event's counters equal its rows, and no more seats are given than there are."""
    event.refresh_from_db()
    rows = Registration.objects.filter(event=event)
    assert event.seats_taken == rows.seated().count()
    assert event.waiting_count == rows.waiting().count()
    assert event.capacity is None or event.seats_taken <= event.capacity


def _add_session(event: Event, start: str, minutes: int, position: int) -> Session:
    local = datetime.fromisoformat(start)
    starts_at = walltime.to_utc(local, event.time_zone, fold=0)
    ends_at = starts_at + timedelta(minutes=minutes)
    return Session.objects.create(
        event=event,
        position=position,
        time_zone=event.time_zone,
        starts_local=start,
        ends_local=f"{local + timedelta(minutes=minutes):%Y-%m-%dT%H:%M}",
        starts_at=starts_at,
        ends_at=ends_at,
        changed_at=event.changed_at,
    )


def _add_host(event: Event, alliance: Alliance, role: str) -> EventHost:
    return EventHost.objects.create(
        event=event,
        alliance=alliance,
        role=role,
        state=EventHost.State.ACCEPTED,
        position=event.hosts.count(),
        invited_at=event.changed_at,
        decided_at=event.changed_at,
    )
