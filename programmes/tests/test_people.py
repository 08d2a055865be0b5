"""People are found by their address, however they spell it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from programmes.domain import people
from programmes.models import Address, Person


@pytest.mark.parametrize(
    "typed",
    [
        "ana@city.gov",
        "  ANA@City.Gov ",
        "Ana Ruiz <ana@city.gov>",
        '"Ruiz, Ana" < Ana@CITY.gov >',
        "\u200bana@city.gov",
    ],
)
def test_capitals_blanks_and_a_name_around_it_do_not_matter(typed):
    assert people.key_of(typed) == "ana@city.gov"


def test_a_domain_in_another_script_is_compared_in_its_ascii_form():
    assert people.key_of("ana@Stadt-Köln.example") == people.key_of("ana@stadt-köln.example")
    assert people.key_of("ana@stadt-köln.example") == "ana@xn--stadt-kln-67a.example"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "ana",
        "ana@",
        "@city.gov",
        "ana@city",
        "ana@@city.gov",
        "ana city.gov",
        "ana@city.gov, bo@city.gov",
        "ana@city.gov\r\nBcc: all@city.gov",
        "ana\x00@city.gov",
        "a" * 65 + "@" + "b" * 200 + ".gov",
        "ana@" + "ö" * 80 + ".example",
        "\u017fana@city.gov",
        "<><ana@city.gov>",
    ],
)
def test_what_is_no_address_is_refused_at_the_email_field(typed):
    with pytest.raises(people.BadAddress) as no:
        people.key_of(typed)

    assert (no.value.status, no.value.code) == (422, "invalid")
    assert [error["loc"] for error in no.value.errors] == [["email"]]


@given(typed=st.text(max_size=60))
def test_any_text_has_a_key_or_is_refused_and_a_key_is_its_own_key(typed):
    try:
        key = people.key_of(typed)
    except Invalid:
        return

    assert people.key_of(key) == key == key.lower()


def test_a_new_guest_cannot_sign_in_and_keeps_the_address_as_typed(db):
    ana = people.find_or_make(" Ana@City.gov ", name="Ana Ruiz")

    assert (ana.name, ana.email) == ("Ana Ruiz", "ana@city.gov")
    assert not ana.has_usable_password()
    assert list(Address.objects.values_list("person", "key", "typed")) == [
        (ana.pk, "ana@city.gov", "Ana@City.gov")
    ]


def test_somebody_we_know_is_found_and_keeps_their_name(db):
    first = people.find_or_make("ana@city.gov", name="Ana Ruiz")

    again = people.find_or_make("ANA@city.gov", name="A. Ruiz")

    assert again == first
    assert again.name == "Ana Ruiz"
    assert Person.objects.count() == 1


def test_a_second_address_finds_the_same_person(make_person):
    ana = make_person("Ana", email="ana@city.gov")
    Address.objects.create(person=ana, key="ana@home.example", typed="ana@home.example")

    assert people.find("Ana@Home.example") == ana
    assert people.find_or_make("ana@home.example", name="Somebody") == ana


def test_nobody_is_found_for_an_unknown_address(db):
    assert people.find("ana@city.gov") is None
    assert not Person.objects.exists()


def test_a_bad_address_makes_nobody(db):
    with pytest.raises(people.BadAddress):
        people.find_or_make("ana", name="Ana")

    assert not Person.objects.exists()
