"""The demo: what of the sample network is in the tables once it has been loaded."""

import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from certificates.models import Certificate, CertificateFile
from config.demo import clearing, files, season, sign_ins
from events.models import (
    AttendanceImport,
    Event,
    EventHost,
    Poll,
    Registration,
    Season,
    Session,
)
from programmes.models import (
    Alliance,
    Organisation,
    OutboxEntry,
    Person,
    Programme,
    Speaker,
    Topic,
)

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]
PASSWORD = "a-password-of-our-own"


def run(*words: str, **environment: str) -> str:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        call_command("demo", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture(scope="module")
def printed(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo, loaded once for this file; what it printed."""
    media = tmp_path_factory.mktemp("media")
    with (
        django_db_blocker.unblock(),
        override_settings(DEBUG=True, MEDIA_ROOT=media),
        transaction.atomic(),
    ):
        yield run(DEMO_PASSWORD=PASSWORD)
        transaction.set_rollback(True)


@pytest.fixture
def demo(printed, db):
    """The loaded demo; what a test does to it is undone."""


def everything() -> dict[str, list]:
    """Every row of every table the demo fills."""
    return {
        table._meta.label: sorted(map(repr, table._base_manager.values_list()))
        for table in clearing.tables()
    }


def test_everything_of_the_sample_network_is_there(demo):
    tables = (Alliance, Organisation, Topic, Speaker, Programme, Event)
    assert [table.objects.count() for table in tables] == [7, 62, 24, 40, 6, 60]


def test_the_slugs_of_the_sample_are_kept(demo):
    network = files.network()

    kept = set(Event.objects.values_list("slug", flat=True))

    assert kept == {entry.slug for entry in network.events}


def test_every_event_but_the_four_of_the_past_is_when_the_sample_says(demo):
    for entry in files.network().events:
        event = Event.objects.get(slug=entry.slug)
        if entry.slug in season.MOVED_BACK:
            continue
        assert event.starts_at == datetime.fromisoformat(entry.start_utc)


def test_the_events_of_the_past_are_whole_weeks_earlier_on_the_same_clock(demo):
    entries = {entry.slug: entry for entry in files.network().events}
    for slug in season.MOVED_BACK:
        event = Event.objects.get(slug=slug)
        session = event.sessions.get()
        told = datetime.fromisoformat(entries[slug].start_local)
        moved = told - datetime.fromisoformat(session.starts_local)
        assert moved.days % 7 == 0
        assert moved.seconds == 0
        assert event.time_zone == entries[slug].zone
        assert event.ends_at < datetime.now(UTC)


def test_every_host_of_the_sample_has_accepted(demo):
    for entry in files.network().events:
        hosts = EventHost.objects.filter(event__slug=entry.slug)
        said = dict(hosts.values_list("alliance__slug", "role"))
        assert said == {
            entry.lead_host: "lead",
            **dict.fromkeys(entry.co_hosts, "co-host"),
        }
        assert set(hosts.values_list("state", flat=True)) == {"accepted"}


def test_three_events_are_canceled_with_their_reasons(demo):
    cancelled = Event.objects.filter(status="cancelled").order_by("slug")
    assert list(cancelled.values_list("slug", "cancel_reason")) == [
        ("fall-grants-open-hour", "No questions were sent in"),
        ("mountain-neighbours-call", "Merged into the March Coalition Exchange"),
        ("winter-members-social", "Venue lost heating"),
    ]


def test_two_events_were_moved_and_say_from_when(demo):
    moved = Event.objects.filter(moved_at__isnull=False).order_by("slug")
    assert [(e.slug, f"{e.moved_from:%Y-%m-%d %H:%M}") for e in moved] == [
        ("heat-action-clinic", "2027-06-18 16:00"),
        ("sensors-in-flood-season", "2027-01-21 19:00"),
    ]
    assert [event.sessions.get().sequence for event in moved] == [1, 1]


def test_the_monthly_series_has_a_moved_a_longer_and_a_missing_date(demo):
    dates = Session.objects.filter(event__slug="coalition-exchange-monthly")
    starts = list(dates.values_list("starts_local", flat=True))
    assert len(starts) == 11
    assert "2027-01-14T13:00" in starts
    assert not {"2027-01-07T13:00", "2027-07-01T13:00"} & set(starts)
    longer = dates.get(starts_local="2027-09-02T13:00")
    assert (longer.ends_at - longer.starts_at, longer.title) == (
        timedelta(hours=2),
        "Coalition Exchange: annual planning",
    )


def test_breaks_are_inside_their_sessions(demo):
    sessions = Session.objects.filter(breaks__isnull=False).distinct()
    assert sessions.count() == 9
    for session in sessions:
        for pause in session.breaks.all():
            assert session.starts_at < pause.starts_at < pause.ends_at < session.ends_at


def test_everybody_with_an_address_in_the_bead_report_is_matched_but_the_misspelt(demo):
    event = Event.objects.get(slug="bead-challenge-results")
    held = set(event.registrations.values_list("email", flat=True))
    assert {"xiongxi@heartlandmesh.example", "rokafor@example.com"} <= held
    assert not {"rokafoor@example.com", "zmbeik@heartlandmesh.example"} & held


def test_counters_are_true_and_no_event_is_oversold(demo):
    for event in Event.objects.all():
        states = Counter(event.registrations.values_list("state", flat=True))
        assert (event.seats_taken, event.waiting_count) == (
            states["confirmed"],
            states["waitlisted"],
        )
    assert Event.objects.filter(waiting_count__gt=0).count() == 3


def test_who_writes_from_a_member_organization_belongs_to_its_alliance(demo):
    registration = Registration.objects.filter(email__endswith="@heartlandmesh.example").first()
    assert registration.organisation == "Heartland Mesh"
    assert registration.alliance in registration.member_organisation.alliances.all()


def test_past_events_are_settled_and_certified_and_the_files_are_there(demo):
    past = Event.objects.filter(slug__in=season.MOVED_BACK)
    assert set(past.values_list("status", flat=True)) == {"completed"}
    assert AttendanceImport.objects.filter(event__in=past, state="applied").count() == 4
    for event in past:
        certified = Certificate.objects.filter(award__event=event).count()
        assert certified >= event.registrations.filter(presence="met").count() > 0
    assert CertificateFile.objects.count() == Certificate.objects.count()
    assert all(default_storage.exists(file.path) for file in CertificateFile.objects.all())
    assert Certificate.objects.filter(revoked_at__isnull=False).count() == 1
    assert Certificate.objects.filter(superseded_at__isnull=False).count() == 1


def test_nobody_is_written_to(demo, mailoutbox):
    waiting = OutboxEntry.objects.exclude(
        kind__in=["certificates/draw", "certificates/batch", "events/season-plan"]
    )
    assert set(waiting.values_list("state", flat=True)) == {"cancelled"}
    assert mailoutbox == []


def test_there_is_an_organiser_for_each_alliance_and_an_operator(demo, printed):
    for alliance in Alliance.objects.all():
        person = Person.objects.get(email=f"organiser@{alliance.slug}.example")
        assert person.check_password(PASSWORD)
        assert [role.alliance for role in person.roles.all()] == [alliance]
        assert person.email in printed
    operator = Person.objects.get(email="admin@network.example")
    assert (operator.is_operator, operator.is_staff) == (True, True)
    assert f"with the password  {PASSWORD}" in printed


def test_loading_it_again_changes_nothing(demo):
    before = everything()

    run(DEMO_PASSWORD=PASSWORD)

    assert everything() == before


def test_if_empty_does_nothing_where_there_is_data(demo):
    assert run("--if-empty", DEMO_PASSWORD="another") == ""
    assert Person.objects.get(email=sign_ins.OPERATOR).check_password(PASSWORD)


def test_clearing_leaves_no_row_and_no_file(demo):
    paths = list(CertificateFile.objects.values_list("path", flat=True))
    assert paths

    clearing.clear()

    assert {table._meta.label: table._base_manager.count() for table in clearing.tables()} == (
        dict.fromkeys((table._meta.label for table in clearing.tables()), 0)
    )


def test_organisers_have_a_poll_that_some_answered_and_a_season_to_place(demo):
    poll, planned = Poll.objects.get(), Season.objects.get()

    assert poll.voices.filter(answered_at__isnull=False).count() == 5
    assert poll.voices.filter(answered_at=None).exists()
    assert planned.state == Season.State.PLACED
    assert planned.items.filter(starts_at__isnull=False).count() == 8
