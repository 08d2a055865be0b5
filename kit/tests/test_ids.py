"""Codes survive people, tokens survive nobody's tampering."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import ids

CODES = st.sampled_from([35, 50, 100, 150]).map(ids.readable_code)
KEYS = st.binary(min_size=16, max_size=32)
PURPOSES = st.text(max_size=12)


def test_a_certificate_code_carries_a_hundred_bits_in_twenty_one_symbols():
    code = ids.readable_code()

    assert len(code) == 21
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_a_registration_code_is_eleven_symbols():
    assert len(ids.short_code()) == 11


def test_codes_do_not_repeat():
    assert len({ids.short_code() for _ in range(500)}) == 500


@pytest.mark.parametrize("bits", [0, 30, 151])
def test_a_code_its_check_symbol_could_not_guard_is_a_mistake(bits):
    with pytest.raises(ValueError, match="check symbol"):
        ids.readable_code(bits)


def test_the_check_symbol_is_the_same_for_ever():
    """Codes are on paper: a change of the arithmetic would turn every one of them away."""
    assert ids.clean("7Q4M09TZK2XXA8PWN5VCV") == "7Q4M09TZK2XXA8PWN5VCV"


def test_a_code_is_grouped_in_fours_and_no_symbol_stands_alone():
    assert ids.group("7Q4M09TZK2XXA8PWN5VCV") == "7Q4M-09TZ-K2XX-A8PW-N5VCV"
    assert ids.group("7Q4M09TZK2X") == "7Q4M-09TZ-K2X"
    assert ids.group("7Q4M") == "7Q4M"
    assert ids.group("7") == "7"


@given(code=CODES)
def test_what_people_do_to_a_code_does_not_matter(code):
    grouped = ids.group(code)

    for typed in (
        code,
        grouped,
        grouped.lower(),
        f"  {grouped} \n",
        grouped.replace("-", " \u2013 "),
        grouped.replace("-", "\u00a0"),
        code.replace("0", "O").replace("1", "l"),
        code.replace("0", "o").replace("1", "I"),
    ):
        assert ids.clean(typed) == code


@given(code=CODES, at=st.integers(0, 30), wrong=st.sampled_from(ids.ALPHABET))
def test_one_wrong_symbol_is_always_noticed(code, at, wrong):
    at %= len(code)
    typed = code[:at] + wrong + code[at + 1 :]

    assert ids.clean(typed) == (code if wrong == code[at] else None)


@given(code=CODES, first=st.integers(0, 30), second=st.integers(0, 30))
def test_two_symbols_that_changed_places_are_always_noticed(code, first, second):
    symbols = list(code)
    first, second = first % len(code), second % len(code)
    symbols[first], symbols[second] = symbols[second], symbols[first]

    assert ids.clean("".join(symbols)) == (code if symbols == list(code) else None)


@given(text=st.text(max_size=40))
def test_any_text_at_all_is_a_code_or_none(text):
    found = ids.clean(text)

    assert found is None or (ids.clean(found) == found and set(found) <= set(ids.ALPHABET))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7Q4M09TZK2XXA8PWN5VCU",
        "7Q4M09TZ/../../passwd",
        "\uff17Q4M09TZK2XXA8PWN5VCV",
        "K" * 8 + "\u212a",
        "0" * 32,
    ],
)
def test_what_cannot_be_a_code_is_none(text):
    assert ids.clean(text) is None


def test_a_secret_token_has_its_size_in_random_bytes():
    assert len(base64.urlsafe_b64decode(ids.secret_token() + "=")) == 32
    assert len(base64.urlsafe_b64decode(ids.secret_token(16) + "==")) == 16
    assert ids.secret_token() != ids.secret_token()


def test_a_token_is_stored_as_its_sha256():
    assert ids.token_hash("abc") == hashlib.sha256(b"abc").hexdigest()


@given(purpose=PURPOSES, value=st.text(max_size=60), key=KEYS)
def test_a_signed_value_comes_back(purpose, value, key):
    token = ids.sign(purpose, value, key=key)

    assert ids.unsign(purpose, token, keys=[key]) == value
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(value=st.text(max_size=40), key=KEYS, at=st.integers(min_value=0), mask=st.integers(1, 63))
def test_a_token_with_any_one_character_changed_is_refused(value, key, at, mask):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = ids.sign("registration", value, key=key)
    at %= len(token)
    changed = token[:at] + letters[letters.index(token[at]) ^ mask] + token[at + 1 :]

    assert ids.unsign("registration", changed, keys=[key]) is None


@given(value=st.text(max_size=40), key=KEYS, cut=st.integers(min_value=1, max_value=30))
def test_a_token_cut_short_or_lengthened_is_refused(value, key, cut):
    token = ids.sign("registration", value, key=key)

    assert ids.unsign("registration", token[:-cut], keys=[key]) is None
    assert ids.unsign("registration", token + "A" * cut, keys=[key]) is None
    assert ids.unsign("registration", token + "=", keys=[key]) is None


@given(first=PURPOSES, second=PURPOSES, value=st.text(max_size=40), key=KEYS)
def test_a_token_is_good_for_its_purpose_alone(first, second, value, key):
    token = ids.sign(first, value, key=key)

    assert ids.unsign(second, token, keys=[key]) == (value if first == second else None)


def test_purpose_and_value_cannot_be_shifted_into_each_other():
    key = b"k" * 32
    sealed = base64.urlsafe_b64decode(ids.sign("feed", "ana", key=key) + "==")
    forged = base64.urlsafe_b64encode(sealed[:16] + b"dana").rstrip(b"=").decode()

    assert ids.unsign("fee", forged, keys=[key]) is None


@given(value=st.text(max_size=40), old=KEYS, new=KEYS)
def test_an_old_key_still_opens_until_it_is_taken_away(value, old, new):
    token = ids.sign("feed", value, key=old)

    assert ids.unsign("feed", token, keys=[new, old]) == value
    assert ids.unsign("feed", token, keys=[new]) == (value if new == old else None)
    assert ids.unsign("feed", token, keys=[]) is None


@given(text=st.text(max_size=80))
def test_any_text_at_all_sent_as_a_token_is_refused(text):
    assert ids.unsign("feed", text, keys=[b"k" * 32]) is None


def test_an_empty_key_neither_signs_nor_opens():
    with pytest.raises(ValueError, match="empty key"):
        ids.sign("feed", "ana", key=b"")
    assert ids.unsign("feed", ids.sign("feed", "ana", key=b"k"), keys=[b""]) is None
