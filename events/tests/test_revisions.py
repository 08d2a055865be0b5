import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain.revisions import SIGNIFICANT, next_sequence

others = st.sets(st.sampled_from(["title", "description", "capacity", "changed_at", "topics"]))


@given(current=st.integers(0, 1000), changed=others)
def test_new_words_raise_nothing(current, changed):
    assert next_sequence(current, changed) == current


@given(
    current=st.integers(0, 1000),
    changed=others,
    significant=st.sets(st.sampled_from(sorted(SIGNIFICANT)), min_size=1),
)
def test_a_new_time_or_place_raises_it_by_one_however_much_changed(current, changed, significant):
    assert next_sequence(current, changed | significant) == current + 1


def test_what_is_significant_is_when_where_and_whether():
    assert {"starts_at", "ends_at", "time_zone", "venue", "status", "is_cancelled"} <= SIGNIFICANT
    assert not {"title", "description", "url"} & SIGNIFICANT


def test_a_sequence_below_0_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="never falls"):
        next_sequence(-1, {"starts_at"})
