"""The organisers' pages of events: who may open them, what they change, and what they never do."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import NOON
from events.domain import attendance as ledger
from events.domain import hosting, scheduling
from events.models import Attendance, AttendanceImport, Event, EventHost, Registration
from programmes.models import OutboxEntry, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(make_organiser):
    """``sign_in(alliance)``: a browser of somebody who plans its events (or has another kind)."""

    def make(alliance, **fields) -> Client:
        client = Client()
        client.force_login(make_organiser(alliance, **fields))
        return client

    return make


@pytest.fixture
def plains(make_alliance):
    return make_alliance("Plains", zone="America/Chicago")


@pytest.fixture
def coast(make_alliance):
    return make_alliance("Coast", zone="America/New_York")


def page(client: Client, name: str, *args, query: str = "") -> str:
    response = client.get(reverse(f"organise-{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def typed_plan(lead, **changes) -> dict:
    """What the browser sends for a complete plan of one session."""
    return {
        "lead": lead.slug,
        "title": "Fiber to every block",
        "kind": "webinar",
        "format": "online",
        "time_zone": "America/Chicago",
        "visibility": "public",
        "sharing": "own",
        "attendance_percent": "80",
        "captions": "live",
        "capacity": "200",
        "has_waitlist": "on",
        "session-total": "1",
        "session-0-on": "2027-01-13",
        "session-0-starts": "11:00",
        "session-0-ends": "12:30",
        **changes,
    }


# --- who may open what ----------------------------------------------------------------------------


def test_who_is_not_signed_in_is_sent_to_sign_in(client, make_event):
    event = make_event()

    response = client.get(reverse("organise-hosts", args=[event.slug]))

    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]
    assert f"/organize/events/{event.slug}/hosts/" in response["Location"]


@pytest.mark.parametrize(
    "name", ["event", "hosts", "edit", "registrations", "attendance", "settlement", "cancellation"]
)
def test_another_alliances_organiser_cannot_open_an_events_pages(
    sign_in, make_event, coast, plains, name
):
    announced, draft = make_event(lead=plains), make_event(lead=plains, published=False)
    stranger, own = sign_in(coast), sign_in(plains)

    def status(client, event):
        return client.get(reverse(f"organise-{name}", args=[event.slug])).status_code

    assert (status(own, announced), status(own, draft)) == (200, 200)
    assert (status(stranger, announced), status(stranger, draft)) == (403, 404)


def test_a_viewer_sees_registrations_and_may_change_nothing(
    sign_in, make_event, make_registration, plains
):
    event = make_event(lead=plains)
    ana = make_registration(event, name="Ana Ruiz")
    viewer = sign_in(plains, kind=Role.Kind.VIEWER)

    assert "Ana Ruiz" in page(viewer, "registrations", event.slug)
    for name, *more in (
        ("publication",),
        ("cancellation",),
        ("duplicate",),
        ("edit",),
        ("attendance",),
        ("settlement",),
        ("registration-cancellation", ana.code),
    ):
        answer = viewer.post(reverse(f"organise-{name}", args=[event.slug, *more]))
        assert answer.status_code == 403, name
    ana.refresh_from_db()
    assert ana.state == "confirmed"


# --- planning -------------------------------------------------------------------------------------


def test_a_draft_is_saved_and_the_co_host_asked(sign_in, plains, coast):
    browser = sign_in(plains)

    answer = browser.post(
        reverse("organise-new"),
        typed_plan(plains, co_hosts=[coast.slug], credit_contact_hour="1.25"),
    )

    event = Event.objects.get()
    assert answer["Location"] == reverse("organise-event", args=[event.slug])
    assert (event.status, event.capacity, event.lead) == ("proposed", 200, plains)
    assert [(c.scheme, str(c.amount)) for c in event.credits.all()] == [("contact_hour", "1.25")]
    [session] = event.sessions.all()
    assert (session.starts_local, session.ends_local) == ("2027-01-13T11:00", "2027-01-13T12:30")
    assert event.hosts.get(alliance=coast).state == EventHost.State.INVITED
    assert OutboxEntry.objects.filter(kind="events/co-host-invited").count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "This field is required"),
        ({"title": "x" * 201}, "too long"),
        ({"time_zone": "MST7"}, "is not a time zone we know"),
        ({"session-0-ends": "10:00"}, "The end must be after the start."),
        ({"session-0-on": "2027-03-14", "session-0-starts": "02:30"}, "does not exist in Chicago"),
        ({"session-0-on": "2026-11-01", "session-0-starts": "01:30"}, "happens twice in Chicago"),
        ({"session-0-on": ""}, "Choose the date."),
        ({"session-0-starts": "soon"}, "is not a date and time"),
        ({"session-total": "0"}, "Give the event at least one date."),
        ({"capacity": "0"}, "from 1 to 1,000,000"),
        ({"credit_PDH": "-1"}, "Write an amount above 0"),
        ({"join_url": "not an address"}, "Write the whole address of the call"),
        ({"kind": "party"}, "Select a valid choice"),
    ],
)
def test_a_wrong_plan_is_refused_with_a_sentence_and_kept_as_typed(
    sign_in, plains, changes, sentence
):
    sent = typed_plan(plains, summary="Three cities, one plan.", **changes)

    answer = sign_in(plains).post(reverse("organise-new"), sent)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert "Three cities, one plan." in html
    assert "<title>Error:" in html
    assert not Event.objects.exists()


def test_a_time_that_comes_twice_is_asked_about_and_then_taken(sign_in, plains):
    browser = sign_in(plains)
    twice = {"session-0-on": "2026-11-01", "session-0-starts": "01:30", "session-0-ends": "03:00"}

    asked = browser.post(reverse("organise-new"), typed_plan(plains, **twice))
    taken = browser.post(
        reverse("organise-new"), typed_plan(plains, **twice, **{"session-0-starts_fold": "1"})
    )

    assert "Which start?" in asked.content.decode()
    assert taken.status_code == 302
    assert Event.objects.get().starts_at.isoformat() == "2026-11-01T07:30:00+00:00"


def test_rows_are_added_and_removed_without_scripts_and_lose_nothing(sign_in, plains, coast):
    browser, address = sign_in(plains), reverse("organise-new")
    sent = typed_plan(plains, co_hosts=[coast.slug])

    longer = browser.post(address, {**sent, "add-session": "1"}).content.decode()
    with_break = browser.post(address, {**sent, "add-break": "0"}).content.decode()
    two = {**sent, "session-total": "2", "session-1-on": "2027-01-20", "session-1-starts": "09:15"}
    shorter = browser.post(address, {**two, "remove-session": "0"}).content.decode()

    assert 'name="session-total" value="2"' in longer
    assert 'value="Fiber to every block"' in longer
    assert f'value="{coast.slug}" id="id_co_hosts_0" checked' in longer or "checked" in longer
    assert 'name="session-0-break_starts_0"' in with_break
    assert 'name="session-total" value="1"' in shorter
    assert 'value="2027-01-20"' in shorter
    assert 'value="2027-01-13"' not in shorter
    assert "There is a problem" not in longer + with_break + shorter
    assert not Event.objects.exists()


def test_breaks_are_saved_with_their_session(sign_in, plains):
    pause = {
        "session-0-breaks": "2",
        "session-0-break_starts_0": "11:30",
        "session-0-break_ends_0": "11:45",
        "session-0-break_starts_1": "",
        "session-0-break_ends_1": "",
    }

    answer = sign_in(plains).post(reverse("organise-new"), typed_plan(plains, **pause))

    assert answer.status_code == 302
    [found] = Event.objects.get().sessions.get().breaks.all()
    assert (found.starts_local, found.ends_local) == ("2027-01-13T11:30", "2027-01-13T11:45")


def test_nobody_drafts_for_an_alliance_of_others(sign_in, plains, coast):
    answer = sign_in(plains).post(reverse("organise-new"), typed_plan(coast))

    assert answer.status_code == 422
    assert not Event.objects.exists()


def drafted(lead, by, *, co_hosts=()):
    plan = scheduling.EventPlan(
        title="Fiber to every block",
        time_zone="America/Chicago",
        sessions=(scheduling.SessionPlan("2027-01-13T11:00", "2027-01-13T12:30"),),
        capacity=200,
    )
    return scheduling.draft(lead, plan, co_hosts=co_hosts, by=by, at=NOON)


def test_an_edit_that_somebody_else_overtook_shows_both_and_loses_nothing(sign_in, plains):
    event = drafted(plains, None)
    browser, address = sign_in(plains), reverse("organise-edit", args=[event.slug])
    sent = typed_plan(plains, version=str(event.version), summary="My summary.")
    scheduling.edit(event, {"title": "A better title"}, by=None, at=NOON)

    stale = browser.post(address, sent)
    html = stale.content.decode()

    assert stale.status_code == 409
    assert "A better title" in html
    assert "My summary." in html
    assert 'value="Fiber to every block"' in html
    event.refresh_from_db()
    assert (event.title, event.summary) == ("A better title", "")
    again = browser.post(address, {**sent, "version": str(event.version)})
    event.refresh_from_db()
    assert again.status_code == 302
    assert (event.title, event.summary) == ("Fiber to every block", "My summary.")


def test_saving_what_is_there_already_changes_nothing(sign_in, plains):
    event = drafted(plains, None)
    form = sign_in(plains)
    sent = typed_plan(plains, version=str(event.version))

    form.post(reverse("organise-edit", args=[event.slug]), sent)

    after = Event.objects.get()
    assert (after.version, after.changed_at) == (event.version, event.changed_at)


# --- hosting, publishing, calling off -------------------------------------------------------------


def test_publishing_before_the_co_host_answered_says_who_is_missing(sign_in, plains, coast):
    event = drafted(plains, None, co_hosts=[coast])
    lead, co_host = sign_in(plains), sign_in(coast)
    publication = reverse("organise-publication", args=[event.slug])

    too_early = lead.post(publication)

    assert too_early.status_code == 409
    assert "Coast has not answered yet." in too_early.content.decode()
    event.refresh_from_db()
    assert event.published_at is None
    co_host.post(
        reverse("organise-decision", args=[event.slug, coast.slug]),
        {"decision": "accept", "note": "Glad to."},
    )
    assert lead.post(publication).status_code == 302
    event.refresh_from_db()
    assert event.status == Event.Status.PUBLISHED
    assert event.hosts.get(alliance=coast).note == "Glad to."


def test_the_page_the_mail_leads_to_changes_nothing_by_being_opened(sign_in, plains, coast):
    event = drafted(plains, None, co_hosts=[coast])

    html = page(sign_in(coast), "hosts", event.slug, query="?decision=accept")

    assert "Will Coast co-host?" in html
    assert event.hosts.get(alliance=coast).state == EventHost.State.INVITED


def test_what_changed_since_somebody_agreed_is_said(sign_in, plains, coast):
    event = drafted(plains, None, co_hosts=[coast])
    hosting.decide(event, coast, "accept", by=None, at=NOON)
    scheduling.edit(event, {"title": "A better title"}, by=None, at=NOON)

    html = page(sign_in(coast), "hosts", event.slug)

    assert "Changed since you agreed: title" in html


def test_nobody_answers_for_another_alliance(sign_in, plains, coast, make_alliance):
    event = drafted(plains, None, co_hosts=[coast])
    address = reverse("organise-decision", args=[event.slug, coast.slug])

    by_lead = sign_in(plains).post(address, {"decision": "accept"})
    by_stranger = sign_in(make_alliance("Hills")).post(address, {"decision": "accept"})

    assert (by_lead.status_code, by_stranger.status_code) == (403, 404)
    assert event.hosts.get(alliance=coast).state == EventHost.State.INVITED


def test_an_unknown_word_is_no_decision(sign_in, plains, coast):
    event = drafted(plains, None, co_hosts=[coast])

    answer = sign_in(coast).post(
        reverse("organise-decision", args=[event.slug, coast.slug]),
        {"decision": "perhaps", "note": "Let me think."},
    )

    assert answer.status_code == 422
    assert "Let me think." in answer.content.decode()
    assert event.hosts.get(alliance=coast).state == EventHost.State.INVITED


def test_who_leaves_an_event_is_led_home(sign_in, plains, coast, make_event):
    event = make_event(lead=plains, co_hosts=(coast,))

    answer = sign_in(coast).post(
        reverse("organise-decision", args=[event.slug, coast.slug]), {"decision": "withdraw"}
    )

    assert answer["Location"] == reverse("organise")
    assert event.hosts.get(alliance=coast).state == EventHost.State.WITHDRAWN


def test_the_lead_asks_further_alliances_along(sign_in, plains, coast):
    event = drafted(plains, None)

    sign_in(plains).post(
        reverse("organise-invitations", args=[event.slug]), {"alliances": [coast.slug]}
    )

    assert event.hosts.get(alliance=coast).state == EventHost.State.INVITED


def test_cancelling_takes_a_reason(sign_in, plains, make_event, make_registration):
    event = make_event(lead=plains)
    make_registration(event)
    browser, address = sign_in(plains), reverse("organise-cancellation", args=[event.slug])

    without = browser.post(address, {"reason": "  "})
    in_two_lines = browser.post(address, {"reason": "The room\nis flooded."})

    assert (without.status_code, in_two_lines.status_code) == (422, 422)
    event.refresh_from_db()
    assert event.status == Event.Status.PUBLISHED
    assert browser.post(address, {"reason": "The room is flooded."}).status_code == 302
    event.refresh_from_db()
    assert (event.status, event.cancel_reason) == ("cancelled", "The room is flooded.")


def test_a_copy_is_a_draft_of_its_own(sign_in, plains, make_event):
    event = make_event(lead=plains)

    answer = sign_in(plains).post(reverse("organise-duplicate", args=[event.slug]))

    copy = Event.objects.exclude(pk=event.pk).get()
    assert (copy.status, copy.title) == ("draft", event.title)
    assert answer["Location"] == reverse("organise-edit", args=[copy.slug])


def test_the_join_link_is_for_hosts_that_said_yes(sign_in, plains, coast, make_event):
    event = make_event(lead=plains, join_url="https://calls.example/42")
    hosting.invite(event, coast, by=None, at=NOON)

    assert "https://calls.example/42" in page(sign_in(plains), "event", event.slug)
    assert "https://calls.example/42" not in page(sign_in(coast), "event", event.slug)


# --- registrations --------------------------------------------------------------------------------


def test_a_co_host_sees_its_own_members_and_everybodys_totals(
    sign_in, plains, coast, make_event, make_registration
):
    event = make_event(lead=plains, co_hosts=(coast,), sharing="own")
    mine = make_registration(event, name="Ana Ruiz", alliance=coast)
    other = make_registration(event, name="Ben Whitaker", alliance=plains)
    browser = sign_in(coast)

    html = page(browser, "registrations", event.slug)
    export = browser.get(reverse("organise-registrations-csv", args=[event.slug])).content.decode()

    assert ("Ana Ruiz" in html, "Ben Whitaker" in html) == (True, False)
    assert ("Ana Ruiz" in export, "Ben Whitaker" in export) == (True, False)
    assert "The totals count everybody." in html
    assert ">2<" in html.replace("\n", "")
    for one, status in ((mine, 200), (other, 404)):
        for name in ("registration", "registration-cancellation"):
            address = reverse(f"organise-{name}", args=[event.slug, one.code])
            assert browser.get(address).status_code == status


def test_a_co_host_that_may_see_totals_only_sees_no_name(
    sign_in, plains, coast, make_event, make_registration
):
    event = make_event(lead=plains, co_hosts=(coast,), sharing="totals")
    make_registration(event, name="Ana Ruiz", alliance=coast)
    browser = sign_in(coast)

    html = page(browser, "registrations", event.slug)
    export = browser.get(reverse("organise-registrations-csv", args=[event.slug]))

    assert "Ana Ruiz" not in html
    assert "Coast" in html
    assert "totals only" in html
    assert export.status_code == 403
    assert "Ana Ruiz" in page(sign_in(plains), "registrations", event.slug)


def test_the_list_is_searched_filtered_and_sorted(
    sign_in, plains, coast, make_event, make_registration
):
    event = make_event(lead=plains)
    make_registration(event, name="Ana Ruiz", organisation="City of Aurora", alliance=plains)
    make_registration(event, name="Ben Whitaker", alliance=coast, state="waitlisted")
    make_registration(event, name="Chidi Okafor")
    browser = sign_in(plains)

    def names(query: str) -> list[str]:
        response = browser.get(reverse("organise-registrations", args=[event.slug]) + query)
        return [row["registration"].name for row in response.context["rows"]]

    assert names("") == ["Ana Ruiz", "Ben Whitaker", "Chidi Okafor"]
    assert names("?sort=-name") == ["Chidi Okafor", "Ben Whitaker", "Ana Ruiz"]
    assert names("?q=aurora+ana") == ["Ana Ruiz"]
    assert names("?state=waitlisted") == ["Ben Whitaker"]
    assert names(f"?alliance={coast.slug}") == ["Ben Whitaker"]
    assert names("?alliance=none") == ["Chidi Okafor"]
    assert names("?state=unheard-of&sort=nonsense&page=99") == []


def test_the_export_runs_no_formula_and_holds_what_the_filter_shows(
    sign_in, plains, make_event, make_registration
):
    event = make_event(lead=plains)
    make_registration(event, name="=HYPERLINK(1)", organisation="-2+3")
    make_registration(event, name="Ben Whitaker")

    response = sign_in(plains).get(
        reverse("organise-registrations-csv", args=[event.slug]) + "?q=hyperlink"
    )

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert (rows[1][1], rows[1][3]) == ("'=HYPERLINK(1)", "'-2+3")
    assert response["Content-Disposition"].startswith("attachment")


def test_cancelling_a_registration_asks_first_and_seats_the_next(
    sign_in, plains, make_event, make_registration
):
    event = make_event(lead=plains, capacity=1)
    ana = make_registration(event, name="Ana Ruiz", seated_at=NOON)
    ben = make_registration(event, name="Ben Whitaker", state="waitlisted")
    browser = sign_in(plains)
    address = reverse("organise-registration-cancellation", args=[event.slug, ana.code])

    asked = browser.get(address)
    ana.refresh_from_db()
    assert (asked.status_code, ana.state) == (200, "confirmed")
    browser.post(address)

    states = dict(Registration.objects.values_list("pk", "state"))
    assert states == {ana.pk: "cancelled", ben.pk: "confirmed"}
    history = page(browser, "registration", event.slug, ana.code)
    assert "canceled the registration" in history


def test_names_are_shown_as_text(sign_in, plains, make_event, make_registration):
    event = make_event(lead=plains, title="<b>Bold</b> plans")
    make_registration(event, name="<script>alert(1)</script>", organisation="<i>x</i>")

    html = page(sign_in(plains), "registrations", event.slug)

    assert "<script>alert" not in html
    assert "<i>x</i>" not in html
    assert "&lt;script&gt;" in html


# --- attendance -----------------------------------------------------------------------------------


def zoom(*rows: tuple[str, str, str, str]) -> SimpleUploadedFile:
    """A report of January 13, 2027: name, address, joined, left, as Denver's clocks show them."""
    lines = ["Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)"]
    for name, email, joined, left in rows:
        lines.append(f"{name},{email},01/13/2027 {joined},01/13/2027 {left},1")
    return SimpleUploadedFile("participants.csv", "\n".join(lines).encode(), "text/csv")


