"""Lists, exports, calls and files hold exactly the people whom the event's data rule shows."""

import re

import pytest

from config.tests.rights_table import (
    ASKED,
    AT_DOOR,
    BELONGS,
    EVERYBODY,
    HOSTS,
    KINDS,
    LOOKING,
    OPERATOR,
    PLANNING,
    SHARINGS,
    STAFF,
    of,
    readers,
)
from config.tests.rights_world import World, mark, marks_in, rights, undone

__all__ = ["rights"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rights")]

# Each place where registrants are listed: who may open it, and what of them it tells.
LISTS = {
    "page": ("/organize/events/{}/registrations/", of(LOOKING, HOSTS), {"name", "mail"}),
    "csv": ("/organize/events/{}/registrations.csv", None, {"name", "mail", "needs"}),
    "certificates": ("/organize/events/{}/certificates/", of(LOOKING, HOSTS), {"name"}),
    "attendance": ("/organize/events/{}/attendance/", of(PLANNING, HOSTS), {"name"}),
    "api": ("/api/v1/events/{}/registrations", None, {"name", "mail"}),
    "preview": ("/api/v1/events/{}/certificates/preview", of(LOOKING, HOSTS), {"name", "mail"}),
}


def get(world: World, who: str, path: str):
    """The answer to a page in their browser, or to a call with their key."""
    headers = {}
    if path.startswith("/api/") and world.keys[who]:
        headers["Authorization"] = f"Bearer {world.keys[who]}"
    with undone():
        return world.browsers[who].get(path, headers=headers)


def of_registrants(answer, sharing: str) -> set[str]:
    """The marks of this event's registrants in an answer."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    found = re.compile("|".join(mark(sharing, belongs) for belongs in BELONGS))
    return {word for word in marks_in(content) if found.match(word)}


@pytest.mark.parametrize("sharing", SHARINGS)
@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_whom_the_data_rule_shows_and_nobody_else(rights, name, sharing):
    path, may_open, tells = LISTS[name]
    # With totals only, the list itself is closed to co-hosts where it is nothing but a list.
    may_open = may_open or of(LOOKING, HOSTS if sharing != "totals" else ("lead",))
    seen = 0
    for who in EVERYBODY:
        answer = get(rights, who, path.format(sharing))
        if who not in may_open:
            assert answer.status_code in {302, 401, 403}, who
            continue
        assert answer.status_code == 200, who
        expected = {
            mark(sharing, belongs, what)
            for belongs in BELONGS
            for what in tells
            if who in readers(sharing, belongs)
        }
        assert of_registrants(answer, sharing) == expected, who
        seen += len(expected)

    assert seen >= 3 * len(BELONGS) * len(tells)  # there was something to see


@pytest.mark.parametrize("sharing", SHARINGS)
def test_the_door_list_holds_names_alone_by_the_same_data_rule(rights, sharing):
    for who in EVERYBODY:
        answer = get(rights, who, f"/organize/events/{sharing}/check-in/")
        if who not in of(AT_DOOR, HOSTS):
            assert answer.status_code in {302, 403}, who
            continue
        assert of_registrants(answer, sharing) == {
            mark(sharing, belongs, "name")
            for belongs in BELONGS
            if who in readers(sharing, belongs, kinds=AT_DOOR)
        }, who
    assert of_registrants(
        get(rights, "check-in of lead", f"/organize/events/{sharing}/check-in/"), sharing
    )


@pytest.mark.parametrize("sharing", SHARINGS)
def test_one_registration_is_unknown_to_whom_the_list_does_not_show_it(rights, sharing):
    for belongs in BELONGS:
        code = rights.places[sharing, belongs].code
        for who in of(KINDS, HOSTS) | {"organiser of invited", "signed in"}:
            answer = get(rights, who, f"/organize/events/{sharing}/registrations/{code}/")
            expected = 200 if who in readers(sharing, belongs) else 404
            assert answer.status_code == expected, (who, belongs)


def test_a_report_shows_its_people_to_those_who_may_see_their_registration(rights):
    number = rights.numbers["report"]
    for who in of(PLANNING, HOSTS):
        expected = {
            mark("own", belongs, what)
            for belongs in BELONGS
            for what in ("name", "mail")
            if who in readers("own", belongs)
        }
        for path in (
            f"/organize/events/own/attendance/{number}/",
            f"/api/v1/attendance/imports/{number}",
        ):
            answer = get(rights, who, path)
            assert answer.status_code == 200
            assert of_registrants(answer, "own") == expected, (who, path)


def test_a_sample_certificate_is_drawn_for_those_one_may_see_alone(rights):
    for belongs in BELONGS:
        code = rights.places["own", belongs].code
        path = f"/organize/events/own/certificates/sample.pdf?for={code}"
        is_shown = "viewer of accepted" in readers("own", belongs)
        status = get(rights, "viewer of accepted", path).status_code
        assert status == (200 if is_shown else 404), belongs


def test_drafts_are_listed_to_those_who_were_asked(rights):
    title = mark("draft", "title").encode()
    for path in (
        "/organize/",
        "/organize/events/",
        f"/organize/calendar/{rights.events['draft'].starts_at:%Y-%m}/",
    ):
        for who in STAFF:
            shows = title in get(rights, who, path).content
            assert shows == (who in of(LOOKING, ASKED)), (who, path)
    for who in EVERYBODY:
        shows = title in get(rights, who, "/api/v1/events?limit=500").content
        assert shows == (who in of(LOOKING, ASKED)), who


def test_what_is_unlisted_is_listed_to_its_hosts_alone(rights):
    title = mark("unlisted", "title").encode()
    month = f"/organize/calendar/{rights.events['unlisted'].starts_at:%Y-%m}/"
    for who in STAFF:
        shows = title in get(rights, who, month).content
        assert shows == (who in of(LOOKING, ASKED) | of(AT_DOOR, HOSTS)), who
    for path in ("/events/?month=", "/feeds/all.ics", "/feeds/alliances/lead-alliance.ics"):
        assert title not in get(rights, "organiser of lead", path).content


def test_the_join_link_is_on_no_page_but_its_hosts(rights):
    link = mark("join").encode()
    for who in EVERYBODY:
        page = get(rights, who, "/organize/events/own/")
        assert (link in page.content) == (who in of(LOOKING, HOSTS)), who
        for path in ("/events/own/", "/feeds/events/own.ics", "/api/v1/events/own"):
            assert link not in get(rights, who, path).content, (who, path)


def test_the_file_of_a_certificate_is_for_whoever_has_its_code(rights):
    """Public on purpose: the code is 100 random bits and is on the paper."""
    code = rights.certificates["own", "chosen"].code
    for who in EVERYBODY:
        assert get(rights, who, f"/certificates/{code}.pdf").status_code == 200, who


def test_the_audit_log_and_the_queue_are_for_operators(rights):
    for path in ("/network/", "/network/audit/", "/network/queue/", "/network/operators/"):
        opened = {who for who in EVERYBODY if get(rights, who, path).status_code == 200}
        assert opened == OPERATOR
