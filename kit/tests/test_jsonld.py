"""Facts inside a page stay facts, whatever people typed."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from kit import jsonld


def facts_in(block):
    (element,) = html.fromstring(f"<div>{block}</div>").xpath("//script")
    assert element.get("type") == "application/ld+json"
    return json.loads(element.text)


@given(st.dictionaries(st.text(max_size=10), st.text(), max_size=3))
def test_any_text_comes_back_and_nothing_of_it_is_html(facts):
    block = str(jsonld.block(facts))

    inside = block.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert json.loads(inside) == facts
    assert not re.search("[<>&'\u2028\u2029]", inside)


@pytest.mark.parametrize(
    "typed", ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "&lt;b&gt;", "\u2028"]
)
def test_no_title_ends_the_element(typed):
    assert facts_in(jsonld.block({"name": typed})) == {"name": typed}


def test_what_is_no_json_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        jsonld.block({"n": float("nan")})
