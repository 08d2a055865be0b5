"""Finding events and registering: the list, the month, an event's page, its form, a feed."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from events.models import Event, EventHost, Registration
from programmes.models import Topic

pytestmark = pytest.mark.django_db
TYPED = {"name": "Ana Ruiz", "email": "ana@city.example", "organisation": "City of Aurora"}


def at_noon(days: int) -> str:
    return f"{timezone.now() + timedelta(days=days):%Y-%m-%d}T12:00"


@pytest.fixture
def ahead(make_event):
    """``ahead(days=9)``: an event some days from today, on the clocks of UTC."""

    def make(days=9, **fields):
        return make_event(time_zone="UTC", starts=at_noon(days), **fields)

    return make


def read(response) -> html.HtmlElement:
    return html.document_fromstring(response.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def titles(response) -> list[str]:
    return [words(link) for link in read(response).xpath("//main//*[@class='title']")]


def said(response) -> str:
    return words(read(response).xpath("//main//*[@role='status']")[0])


# -- the list


def test_the_list_shows_what_is_to_come_and_public(client, ahead):
    shown = [ahead(12), ahead(3)]
    ahead(-3)
    ahead(5, published=False)
    ahead(5, visibility="unlisted")

    page = client.get("/events/")

    assert titles(page) == [shown[1].title, shown[0].title]
    assert said(page) == "2 events coming up"


def test_the_front_door_is_the_list(client, ahead):
    ahead()

    assert titles(client.get("/")) == titles(client.get("/events/")) != []


@pytest.mark.parametrize(
    "query",
    ["alliance=plains", "topic=water", "format=in_person", "credits=1", "q=curb", "month={month}"],
)
def test_each_filter_narrows_the_list(client, ahead, make_alliance, query):
    plains = make_alliance("Plains", slug="plains")
    wanted = ahead(40, title="Curb data", lead=plains, format="in_person")
    wanted.topics.add(Topic.objects.create(slug="water", name="Water"))
    wanted.credits.create(scheme="contact_hour", amount=1)
    ahead(100, title="Fiber")
    assert len(titles(client.get("/events/"))) == 2

    page = client.get("/events/?" + query.format(month=f"{wanted.starts_at:%Y-%m}"))

    assert titles(page) == ["Curb data"]
    assert said(page).startswith("1 event matches your filters.")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("alliance=nobody", "There is no alliance “nobody”."),
        ("topic=x%0Ay", "There is no topic “x y”."),
        ("format=hologram", "There is no format “hologram”."),
    ],
)
def test_a_filter_that_cannot_be_is_told_with_the_form_to_mend_it(client, ahead, query, sentence):
    for path in ("/events/", month_of(ahead())):
        page = client.get(f"{path}?{query}")

        assert page.status_code == 400
        assert sentence in words(read(page).xpath("//*[@role='alert']")[0])
        assert read(page).xpath("//form[@role='search']//select[@name='topic']")
        assert not read(page).xpath("//a[contains(@href, '/feeds/?')]")


def test_a_month_that_cannot_be_is_told_on_the_list(client, ahead):
    ahead()

    page = client.get("/events/?month=soon")

    assert page.status_code == 400
    assert "Write it as in 2027-01" in words(read(page).xpath("//*[@role='alert']")[0])


@pytest.mark.parametrize("query", ["month=", "format=%00", "q=a%00b", "page=999"])
def test_a_query_nobody_foresaw_is_answered(client, ahead, query):
    ahead()

    assert client.get(f"/events/?{query}").status_code == 200
    assert client.get(f"{month_of(Event.objects.get())}?{query}").status_code == 200


def test_an_empty_list_says_what_to_do_next(client):
    page = read(client.get("/events/?q=nothing"))

    links = [link.get("href") for link in page.xpath("//*[@class='row']//a")]
    assert links == ["/events/", "/feeds/"]


def test_the_same_choice_is_one_click_from_a_feed(client, ahead):
    event = ahead()

    page = read(client.get(f"/events/?alliance={event.lead.slug}&format=online"))

    (link,) = page.xpath("//main//a[contains(., 'Subscribe to this list')]/@href")
    assert link == f"/feeds/?alliance={event.lead.slug}&format=online"


def test_a_kept_page_follows_every_change(client, ahead, make_registration):
    event = ahead(capacity=40)
    assert "40 seats" in client.get("/events/").content.decode()

    make_registration(event)

    assert "39 seats" in client.get("/events/").content.decode()


def test_a_message_to_one_reader_is_kept_for_nobody_else(ahead, make_person):
    ahead()
    ana = make_person(password="long enough")
    leaving = Client()
    leaving.force_login(ana)

    left = leaving.post("/accounts/logout/", follow=True)

    assert "signed out" in words(read(left)).lower()
    assert "signed out" not in words(read(Client().get("/"))).lower()


# -- a month


def month_of(event: Event) -> str:
    return f"/events/calendar/{event.starts_at:%Y-%m}/"


def entries(response) -> list[str]:
    """What is seen of each line of the table, without the day that only a screen reader says."""
    links = read(response).xpath("//table//a")
    return [words(link).removeprefix(words(link[0])).strip() for link in links]


def test_a_month_shows_its_dates_on_the_reader_s_clock(client, make_event):
    event = make_event(starts=f"{timezone.now():%Y}-01-09T23:30", time_zone="America/Denver")
    client.cookies["tz"] = "America/New_York"

    page = client.get(month_of(event))

    assert entries(page) == [f"1:30 a.m. {event.title}"]
    (day,) = read(page).xpath("//td[.//a]//span[@class='date']")
    assert words(day).endswith("Jan 10")
    assert "Times in Eastern." in words(read(page))


def test_without_a_zone_a_month_is_told_in_the_middle_of_the_country(client, ahead):
    assert "Times in Central." in words(read(client.get(month_of(ahead()))))


def test_a_date_at_the_edge_belongs_to_the_month_of_the_reader(client, make_event):
    event = make_event(starts=f"{timezone.now():%Y}-03-31T23:30", time_zone="America/Denver")
    client.cookies["tz"] = "America/New_York"
    year = event.starts_at.year

    march = client.get(f"/events/calendar/{year}-03/")
    april = client.get(f"/events/calendar/{year}-04/")

    assert (entries(march), len(entries(april))) == ([], 1)


def test_a_month_keeps_the_filters_on_the_way_to_the_next(client, ahead):
    event = ahead()
    year, month = event.starts_at.year, event.starts_at.month
    following = date(year, month, 1) + timedelta(days=32)

    page = read(client.get(month_of(event) + "?format=online"))

    (link,) = page.xpath("//a[@rel='next']/@href")
    assert link == f"/events/calendar/{following:%Y-%m}/?format=online"


def test_a_month_obeys_the_filters(client, ahead):
    event = ahead(format="in_person")
    assert len(entries(client.get(month_of(event)))) == 1

    assert entries(client.get(month_of(event) + "?format=online")) == []


def test_a_called_off_date_says_so(client, ahead):
    event = ahead(status="cancelled", cancelled_at=timezone.now())

    assert entries(client.get(month_of(event)))[0].endswith("(canceled)")


def test_drafts_stand_in_no_month(client, ahead):
    event = ahead(published=False)

    assert entries(client.get(month_of(event))) == []


def test_the_calendar_leads_to_the_month_it_is(client):
    client.cookies["tz"] = "Pacific/Kiritimati"
    today = timezone.now() + timedelta(hours=14)

    answer = client.get("/events/calendar/?q=curb")

    assert answer["Location"] == f"/events/calendar/{today:%Y-%m}/?q=curb"


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "0000-01", "9999-12", "1990-01", "soon"])
def test_far_and_impossible_months_are_not_found(client, month):
    assert client.get(f"/events/calendar/{month}/").status_code == 404


def test_an_organiser_s_filter_is_answered_as_well(client, ahead, make_organiser):
    event = ahead()
    client.force_login(make_organiser(event.lead))

    for path in ("registrations/?q=a%00b&state=%00&alliance=%00", "registrations.csv?q=%00"):
        assert client.get(f"/organize/events/{event.slug}/{path}").status_code == 200
    assert client.get("/organize/events/?q=a%00b").status_code == 200


# -- an event


def test_an_event_s_page_says_when_where_and_who(client, make_event, make_alliance):
    partner = make_alliance("Coastal")
    event = make_event(starts="2030-01-09T11:00", co_hosts=(partner,), capacity=300)
    client.cookies["tz"] = "America/Chicago"

    page = words(read(client.get(f"/events/{event.slug}/")))

    for part in (
        "Wednesday, January 9, 2030",
        "11 a.m. to 12:30 p.m. Mountain",
        "Your time: Wed, Jan 9, 12 p.m. Central",
        "300 of 300 left",
        event.lead.name,
        "Coastal",
        "Attend at least 72 of 90 minutes",
    ):
        assert part in page


def test_the_address_of_the_room_is_on_no_public_page(client, ahead):
    event = ahead(join_url="https://meet.example/secret")

    for path in ("/events/", f"/events/{event.slug}/", month_of(event), "/feeds/"):
        assert "meet.example" not in client.get(path).content.decode()


def test_a_draft_is_not_found(client, ahead, make_organiser):
    event = ahead(published=False)
    host = Client()
    host.force_login(make_organiser(event.lead))
    assert host.get(f"/events/{event.slug}/").status_code == 200

    assert client.get(f"/events/{event.slug}/").status_code == 404


def test_a_co_host_that_has_not_answered_is_not_named(client, ahead, make_alliance):
    partner = make_alliance("Coastal")
    event = ahead(co_hosts=(partner,))
    EventHost.objects.filter(alliance=partner).update(state=EventHost.State.INVITED)

    tags = read(client.get(f"/events/{event.slug}/")).xpath("//main//*[@class='tags']")

    assert words(tags[0]).endswith(event.lead.name)


@pytest.mark.parametrize(
    ("fields", "button"),
    [
        ({}, "Register for this event"),
        ({"capacity": 0}, "Join the waitlist"),
        ({"capacity": 0, "has_waitlist": False}, None),
        ({"status": "cancelled", "cancelled_at": timezone.now()}, None),
    ],
)
def test_the_form_is_there_while_one_can_register(client, ahead, fields, button):
    event = ahead(**fields)

    form = read(client.get(f"/events/{event.slug}/")).xpath("//section[@id='register']//button")

    assert [words(b) for b in form] == ([button] if button else [])


# -- registering


def register(client, event, **typed):
    return client.post(f"/events/{event.slug}/registrations/", {**TYPED, **typed})


def test_registering_leads_to_a_page_that_can_be_loaded_again(client, ahead):
    event = ahead()

    answer = register(client, event)

    for _ in range(2):
        page = client.get(answer["Location"])
        assert words(read(page).find(".//h1")) == "You are registered"
    assert Registration.objects.count() == 1
    assert "ana" not in page.content.decode().lower()


def test_the_same_address_gets_the_very_same_answer(client, ahead):
    event = ahead()

    answers = [register(client, event, email=e) for e in ("ana@city.example", " ANA@City.example")]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert Registration.objects.count() == 1


def test_a_full_event_gives_a_place_in_line(client, ahead):
    event = ahead(capacity=1)
    register(client, event)

    page = client.get(register(client, event, email="ben@city.example")["Location"])

    assert words(read(page).find(".//h1")) == "You are on the waitlist"
    assert "You are number 1 in line." in words(read(page))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "A" * 301}, "name"),
        ({"name": "Ana\r\nBcc: x@y.example"}, "name"),
        ({"email": "ana"}, "email"),
        ({"organisation": ""}, "organisation"),
    ],
)
def test_wrong_input_is_said_beside_the_field_and_above(client, ahead, typed, field):
    event = ahead()

    answer = register(client, event, **typed)

    page = read(answer)
    control = page.get_element_by_id(f"id_{field}")
    assert answer.status_code == 422
    assert page.find(".//title").text.startswith("Error: ")
    assert control.get("aria-invalid") == "true"
    assert page.get_element_by_id(f"id_{field}_error").text_content().strip()
    assert f"#id_{field}" in page.xpath("//*[@role='alert']//a/@href")
    assert page.get_element_by_id("id_organisation" if field == "name" else "id_name").get("value")
    assert not Registration.objects.exists()


def test_registering_too_late_is_refused_in_a_sentence(client, ahead):
    event = ahead(-2)

    answer = register(client, event)

    assert answer.status_code == 409
    assert "has closed" in words(read(answer).xpath("//*[@role='alert']")[0])


def test_the_form_of_another_site_is_not_taken(client, ahead):
    event = ahead()
    elsewhere = Client(headers={"Sec-Fetch-Site": "cross-site"})

    assert register(elsewhere, event).status_code == 403
    assert not Registration.objects.exists()


def test_a_made_up_confirmation_is_not_found(client, ahead):
    event, other = ahead(), ahead()
    note = register(client, event)["Location"].rstrip("/").rpartition("/")[2]
    assert client.get(f"/events/{event.slug}/registered/{note}/").status_code == 200

    assert client.get(f"/events/{other.slug}/registered/{note}/").status_code == 404
    assert client.get(f"/events/{event.slug}/registered/x{note}/").status_code == 404


# -- a feed


def test_the_feed_builder_gives_an_address_that_works(client, ahead, settings):
    event = ahead()

    page = read(client.get(f"/feeds/?alliance={event.lead.slug}&format=online"))

    address = page.get_element_by_id("feed-address").get("value")
    feed = client.get(address.removeprefix(settings.PUBLIC_BASE_URL))
    assert (feed.status_code, feed["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert event.title in feed.content.decode()


@pytest.mark.parametrize("query", ["alliance=nobody", "topic=%00"])
def test_an_unknown_choice_is_said_and_the_form_stays(client, query):
    answer = client.get(f"/feeds/?{query}")
    assert client.get(f"/feeds/all.ics?{query}").status_code == 400

    assert answer.status_code == 400
    assert read(answer).xpath("//main//form")
