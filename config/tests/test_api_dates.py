"""Sessions, dates, rules, zones and copies over the API."""

import json
from dataclasses import replace

import pytest

from events.domain import scheduling
from events.domain.timing import SessionPlan
from events.models import Event
from events.tests.planning import drafted, published
from programmes.models import Speaker

pytestmark = pytest.mark.django_db

CALL = SessionPlan("2030-01-03T13:00", "2030-01-03T14:00")


@pytest.fixture
def lead(world):
    return world.lead


@pytest.fixture
def ask(call, world):
    """``ask(method, path, body)``: an answer as the lead's organiser's key gets it."""

    def make(method: str, path: str, body: dict | None = None, status: int = 200):
        answer = call(
            method.upper(), f"/events{'/' if path else ''}{path}", body, key=world.keys["lead"]
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    return make


@pytest.fixture
def series(lead, ask):
    event = published(lead, sessions=(CALL,), time_zone="America/Chicago")
    ask("post", f"{event.slug}/recurrence", {"rule": "FREQ=WEEKLY;COUNT=4"})
    return Event.objects.get(pk=event.pk)


def starts(answer: dict) -> list[str]:
    return [one["starts_local"][5:] for one in answer["sessions"]]


def test_a_program_is_drafted_with_speakers_rooms_and_sessions_that_follow(ask, lead):
    Speaker.objects.create(slug="ana", name="Ana Ruiz")

    made = ask(
        "post",
        "",
        {
            "title": "Fiber day",
            "lead": lead.slug,
            "time_zone": "America/Denver",
            "sessions": [
                {
                    "title": "Opening",
                    "starts_local": "2030-01-03T09:00",
                    "minutes": 45,
                    "room": "Hall A",
                    "speakers": ["ana"],
                    "join_url": "https://calls.example/secret",
                },
                {"title": "Fiber", "minutes": 60, "follows": True, "gap_minutes": 15},
            ],
        },
        status=201,
    )

    opening, fiber = made["sessions"]
    assert (opening["room"], opening["speakers"], opening["ends_local"]) == (
        *("Hall A", ["ana"], "2030-01-03T09:45"),
    )
    assert (fiber["starts_local"], fiber["ends_local"]) == ("2030-01-03T10:00", "2030-01-03T11:00")
    assert (fiber["follows"], fiber["gap_minutes"]) == (True, 15)
    assert "secret" not in json.dumps(made)
    assert (
        Event.objects.get(slug=made["slug"]).sessions.first().join_url
        == "https://calls.example/secret"
    )

    opening["starts_local"], opening["ends_local"] = "2030-01-03T13:00", "2030-01-03T13:45"
    changed = ask("patch", made["slug"], {"sessions": [opening, fiber]})
    assert starts(changed) == ["01-03T13:00", "01-03T14:00"]
    assert [one["uid"] for one in changed["sessions"]] == [opening["uid"], fiber["uid"]]
    assert (
        Event.objects.get(slug=made["slug"]).sessions.first().join_url
        == "https://calls.example/secret"
    )


@pytest.mark.parametrize(
    ("session", "loc"),
    [
        (
            {"starts_local": "2030-01-03T09:00", "minutes": 45, "speakers": ["nobody"]},
            ["speakers", 0],
        ),
        ({"minutes": 45}, ["starts_local"]),
        ({"starts_local": "2030-01-03T09:00"}, ["ends_local"]),
        ({"starts_local": "2030-03-10T02:30", "minutes": 45}, ["starts_local"]),
        ({"starts_local": "2030-01-03T09:00", "minutes": 45, "join_url": "ftp://x"}, ["join_url"]),
    ],
)
def test_a_session_that_cannot_be_is_refused_at_its_place(ask, lead, session, loc):
    plan = {"title": "x", "lead": lead.slug, "time_zone": "America/Denver", "sessions": [session]}

    problem = ask("post", "", plan, status=422)

    assert problem["errors"][0]["loc"][-len(loc) - 2 :] == ["sessions", 0, *loc]


def test_a_rule_is_looked_at_and_then_saved(ask, lead):
    event = published(lead, sessions=(CALL,), time_zone="America/Chicago")
    rule = {"rule": "FREQ=MONTHLY;BYDAY=1TH;COUNT=3"}

    looked = ask("post", f"{event.slug}/recurrence", {**rule, "preview": True})
    assert [one["starts_local"][5:10] for one in looked["dates"]] == ["01-03", "02-07", "03-07"]
    assert [one["uid"] is None for one in looked["dates"]] == [False, True, True]
    assert event.sessions.count() == 1

    saved = ask("post", f"{event.slug}/recurrence", {**rule, "version": event.version})
    assert [one["text"] for one in saved["recurrence"]] == [
        "Every month on the first Thursday, 3 times from January 3, 2030, at 1 p.m."
    ]
    assert starts(saved) == ["01-03T13:00", "02-07T13:00", "03-07T13:00"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"rule": "FREQ=WEEKLY"}, "bad-recurrence"),
        ({"rule": "FREQ=SECONDLY;COUNT=9"}, "bad-recurrence"),
        ({"rule": "FREQ=DAILY;COUNT=201"}, "bad-recurrence"),
        ({"rule": "FREQ=WEEKLY;COUNT=2", "first_local": "2030-03-10T02:30"}, "no-such-time"),
        ({"rule": "FREQ=WEEKLY;COUNT=2", "first_local": "2030-11-03T01:30"}, "time-happens-twice"),
        ({"rule": "FREQ=WEEKLY;COUNT=2", "first_local": "soon"}, "invalid"),
    ],
)
def test_rules_that_cannot_be_are_refused(ask, lead, body, code):
    event = published(lead, sessions=(CALL,), time_zone="America/Chicago")

    assert ask("post", f"{event.slug}/recurrence", body, status=422)["code"] == code


