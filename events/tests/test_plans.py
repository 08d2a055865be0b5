"""Plans that cannot be kept are refused, each fault at its place."""

from dataclasses import replace
from decimal import Decimal

import pytest

from events.domain.scheduling import (
    CreditPlan,
)
from events.models import Event, Session
from events.tests.planning import (
    AUTUMN_TWICE,
    MORNING,
    SPRING_GAP,
    drafted,
    session,
    utc,
)
from kit.errors import Invalid
from programmes.models import AuditEntry


@pytest.mark.parametrize(
    ("changes", "code", "loc"),
    [
        ({"title": " "}, "invalid", ["title"]),
        ({"title": "x" * 201}, "invalid", ["title"]),
        ({"title": "a\r\nb"}, "invalid", ["title"]),
        ({"slug": "Not a slug"}, "invalid", ["slug"]),
        ({"kind": "party"}, "invalid", ["kind"]),
        ({"format": "astral"}, "invalid", ["format"]),
        ({"visibility": "secret"}, "invalid", ["visibility"]),
        ({"sharing": "some"}, "invalid", ["sharing"]),
        ({"capacity": 0}, "invalid", ["capacity"]),
        ({"closes_minutes_before": -1}, "invalid", ["closes_minutes_before"]),
        ({"attendance_percent": 101}, "invalid", ["attendance_percent"]),
        ({"join_url": "javascript:alert(1)"}, "invalid", ["join_url"]),
        ({"join_url": "zoom"}, "invalid", ["join_url"]),
        ({"time_zone": "Mars/Base"}, "unknown-zone", ["time_zone"]),
        ({"time_zone": ""}, "unknown-zone", ["time_zone"]),
        ({"sessions": ()}, "invalid", ["sessions"]),
        ({"sessions": (MORNING,) * 201}, "invalid", ["sessions"]),
        ({"sessions": (replace(MORNING, is_cancelled=True),)}, "invalid", ["sessions"]),
        ({"sessions": (SPRING_GAP,)}, "no-such-time", ["sessions", 0, "starts_local"]),
        (
            {"sessions": (MORNING, AUTUMN_TWICE)},
            "time-happens-twice",
            ["sessions", 1, "starts_local"],
        ),
        (
            {"sessions": (session("2027-01-13T12:00", "2027-01-13T11:00"),)},
            "ends-before-start",
            ["sessions", 0, "ends_local"],
        ),
        (
            {"sessions": (session("2027-01-13T12:00", "2027-01-13T12:00"),)},
            "ends-before-start",
            ["sessions", 0, "ends_local"],
        ),
        (
            {"sessions": (session("13/01/2027 11:00", "2027-01-13T12:00"),)},
            "invalid",
            ["sessions", 0, "starts_local"],
        ),
        (
            {"sessions": (session("2027-02-30T11:00", "2027-02-30T12:00"),)},
            "invalid",
            ["sessions", 0, "starts_local"],
        ),
        (
            {"sessions": (replace(MORNING, title="a\nb"),)},
            "invalid",
            ["sessions", 0, "title"],
        ),
        (
            {"sessions": (replace(MORNING, breaks=(("2027-01-13T10:50", "2027-01-13T11:10"),)),)},
            "invalid",
            ["sessions", 0, "breaks", 0],
        ),
        (
            {"sessions": (replace(MORNING, breaks=(("2027-01-13T11:20", "2027-01-13T11:10"),)),)},
            "ends-before-start",
            ["sessions", 0, "breaks", 0, "ends_local"],
        ),
        (
            {
                "sessions": (
                    replace(
                        MORNING,
                        breaks=(
                            ("2027-01-13T11:30", "2027-01-13T11:50"),
                            ("2027-01-13T11:20", "2027-01-13T11:31"),
                        ),
                    ),
                )
            },
            "invalid",
            ["sessions", 0, "breaks"],
        ),
        ({"credits": (CreditPlan("cm", Decimal(0)),)}, "invalid", ["credits", 0, "amount"]),
        ({"credits": (CreditPlan("cm", Decimal("NaN")),)}, "invalid", ["credits", 0, "amount"]),
        ({"credits": (CreditPlan("cm", Decimal("0.001")),)}, "invalid", ["credits", 0, "amount"]),
        (
            {"credits": (CreditPlan("cm", Decimal(1)), CreditPlan("cm", Decimal(2)))},
            "invalid",
            ["credits", 1, "scheme"],
        ),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused_at_its_place_and_leaves_nothing(
    lead, changes, code, loc
):
    with pytest.raises(Invalid) as no:
        drafted(lead, **changes)

    assert (no.value.code, no.value.status) == (code, 422)
    assert no.value.errors[0]["loc"] == loc
    assert no.value.errors[0]["msg"].endswith(".")
    assert (Event.objects.count(), Session.objects.count()) == (0, 0)
    assert not AuditEntry.objects.exists()


def test_every_fault_of_a_plan_is_told_at_once(lead):
    with pytest.raises(Invalid) as no:
        drafted(lead, title="", capacity=-1, sessions=(SPRING_GAP, session("x", "y")))

    assert [error["loc"] for error in no.value.errors] == [
        ["title"],
        ["capacity"],
        ["sessions", 0, "starts_local"],
        ["sessions", 1, "starts_local"],
        ["sessions", 1, "ends_local"],
    ]


def test_of_a_time_that_comes_twice_the_one_meant_is_kept(lead):
    plans = [replace(AUTUMN_TWICE, starts_fold=fold) for fold in (0, 1)]

    first, second = (drafted(lead, sessions=(plan,)).sessions.get() for plan in plans)

    assert first.starts_at == utc("2027-11-07T07:30")
    assert second.starts_at == utc("2027-11-07T08:30")
    assert (first.starts_fold, second.starts_fold) == (0, 1)


def test_a_fold_that_means_nothing_is_not_kept(lead):
    event = drafted(lead, sessions=(replace(MORNING, starts_fold=1, ends_fold=1),))

    assert event.sessions.get().starts_fold == 0


def test_a_break_in_the_hour_that_comes_twice_lies_inside_its_session(lead):
    plan = session(
        "2027-11-07T01:15",
        "2027-11-07T03:00",
        starts_fold=1,
        breaks=(("2027-11-07T01:30", "2027-11-07T01:45"),),
    )

    pause = drafted(lead, sessions=(plan,)).sessions.get().breaks.get()

    assert pause.starts_at == utc("2027-11-07T08:30")


def test_an_old_name_of_a_zone_is_kept_under_its_proper_one(lead):
    assert drafted(lead, time_zone="US/Arizona").time_zone == "America/Phoenix"
