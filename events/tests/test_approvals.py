"""Answering from the mail without signing in; and the hosts' own page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.domain import approvals, hosting, scheduling
from events.models import HostComment
from programmes.models import AuditEntry


@pytest.fixture
def event(soon, lead, coast, make_organiser):
    """A published event a month from now whose lead proposed another title."""
    make_organiser(lead, name="Lee")
    held = soon(days=30, lead=lead, co_hosts=(coast,), title="Fiber to every block")
    scheduling.edit(held, {"title": "Fiber to some blocks"}, by=None, at=timezone.now())
    return held


@pytest.fixture
def cy(coast, make_organiser):
    return make_organiser(coast, name="Cy")


def link(event, alliance, person) -> str:
    host = event.hosts.select_related("event").get(alliance=alliance)
    mark = hosting.ask_of(host).mark
    return f"/approvals/{approvals.token(host, person, mark)}/"


def form_of(event, alliance, **typed) -> dict:
    host = event.hosts.select_related("event").get(alliance=alliance)
    return {"decision": "accept", "seen": hosting.ask_of(host).mark[:16], "note": "", **typed}


def test_the_link_shows_what_changes_and_opening_it_answers_nothing(event, coast, cy):
    page = Client().get(link(event, coast, cy) + "?answer=accept")

    html = page.content.decode()
    assert page.status_code == 200
    assert "<td>Fiber to every block</td><td><strong>Fiber to some blocks</strong></td>" in html
    assert 'value="accept" required id="id_decision_0" checked' in html or "checked" in html
    assert "no-store" in page["Cache-Control"]
    assert event.hosts.get(alliance=coast).state == "invited"


def test_one_confirm_is_an_answer_in_the_persons_name(event, coast, cy):
    url = link(event, coast, cy)

    sent = Client().post(url, form_of(event, coast, note="With pleasure"))

    assert (sent.status_code, sent["Location"]) == (302, f"{url}?done=accept")
    host = event.hosts.get(alliance=coast)
    assert (host.state, host.decided_by, host.note) == ("accepted", cy, "With pleasure")
    event.refresh_from_db()
    assert event.title == "Fiber to some blocks"
    assert "has agreed" in Client().get(url).content.decode()


def test_a_wish_for_a_change_is_told_and_the_question_stays(event, coast, cy):
    url = link(event, coast, cy)

    sent = Client().post(url, form_of(event, coast, decision="change", note="Shorter, please"))

    assert sent.status_code == 302
    assert event.hosts.get(alliance=coast).state == "invited"
    assert HostComment.objects.get().text == "Shorter, please"
    blank = Client().post(url, form_of(event, coast, decision="change"))
    assert blank.status_code == 422


def test_an_answer_to_what_is_no_longer_asked_shows_the_difference(event, coast, cy):
    url, typed = link(event, coast, cy), form_of(event, coast, note="Kept")
    scheduling.edit(event, {"title": "Fiber to one block"}, by=None, at=timezone.now())

    refused = Client().post(url, typed)

    html = refused.content.decode()
    assert refused.status_code == 409
    assert "<td>Fiber to some blocks</td><td><strong>Fiber to one block</strong></td>" in html
    assert "Kept" in html
    assert event.hosts.get(alliance=coast).state == "invited"
    assert Client().post(url, form_of(event, coast)).status_code == 302


def test_an_empty_form_asks_for_a_choice(event, coast, cy):
    answer = Client().post(link(event, coast, cy), {})

    assert answer.status_code == 422
    assert "Choose one of the three." in answer.content.decode()


def test_a_link_dies_with_the_role_and_another_text_opens_nothing(event, coast, cy):
    url = link(event, coast, cy)
    cy.roles.all().delete()

    assert Client().get(url).status_code == 404
    assert Client().get("/approvals/x/").status_code == 404
    assert Client().get(url[:-5] + "abcd/").status_code == 404


def test_another_site_cannot_send_the_form(event, coast, cy):
    sent = Client().post(
        link(event, coast, cy), form_of(event, coast), headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert sent.status_code == 403


def test_nothing_is_left_to_answer_of_an_event_that_is_off(event, coast, cy):
    url = link(event, coast, cy)
    scheduling.cancel(event, reason="Storm", by=None, at=timezone.now())

    assert "was canceled" in Client().get(url).content.decode()
    assert Client().post(url, form_of(event, coast)).status_code == 409


# --- the hosts' page ------------------------------------------------------------------------------


def test_the_hosts_page_shows_the_change_to_lead_and_co_host(event, sign_in, lead, coast):
    for alliance in (lead, coast):
        html = sign_in(alliance).get(reverse("organise-hosts", args=[event.slug])).content.decode()
        assert "A change waits for the co-hosts" in html
        assert "<strong>Fiber to some blocks</strong>" in html
        assert "proposed to change title" in html
    assert "Take the change back" not in html


def test_the_lead_takes_the_change_back_on_the_page(event, sign_in, lead, coast):
    sent = sign_in(lead).post(reverse("organise-proposal", args=[event.slug]), {"act": "withdraw"})

    assert sent.status_code == 302
    assert event.hosts.get(alliance=coast).state == "accepted"


def test_going_ahead_too_early_says_who_is_missing(event, sign_in, lead, coast):
    sent = sign_in(lead).post(reverse("organise-proposal", args=[event.slug]), {"act": "publish"})

    assert sent.status_code == 409
    assert f"{coast.name} has not answered yet" in sent.content.decode()


def test_an_outdated_answer_on_the_page_keeps_the_note(event, sign_in, coast):
    browser, typed = sign_in(coast), form_of(event, coast, note="My note")
    scheduling.edit(event, {"title": "Fiber to one block"}, by=None, at=timezone.now())

    refused = browser.post(reverse("organise-decision", args=[event.slug, coast.slug]), typed)

    assert refused.status_code == 409
    assert "My note" in refused.content.decode()
    assert "Fiber to one block" in refused.content.decode()


def test_the_rule_for_silence_is_saved_and_a_bad_one_is_refused(event, sign_in, lead):
    browser, url = sign_in(lead), reverse("organise-answer-rule", args=[event.slug])

    assert browser.post(url, {"silence": "yes", "answer_days": "5"}).status_code == 302
    event.refresh_from_db()
    assert (event.silence, event.answer_days) == ("yes", 5)
    bad = browser.post(url, {"silence": "yes", "answer_days": "0"})
    assert bad.status_code == 422
    assert "Give co-hosts 2 to 60 days" in bad.content.decode()


def test_hosts_talk_on_the_page_and_others_may_not(event, sign_in, coast, plains):
    url = reverse("organise-comments", args=[event.slug])

    assert sign_in(coast).post(url, {"text": "<b>Hello</b>"}).status_code == 302
    assert sign_in(plains).post(url, {"text": "Hello"}).status_code in {403, 404}
    html = sign_in(coast).get(reverse("organise-hosts", args=[event.slug])).content.decode()
    assert "&lt;b&gt;Hello&lt;/b&gt;" in html
    assert HostComment.objects.get().alliance == coast


def test_the_lead_is_handed_over_on_the_page(soon, sign_in, lead, coast):
    event = soon(days=30, lead=lead, co_hosts=(coast,))
    offer = reverse("organise-handover", args=[event.slug])
    assert sign_in(lead).post(offer, {"alliance": coast.slug}).status_code == 302
    html = sign_in(coast).get(reverse("organise-hosts", args=[event.slug])).content.decode()
    assert f"Will {coast.name} lead this event?" in html

    url = reverse("organise-lead-answer", args=[event.slug, coast.slug])
    sign_in(coast).post(url, {"act": "accept"})

    event.refresh_from_db()
    assert event.lead == coast


def test_an_operator_ends_a_membership_and_takes_it_back(event, sign_in, make_person, coast):
    browser = Client()
    browser.force_login(make_person(is_operator=True))
    url = reverse("network-membership", args=[coast.slug])
    assert f"End the membership of {coast.name}" in browser.get(url).content.decode()

    assert browser.post(url).status_code == 302

    coast.refresh_from_db()
    assert (coast.is_active, event.hosts.get(alliance=coast).state) == (False, "withdrawn")
    assert "Has left" in browser.get(reverse("network-alliances")).content.decode()
    browser.post(url)
    coast.refresh_from_db()
    assert coast.is_active
    assert AuditEntry.objects.filter(action="alliance.rejoined").exists()
    assert sign_in(coast).post(url).status_code == 403


def test_the_page_of_an_event_whose_lead_left_still_opens(event, sign_in, lead, coast):
    hosting.leave_partnership(lead, by=None, at=timezone.now() + timedelta(minutes=1))

    for name in ("event", "hosts"):
        url = reverse(f"organise-{name}", args=[event.slug])
        assert sign_in(coast).get(url).status_code == 200
    assert Client().get(reverse("event", args=[event.slug])).status_code == 200
