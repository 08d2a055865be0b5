"""The life of a joint event as a state machine: any order of edits, answers, deadlines, handovers.

What must hold after every step is written down beside the rules, from a ledger of who said yes to
what that the code under test never sees.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conftest import NOON
from events.domain import deadlines, handover, hosting, proposals, scheduling, terms
from events.domain.hosting import Decision
from events.models import Event, EventHost, Proposal, ProposalAnswer, Registration
from kit.errors import Refused
from programmes.models import Alliance, AuditEntry, Person

PARTNERS = ("north", "coast", "plains", "desert")
host = st.sampled_from(["coast", "plains"])
partner = st.sampled_from(["coast", "plains", "coast", "plains", "desert", "north"])
MORNING = scheduling.SessionPlan("2027-03-10T11:00", "2027-03-10T12:30")
EVENING = scheduling.SessionPlan("2027-03-10T18:00", "2027-03-10T19:30")
State, Role, Answer = EventHost.State, EventHost.Role, ProposalAnswer.State
CHANGES = (
    {"title": "Fiber to every block"},
    {"title": "Fiber to some blocks"},
    {"capacity": 10},
    {"capacity": None},
    {"sessions": (MORNING,)},
    {"sessions": (EVENING,)},
    {"title": "Fiber to some blocks", "summary": "With a tour"},
    {"summary": "Bring a laptop"},
    {"sharing": "all"},
)


class Treaty(RuleBasedStateMachine):
    """Drives the domain as lead, partners, operator and clock do."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.at = NOON
        self.alliances = {
            slug: Alliance.objects.create(
                slug=slug,
                name=slug.title(),
                short_name=slug.title(),
                code=slug,
                mark=slug[:2],
                zone="America/Denver",
            )
            for slug in PARTNERS
        }
        self.names = {alliance.pk: slug for slug, alliance in self.alliances.items()}
        self.yes: dict[str, set[str]] = {slug: set() for slug in PARTNERS}
        self.public_before = ""
        self.wanted: dict[str, object] = {}

    @initialize(is_public=st.sampled_from([True, True, False]))
    def draft(self, is_public: bool) -> None:
        plan = scheduling.EventPlan(
            title="Fiber to every block", time_zone="America/Denver", sessions=(MORNING,)
        )
        asked = [self.alliances["coast"], self.alliances["plains"]]
        lead = self.alliances["north"]
        self.event = scheduling.draft(lead, plan, co_hosts=asked, by=None, at=self.at)
        ana = Person.objects.create(name="Ana", email="ana@city.example")
        self.registration = Registration.objects.create(
            event=self.event,
            person=ana,
            state="confirmed",
            name="Ana",
            email="ana@city.example",
            alliance=asked[0],
            joined_at=self.at,
        )
        Event.objects.filter(pk=self.event.pk).update(seats_taken=1)
        if is_public:
            self.everybody_agrees()
            self.publish()
            assert self._now().is_public

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # -- what people do

    @rule(change=st.sampled_from(CHANGES))
    def edit(self, change: dict) -> None:
        self._pass_time()
        before = self._now()
        bound = proposals.is_bound(before)
        was, stood = hosting.fingerprint(before), self._standing()
        after = scheduling.edit(before, change, by=None, at=self.at)
        if "summary" in change:
            assert after.summary == change["summary"]
        if bound and hosting.fingerprint(after) != was:
            waiting = after.proposals.first()
            answers = set(waiting.answers.values_list("state", flat=True))
            assert answers <= {Answer.AGREED, Answer.LEFT}
        elif bound:
            assert self._standing() == stood
        self.wanted.update(change)
        if not bound:
            assert all(getattr(after, n) == v for n, v in change.items() if n != "sessions")

    @rule(title=st.sampled_from(["One block", "Two blocks", "Three blocks"]))
    def propose_a_title(self, title: str) -> None:
        self.edit({"title": title})

    @rule(title=st.sampled_from(["One block", "Two blocks"]), who=host)
    def one_declines_a_title_and_the_rest_agree(self, title: str, who: str) -> None:
        self.edit({"title": title})
        self.answer(who, "decline")
        self.everybody_agrees()

    @rule(
        silence=st.sampled_from(["wait", "yes", "without"]),
        title=st.sampled_from(["One block", "Two blocks"]),
        who=st.sampled_from([None, "coast", "plains"]),
    )
    def nobody_answers_in_time(self, silence: str, title: str, who: str | None) -> None:
        self.set_rule(silence, 3)
        self.edit({"title": title})
        if who is not None:
            self.answer(who, "decline")
        self.wait(80)

    @rule(who=host)
    def accept(self, who: str) -> None:
        self.answer(who, "accept")

    @rule(who=host)
    def decline(self, who: str) -> None:
        self.answer(who, "decline")

    @rule(who=partner)
    def withdraw(self, who: str) -> None:
        self.answer(who, "withdraw")

    def answer(self, who: str, word: str) -> None:
        self._pass_time()
        event, part = self._now(), self._part(who)
        kept, stood = self._fields(event), self._standing()
        mark = hosting.ask_of(part).mark if part else ""
        try:
            hosting.decide(event, self.alliances[who], word, by=None, at=self.at)
        except Refused as no:
            left = part is None or part.state == State.WITHDRAWN or part.role == Role.LEAD
            assert left, no
            return
        if word == "accept" and part.state != State.ACCEPTED:
            self.yes[who].add(mark)
        applied = self._now().proposals.filter(state="agreed", closed_at=self.at).first()
        gone = stood - self._standing() - {self.alliances[who].pk}
        if applied is None:
            assert self._fields(self._now()) == kept
            assert not gone
        else:
            assert word != "decline"
            left = applied.answers.filter(state=Answer.LEFT)
            assert gone <= set(left.values_list("host__alliance", flat=True))
            assert not applied.answers.filter(state__in=[Answer.ASKED, Answer.DECLINED]).exists()
        if word == "accept":
            assert self.alliances[who].pk in self._standing()

    @rule()
    def everybody_agrees(self) -> None:
        for part in self.event.hosts.filter(state=State.INVITED).select_related("alliance"):
            self.answer(part.alliance.slug, "accept")

    @rule(who=partner, change=st.sampled_from(CHANGES))
    def answer_what_was_seen_before_an_edit(self, who: str, change: dict) -> None:
        part = self._part(who)
        if part is None or part.role == Role.LEAD or part.state == State.WITHDRAWN:
            return
        seen = hosting.ask_of(part).mark
        self.edit(change)
        part = self._part(who)
        now = hosting.ask_of(part).mark
        decision = Decision("accept", seen=seen)
        try:
            hosting.decide(self._now(), self.alliances[who], decision, by=None, at=self.at)
        except hosting.OutdatedApproval as no:
            assert seen != now
            assert no.facts["changed"]
        else:
            assert part.state == State.ACCEPTED or seen == now
            if part.state != State.ACCEPTED:
                self.yes[who].add(now)

    @precondition(lambda self: self.event.hosts.filter(state=State.ACCEPTED).count() < 4)
    @rule(who=partner)
    def invite(self, who: str) -> None:
        self._pass_time()
        try:
            hosting.invite(self._now(), self.alliances[who], by=None, at=self.at)
        except hosting.NotAPartner:
            assert not Alliance.objects.get(slug=who).is_active

    @precondition(lambda self: self.event.hosts.filter(state=State.INVITED, agreed="").exists())
    @rule(who=partner)
    def take_invitation_back(self, who: str) -> None:
        self._pass_time()
        part = self._part(who)
        try:
            hosting.take_back(self._now(), self.alliances[who], by=None, at=self.at)
        except Refused:
            assert part is None or part.stands

    @precondition(lambda self: self._now().published_at is None)
    @rule()
    def publish(self) -> None:
        self._pass_time()
        before = self._now()
        due = before.hosts.filter(state=State.INVITED, answer_by__lte=self.at)
        waiting = before.hosts.filter(state=State.INVITED).exclude(
            pk__in=due.exclude(silence="wait").values("pk")
        )
        names = [part.alliance.name for part in waiting]
        self._note_silence()
        try:
            after = scheduling.publish(before, by=None, at=self.at)
        except scheduling.ApprovalMissing as no:
            assert no.facts["waiting"] == names
            assert names
        else:
            assert after.published_at is not None
            assert before.published_at is not None or not names

    @precondition(lambda self: self._open())
    @rule()
    def take_change_back(self) -> None:
        self._pass_time()
        was = hosting.fingerprint(self._now())
        proposals.withdraw(self._now(), by=None, at=self.at)
        assert hosting.fingerprint(self._now()) == was
        states = self._now().hosts.standing().values_list("state", flat=True)
        assert set(states) == {State.ACCEPTED}

    @precondition(lambda self: self._open())
    @rule()
    def go_ahead(self) -> None:
        self._pass_time()
        waiting = self._open()
        silent = waiting.answers.filter(state=Answer.ASKED).exists()
        agreed = {a.host.alliance_id for a in waiting.answers.filter(state=Answer.AGREED)}
        try:
            done = proposals.go_ahead(self._now(), by=None, at=self.at)
        except proposals.AnswersMissing:
            assert silent
            return
        assert not silent
        if done:
            standing = self._now().hosts.standing().filter(role=Role.CO_HOST)
            assert {part.alliance_id for part in standing} == agreed
            assert hosting.fingerprint(self._now()) == waiting.fingerprint

    @rule(silence=st.sampled_from(["wait", "yes", "without"]), days=st.integers(2, 9))
    def set_rule(self, silence: str, days: int) -> None:
        self._pass_time()
        changes = {"silence": silence, "answer_days": days}
        scheduling.edit(self._now(), changes, by=None, at=self.at)

    @rule(hours=st.sampled_from([1, 30, 80, 240]))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)
        self._note_silence()
        deadlines.sweep(at=self.at)
        states = self._states()
        assert deadlines.sweep(at=self.at)["passed"] == 0  # once in effect
        assert self._states() == states

    @rule(who=partner)
    def offer_lead(self, who: str) -> None:
        self._pass_time()
        part = self._part(who)
        try:
            handover.offer(self._now(), self.alliances[who], by=None, at=self.at)
        except Refused:
            able = part is not None and part.stands and part.role != Role.LEAD
            assert not able or not Alliance.objects.get(slug=who).is_active

    @precondition(lambda self: self.event.hosts.exclude(lead_offered_at=None).exists())
    @rule(who=partner, accepts=st.booleans())
    def answer_lead(self, who: str, accepts: bool) -> None:
        self._pass_time()
        part, before = self._part(who), self._now()
        public = hosting.fingerprint(before)
        waiting = self._open()
        try:
            handover.answer(before, self.alliances[who], accepts=accepts, by=None, at=self.at)
        except Refused:
            return
        assert part.lead_offered_at is not None
        if accepts:
            assert self._now().lead == self.alliances[who]
            old = self.names[before.lead_id]
            # Who led stood for what is public, and proposed what waits.
            self.yes[old] |= {public, *([waiting.fingerprint] if waiting else [])}

    @rule(who=st.sampled_from(["desert", "desert", "plains"]))
    def leave_partnership(self, who: str) -> None:
        self._pass_time()
        led = hosting.leave_partnership(Alliance.objects.get(slug=who), by=None, at=self.at)
        part = self._part(who)
        if part is not None and part.role == Role.CO_HOST:
            assert part.state == State.WITHDRAWN
        assert led == ([self._now()] if self._now().lead.slug == who else [])

    # -- what always holds

    @invariant()
    def one_lead_that_has_accepted(self) -> None:
        if hasattr(self, "event"):
            (part,) = self._now().hosts.filter(role=Role.LEAD)
            assert part.alliance_id == self._now().lead_id
            assert part.state == State.ACCEPTED

    @invariant()
    def nobody_stands_for_what_they_never_agreed_to(self) -> None:
        if not hasattr(self, "event"):
            return
        event = self._now()
        public = hosting.fingerprint(event)
        for part in event.hosts.standing().filter(role=Role.CO_HOST):
            assert part.agreed == public
            assert part.agreed_terms == terms.of(event)
            assert public in self.yes[self.names[part.alliance_id]]

    @invariant()
    def a_change_waits_only_while_somebody_has_to_answer(self) -> None:
        if not hasattr(self, "event"):
            return
        waiting = self._open()
        asked_again = self._now().hosts.exclude(agreed="").exclude(state=State.ACCEPTED)
        if waiting is None:
            assert not asked_again.exclude(state=State.WITHDRAWN).exists()
            return
        assert self._now().published_at is not None
        assert waiting.fingerprint != hosting.fingerprint(self._now())
        left = waiting.answers.filter(state__in=[Answer.ASKED, Answer.DECLINED])
        assert left.exists() or waiting.problem
        for answer in waiting.answers.select_related("host"):
            expected = {
                Answer.ASKED: State.INVITED,
                Answer.AGREED: State.ACCEPTED,
                Answer.DECLINED: State.DECLINED,
            }.get(Answer(answer.state))
            assert expected in {None, answer.host.state}

    @invariant()
    def a_draft_says_whether_it_waits(self) -> None:
        if hasattr(self, "event") and self._now().published_at is None:
            asked = self._now().hosts.filter(state=State.INVITED).exists()
            assert self._now().status == ("proposed" if asked else "draft")

    @invariant()
    def nothing_is_ever_lost(self) -> None:
        if hasattr(self, "event"):
            assert Registration.objects.get(pk=self.registration.pk).state == "confirmed"
            assert self._now().sessions.filter(is_cancelled=False).count() == 1
            if self._now().published_at is not None:
                assert self._now().status == Event.Status.PUBLISHED

    @invariant()
    def every_answer_is_in_the_history(self) -> None:
        if hasattr(self, "event"):
            told = AuditEntry.objects.filter(action__in=["host.accepted", "host.invited"])
            named = set(told.values_list("alliance", flat=True)) | {
                facts.get("host") for facts in told.values_list("facts", flat=True)
            }
            parts = self._now().hosts.filter(role=Role.CO_HOST)
            led = AuditEntry.objects.filter(action="lead.handed-over")
            named |= set(led.values_list("alliance", flat=True))
            assert {part.alliance_id for part in parts} <= named

    # -- the ledger

    def _now(self) -> Event:
        return Event.objects.get(pk=self.event.pk)

    def _part(self, who: str) -> EventHost | None:
        return self.event.hosts.select_related("event").filter(alliance__slug=who).first()

    def _open(self) -> Proposal | None:
        return proposals.open_of(self.event) if hasattr(self, "event") else None

    def _states(self) -> list:
        return list(self.event.hosts.order_by("pk").values_list("state", "agreed", "role"))

    def _standing(self) -> set[int]:
        return set(self.event.hosts.standing().values_list("alliance", flat=True))

    def _pass_time(self) -> None:
        self.at += timedelta(minutes=1)

    def _fields(self, event: Event) -> tuple:
        dates = tuple(event.sessions.values_list("starts_local", "is_cancelled"))
        return event.title, event.capacity, event.sharing, event.published_at, dates

    def _note_silence(self) -> None:
        """Whose silence is about to count as a yes, by the rule they were asked under."""
        due = self.event.hosts.filter(state=State.INVITED, answer_by__lte=self.at, silence="yes")
        for part in due.select_related("event"):
            self.yes[self.names[part.alliance_id]].add(hosting.ask_of(part).mark)


@pytest.mark.django_db
def test_the_treaty_holds_in_any_order_of_edits_answers_and_withdrawals():
    run_state_machine_as_test(
        Treaty,
        settings=settings(
            max_examples=settings().max_examples // 2,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
