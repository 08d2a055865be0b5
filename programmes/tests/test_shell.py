"""The frame of every page: the same for all who are signed out, and there when all else fails."""

from types import SimpleNamespace

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import RequestFactory
from lxml import html

from kit.errors import Refused

pytestmark = pytest.mark.django_db
PAGES = ["base.html", "organiser.html", "403.html", "404.html", "409.html", "422.html", "429.html"]


def shell(template="base.html", *, actor=None, **context):
    request = RequestFactory().get("/events/?q=a&page=2")
    request.actor = actor or SimpleNamespace(person_id=None, has_role=False)
    return html.document_fromstring(
        render_to_string(template, {"request": request, "csrf_token": "secret", **context})
    )


def texts(page, path):
    return [" ".join(element.text_content().split()) for element in page.iterfind(path)]


def test_signed_out_readers_all_get_the_same_page():
    page = shell()

    assert texts(page, ".//header//li") == [
        "Events",
        "Calendar",
        "Subscribe",
        "Verify a certificate",
        "Sign in",
    ]
    assert "secret" not in html.tostring(page, encoding="unicode")


def test_an_organiser_finds_the_way_in_and_out():
    page = shell(actor=SimpleNamespace(person_id=7, has_role=True))

    assert texts(page, ".//header//li")[4:] == ["Organize", "Sign out"]
    assert page.find(".//header//form/input").get("value") == "secret"


def test_a_person_without_a_role_is_not_shown_the_organisers_side():
    page = shell(actor=SimpleNamespace(person_id=7, has_role=False))

    assert texts(page, ".//header//li")[4:] == ["Sign out"]


def test_the_theme_form_brings_the_reader_back_and_marks_their_choice():
    form = shell(theme="dark").find(".//footer//form")

    assert (form.get("action"), form.get("method")) == ("/theme/", "post")
    assert form.find("input").get("value") == "/events/?q=a&page=2"
    assert [(b.get("value"), b.get("aria-pressed")) for b in form.iter("button")] == [
        ("system", "false"),
        ("light", "false"),
        ("dark", "true"),
    ]


def test_the_title_says_that_a_form_has_errors():
    class Name(forms.Form):
        name = forms.CharField()

    titles = [shell(form=form).find(".//title").text for form in (Name(), Name({}))]

    assert titles == ["Events · Smart Coalitions", "Error: Events · Smart Coalitions"]


@pytest.mark.parametrize("template", PAGES)
def test_no_page_frame_needs_any_context_or_breaks_the_policy(template):
    page = html.document_fromstring(render_to_string(template))

    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in page.iter():
        names = [name for name in element.attrib if name == "style" or name.startswith("on")]
        assert names == []
        assert element.tag != "style"
        assert element.tag != "script" or element.get("src")


def test_a_refusal_is_said_in_its_own_words():
    page = shell("409.html", refused=Refused("Smart North Florida has not answered yet."))

    assert "Smart North Florida has not answered yet." in texts(page, ".//main//p")


def test_the_page_for_our_own_faults_needs_nothing_at_all(django_assert_num_queries):
    with django_assert_num_queries(0):
        page = html.document_fromstring(render_to_string("500.html"))

    assert texts(page, ".//h1") == ["Something went wrong on our side"]
    assert page.find(".//link").get("href") == "/static/css/app.css"
