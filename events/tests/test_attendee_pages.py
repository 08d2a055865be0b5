"""A registrant's own pages: what the link opens, what it changes, and what it keeps to itself."""

from datetime import UTC, timedelta

import icalendar
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from events.domain import links
from events.models import Registration
from events.tests.own_pages import heading, read, url, words
from kit import ids
from programmes.models import OutboxEntry

pytestmark = pytest.mark.django_db
State = Registration.State
NEEDS = {"organisation": "City of Aurora", "access_needs": ""}


# -- where it stands


def test_a_seat_is_said_in_words(client, soon, make_registration):
    mine = make_registration(soon(days=3), name="Ana Ruiz")

    page = client.get(url(mine))

    assert (page.status_code, heading(page)) == (200, "You are registered")
    assert mine.event.title in words(read(page).find(".//main"))


def test_a_waitlist_place_is_counted(client, soon, make_registration):
    event = soon(days=3, capacity=1)
    make_registration(event)
    first = make_registration(event, state=State.WAITLISTED)
    later = first.joined_at + timedelta(hours=1)
    mine = make_registration(event, state=State.WAITLISTED, joined_at=later)

    assert heading(client.get(url(first))) == "You are 1st in line"
    assert heading(client.get(url(mine))) == "You are 2nd in line"


def test_a_cancelled_place_offers_to_register_again(client, soon, make_registration):
    mine = make_registration(soon(days=3), state=State.CANCELLED, cancelled_at=timezone.now())

    page = read(client.get(url(mine)))

    assert words(page.find(".//h1")) == "This registration was canceled"
    assert page.xpath(f"//main//a[@href='/events/{mine.event.slug}/#register']")
    assert not page.xpath("//main//form")


@pytest.mark.parametrize(
    ("presence", "seconds", "said"),
    [
        ("", None, "This event is over"),
        ("met", 75 * 60 + 59, "You attended 75 minutes"),
        ("short", 60, "You attended 1 minute"),
        ("absent", 0, "No attendance was recorded"),
    ],
)
def test_afterwards_it_says_what_was_counted(
    client, soon, make_registration, presence, seconds, said
):
    mine = make_registration(soon(days=-3), presence=presence, attended_seconds=seconds)

    assert heading(client.get(url(mine))) == said


def test_a_cancelled_event_says_so_to_who_is_registered(client, soon, make_registration):
    event = soon(
        days=3, status="cancelled", cancelled_at=timezone.now(), cancel_reason="The hall flooded."
    )
    page = client.get(url(make_registration(event)))

    assert heading(page) == "This event was canceled"
    assert "The hall flooded." in words(read(page))


def test_both_clocks_stand_on_the_page(client, make_event, make_registration):
    event = make_event(starts="2030-01-09T11:00", time_zone="America/Denver")
    client.cookies["tz"] = "America/New_York"

    shown = words(read(client.get(url(make_registration(event)))))

    assert "11 a.m. to 12:30 p.m. Mountain" in shown
    assert "Your time: Wed, Jan 9, 1 p.m. Eastern" in shown


# -- the link


@pytest.mark.parametrize("rest", ["", "details/", "cancellation/", "join/", "ticket/"])
def test_a_wrong_link_is_told_how_to_get_a_new_one(client, soon, make_registration, rest):
    mine = make_registration(soon(days=3))
    right = links.registration_token(mine)
    wrong = ("A" if right[0] != "A" else "B") + right[1:]
    assert client.get(f"/r/{right}/{rest}").status_code in {200, 302}

    page = client.get(f"/r/{wrong}/{rest}")

    assert page.status_code == 404
    assert read(page).xpath("//main//a[@href='/r/']")
    assert page["Cache-Control"] == "private, no-store"


def test_a_link_that_was_replaced_opens_nothing(client, soon, make_registration):
    mine = make_registration(soon(days=3))
    old = url(mine)
    Registration.objects.filter(pk=mine.pk).update(link_version=1)

    assert client.get(old).status_code == 404


def test_the_pages_are_told_to_nobody(client, soon, make_registration):
    mine = make_registration(soon(in_minutes=5, format="hybrid"))

    for rest in ("", "cancellation/", "join/", "ticket/", "invitation.ics"):
        page = client.get(url(mine, rest))
        assert page.status_code == 200
        assert page["Referrer-Policy"] == "no-referrer"
        assert page["Cache-Control"] == "private, no-store"
        assert page["X-Robots-Tag"] == "noindex"
        assert not page.cookies


# -- changing details


def test_details_are_saved_and_said(client, soon, make_registration):
    mine = make_registration(soon(days=3), name="Ana Ruis")
    typed = {"name": " Ana  Ruiz ", "organisation": "City of Aurora", "access_needs": "Captions"}

    answer = client.post(url(mine, "details/"), typed, follow=True)

    mine.refresh_from_db()
    assert (mine.name, mine.organisation, mine.access_needs) == (
        "Ana Ruiz",
        "City of Aurora",
        "Captions",
    )
    assert words(read(answer).xpath("//*[@role='status']")[0]) == "Your details are saved."


def test_wrong_details_keep_what_was_typed(client, soon, make_registration):
    mine = make_registration(soon(days=3), name="Ana Ruiz")

    answer = client.post(url(mine, "details/"), {**NEEDS, "name": "Ana\nRuiz", "access_needs": "x"})

    page = read(answer)
    assert answer.status_code == 422
    assert page.find(".//title").text.startswith("Error: ")
    assert page.get_element_by_id("id_name").get("value") == "Ana\nRuiz"
    assert page.get_element_by_id("id_access_needs").text_content().strip() == "x"
    mine.refresh_from_db()
    assert mine.name == "Ana Ruiz"


