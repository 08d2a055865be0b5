"""Partners' own events on the public pages: marked, linked to theirs, filtered like ours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.utils import timezone

from events.domain import calendars, partners
from events.models import PartnerCalendar, PartnerEntry

pytestmark = pytest.mark.django_db
DENVER = ZoneInfo("America/Denver")
SOON = timezone.now().astimezone(DENVER).replace(minute=0, second=0, microsecond=0) + timedelta(
    days=3
)


@pytest.fixture
def listed(make_alliance):
    """``listed(title="Picnic")``: an entry on an alliance's own calendar."""
    alliance = make_alliance("Plains", short_name="PLNS", code="plns")
    calendar = partners.add(
        alliance,
        partners.Details("Our events", PartnerCalendar.Purpose.LISTED),
        url="https://plains.example/a.ics",
        by=None,
        at=timezone.now(),
    )

    def make(title="Plains picnic", starts=SOON, **fields) -> PartnerEntry:
        values = {
            "uid": f"{title}@plains",
            "title_key": title.lower(),
            "ends_at": starts + timedelta(hours=1),
            "time_zone": "America/Denver",
            "url": "https://plains.example/picnic",
            "location": "Town park",
            "digest": "x",
            "changed_at": timezone.now(),
        }
        made = PartnerEntry.objects.create(
            calendar=calendar, title=title, starts_at=starts, **{**values, **fields}
        )
        calendars.raise_revision()
        cache.clear()
        return made

    return make


def text(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def month_of(at) -> str:
    return f"/events/calendar/{at:%Y-%m}/"


def test_the_list_shows_it_in_its_place_marked_and_linked_to_theirs(client, listed, make_event):
    first = make_event(title="Ours first", starts=f"{SOON - timedelta(hours=2):%Y-%m-%dT%H:%M}")
    last = make_event(title="Ours last", starts=f"{SOON + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    listed()
    page = text(client, "/events/")

    places = [page.index(words) for words in (first.title, "Plains picnic", last.title)]
    assert places == sorted(places)
    assert 'href="https://plains.example/picnic" rel="noopener nofollow"' in page
    assert "On PLNS’s own calendar" in page
    assert "<strong>3 events</strong>" in page
    assert 'target="_blank"' not in page


def test_month_and_alliance_show_it_too(client, listed):
    entry = listed()
    for path in (month_of(SOON), f"/alliances/{entry.calendar.alliance.slug}/"):
        page = text(client, path)
        assert "Plains picnic" in page
        assert "On PLNS’s own calendar" in page
        assert 'href="https://plains.example/picnic"' in page


def test_whole_days_are_said_as_days(client, listed):
    day = SOON.date()
    midnight = datetime.combine(day, datetime.min.time(), DENVER)
    listed(
        starts=midnight,
        ends_at=midnight + timedelta(days=2),
        starts_on=day,
        ends_on=day + timedelta(days=2),
    )
    assert "All day, through" in text(client, "/events/")
    assert "All day" in text(client, month_of(SOON))


def test_without_an_address_of_its_own_it_leads_to_its_alliance(client, listed):
    entry = listed(url="")
    href = f'href="/alliances/{entry.calendar.alliance.slug}/"'
    assert href in text(client, "/events/?q=picnic")


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("q=PICNIC+park", True),
        ("q=nothing+like+it", False),
        ("format=online", False),
        ("credits=1", False),
        (f"month={SOON:%Y-%m}", True),
        ("month=2020-01", False),
        ("alliance={slug}", True),
        ("alliance={other}", False),
    ],
)
def test_filters_mean_the_same_for_both(client, listed, make_alliance, query, is_there):
    slug = listed().calendar.alliance.slug
    other = make_alliance().slug
    page = text(client, f"/events/?{query.format(slug=slug, other=other)}")
    assert ("Plains picnic" in page) == is_there


@pytest.mark.parametrize(
    "fields",
    [{"status": "CANCELLED"}, {"title": "", "title_key": ""}, {"starts": SOON.replace(year=2020)}],
)
def test_what_is_canceled_private_or_over_is_not_shown(client, listed, fields):
    listed("Shown")
    listed(**{"title": "Hidden one", **fields})
    page = text(client, "/events/")
    assert "Shown" in page
    assert "Hidden one" not in page
    assert page.count("own calendar") == 1


def test_markup_in_a_strangers_title_stays_text(client, listed):
    listed("<script>alert(1)</script>", location="<img src=x onerror=alert(1)>")
    for path in ("/events/", month_of(SOON)):
        page = text(client, path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_the_list_pages_through_both(client, listed, make_event):
    for number in range(51):
        listed(f"Picnic {number}", SOON + timedelta(minutes=number))
    make_event(title="Ours last", starts=f"{SOON + timedelta(days=2):%Y-%m-%dT%H:%M}")
    assert "<strong>52 events</strong>" in text(client, "/events/")
    second = text(client, "/events/?page=2")
    assert "Picnic 50" in second
    assert "Ours last" in second
    assert "Picnic 49" not in second


def test_many_entries_take_no_more_queries_than_few(
    client, listed, django_assert_max_num_queries, make_event
):
    make_event(starts=f"{SOON:%Y-%m-%dT%H:%M}")
    for number in range(30):
        listed(f"Picnic {number}", SOON + timedelta(minutes=number))
    with django_assert_max_num_queries(14):
        text(client, "/events/")
    with django_assert_max_num_queries(8):
        text(client, "/events/?page=1")
    assert isinstance(SOON.date(), date)