WHOLE = ("11:00:00 AM", "12:30:00 PM")


@pytest.fixture
def reported(sign_in, plains, make_event, make_registration):
    """An event with Ana (matched by address), Ben (by name alone) and a stranger in its report."""
    event = make_event(lead=plains)
    ana = make_registration(event, name="Ana Ruiz", email="ana@aurora.example")
    ana.person.addresses.update(key="ana@aurora.example")
    ben = make_registration(event, name="Ben Whitaker")
    browser = sign_in(plains)
    file = zoom(
        ("Ana Ruiz", "ana@aurora.example", *WHOLE),
        ("Ben Whitaker", "", "11:00:00 AM", "11:30:00 AM"),
        ("Zoe Unknown", "zoe@elsewhere.example", *WHOLE),
    )
    browser.post(
        reverse("organise-attendance", args=[event.slug]),
        {"file": file, "zone": "America/Denver"},
    )
    return browser, event, AttendanceImport.objects.get(), (ana, ben)


def test_a_report_is_looked_at_matched_and_applied(reported):
    browser, event, batch, (ana, ben) = reported
    report = page(browser, "report", event.slug, batch.pk)
    assert "Nothing counts yet" in report
    assert not Attendance.objects.exists()

    browser.post(
        reverse("organise-assignment", args=[event.slug, batch.pk]),
        {"accept": ["name:ben whitaker"]},
    )
    browser.post(reverse("organise-report-application", args=[event.slug, batch.pk]))

    seconds = dict(Attendance.objects.values_list("registration", "in_session_seconds"))
    assert seconds == {ana.pk: 5400, ben.pk: 1800}
    html = page(browser, "attendance", event.slug)
    assert "90 of 90" in html
    assert "30 of 90" in html
    assert "Too short" in html


