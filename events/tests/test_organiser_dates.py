"""The pages of an event's dates: repeating, one date and several, another zone, copies."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.domain import scheduling
from events.domain.timing import SessionPlan
from events.models import Event
from events.tests.planning import LATER, MORNING, drafted, edited, mails, published
from programmes.models import Speaker

pytestmark = pytest.mark.django_db

CALL = SessionPlan("2030-01-03T13:00", "2030-01-03T14:00")
"""A Thursday, far enough ahead for pages that look at the clock."""


def address(name: str, event: Event, *more: str) -> str:
    return reverse(f"organise-{name}", args=[event.slug, *more])


def typed_rule(version=1, **changes) -> dict:
    return {
        "frequency": "weekly",
        "interval": "1",
        "on": "2030-01-03",
        "at": "13:00",
        "ends": "count",
        "count": "5",
        "gaps": "refuse",
        "version": str(version),
        "do": "save",
        **changes,
    }


@pytest.fixture
def call(lead):
    """A published event of one session that can be made to repeat."""
    return published(lead, sessions=(CALL,), time_zone="America/Chicago")


@pytest.fixture
def series(call, sign_in, lead):
    """Five Thursdays at 1 p.m. Central."""
    sign_in(lead).post(address("repeat", call), typed_rule())
    call.refresh_from_db()
    return call


def starts(event: Event) -> list[str]:
    return [
        one.starts_local[5:].replace("T", " ") + ("✗" if one.is_cancelled else "")
        for one in sorted(scheduling.plan_of(event).sessions, key=lambda one: one.starts_local)
    ]


def uid(event: Event, number: int) -> str:
    """The UID of the date that stands at this place, from 0."""
    return str(event.sessions.order_by("starts_at")[number].public_id)


def typed_date(event: Event, number: int, **changes) -> dict:
    session = event.sessions.order_by("starts_at")[number]
    return {
        "on": session.starts_local[:10],
        "starts": session.starts_local[11:],
        "minutes": "60",
        "title": session.title,
        "room": session.room,
        "scope": "one",
        "version": str(event.version),
        **changes,
    }


# --- repeating ------------------------------------------------------------------------------------


def test_an_event_is_made_to_repeat_after_a_look_at_its_dates(sign_in, lead, call, coast):
    browser = sign_in(lead)

    looked = browser.post(
        address("repeat", call), typed_rule(on="2030-03-07", count="2", do="preview")
    )

    assert looked.status_code == 200
    rows = looked.context["preview"]["rows"]
    assert [(row["day"], row["clocks"]) for row in rows] == [
        ("Thursday, March 7, 2030", "1 p.m. to 2 p.m. Central"),
        ("Thursday, March 14, 2030", "1 p.m. to 2 p.m. Central"),
    ]
    assert rows[1]["notes"] == []
    assert call.sessions.count() == 1

    saved = browser.post(address("repeat", call), typed_rule(), follow=True)
    assert saved.redirect_chain[0][0] == address("dates", call)
    assert starts(call) == [f"01-{day:02} 13:00" for day in (3, 10, 17, 24, 31)]
    assert (
        "Every week on Thursday, 5 times from January 3, 2030, at 1 p.m." in saved.content.decode()
    )


def test_the_preview_says_for_whom_the_hour_changes(sign_in, lead, call, make_alliance):
    make_alliance("Desert", zone="America/Phoenix")

    looked = sign_in(lead).post(
        address("repeat", call), typed_rule(on="2030-03-07", count="2", do="preview")
    )

    [_first, second] = looked.context["preview"]["rows"]
    assert second["notes"] == ["From here on 11 a.m. Arizona (before: 12 p.m.)"]


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ({"days": ["MO", "TH"], "count": "3"}, ["01-03", "01-07", "01-10"]),
        ({"interval": "2", "count": "3"}, ["01-03", "01-17", "01-31"]),
        ({"frequency": "weekday", "count": "3"}, ["01-03", "02-07", "03-07"]),
        (
            {"frequency": "weekday", "rank": "-1", "on": "2030-01-31", "count": "2"},
            ["01-31", "02-28"],
        ),
        ({"frequency": "monthly", "count": "3"}, ["01-03", "02-03", "03-03"]),
        ({"ends": "until", "until": "2030-01-17"}, ["01-03", "01-10", "01-17"]),
        (
            {"frequency": "rule", "rule": "FREQ=DAILY;INTERVAL=10;COUNT=3"},
            ["01-03", "01-13", "01-23"],
        ),
    ],
)
def test_rules_people_want_can_be_chosen(sign_in, lead, call, typed, days):
    assert sign_in(lead).post(address("repeat", call), typed_rule(**typed)).status_code == 302

    assert starts(call) == [f"{day} 13:00" for day in days]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"frequency": "rule", "rule": "FREQ=WEEKLY"}, "Say how the series ends"),
        (
            {"frequency": "rule", "rule": "FREQ=SECONDLY;COUNT=100"},
            "repeats by day, week, month or year",
        ),
        ({"frequency": "rule", "rule": ""}, "Write the rule."),
        ({"count": ""}, "Say how many dates there are."),
        ({"count": "201"}, "less than or equal to 200"),
        ({"ends": "until", "until": "2035-01-01"}, "can have 200 dates at most"),
        ({"ends": "until", "until": "2030-02-30"}, "Choose a real date."),
        (
            {"frequency": "weekday", "rank": "2"},
            "The first one after it is Thursday, January 10, 2030",
        ),
        (
            {"on": "2030-03-10", "at": "02:30"},
            "2:30 a.m. on March 10, 2030 does not exist in Chicago",
        ),
        ({"start": "nothing"}, "nothing"),
        ({"frequency": "hourly"}, "hourly"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_a_sentence(sign_in, lead, call, typed, sentence):
    answer = sign_in(lead).post(address("repeat", call), typed_rule(**typed))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert call.sessions.count() == 1


def test_a_skipped_hour_can_be_left_out_and_brought_back_later(sign_in, lead, call):
    browser = sign_in(lead)
    night = {"on": "2030-03-03", "at": "02:30", "count": "3"}

    browser.post(address("repeat", call), typed_rule(**night, gaps="leave-out"))
    assert starts(call) == ["03-03 02:30", "03-17 02:30"]
    page = browser.get(address("dates", call)).content.decode()
    assert "Sunday, March 10, 2030, 2:30 a.m." in page

    answer = browser.post(address("dates", call), {"origin": "2030-03-10T02:30"})
    assert (answer.status_code, "does not exist" in answer.content.decode()) == (422, True)


def test_a_series_stops_being_one(sign_in, lead, series):
    sign_in(lead).post(address("repeat", series), typed_rule(series.version, frequency="never"))

    series.refresh_from_db()
    assert series.recurrence == ""
    assert len(starts(series)) == 5


def test_who_changes_a_rule_that_somebody_else_changed_is_told(sign_in, lead, call):
    edited(call, title="Renamed")

    answer = sign_in(lead).post(address("repeat", call), typed_rule(version=1, count="3"))

    assert answer.status_code == 409
    assert "was changed since you opened it" in answer.content.decode()
    assert 'value="3"' in answer.content.decode()


# --- one date, those that follow, all -------------------------------------------------------------


def test_one_moved_one_longer_and_one_cancelled_date_survive_a_change_of_all(
    sign_in, lead, series, make_registration
):
    make_registration(series)
    browser = sign_in(lead)
    ids = [uid(series, n) for n in range(5)]

    def change(number, **typed):
        series.refresh_from_db()
        answer = browser.post(
            address("date", series, ids[number]),
            typed_date(series, number, **typed),
        )
        assert answer.status_code == 302, answer.content.decode()

    change(1, on="2030-01-11", starts="09:00")
    change(2, minutes="120")
    series.refresh_from_db()
    browser.post(
        address("date-calling-off", series, ids[3]),
        {"scope": "one", "is_cancelled": "1", "version": series.version},
    )
    page = browser.get(address("date", series, ids[0])).content.decode()
    moved = "Friday, January 11, 2030, 9 a.m.: moved, the rule has Thursday"
    for line in (moved, "own length", "canceled"):
        assert line in page

    before = {str(s.public_id): s.sequence for s in series.sessions.all()}
    told = len(mails("event-changed"))
    change(0, starts="15:00", scope="all")

    assert starts(series) == [
        "01-03 15:00",
        "01-11 09:00",
        "01-17 15:00",
        "01-24 15:00✗",
        "01-31 15:00",
    ]
    after = {str(s.public_id): s.sequence for s in series.sessions.all()}
    assert after.keys() == before.keys() == set(ids)
    assert {number: after[ids[number]] - before[ids[number]] for number in range(5)} == {
        **{0: 1, 1: 0, 2: 1, 3: 1, 4: 1}
    }
    assert len(mails("event-changed")) == told + 1


def test_this_and_following_change_alone(sign_in, lead, series):
    sign_in(lead).post(
        address("date", series, uid(series, 3)),
        typed_date(series, 3, starts="16:00", title="Open hour", scope="following"),
    )

    assert starts(series)[2:] == ["01-17 13:00", "01-24 16:00", "01-31 16:00"]
    titles = [one.title for one in series.sessions.order_by("starts_at")]
    assert titles == ["", "", "", "Open hour", "Open hour"]
    page = sign_in(lead).get(address("dates", series)).content.decode()
    assert "3 times from January 3, 2030, at 1 p.m." in page
    assert "2 times from January 24, 2030, at 4 p.m." in page


def test_a_date_is_brought_back_where_it_was(sign_in, lead, series):
    browser, code = sign_in(lead), uid(series, 2)
    off = address("date-calling-off", series, code)

    browser.post(off, {"scope": "one", "is_cancelled": "1", "version": series.version})
    assert starts(series)[2] == "01-17 13:00✗"
    series.refresh_from_db()
    browser.post(off, {"scope": "one", "is_cancelled": "0", "version": series.version})

    assert starts(series)[2] == "01-17 13:00"
    assert str(series.sessions.order_by("starts_at")[2].public_id) == code


def test_those_that_follow_can_be_called_off(sign_in, lead, series):
    off = address("date-calling-off", series, uid(series, 3))

    sign_in(lead).post(off, {"scope": "following", "is_cancelled": "1", "version": series.version})

    assert [one[-1] == "✗" for one in starts(series)] == [False, False, False, True, True]


def test_speakers_and_room_of_one_date(sign_in, lead, series):
    Speaker.objects.create(slug="ana", name="Ana Ruiz")
    where = address("date", series, uid(series, 1))

    wrong = sign_in(lead).post(where, typed_date(series, 1, speaker_0="Anna Ruis"))
    assert (wrong.status_code, "Did you mean Ana Ruiz?" in wrong.content.decode()) == (422, True)
    sign_in(lead).post(where, typed_date(series, 1, speaker_0="Ana Ruiz", room="Hall B"))

    session = series.sessions.order_by("starts_at")[1]
    assert [part.speaker.slug for part in session.speaking.all()] == ["ana"]
    assert (session.room, session.own) == ("Hall B", "place speakers")


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        (
            {"on": "2030-01-18", "scope": "all"},
            422,
            "Only one date at a time can go to another day",
        ),
        ({"starts": "02:30", "on": "2030-03-10"}, 422, "does not exist in Chicago"),
        ({"starts": "01:30", "on": "2030-11-03"}, 422, "happens twice"),
        ({"minutes": "0"}, 422, "greater than or equal to 1"),
        ({"scope": "some"}, 422, "some"),
        ({"version": "1"}, 409, "was changed since you opened it"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_kept_in_the_form(
    sign_in, lead, series, typed, status, sentence
):
    before = starts(series)

    answer = sign_in(lead).post(
        address("date", series, uid(series, 2)), typed_date(series, 2, title="Mine", **typed)
    )

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()
    assert starts(series) == before


def test_dates_of_other_events_and_codes_that_are_none_are_not_found(sign_in, lead, series):
    other = drafted(lead)

    for code in (uid(other, 0), "x", "'"):
        assert sign_in(lead).get(address("date", series, code)).status_code == 404


def test_only_the_lead_changes_dates(sign_in, coast, series):
    browser = sign_in(coast)

    for name in ("dates", "repeat", "zone", "duplicate"):
        assert browser.get(address(name, series)).status_code == 403
    assert browser.get(address("date", series, uid(series, 0))).status_code == 403


def test_the_list_costs_the_same_for_one_date_and_many(sign_in, lead, series):
    single = drafted(lead)
    browser = sign_in(lead)

    def cost(event):
        browser.get(address("dates", event))
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address("dates", event)).status_code == 200
        return len(asked)

    assert cost(single) == cost(series)


# --- another zone ---------------------------------------------------------------------------------


def test_every_date_is_shown_before_and_after_in_another_zone(sign_in, lead, series):
    browser = sign_in(lead)
    where = address("zone", series)

    wall = browser.get(where, {"zone": "America/New_York", "keep": "wall"})
    assert wall.context["steps"][0] == {
        "before": "Thursday, January 3, 2030, 1 p.m. Central",
        "after": "Thursday, January 3, 2030, 1 p.m. Eastern",
        "shift": "1 h earlier",
        "problem": "",
        "fold": "",
        "chosen": None,
        "is_cancelled": False,
    }
    instant = browser.get(where, {"zone": "America/New_York", "keep": "instant"})
    assert instant.context["steps"][4]["after"] == "Thursday, January 31, 2030, 2 p.m. Eastern"
    assert instant.context["steps"][4]["shift"] == "The same moment"
    series.refresh_from_db()
    assert series.time_zone == "America/Chicago"

    sent = {"zone": "America/New_York", "keep": "instant", "version": series.version}
    at = [one.starts_at for one in series.sessions.all()]
    assert browser.post(where, sent).status_code == 302
    series.refresh_from_db()
    assert (series.time_zone, [one.starts_at for one in series.sessions.all()]) == (
        "America/New_York",
        at,
    )
    assert starts(series) == [f"01-{day:02} 14:00" for day in (3, 10, 17, 24, 31)]
    page = browser.get(address("dates", series)).content.decode()
    assert "5 times from January 3, 2030, at 2 p.m. Eastern" in page


def test_a_doubled_hour_of_the_new_zone_is_asked_about(sign_in, lead):
    night = SessionPlan("2030-11-03T01:30", "2030-11-03T03:00")
    event = drafted(lead, sessions=(night,), time_zone="America/Phoenix")
    sent = {"zone": "America/Denver", "keep": "wall", "version": event.version}
    browser = sign_in(lead)

    asked = browser.get(address("zone", event), sent).content.decode()
    assert "happens twice" in asked
    assert browser.post(address("zone", event), sent).status_code == 422
    fold = f"fold-{uid(event, 0)}"
    assert browser.post(address("zone", event), {**sent, fold: "1"}).status_code == 302

    [session] = event.sessions.all()
    assert (f"{session.starts_at:%H:%M}", session.starts_fold) == ("08:30", 1)


def test_a_skipped_hour_of_the_new_zone_stops_the_move(sign_in, lead):
    night = SessionPlan("2030-03-10T02:30", "2030-03-10T04:00")
    event = drafted(lead, sessions=(night,), time_zone="America/Phoenix")
    sent = {"zone": "America/Denver", "keep": "wall", "version": event.version}

    looked = sign_in(lead).get(address("zone", event), sent)
    assert looked.context["blocked"]
    answer = sign_in(lead).post(address("zone", event), sent)

    assert (answer.status_code, "does not exist in Denver" in answer.content.decode()) == (
        422,
        True,
    )


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "'", "MST"])
def test_a_zone_that_is_none_is_refused(sign_in, lead, call, zone):
    answer = sign_in(lead).post(
        address("zone", call), {"zone": zone, "keep": "wall", "version": call.version}
    )

    assert answer.status_code in {200, 422}
    call.refresh_from_db()
    assert call.time_zone == "America/Chicago"


# --- copies ---------------------------------------------------------------------------------------


def test_an_event_is_copied_to_other_days_on_the_same_clock(sign_in, lead):
    day = (
        MORNING,
        SessionPlan("2027-01-14T09:00", "2027-01-14T10:00", title="Day two", room="Hall"),
    )
    event = published(lead, sessions=day, capacity=9)
    browser = sign_in(lead)

    page = browser.get(address("duplicate", event))
    only = page.context["form"].initial["only"]
    answer = browser.post(
        address("duplicate", event), {"on": "2027-07-07", "title": "Again", "only": only}
    )

    copy = Event.objects.get(title="Again")
    assert answer["Location"] == reverse("organise-event", args=[copy.slug])
    assert starts(copy) == ["07-07 11:00", "07-08 09:00"]
    assert (copy.status, copy.capacity, copy.seats_taken) == ("draft", 9, 0)
    assert {s.public_id for s in copy.sessions.all()}.isdisjoint(
        s.public_id for s in event.sessions.all()
    )
    browser.post(
        address("duplicate", event), {"on": "2027-07-07", "title": "Second", "only": only[1:]}
    )
    assert starts(Event.objects.get(title="Second")) == ["07-07 09:00"]


def test_a_copied_series_keeps_its_rule_where_it_gives_the_new_days(sign_in, lead, series):
    browser = sign_in(lead)
    only = browser.get(address("duplicate", series)).context["form"].initial["only"]

    browser.post(address("duplicate", series), {"on": "2031-01-02", "title": "Same", "only": only})
    browser.post(address("duplicate", series), {"on": "2031-01-03", "title": "Other", "only": only})

    same, other = Event.objects.get(title="Same"), Event.objects.get(title="Other")
    assert "DTSTART=20310102T130000" in same.recurrence
    assert starts(same)[:2] == ["01-02 13:00", "01-09 13:00"]
    assert other.recurrence == ""
    assert starts(other)[:2] == ["01-03 13:00", "01-10 13:00"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"on": "2030-02-30"}, "Choose a real date."),
        ({"only": []}, "Choose at least one session to copy."),
        ({"title": ""}, "required"),
        ({"on": "2999-01-01"}, "cannot be right"),
    ],
)
def test_a_copy_that_cannot_be_is_refused(sign_in, lead, typed, sentence):
    event = drafted(lead)
    sent = {"on": "2027-07-07", "title": "Again", "only": [uid(event, 0)], **typed}

    answer = sign_in(lead).post(address("duplicate", event), sent)

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert Event.objects.count() == 1


def test_a_cancelled_event_is_copied_too(sign_in, lead):
    event = scheduling.cancel(published(lead), reason="Storm", by=None, at=LATER)

    answer = sign_in(lead).post(
        address("duplicate", event), {"on": "2027-07-07", "title": "Again", "only": [uid(event, 0)]}
    )

    assert answer.status_code == 302
