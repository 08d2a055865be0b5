"""A person hears of everything that is wrong at once."""

import pytest

from kit.errors import Invalid
from kit.faults import Faults


class Odd(Invalid):
    code = "odd"


def test_nothing_found_raises_nothing():
    Faults().settle()


def test_all_faults_are_told_with_the_sentence_and_code_of_the_first():
    faults = Faults()
    with faults.noted("sessions", 1):
        raise Odd("Odd.", errors=[{"loc": ["title"], "msg": "Odd."}])
    faults.add("name", msg="Write a name.")

    with pytest.raises(Odd, match=r"^Odd\.$") as no:
        faults.settle()

    assert no.value.code == "odd"
    assert no.value.errors == [
        {"loc": ["sessions", 1, "title"], "msg": "Odd."},
        {"loc": ["name"], "msg": "Write a name."},
    ]


def test_a_fault_without_a_place_gets_the_one_it_was_found_in():
    faults = Faults()
    with faults.noted("time_zone"):
        raise Invalid("Choose a zone.")

    with pytest.raises(Invalid) as no:
        faults.settle()

    assert no.value.errors == [{"loc": ["time_zone"], "msg": "Choose a zone."}]


def test_other_errors_are_not_swallowed():
    with pytest.raises(KeyError), Faults().noted():
        raise KeyError
