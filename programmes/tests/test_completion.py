"""How far somebody is: the evaluator against a slow and obvious one, and its single cases."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import example, given
from hypothesis import strategies as st

from programmes.domain import completion
from programmes.domain.completion import Evidence, Occasion
from programmes.domain.completion_rules import (
    Approval,
    Assignment,
    Evaluations,
    MinEvents,
    MinMinutes,
    RequiredEvents,
    RuleSet,
    Threshold,
    Unreadable,
)

START = datetime(2027, 1, 31, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
SLUGS = "abcdef"


def occasion(slug, *, days=0, minutes=60, **fields) -> Occasion:
    start = START + timedelta(days=days)
    return Occasion(slug, slug.upper(), ((start, start + timedelta(minutes=minutes)),), **fields)


def attended(*slugs, minutes=60, **fields) -> Evidence:
    return Evidence(attended=dict.fromkeys(slugs, minutes * 60), **fields)


def done(rules, occasions, evidence) -> completion.Progress:
    return completion.progress(rules, occasions, evidence)


# --- the slow and obvious version -----------------------------------------------------------------


def obviously_met(rules: RuleSet, occasions: list[Occasion], evidence: Evidence) -> bool:
    """Is there any choice of events that count, within a window, that does for every rule?"""
    if not rules.rules:
        return False
    eligible = [o for o in occasions if _counts(rules, o, evidence)]
    return any(
        _all_hold(rules, chosen, evidence)
        for number in range(len(eligible) + 1)
        for chosen in combinations(eligible, number)
        if _fits_window(rules, chosen)
    )


def _counts(rules, one, evidence) -> bool:
    if Evaluations() in rules.rules and one.slug not in evidence.evaluated:
        return False
    if one.slug in evidence.instead:
        return True
    seconds = evidence.attended.get(one.slug, 0)
    if rules.attendance is None:
        return one.slug in evidence.met
    if rules.attendance.minutes is not None:
        return seconds > 0 and seconds >= 60 * rules.attendance.minutes
    return seconds > 0 and 100 * seconds >= rules.attendance.percent * one.seconds


def _fits_window(rules, chosen) -> bool:
    if rules.window_months is None or not chosen:
        return True
    starts = [one.starts_at for one in chosen]
    return max(starts) <= min(starts) + relativedelta(months=rules.window_months)


def _all_hold(rules, chosen, evidence) -> bool:
    slugs = {one.slug for one in chosen}
    return all(_holds(rule, rules, chosen, slugs, evidence) for rule in rules.rules)


def _holds(rule, rules, chosen, slugs, evidence) -> bool:
    match rule:
        case MinEvents(count, of):
            members = slugs if of == "programme" else slugs & set(rules.sets.get(of, ()))
            return len(members) >= count
        case RequiredEvents(events, _):
            return all(slugs & {one, *rule.instead_of(one)} for one in events)
        case MinMinutes(minutes, of):
            counted = [o for o in chosen if of == "programme" or o.slug in rules.sets.get(of, ())]
            return _minutes(counted, evidence) >= minutes
        case Evaluations():
            return bool(chosen)
        case Assignment(name):
            return name in evidence.accepted
        case Approval(name):
            return name in evidence.approved
    return False


def _minutes(chosen, evidence) -> float:
    """Of the events of this test, which are either at the same time or on different days."""
    total = sum(evidence.instead.get(one.slug, 0) * 60 for one in chosen)
    real = [one for one in chosen if one.slug not in evidence.instead]
    for start in {one.starts_at for one in real}:
        together = [one for one in real if one.starts_at == start]
        there = max(one.seconds for one in together)
        total += min(there, sum(evidence.attended.get(one.slug, 0) for one in together))
    return total // 60


counts_of = st.integers(1, 4)
of_sets = st.sampled_from(["programme", "first", "last"])
slugs_of = st.lists(st.sampled_from(SLUGS), min_size=1, max_size=2, unique=True).map(tuple)
rules_of = st.one_of(
    st.builds(MinEvents, counts_of, of_sets),
    st.builds(RequiredEvents, slugs_of),
    slugs_of.map(lambda slugs: RequiredEvents((slugs[0],), ((slugs[0], ("e", "f")),))),
    st.builds(MinMinutes, st.integers(1, 240), of_sets),
    st.just(Evaluations()),
    st.sampled_from([Assignment("brief"), Approval("visit")]),
)
rule_sets = st.builds(
    RuleSet,
    attendance=st.sampled_from(
        [None, Threshold(percent=80), Threshold(percent=100), Threshold(minutes=50)]
    ),
    rules=st.lists(rules_of, max_size=3, unique=True).map(tuple),
    window_months=st.sampled_from([None, 1, 12]),
    sets=st.just({"first": tuple("abc"), "last": tuple("def")}),
)
lengths = st.sampled_from([30, 60, 90])
seasons = st.lists(
    st.tuples(st.integers(0, 20).map(lambda n: n * 14), lengths), min_size=6, max_size=6
).map(lambda rows: [occasion(s, days=d, minutes=m) for s, (d, m) in zip(SLUGS, rows, strict=True)])
subsets = st.frozensets(st.sampled_from(SLUGS))
records = st.builds(
    Evidence,
    attended=st.dictionaries(st.sampled_from(SLUGS), st.integers(0, 90).map(lambda m: m * 60)),
    met=subsets,
    evaluated=subsets,
    accepted=st.sampled_from([frozenset(), frozenset({"brief"})]),
    approved=st.sampled_from([frozenset(), frozenset({"visit"})]),
    instead=st.dictionaries(st.sampled_from(SLUGS), st.integers(0, 90), max_size=1),
)


@given(rule_sets, seasons, records)
@example(RuleSet(rules=(Evaluations(),)), [], Evidence())
def test_it_is_complete_exactly_where_some_choice_of_events_does(rules, occasions, evidence):
    found = done(rules, occasions, evidence)

    assert found.is_met == obviously_met(rules, occasions, evidence)
    assert (found.percent == 100) == found.is_met
    assert 0 <= found.percent <= 100
    assert bool(found.missing) == (bool(rules.rules) and not found.is_met)


@given(rule_sets, seasons, records, st.sampled_from(SLUGS))
def test_attending_one_more_event_never_sets_anybody_back(rules, occasions, evidence, slug):
    more = Evidence(
        attended={**evidence.attended, slug: 90 * 60},
        met=evidence.met | {slug},
        evaluated=evidence.evaluated | {slug},
        accepted=evidence.accepted,
        approved=evidence.approved,
        instead=evidence.instead,
    )

    before, after = done(rules, occasions, evidence), done(rules, occasions, more)

    assert after.is_met or not before.is_met


@given(rule_sets, seasons, records)
def test_what_counts_fits_the_window_it_is_counted_in(rules, occasions, evidence):
    found = done(rules, occasions, evidence)
    starts = [o.starts_at for o in occasions if o.slug in found.counted]

    assert _fits_window(rules, [o for o in occasions if o.slug in found.counted])
    assert found.first is None or found.first == min(starts)


# --- single cases ---------------------------------------------------------------------------------


def test_a_program_without_rules_is_never_complete_and_lacks_nothing():
    found = done(RuleSet(), [occasion("a")], attended("a"))

    assert (found.has_rule, found.is_met, found.percent, found.missing) == (False, False, 0, ())


@pytest.mark.parametrize(("seconds", "counts"), [(48 * 60, True), (48 * 60 - 1, False)])
def test_the_share_of_minutes_is_met_to_the_second(seconds, counts):
    rules = RuleSet(attendance=Threshold(percent=80), rules=(MinEvents(1),))

    found = done(rules, [occasion("a")], Evidence(attended={"a": seconds}))

    assert found.is_met is counts
    if not counts:
        assert found.standings["a"].text == "Does not count: 47 of 48 minutes needed"


def test_two_events_at_the_same_time_are_not_added_up():
    rules = RuleSet(attendance=Threshold(minutes=20), rules=(MinMinutes(90),))
    together = [occasion("a", minutes=60), occasion("b", minutes=60)]
    apart = [occasion("a", minutes=60), occasion("b", minutes=60, days=1)]

    assert done(rules, together, attended("a", "b", minutes=50)).parts[0].done == 60
    assert done(rules, apart, attended("a", "b", minutes=50)).parts[0].done == 100


def test_a_window_of_months_ends_on_the_last_day_of_a_shorter_month():
    rules = RuleSet(attendance=Threshold(minutes=1), rules=(MinEvents(2),), window_months=1)

    assert done(rules, [occasion("a"), occasion("b", days=28)], attended("a", "b")).is_met
    late = done(rules, [occasion("a"), occasion("b", days=29)], attended("a", "b"))
    assert not late.is_met
    assert "Attended, but outside the window that counts" in [
        standing.text for standing in late.standings.values()
    ]


def test_what_is_missing_names_what_is_still_to_come():
    rules = RuleSet(attendance=Threshold(minutes=1), rules=(MinEvents(2), RequiredEvents(("c",))))
    events = [occasion("a"), occasion("b", is_over=False), occasion("c", is_over=False)]

    found = done(rules, events, attended("a"))

    assert found.missing == (
        "Attend 1 more event. Still to come: “B” and “C”.",
        "Attend “C”.",
    )
    assert found.percent == 25


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "“A” is over and was missed. Ask the organizers what counts instead."),
        ({"is_settled": False}, "Attendance of “A” is not recorded yet."),
        ({"is_cancelled": True}, "“A” was canceled. Ask the organizers what counts instead."),
    ],
)
def test_a_required_event_that_is_behind_says_what_to_do(fields, said):
    rules = RuleSet(rules=(RequiredEvents(("a",)),))

    assert done(rules, [occasion("a", **fields)], Evidence()).missing == (said,)


def test_a_required_event_that_is_not_announced_is_told_without_its_name():
    rules = RuleSet(rules=(RequiredEvents(("gone",)),))

    (sentence,) = done(rules, [occasion("a")], attended("a")).missing
    assert sentence == "A required event is not announced yet. The organizers can say more."


def test_what_an_organizer_accepted_instead_counts_with_its_minutes():
    rules = RuleSet(
        attendance=Threshold(percent=80), rules=(RequiredEvents(("a",)), MinMinutes(45))
    )

    found = done(rules, [occasion("a")], Evidence(instead={"a": 45}))

    assert found.is_met
    assert found.standings["a"].text == "Counts: something else was accepted instead"


def test_a_rule_that_cannot_be_read_is_never_met():
    found = done(RuleSet(rules=(Unreadable(),)), [occasion("a")], attended("a"))

    assert not found.is_met
    assert "cannot be read" in found.missing[0]


def test_only_what_is_needed_has_to_be_evaluated():
    rules = RuleSet(attendance=Threshold(minutes=1), rules=(MinEvents(1), Evaluations()))
    events = [occasion("a"), occasion("b", days=1)]

    assert done(rules, events, attended("a", "b", evaluated=frozenset("a"))).is_met
    found = done(rules, events, attended("a", "b"))
    assert found.missing[-1] == "The evaluation of “B” is not recorded yet."
    assert found.standings["a"].text == "Attended; the evaluation is not recorded yet"
