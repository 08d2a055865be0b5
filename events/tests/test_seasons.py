"""Seasons as rows: planned, placed by a worker, pinned, and made into drafts."""

from datetime import UTC, date, timedelta

import pytest

from conftest import NOON
from events.domain import hosting, scheduling, season_placing, seasons
from events.domain.seasons import ItemPlan, NothingPlaced, SeasonChanged, SeasonPlan
from events.models import Event, Season, SeasonItem
from events.tests.planning import drafted
from kit.errors import Invalid
from programmes.domain import delivery
from programmes.models import OutboxEntry

FIRST, LAST = date(2027, 2, 1), date(2027, 4, 23)
DUE = OutboxEntry.State.READY


@pytest.fixture
def hosts(make_alliance):
    zones = ("America/Denver", "America/Phoenix", "America/New_York")
    return [make_alliance(zone.rpartition("/")[2], zone=zone) for zone in zones]


def item(*hosts, **changes) -> ItemPlan:
    values = {"title": "Curb data", "minutes": 60, "first_day": FIRST, "last_day": LAST}
    return ItemPlan(**{**values, "hosts": tuple(hosts), **changes})


def planned(lead, *items, **changes) -> Season:
    values = {
        "title": "Spring",
        "time_zone": "America/Denver",
        "first_day": FIRST,
        "last_day": LAST,
    }
    return seasons.draft(
        lead, SeasonPlan(**{**values, "items": items, **changes}), by=None, at=NOON
    )


def placed(season: Season) -> Season:
    """As a worker leaves it."""
    seasons.ask_for_plan(season, by=None, at=NOON)
    for entry in OutboxEntry.objects.filter(kind="events/season-plan", state=DUE):
        assert delivery.carry_out(_leased(entry))
    season.refresh_from_db()
    return season


def _leased(entry: OutboxEntry) -> OutboxEntry:
    OutboxEntry.objects.filter(pk=entry.pk).update(state="leased", lease="x" * 32)
    entry.refresh_from_db()
    return entry


def test_a_worker_places_every_event_and_says_what_each_costs(hosts):
    season = placed(planned(hosts[0], *(item(*hosts, title=f"Event {n}") for n in range(4))))

    rows = list(season.items.all())
    assert season.state == Season.State.PLACED
    assert all(row.starts_at and row.lead_id and row.notes for row in rows)
    assert len({row.starts_at.date() for row in rows}) == 4
    assert season.bill["total"] == sum(
        season.bill[name] for name in ("slots", "topics", "hosts", "leads", "hours")
    )


def test_leads_are_shared_unless_the_lead_may_not_change(hosts):
    fixed = [item(*hosts, any_host_leads=False, title=f"Fixed {n}") for n in range(2)]
    season = placed(planned(hosts[0], *fixed, item(*hosts), item(*hosts)))

    leads = [row.lead for row in season.items.all()]
    assert leads[:2] == [hosts[0]] * 2
    assert set(leads[2:]) == {hosts[1], hosts[2]}


def test_what_was_pinned_stays_and_the_rest_is_placed_anew(hosts):
    season = placed(planned(hosts[0], item(*hosts), item(*hosts)))
    first = season.items.first()
    seasons.pin(first, is_pinned=True, by=None)
    SeasonItem.objects.filter(pk=first.pk).update(starts_at=first.starts_at + timedelta(days=1))

    placed(season)

    again = season.items.first()
    assert again.starts_at == first.starts_at + timedelta(days=1)
    assert again.is_pinned


def test_what_has_no_time_cannot_be_pinned(hosts):
    season = planned(hosts[0], item(hosts[0]))

    with pytest.raises(NothingPlaced):
        seasons.pin(season.items.get(), is_pinned=True, by=None)


def test_only_the_plan_that_was_asked_for_last_is_written(hosts):
    season = planned(hosts[0], item(*hosts))
    seasons.ask_for_plan(season, by=None, at=NOON)
    late = season_placing.prepare(OutboxEntry.objects.get(kind="events/season-plan"))
    seasons.ask_for_plan(season, by=None, at=NOON + timedelta(seconds=1))

    season_placing.finish(OutboxEntry.objects.filter(kind="events/season-plan").first(), late)

    season.refresh_from_db()
    assert season.state == Season.State.SOLVING
    assert season.items.get().starts_at is None


def test_an_impossible_season_says_what_falls_out(hosts):
    day = {"first_day": FIRST, "last_day": FIRST, "minutes": 480}
    season = placed(planned(hosts[0], *(item(hosts[0], title=name, **day) for name in "AB")))

    assert season.state == Season.State.IMPOSSIBLE
    assert season.reasons == [
        "“A” and “B” cannot all be placed in the weeks they are given: "
        f"they need {hosts[0].name} at once."
    ]


