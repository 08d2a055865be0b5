"""Every kind of calendar feed of the demo network, as programs of others read it.

ical.js (Thunderbird's), libical (Evolution's and GNOME's), vobject and the strict ical share no
code with ours nor with each other. What one of them misreads, somebody's calendar shows wrong.
"""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Q
from django.test import Client, override_settings
from django.utils import timezone

from config import readers
from config.tests.readers import reading
from config.tests.readers.reading import READERS, Seen
from events.models import Event, Session
from programmes.models import Alliance

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.xdist_group("demo"),
    pytest.mark.skipif(
        not (readers.has_node() and (readers.HOME / "node_modules").is_dir()),
        reason="Node.js with ical.js is not installed",
    ),
    pytest.mark.skipif(not readers.has_libical(), reason="libical is not installed"),
]
PUBLIC = (
    "all.ics",
    "all.ics?past=all",
    "all.ics?format=online&alliance=the-connective&alliance=smart-north-florida",
    "all.ics?cancelled=hide",
    "alliances/colorado-smart-cities-alliance.ics?past=all",
    "alliances/the-connective.ics?past=all",
    "topics/cybersecurity.ics?past=all",
    "programs/broadband-ready.ics?past=all",
    "events/coalition-exchange-monthly.ics?past=all",
    "all.ics?past=all&lang=es",
    "busy/colorado-smart-cities-alliance.ics",
)


@pytest.fixture(scope="module")
def _network(django_db_setup, django_db_blocker, tmp_path_factory):
    media = tmp_path_factory.mktemp("media")
    with (
        django_db_blocker.unblock(),
        override_settings(DEBUG=True, MEDIA_ROOT=media),
        transaction.atomic(),
    ):
        call_command("demo", stdout=io.StringIO(), stderr=io.StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def fetch(_network, db, client: Client):
    """``fetch("all.ics")``: the bytes of one feed."""

    def get(path: str) -> bytes:
        answer = client.get(f"/feeds/{path}")
        assert answer.status_code == 200, path
        return answer.content

    return get


@pytest.mark.parametrize("path", PUBLIC)
def test_four_programs_see_the_same_in_a_feed(fetch, path):
    content = fetch(path)

    seen = {name: read(content) for name, read in READERS.items()}

    first = seen["ical.js"]
    assert first, f"nothing in {path}"
    for name, events in seen.items():
        assert events == first, name


def test_the_network_s_feed_says_what_is_in_the_tables(fetch):
    announced = Q(event__in=Event.objects.listed())
    sessions = Session.objects.filter(announced).select_related("event")

    seen = reading.with_libical(fetch("all.ics?past=all"))

    truth = {
        f"{session.public_id}": (session.starts_at, session.ends_at, _is_off(session))
        for session in sessions
    }
    assert {
        event.uid.split("@")[0]: (event.starts, event.ends, event.status == "CANCELLED")
        for event in seen
    } == truth


def _is_off(session: Session) -> bool:
    return session.is_cancelled or session.event.cancelled_at is not None


def test_each_event_s_own_feed_agrees_with_the_network_s(fetch):
    whole = {event.uid: event for event in reading.with_ical_js(fetch("all.ics?past=all"))}
    slugs = Event.objects.listed().values_list("slug", flat=True)[:20]

    for slug in slugs:
        for event in reading.with_ical_js(fetch(f"events/{slug}.ics?past=all")):
            assert whole[event.uid] == event


def test_a_joint_event_is_one_event_to_who_subscribes_to_two_alliances(fetch):
    feeds = [
        reading.with_libical(fetch(f"alliances/{slug}.ics?past=all"))
        for slug in Alliance.objects.values_list("slug", flat=True)
    ]
    merged: dict[str, set[Seen]] = {}
    for event in (event for feed in feeds for event in feed):
        merged.setdefault(event.uid, set()).add(event)

    assert sum(len(feed) for feed in feeds) > len(merged)
    assert {len(versions) for versions in merged.values()} == {1}


def test_free_busy_tells_two_programs_the_same_times(fetch):
    slug = "colorado-smart-cities-alliance"

    seen = reading.busy_times(fetch(f"busy/{slug}.ifb"))

    assert seen["ical.js"] == seen["libical"]
    assert seen["libical"] == _busy_sessions(slug)


def _busy_sessions(slug: str) -> list[tuple[datetime, datetime]]:
    """The live sessions of an alliance in the next sixty days, as free/busy must say them."""
    now = timezone.now()
    sessions = Session.objects.filter(
        event__in=Event.objects.published(),
        event__hosts__alliance__slug=slug,
        event__hosts__state="accepted",
        event__cancelled_at=None,
        is_cancelled=False,
        ends_at__gt=now,
        starts_at__lt=now + timedelta(days=60),
    )
    return sorted(
        (starts.astimezone(UTC), ends.astimezone(UTC))
        for starts, ends in sessions.values_list("starts_at", "ends_at")
    )
