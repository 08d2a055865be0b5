"""Drafting, changing, publishing and calling off: whole or not at all, and told to who needs it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from conftest import NOON, assert_counters_true
from events.domain import hosting, scheduling
from events.domain.registration import CapacityTooLow
from events.domain.scheduling import (
    ApprovalMissing,
    CreditPlan,
    EventCalledOff,
    EventPlan,
    NothingToPublish,
    ReasonMissing,
    SessionPlan,
    StaleEdit,
)
from events.models import Event, EventHost, Registration, Revision, Session
from kit.errors import Invalid
from programmes.models import AuditEntry, OutboxEntry, Speaker, Topic

LATER = NOON + timedelta(hours=1)
MORNING = SessionPlan("2027-01-13T11:00", "2027-01-13T12:30")
PLAN = EventPlan(title="Fiber to Every Block", time_zone="America/Denver", sessions=(MORNING,))


@pytest.fixture
def lead(make_alliance):
    return make_alliance("North")


def drafted(lead, *, co_hosts=(), **changes) -> Event:
    return scheduling.draft(lead, replace(PLAN, **changes), co_hosts=co_hosts, by=None, at=NOON)


def published(lead, **changes) -> Event:
    return scheduling.publish(drafted(lead, **changes), by=None, at=NOON)


def edited(event, at=LATER, version=None, **changes) -> Event:
    return scheduling.edit(event, changes, by=None, at=at, version=version)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def mails(kind: str) -> list[OutboxEntry]:
    return list(OutboxEntry.objects.filter(kind=f"events/{kind}").order_by("pk"))


# --- drafting -------------------------------------------------------------------------------------


def test_a_draft_is_a_row_with_its_sessions_lists_and_lead(lead, make_person):
    topic = Topic.objects.create(slug="broadband", name="Broadband")
    speakers = [Speaker.objects.create(slug=s, name=s) for s in ("zoe", "abe")]
    organiser = make_person()
    plan = replace(
        PLAN,
        summary="  How it went ",
        topics=(topic,),
        speakers=tuple(speakers),
        credits=(CreditPlan("contact_hour", Decimal("1.25")),),
        capacity=200,
        sessions=(
            replace(MORNING, breaks=(("2027-01-13T11:40", "2027-01-13T11:50"),)),
            SessionPlan("2027-01-12T20:00", "2027-01-12T21:00", title="Evening before"),
        ),
    )

    event = scheduling.draft(lead, plan, by=organiser, at=NOON)

    event.refresh_from_db()
    assert (event.slug, event.status, event.version) == ("fiber-to-every-block", "draft", 1)
    assert (event.summary, event.capacity, event.created_by) == ("How it went", 200, organiser)
    assert event.starts_at == utc("2027-01-13T03:00")
    assert event.ends_at == utc("2027-01-13T19:30")
    assert list(event.topics.all()) == [topic]
    assert [part.speaker for part in event.speaking.all()] == speakers
    assert [(c.scheme, c.amount) for c in event.credits.all()] == [
        ("contact_hour", Decimal("1.25"))
    ]
    rows = list(event.sessions.values_list("position", "title", "starts_local", "time_zone"))
    assert rows == [
        (0, "Evening before", "2027-01-12T20:00", "America/Denver"),
        (1, "", "2027-01-13T11:00", "America/Denver"),
    ]
    pause = event.sessions.get(position=1).breaks.get()
    assert (pause.starts_at, pause.ends_at) == (utc("2027-01-13T18:40"), utc("2027-01-13T18:50"))
    host = event.hosts.get()
    assert (host.alliance, host.role, host.state) == (lead, "lead", "accepted")
    assert AuditEntry.objects.get().action == "event.drafted"


def test_co_hosts_are_asked_in_the_order_given_and_the_event_is_proposed(lead, make_alliance):
    florida, plains = make_alliance("Florida"), make_alliance("Plains")

    event = drafted(lead, co_hosts=[plains, florida, plains])

    event.refresh_from_db()
    assert event.status == "proposed"
    assert [host.alliance for host in event.hosts.all()] == [lead, plains, florida]
    assert len(mails("co-host-invited")) == 2


def test_reading_an_event_back_gives_its_plan(lead):
    plan = replace(
        PLAN,
        slug="fiber",
        description="Two\n\nparagraphs",
        venue="City Hall",
        format="hybrid",
        capacity=5,
        credits=(CreditPlan("cm", Decimal("1.50"), 60),),
        recurrence="FREQ=WEEKLY;COUNT=2",
        sessions=(
            replace(MORNING, starts_fold=0, ends_fold=0, recurrence_local="2027-01-13T11:00"),
        ),
    )

    event = scheduling.draft(lead, plan, by=None, at=NOON)

    assert scheduling.plan_of(Event.objects.get(pk=event.pk)) == plan


def test_a_page_address_is_made_from_the_title_and_numbered_where_it_is_taken(lead):
    slugs = [drafted(lead).slug for _ in range(3)]

    assert slugs == [f"fiber-to-every-block{end}" for end in ("", "-2", "-3")]
    assert drafted(lead, title="Calendar").slug == "calendar-2"
    assert drafted(lead, title="東京").slug == "webinar"


def test_a_page_address_that_was_asked_for_is_kept_or_refused(lead):
    assert drafted(lead, slug="fiber").slug == "fiber"
    with pytest.raises(Invalid, match="“fiber” is taken") as no:
        drafted(lead, slug="fiber")

    assert no.value.errors[0]["loc"] == ["slug"]
    assert Event.objects.count() == 1


# --- plans that cannot be kept --------------------------------------------------------------------


def session(starts: str, ends: str, **fields) -> SessionPlan:
    return SessionPlan(starts, ends, **fields)


SPRING_GAP = session("2027-03-14T02:30", "2027-03-14T04:00")
AUTUMN_TWICE = session("2027-11-07T01:30", "2027-11-07T03:00")


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


# --- publishing -----------------------------------------------------------------------------------


def test_publishing_announces_the_event_once(lead, make_person):
    event, organiser = drafted(lead), make_person()

    first = scheduling.publish(event, by=organiser, at=LATER)
    again = scheduling.publish(event, by=organiser, at=LATER + timedelta(hours=1))

    assert (first.status, first.published_at, first.changed_at) == ("published", LATER, LATER)
    assert again.published_at == LATER
    assert AuditEntry.objects.filter(action="event.published", by=organiser).count() == 1


def test_publishing_waits_for_every_co_host_and_names_who_is_missing(lead, make_alliance):
    florida, plains, desert = (make_alliance(name) for name in ("Florida", "Plains", "Desert"))
    event = drafted(lead, co_hosts=[florida, plains, desert])
    hosting.decide(event, plains, "accept", by=None, at=NOON)

    with pytest.raises(ApprovalMissing, match="Florida and Desert have not answered yet") as no:
        scheduling.publish(event, by=None, at=LATER)

    assert (no.value.code, no.value.status) == ("approval-missing", 409)
    assert no.value.facts == {"waiting": ["Florida", "Desert"]}
    event.refresh_from_db()
    assert (event.status, event.published_at) == ("proposed", None)


def test_who_declined_or_left_does_not_hold_it_up(lead, make_alliance):
    declines, leaves = make_alliance(), make_alliance()
    event = drafted(lead, co_hosts=[declines, leaves])
    hosting.decide(event, declines, "decline", by=None, at=NOON)
    hosting.decide(event, leaves, "withdraw", by=None, at=NOON)

    assert scheduling.publish(event, by=None, at=LATER).status == "published"


def test_without_a_date_there_is_nothing_to_publish(lead):
    event = drafted(lead)
    event.sessions.all().delete()

    with pytest.raises(NothingToPublish):
        scheduling.publish(event, by=None, at=LATER)


def test_the_feeds_hear_of_it(lead):
    event = drafted(lead)
    before = Revision.objects.get(scope="events").number
    event.sessions.update(ics=b"BEGIN:VEVENT")

    scheduling.publish(event, by=None, at=LATER)

    assert Revision.objects.get(scope="events").number == before + 1
    assert event.sessions.get().ics is None


# --- changing -------------------------------------------------------------------------------------


def test_an_edit_changes_what_it_names_and_counts_up(lead):
    event = published(lead, summary="Old", venue="City Hall")

    changed = edited(event, title="Fiber to Some Blocks", summary="New")

    assert (changed.title, changed.summary, changed.venue) == (
        "Fiber to Some Blocks",
        "New",
        "City Hall",
    )
    assert (changed.version, changed.changed_at) == (2, LATER)
    assert changed.slug == "fiber-to-every-block"
    entry = AuditEntry.objects.get(action="event.edited")
    assert entry.facts == {"changed": ["title", "summary"]}


def test_an_edit_that_says_the_same_writes_nothing(lead):
    event = published(lead)
    revision = Revision.objects.get().number

    same = edited(event, title=f" {event.title} ", sessions=(MORNING,), topics=[])

    assert (same.version, same.changed_at) == (1, NOON)
    assert Revision.objects.get().number == revision


def test_a_form_opened_before_somebody_elses_edit_is_refused(lead):
    event = drafted(lead)
    edited(event, version=1, title="First")

    with pytest.raises(StaleEdit, match="was changed since you opened it") as no:
        edited(event, version=1, title="Second")

    assert (no.value.code, no.value.facts) == ("stale-edit", {"version": 2})
    event.refresh_from_db()
    assert (event.title, event.version) == ("First", 2)


def test_a_bad_edit_changes_nothing_at_all(lead):
    event = published(lead, capacity=5)

    with pytest.raises(Invalid):
        edited(event, title="New", sessions=(MORNING, SPRING_GAP))

    event.refresh_from_db()
    assert (event.title, event.version, event.sessions.count()) == ("Fiber to Every Block", 1, 1)


def test_a_field_no_event_has_is_a_mistake(lead):
    with pytest.raises(ValueError, match="an event has no field colour"):
        edited(drafted(lead), colour="blue")


def test_a_cancelled_event_cannot_be_changed_or_published(lead):
    event = scheduling.cancel(published(lead), reason="Storm", by=None, at=LATER)

    for act in (
        lambda: edited(event, title="New"),
        lambda: scheduling.publish(event, by=None, at=LATER),
    ):
        with pytest.raises(EventCalledOff):
            act()


def test_an_announced_page_address_stays(lead):
    draft = edited(drafted(lead), slug="fiber")
    assert draft.slug == "fiber"

    with pytest.raises(Invalid) as no:
        edited(scheduling.publish(draft, by=None, at=NOON), slug="other")

    assert no.value.errors[0]["loc"] == ["slug"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "Other"}, "title"),
        ({"sessions": (replace(MORNING, ends_local="2027-01-13T13:00"),)}, "time"),
        ({"time_zone": "America/Phoenix"}, "time"),
        ({"venue": "Library"}, "place"),
        ({"format": "hybrid"}, "place"),
        ({"capacity": 9}, "capacity"),
        ({"sharing": "all"}, "sharing"),
    ],
)
def test_a_changed_promise_asks_those_again_who_agreed_to_the_old_one(
    lead, make_alliance, change, said
):
    florida = make_alliance()
    event = drafted(lead, co_hosts=[florida])
    hosting.decide(event, florida, "accept", by=None, at=NOON)

    changed = edited(event, **change)

    host = event.hosts.get(alliance=florida)
    assert (host.state, host.agreed) == (EventHost.State.INVITED, "")
    assert changed.status == "proposed"
    assert [mail.facts for mail in mails("co-host-invited")] == [
        {"changed": []},
        {"changed": [said]},
    ]
    with pytest.raises(ApprovalMissing):
        scheduling.publish(event, by=None, at=LATER)


def test_what_nobody_agreed_on_asks_nobody(lead, make_alliance):
    florida = make_alliance()
    event = drafted(lead, co_hosts=[florida])
    hosting.decide(event, florida, "accept", by=None, at=NOON)

    edited(event, summary="New", description="New", join_url="https://call.example/1")

    assert event.hosts.get(alliance=florida).state == EventHost.State.ACCEPTED


def test_other_topics_speakers_and_credits_replace_the_old_ones(lead):
    topics = [Topic.objects.create(slug=s, name=s) for s in "abc"]
    speakers = [Speaker.objects.create(slug=s, name=s) for s in "xyz"]
    event = drafted(lead, topics=tuple(topics[:2]), speakers=tuple(speakers[:2]))

    edited(
        event,
        topics=topics[1:],
        speakers=[speakers[2], speakers[0]],
        credits=(CreditPlan("cm", Decimal("1.5")),),
    )

    assert set(event.topics.all()) == set(topics[1:])
    assert [part.speaker for part in event.speaking.all()] == [speakers[2], speakers[0]]
    assert event.credits.get().scheme == "cm"


# --- moving ---------------------------------------------------------------------------------------


def test_a_move_keeps_the_old_time_raises_the_sequence_and_tells_who_has_a_place(
    lead, make_registration
):
    event = published(lead)
    seat = make_registration(event)
    waiting = make_registration(event, state="waitlisted")
    make_registration(event, state="cancelled", cancelled_at=NOON)
    row = event.sessions.get()

    moved = edited(event, sessions=(session("2027-01-14T11:00", "2027-01-14T12:30"),))

    after = event.sessions.get()
    assert (after.pk, after.public_id, after.sequence) == (row.pk, row.public_id, 1)
    assert (moved.starts_at, moved.moved_from) == (
        utc("2027-01-14T18:00"),
        utc("2027-01-13T18:00"),
    )
    assert moved.moved_at == LATER
    told = mails("event-changed")
    assert [mail.subject for mail in told] == [
        f"events.registration:{row.pk}" for row in (seat, waiting)
    ]
    assert told[0].key == f"events/event-changed:{seat.pk}:2"
    assert told[0].facts["changed"] == ["time"]
    assert told[0].facts["was"]["starts_at"] == "2027-01-13T18:00:00+00:00"


def test_a_new_place_is_told_and_raises_the_sequence(lead, make_registration):
    event = published(lead)
    make_registration(event)

    moved = edited(event, venue="Library", format="hybrid")

    assert moved.moved_from is None
    assert event.sessions.get().sequence == 1
    assert [mail.facts["changed"] for mail in mails("event-changed")] == [["place"]]


def test_a_new_title_is_not_worth_a_mail(lead, make_registration):
    event = published(lead)
    make_registration(event)

    edited(event, title="Other", summary="Other")

    assert mails("event-changed") == []
    assert event.sessions.get().sequence == 0


def test_a_draft_moves_without_a_trace(lead):
    event = drafted(lead)

    moved = edited(event, sessions=(session("2027-01-14T11:00", "2027-01-14T12:30"),))

    assert (moved.moved_from, moved.moved_at) == (None, None)
    assert event.sessions.get().sequence == 0


def test_nobody_is_told_of_a_change_to_what_is_over(lead, make_registration):
    event = published(lead)
    make_registration(event)
    over = event.ends_at + timedelta(minutes=20)

    moved = edited(event, at=over, sessions=(replace(MORNING, ends_local="2027-01-13T12:45"),))

    assert moved.ends_at == utc("2027-01-13T19:45")
    assert mails("event-changed") == []


def test_a_completed_event_moved_ahead_is_open_again(lead):
    event = published(lead)
    Event.objects.filter(pk=event.pk).update(status="completed")

    moved = edited(
        event,
        at=event.ends_at + timedelta(days=1),
        sessions=(session("2027-02-13T11:00", "2027-02-13T12:30"),),
    )

    assert moved.status == "published"


def test_a_date_taken_out_after_publishing_is_cancelled_not_deleted(lead):
    days = tuple(session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20, 27))
    event = published(lead, sessions=days)
    uids = list(event.sessions.values_list("public_id", flat=True))

    moved = edited(event, sessions=(days[0], days[1]))

    rows = list(event.sessions.values_list("public_id", "is_cancelled", "sequence"))
    assert rows == [(uids[0], False, 0), (uids[1], False, 0), (uids[2], True, 1)]
    assert moved.ends_at == utc("2027-01-20T19:00")

    again = edited(moved, sessions=(days[0], days[1]))
    assert again.version == moved.version


def test_the_middle_date_moves_and_the_others_keep_their_identity(lead):
    days = [session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20, 27)]
    event = published(lead, sessions=tuple(days))
    uids = list(event.sessions.values_list("public_id", flat=True))

    days[1] = session("2027-02-20T11:00", "2027-02-20T12:00")
    edited(event, sessions=tuple(days))

    rows = list(event.sessions.values_list("public_id", "starts_local", "sequence"))
    assert rows == [
        (uids[0], "2027-01-13T11:00", 0),
        (uids[2], "2027-01-27T11:00", 0),
        (uids[1], "2027-02-20T11:00", 1),
    ]


def test_a_date_that_was_cancelled_can_be_brought_back(lead):
    days = tuple(session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20))
    event = published(lead, sessions=days)
    edited(event, sessions=(days[0], replace(days[1], is_cancelled=True)))

    edited(event, sessions=days)

    assert list(event.sessions.values_list("is_cancelled", "sequence")) == [(False, 0), (False, 2)]


def test_a_date_taken_out_of_a_draft_is_gone(lead):
    days = tuple(session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20))
    event = drafted(lead, sessions=days)

    edited(event, sessions=days[:1])

    assert event.sessions.count() == 1


def test_another_zone_keeps_the_wall_time_and_moves_the_instant(lead):
    event = published(lead)

    moved = edited(event, time_zone="America/New_York")

    row = event.sessions.get()
    assert (row.starts_local, row.starts_at) == ("2027-01-13T11:00", utc("2027-01-13T16:00"))
    assert (row.time_zone, row.sequence) == ("America/New_York", 1)
    assert moved.moved_from == utc("2027-01-13T18:00")


def test_another_zone_with_the_same_clocks_is_no_move_but_a_new_promise(lead):
    event = published(lead)

    changed = edited(event, time_zone="America/Phoenix")

    assert changed.moved_from is None
    assert event.sessions.get().sequence == 1


def test_what_the_new_zone_shows_twice_is_asked(lead):
    event = drafted(
        lead,
        time_zone="America/Phoenix",
        sessions=(session("2027-11-07T01:30", "2027-11-07T03:00"),),
    )

    with pytest.raises(Invalid) as no:
        edited(event, time_zone="America/Denver")

    assert no.value.code == "time-happens-twice"


def test_an_edit_across_a_clock_change_keeps_the_wall_time(lead):
    event = published(lead, sessions=(session("2027-03-13T18:00", "2027-03-13T19:00"),))

    edited(event, sessions=(session("2027-03-14T18:00", "2027-03-14T19:00"),))

    assert event.sessions.get().starts_at == utc("2027-03-15T00:00")  # it was 01:00 the day before


# --- seats ----------------------------------------------------------------------------------------


def test_more_seats_in_an_edit_go_to_who_waits(lead, make_registration):
    event = published(lead, capacity=1)
    make_registration(event)
    waiting = make_registration(event, state="waitlisted")

    changed = edited(event, capacity=2)

    waiting.refresh_from_db()
    assert (changed.capacity, changed.seats_taken, waiting.state) == (2, 2, "confirmed")
    assert len(mails("registration-promoted")) == 1
    assert_counters_true(event)


def test_fewer_seats_than_taken_undo_the_whole_edit(lead, make_registration):
    event = published(lead, capacity=2)
    make_registration(event)
    make_registration(event)

    with pytest.raises(CapacityTooLow):
        edited(event, title="New", capacity=1)

    event.refresh_from_db()
    assert (event.title, event.capacity) == ("Fiber to Every Block", 2)


def test_an_edit_leaves_seats_taken_meanwhile_alone(lead, make_registration):
    event = published(lead, capacity=5)
    seen_earlier = Event.objects.get(pk=event.pk)
    make_registration(event)

    edited(seen_earlier, title="New")

    assert_counters_true(event)
    assert event.seats_taken == 1


# --- calling off ----------------------------------------------------------------------------------


def test_calling_off_marks_the_event_and_tells_who_has_a_place(lead, make_registration):
    event = published(lead)
    seat = make_registration(event)
    waiting = make_registration(event, state="waitlisted")
    make_registration(event, state="cancelled", cancelled_at=NOON)

    off = scheduling.cancel(event, reason="  The hall is  flooded ", by=None, at=LATER)

    assert (off.status, off.cancelled_at, off.cancel_reason) == (
        "cancelled",
        LATER,
        "The hall is flooded",
    )
    assert off.version == 2
    assert event.sessions.get().sequence == 1
    assert [mail.subject for mail in mails("event-cancelled")] == [
        f"events.registration:{row.pk}" for row in (seat, waiting)
    ]
    assert Registration.objects.get(pk=seat.pk).state == "confirmed"
    assert off.is_public


@pytest.mark.parametrize("reason", ["", "  \t "])
def test_calling_off_needs_a_reason(lead, reason):
    event = published(lead)

    with pytest.raises(ReasonMissing) as no:
        scheduling.cancel(event, reason=reason, by=None, at=LATER)

    assert (no.value.code, no.value.status) == ("reason-missing", 422)
    assert no.value.errors[0]["loc"] == ["reason"]
    event.refresh_from_db()
    assert event.status == "published"


def test_calling_off_twice_is_harmless(lead, make_registration):
    event = published(lead)
    make_registration(event)
    scheduling.cancel(event, reason="Storm", by=None, at=LATER)

    again = scheduling.cancel(event, reason="Other", by=None, at=LATER + timedelta(hours=1))

    assert (again.cancel_reason, again.cancelled_at) == ("Storm", LATER)
    assert len(mails("event-cancelled")) == 1
    assert event.sessions.get().sequence == 1


# --- doing it again -------------------------------------------------------------------------------


def test_a_duplicate_is_a_draft_of_its_own_with_the_same_plan(lead, make_alliance):
    days = tuple(session(f"2027-01-{d}T11:00", f"2027-01-{d}T12:00") for d in (13, 20))
    florida = make_alliance()
    event = drafted(lead, co_hosts=[florida], sessions=days, capacity=9)
    hosting.decide(event, florida, "accept", by=None, at=NOON)
    scheduling.publish(event, by=None, at=NOON)
    edited(event, sessions=(days[0], replace(days[1], is_cancelled=True)))
    scheduling.cancel(event, reason="Storm", by=None, at=LATER)

    copy = scheduling.duplicate(event, by=None, at=LATER)

    assert (copy.slug, copy.status, copy.version) == ("fiber-to-every-block-2", "draft", 1)
    assert (copy.title, copy.capacity, copy.lead) == (event.title, 9, lead)
    assert [row.starts_local for row in copy.sessions.all()] == ["2027-01-13T11:00"]
    assert [host.alliance for host in copy.hosts.all()] == [lead]
    assert not set(copy.sessions.values_list("public_id")) & set(
        event.sessions.values_list("public_id")
    )