def test_one_date_those_that_follow_and_all(ask, series):
    uids = [one["uid"] for one in ask("get", series.slug)["sessions"]]
    path = f"{series.slug}/sessions"

    moved = ask("patch", f"{path}/{uids[1]}", {"starts_local": "2030-01-11T09:00"})
    assert starts(moved)[1] == "01-11T09:00"
    assert moved["sessions"][1]["recurrence_local"] == "2030-01-10T13:00"
    ask("patch", f"{path}/{uids[2]}", {"minutes": 120})
    ask("patch", f"{path}/{uids[3]}", {"is_cancelled": True})
    all_ = ask(
        "patch",
        f"{path}/{uids[0]}",
        {"scope": "all", "starts_local": "2030-01-03T15:00", "room": "B"},
    )

    assert starts(all_) == ["01-03T15:00", "01-11T09:00", "01-17T15:00", "01-24T15:00"]
    assert [one["uid"] for one in all_["sessions"]] == uids
    assert [one["is_cancelled"] for one in all_["sessions"]] == [False, False, False, True]
    assert all_["sessions"][2]["ends_local"] == "2030-01-17T17:00"
    assert all_["sessions"][2]["changed_by_hand"] == ["length"]
    fitted = ask(
        "patch",
        f"{path}/{uids[0]}",
        {
            "scope": "following",
            "starts_local": "2030-01-03T16:00",
            "minutes": 30,
            "overwrite": True,
        },
    )
    assert starts(fitted) == [f"01-{day:02}T16:00" for day in (3, 10, 17, 24)]


def test_changes_of_dates_that_cannot_be(ask, series):
    uid = ask("get", series.slug)["sessions"][1]["uid"]
    path = f"{series.slug}/sessions"

    assert ask("patch", f"{path}/nothing", {"title": "x"}, status=404)["code"] == "not-found"
    wrong = ask("patch", f"{path}/{uid}", {"scope": "some", "title": "x"}, status=422)
    assert wrong["errors"][0]["loc"][-1] == "scope"
    day = {"scope": "all", "starts_local": "2030-01-11T13:00"}
    assert "another day" in ask("patch", f"{path}/{uid}", day, status=422)["detail"]
    stale = ask("patch", f"{path}/{uid}", {"title": "x", "version": 1}, status=409)
    assert stale["code"] == "stale-edit"
    ask("patch", f"{path}/{uid}", {"titel": "x"}, status=422)


