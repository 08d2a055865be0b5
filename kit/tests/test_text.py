"""What people type is kept as they typed it, without what could hurt; and compared generously."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import text
from kit.errors import Invalid

ANYTHING = st.text(max_size=80)


def line(typed: str, *, at_most: int = 300) -> str:
    return text.one_line(typed, loc="name", what="The name", at_most=at_most)


def paragraphs(typed: str, *, at_most: int = 300) -> str:
    return text.lines(typed, loc="note", what="The note", at_most=at_most)


def test_blanks_around_and_between_become_one():
    assert line("  Ana \u00a0 María\tRuiz ") == "Ana María Ruiz"


def test_letters_with_their_marks_apart_are_put_together():
    assert line("Jose\u0301") == "José"


@pytest.mark.parametrize("brk", ["\r\n", "\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_line_break_anywhere_in_one_line_is_refused(brk):
    with pytest.raises(Invalid) as no:
        line(f"Ana{brk}Bcc: all@city.gov")

    assert str(no.value) == "The name must be on one line. Take out the line breaks."
    assert no.value.errors == [{"loc": ["name"], "msg": str(no.value)}]


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ud800"])
def test_control_characters_and_half_characters_are_refused(sign):
    with pytest.raises(Invalid, match="The name holds a control character"):
        line(f"An{sign}a")


def test_marks_that_turn_the_reading_order_are_taken_out():
    assert line("Ana\u202egpj.exe\u2066\u200b\ufeff") == "Anagpj.exe"


def test_joiners_that_scripts_and_emoji_need_stay():
    family = "👩\u200d👧"
    persian = "می\u200cخواهم"

    assert (line(family), line(persian)) == (family, persian)


def test_length_is_counted_after_cleaning_and_said_in_the_refusal():
    assert line("  " + "a" * 300 + "  ") == "a" * 300
    with pytest.raises(Invalid, match=r"too long: 1,301 characters, at most 300\."):
        line("a" * 1301)


def test_the_place_of_a_fault_may_be_deep():
    with pytest.raises(Invalid) as no:
        text.one_line("a\nb", loc=("sessions", 2, "title"), what="The title", at_most=9)

    assert no.value.errors[0]["loc"] == ["sessions", 2, "title"]


def test_paragraphs_keep_their_lines_and_lose_what_is_blank():
    typed = "\r\n\r\n  Step-free access \r\n\r\n\r\n\r\n\tand a captioner\r\n"

    assert paragraphs(typed) == "Step-free access\n\n    and a captioner"


def test_paragraphs_refuse_control_characters_too():
    with pytest.raises(Invalid, match="The note holds a control character"):
        paragraphs("one\x00two")


@given(typed=ANYTHING)
def test_one_line_is_clean_or_refused_and_cleaning_again_changes_nothing(typed):
    try:
        clean = line(typed)
    except Invalid:
        return

    assert clean == clean.strip()
    assert "  " not in clean
    assert len(clean.splitlines()) <= 1
    assert unicodedata.is_normalized("NFC", clean)
    assert line(clean) == clean


@given(typed=ANYTHING)
def test_paragraphs_are_clean_or_refused_and_cleaning_again_changes_nothing(typed):
    try:
        clean = paragraphs(typed)
    except Invalid:
        return

    assert "\r" not in clean
    assert "\n\n\n" not in clean
    assert paragraphs(clean) == clean


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("City of Cañon  City", "city of canon city"),
        ("Straße & Söhne, Inc.", "STRASSE AND SOHNE INC"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("ＫＣ Digital Drive", "kc digital drive"),
        ("St. Mary's—North", "st mary s north"),
        ("İstanbul", "istanbul"),
    ],
)
def test_two_spellings_of_a_name_have_one_key(one, other):
    assert text.fold(one) == text.fold(other)


@pytest.mark.parametrize(("one", "other"), [("Aurora", "Aurore"), ("कि", "की"), ("東京", "京都")])
def test_different_names_have_different_keys(one, other):
    assert text.fold(one) != text.fold(other)


@given(typed=ANYTHING)
def test_folding_twice_is_folding_once(typed):
    assert text.fold(text.fold(typed)) == text.fold(typed)


@given(typed=ANYTHING)
def test_capitals_do_not_count(typed):
    assert text.fold(typed.upper()) == text.fold(typed.upper().lower())


def test_names_are_listed_as_in_a_sentence():
    assert text.listed([]) == ""
    assert text.listed(["A"]) == "A"
    assert text.listed(["A", "B"]) == "A and B"
    assert text.listed(iter("ABC")) == "A, B, and C"
    assert text.listed("ABC", last="or") == "A, B, or C"
