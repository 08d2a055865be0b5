"""An address decides, a name only proposes, and nobody is merged in silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain.imports import gather, read_report
from events.domain.imports.matching import Registrant, match, name_forms
from events.domain.imports.people import ReportPerson
from events.tests.attendance import sample

ANA = Registrant("R1", "Ana Ruiz", "ana.ruiz@example.org", ("ana@home.example",))
BO = Registrant("R2", "Bo Lee", "bo.lee@example.org")
MARIA = Registrant("R3", "Maria Garcia", "mgarcia@example.org")
OTHER_MARIA = Registrant("R4", "Maria Garcia", "maria.garcia@example.com")


def person(name, email="", *, kind="person"):
    key = f"email:{email}" if email else f"name:{name.casefold()}"
    return ReportPerson(key, name, email, "attendee", [1], 60, 60, kind=kind)


def one(*args, registrations=(ANA, BO, MARIA, OTHER_MARIA), **more):
    [found] = match([person(*args, **more)], registrations)
    return found


def test_an_address_matches_exactly_whatever_the_name():
    found = one("iPhone", "ana.ruiz@example.org")

    assert (found.registration, found.match) == ("R1", "exact")


def test_two_keys_are_exact_only_where_both_addresses_are_the_registrants_own():
    found = match(
        [person("Ana Ruiz", "ana.ruiz@example.org"), person("Ana Ruiz", "ana@home.example")], [ANA]
    )

    assert [(m.registration, m.match) for m in found] == [("R1", "exact"), ("R1", "exact")]
    assert found[0].rivals == ("email:ana@home.example",)


def test_the_same_name_without_an_address_is_proposed():
    found = one("Bo Lee")

    assert (found.registration, found.match) == ("R2", "proposed")
    assert found.evidence == "Same name, no address in the report."


def test_the_same_name_under_another_address_is_proposed_with_both():
    found = one("Bo Lee", "bolee@work.example")

    assert (found.registration, found.match) == ("R2", "proposed")
    assert "bolee@work.example" in found.evidence
    assert "bo.lee@example.org" in found.evidence


@pytest.mark.parametrize(
    ("email", "letters"),
    [("bo.le@example.org", "one letter"), ("bol.ee@exmaple.org", "two letters")],
)
def test_an_address_a_slip_away_is_proposed(email, letters):
    found = one("B Lee", email)

    assert (found.registration, found.match) == ("R2", "proposed")
    assert found.evidence == f"Address differs by {letters} from bo.lee@example.org."


def test_an_address_a_slip_away_of_somebody_with_no_word_of_the_name_is_not():
    assert one("Kim Park", "bo.le@example.org").match == "none"


def test_a_name_a_letter_off_is_proposed():
    found = one("Anna Ruiz")

    assert (found.registration, found.match) == ("R1", "proposed")
    assert "nearly equal to Ana Ruiz" in found.evidence


def test_a_name_that_two_registrations_share_is_left_to_choose():
    found = one("Maria Garcia")

    assert (found.registration, found.match) == (None, "none")
    assert found.candidates == ("R3", "R4")
    assert "choose one" in found.evidence


def test_an_address_that_two_registrations_claim_is_left_to_choose():
    twin = Registrant("R9", "Bo Lee", "bo.lee@example.org")

    found = one("Bo Lee", "bo.lee@example.org", registrations=[BO, twin])

    assert (found.match, found.candidates) == ("none", ("R2", "R9"))


def test_two_people_for_one_registration_are_both_proposed_and_see_each_other():
    found = match([person("Bo Lee"), person("Bo Lee", "bo@elsewhere.example")], [BO])

    assert [(m.registration, m.match) for m in found] == [("R2", "proposed"), ("R2", "proposed")]
    assert [m.rivals for m in found] == [("email:bo@elsewhere.example",), ("name:bo lee",)]


@pytest.mark.parametrize("kind", ["caller", "bot", "room", "unknown"])
def test_what_is_no_person_is_never_proposed(kind):
    assert one("Bo Lee", kind=kind).match == "none"


def test_a_stranger_is_none_and_told_so():
    found = one("Kim Park", "kim@example.net")

    assert (found.registration, found.match) == (None, "none")
    assert found.evidence == "No registration has this address or name."


@pytest.mark.parametrize(
    ("shown", "registered"),
    [
        ("Lee, Bo (External)", "Bo Lee"),
        ("LEE Bo", "Bo Lee"),
        ("[Open Curb Cooperative] Bo Lee (Unverified)", "Bo Lee"),
        ("B. Lee - City of Cedar Fork (Bo Lee)", "Bo Lee"),
        ("Bo Lee - City of Mesa", "Bo Lee"),
        ("Bo Lee she/her", "Bo Lee"),
        ("José Núñez", "Jose Nunez"),
        ("Łukasz Osei", "Lukasz Osei"),
        ("Siobhán O\N{RIGHT SINGLE QUOTATION MARK}Dea", "Siobhan O'Dea"),
    ],
)
def test_a_name_may_be_shown_in_several_ways(shown, registered):
    assert set(name_forms(shown)) & set(name_forms(registered))


def test_one_word_in_parentheses_is_no_name():
    assert name_forms("Bo Lee (Host)") == ["bo lee"]


def test_the_sample_finds_its_mistyped_addresses_and_both_marias():
    some = sample("zoom_meeting_with_meeting_data")
    report = read_report(some.raw, filename=some.filename, zone=some.zone)
    people = gather(report, some.windows)
    mistyped = {"email:rokafoor@example.com", "email:zmbeik@heartlandmesh.example"}
    registrations = [
        Registrant(p.key, p.name, p.email) for p in people if p.email and p.key not in mistyped
    ]

    found = {m.key: m for m in match(people, registrations)}

    for key, right in [
        ("rokafoor@example.com", "rokafor@example.com"),
        ("zmbeik@heartlandmesh.example", "zmbeki@heartlandmesh.example"),
    ]:
        wrong = found[f"email:{key}"]
        assert (wrong.registration, wrong.match) == (f"email:{right}", "proposed")
        assert wrong.evidence == f"Address differs by one letter from {right}."
    assert all(found[r.code].registration == r.code for r in registrations)
    assert all(found[r.code].match == "exact" for r in registrations)


names = st.text(alphabet="abcde ,()-'é", max_size=12)
addresses = st.sampled_from(["", "a@x.example", "b@x.example", "ab@x.example", "abcdef@x.example"])


@given(
    people=st.lists(st.tuples(names, addresses), max_size=6),
    registered=st.lists(st.tuples(names, addresses), max_size=6),
)
def test_exact_means_an_address_of_that_registration_and_of_no_other(people, registered):
    registrations = [Registrant(str(n), name, email) for n, (name, email) in enumerate(registered)]
    owners = {}
    for registrant in registrations:
        owners.setdefault(registrant.email_key, []).append(registrant.code)

    found = match([person(name, email) for name, email in people], registrations)

    assert len(found) == len(people)
    for (_, email), answer in zip(people, found, strict=True):
        alone = bool(email) and len(owners.get(email, [])) == 1
        assert (answer.match == "exact") == alone
        assert (answer.registration is None) == (answer.match == "none")
        assert not alone or answer.registration == owners[email][0]
        assert answer.match == "exact" or answer.evidence.endswith(".")
