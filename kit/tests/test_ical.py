"""Text, addresses and folding, for any text there is."""

import re

import icalendar
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kit.ical import NotAnAddress, Text, clean, fold, one_line, person, uri

anything = st.text(st.characters(), max_size=400)
awkward = st.text(st.sampled_from('\\nN;,:"^ \t\r\n\x00\x0b\x85\u2028é漢😀\ud800'), max_size=400)
texts = anything | awkward


def unfold(lines):
    assert lines.endswith(b"\r\n")
    return re.sub(b"\r\n[ \t]", b"", lines[:-2])


def unescape(escaped):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], escaped)


@given(texts)
@example("C:\\New, C:\\new; a\\")
@example("\\" * 300)
def test_text_comes_back_from_its_escaped_form(text):
    text = clean(text)

    assert unescape(Text(text).to_ical().decode()) == text


@given(texts)
@example("\\" * 200)
@example("a" + ";" * 200)
@example("a" + "\\" * 200)
@example("é" * 100)
@example("a" + " " * 300 + "b")
def test_folded_lines_are_short_whole_and_never_blank(text):
    line = b"DESCRIPTION:" + Text(clean(text)).to_ical()

    folded = fold(line)

    pieces = folded.removesuffix(b"\r\n").split(b"\r\n")
    assert unfold(folded) == line
    for piece in pieces:
        assert len(piece) <= 75
        assert piece.strip()
        assert (len(piece) - len(piece.rstrip(b"\\"))) % 2 == 0, "an escape is cut in two"
        assert piece.decode()


def test_a_line_of_75_octets_is_left_alone_and_one_of_76_is_not():
    assert fold(b"x" * 75) == b"x" * 75 + b"\r\n"
    assert fold(b"x" * 76) == b"x" * 75 + b"\r\n x\r\n"


@given(texts)
def test_clean_text_has_one_kind_of_line_end_and_no_controls(text):
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", cleaned)
    assert "\n" not in one_line(text)
    assert len(one_line(text).splitlines()) <= 1


def test_every_kind_of_line_end_is_kept_as_one():
    assert clean(" a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch ") == "a\nb\nc\nd\ne\nf\ng\nh"
    assert one_line("Two\r\nlines\tand  blanks") == "Two lines and blanks"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("https://lyceum.example/events/a?b=c#d", "https://lyceum.example/events/a?b=c#d"),
        ("https://example.org/año?q=ñ", "https://example.org/a%C3%B1o?q=%C3%B1"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("http://localhost:8000/events/x/", "http://localhost:8000/events/x/"),
        ("tel:+13035550100", "tel:+13035550100"),
    ],
)
def test_addresses_are_written_in_ascii(value, written):
    assert uri(value) == written


@pytest.mark.parametrize(
    "value",
    [
        "",
        "lyceum.example",
        "https://",
        "javascript:alert(1)",
        "https://example.org/a b",
        "https://example.org/\r\nATTENDEE:mailto:x@example.org",
        "https://example.org/\u2028x",
        "https://[::1",
        "https://example.org/\x00",
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(value):
    with pytest.raises(NotAnAddress, match=r"is not a web address a calendar can carry\.$"):
        uri(value)


@given(texts)
def test_any_text_is_an_ascii_address_or_refused(text):
    try:
        assert re.fullmatch(r"[!-~]+", uri("https://example.org/" + text))
    except NotAnAddress as refused:
        assert refused.status == 422


def test_a_person_is_a_mailto_with_a_name_others_can_read():
    ana = person('Ana "Anita" Ruiz^ \\', "ana+x%1@example.org")

    assert ana == "mailto:ana+x%251@example.org"
    assert ana.params["CN"] == "Ana 'Anita' Ruiz /"
    assert "CN" not in person(" ", "ana@example.org").params


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"])
def test_a_line_break_in_a_name_or_an_address_is_refused_in_words(mark):
    for name, email in [(f"Ana{mark}Ruiz", "a@example.org"), ("Ana", f"a@example.org{mark}X:y")]:
        with pytest.raises(NotAnAddress, match=r"contains a line break\. Type it on one line\.$"):
            person(name, email)


@pytest.mark.parametrize("email", ["", "ana", "@", "a@", "a b@example.org", "a@b@c", "<a@b.c>"])
def test_what_is_no_mail_address_is_refused(email):
    with pytest.raises(NotAnAddress, match=r"is not an email address\.$"):
        person("Ana", email)


def test_the_library_still_breaks_what_is_kept_from_it():
    """Where this fails, a guard rail may have become unnecessary: look at the library's changes."""
    assert icalendar.vText("C:\\New").to_ical() == b"C:\\new"
    event = icalendar.Event()
    event.add("DESCRIPTION", Text("\\" * 100))
    assert b"\r\n " in event.to_ical()
