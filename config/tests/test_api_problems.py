"""Errors of the API: one shape, plain sentences, no trace, and nothing that ends in a 500."""

import json
import re
import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import problems
from config.api import CALLS_A_MINUTE
from config.tests.test_api_access import PLACE
from kit import ratelimit
from kit.errors import Refused
from programmes import apikeys
from programmes.models import ApiKey, AuditEntry


def test_an_unknown_address_is_a_problem_document(client, db):
    for path in ("/api/v1/nothing", "/api/v2/events", "/api/v1/events/", "/api/v1/"):
        response = client.get(path)
        assert (response.status_code, response["Content-Type"]) == (404, problems.TYPE), path
        assert response.json()["code"] == "not-found"


def test_a_wrong_method_names_the_right_ones(client, db):
    response = client.delete("/api/v1/events")

    assert (response.status_code, response["Content-Type"]) == (405, problems.TYPE)
    assert response["Allow"] == "GET, HEAD, POST"
    assert response.json()["code"] == "method-not-allowed"


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"name": ', b"nul"])
def test_what_is_no_json_is_refused(body, call, world):
    refused = call("POST", "/events/joint-webinar/registrations", body)

    assert (refused.status_code, refused.json()["code"]) == (422, "not-json")


@pytest.mark.parametrize("body", [b"", b"null", b"7", b"[]", b'"text"'])
def test_json_that_is_no_object_is_refused(body, call, world):
    refused = call("POST", "/events/joint-webinar/registrations", body)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"] == []


def test_text_that_no_database_can_hold_is_refused(call, world):
    body = b'{"name": "Ana \\ud800", "email": "ana@city.example", "answers": {"a": "\\u0000"}}'

    refused = call("POST", "/events/joint-webinar/registrations", body)

    assert [e["loc"] for e in refused.json()["errors"]] == [["name"], ["answers", "a"]]


def test_a_body_that_is_too_large_is_refused(call, world):
    body = json.dumps(PLACE | {"name": "x" * 13_000_000}).encode()

    refused = call("POST", "/events/joint-webinar/registrations", body)

    assert (refused.status_code, refused.json()["code"]) == (422, "too-large")


def test_an_unexpected_error_shows_no_trace(monkeypatch, client, make_alliance):
    def broken(alliances):
        raise RuntimeError("a detail of ours")

    make_alliance()
    monkeypatch.setattr("programmes.api._alliances", broken)
    client.raise_request_exception = False

    response = client.get("/api/v1/alliances")

    assert (response.status_code, response["Content-Type"]) == (500, problems.TYPE)
    assert "detail of ours" not in response.content.decode()
    assert "Traceback" not in response.content.decode()
    assert response.json()["request"] == response["X-Request-ID"]


def test_a_busy_database_asks_to_come_back(rf):
    response = problems.of(rf.get("/"), OperationalError("database is locked"))

    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_facts_of_a_refusal_stand_beside_the_fields_and_never_replace_them(rf):
    refusal = Refused("No.", waiting=["South"], status="odd", type="odd")

    document = json.loads(problems.of(rf.get("/"), refusal).content)

    assert document["waiting"] == ["South"]
    assert (document["status"], document["detail"], document["code"]) == (409, "No.", "refused")
    assert document["type"].endswith("/api/v1/docs#refused")


def test_whoever_asks_without_end_is_told_to_wait(call, db):
    for at in (time.time(), time.time() + 60):
        for _ in range(CALLS_A_MINUTE):
            ratelimit.count("127.0.0.1", "api", limit=10**6, seconds=60, now=at)

    refused = call("GET", "/topics")

    assert (refused.status_code, refused.json()["code"]) == (429, "too-often")
    assert 1 <= int(refused["Retry-After"]) <= 60


def test_answers_are_kept_out_of_shared_caches_and_search_engines(client, world):
    for path in ("/api/v1/events", "/api/v1/nothing"):
        response = client.get(path)
        assert response["Cache-Control"] == "private, no-cache"
        assert "Authorization" in response["Vary"]
        assert response["X-Robots-Tag"] == "noindex"


def test_no_call_sets_a_cookie(call, world):
    for path in ("/events", "/events/joint-webinar", "/alliances"):
        assert not call("GET", path, key=world.keys["lead"]).cookies


