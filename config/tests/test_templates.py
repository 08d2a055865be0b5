"""Every template compiles, says what it needs, and holds nothing our policy would block."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR, "templates")
ALL = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file())
MAIL = re.compile(r"(^|/)email/|^mail\.|^components/mail_")
PDF = re.compile(r"(^|/)pdf/")
PAGES = [name for name in ALL if name.endswith(".html") and not PDF.search(name)]
BROWSED = [name for name in PAGES if not MAIL.search(name)]
LOADED = r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"([^\"]*)\""
FRAME = r"^{% extends [^%]+%}({% load [^%]+%})?\s*|^{% load [^%]+%}\s*"
COMMENT = re.compile(r"{%\s*comment\s*%}(.*?){%\s*endcomment\s*%}", re.DOTALL)


def source(name: str) -> str:
    return (ROOT / name).read_text()


def markup(name: str) -> str:
    """The template without its comments."""
    return COMMENT.sub("", source(name))


def test_there_are_templates_to_look_at():
    assert len(BROWSED) > 60


@pytest.mark.parametrize("name", [n for n in ALL if n.endswith((".html", ".txt"))])
def test_every_template_compiles(name):
    get_template(name)


@pytest.mark.parametrize("name", BROWSED)
def test_no_page_holds_a_script_or_a_style_of_its_own(name):
    found = markup(name)

    assert not re.search(r"<style\b", found)
    assert not re.search(r"\sstyle\s*=", found)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", found)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", found)
    assert "javascript:" not in found
    assert not re.search(r"hx-on|hx-vals=[\"']js:", found)


@pytest.mark.parametrize("name", BROWSED)
def test_no_page_loads_anything_from_elsewhere(name):
    loaded = re.findall(
        r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"([^\"]*)\"", markup(name)
    )

    assert [address for address in loaded if re.match(r"(https?:)?//", address)] == []


@pytest.mark.parametrize("name", PAGES)
def test_what_people_typed_is_always_escaped(name):
    found = markup(name)

    assert not re.search(r"\|\s*safe(seq)?\b", found)
    assert "autoescape off" not in found


@pytest.mark.parametrize("name", PAGES)
def test_every_template_says_first_what_it_needs(name):
    lines = re.sub(
        r"^{% extends [^%]+%}({% load [^%]+%})?\s*|^{% load [^%]+%}\s*", "", source(name)
    )
    said = COMMENT.match(lines)

    assert said, f"{name} does not begin with a comment that says what it needs"
    assert len(said[1].split()) > 2


@pytest.mark.parametrize("name", [n for n in BROWSED if Path(n).name.startswith("_")])
def test_a_fragment_is_a_part_of_a_page(name):
    assert "{% extends" not in markup(name)


@pytest.mark.parametrize("name", BROWSED)
def test_no_template_asks_the_database(name):
    asked = r"\.(?:objects|filter|exclude|order_by|values_list|all)\b"

    assert re.findall(asked, markup(name)) == []
