"""What the tests of the API share: keys, calls whose answers are held against the documentation."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from certificates.domain import facts, issuing
from certificates.models import Certificate, CertificateFile
from config.api import api
from config.problems import TYPE
from config.tests.pages import Site, furnish
from events.domain import hosting
from events.models import AttendanceImport, Event, EventHost, Registration
from kit.ids import readable_code
from programmes import apikeys
from programmes.models import Alliance, Person

OPERATIONS = {
    operation.operation_id: (method, "/" + path.strip("/"), operation)
    for router in api._get_bound_routers()
    for path, view in router.path_operations.items()
    for operation in view.operations
    for method in operation.methods
}
"""Every operation by its id, from the router itself: ``(method, path, operation)``."""

DESCRIBED = {
    described["operationId"]: described
    for methods in api.document["paths"].values()
    for described in methods.values()
}
"""What the OpenAPI document says of each operation."""


def in_days(days: int, clock: str = "11:00") -> str:
    """A wall time some days from today: calls of the API happen now, not at a fixed noon."""
    return f"{timezone.now() + timedelta(days=days):%Y-%m-%d}T{clock}"


class Caller:
    """Calls the API and holds each answer against what the operation documents."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=True, enforce_csrf_checks=True)

    def __call__(
        self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str
    ) -> HttpResponse:
        """``body`` is sent as JSON, or as a form where it holds a file."""
        if key:
            headers["Authorization"] = f"Bearer {key}"
        sent: dict[str, Any] = {"headers": headers}
        if isinstance(body, bytes):
            sent |= {"data": body, "content_type": "application/json"}
        elif isinstance(body, dict) and any(hasattr(value, "read") for value in body.values()):
            sent |= {"data": body}
        elif method != "GET":
            data = "" if body is None else json.dumps(body)
            sent |= {"data": data, "content_type": "application/json"}
        response = getattr(self.client, method.lower())(f"/api/v1{path}", **sent)
        self.check(method, path, response)
        return response

    def check(self, method: str, path: str, response: HttpResponse) -> None:
        """The answer has the documented status and exactly the documented fields."""
        route = resolve(f"/api/v1{path.partition('?')[0]}").route
        known = (o for m, p, o in OPERATIONS.values() if m == method and _route(p) == route)
        operation = next(known, None)
        if operation is None:
            return
        described = DESCRIBED[operation.operation_id]
        assert str(response.status_code) in described["responses"], response.content
        model = operation.response_models.get(response.status_code)
        if response.status_code >= 400:
            assert response["Content-Type"] == TYPE
            problem = response.json()
            assert problem["status"] == response.status_code
            assert {"type", "title", "detail", "code"} <= problem.keys()
        elif model is not None:
            assert response["Content-Type"] == "application/json; charset=utf-8"
            model.model_validate({"response": response.json()})


def _route(path: str) -> str:
    """A path of the router as Django's resolver writes it."""
    return f"api/v1{path}".replace("{", "<").replace("}", ">")


@pytest.fixture
def call() -> Caller:
    """``call("GET", "/events", key=key)``: a call whose answer must be as documented."""
    return Caller()


@pytest.fixture
def make_key():
    """``make_key(person, "events:read")``: the token of a new key."""

    def make(person: Person, *scopes: str) -> str:
        return apikeys.make(person, name="tests", scopes=scopes)[1]

    return make


@dataclass
class World:
    """Two alliances that host together and one that does not, an organiser and a key for each."""

    lead: Alliance
    co_host: Alliance
    other: Alliance
    event: Event
    keys: dict[str, str]
    people: dict[str, Person]


@pytest.fixture
def world(make_alliance, make_organiser, make_person, make_event, make_key) -> World:
    """A published event some weeks ahead, led by one alliance and hosted along by another."""
    lead, co_host, other = (make_alliance(name) for name in ("North", "South", "West"))
    people = {
        "lead": make_organiser(lead),
        "co-host": make_organiser(co_host),
        "other": make_organiser(other),
        "operator": make_person(is_operator=True),
    }
    event = make_event(lead=lead, co_hosts=(co_host,), starts=in_days(30), slug="joint-webinar")
    event.hosts.update(agreed=hosting.fingerprint(event))
    keys = {who: make_key(person) for who, person in people.items()}
    return World(lead, co_host, other, event, keys | {"anonymous": ""}, people)


@pytest.fixture
def make_held(world, make_event, make_registration):
    """``make_held()``: an event that is over and settled, with one attendee from the co-host."""

    def make(**fields: Any) -> tuple[Event, Registration]:
        event = make_event(
            lead=world.lead, co_hosts=(world.co_host,), starts=in_days(-10), **fields
        )
        registration = make_registration(
            event, name="Ana Ruiz", alliance=world.co_host, attended_seconds=90 * 60, presence="met"
        )
        event.settled_at = timezone.now()
        event.save(update_fields=["settled_at"])
        event.credits.create(scheme="contact_hour", amount="1.50")
        return event, registration

    return make


@pytest.fixture
def make_certificate(make_held):
    """``make_certificate()``: one that was issued and drawn; the event and attendee are made."""

    def make(at: datetime | None = None) -> Certificate:
        event, registration = make_held()
        award, code = issuing.award_of(event), readable_code()
        at = at or timezone.now()
        said = facts.of_person(facts.of_event(award), registration, code=code, minutes=90, at=at)
        certificate = Certificate.objects.create(
            code=code,
            award=award,
            person=registration.person,
            registration=registration,
            facts=said,
            issued_at=at,
        )
        CertificateFile.objects.create(
            certificate=certificate, path="x.pdf", sha256="5" * 64, size=9, drawn_at=at
        )
        return certificate

    return make


@pytest.fixture
def make_import(make_held):
    """``make_import()``: a report that was read and waits for review."""

    def make() -> AttendanceImport:
        event, registration = make_held()
        person = {
            "key": "email:ana@city.example",
            "name": registration.name,
            "email": "ana@city.example",
            "role": "attendee",
            "rows": [1],
            "present_seconds": 600,
            "in_session_seconds": 600,
            "stated_seconds": None,
            "spans": [],
            "open_since": [],
            "match": "exact",
            "registration": registration.code,
        }
        stranger = {**person, "key": "name:bo", "name": "Bo", "email": "", "match": "none"}
        return AttendanceImport.objects.create(
            event=event,
            session=event.sessions.get(),
            filename="report.csv",
            sha256="0" * 64,
            raw=b"",
            zone=event.time_zone,
            layout="Zoom",
            row_count=2,
            people=[person, stranger | {"registration": None}],
            problems=[{"message": "Bo has no address.", "row": 2, "line": 3}],
            uploaded_at=timezone.now(),
        )

    return make


@pytest.fixture
def make_draft(world, make_event):
    """``make_draft()``: an event not yet published, its co-host in the ``state`` given."""

    def make(state: str = EventHost.State.INVITED) -> Event:
        event = make_event(
            lead=world.lead, co_hosts=(world.co_host,), starts=in_days(40), published=False
        )
        event.hosts.filter(alliance=world.co_host).update(state=state)
        return event

    return make


@pytest.fixture
def site(make_alliance, make_event, make_registration, make_organiser, settings, tmp_path) -> Site:
    """A small site with something on every page."""
    settings.MEDIA_ROOT = tmp_path
    make = {
        "alliance": make_alliance,
        "event": make_event,
        "registration": make_registration,
        "organiser": make_organiser,
    }
    return furnish(make, media=tmp_path)


@pytest.fixture
def lead(world) -> Client:
    """A browser in which the lead's organiser is signed in."""
    browser = Client()
    browser.force_login(world.people["lead"])
    return browser
