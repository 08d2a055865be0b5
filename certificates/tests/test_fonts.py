"""What can be drawn, how wide it is, and fonts cut down without the system's help."""

import io

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from certificates.domain import fonts


def test_all_our_faces_are_built():
    assert fonts.present() == list(fonts.FACES), "run manage.py build_fonts"


@pytest.mark.parametrize(
    "name",
    [
        "Ana Ruiz",
        "Đặng Thị Ánh",
        "Łukasz Żółć",
        "Ελένη Παπαδοπούλου",
        "Юлія Ґалаґан",
        "O’Neill–Ñandú",
    ],
)
def test_names_of_europe_and_vietnam_need_no_other_fonts(name):
    assert fonts.covers(fonts.SERIF, name)
    assert fonts.missing_glyphs(name) == ""


def test_a_character_no_font_has_is_named_once_and_in_order():
    assert fonts.missing_glyphs("A\U0001e94bn\U00012000a\U0001e94b") == "\U0001e94b\U00012000"


def test_an_accent_written_apart_counts_as_the_letter_it_makes():
    assert fonts.missing_glyphs("Zoe\u0308") == ""


def test_what_has_no_shape_is_never_missing():
    assert fonts.missing_glyphs("a\u200d\u200e\ufe0f\u00a0\u2003\n\tb") == ""


def test_a_refusal_names_the_characters_and_can_be_sent_as_text():
    refused = fonts.CannotDraw.because_of("\U00012000\ud800")

    assert refused.code == "cannot-draw"
    assert refused.facts == {"characters": ["U+12000", "U+D800"]}
    assert "“\U00012000” (U+12000), U+D800" in str(refused)
    assert str(refused).encode()


def test_without_our_faces_the_system_is_asked(settings, tmp_path):
    settings.FONT_DIR = tmp_path

    assert fonts.present() == []
    assert not fonts.covers(fonts.SERIF, "A")
    assert fonts.missing_glyphs("A") == ""


def test_width_is_that_of_the_font_file_with_its_kerning():
    font = TTFont(fonts.SANS.path)
    advance = sum(font["hmtx"][font.getBestCmap()[ord(sign)]][0] for sign in "HHH")

    assert fonts.width("HHH", fonts.SANS, 10) == pytest.approx(
        10 * advance / font["head"].unitsPerEm
    )
    assert fonts.width("AVAV", fonts.SERIF, 10) < 2 * fonts.width("A", fonts.SERIF, 10) + (
        2 * fonts.width("V", fonts.SERIF, 10)
    )


def test_letters_of_other_fonts_are_taken_at_their_widest():
    assert fonts.width("王小明", fonts.SERIF, 10) == pytest.approx(30)
    assert fonts.width("", fonts.SERIF, 10) == 0


@given(text=st.text(max_size=30), size=st.floats(min_value=1, max_value=100))
def test_width_grows_with_the_size(text, size):
    assert fonts.width(text, fonts.SERIF, size) == pytest.approx(
        size * fonts.width(text, fonts.SERIF, 1)
    )


def test_a_subset_keeps_the_glyphs_asked_for_under_their_numbers():
    whole = TTFont(fonts.SERIF.path)
    used = [whole.getGlyphID(whole.getBestCmap()[ord(sign)]) for sign in "Ana"]

    cut = fonts.subset(
        fonts.SERIF.path.read_bytes(), index=0, glyphs=used, hinted=False, notdef=False
    )

    part = TTFont(io.BytesIO(cut))
    assert part["maxp"].numGlyphs == max(used) + 1
    glyphs = part["glyf"]
    assert [g for g in range(max(used) + 1) if glyphs[part.getGlyphName(g)].numberOfContours] == [
        *sorted(set(used))
    ]
    assert "GSUB" not in part
    assert len(cut) < 20_000