def test_an_event_without_any_free_day_is_named(hosts):
    weekend = {"first_day": date(2027, 2, 6), "last_day": date(2027, 2, 7)}
    season = placed(planned(hosts[0], item(hosts[0], **weekend), item(*hosts)))

    assert season.state == Season.State.IMPOSSIBLE
    assert "“Curb data” finds no free time of 60 minutes" in season.reasons[0]


def test_events_of_the_network_are_kept_clear_of(hosts, make_event):
    monday = {"first_day": FIRST, "last_day": FIRST, "minutes": 420}
    event = drafted(
        hosts[0],
        sessions=(scheduling.SessionPlan("2027-02-01T09:00", "2027-02-01T12:00"),),
    )
    scheduling.publish(event, by=None, at=NOON)

    row = placed(planned(hosts[0], item(hosts[0], **monday))).items.get()

    assert any("Fiber to Every Block" in note for note in row.notes)


def test_accepting_makes_one_draft_of_each_and_asks_the_co_hosts(hosts):
    season = placed(planned(hosts[0], item(*hosts), item(hosts[0], title="Alone")))

    made = seasons.accept(season, by=None, at=NOON)

    assert [event.title for event in made] == ["Curb data", "Alone"]
    rows = list(season.items.all())
    assert [row.event for row in rows] == made
    assert [row.event.starts_at.astimezone(UTC) for row in rows] == [row.starts_at for row in rows]
    assert len(hosting.waiting_for(made[0])) == 2
    assert {event.status for event in Event.objects.all()} == {"draft", "proposed"}


def test_accepting_again_makes_nothing_twice(hosts):
    season = placed(planned(hosts[0], item(*hosts)))
    seasons.accept(season, by=None, at=NOON)
    SeasonItem.objects.update(event=None)  # as if it had died between the draft and the note of it

    [again] = seasons.accept(season, by=None, at=NOON)

    assert Event.objects.get() == again
    with pytest.raises(NothingPlaced):
        seasons.accept(season, by=None, at=NOON)


def test_what_is_a_draft_holds_its_place_in_the_next_plan(hosts):
    season = placed(planned(hosts[0], item(*hosts)))
    [event] = seasons.accept(season, by=None, at=NOON)
    seasons.add(season, [item(*hosts, title="One more")], by=None)

    placed(season)

    first, more = season.items.all()
    assert (first.event, first.starts_at) == (event, event.starts_at)
    assert more.starts_at not in {None, first.starts_at}
    with pytest.raises(SeasonChanged):
        seasons.change(first, item(*hosts), by=None)


def test_an_event_that_is_described_anew_has_to_be_placed_anew(hosts):
    season = placed(planned(hosts[0], item(*hosts)))

    row = seasons.change(season.items.get(), item(hosts[1], title="Other"), by=None)

    assert (row.title, row.starts_at, row.lead) == ("Other", None, None)
    assert [host.pk for host in row.hosts.all()] == [hosts[1].pk]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": ""}, "title"),
        ({"minutes": 5}, "minutes"),
        ({"first_day": LAST, "last_day": FIRST}, "last_day"),
        ({"first_day": FIRST - timedelta(days=1)}, "first_day"),
        ({"kind": "party"}, "kind"),
    ],
)
def test_an_event_that_cannot_be_is_refused_with_its_row_and_nothing_is_kept(hosts, change, place):
    with pytest.raises(Invalid) as no:
        planned(hosts[0], item(*hosts), item(*hosts, **change))

    assert no.value.errors[0]["loc"] == ["items", 1, place]
    assert not Season.objects.exists()


def test_an_event_needs_a_host_that_is_still_there(hosts):
    hosts[1].is_active = False
    with pytest.raises(Invalid):
        planned(hosts[0], item(hosts[1]))
    with pytest.raises(Invalid):
        planned(hosts[0], item())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": " "}, "title"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"first_day": LAST, "last_day": FIRST}, "last_day"),
        ({"last_day": date(2028, 4, 1)}, "last_day"),
        ({"first_day": date(1, 1, 1)}, "first_day"),
    ],
)
def test_a_season_that_cannot_be_is_refused(hosts, change, place):
    with pytest.raises(Invalid) as no:
        planned(hosts[0], **change)

    assert no.value.errors[0]["loc"][0] == place


def test_an_empty_season_has_nothing_to_place(hosts):
    with pytest.raises(Invalid):
        seasons.ask_for_plan(planned(hosts[0]), by=None, at=NOON)


def test_reading_a_season_costs_the_same_however_many_events(hosts, django_assert_max_num_queries):
    season = planned(hosts[0], *(item(*hosts, title=f"Event {n}") for n in range(12)))

    with django_assert_max_num_queries(18):
        seen = season_placing.read(season, at=NOON)

    assert len(seen.season.items) == 12
