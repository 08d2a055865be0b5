"""The season planner as pages: events listed, tables pasted, plans shown."""

from datetime import date

import pytest
from django.urls import reverse

from conftest import NOON
from events.domain import seasons
from events.domain.seasons import ItemPlan, SeasonPlan
from events.models import Event, Season, SeasonItem
from programmes.models import Topic

FIRST, LAST = date(2027, 2, 1), date(2027, 4, 23)


@pytest.fixture
def lead(make_alliance):
    return make_alliance("Plains", short_name="PLA", mark="PL")


@pytest.fixture
def partner(make_alliance):
    return make_alliance("Rivers", short_name="RIV", mark="RI")


@pytest.fixture
def organiser(client, lead, make_organiser):
    client.force_login(make_organiser(lead))
    return client


@pytest.fixture
def season(lead) -> Season:
    plan = SeasonPlan("Spring", "America/Denver", FIRST, LAST)
    return seasons.draft(lead, plan, by=None, at=NOON)


def at(name: str, *args) -> str:
    return reverse(f"organise-season{name}", args=args)


def typed(*hosts, **changes) -> dict:
    return {
        "title": "Curb data",
        "kind": "webinar",
        "minutes": "60",
        "hosts": [host.slug for host in hosts],
        "lead": "any",
        "first_day": "2027-02-01",
        "last_day": "2027-02-26",
        **changes,
    }


def test_a_season_is_begun_and_leads_to_its_events(organiser, lead):
    sent = organiser.post(
        at("-new"),
        {
            "title": "Spring",
            "alliance": lead.slug,
            "first_day": "2027-02-01",
            "last_day": "2027-04-23",
            "time_zone": "America/Denver",
        },
    )

    season = Season.objects.get()
    assert sent["Location"] == at("", season.public_id)
    assert "No event yet" in organiser.get(sent["Location"]).content.decode()


def test_days_the_wrong_way_round_are_said_and_nothing_is_lost(organiser, lead):
    sent = organiser.post(
        at("-new"),
        {
            "title": "Spring",
            "alliance": lead.slug,
            "first_day": "2027-04-23",
            "last_day": "2027-02-01",
            "time_zone": "America/Denver",
        },
    )

    page = sent.content.decode()
    assert sent.status_code == 422
    assert "Turn them around" in page
    assert 'value="Spring"' in page


def test_an_event_is_added_changed_and_taken_out(organiser, season, lead, partner):
    organiser.post(at("-item-new", season.public_id), typed(lead, partner))
    row = season.items.get()
    organiser.post(
        at("-item", season.public_id, row.public_id),
        typed(lead, partner, title="Curb data II", lead=partner.slug),
    )

    row.refresh_from_db()
    assert (row.title, row.first_lead, row.any_host_leads) == ("Curb data II", partner, False)

    organiser.post(at("-item-removal", season.public_id, row.public_id))
    assert not season.items.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"minutes": "2"}, "15 to 480 minutes"),
        ({"hosts": []}, "Choose at least one alliance"),
        ({"first_day": "2026-01-01"}, "outside the season"),
        ({"last_day": "tomorrow"}, "YYYY-MM-DD"),
        ({"lead": "rivers"}, "Select a valid choice"),
    ],
)
def test_an_event_that_cannot_be_is_said_beside_its_field(
    organiser, season, lead, change, sentence
):
    sent = organiser.post(at("-item-new", season.public_id), {**typed(lead), **change})

    page = sent.content.decode()
    assert sent.status_code == 422
    assert sentence in page
    assert 'value="Curb data"' in page
    assert not season.items.exists()


def test_a_pasted_table_adds_all_its_events(organiser, season, lead, partner):
    Topic.objects.create(slug="curb", name="Curb and parking")
    table = (
        "Title\tMinutes\tHosts\tTopic\tNot before\tNot after\r\n"
        "Curb data\t60\tPLA + RI\tcurb and parking\t2027-02-01\t2027-02-26\r\n"
        "\r\n"
        "Heat maps\t90\trivers*\t\t2027-03-01\t2027-03-26"
    )

    organiser.post(at("-table", season.public_id), {"table": table})

    first, second = season.items.all()
    assert [host.pk for host in first.hosts.all()] == [lead.pk, partner.pk]
    assert (first.topics.get().slug, first.any_host_leads) == ("curb", True)
    assert (second.minutes, second.first_lead, second.any_host_leads) == (90, partner, False)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (";60;PLA;;2027-02-01;2027-02-26", "Line 2, title: an empty cell is no title."),
        ("A;soon;PLA;;2027-02-01;2027-02-26", "Line 2, minutes: “soon” is no number"),
        ("A;60;Nowhere;;2027-02-01;2027-02-26", "Line 2, hosts: “Nowhere” names an alliance"),
        ("A;60;PLA;Cheese;2027-02-01;2027-02-26", "Line 2, topic: “Cheese” is not one"),
        ("A;60;PLA;;02/01/2027;2027-02-26", "Line 2, not before: “02/01/2027” is no day"),
        ("A;60", "Line 2, hosts: an empty cell names an alliance there is not"),
        ("A;2;PLA;;2027-02-01;2027-02-26", "Event 2: Write a length from 15 to 480 minutes."),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_added(
    organiser, season, lead, partner, line, sentence
):
    good = "Curb data;60;PLA+RIV;;2027-02-01;2027-02-26"

    sent = organiser.post(at("-table", season.public_id), {"table": f"{good}\n{line}"})

    page = sent.content.decode()
    assert sent.status_code == 422
    assert sentence in page
    assert "Curb data;60" in page
    assert not season.items.exists()


