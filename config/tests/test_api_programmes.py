"""Programmes through the API: read, made, changed, enrolled in, counted."""

import pytest
from django.utils import timezone

from config.tests.conftest import World
from events.domain import enrolment
from events.domain.registration import Place
from events.models import Enrolment, Event, Registration
from programmes.models import OutboxEntry, Programme

pytestmark = pytest.mark.django_db
ANA = {"name": "Ana Ruiz", "email": "ana@city.example", "organisation": "City of Aurora"}
TWO = {"all_of": [{"rule": "min_events", "count": 1}, {"rule": "approval", "name": "visit"}]}


@pytest.fixture
def programme(world: World) -> Programme:
    made = Programme.objects.create(
        slug="track",
        name="Track",
        kind="certificate_track",
        lead=world.lead,
        completion=TWO,
        sets={"programme": [world.event.slug]},
        award={"title": "Tracked"},
    )
    made.hosts.set([world.lead, world.co_host])
    Event.objects.filter(pk=world.event.pk).update(programme=made)
    return made


@pytest.fixture
def ana(programme, world) -> Enrolment:
    place = Place(name="Ana Ruiz", email="ana@city.example")
    return enrolment.enrol(programme, place, at=timezone.now()).enrolment


def test_a_programme_has_its_rules_in_words_and_as_data(call, world, programme):
    answer = call("GET", "/programmes/track").json()

    assert answer["rules"] == ["Attend at least 1 of 1 events.", "The organizers approve: visit."]
    assert answer["completion"] == TWO
    assert answer["events"] == [world.event.slug]
    assert answer == call("GET", "/programmes").json()["items"][0]


def test_a_draft_that_the_rules_name_is_named_to_hosts_alone(call, world, programme, make_event):
    make_event(lead=world.lead, programme=programme, slug="secret-plan", published=False)
    rule = {"rule": "required_events", "events": [world.event.slug, "secret-plan"]}
    programme.completion = {"all_of": [rule]}
    programme.sets = {"electives": ["secret-plan"]}
    programme.save()

    for key in ("", world.keys["other"]):
        assert b"secret-plan" not in call("GET", "/programmes/track", key=key).content
        assert b"secret-plan" not in call("GET", "/programmes", key=key).content
    assert b"secret-plan" in call("GET", "/programmes/track", key=world.keys["lead"]).content


def test_anyone_enrolls_and_the_same_again_is_the_same(call, world, programme):
    first = call("POST", "/programmes/track/enrolments", ANA)
    again = call("POST", "/programmes/track/enrolments", ANA | {"email": "ANA@City.example"})

    assert (first.status_code, first.json()) == (201, {"state": "enrolled", "dates": 1})
    assert (again.status_code, again.json()) == (201, first.json())
    assert Registration.objects.filter(event=world.event, name="Ana Ruiz").count() == 1
    kinds = OutboxEntry.objects.filter(kind__startswith="events/enrolment").order_by("pk")
    assert [one.kind for one in kinds] == ["events/enrolment-joined", "events/enrolment-again"]


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        (ANA | {"email": "nobody"}, ["email"]),
        (ANA | {"name": "A" * 2000}, ["name"]),
        (ANA | {"alliance": "nowhere"}, ["alliance"]),
    ],
)
def test_enrolling_with_bad_input_is_422_with_its_place(call, programme, body, loc):
    refused = call("POST", "/programmes/track/enrolments", body)

    assert refused.status_code == 422
    assert [error["loc"] for error in refused.json()["errors"]] == [loc]
    assert not Enrolment.objects.exists()


def test_a_closed_programme_and_an_unknown_one_enroll_nobody(call, programme):
    Programme.objects.update(takes_enrolments=False)

    closed = call("POST", "/programmes/track/enrolments", ANA)
    unknown = call("POST", "/programmes/nothing/enrolments", ANA)

    assert (closed.status_code, closed.json()["code"]) == (409, "enrolment-closed")
    assert unknown.status_code == 404


def test_an_organiser_makes_a_programme_with_its_events_and_rules_at_once(call, world):
    body = {
        "name": "New Track",
        "lead": world.lead.slug,
        "hosts": [world.co_host.slug],
        "events": [world.event.slug],
        "completion": {"all_of": [{"rule": "required_events", "events": [world.event.slug]}]},
    }

    made = call("POST", "/programmes", body, key=world.keys["lead"])

    assert made.status_code == 201
    assert made.json()["events"] == [world.event.slug]
    assert made.json()["hosts"] == [world.lead.slug, world.co_host.slug]
    assert made.json()["completion"] == body["completion"]


