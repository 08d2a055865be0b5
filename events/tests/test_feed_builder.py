"""The feed builder: what is ticked, the address that follows, the ways into each program."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from lxml import html

from events.domain import subscriptions
from events.models import FeedSubscription
from programmes.models import Programme, Topic

pytestmark = pytest.mark.django_db
SITE = "https://events.example.org"


@pytest.fixture(autouse=True)
def _base_url(settings):
    settings.PUBLIC_BASE_URL = SITE


@pytest.fixture
def plains(make_alliance):
    return make_alliance("Plains", slug="plains")


@pytest.fixture
def coming(make_event, plains):
    def make(**fields):
        return make_event(**{"lead": plains, "starts": "2031-01-09T11:00", **fields})

    return make


def read(response) -> html.HtmlElement:
    return html.document_fromstring(response.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def address(response) -> str:
    (field,) = read(response).xpath("//input[@id='feed-address']/@value")
    return field


def said(response) -> str:
    return words(read(response).xpath("//*[@id='feed-status']")[0])


def ways(response) -> dict[str, str]:
    return {a.get("data-way"): a.get("href") for a in read(response).xpath("//a[@data-way]")}


# -- what is ticked


def test_nothing_ticked_is_everything(client, coming):
    coming(title="Curb data")
    coming()

    page = client.get("/feeds/")

    assert address(page) == f"{SITE}/feeds/all.ics"
    assert said(page) == "2 events match now. Next: Curb data, January 9, 2031."


def test_the_address_follows_the_boxes_and_they_stay_ticked(client, coming, make_alliance):
    Topic.objects.create(slug="water", name="Water")
    make_alliance("Coastal", slug="coastal")
    coming(format="hybrid")
    query = "alliance=plains&alliance=coastal&topic=water&format=hybrid&cancelled=hide&lang=es"

    page = client.get(f"/feeds/?{query}")

    assert address(page).startswith(f"{SITE}/feeds/all.ics?alliance=coastal&alliance=plains")
    assert parse_qs(urlsplit(address(page)).query) == {
        "alliance": ["coastal", "plains"],
        "topic": ["water"],
        "format": ["hybrid"],
        "cancelled": ["hide"],
        "lang": ["es"],
    }
    ticked = read(page).xpath("//form[@id='choose']//input[@checked]/@value")
    assert set(ticked) == {"plains", "coastal", "water", "hybrid", "hide"}
    assert read(page).xpath("//select[@name='lang']/option[@selected]/@value") == ["es"]
    assert said(page).startswith("0 events match now.")


def test_a_program_has_an_address_of_its_own(client, coming, plains):
    series = Programme.objects.create(slug="exchange", name="Exchange", lead=plains)
    coming(programme=series)
    coming()

    page = client.get("/feeds/?program=exchange")

    assert address(page) == f"{SITE}/feeds/programs/exchange.ics"
    assert said(page).startswith("1 event matches now.")


def test_the_address_gives_what_was_counted(client, coming):
    wanted = coming(format="hybrid")
    coming(format="online")
    page = client.get("/feeds/?format=hybrid")

    feed = client.get(address(page).removeprefix(SITE)).content.decode()

    assert said(page).startswith("1 event matches now.")
    assert (feed.count("BEGIN:VEVENT"), wanted.title in feed) == (1, True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("alliance=nobody", "There is no alliance “nobody”."),
        ("topic=%00", "holds a character"),
        ("program=nobody", "There is no program “nobody”."),
        ("lang=tlh", "Feeds do not speak “tlh”"),
        ("cancelled=maybe", "cannot be filtered by “cancelled=maybe”"),
        ("&".join(f"topic=t{n}" for n in range(33)), "at most 32"),
    ],
)
def test_what_cannot_be_is_told_and_the_form_stays(client, coming, query, sentence):
    coming()

    page = client.get(f"/feeds/?{query}")

    assert page.status_code == 400
    assert sentence in words(read(page).xpath("//*[@role='alert']")[0])
    assert read(page).xpath("//form[@id='choose']//input")


def test_what_no_calendar_can_follow_is_told(client, plains):
    page = client.get("/feeds/?alliance=plains&q=curb&credits=1")

    told = [words(one) for one in read(page).xpath("//*[contains(@class, 'notice')]")]
    assert told == [
        "A calendar cannot follow words. The rest of your filter is kept.",
        "A calendar cannot follow credit. The rest of your filter is kept.",
    ]
    assert address(page).endswith("?alliance=plains")


# -- the ways in


def test_each_program_gets_the_scheme_it_takes(client, plains):
    page = client.get("/feeds/?alliance=plains")
    found = {key: urlsplit(url) for key, url in ways(page).items()}
    https = f"{SITE}/feeds/all.ics?alliance=plains"
    webcal = https.replace("https:", "webcal:")

    assert ways(page)["apple"] == webcal
    assert parse_qs(found["google"].query) == {"cid": [webcal]}
    for key, site in (("outlook", "outlook.live.com"), ("office", "outlook.office.com")):
        assert (found[key].scheme, found[key].netloc) == ("https", site)
        assert found[key].path == "/calendar/0/addfromweb"
        assert parse_qs(found[key].query)["url"] == [https]
    assert "webcals:" not in page.content.decode()


def test_the_address_moves_to_a_phone_as_a_picture_with_its_text(client):
    page = read(client.get("/feeds/"))

    assert page.xpath("//*[@id='feed-qr']//*[local-name()='svg']")


def test_it_says_how_fresh_it_will_be_in_each_program(client):
    text = words(read(client.get("/feeds/")))

    for program in ("Google Calendar", "Outlook.com", "Apple Calendar", "Thunderbird"):
        assert program in text
    assert "Every 8 to 24 hours" in text
    assert "For a late change, register" in text


# -- keeping a choice


def save(client, **typed):
    return client.post("/feeds/saved/", {"lang": "en", **typed})


def test_a_choice_is_saved_and_its_address_shown_once(client, coming):
    event = coming(format="hybrid")
    coming(format="online")

    answer = save(client, format="hybrid", alliance="plains", name="Curbs", alarm="60")

    page = client.get(answer["Location"])
    made = FeedSubscription.objects.get()
    token = address(page).rpartition("/")[2].removesuffix(".ics")
    assert subscriptions.by_token(token) == made
    assert (made.name, made.alarm_minutes, made.language, made.owner) == ("Curbs", 60, "en", None)
    assert set(subscriptions.selection_of(made).format) == {"hybrid"}
    assert address(page).startswith(f"{SITE}/feeds/s/")
    assert said(page).startswith("1 event matches now.")
    assert event.title in said(page)
    assert ways(page)["apple"].startswith("webcal://events.example.org/feeds/s/")
    for name, value in (
        ("Cache-Control", "private, no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Robots-Tag", "noindex"),
    ):
        assert page[name] == value


def test_a_choice_without_a_name_or_reminder_is_saved_as_well(client, coming):
    coming()

    assert save(client).status_code == 302
    assert FeedSubscription.objects.get().alarm_minutes is None


def test_the_choice_of_who_signed_in_is_theirs(client, make_person):
    ana = make_person()
    client.force_login(ana)

    save(client, name="Mine")

    assert FeedSubscription.objects.get().owner == ana
    assert "Mine" in words(read(client.get("/feeds/mine/")))


@pytest.mark.parametrize(
    "typed",
    [
        {"alliance": "nobody"},
        {"alarm": "7"},
        {"lang": "tlh"},
        {"name": "x" * 600},
        {"name": "a\nb", "alliance": "nobody"},
    ],
)
def test_what_cannot_be_saved_is_told_and_stays_typed(client, plains, typed):
    Topic.objects.create(slug="water", name="Water")

    page = save(client, **{"topic": "water", "name": "Curbs", **typed})

    assert page.status_code == 422
    assert not FeedSubscription.objects.exists()
    assert read(page).xpath("//*[@role='alert' or contains(@class, 'error')]")
    assert "water" in read(page).xpath("//input[@checked]/@value")


def test_another_site_cannot_save_for_somebody(client):
    sent = {"Sec-Fetch-Site": "cross-site"}

    assert client.post("/feeds/saved/", {"lang": "en"}, headers=sent).status_code == 403
    assert not FeedSubscription.objects.exists()


def test_saving_is_a_form_only(client):
    assert client.get("/feeds/saved/").status_code == 405


def test_the_builder_of_strangers_keeps_no_cookie(client, coming):
    coming()

    assert not client.get("/feeds/").cookies
    assert not save(client).cookies


def test_saving_takes_what_is_ticked_not_what_was_updated(client, plains):
    """The button belongs to the form of the boxes, wherever it stands."""
    page = read(client.get("/feeds/"))

    (button,) = page.xpath("//button[@formaction]")
    assert (button.get("form"), button.get("formmethod")) == ("choose", "post")
    assert button.get("formaction") == reverse("feed-saved")
    fields = page.xpath("//*[@name='name' or @name='alarm' or @name='lang']/@form")
    assert fields == ["choose"] * 3


# -- one click from every list


def test_every_list_leads_to_its_own_choice(client, coming, plains):
    series = Programme.objects.create(slug="exchange", name="Exchange", lead=plains)
    series.hosts.add(plains)
    Topic.objects.create(slug="water", name="Water")
    coming(programme=series)
    for path, query in (
        ("/events/?alliance=plains&topic=water", "alliance=plains&topic=water"),
        ("/events/?q=fiber&credits=1", "q=fiber&credits=1"),
        ("/events/calendar/2031-01/?format=online", "format=online"),
        ("/alliances/plains/", "alliance=plains"),
        ("/programs/exchange/", "program=exchange"),
    ):
        links = read(client.get(path)).xpath("//main//a[starts-with(@href, '/feeds/?')]/@href")
        assert f"/feeds/?{query}" in links, path
        assert client.get(f"/feeds/?{query}").status_code == 200


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("/events/", "/feeds/all.ics"),
        ("/events/?alliance=plains", "/feeds/all.ics?alliance=plains"),
        ("/alliances/plains/", "/feeds/alliances/plains.ics"),
        ("/programs/exchange/", "/feeds/programs/exchange.ics"),
    ],
)
def test_programs_find_the_feed_of_a_list_by_themselves(client, coming, plains, path, feed):
    series = Programme.objects.create(slug="exchange", name="Exchange", lead=plains)
    coming(programme=series)

    page = read(client.get(path))

    (found,) = page.xpath("//link[@rel='alternate' and @type='text/calendar']/@href")
    assert found == feed
    assert client.get(found).status_code == 200
