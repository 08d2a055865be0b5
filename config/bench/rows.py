"""Rows for the benchmarks, made in bulk in the site's own settings."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone

from events.models import (
    Attendance,
    Event,
    EventCredit,
    EventHost,
    Registration,
    Revision,
    Session,
)
from kit.ids import secret_token
from programmes import apikeys
from programmes.models import Address, Alliance, Person

ZONES = ("America/Denver", "America/Chicago", "America/Phoenix", "America/New_York")


def events(count: int, *, capacity: int | None = 100_000) -> list[str]:
    """``count`` published events over the coming year, two hosts each; returns their slugs."""
    alliances = list(Alliance.objects.all()) or _alliances()
    now = timezone.now()
    made = Event.objects.bulk_create(
        [_event(number, alliances, now, capacity) for number in range(count)], batch_size=500
    )
    sessions, hosts, credits = [], [], []
    for number, event in enumerate(made):
        sessions.append(_session(event, now))
        partner = alliances[(number + 3) % len(alliances)]
        hosts += [_host(event, event.lead, "lead", now), _host(event, partner, "co-host", now)]
        credits.append(EventCredit(event=event, scheme="contact_hour", amount=Decimal("1.25")))
    Session.objects.bulk_create(sessions, batch_size=500)
    EventHost.objects.bulk_create(hosts, batch_size=500)
    EventCredit.objects.bulk_create(credits, batch_size=500)
    Revision.objects.get_or_create(scope="events")
    return [event.slug for event in made]


def question() -> tuple[str, str]:
    """The address that asks for times of seven alliances over four weeks, and a key that may."""
    alliances = list(Alliance.objects.active()[:7])
    person = Person.objects.create(
        email=f"bench-{secret_token(6)}@city.example".lower(), name="Bench", is_operator=True
    )
    _, key = apikeys.make(person, name="bench")
    first = timezone.now().date() + timedelta(days=7)
    query = {
        "alliances": ",".join(alliance.slug for alliance in alliances),
        "minutes": 60,
        "from": first.isoformat(),
        "to": (first + timedelta(days=27)).isoformat(),
    }
    return f"/api/v1/schedule/suggestions?{urlencode(query)}", key


def seated(slug: str, count: int, *, attended: bool) -> None:
    """``count`` people with a seat at an event, who attended all of it where asked; settled."""
    event = Event.objects.get(slug=slug)
    session = event.sessions.get()
    length = int((session.ends_at - session.starts_at).total_seconds())
    people = Person.objects.bulk_create(
        [
            Person(name=f"Ana-María Peña {n}", email=f"p{n}.{slug}@city.example")
            for n in range(count)
        ],
        batch_size=500,
    )
    Address.objects.bulk_create(
        [Address(person=p, key=p.email, typed=p.email) for p in people], batch_size=500
    )
    registrations = Registration.objects.bulk_create(
        [
            Registration(
                event=event,
                person=person,
                state="confirmed",
                name=person.name,
                email=person.email,
                organisation="City of Cedar Fork",
                joined_at=timezone.now(),
                attended_seconds=length if attended else None,
                presence="met" if attended else "",
            )
            for person in people
        ],
        batch_size=500,
    )
    if attended:
        Attendance.objects.bulk_create(
            [
                Attendance(
                    session=session,
                    registration=registration,
                    present_seconds=length,
                    in_session_seconds=length,
                    changed_at=timezone.now(),
                )
                for registration in registrations
            ],
            batch_size=500,
        )
    Event.objects.filter(pk=event.pk).update(
        seats_taken=count, settled_at=timezone.now() if attended else None
    )


def zoom_report(slug: str, rows: int) -> str:
    """A Zoom report of an event with ``rows`` rows of some two thirds as many people."""
    event = Event.objects.get(slug=slug)
    zone = ZoneInfo(event.time_zone)
    lines = ["Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest"]
    for number in range(rows):
        person = number % (rows * 2 // 3)
        joined = event.starts_at + timedelta(seconds=number % 1500)
        left = joined + timedelta(minutes=30)
        stamp = "%m/%d/%Y %I:%M:%S %p"
        lines.append(
            f"Ana-María Peña {person},p{person}.{slug}@city.example,"
            f"{joined.astimezone(zone).strftime(stamp)},{left.astimezone(zone).strftime(stamp)},"
            "30,Yes"
        )
    return "\r\n".join(lines) + "\r\n"


def _alliances() -> list[Alliance]:
    return Alliance.objects.bulk_create(
        Alliance(
            slug=f"alliance-{number}",
            name=f"Alliance of Region {number}",
            short_name=f"AR{number}",
            code=f"ar{number}",
            mark=f"R{number}",
            zone=ZONES[number % len(ZONES)],
            position=number,
            dot_x=5 + 9 * number,
            dot_y=5 + 4 * number,
        )
        for number in range(7)
    )


def _event(number: int, alliances: list[Alliance], now: datetime, capacity: int | None) -> Event:
    zone = ZONES[number % len(ZONES)]
    starts = (now + timedelta(days=2, hours=number % 8000)).replace(minute=0, second=0)
    return Event(
        slug=f"bench-{now:%H%M%S}-{number}",
        title=f"Joint webinar {number}: smart mobility, data; and equity",
        summary="How partner regions publish curb inventories once and reuse them everywhere.",
        status=Event.Status.PUBLISHED,
        lead=alliances[number % len(alliances)],
        time_zone=zone,
        starts_at=starts.replace(microsecond=0),
        ends_at=starts.replace(microsecond=0) + timedelta(minutes=90),
        capacity=capacity,
        published_at=now,
        changed_at=now,
    )


def _session(event: Event, now: datetime) -> Session:
    zone = ZoneInfo(event.time_zone)
    if event.starts_at is None or event.ends_at is None:
        raise ValueError("a benchmark's event has times")
    return Session(
        event=event,
        time_zone=event.time_zone,
        starts_local=f"{event.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        ends_local=f"{event.ends_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        starts_at=event.starts_at.astimezone(UTC),
        ends_at=event.ends_at.astimezone(UTC),
        changed_at=now,
    )


def _host(event: Event, alliance: Alliance, role: str, now: datetime) -> EventHost:
    return EventHost(
        event=event,
        alliance=alliance,
        role=role,
        state=EventHost.State.ACCEPTED,
        position=0 if role == "lead" else 1,
        invited_at=now,
        decided_at=now,
    )