def placed(season: Season, *hosts) -> SeasonItem:
    plan = ItemPlan("Curb data", 60, hosts, FIRST, LAST)
    [row] = seasons.add(season, [plan], by=None)
    SeasonItem.objects.filter(pk=row.pk).update(
        starts_at="2027-02-03T17:00Z", lead=hosts[0], cost=3, notes=["Lunch for Rivers."]
    )
    Season.objects.filter(pk=season.pk).update(
        state="placed", bill={"slots": 3, "total": 3, "is_best": 1}
    )
    return row


def test_a_plan_is_shown_as_a_table_with_reasons_and_as_months(organiser, season, lead, partner):
    placed(season, lead, partner)

    page = organiser.get(at("", season.public_id)).content.decode()

    assert "Wednesday, February 3, 2027" in page
    assert "Lunch for Rivers." in page
    assert "Events in February 2027" in page
    assert "There is no cheaper plan." in page
    assert "Make 1 draft and ask the co-hosts" in page


def test_while_a_plan_is_looked_for_the_page_says_so_and_looks_again(organiser, season, lead):
    seasons.add(season, [ItemPlan("Curb data", 60, (lead,), FIRST, LAST)], by=None)

    organiser.post(at("-plan", season.public_id))

    page = organiser.get(at("", season.public_id)).content.decode()
    assert "Looking for a plan" in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_keeping_and_letting_go(organiser, season, lead):
    row = placed(season, lead)
    address = at("-item-pin", season.public_id, row.public_id)

    organiser.post(address, {"pinned": "1"})
    row.refresh_from_db()
    kept = row.is_pinned
    organiser.post(address, {"pinned": "0"})
    row.refresh_from_db()

    assert (kept, row.is_pinned) == (True, False)


def test_accepting_twice_makes_one_draft(organiser, season, lead, partner):
    placed(season, lead, partner)

    first = organiser.post(at("-acceptance", season.public_id))
    again = organiser.post(at("-acceptance", season.public_id))

    assert (first.status_code, again.status_code) == (302, 409)
    assert Event.objects.get().title == "Curb data"


def test_another_alliance_s_season_is_not_there(client, season, make_organiser, partner):
    client.force_login(make_organiser(partner))

    assert client.get(at("", season.public_id)).status_code == 404
    assert client.post(at("-plan", season.public_id)).status_code == 404
    assert "Spring" not in client.get(at("s")).content.decode()


def test_the_page_costs_the_same_however_many_events(
    organiser, season, lead, partner, django_assert_max_num_queries
):
    for _ in range(6):
        placed(season, lead, partner)

    with django_assert_max_num_queries(10):
        assert organiser.get(at("", season.public_id)).status_code == 200


def framed(**changes) -> dict[str, str]:
    return {
        "title": "Spring, later",
        "first_day": "2027-02-01",
        "last_day": "2027-05-28",
        "time_zone": "America/Chicago",
        **changes,
    }


def test_title_and_days_of_a_season_change_and_its_events_stay(organiser, season, lead):
    placed(season, lead)

    organiser.post(at("-edit", season.public_id), framed(alliance=lead.slug))

    season.refresh_from_db()
    assert (season.title, str(season.last_day)) == ("Spring, later", "2027-05-28")
    assert season.items.get().starts_at is not None


def test_days_that_leave_an_event_out_are_refused_by_its_name(organiser, season, lead):
    placed(season, lead)

    sent = organiser.post(
        at("-edit", season.public_id), framed(alliance=lead.slug, first_day="2027-03-01")
    )

    assert sent.status_code == 422
    assert "These days leave out “Curb data”." in sent.content.decode()
    season.refresh_from_db()
    assert season.title == "Spring"


def test_a_season_is_deleted_after_a_question_and_its_drafts_stay(organiser, season, lead):
    placed(season, lead)
    organiser.post(at("-acceptance", season.public_id))

    asked = organiser.get(at("-deletion", season.public_id)).content.decode()
    organiser.post(at("-deletion", season.public_id))

    assert "Delete this season?" in asked
    assert not Season.objects.exists()
    assert Event.objects.get().title == "Curb data"
