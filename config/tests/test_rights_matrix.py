"""Everybody in every role opens every address: what is not theirs stays shut, and changes nothing.

Which rule lets whom in stands in ``rights_table.py``; a page is judged by the rule its guard names.
"""

import pytest

from config.tests.rights_addresses import missing, path_of
from config.tests.rights_table import (
    ALLIANCES,
    ASKED,
    AT_DOOR,
    BELONGS,
    EVERYBODY,
    HOSTS,
    KINDS,
    LEAD_PLANS,
    LOOKING,
    PLANNING,
    RULES,
    SHARINGS,
    STAFF,
    of,
    readers,
)
from config.tests.rights_world import World, mark, marks_in, rights, undone
from config.tests.test_access import OURS

__all__ = ["rights"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rights")]

OPEN = {"public", "signed link"}
PAGES = {route: p.callback.access for route, p in OURS.items() if not route.startswith("api/")}
GUARDED = {route: rule for route, rule in PAGES.items() if rule in RULES.keys() - OPEN}
LEFT_OUT = {"theme/", "healthz", "styleguide/"}
SOME = ("anonymous", "signed in", "admin of stranger", "check-in of lead", "viewer of accepted")
SHUT = {403, 404}


# What a page answers nothing without.
QUERIES = {
    "organize/events/<slug:slug>/attendance/<int:number>/assignment": "?key=email:"
    + f"{mark('own', 'chosen', 'mail')}@people.example",
}
# Pages that more people may look at than may post to.
POSTED = {"organize/calendars/<int:number>/": "events.rules.may_keep_calendar"}


def takes(world: World, route: str, method: str) -> bool:
    """Does the page answer to the method at all? Asked of it once, by who may open everything."""
    if route not in world.methods:
        with undone():
            answer = world.browsers["operator"].options(path_of(route, world))
        world.methods[route] = answer.headers.get("Allow", "GET, POST")
    return method in world.methods[route]


def judge(who: str, rule: str, answer, written: list[str]) -> str:
    """What is wrong with an answer, or nothing."""
    is_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    if answer.status_code >= 500:
        return f"answers {answer.status_code}"
    if who in RULES[rule]:
        return f"refused with {answer.status_code}" if answer.status_code in SHUT else ""
    if who == "anonymous":
        return "" if is_sign_in and not written else f"let in with {answer.status_code}"
    if answer.status_code not in SHUT:
        return f"let in with {answer.status_code}"
    return f"refused, but wrote to {written}" if written else ""


# Words of the world that are no registrant's, and who may read them.
SECRETS = {
    ("draft", "title"): of(LOOKING, ASKED),
    ("proposed", "title"): of(LOOKING, ASKED),
    ("unlisted", "title"): of(LOOKING, ASKED) | of(AT_DOOR, HOSTS),
    ("join",): of(LOOKING, HOSTS),
    ("invitee",): of(("admin",), ("lead",)),
    ("voice", "mail"): LEAD_PLANS,
    ("calendar",): of(LOOKING, ("lead",)),
    ("speaker", "mail"): of(PLANNING, ALLIANCES),  # one list for all who plan
    ("speaker", "bio"): of(PLANNING, ALLIANCES),  # not agreed to be shown
    ("material",): of(PLANNING, HOSTS),  # not published
}


def readable(who: str) -> set[str]:
    """The marked words somebody may read, wherever they find them."""
    words = {mark("staff", who)}
    for sharing in SHARINGS:
        for belongs in BELONGS:
            if who in readers(sharing, belongs):
                words |= {mark(sharing, belongs, what) for what in ("name", "mail", "needs")}
            if who in readers(sharing, belongs, kinds=AT_DOOR):
                words.add(mark(sharing, belongs, "name"))
    for belongs in BELONGS:
        if who in readers("own", belongs):
            words |= {mark("enrolled", belongs, what) for what in ("name", "mail", "needs")}
    words |= {mark(*word) for word, whom in SECRETS.items() if who in whom}
    words |= {
        mark("staff", other)
        for other in EVERYBODY
        if who == "operator" or who == "admin of " + other.rpartition(" of ")[2]
    }
    return words


# Who holds the link or the code may read what it is about.
OF_THE_PLACE = {mark("own", "chosen", what) for what in ("name", "mail", "needs")} | {mark("join")}
BY_LINK = {
    "r/<": OF_THE_PLACE,
    "verify/<": {mark("own", "chosen", "name")},
    "certificates/<": {mark("own", "chosen", "name")},
    "accounts/invitations/": {mark("invitee")},
    "rsvp/<": OF_THE_PLACE,
    "programs/mine/<": {mark("enrolled", "chosen", what) for what in ("name", "mail", "needs")},
    "polls/<": {mark("voice", "mail")},
    "speakers/mine/<": {
        *(mark("speaker", "bio"), mark("material")),
        *(mark("draft", "title"), mark("unlisted", "title")),
    },
    "feeds/me/<": {mark("join")},
    "feeds/speaker/<": {mark("unlisted", "title")},
    "feeds/organizer/<": {mark("draft", "title"), mark("unlisted", "title"), mark("join")},
}


def told(route: str, who: str, content: bytes) -> str:
    """The words an answer holds that are not for ``who``."""
    beside = set().union(*(w for prefix, w in BY_LINK.items() if route.startswith(prefix)))
    beside |= marks_in(QUERIES.get(route, "").encode())  # a refusal repeats the address
    return " ".join(sorted(marks_in(content) - readable(who) - beside))


def test_every_page_names_a_rule_that_has_a_row():
    assert {rule for rule in PAGES.values() if rule not in RULES} == set()


def test_every_address_is_filled_in_with_something_real():
    assert {route: words for route in PAGES if (words := missing(route))} == {}


def test_the_walk_is_worth_the_way(rights):
    assert len(GUARDED) > 45
    assert len(RULES) > 20
    assert set(rights.browsers) == EVERYBODY
    reads, writes = ({r for r in GUARDED if takes(rights, r, m)} for m in ("GET", "POST"))
    assert reads | writes == set(GUARDED)
    assert min(len(reads), len(writes)) > 40
    assert len(STAFF) == 4 * len(KINDS) + 1


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_pages_open_for_whom_their_rule_names_and_show_nothing_that_is_not_theirs(rights, who):
    wrong = {}
    for route, rule in GUARDED.items():
        if not takes(rights, route, "GET"):
            continue
        with undone() as written:
            answer = rights.browsers[who].get(path_of(route, rights) + QUERIES.get(route, ""))
        content = b"" if getattr(answer, "streaming", False) else answer.content
        found = [judge(who, rule, answer, written), told(route, who, content)]
        found += [f"a GET wrote to {written}"] if written else []
        if any(found):
            wrong[route] = [one for one in found if one]

    assert wrong == {}


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_an_empty_form_changes_nothing_for_whom_it_is_not(rights, who):
    wrong = {}
    for route, rule in GUARDED.items():
        if not takes(rights, route, "POST"):
            continue
        with undone() as written:
            answer = rights.browsers[who].post(path_of(route, rights))
        if no := judge(who, POSTED.get(route, rule), answer, written):
            wrong[route] = no

    assert wrong == {}


@pytest.mark.parametrize("who", [*SOME, "organiser of lead", "operator"])
def test_open_pages_tell_nobody_what_is_not_theirs(rights, who):
    wrong = {}
    for route in PAGES.keys() - GUARDED.keys() - LEFT_OUT:
        with undone():
            answer = rights.browsers[who].get(path_of(route, rights))
        content = b"" if getattr(answer, "streaming", False) else answer.content
        if answer.status_code >= 500 or told(route, who, content):
            wrong[route] = answer.status_code, told(route, who, content)

    assert wrong == {}


@pytest.mark.parametrize("who", sorted(EVERYBODY - of(LOOKING, ASKED) - {"anonymous"}))
def test_a_draft_is_unknown_to_whom_it_does_not_concern(rights, who):
    answers = {
        route: rights.browsers[who].get(path_of(route, rights, slug="draft")).status_code
        for route in GUARDED
        if route.startswith("organize/events/<slug:slug>/")
    }

    assert len(answers) > 20
    assert {route: status for route, status in answers.items() if status != 404} == {}


def test_who_lost_the_role_is_out_at_the_next_request(rights):
    for who in sorted(STAFF - {"operator"}):
        with undone():
            rights.people[who].roles.all().delete()
            assert rights.browsers[who].get("/organize/").status_code == 403, who
        assert rights.browsers[who].get("/organize/").status_code == 200, who


def test_the_admin_is_closed_to_all_who_are_not_its_staff(rights: World):
    for who, browser in rights.browsers.items():
        assert browser.get("/admin/").status_code == 302, who