# --- keys ----------------------------------------------------------------------------------------


def test_only_the_hash_of_a_key_is_kept(make_person):
    key, token = apikeys.make(make_person(), name="website", scopes=["events:read"])

    assert token.startswith(apikeys.PREFIX)
    assert token not in json.dumps(list(ApiKey.objects.values()), default=str)
    assert apikeys.find(token) == key
    assert AuditEntry.objects.filter(action="api-key.made").count() == 1


def test_a_scope_that_does_not_exist_makes_no_key(make_person):
    with pytest.raises(Refused, match="There is no scope"):
        apikeys.make(make_person(), name="website", scopes=["evrything"])

    assert ApiKey.objects.count() == 0


def test_a_revoked_key_and_one_of_somebody_who_left_open_nothing(call, make_person, noon):
    gone, left = make_person(), make_person()
    key, revoked = apikeys.make(gone, name="a")
    _, inactive = apikeys.make(left, name="b")
    assert call("GET", "/people/me/transcript", key=revoked).status_code == 200
    assert call("GET", "/people/me/transcript", key=inactive).status_code == 200

    apikeys.revoke(key, by=gone, at=noon)
    left.is_active = False
    left.save(update_fields=["is_active"])

    assert call("GET", "/people/me/transcript", key=revoked).status_code == 401
    assert call("GET", "/people/me/transcript", key=inactive).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic YTpi", "lyc_key", "Bearer  ", "", "bearer wrong"]
)
def test_a_header_that_is_no_key_is_refused(header, client, db):
    response = client.get("/api/v1/events", headers={"Authorization": header})

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_when_a_key_was_used_is_written_at_most_once_a_minute(
    make_person, noon, django_assert_num_queries
):
    key, token = apikeys.make(make_person(), name="a")

    apikeys.note_use(key, at=noon)
    used = apikeys.find(token)
    with django_assert_num_queries(0):
        apikeys.note_use(used, at=noon + timedelta(seconds=59))
    apikeys.note_use(used, at=noon + timedelta(seconds=61))

    used.refresh_from_db()
    assert used.last_used_at == noon + timedelta(seconds=61)


# --- whatever is sent, nothing breaks ------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        ["alliance", "programme", "topic", "format", "status", "from", "to", "q", "limit", "offset"]
    ),
    value=st.text(max_size=30),
)
def test_no_filter_ends_in_a_500(name, value, world):
    response = Client().get("/api/v1/events", {name: value})

    assert response.status_code in {200, 422}


@pytest.mark.parametrize(
    "path",
    [
        "/events/%00",
        "/events/" + "x" * 3000,
        "/events/a%0d%0ab",
        "/certificates/%F0%9F%98%80",
        "/batches/99999999999999999999999",
        "/attendance/imports/99999999999999999999",
        "/registrations/%00/cancellation",
    ],
)
def test_no_address_ends_in_a_500(path, client, world):
    headers = {"Authorization": f"Bearer {world.keys['operator']}"}

    for method in ("get", "post"):
        response = getattr(client, method)(f"/api/v1{path}", headers=headers)
        assert response.status_code in {404, 405}, (method, path)


def test_every_sentence_of_a_problem_is_one(call, world):
    """Whatever pydantic finds is said in words, never with its own jargon."""
    wrong = [
        {},
        {"name": 1, "email": []},
        {"name": "A", "email": "a@b.example", "answers": {"a": [1]}},
        {"name": "A", "email": "a@b.example", "alliance": "ü"},
    ]
    said = []
    for body in wrong:
        answer = call("POST", "/events/joint-webinar/registrations", body).json()
        said += [error["msg"] for error in answer["errors"]] + [answer["detail"]]

    assert all(re.fullmatch(r"[^_]*[.?]", sentence) for sentence in said), said
    assert not any("input" in sentence.lower() for sentence in said), said


def test_the_clock_of_a_key_is_the_servers(call, make_person, make_key):
    person = make_person()
    key = make_key(person)

    call("GET", "/people/me/transcript", key=key)

    used = ApiKey.objects.get().last_used_at
    assert timezone.now() - used < timedelta(minutes=1)
