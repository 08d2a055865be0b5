"""Idempotency-Key: the same call twice happens once, whoever dies in between."""

import threading
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from config import idempotency
from config.tests.test_api_access import PLACE, PLAN, _report
from events.models import AttendanceImport, Event, Registration
from kit.ids import token_hash
from programmes.models import ApiKey, IdempotentAnswer, OutboxEntry

HEADER = "Idempotency-Key"
ADDRESS = "/events/joint-webinar/registrations"


def test_the_same_key_and_body_give_the_same_answer_and_nothing_happens_again(call, world):
    first = call("POST", ADDRESS, PLACE, **{HEADER: "a"})

    again = call("POST", ADDRESS, PLACE, **{HEADER: "a"})

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotency-Replayed"] == "true"
    assert Registration.objects.count() == 1
    assert OutboxEntry.objects.filter(kind="events/registration-again").count() == 0


def test_another_body_with_the_same_key_is_refused(call, world):
    call("POST", ADDRESS, PLACE, **{HEADER: "a"})

    refused = call("POST", ADDRESS, PLACE | {"name": "Bo"}, **{HEADER: "a"})

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-mismatch")


def test_another_address_with_the_same_key_is_refused(call, world):
    lead = world.keys["lead"]
    call("POST", "/events/joint-webinar/duplicate", key=lead, **{HEADER: "a"})

    refused = call("POST", "/events/joint-webinar/publication", key=lead, **{HEADER: "a"})

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-mismatch")


def test_a_draft_is_made_once(call, world):
    answers = [
        call("POST", "/events", PLAN, key=world.keys["lead"], **{HEADER: "plan-1"}).content
        for _ in range(3)
    ]

    assert len(set(answers)) == 1
    assert Event.objects.filter(title=PLAN["title"]).count() == 1


def test_callers_do_not_meet_in_one_key(call, world):
    mine = call("POST", "/events", PLAN, key=world.keys["lead"], **{HEADER: "a"})

    theirs = call("POST", "/events", PLAN, key=world.keys["co-host"], **{HEADER: "a"})

    assert (mine.json()["lead"], theirs.json()["lead"]) == (world.lead.slug, world.co_host.slug)


def test_a_refusal_is_not_kept_so_that_it_can_be_put_right(call, world):
    Event.objects.filter(slug="joint-webinar").update(capacity=0, has_waitlist=False)
    full = call("POST", ADDRESS, PLACE, **{HEADER: "a"})
    Event.objects.filter(slug="joint-webinar").update(capacity=5)

    later = call("POST", ADDRESS, PLACE, **{HEADER: "a"})

    assert (full.status_code, later.status_code) == (409, 201)


def test_a_revoked_key_does_not_get_the_answer_of_before(call, world):
    key = world.keys["lead"]
    call("POST", "/events", PLAN, key=key, **{HEADER: "a"})
    ApiKey.objects.filter(token_hash=token_hash(key)).update(revoked_at=timezone.now())

    refused = call("POST", "/events", PLAN, key=key, **{HEADER: "a"})

    assert refused.status_code == 401


def test_a_file_sent_again_is_the_same_whatever_the_boundary(call, world, request):
    path, body = _report(world, request.getfixturevalue)
    raw = body["file"].read()
    key = world.keys["lead"]

    answers = [
        call("POST", path, {"file": BytesIO(raw)}, key=key, **{HEADER: "a"}) for _ in range(2)
    ]
    other = call("POST", path, {"file": BytesIO(raw + b"\r\n")}, key=key, **{HEADER: "a"})

    assert [one.status_code for one in answers] == [202, 202]
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert other.json()["code"] == "idempotency-mismatch"
    assert AttendanceImport.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 129])
def test_a_key_without_sense_is_refused(key, call, world):
    refused = call("POST", ADDRESS, PLACE, **{HEADER: key})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"] == [HEADER]
    assert Registration.objects.count() == 0


def test_while_the_first_runs_the_second_is_asked_to_wait(call, world):
    call("POST", ADDRESS, PLACE, **{HEADER: "a"})
    IdempotentAnswer.objects.update(status=None, made_at=timezone.now())

    second = call("POST", ADDRESS, PLACE, **{HEADER: "a"})

    assert (second.status_code, second.json()["code"]) == (409, "idempotency-in-progress")
    assert int(second["Retry-After"]) > 0


def test_the_key_of_a_worker_that_died_can_be_taken_over(call, world):
    call("POST", ADDRESS, PLACE, **{HEADER: "a"})
    long_ago = timezone.now() - idempotency.GIVEN_UP_AFTER - timedelta(seconds=1)
    IdempotentAnswer.objects.update(status=None, made_at=long_ago)

    again = call("POST", ADDRESS, PLACE, **{HEADER: "a"})

    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again
    assert Registration.objects.count() == 1


def test_yesterdays_answer_is_forgotten(call, world):
    call("POST", ADDRESS, PLACE, **{HEADER: "a"})
    IdempotentAnswer.objects.update(made_at=timezone.now() - timedelta(days=1, seconds=1))

    other = call("POST", ADDRESS, PLACE | {"email": "bo@city.example"}, **{HEADER: "a"})

    assert other.status_code == 201
    assert Registration.objects.count() == 2


@pytest.mark.django_db
def test_work_whose_answer_cannot_be_kept_is_undone(world, rf):
    """Somebody took the claim over while we worked: what we did must not stay."""
    request = rf.post(ADDRESS, PLACE, headers={HEADER: "a"})

    def slow(asked):
        Event.objects.filter(pk=world.event.pk).update(title="Mine")
        IdempotentAnswer.objects.update(made_at=timezone.now() + timedelta(seconds=1))
        return HttpResponse("{}", status=201)

    with pytest.raises(idempotency.InProgress):
        idempotency.answered_once(request, slow)

    world.event.refresh_from_db()
    assert world.event.title != "Mine"


@pytest.mark.django_db
@pytest.mark.parametrize("status", [400, 409, 500])
def test_a_refusal_undoes_whatever_was_begun(status, world, rf):
    request = rf.post(ADDRESS, PLACE, headers={HEADER: "a"})

    def begun(asked):
        Event.objects.filter(pk=world.event.pk).update(title="Mine")
        return HttpResponse("{}", status=status)

    assert idempotency.answered_once(request, begun).status_code == status

    world.event.refresh_from_db()
    assert world.event.title != "Mine"
    assert IdempotentAnswer.objects.count() == 0


@pytest.mark.django_db
def test_an_unexpected_error_leaves_neither_work_nor_claim(world, rf):
    request = rf.post(ADDRESS, PLACE, headers={HEADER: "a"})

    def broken(asked):
        Event.objects.filter(pk=world.event.pk).update(title="Mine")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        idempotency.answered_once(request, broken)

    world.event.refresh_from_db()
    assert world.event.title != "Mine"
    assert IdempotentAnswer.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="threads cannot share SQLite's database in memory"
)
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_make_one_draft(world):
    answers: list[HttpResponse] = []
    start = threading.Barrier(8)

    def send():
        start.wait()
        response = Client().post(
            "/api/v1/events",
            PLAN,
            content_type="application/json",
            headers={HEADER: "a", "Authorization": f"Bearer {world.keys['lead']}"},
        )
        answers.append(response)
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert Event.objects.filter(title=PLAN["title"]).count() == 1
