"""Credit schemes are called by the names people know."""

import pytest

from events.domain import credit


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        ("contact_hour", "Contact hours"),
        ("CPE", "CPE"),
        ("cpe", "CPE"),
        ("CM", "AICP CM"),
        ("law_hour", "Law hour"),
        ("ICMA", "ICMA"),
    ],
)
def test_a_scheme_has_its_usual_name(scheme, name):
    assert credit.label(scheme) == name
