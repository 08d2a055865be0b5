"""Events are drafted, published, called off and made again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from conftest import NOON
from events.domain import hosting, scheduling
from events.domain.scheduling import (
    ApprovalMissing,
    CreditPlan,
    NothingToPublish,
    ReasonMissing,
    SessionPlan,
)
from events.models import Event, Registration, Revision
from events.tests.planning import (
    LATER,
    MORNING,
    PLAN,
    drafted,
    edited,
    mails,
    published,
    session,
    utc,
)
from kit.errors import Invalid
from programmes.models import AuditEntry, Programme, Speaker, Topic

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


def test_co_hosts_are_asked_in_the_order_given_and_the_event_is_proposed(
    lead, make_alliance, make_organiser
):
    florida, plains = make_alliance("Florida"), make_alliance("Plains")
    make_organiser(florida), make_organiser(plains)

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


def test_an_event_joins_only_a_programme_that_one_of_its_hosts_hosts(make_alliance):
    lead, partner, stranger = (make_alliance(name) for name in ("Lead", "Partner", "Stranger"))
    programme = Programme.objects.create(slug="p", name="P", kind="series", lead=stranger)
    programme.hosts.set([stranger])

    with pytest.raises(Invalid, match="None of the hosts"):
        drafted(lead, co_hosts=[partner], programme=programme)
    event = drafted(lead, co_hosts=[partner])
    with pytest.raises(Invalid, match="None of the hosts"):
        edited(event, programme=programme)
    programme.hosts.add(partner)

    assert edited(event, programme=programme).programme == programme