def test_a_stranger_of_the_report_is_given_a_registration_and_it_is_taken_back(reported):
    browser, event, batch, (_, ben) = reported
    key = "email:zoe@elsewhere.example"
    choose = reverse("organise-assignment", args=[event.slug, batch.pk])
    assert "Ben Whitaker" in browser.get(choose, {"key": key, "q": "ben"}).content.decode()

    browser.post(choose, {"key": key, "registration": ben.code})
    browser.post(reverse("organise-report-application", args=[event.slug, batch.pk]))
    assert Attendance.objects.get(registration=ben).in_session_seconds == 5400
    browser.post(reverse("organise-report-removal", args=[event.slug, batch.pk]))

    assert not Attendance.objects.exists()
    batch.refresh_from_db()
    assert batch.state == "undone"


def test_a_choice_without_a_registration_is_refused(reported):
    browser, event, batch, _ = reported
    choose = reverse("organise-assignment", args=[event.slug, batch.pk])

    nobody_ticked = browser.post(choose, {})
    unknown = browser.post(choose, {"key": "name:ben whitaker", "registration": "NONE"})
    not_there = browser.post(choose, {"key": "name:nobody", "registration": ""})

    assert [a.status_code for a in (nobody_ticked, unknown, not_there)] == [422, 422, 422]
    batch.refresh_from_db()
    assert not any(person["decided"] for person in batch.people)


