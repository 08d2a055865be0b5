"""Whatever body is sent to whichever operation, the answer is no 500."""

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.tests.conftest import OPERATIONS, in_days
from config.tests.rights_addresses import path_of
from config.tests.rights_world import rights, undone
from config.tests.test_rights_api import BODIES, route_of

__all__ = ["rights"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rights")]

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
    | st.sampled_from(["\x00", "2027-13-01T99:99", "America/Denver", "x" * 5000, "١٢", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
# Right bodies of the operations that the matrix calls with an empty one.
FURTHER = {
    "edit_event": {"summary": "New", "capacity": 5, "silence": "wait", "answer_days": 7},
    "register": {"name": "Ana", "email": "a@b.example", "organisation": "City", "answers": {}},
    "settle_attendance": {"early": True},
    "change_dates": {"scope": "one", "title": "Other", "minutes": 30, "speakers": []},
    "repeat_event": {"rule": "FREQ=WEEKLY;COUNT=3", "preview": True},
    "duplicate_event": {"first_on": in_days(30)[:10], "title": "Again"},
    "change_partner_calendar": {"name": "Other", "purpose": "busy", "state": "paused"},
    "edit_programme": {"description": "Other", "completion": {}, "sets": {}, "topics": []},
    "edit_speaker": {"name": "Maya", "bio": "Teaches.", "email": "maya@town.example"},
    "invite_speakers": {"speakers": [], "remind": False},
    "draft_season": {
        **BODIES["draft_season"],
        "events": [
            {
                "title": "A",
                "hosts": ["lead-alliance"],
                "first_day": "2027-09-01",
                "last_day": "2027-09-30",
            }
        ],
    },
}
TAKING = sorted(
    name
    for name, (_, _, operation) in OPERATIONS.items()
    if any(model.__ninja_param_source__ == "body" for model in operation.models)
)


def test_there_is_a_right_body_for_every_operation_that_takes_one():
    assert [name for name in TAKING if not (FURTHER.get(name) or BODIES.get(name))] == []


@pytest.mark.parametrize("operation", TAKING)
def test_no_body_ends_in_a_500(operation, rights):
    right = FURTHER.get(operation) or BODIES[operation]
    method = OPERATIONS[operation][0].lower()
    path = path_of(route_of(operation), rights).replace("/api/", "/api/v1/", 1)
    client = Client(headers={"Authorization": f"Bearer {rights.keys['operator']}"})
    send = getattr(client, method)

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def junk(data):
        body = dict(right)
        if data.draw(st.booleans()):
            body[data.draw(st.sampled_from(sorted(right)))] = data.draw(JUNK)
        else:
            body = data.draw(JUNK)
        with undone():
            response = send(path, json.dumps(body), content_type="application/json")
        assert response.status_code < 500 or response.status_code == 429

    junk()
