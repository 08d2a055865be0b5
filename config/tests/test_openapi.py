"""The OpenAPI document: valid, in step with the code, and true of the API's contract."""

import json
import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from config.api import api
from config.management.commands import export_openapi
from config.tests.conftest import DESCRIBED, OPERATIONS

DOCUMENT = settings.BASE_DIR / "docs" / "openapi.json"

CONTRACT = """
GET /alliances
GET /organisations
GET /topics
GET /programmes
GET /programmes/{slug}
GET /events
GET /events/{slug}
POST /events
PATCH /events/{slug}
PUT /events/{slug}/hosts/{alliance}
POST /events/{slug}/publication
POST /events/{slug}/cancellation
POST /events/{slug}/duplicate
POST /events/{slug}/registrations
GET /events/{slug}/registrations
POST /registrations/{code}/cancellation
POST /events/{slug}/attendance/imports
GET /attendance/imports/{number}
POST /attendance/imports/{number}/application
DELETE /attendance/imports/{number}
POST /events/{slug}/attendance/settlement
GET /events/{slug}/certificates/preview
POST /events/{slug}/certificates
GET /batches/{number}
GET /certificates/{code}
POST /certificates/{code}/revocation
POST /certificates/{code}/reissue
GET /people/me/transcript
"""
EVENT_FIELDS = """
slug title summary description kind format status visibility lead hosts programme topics speakers
time_zone starts_at ends_at sessions capacity seats_free waitlist registration venue captions
credits url feed_url
"""


def test_the_file_in_docs_is_what_the_code_says():
    assert DOCUMENT.read_text() == export_openapi.text(), "run manage.py export_openapi"


def test_the_document_is_valid_openapi_3_1():
    document = json.loads(json.dumps(api.document))

    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


@pytest.mark.parametrize("promised", CONTRACT.strip().splitlines())
def test_every_promised_call_is_there(promised):
    method, path = promised.split()

    assert method.lower() in api.document["paths"][f"/api/v1{path}"]


def test_an_event_has_every_promised_field():
    fields = api.document["components"]["schemas"]["EventOut"]

    assert set(EVENT_FIELDS.split()) <= set(fields["properties"])
    assert set(fields["required"]) == set(fields["properties"])


@pytest.mark.parametrize("operation", DESCRIBED)
def test_every_operation_explains_itself(operation):
    described = DESCRIBED[operation]

    assert described["summary"] and described["description"]
    assert {"Bearer": []} in described["security"]
    open_to_anyone = OPERATIONS[operation][2].auth_callbacks[0].optional
    assert ({} in described["security"]) == open_to_anyone


@pytest.mark.parametrize("operation", DESCRIBED)
def test_every_refusal_is_documented_as_a_problem(operation):
    refusals = {
        status: answer["content"]
        for status, answer in DESCRIBED[operation]["responses"].items()
        if int(status) >= 400
    }

    assert {"401", "403", "429"} <= set(refusals)
    for content in refusals.values():
        assert content == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }


def test_it_is_served_where_the_contract_says(db):
    response = Client().get("/api/v1/openapi.json")

    assert response.json() == json.loads(DOCUMENT.read_text())


def test_the_command_says_when_nothing_is_to_do():
    said = StringIO()

    call_command("export_openapi", stdout=said)

    assert said.getvalue() == "docs/openapi.json is in step.\n"


def test_a_dry_run_fails_where_the_file_is_out_of_step(tmp_path, settings):
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match="out of step"):
        call_command("export_openapi", dry_run=True)

    assert not (tmp_path / "docs").exists()


def test_the_page_for_people_runs_under_our_content_security_policy(db):
    page = Client().get("/api/v1/docs")
    scripts = re.findall(r"<script([^>]*)>", page.content.decode())

    assert page.status_code == 200
    assert "unsafe" not in page["Content-Security-Policy"]
    assert all("src=" in script or "application/json" in script for script in scripts)
    assert not re.search(r"<style|\son\w+=|\sstyle=|https?://", page.content.decode())
