"""Which hosts see what: what a registrant is told is what the pages do."""

import pytest

from events.domain import links
from events.models import Event, Registration
from events.views import sharing
from programmes.access import Actor
from programmes.models import Organisation, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def hosts(make_alliance):
    return [make_alliance(name) for name in ("Plains", "Coastal", "Lakes")]


@pytest.fixture
def make_joint(make_event, hosts):
    def make(rule: str) -> Event:
        return make_event(
            lead=hosts[0], co_hosts=tuple(hosts[1:]), sharing=rule, starts="2030-01-09T11:00"
        )

    return make


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("all", "Plains, and with it Coastal and Lakes, see"),
        ("own", "Otherwise Coastal and Lakes see only how many people come"),
        ("totals", "Only Plains sees"),
    ],
)
def test_the_form_says_which_hosts_see_what(client, make_joint, rule, says):
    event = make_joint(rule)

    page = " ".join(client.get(f"/events/{event.slug}/").content.decode().split())

    assert says in page


def test_with_one_host_there_is_nobody_else(client, make_event, hosts):
    event = make_event(lead=hosts[0], starts="2030-01-09T11:00")

    page = client.get(f"/events/{event.slug}/").content.decode()
    assert f"Plains sees {sharing.SEES}." in page


@pytest.mark.parametrize("rule", Event.Sharing.values)
@pytest.mark.parametrize("belongs", ["chosen", "member", "neither"])
def test_my_page_names_exactly_those_whose_lists_i_am_on(
    client, make_joint, make_registration, hosts, rule, belongs
):
    event = make_joint(rule)
    member = Organisation.objects.create(slug="city", name="City", name_key="city", kind="other")
    member.alliances.add(hosts[1])
    fields = {"chosen": {"alliance": hosts[1]}, "member": {"member_organisation": member}}
    mine = make_registration(event, **fields.get(belongs, {}))

    page = client.get(f"/r/{links.registration_token(mine)}/").content.decode()

    said = page.partition("Who sees this")[2].partition("</section>")[0]
    seeing, _, total = said.partition(sharing.SEES)
    for host in hosts:
        viewer = Actor(roles={host.pk: Role.Kind.VIEWER})
        is_seen = Registration.objects.visible_to(viewer).filter(pk=mine.pk).exists()
        assert (host.name in seeing) == is_seen
        assert (host.name in total) == (not is_seen)
