"""Hosting together: asked, agreed to something in particular, and asked again when it changes."""

from datetime import timedelta

import pytest

from conftest import NOON
from events.domain import hosting
from events.domain.hosting import EventCalledOff, LeadStays, NotAHost
from events.models import EventHost, Revision
from kit.errors import Invalid
from programmes.models import AuditEntry, OutboxEntry

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def draft(make_event):
    return make_event(published=False, title="Fiber to every block")


def answer(event, alliance, decision, **options):
    return hosting.decide(event, alliance, decision, by=None, at=LATER, **options)


def test_an_alliance_that_is_asked_gets_a_mail_and_the_event_waits_for_it(
    draft, make_alliance, make_person, make_organiser
):
    florida, organiser = make_alliance("Florida"), make_person()
    make_organiser(florida)

    host = hosting.invite(draft, florida, by=organiser, at=NOON)

    draft.refresh_from_db()
    assert (host.role, host.state, host.position) == ("co-host", "invited", 1)
    assert draft.status == "proposed"
    assert hosting.waiting_for(draft) == [florida]
    mail = OutboxEntry.objects.get()
    assert (mail.kind, mail.subject) == (
        "events/co-host-invited",
        f"events.eventhost:{host.pk}",
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.facts) == (
        "host.invited",
        organiser,
        {"host": florida.pk},
    )


def test_asking_twice_is_harmless(draft, make_alliance, make_organiser):
    florida = make_alliance()
    make_organiser(florida)
    first = hosting.invite(draft, florida, by=None, at=NOON)

    assert hosting.invite(draft, florida, by=None, at=LATER) == first
    assert OutboxEntry.objects.count() == 1


def test_a_yes_is_kept_with_what_it_was_said_to(draft, make_alliance, make_person):
    florida, organiser = make_alliance(), make_person()
    hosting.invite(draft, florida, by=None, at=NOON)

    host = hosting.decide(draft, florida, "accept", note=" With  pleasure ", by=organiser, at=LATER)

    host.refresh_from_db()
    assert (host.state, host.note) == ("accepted", "With pleasure")
    assert (host.decided_at, host.decided_by) == (LATER, organiser)
    assert host.agreed == hosting.fingerprint(draft)
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert hosting.waiting_for(draft) == []


def test_the_event_waits_until_the_last_one_has_answered(draft, make_alliance):
    one, two = make_alliance(), make_alliance()
    hosting.invite(draft, one, by=None, at=NOON)
    hosting.invite(draft, two, by=None, at=NOON)

    answer(draft, one, "accept")

    draft.refresh_from_db()
    assert draft.status == "proposed"
    assert hosting.waiting_for(draft) == [two]


@pytest.mark.parametrize(
    ("decision", "state"), [("decline", "declined"), ("withdraw", "withdrawn")]
)
def test_an_alliance_may_say_no_or_leave_and_the_event_stays(
    make_event, make_alliance, decision, state
):
    florida = make_alliance()
    event = make_event(co_hosts=(florida,))

    host = answer(event, florida, decision, note="No room in March")

    event.refresh_from_db()
    assert (host.state, host.note, host.agreed) == (state, "No room in March", "")
    assert event.status == "published"


def test_the_same_answer_twice_is_written_once(draft, make_alliance):
    florida = make_alliance()
    hosting.invite(draft, florida, by=None, at=NOON)
    answer(draft, florida, "accept")

    again = hosting.decide(draft, florida, "accept", by=None, at=LATER + timedelta(hours=1))

    assert again.decided_at == LATER
    assert AuditEntry.objects.filter(action="host.accepted").count() == 1


def test_who_declined_may_still_say_yes(draft, make_alliance):
    florida = make_alliance()
    hosting.invite(draft, florida, by=None, at=NOON)
    answer(draft, florida, "decline")

    assert answer(draft, florida, "accept").state == "accepted"


def test_who_has_left_must_be_asked_again_first(make_event, make_alliance):
    florida = make_alliance()
    event = make_event(co_hosts=(florida,))
    answer(event, florida, "withdraw")

    with pytest.raises(NotAHost, match="Ask its lead to invite you again"):
        answer(event, florida, "accept")

    hosting.invite(event, florida, by=None, at=LATER)
    assert answer(event, florida, "accept").state == "accepted"


