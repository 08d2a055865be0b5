"""Every page as a strict reader sees it: well-formed, named, labelled, small, under a policy."""

import gzip
import itertools
import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from lxml import html
from tinyhtml5.parser import HTMLParser

from config.tests.pages import Page, Site, visit

pytestmark = pytest.mark.django_db
SMALL = 20 * 1024
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
HIDDEN = {"hidden", "submit", "button", "image", "reset"}


Opened = list[tuple[Page, HttpResponse, html.HtmlElement]]
_opened: dict[str, Opened] = {}


@pytest.fixture(params=["public", "attendee", "organiser_s"])
def opened(request) -> Opened:
    """Each page of one audience with its answer and its document; opened once for all tests."""
    if request.param not in _opened:
        site: Site = request.getfixturevalue("site")
        client = site.signed_in() if request.param == "organiser_s" else Client()
        answers = [(page, visit(client, page)) for page in getattr(site, request.param)]
        assert len(answers) > 10
        _opened[request.param] = [
            (page, answer, html.document_fromstring(answer.content.decode()))
            for page, answer in answers
        ]
    return _opened[request.param]


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_every_page_is_well_formed(opened):
    wrong = {}
    for page, answer, _ in opened:
        parser = HTMLParser()
        parser.parse(answer.content.decode())
        if parser.errors:
            wrong[page.name] = parser.errors

    assert wrong == {}


def test_every_page_has_one_title_of_its_own(opened):
    titles = {}
    for page, _, document in opened:
        (title,) = document.findall(".//title")
        assert words(title).endswith("Smart Coalitions"), page.name
        titles.setdefault(words(title), []).append(page.name)

    several = {title: names for title, names in titles.items() if len(names) > 1}
    # Two states of the same page share its title.
    assert {t: n for t, n in several.items() if len({x.partition(",")[0] for x in n}) > 1} == {}


def test_every_page_says_its_language_and_has_one_heading_on_top(opened):
    for page, _, document in opened:
        assert document.get("lang") == "en-US", page.name
        assert len(document.findall(".//h1")) == 1, page.name
        assert len(document.findall(".//main")) == 1, page.name
        assert document.xpath("//meta[@name='viewport']"), page.name


def test_headings_go_down_one_step_at_a_time(opened):
    for page, _, document in opened:
        levels = [int(h.tag[1]) for h in document.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
        # The box that lists errors stands above the page's own heading.
        above = document.xpath("//h2[ancestor::*[@class='errors']][following::h1]")
        levels = levels[len(above) :]
        steps = [after - before for before, after in itertools.pairwise(levels)]
        assert levels[:1] == [1], page.name
        assert all(step <= 1 for step in steps), f"{page.name}: {levels}"


def test_no_id_stands_twice_and_every_reference_leads_somewhere(opened):
    for page, _, document in opened:
        ids = document.xpath("//@id")
        assert len(ids) == len(set(ids)), page.name
        for name in ("aria-labelledby", "aria-describedby", "aria-controls", "for"):
            for value in document.xpath(f"//@{name}"):
                assert set(value.split()) <= set(ids), f"{page.name}: {name}={value}"
        for target in document.xpath("//a[starts-with(@href, '#')]/@href"):
            assert target[1:] in ids, f"{page.name}: {target}"


def test_every_control_has_a_label(opened):
    for page, _, document in opened:
        for control in document.xpath("//input|//select|//textarea"):
            if control.get("type") in HIDDEN:
                continue
            named = control.get("aria-label") or control.xpath("ancestor::label")
            own = document.xpath("//label[@for=$id]", id=control.get("id") or "-")
            assert named or own, f"{page.name}: {html.tostring(control)!r}"


def test_every_button_and_link_says_something(opened):
    for page, _, document in opened:
        for element in document.xpath("//button|//a[@href]"):
            said = words(element) or element.get("aria-label")
            assert said, f"{page.name}: {html.tostring(element)!r}"


def test_every_picture_is_described_or_left_out(opened):
    for page, _, document in opened:
        for svg in document.xpath("//*[local-name()='svg']"):
            is_said = svg.get("role") == "img" and (svg.get("aria-label") or svg.find("title"))
            is_out = svg.get("aria-hidden") == "true"
            assert is_said or is_out, f"{page.name}: {html.tostring(svg)[:200]!r}"
        assert not document.xpath("//img[not(@alt)]"), page.name


def test_tables_have_headings_that_say_their_scope(opened):
    for page, _, document in opened:
        for table in document.findall(".//table"):
            has_columns = table.xpath("./thead//th")
            assert has_columns or not table.xpath("./tbody/tr[not(th)]"), page.name
            assert not table.xpath(".//th[not(@scope)]"), page.name


def test_landmarks_of_one_kind_have_names_that_differ(opened):
    for page, _, document in opened:
        for tag in ("nav", "aside"):
            found = document.findall(f".//{tag}")
            names = [
                element.get("aria-label") or element.get("aria-labelledby") for element in found
            ]
            assert len(set(names)) == len(names), f"{page.name}: {names}"
            assert len(found) < 2 or all(names), page.name


def test_no_page_holds_a_script_or_a_style_of_its_own(opened):
    for page, _, document in opened:
        assert not document.xpath("//style"), page.name
        # Facts for search engines are data, which no browser runs.
        scripts = document.xpath("//script[not(@src)][not(@type='application/ld+json')]")
        assert not scripts, page.name
        names = {name for element in document.iter() for name in element.attrib}
        assert not [n for n in names if n == "style" or re.match("on[a-z]", n)], page.name


def test_every_page_comes_under_the_policy(opened):
    for page, answer, _ in opened:
        sent = answer["Content-Security-Policy"]
        assert sorted(sent.split("; ")) == sorted(POLICY.split("; ")), page.name


def test_every_page_is_small(opened):
    sizes = {page.name: len(gzip.compress(answer.content, 6)) for page, answer, _ in opened}

    assert {name: size for name, size in sizes.items() if size >= SMALL} == {}


def test_a_full_list_is_small_too(client, make_event, make_alliance):
    hosts = tuple(make_alliance(f"Region {n} Smart City Association") for n in range(6))
    for number in range(50):
        make_event(
            lead=hosts[0],
            co_hosts=hosts[1:],
            starts=f"2030-{number % 12 + 1:02}-09T11:00",
            title=f"A title of the usual length, number {number}",
            summary="A sentence about what people take home from it, long enough for two lines.",
        )

    page = client.get("/events/")

    assert page.content.count(b'class="event-row"') == 50
    assert len(gzip.compress(page.content, 6)) < SMALL


def test_every_page_shows_both_clocks_where_it_shows_a_time(opened):
    """The second line is there for the reader's clock, named by the zone it was worked out from."""
    for page, _, document in opened:
        for line in document.xpath("//*[contains(@class, 'when')]"):
            assert line.xpath(".//*[@data-local and @data-until and @data-zone]"), page.name


def test_the_words_are_those_of_the_house(opened):
    """US English on the page, and none of the words design §11 leaves out."""
    for page, _, document in opened:
        if page.path.startswith("/styleguide/"):
            continue
        said = words(document.find(".//main"))
        found = re.findall(r"(?i)\b(organis\w+|programme\w*|cancelled|oops|click here)\b", said)
        assert found == [], f"{page.name}: {found}"


def test_the_policy_is_the_one_in_the_settings():
    assert set(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]) == {
        directive.split()[0] for directive in POLICY.split("; ")
    }