@pytest.mark.parametrize(
    ("changes", "loc"),
    [
        ({"completion": {"all_of": [{"rule": "moonlight"}]}}, ["completion", "all_of", 0, "rule"]),
        (
            {"completion": {"all_of": [{"rule": "min_events", "count": 9}]}},
            ["completion", "all_of", 0, "count"],
        ),
        (
            {"completion": {"all_of": [{"rule": "required_events", "events": ["elsewhere"]}]}},
            ["completion", "all_of", 0],
        ),
        ({"sets": {"electives": []}}, ["sets", "electives"]),
        ({"name": "x" * 2000}, ["name"]),
        ({"topics": ["nothing"]}, ["topics", 0]),
        ({"hosts": ["nobody"]}, ["hosts", 0]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_rules_that_cannot_be_are_422_and_change_nothing(call, world, programme, changes, loc):
    refused = call("PATCH", "/programmes/track", changes, key=world.keys["lead"])

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"] == loc
    programme.refresh_from_db()
    assert (programme.completion, programme.version) == (TWO, 1)


def test_nothing_is_left_of_a_programme_that_could_not_be_made(call, world):
    body = {"name": "New", "lead": world.lead.slug, "events": [world.event.slug]}
    bad = body | {"completion": {"all_of": [{"rule": "min_events", "count": 2}]}}

    assert call("POST", "/programmes", bad, key=world.keys["lead"]).status_code == 422

    assert not Programme.objects.exists()
    assert Event.objects.get(pk=world.event.pk).programme is None


def test_only_the_lead_changes_a_programme_and_stale_changes_are_told(call, world, programme):
    for who in ("co-host", "other"):
        refused = call("PATCH", "/programmes/track", {"name": "Mine"}, key=world.keys[who])
        assert refused.status_code == 403
    assert call("PATCH", "/programmes/track", {"name": "Mine"}).status_code == 401

    saved = call(
        "PATCH", "/programmes/track", {"name": "Ours", "version": 1}, key=world.keys["lead"]
    )
    stale = call(
        "PATCH", "/programmes/track", {"name": "Late", "version": 1}, key=world.keys["lead"]
    )

    assert (saved.json()["name"], saved.json()["version"]) == ("Ours", 2)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-edit")


def test_each_host_puts_in_the_events_it_leads(call, world, programme, make_event):
    theirs = make_event(lead=world.co_host, slug="theirs")
    strange = make_event(slug="strange")
    path = f"/programmes/track/events/{theirs.slug}"

    assert call("PUT", path, key=world.keys["other"]).status_code == 403
    assert call("PUT", path, key=world.keys["lead"]).status_code == 403  # not the lead's event
    put = call("PUT", path, key=world.keys["co-host"])
    strangers = call("PUT", f"/programmes/track/events/{strange.slug}", key=world.keys["co-host"])

    assert put.json()["events"] == [world.event.slug, "theirs"] or "theirs" in put.json()["events"]
    assert strangers.status_code == 403
    out = call("DELETE", path, key=world.keys["lead"])
    assert out.json()["events"] == [world.event.slug]


def test_an_event_the_rules_need_is_not_taken_out(call, world, programme):
    path = f"/programmes/track/events/{world.event.slug}"

    refused = call("DELETE", path, key=world.keys["lead"])

    assert refused.status_code == 422
    assert "cannot be taken out" in refused.json()["detail"]
    assert Event.objects.get(pk=world.event.pk).programme == programme


def test_hosts_see_progress_by_the_data_rule(call, world, programme, ana):
    member = Place(name="Bo", email="bo@county.example", alliance=world.co_host)
    enrolment.enrol(programme, member, at=timezone.now())
    path = "/programmes/track/progress"

    def names(who: str) -> list[str]:
        return [row["name"] for row in call("GET", path, key=world.keys[who]).json()["items"]]

    assert names("lead") == ["Ana Ruiz", "Bo"]
    assert names("co-host") == ["Bo"]
    assert call("GET", path, key=world.keys["other"]).status_code == 403
    assert call("GET", path).status_code == 401
    Programme.objects.update(sharing="totals")
    assert call("GET", path, key=world.keys["co-host"]).status_code == 403
    Programme.objects.update(sharing="all")
    assert names("co-host") == ["Ana Ruiz", "Bo"]


def test_totals_are_for_every_host(call, world, programme, ana):
    Programme.objects.update(sharing="totals")

    totals = call("GET", "/programmes/track/totals", key=world.keys["co-host"]).json()

    assert totals == {"enrolled": 1, "left": 0, "completed": 0, "by_alliance": {}}
    assert call("GET", "/programmes/track/totals", key=world.keys["other"]).status_code == 403


def test_records_are_noted_by_hosts_and_withdrawn(call, world, programme, ana):
    path = f"/programmes/track/people/{ana.code}/records"
    body = {"kind": "approval", "name": "visit", "alliance": world.lead.slug}

    made = call("POST", path, body, key=world.keys["lead"])
    (row,) = call("GET", "/programmes/track/progress", key=world.keys["lead"]).json()["items"]

    assert made.status_code == 201
    assert row["parts"][1]["is_met"]
    hidden = call("POST", path, body, key=world.keys["co-host"])  # Ana is not of the co-host
    assert hidden.status_code == 404
    foreign = body | {"alliance": world.co_host.slug}
    assert call("POST", path, foreign, key=world.keys["lead"]).status_code == 403
    unasked = call("POST", path, body | {"name": "song"}, key=world.keys["lead"])
    assert unasked.status_code == 422

    number = made.json()["id"]
    gone = call("POST", f"{path}/{number}/withdrawal", key=world.keys["lead"])
    assert gone.json()["withdrawn_at"]
    assert call("GET", path, key=world.keys["lead"]).json()["count"] == 1


def test_people_see_their_own_programmes_skip_a_date_and_leave(
    call, world, programme, ana, make_key
):
    key = make_key(ana.person)
    (mine,) = call("GET", "/people/me/programmes", key=key).json()["items"]
    assert (mine["programme"], mine["state"], mine["percent"]) == ("track", "active", 0)
    assert mine["dates"] == [{"event": world.event.slug, "state": "registered", "reason": ""}]
    path = f"/people/me/programmes/track/dates/{world.event.slug}"

    skipped = call("PUT", path, {"decision": "skip"}, key=key).json()
    taken = call("PUT", path, {"decision": "take"}, key=key).json()
    left = call("DELETE", "/people/me/programmes/track", key=key).json()

    assert [one["dates"][0]["state"] for one in (skipped, taken)] == ["skipped", "registered"]
    assert left["state"] == "left"
    assert call("PUT", path, {"decision": "dance"}, key=key).status_code == 422
    assert call("DELETE", "/people/me/programmes/other", key=key).status_code == 404
    assert call("GET", "/people/me/programmes", key=world.keys["other"]).json()["items"] == []
