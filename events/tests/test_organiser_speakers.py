"""The organizers' pages of speakers: the list, a profile, two that are one, and one event's own."""

import pytest
from django.urls import reverse

from events.domain import replies
from events.domain.speakers import inviting
from events.models import EventSpeaker
from events.tests.organising import page
from events.tests.speaking import queued, speaker, speaks
from programmes.models import Speaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara():
    return speaker(zone="America/Denver")


@pytest.fixture
def event(make_event, mara):
    found = make_event(starts="2099-01-13T11:00")
    speaks(found, mara)
    return found


@pytest.fixture
def host(client, event, make_organiser):
    client.force_login(make_organiser(event.lead))
    return client


def test_the_list_is_searched_by_name_address_and_organization(host):
    speaker("Ben Ode", email="ben@town.gov")
    assert "Ben Ode" in page(host, "speakers")
    found = page(host, "speakers", query="?q=town.gov")
    assert "Ben Ode" in found
    assert "Mara" not in found
    assert "fits these words" in page(host, "speakers", query="?q=nobody")


def test_adding_somebody(host):
    here = reverse("organise-speaker-new")
    response = host.post(here, {"name": "Ben Ode", "email": "no address"})
    assert response.status_code == 422
    assert 'value="Ben Ode"' in response.content.decode()
    response = host.post(here, {"name": "Ben Ode", "email": "ben@town.gov"})
    assert response["Location"] == "/organize/speakers/ben-ode/"


def test_changing_a_profile(host, mara):
    here = reverse("organise-speaker", args=[mara.slug])
    typed = {"name": mara.name, "email": "new@city.gov", "title": "Planner", "zone": ""}
    assert host.post(here, typed).status_code == 302
    mara.refresh_from_db()
    assert (mara.email, mara.title, mara.is_shown) == ("new@city.gov", "Planner", False)
    assert host.post(here, {**typed, "name": ""}).status_code == 422


def test_a_profile_names_no_event_that_others_keep_to_themselves(host, mara, make_event):
    for title, fields in (
        ("Hidden draft", {"published": False}),
        ("Quiet", {"visibility": "unlisted"}),
    ):
        other = make_event(title=title, starts="2099-02-01T10:00", **fields)
        speaks(other, mara)
        inviting.invite(other, by=None, at=other.changed_at)
    found = page(host, "speaker", mara.slug)
    assert "Hidden draft" not in found
    assert "Quiet" not in found


def test_merging_asks_first(host, mara):
    gone = speaker("M. Lindqvist", email="m@city.gov", slug="ml")
    here = reverse("organise-speaker-merger", args=[mara.slug])
    assert "M. Lindqvist" in host.get(here).content.decode()
    assert "the same person" in host.get(f"{here}?other=ml").content.decode()
    assert host.post(here, {}).status_code == 422
    assert host.post(here, {"other": gone.slug}).status_code == 302
    assert list(Speaker.objects.all()) == [mara]


def test_mailing_the_link_and_shutting_the_old_ones(host, mara):
    here = reverse("organise-speaker-link", args=[mara.slug])
    host.post(here)
    assert len(queued("link")) == 1
    host.post(here, {"act": "renew"})
    mara.refresh_from_db()
    assert mara.link_version == 2


def test_asking_from_the_page(host, event):
    here = reverse("organise-event-speakers", args=[event.slug])
    assert "Not asked" in page(host, "event-speakers", event.slug)
    response = host.post(reverse("organise-speaker-invitations", args=[event.slug]))
    assert response["Location"] == here
    assert "Has not answered" in page(host, "event-speakers", event.slug)
    again = host.post(reverse("organise-speaker-invitations", args=[event.slug]))
    assert again.status_code == 409
    assert "asked already" in again.content.decode()
    reminded = host.post(reverse("organise-speaker-reminders", args=[event.slug]))
    assert "within the last day" in reminded.content.decode()


def test_who_looks_in_reads_but_does_not_ask(client, event, make_organiser):
    client.force_login(make_organiser(event.lead, kind="viewer"))
    found = page(client, "event-speakers", event.slug)
    assert "Mara" in found
    assert "mara@city.gov" not in found
    assert "Ask who" not in found
    address = reverse("organise-speaker-invitations", args=[event.slug])
    assert client.post(address).status_code == 403


def test_a_no_is_first_on_the_home(host, event, mara):
    said = replies.Said(comment="On leave that week")
    replies.record(event.sessions.get(), mara, "declined", said, at=event.changed_at)
    home = host.get("/organize/").content.decode()
    assert "Mara Lindqvist will not speak at" in home
    assert "On leave that week" in home
    assert reverse("organise-event-speakers", args=[event.slug]) in home
    EventSpeaker.objects.all().delete()
    assert "will not speak" not in host.get("/organize/").content.decode()
