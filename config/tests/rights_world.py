"""The world of the matrix: four alliances with everybody in every role, and something to hide.

It is made once for a module, in a transaction that is rolled back at its end; a test that writes
does so behind a savepoint. Whatever somebody may not read holds a word that begins with ``MARK``.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings

from certificates.domain import facts, issuing
from certificates.models import Batch, Certificate, CertificateFile
from config.tests import rights_furniture
from config.tests.rights_table import ALLIANCES, BELONGS, HOSTS, KINDS, SHARINGS
from events.domain import hosting, links, scheduling
from events.models import AttendanceImport, Event, EventHost, Registration, Session
from kit.ids import readable_code
from programmes import apikeys, outbox
from programmes.domain import roles
from programmes.models import (
    Address,
    Alliance,
    Organisation,
    OutboxEntry,
    Person,
    Role,
    RoleInvitation,
)

MARK = "qqzqxq"
_MARKS = re.compile(rf"{MARK}[a-z]+")
_WRITES = re.compile(r'\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM)\s+"(\w+)"', re.I)
BOOKKEEPING = {"django_session", "programmes_apikey", "programmes_idempotentanswer"}
"""Who is signed in, when a key was last used, which answer to repeat."""


@dataclass
class World:
    """Everything the matrix walks over, by name."""

    alliances: dict[str, Alliance] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    places: dict[tuple[str, str], Registration] = field(default_factory=dict)
    certificates: dict[tuple[str, str], Certificate] = field(default_factory=dict)
    enrolments: dict[str, Any] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)

    @property
    def event(self) -> Event:
        """The one every rule is asked about: the data rule is “own”."""
        return self.events["own"]

    @property
    def place(self) -> Registration:
        """Somebody who chose the co-host."""
        return self.places["own", "chosen"]


def mark(*words: str) -> str:
    """A word nobody else writes: ``mark("own", "member", "mail")``."""
    return MARK + "".join(re.sub("[^a-z]", "", word) for word in words)


def marks_in(content: bytes) -> set[str]:
    """The words in an answer that somebody may not read."""
    return set(_MARKS.findall(content.decode(errors="replace")))


@pytest.fixture(scope="module")
def rights(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    """The world; the database is open for the whole module."""
    media = tmp_path_factory.mktemp("media")
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=media, RATE_LIMITS=False),
        transaction.atomic(),
    ):
        cache.clear()
        logging.disable(logging.ERROR)  # thousands of refusals, each with its trace
        yield _make(media)
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
    cache.clear()


@contextmanager
def undone() -> Iterator[list[str]]:
    """What is written inside is rolled back; yields the tables it was written to."""
    written: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if (found := _WRITES.match(sql)) and found[1] not in BOOKKEEPING:
            written.append(found[1])
        return execute(sql, *rest)

    with transaction.atomic(), connection.execute_wrapper(note):
        yield written
        transaction.set_rollback(True)


# --- making it ------------------------------------------------------------------------------------


def _make(media: Any) -> World:
    world, at = World(), datetime.now(UTC).replace(second=0, microsecond=0)
    for position, name in enumerate(ALLIANCES):
        world.alliances[name] = _alliance(name, position)
    _people(world)
    for sharing in SHARINGS:
        world.events[sharing] = _event(world, sharing, at=at, sharing=sharing)
        for belongs in BELONGS:
            _registrant(world, sharing, belongs, at=at, media=media)
    draft = {"status": "draft", "published_at": None}
    world.events["draft"] = _event(world, "draft", at=at + timedelta(days=3), **draft)
    world.events["unlisted"] = _event(
        world, "unlisted", at=at + timedelta(days=3), visibility="unlisted"
    )
    proposed = _event(world, "proposed", at=at + timedelta(days=20))
    title = {"title": f"Changed {mark('proposed', 'title')}"}
    world.events["proposed"] = scheduling.edit(proposed, title, by=None, at=at)
    _paper(world, at)
    rights_furniture.furnish(world, mark=mark, member=_member(world), at=at)
    return world


def _alliance(name: str, position: int) -> Alliance:
    return Alliance.objects.create(
        slug=f"{name}-alliance",
        name=f"{name.title()} Alliance",
        short_name=name.title(),
        code=f"c{position}",
        mark=name[:2].upper(),
        region=name,
        city="Denver",
        zone="America/Denver",
        states=["CO"],
        position=position,
    )


def _people(world: World) -> None:
    who = {f"{kind} of {name}": (kind, name) for kind in KINDS for name in ALLIANCES}
    for actor in (*who, "operator", "signed in"):
        email = f"{mark('staff', actor)}@staff.example"
        person = Person.objects.create(
            email=email, name=actor.title(), is_operator=actor == "operator"
        )
        Address.objects.create(person=person, key=email, typed=email)
        if actor in who:
            kind, name = who[actor]
            Role.objects.create(person=person, alliance=world.alliances[name], kind=kind)
        world.people[actor] = person
        world.keys[actor] = apikeys.make(person, name="matrix")[1]
        world.browsers[actor] = Client()
        world.browsers[actor].force_login(person)
    world.browsers["anonymous"], world.keys["anonymous"] = Client(), ""


def _event(world: World, name: str, *, at: datetime, **fields: Any) -> Event:
    """Over since an hour, so that it can be settled and its door list is still open."""
    starts, ends = at - timedelta(hours=3), at - timedelta(hours=1)
    event = Event.objects.create(
        **{
            "slug": name,
            "title": f"Event {mark(name, 'title')}" if name in {"draft", "unlisted"} else name,
            "lead": world.alliances["lead"],
            "status": "published",
            "published_at": at - timedelta(days=30),
            "changed_at": at - timedelta(days=30),
            "time_zone": "UTC",
            "starts_at": starts,
            "ends_at": ends,
            "settled_at": None,
            "join_url": f"https://meet.example/{mark('join')}",
            **fields,
        }
    )
    Session.objects.create(
        event=event,
        time_zone="UTC",
        starts_local=f"{starts:%Y-%m-%dT%H:%M}",
        ends_local=f"{ends:%Y-%m-%dT%H:%M}",
        starts_at=starts,
        ends_at=ends,
        changed_at=event.changed_at,
    )
    for position, host in enumerate(("lead", "accepted", "invited")):
        EventHost.objects.create(
            event=event,
            alliance=world.alliances[host],
            role="lead" if host == "lead" else "co-host",
            state="accepted" if host in HOSTS else "invited",
            position=position,
            invited_at=event.changed_at,
            agreed="",
        )
    event.hosts.filter(state="accepted").update(agreed=hosting.fingerprint(event))
    event.credits.create(scheme="contact_hour", amount="1.50")
    return event


def _registrant(world: World, sharing: str, belongs: str, *, at: datetime, media: Any) -> None:
    event = world.events[sharing]
    email = f"{mark(sharing, belongs, 'mail')}@people.example"
    person = Person.objects.create(email=email, name=f"Guest {mark(sharing, belongs, 'name')}")
    Address.objects.create(person=person, key=email, typed=email)
    chose = {"chosen": "accepted", "lead's": "lead"}.get(belongs)
    place = Registration.objects.create(
        event=event,
        person=person,
        state="confirmed",
        name=person.name,
        email=email,
        access_needs=mark(sharing, belongs, "needs"),
        alliance=world.alliances[chose] if chose else None,
        member_organisation=_member(world) if belongs == "member" else None,
        joined_at=at - timedelta(days=2),
        presence="met",
        attended_seconds=7200,
    )
    Event.objects.filter(pk=event.pk).update(seats_taken=len(BELONGS), settled_at=at)
    event.refresh_from_db()
    award, code = issuing.award_of(event), readable_code()
    said = facts.of_person(facts.of_event(award), place, code=code, minutes=120, at=at)
    certificate = Certificate.objects.create(
        code=code, award=award, person=person, registration=place, facts=said, issued_at=at
    )
    (media / f"{code}.pdf").write_bytes(b"%PDF-1.7")
    CertificateFile.objects.create(
        certificate=certificate, path=f"{code}.pdf", sha256=code.ljust(64, "0"), size=9, drawn_at=at
    )
    world.places[sharing, belongs] = place
    world.certificates[sharing, belongs] = certificate


def _member(world: World) -> Organisation:
    member, is_new = Organisation.objects.get_or_create(
        slug="member", defaults={"name": "City", "name_key": "city", "kind": "other"}
    )
    if is_new:
        member.alliances.add(world.alliances["accepted"])
    return member


def _paper(world: World, at: datetime) -> None:
    """What pages and calls are asked about by a number or a name."""
    lead, event = world.alliances["lead"], world.event
    invited = roles.invite(
        lead, email=f"{mark('invitee')}@people.example", kind="viewer", by=None, at=at
    )
    other = Role.objects.create(
        person=Person.objects.create(email="colleague@staff.example", name="Colleague"),
        alliance=lead,
        kind="viewer",
    )
    outbox.put("events/registration-confirmed", world.place, key="failed")
    failed = OutboxEntry.objects.get(key__endswith=":failed")
    OutboxEntry.objects.filter(pk=failed.pk).update(state="dead", error="Mailbox full")
    second = Person.objects.create(email="second@staff.example", name="Second", is_operator=True)
    report = AttendanceImport.objects.create(
        event=event,
        session=event.sessions.get(),
        filename="report.csv",
        sha256="0" * 64,
        raw=b"",
        zone="UTC",
        layout="Zoom",
        row_count=len(BELONGS),
        people=[_attended(world.places["own", one]) for one in BELONGS],
        problems=[],
        uploaded_at=at,
        uploaded_by=world.people["organiser of lead"],
    )
    batch = Batch.objects.create(award=issuing.award_of(event), requested_at=at)
    world.numbers = {
        "role": other.pk,
        "invitation": invited.pk,
        "entry": failed.pk,
        "operator": second.pk,
        "report": report.pk,
        "batch": batch.pk,
    }
    world.slugs = {
        "registration link": links.registration_token(world.place),
        "invitation link": roles.token_of(RoleInvitation.objects.get(pk=invited.pk)),
    }


def _attended(place: Registration) -> dict[str, Any]:
    return {
        "key": f"email:{place.email}",
        "name": place.name,
        "email": place.email,
        "kind": "person",
        "role": "attendee",
        "rows": [1],
        "present_seconds": 7200,
        "in_session_seconds": 7200,
        "stated_seconds": None,
        "spans": [],
        "open_since": [],
        "candidates": [],
        "match": "exact",
        "registration": place.code,
    }
