"""The list inside other sites' pages: which sites, what can be asked for, what it leaves out."""

import gzip
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from events.domain import calendars, embedding
from events.models import EmbedSite
from kit.errors import Invalid
from programmes.models import AuditEntry, Topic

pytestmark = pytest.mark.django_db
CITY = "https://www.city.example"


@pytest.fixture
def plains(make_alliance):
    return make_alliance("Plains", slug="plains", code="plains", colour_light="#123456")


@pytest.fixture
def listed(plains, noon):
    """A site of Plains."""
    return EmbedSite.objects.create(alliance=plains, origin=CITY, added_at=noon)


@pytest.fixture
def coming(make_event, plains):
    """``coming(title="…")``: an event of Plains that is ahead."""

    def make(**fields):
        return make_event(**{"lead": plains, "starts": "2031-01-09T11:00", **fields})

    return make


def read(response) -> html.HtmlElement:
    return html.document_fromstring(response.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def titles(response) -> list[str]:
    return [words(one) for one in read(response).xpath("//*[@class='title']")]


def ancestors(response) -> list[str]:
    policy = response["Content-Security-Policy"]
    return re.search(r"frame-ancestors ([^;]*)", policy)[1].split()


# -- the name of a site


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.city.example", CITY),
        ("  HTTPS://WWW.City.Example:443/events?x=1#top ", CITY),
        ("www.city.example", CITY),
        ("https://www.city.example./", CITY),
        ("https://city.example:8443/a", "https://city.example:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://localhost:8080/x", "http://localhost:8080"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_any_address_of_a_site_names_it(typed, origin):
    assert embedding.origin_of(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        *("", "city", "https://", "http://www.city.example", "ftp://city.example"),
        *(
            "https://*.city.example",
            "*",
            "https://city.example;script-src *",
            "https://a b.example",
        ),
        *("https://ana:pw@city.example", "javascript:alert(1)", "data:text/html,x", "'none'"),
        *("https://192.0.2.7", "https://[2001:db8::1]", "https://127.1", "https://city.example:x"),
        *("https://city.example:99999", "https://-city.example", "https://city..example"),
        *("https://city.example\r\nX: y", "https://\u202ecity.example", "https://city.example,b"),
    ],
)
def test_what_is_no_site_of_its_own_is_refused_with_a_sentence(typed):
    with pytest.raises(Invalid) as refused:
        embedding.origin_of(typed)

    assert str(refused.value).endswith(".")
    assert refused.value.errors[0]["loc"] == ["origin"]


@given(st.text(max_size=80))
def test_nothing_typed_reaches_the_policy_but_an_origin(typed):
    try:
        origin = embedding.origin_of(typed)
    except Invalid:
        return
    assert re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin)
    assert embedding.origin_of(origin) == origin


def test_a_site_is_listed_once_and_the_log_tells_who_did_it(plains, make_organiser, noon):
    ana = make_organiser(plains)

    first = embedding.add_site(plains, CITY, by=ana, at=noon)
    again = embedding.add_site(plains, f"{CITY}/about", by=ana, at=noon)

    assert first == again
    assert AuditEntry.objects.get(action="embed-site.added").facts == {"origin": CITY}
    embedding.remove_site(first, by=ana)
    assert AuditEntry.objects.get(action="embed-site.removed").by == ana
    assert not EmbedSite.objects.exists()


def test_an_alliance_lists_so_many_sites_and_no_more(plains, make_organiser, noon):
    ana = make_organiser(plains)
    for number in range(embedding.MOST_SITES):
        embedding.add_site(plains, f"https://s{number}.example", by=ana, at=noon)

    with pytest.raises(embedding.TooManySites, match="Remove one first"):
        embedding.add_site(plains, CITY, by=ana, at=noon)


# -- who may show it


def test_only_listed_sites_may_frame_the_list(client, listed, coming, make_alliance, noon):
    coming()
    other = make_alliance("Coastal", slug="coastal")
    EmbedSite.objects.create(alliance=other, origin="https://coast.example", added_at=noon)

    everything = client.get("/embed/events/")
    plains = client.get("/embed/events/?alliance=plains")
    both = client.get("/embed/events/?alliance=plains&alliance=coastal")

    assert ancestors(plains) == ["'self'", CITY]
    assert ancestors(everything) == ancestors(both) == ["'self'", "https://coast.example", CITY]
    assert "X-Frame-Options" not in plains


def test_where_no_site_is_listed_nobody_else_may_frame_it(client, coming):
    coming()

    assert ancestors(client.get("/embed/events/?alliance=plains")) == ["'self'"]


def test_a_site_of_an_alliance_that_left_shows_nothing(client, listed, plains):
    plains.is_active = False
    plains.save()

    assert ancestors(client.get("/embed/events/")) == ["'self'"]


