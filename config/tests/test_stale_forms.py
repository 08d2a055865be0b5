"""A form that was overtaken, or is sent twice: as page and as API call, and nothing is lost."""

import pytest
from django.test import Client

from config.tests.conftest import World, in_days
from config.tests.unchanged import form_of, nothing_changes, said
from events.models import Event

pytestmark = pytest.mark.django_db


def test_an_edit_of_an_old_version_is_refused_by_the_api_and_nothing_is_lost(
    call, world: World
) -> None:
    path, key = f"/events/{world.event.slug}", world.keys["lead"]
    seen = call("GET", path, key=key).json()["version"]
    call("PATCH", path, {"summary": "Theirs", "version": seen}, key=key)

    with nothing_changes():
        refused = call("PATCH", path, {"summary": "Mine", "version": seen}, key=key)

    assert (refused.status_code, refused.json()["code"]) == (409, "stale-edit")
    assert call("GET", path, key=key).json()["summary"] == "Theirs"


def test_an_edit_of_an_old_version_is_refused_on_the_page_with_both_side_by_side(
    world: World, lead: Client
) -> None:
    path = f"/organize/events/{world.event.slug}/edit/"
    opened = form_of(lead.get(path), holding="title")
    assert lead.post(path, opened | {"summary": "Theirs"}).status_code == 302

    with nothing_changes():
        refused = lead.post(path, opened | {"summary": "Mine"})

    assert refused.status_code == 409
    assert "Theirs" in said(refused)
    assert form_of(refused, holding="title")["summary"] == "Mine"


def test_what_was_typed_can_then_be_saved_over_it(world: World, lead: Client) -> None:
    path = f"/organize/events/{world.event.slug}/edit/"
    opened = form_of(lead.get(path), holding="title")
    lead.post(path, opened | {"summary": "Theirs"})
    refused = lead.post(path, opened | {"summary": "Mine"})

    saved = lead.post(path, form_of(refused, holding="title"))

    assert saved.status_code == 302
    world.event.refresh_from_db()
    assert world.event.summary == "Mine"


def test_what_the_other_one_changed_is_kept_where_i_did_not_touch_it(
    world: World, lead: Client
) -> None:
    path = f"/organize/events/{world.event.slug}/edit/"
    opened = form_of(lead.get(path), holding="title")
    lead.post(path, opened | {"summary": "Theirs", "captions": "edited"})

    refused = lead.post(path, opened | {"description": "Mine", "captions": "none"})

    both = form_of(refused, holding="title")
    assert (both["summary"], both["description"]) == ("Theirs", "Mine")
    assert both["captions"] == "none"
    for words in ("Theirs is kept", "Yours: they did not", "Both changed it: yours is in the form"):
        assert words in said(refused)
    assert lead.post(path, both).status_code == 302
    world.event.refresh_from_db()
    assert (world.event.summary, world.event.description) == ("Theirs", "Mine")


def test_a_new_event_posted_twice_is_one_event_and_its_co_hosts_are_asked_once(
    world: World, lead: Client
) -> None:
    typed = form_of(lead.get("/organize/events/new/"), holding="title") | {
        "title": "Curb data",
        "co_hosts": world.co_host.slug,
        "session-0-on": in_days(30)[:10],
        "session-0-starts": "11:00",
        "session-0-ends": "12:00",
    }
    first = lead.post("/organize/events/new/", typed)

    with nothing_changes():
        second = lead.post("/organize/events/new/", typed)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]


def test_a_form_opened_anew_makes_another_event_of_the_same_title(
    world: World, lead: Client
) -> None:
    for _ in range(2):
        typed = form_of(lead.get("/organize/events/new/"), holding="title") | {
            "title": "Curb data",
            "session-0-on": in_days(30)[:10],
            "session-0-starts": "11:00",
            "session-0-ends": "12:00",
        }
        assert lead.post("/organize/events/new/", typed).status_code == 302

    assert Event.objects.filter(title="Curb data").count() == 2
