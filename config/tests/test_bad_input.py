"""Bad input, sent as page and as API call: a clear sentence, and nothing in any table changes."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from lxml import html as markup

from config.tests.conftest import World
from config.tests.unchanged import form_of, nothing_changes, said
from events.domain import links
from events.models import Event, Registration
from programmes.models import Person

pytestmark = pytest.mark.django_db

SAMPLE = (
    Path(__file__).parents[2] / "events/tests/attendance/zoom_meeting_with_meeting_data.csv"
).read_bytes()
UNKNOWN = "7Q4M2KS8Q4EAY7Y2C5D37"


@pytest.fixture
def visitor() -> Client:
    return Client()


# --- a plan that makes no sense -------------------------------------------------------------------

PLANS = [
    ("America/Denver", "2028-03-12T02:30", "2028-03-12T04:00", "no-such-time", "starts_local"),
    (
        "America/Denver",
        "2028-11-05T01:30",
        "2028-11-05T04:00",
        "time-happens-twice",
        "starts_local",
    ),
    ("America/Denver", "2028-03-15T11:00", "2028-03-15T10:00", "ends-before-start", "ends_local"),
    ("America/Gotham", "2028-03-15T11:00", "2028-03-15T12:00", "unknown-zone", None),
]
WORDS = [plan[3] for plan in PLANS]


@pytest.mark.parametrize(("zone", "starts", "ends", "code", "field"), PLANS, ids=WORDS)
def test_a_time_that_cannot_be_is_refused_by_the_api_with_its_place(
    call, world: World, zone: str, starts: str, ends: str, code: str, field: str | None
) -> None:
    plan = {
        "title": "Curb data",
        "time_zone": zone,
        "sessions": [{"starts_local": starts, "ends_local": ends}],
    }

    with nothing_changes():
        refused = call("POST", "/events", plan, key=world.keys["lead"])

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, code)
    assert problem["errors"][0]["loc"] == (["sessions", 0, field] if field else ["time_zone"])
    assert problem["errors"][0]["msg"].endswith((".", "?"))


@pytest.mark.parametrize(("zone", "starts", "ends", "code", "field"), PLANS, ids=WORDS)
def test_a_time_that_cannot_be_is_refused_on_the_page_and_what_was_typed_stays(
    call, world: World, lead: Client, zone: str, starts: str, ends: str, code: str, field: str
) -> None:
    sessions = [{"starts_local": starts, "ends_local": ends}]
    plan = {"title": "Curb data", "time_zone": zone, "sessions": sessions}
    sentence = call("POST", "/events", plan, key=world.keys["lead"]).json()["errors"][0]["msg"]
    typed = form_of(lead.get("/organize/events/new/"), holding="title") | {
        "title": "Curb data",
        "time_zone": zone,
        "session-0-on": starts[:10],
        "session-0-starts": starts[11:],
        "session-0-ends": ends[11:],
    }

    with nothing_changes():
        refused = lead.post("/organize/events/new/", typed)

    assert refused.status_code == 422
    assert sentence in said(refused)
    again = form_of(refused, holding="title")
    assert {name: again[name] for name in typed if name.startswith("session-0-")} == {
        name: value for name, value in typed.items() if name.startswith("session-0-")
    }


def test_which_one_of_a_time_that_comes_twice_can_then_be_said_on_the_page(
    world: World, lead: Client
) -> None:
    typed = form_of(lead.get("/organize/events/new/"), holding="title") | {
        "title": "Curb data",
        "time_zone": "America/Denver",
        "session-0-on": "2028-11-05",
        "session-0-starts": "01:30",
        "session-0-ends": "04:00",
    }
    asked = form_of(lead.post("/organize/events/new/", typed), holding="title")

    saved = lead.post("/organize/events/new/", asked | {"session-0-starts_fold": "1"})

    assert saved.status_code == 302
    starts_at = Event.objects.get(title="Curb data").sessions.get().starts_at
    assert f"{starts_at:%Y-%m-%dT%H:%MZ}" == "2028-11-05T08:30Z"


# --- a file that is no report ---------------------------------------------------------------------

FILES = [
    (b"", "not-a-report"),
    (b"Dear Ana,\nthank you for coming.\n", "not-a-report"),
    (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not-a-report"),
    (SAMPLE, "wrong-date"),
    (b"x" * 30_000_000, "too-large"),
]
FILE_WORDS = ["empty", "a letter", "a picture", "another date", "30 MB"]


@pytest.mark.parametrize(("raw", "code"), FILES, ids=FILE_WORDS)
def test_a_wrong_file_is_refused_by_the_api_and_not_kept(
    call, world: World, raw: bytes, code: str
) -> None:
    path = f"/events/{world.event.slug}/attendance/imports"

    with nothing_changes():
        refused = call("POST", path, {"file": named(raw)}, key=world.keys["lead"])

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["detail"].endswith(".")


@pytest.mark.parametrize(("raw", "code"), FILES, ids=FILE_WORDS)
def test_a_wrong_file_is_refused_on_the_page_and_not_kept(
    call, world: World, lead: Client, raw: bytes, code: str
) -> None:
    path = f"/events/{world.event.slug}/attendance"
    by_api = call("POST", f"{path}/imports", {"file": named(raw)}, key=world.keys["lead"]).json()

    with nothing_changes():
        refused = lead.post(
            f"/organize{path}/", {"file": named(raw), "zone": world.event.time_zone}
        )

    assert refused.status_code == 422
    assert raw == b"" or by_api["detail"] in said(refused)


def named(raw: bytes) -> io.BytesIO:
    file = io.BytesIO(raw)
    file.name = "report.csv"
    return file


# --- a registration -------------------------------------------------------------------------------

NAMES = ["A" * 301, "Ana\r\nBcc: everybody@town.example", "Ana\nRuiz", "  "]
NAME_WORDS = ["301 characters", "a header", "a line break", "blanks"]


@pytest.mark.parametrize("name", NAMES, ids=NAME_WORDS)
def test_a_name_that_no_certificate_can_carry_is_refused_by_the_api(
    call, world: World, name: str
) -> None:
    place = {"name": name, "email": "ana@city.example", "organisation": "City"}

    with nothing_changes():
        refused = call("POST", f"/events/{world.event.slug}/registrations", place)

    assert refused.status_code == 422
    assert [error["loc"] for error in refused.json()["errors"]] == [["name"]]
    assert refused.json()["errors"][0]["msg"].endswith(".")


@pytest.mark.parametrize("name", NAMES, ids=NAME_WORDS)
def test_a_name_that_no_certificate_can_carry_is_refused_on_the_page(
    world: World, visitor: Client, name: str
) -> None:
    place = {"name": name, "email": "ana@city.example", "organisation": "City"}

    with nothing_changes():
        refused = visitor.post(f"/events/{world.event.slug}/registrations/", place)

    page = markup.document_fromstring(refused.content.decode())
    assert refused.status_code == 422
    assert page.get_element_by_id("id_name").get("aria-invalid") == "true"
    assert page.get_element_by_id("id_email").get("value") == "ana@city.example"


def by_page(visitor: Client, event: Event, **place: str) -> str:
    answer = visitor.post(f"/events/{event.slug}/registrations/", place)
    assert answer.status_code == 302, said(answer)
    return said(visitor.get(answer["Location"]))


def by_api(call, event: Event, **place: str) -> Any:
    return call("POST", f"/events/{event.slug}/registrations", place).json()


ANA = {"name": "Ana Ruiz", "email": "ana@city.example", "organisation": "City of Cedar Fork"}


@pytest.mark.parametrize("again", [ANA["email"], "  ANA@City.Example "], ids=["twice", "capitals"])
def test_the_same_person_registers_once_on_the_page(
    world: World, visitor: Client, again: str
) -> None:
    first = by_page(visitor, world.event, **ANA)
    held = (Registration.objects.get(), Person.objects.count())

    second = by_page(visitor, world.event, **ANA | {"email": again})

    assert second == first
    assert (Registration.objects.get(), Person.objects.count()) == held
    world.event.refresh_from_db()
    assert world.event.seats_taken == 1


@pytest.mark.parametrize("again", [ANA["email"], "  ANA@City.Example "], ids=["twice", "capitals"])
def test_the_same_person_registers_once_by_the_api(call, world: World, again: str) -> None:
    first = by_api(call, world.event, **ANA)
    held = (Registration.objects.get(), Person.objects.count())

    second = by_api(call, world.event, **ANA | {"email": again})

    assert second == first
    assert (Registration.objects.get(), Person.objects.count()) == held
    world.event.refresh_from_db()
    assert world.event.seats_taken == 1


def test_a_cancellation_sent_twice_cancels_once(
    world: World, visitor: Client, make_registration: Callable[..., Registration]
) -> None:
    path = f"/r/{links.registration_token(make_registration(world.event))}/cancellation/"
    visitor.post(path)

    with nothing_changes():
        again = visitor.post(path)

    assert again.status_code == 302
    assert "canceled" in said(visitor.get(again["Location"]))


# --- a code that nobody gave out ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/certificates/{UNKNOWN}"),
        ("POST", f"/registrations/{UNKNOWN}/cancellation"),
        ("POST", f"/certificates/{UNKNOWN}/reissue"),
        ("GET", "/attendance/imports/987654"),
        ("GET", "/batches/987654"),
        ("GET", "/events/no-such-event"),
    ],
)
def test_an_unknown_code_is_404_by_the_api(call, world: World, method: str, path: str) -> None:
    body = {"name": "Ana"} if path.endswith("reissue") else None
    with nothing_changes():
        refused = call(method, path, body, key=world.keys["lead"])

    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        f"/verify/{UNKNOWN}/",
        "/verify/%00%0d%0aSet-Cookie:x/",
        f"/certificates/{UNKNOWN}.pdf",
        "/r/made-up-token/",
        "/r/made-up-token/cancellation/",
        "/events/no-such-event/",
        f"/organize/events/joint-webinar/registrations/{UNKNOWN}/",
        "/organize/events/joint-webinar/attendance/987654/",
    ],
)
def test_an_unknown_code_is_a_page_that_says_so(lead: Client, path: str) -> None:
    with nothing_changes():
        refused = lead.get(path)

    assert refused.status_code == 404
    assert markup.document_fromstring(refused.content.decode()).find(".//h1") is not None
    assert "Set-Cookie:x" not in str(refused.headers)
