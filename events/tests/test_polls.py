"""Polls: who is asked, what they say, and which time is best."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOON
from events.domain import hosting, scheduling
from events.domain.finding import asking, hours
from events.domain.finding.asking import Question
from events.domain.polls import links, votes
from events.domain.polls.plans import Asked, PollPlan
from events.domain.polls.votes import PollClosed, Tally
from events.models import Poll, PollSlot, PollVoice
from events.tests.planning import drafted, edited, mails
from kit.errors import Invalid
from programmes.domain import delivery
from programmes.models import AuditEntry, OutboxEntry

MONDAY = datetime(2027, 2, 1, 17, tzinfo=UTC)
STARTS = (MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2))
ANA, BEN = Asked("Ana Ruiz", "ana@town.example"), Asked("Ben Ode", "ben@city.example")


@pytest.fixture
def lead(make_alliance):
    return make_alliance("Lead")


@pytest.fixture
def poll(lead) -> Poll:
    return started(lead)


def started(lead, **changes) -> Poll:
    values = {
        "title": "Fiber workshop",
        "minutes": 90,
        "time_zone": "America/Denver",
        "starts": STARTS,
        "asked": (ANA, BEN),
    }
    return votes.start(lead, PollPlan(**{**values, **changes}), by=None, at=NOON)


def voice(poll, asked) -> PollVoice:
    return PollVoice.objects.select_related("poll").get(poll=poll, email=asked.email)


def said(poll, *choices: str) -> dict[int, str]:
    return dict(zip(poll.slots.values_list("pk", flat=True), choices, strict=True))


def counts(poll) -> dict[datetime, tuple[int, int, int]]:
    return {
        tally.slot.starts_at: (len(tally.yes), len(tally.maybe), len(tally.no))
        for tally in votes.tallies(poll)
    }


def test_everybody_asked_is_mailed_a_link_of_their_own(poll):
    entries = mails("poll-asked")
    tokens = {links.token_of(voice(poll, one)) for one in (ANA, BEN)}

    assert len(entries) == len(tokens) == 2
    assert all(links.voice_of(token) is not None for token in tokens)


def test_the_best_time_is_the_one_fewest_cannot_make(poll):
    votes.answer(voice(poll, ANA), said(poll, "yes", "if-needed", "no"), at=NOON)
    votes.answer(voice(poll, BEN), said(poll, "no", "yes", "yes"), at=NOON)

    best = votes.tallies(poll)

    assert [tally.slot.starts_at for tally in best] == [STARTS[1], STARTS[0], STARTS[2]]
    assert (best[0].yes, best[0].maybe, best[0].no) == (("Ben Ode",), ("Ana Ruiz",), ())


def test_a_second_answer_takes_the_place_of_the_first(poll):
    first = votes.answer(voice(poll, ANA), said(poll, "yes", "yes", "yes"), at=NOON)
    again = votes.answer(voice(poll, ANA), said(poll, "no", "yes", "no"), at=NOON)

    assert (first, again) == (False, True)
    assert counts(poll) == {STARTS[0]: (0, 0, 1), STARTS[1]: (1, 0, 0), STARTS[2]: (0, 0, 1)}


def test_a_time_without_an_answer_is_named_and_nothing_is_kept(poll):
    chosen = said(poll, "yes", "yes", "yes")
    left_out = chosen.popitem()[0]

    with pytest.raises(Invalid) as no:
        votes.answer(voice(poll, ANA), chosen, at=NOON)

    assert [error["loc"] for error in no.value.errors] == [["slots", left_out]]
    assert voice(poll, ANA).answered_at is None


def test_an_answer_for_another_poll_s_time_changes_nothing_there(poll, lead):
    other = started(lead)

    votes.answer(
        voice(poll, ANA),
        {**said(poll, "yes", "yes", "yes"), **said(other, "no", "no", "no")},
        at=NOON,
    )

    assert set(counts(other).values()) == {(0, 0, 0)}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": " "}, "title"),
        ({"minutes": 4}, "minutes"),
        ({"time_zone": "America/Atlantis"}, "time_zone"),
        ({"starts": STARTS[:1]}, "starts"),
        ({"starts": (MONDAY,) * 3}, "starts"),
        ({"starts": (NOON, MONDAY)}, "starts"),
        ({"starts": tuple(MONDAY + timedelta(hours=n) for n in range(41))}, "starts"),
        ({"asked": ()}, "asked"),
        ({"asked": (Asked("Ana", "nowhere"),)}, "asked"),
        ({"closes_at": NOON}, "closes_at"),
        ({"note": "x" * 1001}, "note"),
    ],
)
def test_a_poll_that_cannot_be_is_refused_and_leaves_nothing(lead, change, place):
    with pytest.raises(Invalid) as no:
        started(lead, **change)

    assert no.value.errors[0]["loc"][0] == place
    assert not Poll.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_one_address_is_asked_once_however_it_is_written(lead):
    poll = started(lead, asked=(ANA, Asked("A. Ruiz", "ANA@Town.example")))

    assert [one.name for one in poll.voices.all()] == ["Ana Ruiz"]
    assert votes.ask(poll, [Asked("Ana", "ana@town.example"), BEN], by=None, at=NOON) == 1


def test_a_closed_poll_takes_no_answer_and_says_so(poll):
    votes.close(poll, by=None, at=NOON)

    with pytest.raises(PollClosed, match="closed"):
        votes.answer(voice(poll, ANA), said(poll, "yes", "yes", "yes"), at=NOON)


def test_a_poll_closes_by_itself_at_its_last_moment(lead):
    poll = started(lead, closes_at=NOON + timedelta(days=1))
    votes.answer(voice(poll, ANA), said(poll, "yes", "no", "no"), at=NOON + timedelta(hours=23))

    with pytest.raises(PollClosed):
        votes.answer(voice(poll, ANA), said(poll, "no", "no", "no"), at=NOON + timedelta(days=1))

    assert counts(poll)[STARTS[0]] == (1, 0, 0)


def test_somebody_with_the_open_link_answers_and_gets_a_link_of_their_own(lead):
    poll = started(lead, has_open_link=True, asked=())

    came = votes.join(
        poll, Asked("Cy Day", "cy@firm.example"), said(poll, "yes", "no", "no"), at=NOON
    )

    assert came is not None
    assert counts(poll)[STARTS[0]] == (1, 0, 0)
    assert [entry.subject for entry in mails("poll-asked")] == [f"events.pollvoice:{came.pk}"]


def test_the_open_link_cannot_speak_for_somebody_who_was_asked(lead):
    poll = started(lead, has_open_link=True)
    votes.answer(voice(poll, ANA), said(poll, "yes", "yes", "yes"), at=NOON)

    other = votes.join(
        poll, Asked("Not Ana", "Ana@town.example"), said(poll, "no", "no", "no"), at=NOON
    )

    assert other is None
    assert set(counts(poll).values()) == {(1, 0, 0)}
    assert voice(poll, ANA).name == "Ana Ruiz"


def test_without_an_open_link_nobody_joins(poll):
    with pytest.raises(PollClosed):
        votes.join(poll, Asked("Cy", "cy@firm.example"), said(poll, "yes", "no", "no"), at=NOON)


def test_who_was_asked_hears_which_time_was_chosen_once(poll):
    votes.choose(poll, STARTS[1], by=None, at=NOON)
    held = votes.choose(poll, STARTS[1], by=None, at=NOON + timedelta(hours=1))

    assert (held.chosen_at, held.closed_at) == (STARTS[1], NOON)
    assert len(mails("poll-chosen")) == 2
    assert AuditEntry.objects.filter(action="poll.chosen").count() == 1


def test_a_time_that_was_not_asked_about_cannot_be_chosen(poll):
    with pytest.raises(Invalid):
        votes.choose(poll, MONDAY + timedelta(minutes=1), by=None, at=NOON)


def test_who_is_silent_is_reminded_once_a_day(poll):
    votes.answer(voice(poll, ANA), said(poll, "yes", "yes", "yes"), at=NOON)

    reminded = [votes.remind(poll, by=None, at=NOON + timedelta(hours=n)) for n in (0, 1, 24)]

    assert reminded == [1, 1, 1]
    asked_ben = [one for one in mails("poll-asked") if one.facts.get("again")]
    assert len(asked_ben) == 2


def test_the_mails_say_what_to_do_and_where(poll, mailoutbox):
    votes.choose(poll, STARTS[0], by=None, at=NOON)

    delivery.drain(seconds=20, linger=0)

    told = [mail for mail in mailoutbox if "time is set" in mail.subject]
    assert {mail.to[0] for mail in told} == {
        "Ana Ruiz <ana@town.example>",
        "Ben Ode <ben@city.example>",
    }
    assert "10 a.m. to 11:30 a.m. Mountain" in told[0].body


def test_an_event_s_polls_are_added_up_by_time(lead):
    event = drafted(lead)
    for _ in range(2):
        poll = started(lead, event=event)
        votes.answer(voice(poll, ANA), said(poll, "yes", "if-needed", "no"), at=NOON)

    assert votes.results_of(event.pk) == {
        STARTS[0]: (2, 0, 0),
        STARTS[1]: (0, 2, 0),
        STARTS[2]: (0, 0, 2),
    }


def test_co_hosts_are_the_organisers_of_all_who_were_asked(lead, make_alliance, make_organiser):
    partner, stranger = make_alliance("Partner"), make_alliance("Stranger")
    people = [make_organiser(one) for one in (lead, partner, stranger)]
    event = drafted(lead, co_hosts=[partner])

    assert [one.email for one in votes.co_hosts(event)] == [person.email for person in people[:2]]


@pytest.mark.parametrize("token", ["", "x", "a" * 80, "é"])
def test_no_other_text_is_a_link(db, token):
    assert links.voice_of(token) is None
    assert links.open_poll_of(token) is None


def test_one_kind_of_link_is_not_the_other(lead):
    poll = started(lead, has_open_link=True)
    own = links.token_of(voice(poll, ANA))
    opened = links.open_url(poll).rstrip("/").rpartition("/")[2]

    assert links.open_poll_of(opened) == poll
    assert links.open_poll_of(own) is None
    assert links.voice_of(opened) is None


sizes = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))


@given(st.lists(sizes, min_size=2, max_size=6))
def test_no_time_ranks_before_one_that_fewer_cannot_make(many):
    tallies = [
        Tally(PollSlot(starts_at=MONDAY + timedelta(hours=n)), *(("x",) * size for size in three))
        for n, three in enumerate(many)
    ]

    ranked = sorted(tallies, key=lambda tally: tally.rank)

    for before, after in itertools.pairwise(ranked):
        assert len(before.no) <= len(after.no)
        if len(before.no) == len(after.no):
            assert len(before.yes) >= len(after.yes)


def test_finding_a_time_tells_what_the_poll_said_and_ranks_by_it(lead):
    event = drafted(lead)
    poll = started(lead, event=event, starts=(STARTS[0], STARTS[1]))
    votes.answer(voice(poll, ANA), said(poll, "no", "yes"), at=NOON)
    days = [start.date() for start in STARTS[:2]]
    question = Question((lead,), 60, *days, zone="America/Denver", without=event.pk)

    found = asking.suggest(question, viewer=None, at=NOON)

    by_start = {slot.start: slot for slot in found.slots}
    first, second = (by_start[hours.minute_of(start)] for start in STARTS[:2])
    assert first.cost - second.cost == 20
    assert "In the poll 0 can come, 0 if needed, 1 cannot." in found.reasons(first)


def test_a_host_that_declined_a_change_still_hosts_and_is_asked(
    lead, make_alliance, make_organiser
):
    partner = make_alliance("Partner")
    organiser = make_organiser(partner)
    event = drafted(lead, co_hosts=[partner])
    hosting.decide(event, partner, "accept", by=None, at=NOON)
    event = scheduling.publish(event, by=None, at=NOON)
    edited(event, title="Other")
    hosting.decide(event, partner, "decline", by=None, at=NOON)

    assert organiser.email in [one.email for one in votes.co_hosts(event)]