def test_an_alliance_that_was_not_asked_cannot_answer(make_event, make_alliance):
    with pytest.raises(NotAHost) as no:
        answer(make_event(), make_alliance(), "accept")

    assert (no.value.status, no.value.code) == (404, "not-a-host")


@pytest.mark.parametrize("decision", ["decline", "withdraw"])
def test_the_lead_stays(make_event, decision):
    event = make_event()

    with pytest.raises(LeadStays) as no:
        answer(event, event.lead, decision)

    assert no.value.code == "lead-stays"
    assert event.hosts.get().state == "accepted"


def test_the_leads_own_yes_changes_nothing(make_event):
    event = make_event()

    assert answer(event, event.lead, "accept").state == "accepted"
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("decision", "note", "loc"), [("maybe", "", ["decision"]), ("accept", "a\nb", ["note"])]
)
def test_another_word_or_a_bad_note_is_refused(make_event, decision, note, loc):
    event = make_event()

    with pytest.raises(Invalid) as no:
        answer(event, event.lead, decision, note=note)

    assert no.value.errors[0]["loc"] == loc


def test_the_hosts_of_a_cancelled_event_stay_as_they_are(make_event, make_alliance):
    florida = make_alliance()
    event = make_event(co_hosts=(florida,), status="cancelled", cancelled_at=NOON)

    with pytest.raises(EventCalledOff):
        answer(event, florida, "withdraw")
    with pytest.raises(EventCalledOff):
        hosting.invite(event, make_alliance(), by=None, at=NOON)


def test_the_feeds_hear_of_a_new_host(make_event, make_alliance):
    florida = make_alliance()
    event = make_event()
    hosting.invite(event, florida, by=None, at=NOON)
    before = Revision.objects.get(scope="events").number
    event.sessions.update(ics=b"BEGIN:VEVENT")

    answer(event, florida, "accept")

    event.refresh_from_db()
    assert Revision.objects.get(scope="events").number == before + 1
    assert event.sessions.get().ics is None
    assert event.changed_at == LATER


# --- what was agreed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Fiber to some blocks"},
        {"format": "hybrid"},
        {"venue": "City Hall"},
        {"capacity": 50},
        {"sharing": "all"},
    ],
)
def test_each_agreed_field_changes_the_fingerprint(draft, change):
    before = hosting.fingerprint(draft)
    for name, value in change.items():
        setattr(draft, name, value)

    assert hosting.fingerprint(draft) != before


@pytest.mark.parametrize(
    "change",
    [
        {"starts_local": "2027-01-13T11:15"},
        {"ends_local": "2027-01-13T13:00"},
        {"starts_fold": 1},
        {"time_zone": "America/Phoenix"},
        {"is_cancelled": True},
    ],
)
def test_each_part_of_a_time_changes_the_fingerprint(draft, change):
    before = hosting.fingerprint(draft)
    draft.sessions.update(**change)

    assert hosting.fingerprint(draft) != before


def test_what_nobody_agreed_on_leaves_the_fingerprint_alone(draft):
    before = hosting.fingerprint(draft)
    draft.summary, draft.seats_taken, draft.version = "New", 7, 9
    draft.sessions.update(title="Opening")

    assert hosting.fingerprint(draft) == before


def test_who_agreed_to_something_else_is_asked_again_with_what_changed(
    make_event, make_alliance, make_organiser
):
    agreed, other, declined = make_alliance(), make_alliance(), make_alliance()
    for alliance in (agreed, other, declined):
        make_organiser(alliance)
    event = make_event(published=False)
    for alliance in (agreed, other, declined):
        hosting.invite(event, alliance, by=None, at=NOON)
    answer(event, agreed, "accept")
    answer(event, declined, "decline")
    event.title = "Something else"
    event.save()
    answer(event, other, "accept")  # said yes to what it is now
    OutboxEntry.objects.all().delete()

    asked = hosting.ask_again(event, changed=["title"], at=LATER)

    assert asked == [agreed]
    states = dict(event.hosts.values_list("alliance", "state"))
    assert states[agreed.pk] == EventHost.State.INVITED
    assert states[other.pk] == EventHost.State.ACCEPTED
    assert states[declined.pk] == EventHost.State.DECLINED
    assert [mail.facts["changed"] for mail in OutboxEntry.objects.all()] == [["title"]]
    event.refresh_from_db()
    assert event.status == "proposed"
