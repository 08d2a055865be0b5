"""The program as everybody sees it: who speaks where, on both clocks, and no secret link."""

import pytest
from django.urls import reverse

from events.domain import speaking
from events.domain.timing import SessionPlan
from events.tests.planning import published
from programmes.models import Speaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(lead):
    for slug, name in (("ana", "Ana Ruiz"), ("ben", "Ben Okafor"), ("cy", "Cy Young")):
        Speaker.objects.create(slug=slug, name=name)
    return published(
        lead,
        format="hybrid",
        venue="City Hall",
        speakers=(Speaker.objects.get(slug="cy"),),
        sessions=(
            SessionPlan(
                *("2030-01-13T09:00", "2030-01-13T10:00", "Opening"),
                speakers=("ben", "ana"),
                room="Hall A",
                join_url="https://calls.example/secret",
            ),
            SessionPlan("2030-01-13T10:00", "2030-01-13T11:00", "Curbs"),
        ),
    )


def test_the_public_page_names_speakers_rooms_and_both_clocks(client, day):
    client.cookies["tz"] = "America/New_York"

    page = client.get(reverse("event", args=[day.slug])).content.decode()

    assert "Ben Okafor and Ana Ruiz" in page
    assert "Hall A, and online" in page
    assert "Your time: Sun, Jan 13, 11 a.m. Eastern" in page
    assert "Your time: Sun, Jan 13, 12 p.m. Eastern" in page
    people = page.partition('id="speakers"')[2]
    assert 0 < people.index("Cy Young") < people.index("Ben Okafor")
    assert "calls.example" not in page


def test_who_speaks_when_follows_the_names_of_sessions_where_there_are_any(lead, day):
    plain = published(lead, title="Other", speakers=tuple(Speaker.objects.filter(slug="cy")))
    opening = day.sessions.order_by("starts_at").first()

    found = speaking.pairs([day.pk, plain.pk])

    slugs = dict(Speaker.objects.values_list("pk", "slug"))
    assert sorted((session, slugs[speaker]) for session, speaker in found) == [
        *((opening.pk, "ana"), (opening.pk, "ben")),
        (plain.sessions.get().pk, "cy"),
    ]


def test_two_of_one_name_are_told_apart(db):
    for slug in ("sam-1", "sam-2"):
        Speaker.objects.create(slug=slug, name="Sam Lee")

    people = speaking.directory()

    assert people.label("sam-1") == "Sam Lee (sam-1)"
    assert people.slug("sam lee (SAM-2)") == "sam-2"