def test_a_co_host_matches_only_people_it_may_see(reported, sign_in, coast, make_registration):
    _, event, batch, (ana, ben) = reported
    hosting.invite(event, coast, by=None, at=NOON)
    hosting.decide(event, coast, "accept", by=None, at=NOON)
    Registration.objects.filter(pk=ben.pk).update(alliance=coast)
    co_host = sign_in(coast)
    choose = reverse("organise-assignment", args=[event.slug, batch.pk])

    html = page(co_host, "report", event.slug, batch.pk)
    hidden = co_host.post(choose, {"key": "name:ben whitaker", "registration": ana.code})
    allowed = co_host.post(choose, {"accept": ["name:ben whitaker"]})

    assert ("Ben Whitaker" in html, "Ana Ruiz" in html, "Zoe" in html) == (True, False, False)
    assert (hidden.status_code, allowed.status_code) == (422, 302)
    assert co_host.get(choose, {"key": "email:zoe@elsewhere.example"}).status_code == 404


def test_a_file_of_30_mb_is_refused(sign_in, plains, make_event):
    event = make_event(lead=plains)
    huge = SimpleUploadedFile("huge.csv", b"a,b\n" * 7_500_000, "text/csv")

    answer = sign_in(plains).post(
        reverse("organise-attendance", args=[event.slug]), {"file": huge, "zone": "America/Denver"}
    )

    assert answer.status_code == 422
    assert "This file has 30 MB" in answer.content.decode()
    assert not AttendanceImport.objects.exists()


