"""Dates of a series changed one by one, from one on, or all; and what stays as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain import dates, plans, repeats, series, timing
from events.domain.dates import Change, NoSuchDate, Series
from events.domain.repeats import Wish
from events.domain.timing import SessionPlan
from kit.errors import Invalid

EARLY = datetime(2026, 1, 1, tzinfo=UTC)
CHICAGO = "America/Chicago"


def weekly(count=5, first="2027-01-07T13:00", zone=CHICAGO, minutes=60) -> Series:
    """Thursdays at 1 p.m., each with the UID d1, d2, …"""
    one = SessionPlan(first, later(first, minutes), uid="d1")
    made = repeats.repeated(
        Series((one,), "", zone), Wish(rule=f"FREQ=WEEKLY;COUNT={count}"), at=EARLY
    ).series
    named = (replace(s, uid=f"d{n}") for n, s in enumerate(made.sessions, start=1))
    return replace(made, sessions=tuple(named))


def later(local: str, minutes: int) -> str:
    return f"{datetime.fromisoformat(local) + timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"


def changed(whole, uid, scope="one", *, overwrite=False, at=EARLY, **change) -> Series:
    return dates.changed(whole, uid, Change(**change), scope=scope, overwrite=overwrite, at=at)


def said(whole: Series) -> list[str]:
    """“01-07 13:00+60” for each date, ✗ behind a canceled one."""
    return [
        f"{one.starts_local[5:].replace('T', ' ')}+{timing.minutes_of(one, whole.zone)}"
        + ("✗" if one.is_cancelled else "")
        for one in sorted(whole.sessions, key=lambda one: one.recurrence_local)
    ]


@pytest.fixture
def exceptional() -> Series:
    """Five Thursdays: the second moved to Friday, the third canceled, the fourth longer."""
    whole = changed(weekly(), "d2", on="2027-01-15", starts="09:00")
    whole = changed(whole, "d3", is_cancelled=True)
    return changed(whole, "d4", minutes=120)


def test_one_moved_one_cancelled_and_one_longer_date(exceptional):
    assert said(exceptional) == [
        *("01-07 13:00+60", "01-15 09:00+60", "01-21 13:00+60✗", "01-28 13:00+120"),
        "02-04 13:00+60",
    ]
    moved, cancelled, longer = exceptional.sessions[1:4]
    assert dates.is_moved(moved)
    assert moved.recurrence_local == "2027-01-14T13:00"
    assert longer.own == ("length",)
    assert [dates.is_own(one) for one in exceptional.sessions] == [False, True, True, True, False]
    assert not cancelled.own


def test_what_was_changed_by_hand_survives_a_change_of_all(exceptional):
    whole = changed(exceptional, "d1", "all", starts="14:30", minutes=90)

    assert said(whole) == [
        *("01-07 14:30+90", "01-15 09:00+90", "01-21 14:30+90✗", "01-28 14:30+120"),
        "02-04 14:30+90",
    ]
    assert [one.uid for one in whole.sessions] == ["d1", "d2", "d3", "d4", "d5"]
    assert dates.is_moved(whole.sessions[1])


def test_only_who_asks_changes_along_what_was_changed_by_hand(exceptional):
    whole = changed(exceptional, "d1", "all", overwrite=True, starts="14:30", minutes=90)

    assert said(whole) == [
        *("01-07 14:30+90", "01-14 14:30+90", "01-21 14:30+90✗", "01-28 14:30+90"),
        "02-04 14:30+90",
    ]
    assert not any(one.own or dates.is_moved(one) for one in whole.sessions)


def test_the_date_one_looks_at_changes_even_where_it_was_changed_by_hand(exceptional):
    whole = changed(exceptional, "d2", "following", starts="10:00")

    assert said(whole)[1:] == [
        *("01-15 10:00+60", "01-21 10:00+60✗", "01-28 10:00+120", "02-04 10:00+60"),
    ]
    assert dates.is_moved(whole.sessions[1])


def test_this_and_following_splits_the_rule_so_that_it_still_gives_every_date():
    whole = changed(weekly(), "d3", "following", starts="15:00")

    assert [one.recurrence_local[5:] for one in whole.sessions] == [
        *("01-07T13:00", "01-14T13:00", "01-21T15:00", "01-28T15:00", "02-04T15:00")
    ]
    assert [series.said(one) for one in whole.stretches] == [
        "Every week on Thursday, 2 times from January 7, 2027, at 1 p.m.",
        "Every week on Thursday, 3 times from January 21, 2027, at 3 p.m.",
    ]
    again = changed(whole, "d1", "all", starts="15:00")
    assert [series.said(one) for one in again.stretches] == [
        "Every week on Thursday, 5 times from January 7, 2027, at 3 p.m."
    ]


def test_title_place_and_speakers_change_for_following_dates_too():
    whole = changed(weekly(), "d2", title="Planning", room="Hall A")
    whole = changed(whole, "d1", "all", title="Exchange", room="Hall B", speakers=("ana",))

    assert [one.title for one in whole.sessions] == ["Exchange", "Planning", *["Exchange"] * 3]
    assert [one.room for one in whole.sessions] == ["Hall B", "Hall A", *["Hall B"] * 3]
    assert {one.speakers for one in whole.sessions} == {("ana",)}
    assert whole.sessions[1].own == ("title", "place")
    assert whole.recurrence == weekly().recurrence


def test_dates_that_are_over_stay_as_they_were():
    at = datetime(2027, 1, 15, tzinfo=UTC)

    whole = changed(weekly(), "d4", "all", starts="15:00", at=at)

    assert said(whole)[:3] == ["01-07 13:00+60", "01-14 13:00+60", "01-21 15:00+60"]
    assert len(whole.stretches) == 2
    with pytest.raises(Invalid, match="This date is over"):
        changed(weekly(), "d1", "following", starts="15:00", at=at)
    assert said(changed(weekly(), "d1", minutes=75, at=at))[0] == "01-07 13:00+75"


def test_a_cancelled_date_can_be_restored():
    whole = changed(changed(weekly(), "d3", is_cancelled=True), "d3", is_cancelled=False)

    assert whole == weekly()


def test_all_that_follow_can_be_called_off_but_not_all():
    whole = changed(weekly(), "d4", "following", is_cancelled=True)

    assert [one.is_cancelled for one in whole.sessions] == [False, False, False, True, True]
    with pytest.raises(Invalid, match="cancel the whole event"):
        changed(weekly(), "d4", "all", is_cancelled=True)


def test_only_one_date_at_a_time_goes_to_another_day():
    with pytest.raises(Invalid, match="set a new rule") as no:
        changed(weekly(), "d2", "following", on="2027-01-15", starts="13:00")

    assert no.value.errors[0]["loc"] == ["on"]


@pytest.mark.parametrize(
    ("change", "scope", "loc"),
    [
        ({"starts": "25:00"}, "one", ["starts"]),
        ({"starts": "25:00"}, "all", ["starts"]),
        ({"minutes": 0}, "one", ["minutes"]),
        ({"minutes": 10**9}, "one", ["minutes"]),
        ({"on": "2027-02-30"}, "one", ["starts_local"]),
        ({"title": "x"}, "some", ["scope"]),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(change, scope, loc):
    with pytest.raises(Invalid) as no:
        changed(weekly(), "d2", scope, **change)

    assert no.value.errors[0]["loc"][-len(loc) :] == loc


def test_a_date_that_is_not_there_is_said_to_be_gone():
    with pytest.raises(NoSuchDate):
        changed(weekly(), "d9", title="x")


def test_dates_without_a_rule_are_changed_one_by_one():
    plain = repeats.ended(weekly())

    assert said(changed(plain, "d2", starts="14:00"))[1] == "01-14 14:00+60"
    with pytest.raises(Invalid, match="Only the dates of a series"):
        changed(plain, "d2", "all", starts="14:00")


def test_a_form_of_all_sessions_marks_the_dates_it_changed():
    whole = weekly()
    typed = (replace(whole.sessions[0], title="First"), *whole.sessions[1:])

    marked = dates.marked(whole.sessions, typed, CHICAGO)

    assert [one.own for one in marked] == [("title",), (), (), (), ()]


# --- clocks that change ---------------------------------------------------------------------------


def test_a_time_that_clocks_skip_is_refused_for_the_date_it_hits():
    sundays = weekly(first="2027-03-07T13:00", count=3)

    with pytest.raises(Invalid, match=r"2:30 a\.m\. on March 14, 2027 does not exist") as no:
        changed(sundays, "d1", "all", starts="02:30")

    assert no.value.errors[0]["loc"] == ["sessions", 1, "starts_local"]
    moved = changed(sundays, "d2", starts="04:00")
    assert said(changed(moved, "d1", "all", starts="02:30")) == [
        *("03-07 02:30+60", "03-14 04:00+60", "03-21 02:30+60"),
    ]


def test_a_doubled_time_is_asked_about_and_kept():
    sundays = weekly(first="2027-10-31T13:00", count=3)

    with pytest.raises(Invalid, match="happens twice") as no:
        changed(sundays, "d1", "all", starts="01:30")
    assert no.value.code == "time-happens-twice"

    whole = changed(sundays, "d1", "all", starts="01:30", fold=1)
    timed = plans.checked(plan_of(whole)).sessions
    assert [f"{one.starts_at:%d %H:%M}" for one in timed] == ["31 06:30", "07 07:30", "14 07:30"]


def plan_of(whole: Series) -> plans.EventPlan:
    return plans.EventPlan(
        title="x", time_zone=whole.zone, sessions=whole.sessions, recurrence=whole.recurrence
    )


# --- any order of changes -------------------------------------------------------------------------

CHANGES = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.sampled_from(dates.SCOPES),
        st.booleans(),
        st.fixed_dictionaries(
            {},
            optional={
                "starts": st.sampled_from(["09:00", "13:00", "16:15"]),
                "minutes": st.sampled_from([30, 60, 90]),
                "title": st.sampled_from(["", "Planning"]),
                "is_cancelled": st.booleans(),
            },
        ),
    ),
    max_size=8,
)


@given(CHANGES)
def test_in_any_order_of_changes_the_rule_gives_every_date_and_no_date_is_lost(steps):
    whole = weekly(count=6)
    for number, scope, overwrite, change in steps:
        before = whole
        try:
            whole = changed(whole, f"d{number}", scope, overwrite=overwrite, **change)
        except Invalid as no:
            assert "cancel the whole event" in str(no)
            continue
        assert [one.uid for one in whole.sessions] == [one.uid for one in before.sessions]
        origins = [one.recurrence_local for one in whole.dates]
        assert [timing.spelt(start) for start in series.starts(whole.stretches)] == origins
        assert [one.recurrence_local[:10] for one in whole.dates] == [
            one.recurrence_local[:10] for one in weekly(count=6).dates
        ]
        if scope == "one":
            others = [one for one in whole.sessions if one.uid != f"d{number}"]
            assert others == [one for one in before.sessions if one.uid != f"d{number}"]
        elif not overwrite:
            for old, new in zip(before.sessions, whole.sessions, strict=True):
                if dates.is_moved(old) and old.uid != f"d{number}":
                    assert new.starts_local == old.starts_local
                if "length" in old.own and old.uid != f"d{number}":
                    assert timing.minutes_of(new, CHICAGO) == timing.minutes_of(old, CHICAGO)


def test_plans_are_checked_with_their_rules(db):
    whole = changed(weekly(), "d3", "following", starts="15:00")

    checked = plans.checked(plan_of(whole)).plan

    assert checked.recurrence == whole.recurrence
    assert checked.sessions == tuple(
        replace(one, starts_fold=0, ends_fold=0) for one in whole.sessions
    )
