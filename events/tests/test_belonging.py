"""Members: who may come, and where somebody belongs."""

import pytest

from conftest import NOON
from events.domain.belonging import MembersOnly
from events.domain.registration import (
    Place,
    register,
)
from events.tests.registering import ANA
from programmes.models import Person, Role

# --- members --------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["ana@aurora.gov", "Ana@Parks.Aurora.GOV"])
def test_a_members_event_takes_who_writes_from_a_members_domain(
    make_event, make_organisation, email
):
    make_organisation("City of Aurora", domain="aurora.gov")
    event = make_event(visibility="members")

    assert register(event, Place(name="Ana", email=email), at=NOON).state == "confirmed"


@pytest.mark.parametrize("email", ["ana@notaurora.gov", "ana@aurora.gov.example", "ana@gov.gov"])
def test_a_members_event_refuses_others_and_keeps_nothing(make_event, make_organisation, email):
    make_organisation("City of Aurora", domain="aurora.gov")
    make_organisation("Without a domain")
    make_organisation("With a careless one", domain="gov")
    event = make_event(visibility="members")

    with pytest.raises(MembersOnly, match="is for members of the alliances") as no:
        register(event, Place(name="Ana", email=email), at=NOON)

    assert no.value.code == "members-only"
    assert Person.objects.count() == 0


def test_a_members_event_takes_who_has_a_role_in_an_alliance_that_hosts(
    make_event, make_alliance, make_organiser
):
    host, other = make_alliance(), make_alliance()
    event = make_event(visibility="members", co_hosts=(host,))
    ana = make_organiser(host, kind=Role.Kind.VIEWER, email="ana@home.example")
    bo = make_organiser(other, email="bo@home.example")

    assert register(event, Place(name="Ana", email=ana.email), at=NOON).state == "confirmed"
    with pytest.raises(MembersOnly):
        register(event, Place(name="Bo", email=bo.email), at=NOON)


# --- where somebody belongs -----------------------------------------------------------------------


def test_the_organisation_is_found_by_its_name_however_it_is_spelt(
    make_event, make_organisation, make_alliance
):
    first, second = make_alliance(), make_alliance()
    canon = make_organisation("Cañon City", second, first)
    place = Place(name="Ana", email="ana@mail.example", organisation="canon  CITY")

    row = register(make_event(), place, at=NOON).registration

    assert (row.member_organisation, row.alliance) == (canon, first)
    assert row.organisation == "canon CITY"


def test_the_name_goes_before_the_domain(make_event, make_organisation):
    make_organisation("City of Aurora", domain="aurora.gov")
    denver = make_organisation("City of Denver")
    place = Place(name="Ana", email="ana@aurora.gov", organisation="City of Denver")

    assert register(make_event(), place, at=NOON).registration.member_organisation == denver


def test_the_alliance_proposed_is_the_one_that_hosts_the_event(
    make_event, make_organisation, make_alliance
):
    first, host = make_alliance(), make_alliance()
    make_organisation("City of Aurora", first, host, domain="aurora.gov")
    event = make_event(co_hosts=(host,))

    row = register(event, Place(name="Ana", email="ana@aurora.gov"), at=NOON).registration

    assert row.alliance == host


def test_the_alliance_somebody_chose_stands(make_event, make_organisation, make_alliance):
    first, chosen = make_alliance(), make_alliance()
    aurora = make_organisation("City of Aurora", first, domain="aurora.gov")
    place = Place(name="Ana", email="ana@aurora.gov", alliance=chosen)

    row = register(make_event(), place, at=NOON).registration

    assert (row.member_organisation, row.alliance) == (aurora, chosen)


def test_a_guest_from_outside_belongs_nowhere(make_event, make_organisation):
    make_organisation("Without a domain")

    row = register(make_event(), ANA, at=NOON).registration

    assert (row.member_organisation, row.alliance) == (None, None)
