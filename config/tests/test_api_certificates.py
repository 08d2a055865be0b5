"""Certificates over the API: preview, batch, check, revoke, replace, transcript."""

from datetime import timedelta

import pytest
from django.utils import timezone

from certificates.domain import batches, issuing
from certificates.models import Batch, Certificate
from programmes.models import OutboxEntry

PROMISED = {"state", "name", "title", "issuers", "issued_at", "minutes", "credits", "sha256"}


def test_the_preview_says_who_gets_one_and_why_not(call, world, make_held, make_registration):
    event, _ = make_held()
    make_registration(event, name="Bo", attended_seconds=600, presence="short")

    preview = call("GET", f"/events/{event.slug}/certificates/preview", key=world.keys["lead"])

    answer = preview.json()
    assert (answer["count"], answer["earned"]) == (2, 1)
    assert [(v["name"], v["earned"], v["minutes"]) for v in answer["items"]] == [
        ("Ana Ruiz", True, 90),
        ("Bo", False, 10),
    ]
    assert "needed" in answer["items"][1]["reason"]


def test_a_co_hosts_preview_keeps_to_the_data_rule(call, world, make_held, make_registration):
    event, _ = make_held()
    make_registration(event, name="Bo", attended_seconds=600, presence="short")

    preview = call("GET", f"/events/{event.slug}/certificates/preview", key=world.keys["co-host"])

    assert [verdict["name"] for verdict in preview.json()["items"]] == ["Ana Ruiz"]


def test_issuing_answers_with_a_batch_to_watch(call, world, make_held):
    event, _ = make_held()
    at, key = f"/events/{event.slug}/certificates", world.keys["lead"]

    asked = call("POST", at, key=key)
    again = call("POST", at, key=key)

    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert again.json()["id"] == asked.json()["id"]
    issuing.issue_all(Batch.objects.get(), at=timezone.now())
    watched = call("GET", f"/batches/{asked.json()['id']}", key=key).json()
    assert (watched["state"], watched["total"], watched["done"]) == ("running", 1, 0)


def test_issuing_before_attendance_is_settled_is_refused(call, world):
    refused = call("POST", "/events/joint-webinar/certificates", key=world.keys["lead"])

    assert (refused.status_code, refused.json()["code"]) == (409, "not-settled")


def test_names_of_failed_ones_keep_to_the_data_rule(call, world, make_held, make_registration):
    event, _ = make_held()
    make_registration(event, name="Bo", attended_seconds=90 * 60, presence="met")
    batch = batches.request(event, by=None, at=timezone.now())
    issuing.issue_all(batch, at=timezone.now())
    OutboxEntry.objects.filter(kind="certificates/draw").update(state="dead", error="No font.")

    seen = {
        who: call("GET", f"/batches/{batch.pk}", key=world.keys[who]).json()
        for who in ("lead", "co-host")
    }

    assert [failure["name"] for failure in seen["lead"]["failures"]] == ["Ana Ruiz", "Bo"]
    assert [failure["name"] for failure in seen["co-host"]["failures"]] == ["Ana Ruiz"]
    assert seen["co-host"]["failed"] == 2


def test_anyone_may_check_a_code_however_it_is_typed(call, make_certificate):
    code = make_certificate().code
    typed = "-".join(code[at : at + 4] for at in range(0, len(code), 4)).lower()

    found = call("GET", f"/certificates/{typed}").json()

    assert found["code"] == code
    assert found.keys() >= PROMISED
    assert (found["state"], found["name"], found["minutes"]) == ("valid", "Ana Ruiz", 90)
    assert found["title"] == "Certificate of Attendance"
    assert found["credits"] == [
        {"scheme": "contact_hour", "label": "Contact hours", "amount": "1.5"}
    ]
    assert [issuer["name"] for issuer in found["issuers"]] == ["North", "South"]
    assert not {"reason", "superseded_by"} & found.keys()


def test_a_check_tells_nothing_else_of_the_person(call, make_certificate):
    certificate = make_certificate()
    person = certificate.person

    said = call("GET", f"/certificates/{certificate.code}").content.decode()

    assert person.email not in said
    assert certificate.registration.code not in said
    assert "organisation" not in said


@pytest.mark.parametrize("code", ["0000-0000", "x", "%00", "7Q4M09TZ7Q4M09TZ7Q4M0"])
def test_every_other_code_is_the_same_404(code, call, make_certificate):
    make_certificate()

    response = call("GET", f"/certificates/{code}")

    assert response.status_code == 404
    assert response.json()["detail"] == "There is no such certificate, or not for this key."


def test_a_revoked_one_says_so_and_why_for_ever(call, world, make_certificate):
    code, key = make_certificate().code, world.keys["lead"]

    blank = call("POST", f"/certificates/{code}/revocation", {"reason": " "}, key=key)
    done = call("POST", f"/certificates/{code}/revocation", {"reason": "By mistake."}, key=key)
    twice = call("POST", f"/certificates/{code}/revocation", {"reason": "Again."}, key=key)

    assert (blank.status_code, blank.json()["code"]) == (422, "reason-missing")
    assert (done.json()["state"], done.json()["reason"]) == ("revoked", "By mistake.")
    assert (twice.status_code, twice.json()["code"]) == (409, "not-standing")
    found = call("GET", f"/certificates/{code}").json()
    assert (found["state"], found["reason"]) == ("revoked", "By mistake.")


def test_a_replaced_one_points_to_the_new_one(call, world, make_certificate):
    old = make_certificate().code

    new = call(
        "POST",
        f"/certificates/{old}/reissue",
        {"name": "Ana María Ruiz"},
        key=world.keys["lead"],
    )

    assert new.status_code == 201
    assert (new.json()["name"], new.json()["sha256"]) == ("Ana María Ruiz", None)
    found = call("GET", f"/certificates/{old}").json()
    assert (found["state"], found["superseded_by"]) == ("superseded", new.json()["code"])
    assert found["name"] == "Ana Ruiz"


def test_a_name_without_sense_replaces_nothing(call, world, make_certificate):
    code = make_certificate().code
    at = f"/certificates/{code}/reissue"

    for name in ("", "x" * 301, "Ana\nRuiz\0"):
        refused = call("POST", at, {"name": name}, key=world.keys["lead"])
        assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["name"])

    assert Certificate.objects.count() == 1


def test_the_transcript_adds_up_what_is_valid(call, make_certificate, make_key, world):
    first = make_certificate()
    second = make_certificate(at=timezone.now() - timedelta(hours=1))
    gone = make_certificate()
    Certificate.objects.filter(pk=second.pk).update(person=first.person)
    Certificate.objects.filter(pk=gone.pk).update(
        person=first.person, revoked_at=timezone.now(), revoke_reason="By mistake."
    )

    transcript = call("GET", "/people/me/transcript", key=make_key(first.person)).json()

    year = int(first.facts["event"]["starts_at"][:4])
    assert transcript["name"] == "Ana Ruiz"
    assert transcript["credits"] == [
        {"scheme": "contact_hour", "label": "Contact hours", "year": year, "amount": "3"}
    ]
    assert [held["code"] for held in transcript["certificates"]] == [first.code, second.code]


def test_a_transcript_without_certificates_is_empty(call, world):
    transcript = call("GET", "/people/me/transcript", key=world.keys["lead"]).json()

    assert (transcript["credits"], transcript["certificates"]) == ([], [])
