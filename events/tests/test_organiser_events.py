"""The organisers' pages of events: who may open them, planning, hosting, publishing."""

import pytest
from django.urls import reverse

from conftest import NOON
from events.domain import hosting, scheduling
from events.models import Event, EventHost
from events.tests.organising import drafted, page, typed_plan
from programmes.models import OutboxEntry, Role

pytestmark = pytest.mark.django_db


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


def test_a_draft_is_saved_and_the_co_host_asked(sign_in, make_organiser, plains, coast):
    browser = sign_in(plains)
    make_organiser(coast)

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

    assert "What changes for you" in html
    assert "<td>Fiber to every block</td><td><strong>A better title</strong></td>" in html


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


def test_a_new_event_can_be_copied_from_one_of_one_s_own(sign_in, plains, coast, make_event):
    own, other = make_event(lead=plains, title="Curbs"), make_event(lead=coast, title="Sewers")
    browser = sign_in(plains)

    offered = page(browser, "new")
    answer = browser.get(reverse("organise-new"), {"copy": own.slug})

    assert f'<option value="{own.slug}">Curbs' in offered
    assert "Sewers" not in offered
    assert answer["Location"] == reverse("organise-duplicate", args=[own.slug])
    assert browser.get(reverse("organise-new"), {"copy": other.slug}).status_code == 404


def test_the_join_link_is_for_hosts_that_said_yes(sign_in, plains, coast, make_event):
    event = make_event(lead=plains, join_url="https://calls.example/42")
    hosting.invite(event, coast, by=None, at=NOON)

    assert "https://calls.example/42" in page(sign_in(plains), "event", event.slug)
    assert "https://calls.example/42" not in page(sign_in(coast), "event", event.slug)
