"""Everybody in every role calls every operation of the API with a key of theirs."""

import json
from io import BytesIO

import pytest
from django.test import Client

from config.tests.conftest import OPERATIONS as CALLS
from config.tests.conftest import in_days
from config.tests.rights_addresses import missing, path_of
from config.tests.rights_table import EVERYBODY, OPERATIONS, callers
from config.tests.rights_world import World, rights, undone
from config.tests.test_rights_matrix import told
from programmes import apikeys

__all__ = ["rights"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rights")]

# What is sent, where an empty object would be refused before anybody's rights are looked at.
BODIES = {
    "draft_event": {
        "title": "Curb data",
        "lead": "lead-alliance",
        "time_zone": "America/Denver",
        "sessions": [{"starts_local": in_days(50, "11:00"), "ends_local": in_days(50, "12:00")}],
    },
    "decide_hosting": {"decision": "accept"},
    "cancel_event": {"reason": "The speaker is ill."},
    "revoke_certificate": {"reason": "Issued by mistake."},
    "reissue_certificate": {"name": "Ana Ruiz"},
    "invite_to_team": {"email": "new@people.example", "role": "viewer"},
    "change_team_role": {"role": "organiser"},
    "offer_lead": {"alliance": "accepted-alliance"},
    "answer_lead": {"decision": "accept"},
    "add_comment": {"text": "Fine with us."},
    "repeat_event": {"rule": ""},
    "add_left_out_date": {"starts_local": in_days(20)},
    "move_to_zone": {"time_zone": "America/Denver", "keep": "wall"},
    "draft_season": {
        "alliance": "lead-alliance",
        "title": "Fall",
        "time_zone": "UTC",
        "first_day": "2027-09-01",
        "last_day": "2027-11-30",
    },
    "add_season_events": {"events": []},
    "pin_season_event": {"pinned": True},
    "start_poll": {
        "alliance": "lead-alliance",
        "title": "When?",
        "minutes": 60,
        "time_zone": "UTC",
        "starts_at": [f"{in_days(20)}:00Z"],
        "ask_alliances": ["accepted-alliance"],
    },
    "choose_poll_time": {"starts_at": f"{in_days(20)}:00Z"},
    "add_partner_calendar": {
        "alliance": "lead-alliance",
        "url": "https://calendar.example/more.ics",
        "name": "More",
    },
    "make_programme": {"name": "Another series", "lead": "lead-alliance"},
    "enrol": {"name": "New", "email": "new@people.example"},
    "decide_my_date": {"decision": "skip"},
    "add_programme_record": {"kind": "approval", "name": "", "alliance": "lead-alliance"},
}
QUERIES = {
    "suggest_times": "?alliances=lead-alliance&minutes=60"
    f"&from={in_days(9)[:10]}&to={in_days(12)[:10]}",
    "list_conflicts": "?event=own",
}
FILES = {"upload_attendance": b"Name,Email\r\nAna,ana@people.example\r\n"}
SHUT = {401, 403, 404}


def route_of(operation: str) -> str:
    """The path of an operation as pages write theirs."""
    return "api" + CALLS[operation][1].replace("{", "<").replace("}", ">")


def make(world: World, who: str, operation: str):
    """The call of one person, right in all but perhaps who makes it."""
    method = CALLS[operation][0].lower()
    path = path_of(route_of(operation), world).replace("/api/", "/api/v1/", 1)
    headers = {"Authorization": f"Bearer {world.keys[who]}"} if world.keys[who] else {}
    if operation in FILES:
        return Client().post(path, {"file": BytesIO(FILES[operation])}, headers=headers)
    path += QUERIES.get(operation, "")
    if method == "get":
        return Client().get(path, headers=headers)
    body = json.dumps(BODIES.get(operation, {}))
    return getattr(Client(), method)(path, body, content_type="application/json", headers=headers)


def judge(who: str, operation: str, status: int, written: list[str]) -> str:
    """What is wrong with an answer, or nothing."""
    is_open = CALLS[operation][2].auth_callbacks[0].optional
    if status >= 500 or status == 405:
        return f"answers {status}"
    if who in callers(operation):
        return f"refused with {status}" if status in SHUT else ""
    wanted = {401} if who == "anonymous" and not is_open else SHUT - {401}
    if status not in wanted:
        return f"answers {status}, not {sorted(wanted)}"
    return f"refused, but wrote to {written}" if written else ""


def test_every_operation_has_a_row():
    assert set(OPERATIONS) - set(CALLS) == set()
    assert set(CALLS) - set(OPERATIONS) == set()


def test_every_path_is_filled_in_with_something_real():
    assert {name: words for name in CALLS if (words := missing(route_of(name)))} == {}


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_calls_answer_whom_their_rule_names_and_tell_nothing_that_is_not_theirs(rights, who):
    wrong = {}
    for operation in OPERATIONS.keys() & CALLS.keys():
        with undone() as written:
            answer = make(rights, who, operation)
        route = CALLS[operation][1].strip("/").replace("{", "<")
        found = [judge(who, operation, answer.status_code, written)]
        found.append(told(route, who, answer.content))
        if any(found):
            wrong[operation] = [*(one for one in found if one), answer.content[:200]]

    assert wrong == {}


def test_a_scope_never_widens_what_a_person_may(rights):
    """A key with every scope there is opens as much as one without any: what the person may."""
    who = "viewer of accepted"
    with undone():
        _, token = apikeys.make(rights.people[who], name="all", scopes=apikeys.SCOPES)
        rights.keys["all scopes"] = token
        for operation in OPERATIONS.keys() & CALLS.keys():
            with undone():
                wide = make(rights, "all scopes", operation).status_code
            with undone():
                assert wide == make(rights, who, operation).status_code, operation
