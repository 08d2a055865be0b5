"""A colour becomes the name that CSS3 has for one like it."""

import pytest

from kit.colours import css_name


@pytest.mark.parametrize(
    ("colour", "name"),
    [("#0b5570", "teal"), ("#ffffff", "white"), ("#000000", "black"), ("#b00020", "firebrick")],
)
def test_the_nearest_name_is_taken(colour, name):
    assert css_name(colour) == name


@pytest.mark.parametrize("wrong", ["teal", "#1234567", ""])
def test_what_is_no_colour_is_refused(wrong):
    with pytest.raises(ValueError):
        css_name(wrong)
