"""Organizers list their alliance's sites and take what is to be pasted there."""

import pytest
from lxml import html

from events.domain import embedding
from events.models import EmbedSite
from programmes.models import Role, Topic

pytestmark = pytest.mark.django_db
CITY = "https://www.city.example"


@pytest.fixture
def plains(make_alliance):
    return make_alliance("Plains", slug="plains")


@pytest.fixture
def organiser(client, plains, make_organiser):
    """A browser in which an organiser of Plains is signed in."""
    client.force_login(make_organiser(plains, name="Ana Ruiz"))
    return client


URL = "/organize/embedding/plains/"


def read(response) -> html.HtmlElement:
    return html.document_fromstring(response.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def snippet(response) -> html.HtmlElement:
    """What is pasted, as a browser reads it."""
    text = read(response).xpath("//textarea[@id='snippet']")[0].text
    return html.fragment_fromstring(text, create_parent=True)


def test_who_plans_for_one_alliance_gets_to_its_page(organiser):
    assert organiser.get("/organize/embedding/")["Location"] == URL


def test_who_plans_for_several_chooses(organiser, make_alliance, client):
    make_alliance("Coastal", slug="coastal")
    mine = make_alliance("Hills", slug="hills")
    person = Role.objects.get(alliance__slug="plains").person
    Role.objects.create(person=person, alliance=mine, kind=Role.Kind.ORGANISER)

    links = read(organiser.get("/organize/embedding/")).xpath("//main//li/a/@href")

    assert links == [URL, "/organize/embedding/hills/"]


@pytest.mark.parametrize("kind", [Role.Kind.VIEWER, Role.Kind.CHECK_IN])
def test_who_plans_nothing_may_not(client, plains, make_organiser, kind):
    client.force_login(make_organiser(plains, kind=kind))

    assert client.get(URL).status_code == 403
    assert client.post(URL, {"origin": CITY}).status_code == 403
    assert not EmbedSite.objects.exists()


def test_nobody_lists_sites_for_another_alliance(organiser, make_alliance, noon):
    coastal = make_alliance("Coastal", slug="coastal")
    site = EmbedSite.objects.create(alliance=coastal, origin=CITY, added_at=noon)

    assert organiser.post("/organize/embedding/coastal/", {"origin": CITY}).status_code == 403
    organiser.post(f"{URL}removal", {"site": site.pk})

    assert list(EmbedSite.objects.all()) == [site]


def test_a_site_is_added_and_stands_on_the_page(organiser):
    page = organiser.post(URL, {"origin": "www.City.example/about"}, follow=True)

    assert CITY in words(read(page).xpath("//ul[@class='tasks']/li")[0])
    assert "Ana Ruiz" in words(read(page).xpath("//ul[@class='tasks']/li")[0])
    assert f"Pages of {CITY} may show the list." in words(read(page))


def test_a_wrong_site_is_told_beside_the_field_and_stays_typed(organiser):
    page = organiser.post(URL, {"origin": "http://city.example"})

    assert page.status_code == 422
    (field,) = read(page).xpath("//input[@name='origin']")
    assert (field.get("value"), field.get("aria-invalid")) == ("http://city.example", "true")
    assert "must be reached by https" in words(read(page))


def test_a_full_list_says_so(organiser, plains, noon):
    for number in range(embedding.MOST_SITES):
        origin = f"https://s{number}.example"
        EmbedSite.objects.create(alliance=plains, origin=origin, added_at=noon)

    assert "The list is full." in words(read(organiser.get(URL)))
    assert organiser.post(URL, {"origin": CITY}).status_code == 409


def test_a_site_is_removed_and_twice_is_once(organiser, plains, noon):
    site = EmbedSite.objects.create(alliance=plains, origin=CITY, added_at=noon)

    page = organiser.post(f"{URL}removal", {"site": site.pk}, follow=True)
    again = organiser.post(f"{URL}removal", {"site": site.pk}, follow=True)

    assert "is off the list. To take that back, add it again." in words(read(page))
    assert again.status_code == 200
    assert not EmbedSite.objects.exists()


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30, "²"])
def test_a_site_that_is_none_is_nothing_to_remove(organiser, number):
    assert organiser.post(f"{URL}removal", {"site": number}).status_code == 302


def test_nothing_listed_is_said_before_it_is_pasted_in_vain(organiser):
    assert "No site is listed yet" in words(read(organiser.get(URL)))


# -- what is pasted


def test_the_script_comes_with_a_link_for_browsers_without_scripts(organiser, settings):
    settings.PUBLIC_BASE_URL = "https://events.example.org"

    pasted = snippet(organiser.get(URL))

    (place,) = pasted.xpath("./div")
    url = place.get("data-coalition-events")
    assert url == "https://events.example.org/embed/events/?alliance=plains"
    (link,) = place.xpath("./a")
    assert link.get("href") == "https://events.example.org/events/?alliance=plains"
    assert words(link) == "Events of Plains"
    assert pasted.xpath("./script/@src") == ["https://events.example.org/embed/events.js"]


def test_the_frame_without_a_script_has_a_title(organiser, plains):
    plains.name = 'Plains & "Hills" </textarea><script>'
    plains.save()

    (frame,) = snippet(organiser.get(f"{URL}?way=plain&theme=dark&limit=3")).xpath("./*")

    assert frame.tag == "iframe"
    assert frame.get("title") == f"Events of {plains.name}"
    assert frame.get("src").endswith("/embed/events/?alliance=plains&theme=dark&limit=3")


def test_every_look_that_can_be_chosen_is_answered_by_the_list(organiser, client):
    Topic.objects.create(slug="water", name="Water")
    query = "way=frame&topic=water&format=hybrid&theme=light&limit=50&level=4&title=hide"

    page = read(organiser.get(f"{URL}?{query}"))

    (preview,) = page.xpath("//iframe/@src")
    assert client.get(preview).status_code == 200
    assert snippet(organiser.get(f"{URL}?{query}")).xpath("./div/@data-as") == ["frame"]


@pytest.mark.parametrize("query", ["limit=0", "theme=pink", "topic=nobody", "topic=%00", "way=x"])
def test_a_look_that_cannot_be_is_told_beside_its_field(organiser, query):
    page = organiser.get(f"{URL}?{query}")

    assert page.status_code == 422
    assert read(page).xpath("//form[@method='get']//*[@aria-invalid='true']")
    assert snippet(page).xpath("./div")
