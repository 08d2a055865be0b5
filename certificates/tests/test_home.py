"""The home of everybody with a role: what needs them, what comes up, what they may see."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from conftest import NOON
from events.domain import handover, hosting, proposals, scheduling
from events.domain.hosting import Decision
from events.models import EventHost
from events.tests.planning import drafted, edited
from programmes import outbox
from programmes.models import OutboxEntry, Role

pytestmark = pytest.mark.django_db
Kind = Role.Kind


def soon(days: float = 2) -> str:
    return f"{timezone.now() + timedelta(days=days):%Y-%m-%dT%H:%M}"


@pytest.fixture
def alliance(make_alliance):
    return make_alliance("Plains", slug="plains")


@pytest.fixture
def open_as(alliance, make_organiser):
    def opened(kind: str, path: str = "/organize/", **query: str):
        client = Client()
        client.force_login(make_organiser(alliance, kind=kind))
        return client.get(path, query)

    return opened


def headings(answer) -> list[str]:
    page = html.document_fromstring(answer.content.decode())
    return [" ".join(h.text_content().split()) for h in page.iterfind(".//main//h2")]


def words(answer) -> str:
    page = html.document_fromstring(answer.content.decode())
    return " ".join(page.find(".//main").text_content().split())


@pytest.mark.parametrize("kind", [Kind.ADMIN, Kind.ORGANISER])
def test_who_plans_reads_first_what_needs_them(open_as, kind):
    assert headings(open_as(kind)) == ["Needs you", "Next 14 days, all alliances", "My drafts"]
    assert "Nothing waits for you today" in words(open_as(kind))


def test_a_viewer_sees_what_comes_up_and_the_drafts_and_is_offered_nothing_to_change(
    open_as, alliance, make_event
):
    make_event(lead=alliance, published=False, title="Curb data")
    answer = open_as(Kind.VIEWER)

    assert headings(answer) == ["Next 14 days, all alliances", "Drafts of my alliances"]
    assert "Curb data" in words(answer)
    assert "Plan a joint event" not in words(answer)


def test_check_in_staff_find_their_doors_of_these_days_and_no_draft(
    open_as, alliance, make_event, make_alliance
):
    make_event(lead=alliance, published=False, title="Curb data", starts=soon(1))
    make_event(lead=alliance, title="Fiber today", starts=soon(0.5), time_zone="UTC")
    make_event(lead=alliance, title="Fiber next week", starts=soon(7), time_zone="UTC")
    make_event(title="Somebody else's", starts=soon(0.5), time_zone="UTC")
    answer = open_as(Kind.CHECK_IN)

    assert headings(answer) == ["At the door", "Next 14 days, all alliances"]
    doors = answer.content.decode().partition('id="doors"')[2].partition("</section>")[0]
    assert "Fiber today" in doors
    assert "Fiber next week" not in doors
    assert "Somebody else" not in doors
    assert "Curb data" not in words(answer)


def test_the_next_days_hold_all_alliances_and_own_drafts_under_their_day(
    open_as, alliance, make_event
):
    make_event(title="Of another", starts=soon(3), time_zone="UTC")
    make_event(title="Own draft", lead=alliance, published=False, starts=soon(3), time_zone="UTC")
    make_event(title="Draft of another", published=False, starts=soon(3), time_zone="UTC")
    make_event(title="Too late", starts=soon(20), time_zone="UTC")
    make_event(title="Unlisted", visibility="unlisted", starts=soon(3), time_zone="UTC")
    page = open_as(Kind.ORGANISER).content.decode()

    section = page.partition('id="next"')[2].partition("</section>")[0]
    shown = [title for title in ("Of another", "Own draft") if title in section]
    assert shown == ["Of another", "Own draft"]
    for title in ("Draft of another", "Too late", "Unlisted"):
        assert title not in section
    assert section.count("<h3>") == 1
    assert "Draft" in section


def test_an_event_of_several_dates_stands_under_each_of_them(open_as, make_event):
    make_event(title="Series", time_zone="UTC", sessions=((soon(1), 60), (soon(4), 60)))

    section = open_as(Kind.ORGANISER).content.decode().partition('id="next"')[2]
    assert section.count(">Series</a>") == 2


def test_a_co_host_s_no_is_told_until_the_event_is_announced(open_as, alliance, make_event):
    other = make_event(lead=alliance, published=False, title="Curb data")
    no = make_event(published=False).lead
    EventHost.objects.create(
        event=other,
        alliance=no,
        role="co-host",
        state="declined",
        invited_at=timezone.now(),
        note="Too close to our summit.",
    )

    said = words(open_as(Kind.ORGANISER))
    assert f"{no.name} will not co-host “Curb data”" in said
    assert "Too close to our summit." in said


def test_mails_that_could_not_be_sent_are_told_to_the_lead_alone(
    open_as, alliance, make_event, make_registration
):
    for lead in (alliance, None):
        fields = {"lead": lead} if lead else {}
        place = make_registration(make_event(title=f"Of {lead or 'another'}", **fields))
        outbox.put("events/registration-confirmed", place, key=str(place.pk))
    OutboxEntry.objects.update(state="dead", error="Mailbox full")

    said = words(open_as(Kind.ORGANISER))
    assert "1 mail about “Of Plains” could not be sent" in said
    assert "Mailbox full" in said
    assert "Of another” could not" not in said


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Fiber", "Curb"}),
        ({"status": "draft"}, {"Curb"}),
        ({"format": "online"}, {"Curb"}),
        ({"topic": "streets"}, {"Fiber"}),
        ({"alliance": "plains", "q": "fib"}, {"Fiber"}),
        ({"alliance": "nobody"}, set()),
        ({"show": "drafts"}, {"Curb"}),
    ],
)
def test_the_list_is_narrowed_by_alliance_topic_format_state_and_words(
    open_as, alliance, make_event, query, found
):
    fiber = make_event(lead=alliance, title="Fiber", format="in_person")
    fiber.topics.create(slug="streets", name="Streets")
    make_event(lead=alliance, title="Curb", published=False, format="online")
    make_event(title="Elsewhere")

    page = html.document_fromstring(
        open_as(Kind.ORGANISER, "/organize/events/", **query).content.decode()
    )

    assert {link.text for link in page.iterfind(".//main//tbody//th/a")} == found


def test_the_home_costs_the_same_with_one_date_and_many(
    open_as, alliance, make_event, django_assert_max_num_queries, make_organiser
):
    client = Client()
    client.force_login(make_organiser(alliance))

    def cost() -> int:
        with django_assert_max_num_queries(40) as asked:
            client.get("/organize/")
        return len(asked)

    make_event(starts=soon(1), time_zone="UTC", co_hosts=(alliance,))
    make_event(lead=alliance, published=False)
    client.get("/organize/")
    one = cost()
    for number in range(4):
        make_event(starts=soon(1 + number), time_zone="UTC", co_hosts=(alliance,))
        make_event(lead=alliance, published=False)

    assert cost() == one


def test_a_change_and_the_lead_are_asked_for_by_name(open_as, alliance, make_alliance):
    coast = make_alliance("Coast")
    event = drafted(coast, co_hosts=[alliance])
    hosting.decide(event, alliance, "accept", by=None, at=NOON)
    event = scheduling.publish(event, by=None, at=NOON)
    handover.offer(event, alliance, by=None, at=NOON)
    edited(event, title="Fiber, once more")

    said = words(open_as(Kind.ORGANISER))

    assert "Will Plains lead “Fiber to Every Block”?" in said
    assert "Does Plains agree to the change of “Fiber to Every Block”?" in said


def test_a_no_to_a_change_is_told_to_the_lead_until_it_is_taken_back(
    open_as, alliance, make_alliance
):
    coast = make_alliance("Coast")
    event = drafted(alliance, co_hosts=[coast])
    hosting.decide(event, coast, "accept", by=None, at=NOON)
    event = scheduling.publish(event, by=None, at=NOON)
    edited(event, title="Fiber, once more")
    hosting.decide(event, coast, Decision("decline", note="Too late."), by=None, at=NOON)
    before = words(open_as(Kind.ORGANISER))

    proposals.withdraw(event, by=None, at=NOON)

    sentence = "Coast does not agree to the change of “Fiber to Every Block”"
    assert sentence in before
    assert "Too late." in before
    assert sentence not in words(open_as(Kind.ORGANISER))