@pytest.mark.parametrize(
    ("content", "zone", "sentence"),
    [
        (b"", "America/Denver", "This file is empty."),
        (b"hello\n", "America/Denver", "This file holds no attendance"),
        (b"\x00\x01\x02\xff" * 50, "America/Denver", "We read an attendance report"),
        (zoom(("Ana", "a@b.example", *WHOLE)).read(), "Mars/Phobos", "is not a time zone we know"),
        (
            zoom(("Ana", "a@b.example", *WHOLE)).read().replace(b"01/13", b"04/14"),
            "America/Denver",
            "This report is for April 14, 2027.",
        ),
    ],
)
def test_a_file_that_is_no_report_of_this_event_is_refused_beside_the_field(
    sign_in, plains, make_event, content, zone, sentence
):
    event = make_event(lead=plains)
    file = SimpleUploadedFile("report.csv", content, "text/csv")

    answer = sign_in(plains).post(
        reverse("organise-attendance", args=[event.slug]), {"file": file, "zone": zone}
    )

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not AttendanceImport.objects.exists()


def test_the_same_file_again_leads_to_the_same_review(reported):
    browser, event, batch, _ = reported
    file = zoom(
        ("Ana Ruiz", "ana@aurora.example", *WHOLE),
        ("Ben Whitaker", "", "11:00:00 AM", "11:30:00 AM"),
        ("Zoe Unknown", "zoe@elsewhere.example", *WHOLE),
    )

    again = browser.post(
        reverse("organise-attendance", args=[event.slug]),
        {"file": file, "zone": "America/Denver"},
    )

    assert again["Location"] == reverse("organise-report", args=[event.slug, batch.pk])
    assert AttendanceImport.objects.count() == 1