def test_a_site_that_was_removed_is_out_at_once(client, listed):
    assert CITY in ancestors(client.get("/embed/events/"))

    listed.delete()

    assert CITY not in ancestors(client.get("/embed/events/"))


@pytest.mark.parametrize(
    ("origin", "status", "allowed"),
    [
        (CITY, 200, CITY),
        ("https://evil.example", 403, None),
        ("https://www.city.example.evil.example", 403, None),
        ("http://www.city.example", 403, None),
        ("null", 403, None),
        ("", 200, None),
    ],
)
def test_our_script_gets_the_list_on_listed_sites(client, listed, coming, origin, status, allowed):
    event = coming()

    answer = client.get(
        "/embed/events/list/?alliance=plains", headers={"Origin": origin} if origin else {}
    )

    assert answer.status_code == status
    assert answer.get("Access-Control-Allow-Origin") == allowed
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Origin" in answer["Vary"]
    assert (event.title in answer.content.decode()) is (status == 200)


def test_every_other_page_stays_closed(client, listed, coming):
    for path in ("/events/", f"/events/{coming().slug}/", "/feeds/"):
        page = client.get(path)
        assert ancestors(page) == ["'none'"]
        assert page["X-Frame-Options"] == "DENY"


# -- no cookies


def test_nothing_of_it_reads_or_sets_a_cookie(listed, coming, make_person):
    coming()
    known = Client()
    known.force_login(make_person())
    known.cookies["theme"] = "dark"
    known.cookies["tz"] = "Asia/Tokyo"
    for path in ("", "list/", "?alliance=plains", "?alliance=nobody"):
        fresh, signed_in = (c.get(f"/embed/events/{path}") for c in (Client(), known))
        for answer in (fresh, signed_in):
            assert not answer.cookies
            assert "Cookie" not in answer.get("Vary", "")
        assert fresh.content == signed_in.content, path
    for path in ("/embed/events.js", "/embed/events.css"):
        assert not known.get(path).cookies


def test_it_may_be_kept_by_anybody_for_a_while(client, listed):
    assert client.get("/embed/events/")["Cache-Control"] == "public, max-age=300"
    assert client.get("/embed/events/list/")["Cache-Control"] == "public, max-age=300"
    assert "immutable" in client.get("/embed/events.css")["Cache-Control"]


# -- what it shows


def test_it_shows_what_is_listed_and_ahead(client, coming, make_event):
    shown = [coming(title="Second", starts="2031-02-01T11:00"), coming(title="First")]
    make_event(title="Another alliance's", starts="2031-01-09T11:00")
    coming(published=False)
    coming(visibility="unlisted")
    coming(starts="2020-01-09T11:00")

    page = client.get("/embed/events/?alliance=plains")

    assert titles(page) == [shown[1].title, shown[0].title]
    assert words(read(page).xpath("//h2")[0]) == "Events of Plains"


def test_it_says_both_clocks_place_and_state(client, coming):
    coming(format="in_person", venue="Civic Hall", capacity=1, seats_taken=1)

    page = client.get("/embed/events/list/?alliance=plains&tz=America/New_York").content.decode()

    text = words(html.fragment_fromstring(page, create_parent=True))
    assert "Thursday, January 9, 2031, 11 a.m. to 12:30 p.m. Mountain" in text
    assert "Your time: Thu, Jan 9, 1 p.m. Eastern" in text
    assert "Civic Hall · Webinar" in text
    assert "Waitlist open" in text


def test_a_zone_nobody_knows_is_left_out(client, coming):
    coming()

    page = client.get("/embed/events/list/?tz=Mars/Olympus")

    assert page.status_code == 200
    assert "Your time" not in page.content.decode()


def test_what_was_called_off_says_so(client, coming):
    coming(status="cancelled", cancelled_at=timezone.now())

    assert "Canceled" in words(read(client.get("/embed/events/")).xpath("//li")[0])


def test_links_lead_to_the_event_in_the_whole_window(client, coming, settings):
    settings.PUBLIC_BASE_URL = "https://events.example.org"
    event = coming()

    page = read(client.get("/embed/events/?alliance=plains"))

    (link,) = page.xpath("//*[@class='title']/a")
    assert link.get("href") == f"https://events.example.org/events/{event.slug}/"
    assert {one.get("target") for one in page.xpath("//a")} == {"_top"}
    hrefs = page.xpath("//*[@class='more']/a/@href")
    assert hrefs == [
        f"https://events.example.org/{p}/?alliance=plains" for p in ("events", "feeds")
    ]