def test_a_date_that_was_left_out_comes_back(ask, lead):
    event = published(
        lead,
        sessions=(replace(CALL, starts_local="2030-03-03T02:30", ends_local="2030-03-03T03:30"),),
        time_zone="America/Chicago",
    )
    ask("post", f"{event.slug}/recurrence", {"rule": "FREQ=WEEKLY;COUNT=3", "gaps": "leave-out"})

    gone = {"starts_local": "2030-03-10T02:30"}
    problem = ask("post", f"{event.slug}/recurrence/dates", gone, status=422)
    assert problem["code"] == "no-such-time"
    wrong = {"starts_local": "2030-03-11T02:30"}
    ask("post", f"{event.slug}/recurrence/dates", wrong, status=422)


def test_an_event_moves_to_another_zone(ask, series):
    zone = {"time_zone": "America/Phoenix", "keep": "instant"}

    looked = ask("post", f"{series.slug}/time-zone", {**zone, "preview": True})
    assert [(one["before_local"][11:], one["after_local"][11:]) for one in looked["steps"]] == [
        ("13:00", "12:00")
    ] * 4
    assert ask("get", series.slug)["time_zone"] == "America/Chicago"

    before = [one["starts_at"] for one in ask("get", series.slug)["sessions"]]
    moved = ask("post", f"{series.slug}/time-zone", zone)
    assert [one["starts_at"] for one in moved["sessions"]] == before
    assert moved["recurrence"][0]["text"].endswith("at 12 p.m.")
    kept = ask(
        "post", f"{series.slug}/time-zone", {"time_zone": "America/New_York", "keep": "wall"}
    )
    assert starts(kept)[0] == "01-03T12:00"
    ask("post", f"{series.slug}/time-zone", {"time_zone": "Mars", "keep": "wall"}, status=422)
    ask("post", f"{series.slug}/time-zone", {"time_zone": "UTC", "keep": "x"}, status=422)


def test_a_doubled_hour_is_asked_about_and_answered(ask, lead):
    night = SessionPlan("2030-11-03T01:30", "2030-11-03T03:00")
    event = drafted(lead, sessions=(night,), time_zone="America/Phoenix")
    zone = {"time_zone": "America/Denver", "keep": "wall"}

    [step] = ask("post", f"{event.slug}/time-zone", {**zone, "preview": True})["steps"]
    assert [option["fold"] for option in step["options"]] == [0, 1]
    assert ask("post", f"{event.slug}/time-zone", zone, status=422)["code"] == "time-happens-twice"
    moved = ask("post", f"{event.slug}/time-zone", {**zone, "folds": {step["uid"]: 1}})
    assert moved["starts_at"] == "2030-11-03T08:30:00Z"


def test_a_copy_goes_to_other_days_with_some_sessions(ask, lead):
    event = drafted(lead, sessions=(CALL, SessionPlan("2030-01-04T09:00", "2030-01-04T10:00")))
    second = ask("get", event.slug)["sessions"][1]["uid"]

    same = ask("post", f"{event.slug}/duplicate", status=201)
    later = ask(
        "post",
        f"{event.slug}/duplicate",
        {"first_on": "2030-07-04", "sessions": [second], "title": "Again"},
        status=201,
    )

    assert starts(same) == starts(ask("get", event.slug))
    assert (later["title"], starts(later), later["status"]) == ("Again", ["07-04T09:00"], "draft")
    for wrong in ({"first_on": "July"}, {"sessions": []}, {"sessions": ["x"]}):
        ask("post", f"{event.slug}/duplicate", wrong, status=422)


def test_only_the_lead_changes_dates(call, world, series):
    uid = series.sessions.first().public_id

    for method, path, body in (
        ("PATCH", f"sessions/{uid}", {}),
        ("POST", "recurrence", {"rule": ""}),
        ("POST", "recurrence/dates", {"starts_local": "2030-01-03T13:00"}),
        ("POST", "time-zone", {"time_zone": "UTC", "keep": "wall"}),
        ("POST", "duplicate", {}),
    ):
        answer = call(method, f"/events/{series.slug}/{path}", body, key=world.keys["co-host"])
        assert answer.status_code == 403, path


def test_the_plan_of_an_event_stays_whole_in_a_round_trip(ask, series):
    before = scheduling.plan_of(series)
    answer = ask("get", series.slug)

    ask("patch", series.slug, {"sessions": answer["sessions"], "version": answer["version"]})

    assert scheduling.plan_of(series) == before
    assert ask("get", series.slug)["version"] == answer["version"]
