"""The organisers' pages of calendars kept elsewhere: no request fetches anything."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events import rules
from events.domain import partners, polling
from events.models import PartnerCalendar, PartnerEntry
from kit.tests.webserver import page as answer
from kit.tests.webserver import serving
from programmes.access import actor_of
from programmes.models import Role

pytestmark = pytest.mark.django_db
SECRET = "https://calendar.example/private-0123/basic.ics"


@pytest.fixture
def home(make_alliance, make_organiser, client):
    """The alliance whose organiser is signed in."""
    alliance = make_alliance("Plains")
    client.force_login(make_organiser(alliance))
    return alliance


@pytest.fixture
def kept(home):
    return partners.add(
        home, partners.Details("Our events"), url=SECRET, by=None, at=timezone.now()
    )


def text(client, view: str, *args) -> str:
    response = client.get(reverse(view, args=args))
    assert response.status_code == 200
    return response.content.decode()


def post(client, view: str, *args, **typed):
    return client.post(reverse(view, args=args), typed)


def test_an_address_is_registered_and_waits_for_a_worker(client, home):
    sent = post(
        client,
        "organise-partner-calendar-new",
        alliance=home.slug,
        url=SECRET,
        name="Ours",
        purpose="busy",
    )
    made = PartnerCalendar.objects.get()
    assert sent.status_code == 302
    assert sent["Location"] == reverse("organise-partner-calendar", args=[made.pk])
    assert made.alliance == home

    shown = text(client, "organise-partner-calendar", made.pk)
    assert "Being read" in shown
    assert "Not read yet" in shown
    assert 'hx-trigger="every 2s"' in shown
    assert '<noscript><meta http-equiv="refresh"' in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://there.example/"}, "must begin with https://"),
        ({"url": "https://me:pw@there.example/"}, "user name or password"),
        ({"name": ""}, "This field is required"),
        ({"purpose": "other"}, "Select a valid choice"),
        ({"alliance": "elsewhere"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_registered_is_said_and_what_was_typed_stays(client, home, changes, words):
    typed = {"alliance": home.slug, "url": SECRET, "name": "Board & co", "purpose": "listed"}
    sent = post(client, "organise-partner-calendar-new", **{**typed, **changes})
    page = sent.content.decode()
    assert sent.status_code == 422
    assert words in page
    assert "There is a problem" in page
    assert "Board &amp; co" in page or "name" in changes
    assert not PartnerCalendar.objects.exists()


def test_nobody_registers_one_for_another_alliance(client, home, make_alliance):
    other = make_alliance()
    sent = post(
        client,
        "organise-partner-calendar-new",
        alliance=other.slug,
        url=SECRET,
        name="x",
        purpose="busy",
    )
    assert sent.status_code == 422
    assert not PartnerCalendar.objects.exists()


def test_the_same_address_twice_is_refused_with_a_sentence(client, home, kept):
    sent = post(
        client,
        "organise-partner-calendar-new",
        alliance=home.slug,
        url=SECRET,
        name="x",
        purpose="busy",
    )
    assert sent.status_code == 409
    assert "registered this address already" in sent.content.decode()


def test_the_list_says_when_each_was_read_how_much_and_what_went_wrong(client, home, kept):
    read_at = timezone.now() - timedelta(minutes=12, seconds=5)
    PartnerCalendar.objects.update(
        asked_at=read_at, tried_at=timezone.now(), read_at=read_at, entry_count=34, error="Nothing."
    )
    shown = text(client, "organise-partner-calendars")
    assert "Last read 12 minutes ago, 34 events" in shown
    assert "Nothing." in shown
    assert "Could not be read" in shown
    assert "calendar.example" in shown
    assert "private-0123" not in shown


def test_an_empty_list_says_what_to_do(client, home):
    assert "No calendar is registered yet" in text(client, "organise-partner-calendars")


def test_what_was_read_is_shown_with_its_notes(client, home, settings):
    settings.FETCH_OPEN_NETWORKS = ["127.0.0.1/32"]
    day = timezone.now() + timedelta(days=3)
    lines = [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "UID:a",
        f"DTSTART:{day:%Y%m%dT170000Z}",
        "DURATION:PT1H",
        "SUMMARY:Board <b>meeting</b>",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:b",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        "CLASS:PRIVATE",
        "SUMMARY:Surgery",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:c",
        f"DTSTART:{day:%Y%m%dT170000Z}",
        "RRULE:FREQ=MINUTELY",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    with serving(lambda asked, send: send(answer("\r\n".join(lines).encode()))) as site:
        made = partners.add(
            home, partners.Details("Ours"), url=site.url, by=None, at=timezone.now()
        )
        polling.read(made.pk, at=timezone.now())
    shown = text(client, "organise-partner-calendar", made.pk)
    assert "Board &lt;b&gt;meeting&lt;/b&gt;" in shown
    assert "Surgery" not in shown
    assert "No title: private, or none given" in shown
    assert "All day" in shown
    assert "every minute or second" in shown
    assert "Up to date" in shown
    assert "Last read just now, 2 events" in shown


def test_name_and_purpose_are_changed(client, home, kept):
    sent = post(
        client,
        "organise-partner-calendar",
        kept.pk,
        name="New",
        purpose="listed",
        shows_titles="on",
    )
    assert sent.status_code == 302
    kept.refresh_from_db()
    assert (kept.name, kept.purpose, kept.shows_titles) == ("New", "listed", True)
    assert (
        post(client, "organise-partner-calendar", kept.pk, name="", purpose="x").status_code == 422
    )


def test_it_is_paused_resumed_read_and_removed(client, home, kept):
    post(client, "organise-partner-calendar-state", kept.pk, state="paused")
    assert "Paused" in text(client, "organise-partner-calendar", kept.pk)
    refused = post(client, "organise-partner-calendar-reading", kept.pk)
    assert refused.status_code == 409
    assert "This calendar is paused" in refused.content.decode()

    post(client, "organise-partner-calendar-state", kept.pk, state="active")
    PartnerCalendar.objects.update(asked_at=timezone.now() - timedelta(hours=1), next_try_at=FAR)
    post(client, "organise-partner-calendar-reading", kept.pk)
    kept.refresh_from_db()
    assert kept.next_try_at < timezone.now()

    assert "Remove “Our events”?" in text(client, "organise-partner-calendar-removal", kept.pk)
    assert PartnerCalendar.objects.exists()
    assert post(client, "organise-partner-calendar-removal", kept.pk).status_code == 302
    assert not PartnerCalendar.objects.exists()


FAR = timezone.now() + timedelta(days=1)


@pytest.mark.parametrize("address", ["", "reading", "state", "removal"])
def test_another_alliances_calendar_does_not_exist(
    client, kept, make_alliance, make_organiser, address
):
    client.force_login(make_organiser(make_alliance()))
    url = f"/organize/calendars/{kept.pk}/{address}"
    assert client.post(url, {"state": "paused"}).status_code == 404
    assert "Our events" not in text(client, "organise-partner-calendars")
    kept.refresh_from_db()
    assert kept.state == PartnerCalendar.State.ACTIVE


def test_who_may_only_look_sees_neither_address_nor_buttons(client, home, kept, make_organiser):
    client.force_login(make_organiser(home, kind=Role.Kind.VIEWER))
    shown = text(client, "organise-partner-calendar", kept.pk)
    assert "Our events" in shown
    assert "private-0123" not in shown
    assert "Remove this calendar" not in shown
    for name in (
        "organise-partner-calendar",
        "organise-partner-calendar-reading",
        "organise-partner-calendar-removal",
    ):
        assert post(client, name, kept.pk, name="x", purpose="busy").status_code == 403


def test_the_page_costs_the_same_for_many_entries(client, kept, django_assert_max_num_queries):
    at = timezone.now() + timedelta(days=1)
    for number in range(60):
        PartnerEntry.objects.create(
            calendar=kept,
            uid=f"{number}",
            title=f"Entry {number}",
            starts_at=at,
            ends_at=at + timedelta(hours=1),
            time_zone="America/Denver",
            digest="x",
            changed_at=at,
        )
    with django_assert_max_num_queries(9):
        shown = text(client, "organise-partner-calendar", kept.pk)
    assert shown.count("Entry ") == 50
    assert "page=2" in shown


def test_the_home_names_a_calendar_that_fails_again_and_again(client, home, kept):
    PartnerCalendar.objects.update(failures=2, error="There is nothing at this address (404).")
    assert "could not be read" not in text(client, "organise")
    PartnerCalendar.objects.update(failures=3)
    shown = text(client, "organise")
    assert "“Our events” could not be read 3 times in a row" in shown
    assert "nothing at this address" in shown


@pytest.mark.parametrize("kind", [*Role.Kind.values, "operator", "nobody"])
def test_the_list_and_the_rule_agree_on_who_may_see_one(
    home, kept, make_alliance, make_organiser, make_person, kind
):
    partners.add(
        make_alliance(), partners.Details("Theirs"), url=SECRET, by=None, at=timezone.now()
    )
    person = make_person(is_operator=kind == "operator")
    if kind in Role.Kind.values:
        person = make_organiser(home, kind=kind)
    actor = actor_of(person)
    listed = set(PartnerCalendar.objects.visible_to(actor))
    assert listed == {
        one for one in PartnerCalendar.objects.all() if rules.may_see_calendar(actor, one)
    }
    assert all(
        one in listed
        for one in PartnerCalendar.objects.all()
        if rules.may_keep_calendar(actor, one)
    )
