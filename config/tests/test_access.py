"""Deny by default: every address of the site says who may open it, and means it."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from config.api import api

# Views that others wrote and that guard themselves, by the module of the view.
GUARD_THEMSELVES = {
    "django.contrib.admin.sites": "the admin asks is_staff and its own permissions",
    "django.contrib.admin.options": "the same",
    "django.contrib.contenttypes.views": "reached through the admin's own guard",
    "django.views.generic.base": "the admin's redirect from an old address of a row",
    "allauth.account.views": "signing in, out and up is for everybody",
}
# API calls that need no key: reading what is public, registering, checking a certificate.
OPEN_CALLS = {
    "list_alliances",
    "list_organisations",
    "list_topics",
    "list_speakers",
    "get_speaker",
    "list_materials",
    "list_programmes",
    "get_programme",
    "list_events",
    "list_partner_entries",
    "get_event",
    "register",
    "enrol",
    "get_certificate",
}
WORDS = {
    "number": "1",
    "month": "2027-01",
    "public_id": "00000000-0000-4000-8000-000000000000",
    "item": "00000000-0000-4000-8000-000000000000",
}
"""What stands for the words of an address where the letter x will not do."""


def addresses(
    patterns: list[URLPattern | URLResolver], above: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route, pattern


ALL = dict(addresses(get_resolver().url_patterns))
OURS = {route: p for route, p in ALL.items() if hasattr(p.callback, "access")}
ORGANISERS = {route: p for route, p in ALL.items() if route.startswith("organize/")}


def module(pattern: URLPattern) -> str:
    view = pattern.callback
    return getattr(view, "view_class", view).__module__


def test_there_is_something_to_walk():
    assert len(OURS) > 40
    assert len(ORGANISERS) > 20


@pytest.mark.parametrize("route", sorted(ALL))
def test_every_address_says_who_may_open_it(route):
    pattern = ALL[route]

    assert hasattr(pattern.callback, "access") or module(pattern) in GUARD_THEMSELVES, (
        f"/{route} has no guard: decorate its view with one of programmes.access"
    )


def test_no_entry_of_the_list_of_others_is_left_over():
    assert {module(p) for route, p in ALL.items() if route not in OURS} == set(GUARD_THEMSELVES)


@pytest.mark.parametrize("route", sorted(ORGANISERS))
def test_every_organiser_s_page_names_its_rule(route):
    assert re.fullmatch(
        r"\w+\.rules\.\w+|programmes\.rules\.\w+", ORGANISERS[route].callback.access
    )


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(ORGANISERS))
def test_every_organiser_s_page_sends_strangers_to_sign_in(route):
    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: WORDS.get(found[1], "x"), route)

    for method in ("get", "post"):
        answer = getattr(Client(), method)(path)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (
            302,
            "/accounts/login/",
        )


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(ORGANISERS))
def test_no_organiser_s_page_opens_for_who_has_no_role(route, make_person):
    client = Client()
    client.force_login(make_person())
    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: WORDS.get(found[1], "x"), route)

    assert client.get(path).status_code in {403, 404}


def test_every_link_in_a_mail_is_checked_by_its_view():
    tokens = {route for route in ALL if re.search(r"^(r|programs/mine)/<", route)}

    assert {ALL[route].callback.access for route in tokens} == {"signed link"}
    assert len(tokens) >= 7


def test_every_call_of_the_api_needs_a_key_or_is_listed_as_open():
    calls = {
        operation.operation_id: operation.auth_callbacks
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
    }

    assert {name for name, auth in calls.items() if not auth} == set()
    assert {name for name, auth in calls.items() if any(a.optional for a in auth)} == OPEN_CALLS
