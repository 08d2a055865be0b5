"""A joint event as a treaty: what waits, who is asked what, and what each answer does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conftest import NOON
from events.domain import comments, deadlines, handover, hosting, proposals, scheduling, terms
from events.domain.hosting import Decision, OutdatedApproval
from events.domain.timing import SessionPlan
from events.models import EventHost, HostComment, Proposal, Registration, Session
from events.tests.planning import mails
from kit.errors import Invalid
from programmes.models import AuditEntry, OutboxEntry

LATER = NOON + timedelta(hours=1)
MORNING = SessionPlan("2027-03-10T11:00", "2027-03-10T12:30", title="Opening")
EVENING = replace(MORNING, starts_local="2027-03-10T18:00", ends_local="2027-03-10T19:30")
AFTERNOON = replace(MORNING, starts_local="2027-03-10T15:00", ends_local="2027-03-10T16:00")


@pytest.fixture
def partners(coast, plains, make_organiser):
    make_organiser(coast, name="Cy"), make_organiser(plains, name="Pat")
    return coast, plains


@pytest.fixture
def announced(lead, partners, make_organiser):
    """A published event that two co-hosts have agreed to; its mails so far are gone."""
    make_organiser(lead, name="Lee")
    plan = scheduling.EventPlan(
        title="Fiber to every block",
        time_zone="America/Denver",
        sessions=(MORNING,),
        venue="City Hall",
        format="hybrid",
    )
    event = scheduling.draft(lead, plan, co_hosts=partners, by=None, at=NOON)
    for partner in partners:
        hosting.decide(event, partner, "accept", by=None, at=NOON)
    event = scheduling.publish(event, by=None, at=NOON)
    OutboxEntry.objects.all().delete()
    return event


def edit(event, at=LATER, **changes):
    return scheduling.edit(event, changes, by=None, at=at)


def say(event, alliance, word, at=LATER, **options):
    return hosting.decide(event, alliance, Decision(word, **options), by=None, at=at)


def part(event, alliance):
    return event.hosts.get(alliance=alliance)


def states(event):
    return {
        host.alliance.name.lower(): host.state for host in event.hosts.select_related("alliance")
    }


# --- an edit of what was agreed -------------------------------------------------------------------


def test_the_public_version_stays_until_everybody_has_agreed(announced, partners):
    coast, plains = partners
    changed = edit(announced, sessions=(EVENING,), summary="New summary")

    assert (changed.summary, changed.version) == ("New summary", 3)
    assert changed.sessions.get().starts_local == MORNING.starts_local
    assert {part(announced, p).state for p in partners} == {"invited"}
    assert {part(announced, p).stands for p in partners} == {True}

    say(announced, coast, "accept")
    assert announced.sessions.get().starts_local == MORNING.starts_local
    say(announced, plains, "accept", at=LATER + timedelta(hours=1))

    session = announced.sessions.get()
    assert (session.starts_local, session.sequence) == (EVENING.starts_local, 1)
    assert {part(announced, p).agreed for p in partners} == {hosting.fingerprint(announced)}
    assert Proposal.objects.get().state == "agreed"


def test_registrants_hear_of_a_change_when_it_is_agreed_and_not_before(
    announced, partners, make_registration
):
    make_registration(announced)
    edit(announced, sessions=(EVENING,))
    assert mails("event-changed") == []

    for partner in partners:
        say(announced, partner, "accept")

    assert len(mails("event-changed")) == 1


def test_each_organiser_is_asked_with_what_changes_and_a_link_of_their_own(announced):
    edit(announced, title="Fiber to some blocks")

    asked = mails("co-host-invited")

    assert len({mail.facts["person"] for mail in asked}) == len(asked) == 2
    assert {tuple(mail.facts["changed"]) for mail in asked} == {("title",)}
    ask = hosting.ask_of(announced.hosts.filter(role="co-host").first())
    assert ask.differences == [
        {
            "field": "title",
            "word": "Title",
            "was": "Fiber to every block",
            "now": "Fiber to some blocks",
        }
    ]


def test_an_edit_of_anything_else_asks_nobody(announced, partners):
    changed = edit(announced, summary="New", join_url="https://call.example/1")

    assert changed.summary == "New"
    assert proposals.open_of(announced) is None
    assert {part(announced, p).state for p in partners} == {"accepted"}


def test_a_change_is_put_onto_what_was_changed_meanwhile(announced, partners):
    edit(announced, sessions=(EVENING,))
    uid = str(announced.sessions.get().public_id)
    titled = replace(MORNING, title="Welcome", room="Room 1", uid=uid)

    edit(announced, sessions=(titled,), description="Meanwhile")

    assert announced.sessions.get().title == "Welcome"
    assert proposals.open_of(announced).becomes["times"][0][0] == EVENING.starts_local
    for partner in partners:
        say(announced, partner, "accept")
    session = announced.sessions.get()
    assert (session.title, session.room, session.starts_local) == (
        "Welcome",
        "Room 1",
        EVENING.starts_local,
    )
    announced.refresh_from_db()
    assert announced.description == "Meanwhile"


def test_another_change_replaces_the_one_that_waits(announced, partners):
    edit(announced, title="First")
    say(announced, partners[0], "accept")

    edit(announced, title="Second", at=LATER + timedelta(hours=1))

    assert list(Proposal.objects.order_by("pk").values_list("state", flat=True)) == [
        "superseded",
        "open",
    ]
    assert part(announced, partners[0]).state == "invited"


def test_who_agreed_to_these_very_terms_before_is_not_asked_again(announced, partners):
    coast, plains = partners
    edit(announced, title="First")
    say(announced, coast, "accept")
    edit(announced, title="Second", at=LATER + timedelta(hours=1))
    OutboxEntry.objects.all().delete()

    edit(announced, title="First", at=LATER + timedelta(hours=2))

    assert states(announced) == {"north": "accepted", "coast": "accepted", "plains": "invited"}
    (mail,) = mails("co-host-invited")
    assert mail.subject == f"events.eventhost:{part(announced, plains).pk}"


def test_who_declined_these_very_terms_is_asked_again(announced, partners):
    coast, _ = partners
    edit(announced, title="First")
    say(announced, coast, "accept")
    say(announced, coast, "decline", at=LATER + timedelta(minutes=1))
    edit(announced, title="Second", at=LATER + timedelta(hours=1))

    edit(announced, title="First", at=LATER + timedelta(hours=2))

    assert part(announced, coast).state == "invited"


def test_an_edit_back_to_what_is_public_takes_the_change_back_without_a_mail(announced, partners):
    edit(announced, title="First")
    OutboxEntry.objects.all().delete()

    seen = proposals.wanted_plan(announced)
    back = {"title": announced.title}
    scheduling.edit(announced, back, by=None, at=LATER, seen=seen)

    assert proposals.open_of(announced) is None
    assert {part(announced, p).state for p in partners} == {"accepted"}
    assert mails("co-host-invited") == []


def test_a_program_that_sends_the_public_title_back_leaves_the_change_alone(announced):
    edit(announced, title="First")

    edit(announced, title=announced.title, summary="New")

    assert proposals.open_of(announced).becomes["title"] == "First"


def test_a_draft_changed_back_has_its_yes_again_without_a_mail(lead, partners):
    coast, _ = partners
    plan = scheduling.EventPlan(title="A", time_zone="America/Denver", sessions=(MORNING,))
    event = scheduling.draft(lead, plan, co_hosts=[coast], by=None, at=NOON)
    say(event, coast, "accept")
    edit(event, title="B")
    assert part(event, coast).state == "invited"
    count = len(mails("co-host-invited"))

    edit(event, title="A", at=LATER + timedelta(hours=1))

    assert part(event, coast).state == "accepted"
    assert part(event, coast).agreed == hosting.fingerprint(event)
    assert len(mails("co-host-invited")) == count


def test_a_date_is_called_off_at_once_and_every_yes_holds_for_the_rest(announced, partners):
    other = replace(MORNING, starts_local="2027-03-17T11:00", ends_local="2027-03-17T12:30")
    edit(announced, sessions=(MORNING, other))
    for partner in partners:
        say(announced, partner, "accept")
    OutboxEntry.objects.all().delete()

    edit(announced, sessions=(MORNING, replace(other, is_cancelled=True)))

    assert proposals.open_of(announced) is None
    assert Session.objects.get(event=announced, starts_local=other.starts_local).is_cancelled
    assert {part(announced, p).agreed for p in partners} == {hosting.fingerprint(announced)}
    assert len(mails("host-news")) == 2


def test_an_agreed_change_that_a_rule_forbids_stays_and_says_why(
    announced, partners, make_registration
):
    edit(announced, capacity=1)
    make_registration(announced), make_registration(announced)

    for partner in partners:
        say(announced, partner, "accept")

    waiting = proposals.open_of(announced)
    assert "2 people hold a seat already" in waiting.problem
    announced.refresh_from_db()
    assert announced.capacity is None
    assert mails("host-news")


# --- answers --------------------------------------------------------------------------------------


def test_a_no_to_a_change_leaves_the_event_and_its_hosts_as_they_are(announced, partners):
    edit(announced, title="First")

    say(announced, partners[0], "decline", note="Too vague")

    announced.refresh_from_db()
    assert (announced.title, announced.status) == ("Fiber to every block", "published")
    host = part(announced, partners[0])
    assert (host.state, host.note, host.stands) == ("declined", "Too vague", True)


def test_the_lead_takes_a_declined_change_back(announced, partners):
    edit(announced, title="First")
    say(announced, partners[0], "decline")

    proposals.withdraw(announced, by=None, at=LATER)

    assert {part(announced, p).state for p in partners} == {"accepted"}
    with pytest.raises(proposals.NoProposal):
        proposals.withdraw(announced, by=None, at=LATER)


def test_the_lead_goes_ahead_without_who_declined_once_all_have_answered(announced, partners):
    coast, plains = partners
    edit(announced, title="First")
    say(announced, coast, "decline")
    with pytest.raises(proposals.AnswersMissing) as no:
        proposals.go_ahead(announced, by=None, at=LATER)
    assert no.value.facts["waiting"] == [plains.name]
    say(announced, plains, "accept")

    assert proposals.go_ahead(announced, by=None, at=LATER)

    announced.refresh_from_db()
    assert announced.title == "First"
    assert not part(announced, coast).stands
    assert part(announced, plains).stands


def test_an_answer_to_an_outdated_version_is_refused_with_what_changed(announced, partners):
    edit(announced, title="First")
    seen = hosting.ask_of(part(announced, partners[0])).mark
    version = announced.version + 1
    edit(announced, title="Second", at=LATER + timedelta(hours=1))

    for one in (seen, seen[:16], version):
        with pytest.raises(OutdatedApproval) as no:
            say(announced, partners[0], "accept", seen=one)

        assert (no.value.code, no.value.status) == ("outdated-approval", 409)
        (row,) = no.value.facts["changed"]
        assert (row["field"], row["was"], row["now"]) == ("title", "First", "Second")
    assert part(announced, partners[0]).state == "invited"
    say(announced, partners[0], "accept", seen=no.value.facts["agreed"])


def test_a_version_with_other_edits_since_is_not_outdated(announced, partners):
    edit(announced, title="First")
    announced.refresh_from_db()
    version = announced.version
    edit(announced, summary="Nobody agreed on this", at=LATER + timedelta(hours=1))

    assert say(announced, partners[0], "accept", seen=version).state == "accepted"


def test_who_leaves_a_public_event_leaves_it_standing_with_its_registrants(
    announced, partners, make_registration
):
    mine = make_registration(announced, alliance=partners[0])

    say(announced, partners[0], "withdraw")

    announced.refresh_from_db()
    assert announced.status == "published"
    assert Registration.objects.get(pk=mine.pk).state == "confirmed"
    assert not part(announced, partners[0]).stands


def test_the_last_one_to_leave_lets_the_change_through(announced, partners):
    edit(announced, title="First")
    say(announced, partners[0], "accept")

    say(announced, partners[1], "withdraw")

    announced.refresh_from_db()
    assert announced.title == "First"


def test_an_alliance_that_joins_while_a_change_waits_is_asked_about_both(
    announced, make_alliance, make_organiser
):
    desert = make_alliance("Desert")
    make_organiser(desert)
    edit(announced, title="First")
    hosting.invite(announced, desert, by=None, at=LATER)
    assert hosting.ask_of(part(announced, desert)).terms["title"] == "Fiber to every block"

    joined = say(announced, desert, "accept")

    assert (joined.state, joined.stands) == ("invited", True)
    assert hosting.ask_of(joined).terms["title"] == "First"


def test_an_invitation_nobody_accepted_can_be_taken_back(announced, make_alliance, partners):
    desert = make_alliance("Desert")
    hosting.invite(announced, desert, by=None, at=LATER)

    assert hosting.take_back(announced, desert, by=None, at=LATER).state == "withdrawn"
    with pytest.raises(hosting.StillHosts):
        hosting.take_back(announced, partners[0], by=None, at=LATER)


# --- deadlines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silence", "publishes", "state"),
    [("wait", False, "invited"), ("yes", True, "accepted"), ("without", True, "declined")],
)
def test_silence_means_what_the_hosts_were_told(lead, coast, silence, publishes, state):
    plan = scheduling.EventPlan(
        title="A", time_zone="America/Denver", sessions=(MORNING,), silence=silence, answer_days=3
    )
    event = scheduling.draft(lead, plan, co_hosts=[coast], by=None, at=NOON)
    before, after = NOON + timedelta(days=2, hours=23), NOON + timedelta(days=3)
    with pytest.raises(scheduling.ApprovalMissing):
        scheduling.publish(event, by=None, at=before)

    deadlines.sweep(at=after)
    deadlines.sweep(at=after + timedelta(minutes=10))

    assert part(event, coast).state == state
    action = "host.overdue" if silence == "wait" else "host.silent"
    assert AuditEntry.objects.get(action=action).facts["host"] == coast.pk
    if publishes:
        assert scheduling.publish(event, by=None, at=after).published_at == after
    else:
        with pytest.raises(scheduling.ApprovalMissing):
            scheduling.publish(event, by=None, at=after)


def test_publishing_lets_a_deadline_pass_that_the_sweep_has_not_seen(lead, coast):
    plan = scheduling.EventPlan(
        title="A", time_zone="America/Denver", sessions=(MORNING,), silence="yes", answer_days=3
    )
    event = scheduling.draft(lead, plan, co_hosts=[coast], by=None, at=NOON)

    assert scheduling.publish(event, by=None, at=NOON + timedelta(days=4)).published_at


def test_a_silent_host_drops_out_only_when_the_change_goes_ahead(announced, partners):
    coast, plains = partners
    edit(announced, silence="without", answer_days=3)
    edit(announced, title="First")
    say(announced, plains, "decline")

    deadlines.sweep(at=LATER + timedelta(days=4))

    assert part(announced, coast).stands
    proposals.withdraw(announced, by=None, at=LATER + timedelta(days=5))
    assert states(announced) == {"north": "accepted", "coast": "accepted", "plains": "accepted"}


def test_a_reminder_goes_out_once_before_the_answer_is_due(announced, partners):
    edit(announced, title="First")  # seven days to answer

    for days in (1, 4, 5.5, 6):
        deadlines.sweep(at=LATER + timedelta(days=days))

    assert len(mails("co-host-reminded")) == 2
    assert part(announced, partners[0]).reminded_at == LATER + timedelta(days=5.5)


def test_a_new_rule_asks_who_is_still_to_answer_under_it(announced, partners):
    edit(announced, title="First")
    OutboxEntry.objects.all().delete()

    edit(announced, silence="yes", at=LATER + timedelta(hours=1))

    assert {part(announced, p).silence for p in partners} == {"yes"}
    assert len(mails("co-host-invited")) == 2


def test_an_answer_is_due_before_the_event_starts(make_event, coast):
    event = make_event(published=False, starts="2027-01-06T11:00")

    hosting.invite(event, coast, by=None, at=NOON)

    assert part(event, coast).answer_by == event.starts_at


# --- handing over, leaving ------------------------------------------------------------------------


def test_the_lead_goes_to_a_co_host_that_wants_it(announced, lead, partners):
    coast, _ = partners
    handover.offer(announced, coast, by=None, at=LATER)
    assert announced.lead == lead

    led = handover.answer(announced, coast, accepts=True, by=None, at=LATER)

    assert led.lead == coast
    assert part(led, coast).role == EventHost.Role.LEAD
    assert (part(led, lead).role, part(led, lead).state) == ("co-host", "accepted")
    assert part(led, lead).agreed == hosting.fingerprint(led)


def test_nobody_leads_who_was_not_offered_it_or_does_not_host(announced, make_alliance, partners):
    with pytest.raises(handover.NotOffered):
        handover.answer(announced, partners[0], accepts=True, by=None, at=LATER)
    desert = make_alliance("Desert")
    hosting.invite(announced, desert, by=None, at=LATER)
    with pytest.raises(handover.CannotLead):
        handover.offer(announced, desert, by=None, at=LATER)


def test_an_offer_can_be_declined_or_taken_back(announced, lead, partners):
    handover.offer(announced, partners[0], by=None, at=LATER)
    handover.answer(announced, partners[0], accepts=False, by=None, at=LATER)
    handover.offer(announced, partners[1], by=None, at=LATER)
    handover.take_back(announced, by=None, at=LATER)

    with pytest.raises(handover.NotOffered):
        handover.answer(announced, partners[1], accepts=True, by=None, at=LATER)


def test_an_alliance_that_leaves_the_partnership_hosts_nothing_to_come(
    announced, lead, partners, make_event, make_person
):
    coast, _ = partners
    operator = make_person(is_operator=True)
    past = make_event(co_hosts=(coast,), starts="2026-12-01T11:00")
    led = make_event(lead=coast, starts="2027-02-01T11:00")

    left_with = hosting.leave_partnership(coast, by=None, at=LATER)

    assert left_with == [led]
    assert part(announced, coast).state == "withdrawn"
    assert part(past, coast).state == "accepted"
    (news,) = [mail for mail in mails("host-news") if mail.facts["person"] == operator.pk]
    assert coast.name in news.facts["headline"]
    coast.refresh_from_db()
    assert not coast.is_active
    with pytest.raises(hosting.NotAPartner):
        hosting.invite(announced, coast, by=None, at=LATER)


def test_a_lead_that_left_is_replaced_by_the_operator_and_is_out(announced, lead, partners):
    coast, _ = partners
    hosting.leave_partnership(lead, by=None, at=LATER)
    lead.refresh_from_db()

    handover.at_once(announced, coast, by=None, at=LATER)

    assert part(announced, lead).state == "withdrawn"
    assert part(announced, coast).role == "lead"


def test_the_sweep_parts_with_an_alliance_that_was_switched_off(announced, partners):
    coast, _ = partners
    coast.is_active = False
    coast.save()

    deadlines.sweep(at=LATER)

    assert part(announced, coast).state == "withdrawn"


# --- talk -----------------------------------------------------------------------------------------


def test_a_comment_goes_to_the_other_hosts_and_a_form_sent_twice_is_one(announced, partners):
    once = "7f1c3a52-0f4e-4cf5-9f3b-2f0e1d8f9a11"
    for _ in range(2):
        comments.say(
            announced,
            "Who brings the projector?",
            alliance=partners[0],
            once=once,
            by=None,
            at=LATER,
        )

    assert HostComment.objects.count() == 1
    assert len(mails("host-news")) == 2
    assert {mail.facts["quote"] for mail in mails("host-news")} == {"Who brings the projector?"}


def test_asking_for_a_change_keeps_the_question_open(announced, partners):
    edit(announced, title="First")

    kind = comments.Kind.CHANGE
    comments.say(announced, "Shorter", alliance=partners[0], kind=kind, by=None, at=LATER)

    assert part(announced, partners[0]).state == "invited"
    assert AuditEntry.objects.get(action="host.change-wanted").facts["note"] == "Shorter"
    with pytest.raises(Invalid):
        comments.say(announced, "  ", alliance=partners[0], by=None, at=LATER)


def test_terms_are_said_in_words_with_their_zone(announced):
    was = terms.of(announced)
    plan = replace(scheduling.plan_of(announced), sessions=(EVENING,), capacity=40)

    assert terms.differences(was, terms.of_plan(plan)) == [
        {
            "field": "time",
            "word": "Time",
            "was": "Wednesday, March 10, 2027, 11 a.m. to 12:30 p.m. Mountain",
            "now": "Wednesday, March 10, 2027, 6 p.m. to 7:30 p.m. Mountain",
        },
        {"field": "capacity", "word": "Seats", "was": "No limit", "now": "40"},
    ]