def test_an_empty_list_says_what_to_do(client, plains):
    page = read(client.get("/embed/events/?alliance=plains"))

    assert "Nothing is planned yet." in words(page)
    assert page.xpath("//a[contains(., 'Subscribe')]")


def test_more_than_the_limit_is_one_click_away(client, coming):
    for _ in range(3):
        coming()

    page = client.get("/embed/events/?limit=2")

    assert len(titles(page)) == 2
    assert read(page).xpath("//a[.='1 more event']")


def test_filters_are_those_of_the_feeds(client, coming):
    wanted = coming(format="hybrid", venue="Civic Hall")
    wanted.topics.add(Topic.objects.create(slug="water", name="Water"))
    coming(format="online")

    assert titles(client.get("/embed/events/?format=hybrid&format=in_person")) == [wanted.title]
    assert titles(client.get("/embed/events/?topic=water")) == [wanted.title]


def test_a_title_with_markup_stays_text(client, coming):
    coming(title="<script>alert(1)</script> & <b>bold</b>")

    for path in ("/embed/events/", "/embed/events/list/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "&lt;b&gt;bold" in page


def test_the_heading_fits_the_page_around_it(client, coming):
    coming()

    def levels(query: str) -> list[str]:
        page = read(client.get(f"/embed/events/?{query}"))
        return [one.tag for one in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]

    assert levels("") == ["h2", "h3"]
    assert levels("level=4") == ["h4", "h5"]
    assert levels("level=3&title=hide") == ["h3"]


def test_colors_follow_the_wish_and_the_alliance(client, coming):
    coming()

    assert read(client.get("/embed/events/?theme=dark")).xpath("//section/@class") == ["sc dark"]
    sheet = client.get("/embed/events.css").content.decode()
    assert ".sc .plains{--a:#123456" in sheet
    assert ".sc.auto .plains{" in sheet


def test_a_new_color_has_a_new_address(client, plains, coming):
    coming()

    def address() -> str:
        return read(client.get("/embed/events/")).xpath("//link[@rel='stylesheet']/@href")[0]

    before = address()
    plains.colour_light = "#654321"
    plains.save()
    cache.clear()  # colors may be half a minute old

    assert address() != before


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("alliance=nobody", "There is no alliance “nobody”."),
        ("topic=%00", "holds a character"),
        ("colour=red", "cannot be filtered by “colour”"),
        ("theme=pink", "“theme” can be auto, light or dark."),
        ("limit=51", "“limit” can be a number from 1 to 50."),
        ("limit=-1", "“limit” can be a number from 1 to 50."),
        ("limit=²", "“limit” can be a number from 1 to 50."),
        ("level=1", "“level” can be 2, 3 or 4."),
        ("title=maybe", "“title” can be show or hide."),
        ("&".join(f"topic=t{n}" for n in range(33)), "at most 32"),
    ],
)
def test_what_cannot_be_asked_for_is_told(client, listed, query, sentence):
    page = client.get(f"/embed/events/?{query}")
    part = client.get(f"/embed/events/list/?{query}", headers={"Origin": CITY})

    assert page.status_code == part.status_code == 400
    assert sentence in words(read(page))
    assert sentence in part.content.decode()


def test_a_kept_list_follows_every_change(client, coming):
    event = coming(title="Before")
    assert titles(client.get("/embed/events/")) == ["Before"]

    event.title = "After"
    event.save()
    calendars.touch(event, at=timezone.now())

    assert titles(client.get("/embed/events/")) == ["After"]


# -- how much travels


def test_the_longest_list_travels_in_less_than_thirty_kilobytes(client, coming, listed):
    for number in range(embedding.MOST_ROWS):
        coming(title=f"Curb data that travels between downtowns, part {number}", venue="Civic Hall")
    sent = {"Accept-Encoding": "gzip"}

    page = client.get("/embed/events/?limit=50", headers=sent)
    sheet = client.get("/embed/events.css", headers=sent)

    assert page["Content-Encoding"] == sheet["Content-Encoding"] == "gzip"
    assert len(titles_of(page)) == embedding.MOST_ROWS
    assert len(page.content) + len(sheet.content) < 20_000


def titles_of(response) -> list[str]:
    return re.findall(r'class="title"', gzip.decompress(response.content).decode())


@pytest.mark.parametrize("rows", [1, 9])
def test_a_list_costs_so_many_queries_however_long_it_is(
    client, coming, listed, rows, django_assert_max_num_queries
):
    for _ in range(rows):
        coming().credits.create(scheme="contact_hour", amount=1)
    client.get("/embed/events.css")

    with django_assert_max_num_queries(10):
        client.get("/embed/events/?alliance=plains")
    with django_assert_max_num_queries(3):
        client.get("/embed/events/?alliance=plains")
