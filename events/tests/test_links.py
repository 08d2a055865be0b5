"""The link in a mail opens one registration, and nothing else does."""

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from events.domain import links
from kit import ids


def test_a_link_finds_its_registration_with_all_that_the_page_needs(
    make_event, make_registration, django_assert_num_queries
):
    row = make_registration(make_event())
    make_registration(row.event)
    token = links.registration_token(row)

    with django_assert_num_queries(1):
        found = links.find_registration(token)
        assert (found, found.event.lead, found.person) == (row, row.event.lead, row.person)


def test_the_address_is_whole_and_stays_the_same(make_event, make_registration, settings):
    settings.PUBLIC_BASE_URL = "https://events.example.org"
    row = make_registration(make_event())

    url = links.registration_url(row)

    assert url == f"https://events.example.org/r/{links.registration_token(row)}/"
    assert url == links.registration_url(row)


def test_the_code_on_a_ticket_is_not_enough_to_make_a_link(make_event, make_registration):
    row = make_registration(make_event())
    elsewhere = ids.sign("ticket", f"{row.code}:0", key=settings.SECRET_KEY.encode())

    assert links.find_registration(row.code) is None
    assert links.find_registration(elsewhere) is None


def test_a_revoked_link_opens_nothing_and_the_new_one_does(make_event, make_registration):
    row = make_registration(make_event())
    old = links.registration_token(row)
    row.link_version += 1
    row.save()

    assert links.find_registration(old) is None
    assert links.find_registration(links.registration_token(row)) == row


def test_links_signed_with_a_retired_key_open_until_it_is_dropped(
    make_event, make_registration, settings
):
    row = make_registration(make_event())
    old, key = links.registration_token(row), settings.SECRET_KEY

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "k" * 40, [key]
    assert links.find_registration(old) == row

    settings.SECRET_KEY_FALLBACKS = []
    assert links.find_registration(old) is None


@pytest.mark.django_db
@given(token=st.text(max_size=100))
def test_any_other_text_opens_nothing(token):
    assert links.find_registration(token) is None