def test_the_name_is_settled_once_the_event_begins(client, soon, make_registration):
    mine = make_registration(soon(in_minutes=-5), name="Ana Ruiz")

    client.post(url(mine, "details/"), {**NEEDS, "name": "Somebody Else"})

    mine.refresh_from_db()
    assert (mine.name, mine.organisation) == ("Ana Ruiz", "City of Aurora")
    assert "id_name" not in client.get(url(mine)).content.decode()


def test_nothing_can_be_changed_afterwards(client, soon, make_registration):
    mine = make_registration(soon(days=-2), name="Ana Ruiz")

    answer = client.post(url(mine, "details/"), {**NEEDS, "name": "Ana Ruiz"})

    assert answer.status_code == 409
    mine.refresh_from_db()
    assert mine.organisation == ""


def test_another_site_cannot_send_the_forms(soon, make_registration):
    mine = make_registration(soon(days=3))
    elsewhere = Client(headers={"Sec-Fetch-Site": "cross-site"})

    assert elsewhere.post(url(mine, "cancellation/")).status_code == 403
    assert elsewhere.post("/r/", {"email": mine.email}).status_code == 403
    mine.refresh_from_db()
    assert mine.state == State.CONFIRMED


# -- cancelling


def test_cancelling_takes_two_clicks_and_seats_the_next(client, soon, make_registration):
    event = soon(days=3, capacity=1)
    mine = make_registration(event)
    waiting = make_registration(event, state=State.WAITLISTED)

    asked = client.get(url(mine, "cancellation/"))
    mine.refresh_from_db()
    assert (heading(asked), mine.state) == ("Cancel your registration?", State.CONFIRMED)

    done = client.post(url(mine, "cancellation/"), follow=True)

    assert heading(done) == "This registration was canceled"
    waiting.refresh_from_db()
    assert waiting.state == State.CONFIRMED


def test_cancelling_twice_is_harmless(client, soon, make_registration):
    mine = make_registration(soon(days=3))
    client.post(url(mine, "cancellation/"))
    before = Registration.objects.values().get(pk=mine.pk)

    again = client.post(url(mine, "cancellation/"))

    assert again.status_code == 302
    assert Registration.objects.values().get(pk=mine.pk) == before
    assert OutboxEntry.objects.filter(kind="events/registration-cancelled").count() == 1


def test_what_is_over_cannot_be_cancelled(client, soon, make_registration):
    mine = make_registration(soon(days=-2))

    answer = client.post(url(mine, "cancellation/"))

    assert answer.status_code == 409
    mine.refresh_from_db()
    assert mine.state == State.CONFIRMED


# -- ticket and calendar


def test_the_ticket_shows_the_code_in_a_square_and_in_fours(client, soon, make_registration):
    mine = make_registration(soon(days=3, format="in_person", venue="Civic Hall"), name="Ana Ruiz")

    page = read(client.get(url(mine, "ticket/")))

    assert ids.group(mine.code) in words(page)
    assert "Ana Ruiz" in words(page)
    assert page.xpath("//main//*[local-name()='svg' and contains(@class, 'qr')]")


def test_who_has_no_seat_has_no_ticket(client, soon, make_registration):
    mine = make_registration(soon(days=3), state=State.CANCELLED, cancelled_at=timezone.now())

    assert client.get(url(mine, "ticket/"))["Location"] == url(mine)


def test_the_own_calendar_file_has_the_feed_s_uid_and_the_own_way_in(
    client, soon, make_registration
):
    mine = make_registration(soon(days=3))
    session = mine.event.sessions.get()

    found = icalendar.Calendar.from_ical(client.get(url(mine, "invitation.ics")).content)

    (event,) = found.walk("VEVENT")
    assert event["UID"].startswith(str(session.public_id))
    assert event["CONFERENCE"].endswith(url(mine, "join/"))
    assert event.decoded("DTSTART").astimezone(UTC) == session.starts_at


# -- the link again


def test_links_are_sent_to_a_known_address_one_mail_each(client, soon, make_registration):
    mine = make_registration(soon(days=3), name="Ana Ruiz")
    make_registration(soon(days=9), mine.person)
    make_registration(soon(days=-9), mine.person)

    client.post("/r/", {"email": f"  {mine.email.upper()} "})
    client.post("/r/", {"email": mine.email})

    sent = OutboxEntry.objects.filter(kind="events/registration-again")
    assert sent.count() == 2


def test_an_unknown_address_gets_the_very_same_answer(client, soon, make_registration):
    mine = make_registration(soon(days=3))

    answers = [client.post("/r/", {"email": e}) for e in (mine.email, "nobody@else.example")]
    pages = [client.get(answer["Location"]).content for answer in answers]

    assert [a["Location"] for a in answers] == ["/r/?sent=1"] * 2
    assert pages[0] == pages[1]
    assert OutboxEntry.objects.count() == 1


def test_what_is_no_address_is_said(client):
    answer = client.post("/r/", {"email": "ana"})

    assert answer.status_code == 422
    assert "It looks like name@city.gov." in words(read(answer))


def test_asking_for_links_too_often_is_refused(client, settings):
    settings.RATE_LIMITS = True

    codes = [client.post("/r/", {"email": "a@b.example"}).status_code for _ in range(11)]

    assert codes == [302] * 10 + [429]


def test_the_mail_says_why_it_was_sent(soon, make_registration):
    mine = make_registration(soon(days=3), name="Ana")
    context = {"registration": mine, "event": mine.event, "sender": mine.event.lead}

    asked = render_to_string("events/email/registration-again.txt", {**context, "asked": "link"})
    again = render_to_string("events/email/registration-again.txt", context)

    assert "asked for your link" in asked
    assert "registered already" in again
