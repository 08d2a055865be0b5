"""What people type becomes clean HTML, whatever they type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as parsed

from kit.markdown import to_html


def test_the_usual_marks_become_the_usual_tags():
    found = to_html("Bring a **laptop** and *one* question.\n\n- badge\n- map")

    assert found == (
        "<p>Bring a <strong>laptop</strong> and <em>one</em> question.</p>\n"
        "<ul>\n<li>badge</li>\n<li>map</li>\n</ul>\n"
    )


def test_headings_begin_below_those_of_the_page():
    assert to_html("# Who should come") == "<h3>Who should come</h3>\n"
    assert to_html("##### Small print") == "<h4>Small print</h4>\n"


def test_a_link_keeps_its_address_and_gets_no_powers():
    found = to_html("[Agenda](https://example.org/a?b=1&c=2)")

    assert found == (
        '<p><a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener">Agenda</a></p>\n'
    )


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://example.org/pixel.gif)",
        '<p style="position:fixed">x</p>',
        "<a href='https://example.org' onclick='x()'>x</a>",
    ],
)
def test_nothing_that_runs_or_loads_survives(typed):
    tree = parsed.fragment_fromstring(to_html(typed), create_parent="div")

    for element in tree.iterdescendants():
        assert element.tag not in {"script", "img", "style", "iframe"}
        assert set(element.attrib) <= {"href", "rel"}
        assert element.get("href", "https:").startswith(("https:", "http:", "mailto:", "tel:"))


def test_html_is_shown_as_the_text_it_is():
    assert to_html("a <b>bold</b> claim") == "<p>a &lt;b&gt;bold&lt;/b&gt; claim</p>\n"


def test_a_link_that_is_not_web_mail_or_telephone_loses_its_address():
    assert to_html("[files](ftp://example.org/)") == (
        '<p><a rel="nofollow noopener">files</a></p>\n'
    )


def test_no_text_gives_no_html():
    assert to_html("") == ""


_REST = ("ol", "p", "pre", "strong", "ul")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])))
def test_any_text_gives_only_the_tags_of_the_list(typed):
    tree = parsed.fragment_fromstring(to_html(typed), create_parent="div")

    found = {element.tag for element in tree.iterdescendants()}
    assert found <= {*("a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li"), *_REST}
