"""Registrations over the API: taking a place, seeing who comes, giving it back."""

import time

import pytest

from config.tests.conftest import in_days
from events.models import Event, Registration
from kit import ratelimit
from programmes.models import OutboxEntry

ADDRESS = "/events/joint-webinar/registrations"
PLACE = {"name": "Ana Ruiz", "email": "ana@city.example", "organisation": "City of Cedar Fork"}


def mails(kind: str) -> int:
    return OutboxEntry.objects.filter(kind=f"events/{kind}").count()


def test_a_seat_then_the_waitlist_in_order(call, world):
    Event.objects.update(capacity=1)
    places = [PLACE | {"email": f"{name}@city.example"} for name in ("ana", "bo", "cy")]

    answers = [call("POST", ADDRESS, place).json() for place in places]

    assert answers == [
        {"state": "confirmed", "position": None},
        {"state": "waitlisted", "position": 1},
        {"state": "waitlisted", "position": 2},
    ]


def test_the_same_address_gets_the_same_answer_and_its_link_by_mail(call, world):
    first = call("POST", ADDRESS, PLACE)

    again = call("POST", ADDRESS, PLACE | {"email": " ANA@city.example ", "name": "Somebody else"})

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert Registration.objects.get().name == "Ana Ruiz"
    assert (mails("registration-confirmed"), mails("registration-again")) == (1, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"capacity": 0, "has_waitlist": False}, "event-full"),
        ({"visibility": "members"}, "members-only"),
        ({"closes_minutes_before": 60 * 24 * 60}, "registration-closed"),
    ],
)
def test_refusals_have_their_codes(change, code, call, world):
    Event.objects.update(**change)

    refused = call("POST", ADDRESS, PLACE)

    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert Registration.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 301}, ["name"]),
        ({"name": "Ana\r\nBcc: all@city.example"}, ["name"]),
        ({"name": "Ana\0"}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"email": "nobody"}, ["email"]),
        ({"email": None}, ["email"]),
        ({"organisation": "x" * 201}, ["organisation"]),
        ({"alliance": "no-such"}, ["alliance"]),
        ({"answers": ["a"]}, ["answers"]),
        ({"nickname": "Ana"}, ["nickname"]),
    ],
)
def test_wrong_input_is_refused_at_its_place(change, loc, call, world):
    refused = call("POST", ADDRESS, PLACE | change)

    assert refused.status_code == 422
    assert [error["loc"] for error in refused.json()["errors"]] == [loc]
    assert Registration.objects.count() == 0


def test_everything_wrong_is_said_at_once(call, world):
    refused = call("POST", ADDRESS, {"name": "", "email": "nobody"})

    assert [error["loc"] for error in refused.json()["errors"]] == [["name"], ["email"]]


def test_a_draft_takes_nobody(call, make_draft):
    assert call("POST", f"/events/{make_draft().slug}/registrations", PLACE).status_code == 404


def test_hosts_see_who_comes_with_places_in_the_queue(call, world):
    Event.objects.update(capacity=1)
    call("POST", ADDRESS, PLACE | {"alliance": world.co_host.slug})
    call("POST", ADDRESS, PLACE | {"email": "bo@city.example", "name": "Bo"})

    listed = call("GET", ADDRESS, key=world.keys["lead"]).json()

    assert listed["count"] == 2
    assert [(r["name"], r["state"], r["position"]) for r in listed["items"]] == [
        ("Ana Ruiz", "confirmed", None),
        ("Bo", "waitlisted", 1),
    ]
    assert listed["items"][0]["alliance"] == world.co_host.slug
    assert listed["items"][0]["organisation"] == "City of Cedar Fork"


def test_the_list_can_be_narrowed_to_a_state(call, world):
    Event.objects.update(capacity=1)
    call("POST", ADDRESS, PLACE)
    call("POST", ADDRESS, PLACE | {"email": "bo@city.example", "name": "Bo"})

    listed = call("GET", f"{ADDRESS}?state=waitlisted", key=world.keys["lead"]).json()

    assert [r["name"] for r in listed["items"]] == ["Bo"]
    assert listed["items"][0]["position"] == 1


@pytest.mark.parametrize(
    ("sharing", "seen"),
    [("own", ["Theirs"]), ("all", ["Theirs", "Somebody"]), ("totals", None)],
)
def test_co_hosts_see_what_the_data_rule_shows_them(sharing, seen, call, world):
    Event.objects.update(sharing=sharing)
    call("POST", ADDRESS, PLACE | {"name": "Theirs", "alliance": world.co_host.slug})
    call("POST", ADDRESS, PLACE | {"name": "Somebody", "email": "bo@city.example"})

    response = call("GET", ADDRESS, key=world.keys["co-host"])

    if seen is None:
        assert response.status_code == 403
    else:
        assert [r["name"] for r in response.json()["items"]] == seen


def test_a_co_host_cannot_cancel_whom_it_may_not_see(call, world, make_registration):
    theirs = make_registration(world.event, alliance=world.co_host)
    somebody = make_registration(world.event)
    key = world.keys["co-host"]

    done = call("POST", f"/registrations/{theirs.code}/cancellation", key=key)
    hidden = call("POST", f"/registrations/{somebody.code}/cancellation", key=key)

    assert (done.status_code, done.json()["state"]) == (200, "cancelled")
    assert hidden.status_code == 404
    somebody.refresh_from_db()
    assert somebody.state == "confirmed"


def test_cancelling_promotes_the_next_in_line(call, world):
    Event.objects.update(capacity=1)
    call("POST", ADDRESS, PLACE)
    call("POST", ADDRESS, PLACE | {"email": "bo@city.example", "name": "Bo"})
    code = Registration.objects.get(name="Ana Ruiz").code
    spelt = f"{code[:4]}-{code[4:]}".lower()

    done = call("POST", f"/registrations/{spelt}/cancellation", key=world.keys["lead"])

    assert (done.json()["state"], done.json()["position"]) == ("cancelled", None)
    assert Registration.objects.get(name="Bo").state == "confirmed"
    assert mails("registration-promoted") == 1
    again = call("POST", f"/registrations/{code}/cancellation", key=world.keys["lead"])
    assert again.status_code == 200


def test_a_code_of_nobody_is_not_found(call, world):
    path = "/registrations/NOTACODE/cancellation"

    assert call("POST", path, key=world.keys["operator"]).status_code == 404


def test_a_flood_from_one_address_is_told_to_wait(call, world):
    for _ in range(60):
        ratelimit.count("127.0.0.1", "register", limit=60, seconds=60, now=time.time())
        ratelimit.count("127.0.0.1", "register", limit=120, seconds=60, now=time.time() + 60)

    refused = call("POST", ADDRESS, PLACE)

    assert (refused.status_code, refused.json()["code"]) == (429, "too-often")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert Registration.objects.count() == 0


def test_fifty_registrations_cost_no_more_queries_than_one(
    call, world, make_registration, django_assert_max_num_queries
):
    Event.objects.update(capacity=1)
    for number in range(6):
        state = "confirmed" if number < 1 else "waitlisted"
        make_registration(world.event, state=state, name=f"P{number}", alliance=world.lead)

    with django_assert_max_num_queries(10):
        listed = call("GET", ADDRESS, key=world.keys["lead"]).json()

    assert [r["position"] for r in listed["items"]] == [None, 1, 2, 3, 4, 5]


def test_who_comes_after_the_end_is_refused(call, make_event):
    make_event(slug="past", starts=in_days(-3))

    assert call("POST", "/events/past/registrations", PLACE).json()["code"] == "registration-closed"