def test_settling_says_what_it_decides_and_takes_a_tick_before_the_end(
    sign_in, plains, make_event, make_registration
):
    start = f"{timezone.now() + timedelta(days=20):%Y-%m-%d}T11:00"
    event = make_event(lead=plains, starts=start)
    ana, ben = make_registration(event, name="Ana"), make_registration(event, name="Ben")
    session = event.sessions.get()
    for one, seconds in ((ana, 5400), (ben, 600)):
        Attendance.objects.create(
            session=session,
            registration=one,
            present_seconds=seconds,
            in_session_seconds=seconds,
            changed_at=NOON,
        )
    browser, address = sign_in(plains), reverse("organise-settlement", args=[event.slug])

    asked = browser.get(address).content.decode()
    too_early = browser.post(address, {})

    assert "1 met it" in asked
    assert "1 were there for less" in asked
    assert "at least 72 of 90 minutes" in asked
    assert too_early.status_code == 409
    event.refresh_from_db()
    assert event.settled_at is None
    assert browser.post(address, {"early": "on"}).status_code == 302
    ana.refresh_from_db()
    ben.refresh_from_db()
    assert (ana.presence, ben.presence) == ("met", "short")


# --- the number of queries ------------------------------------------------------------------------


def queries(client: Client, address: str) -> int:
    client.get(address)  # warms what is kept between requests
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "name", ["event", "hosts", "edit", "registrations", "attendance", "settlement"]
)
def test_a_page_costs_the_same_with_one_row_and_with_three(
    sign_in, plains, coast, make_alliance, make_event, make_registration, name
):
    def furnished(count: int) -> Event:
        event = make_event(
            lead=plains,
            co_hosts=tuple(make_alliance() for _ in range(count)),
            sessions=tuple((f"2027-01-{13 + n}T11:00", 90) for n in range(count)),
            join_url="https://calls.example/42",
        )
        for number in range(count):
            make_registration(event, alliance=coast if number else plains)
            make_registration(event, state="waitlisted", alliance=coast)
            _an_import(event, number)
        return event

    one, three = furnished(1), furnished(3)
    browser = sign_in(plains)

    def cost(event):
        return queries(browser, reverse(f"organise-{name}", args=[event.slug]))

    assert cost(one) == cost(three)


def _an_import(event: Event, number: int) -> AttendanceImport:
    session = event.sessions.first()
    return AttendanceImport.objects.create(
        event=event,
        session=session,
        filename=f"report-{number}.csv",
        sha256=str(number) * 64,
        raw=b"",
        zone=event.time_zone,
        layout="zoom-meeting",
        row_count=0,
        uploaded_at=NOON,
    )


def test_a_review_costs_the_same_for_one_person_and_for_three(
    sign_in, plains, make_event, make_registration
):
    def reviewed(count: int) -> tuple[Event, AttendanceImport]:
        event = make_event(lead=plains)
        made = [make_registration(event, alliance=plains) for _ in range(count)]
        for one in made:
            one.person.addresses.update(key=one.email)
        rows = [(one.name, one.email, *WHOLE) for one in made]
        batch = ledger.upload(
            event,
            raw=zoom(*rows).read(),
            filename="report.csv",
            zone="America/Denver",
            by=None,
            at=NOON,
        )
        assert len(batch.people) == count
        return event, batch

    browser = sign_in(plains)
    costs = [
        queries(browser, reverse("organise-report", args=[event.slug, batch.pk]))
        for event, batch in (reviewed(1), reviewed(3))
    ]

    assert costs[0] == costs[1]
