"""The network console: how alliances do, what failed, who did what, who runs it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from certificates.domain import standing
from events.models import Event
from programmes import audit, outbox
from programmes.models import AuditEntry, OutboxEntry, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(make_person):
    return make_person("Olga", is_operator=True, password="mine", email="olga@network.example")


@pytest.fixture
def browser(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def words(answer) -> str:
    page = html.document_fromstring(answer.content.decode())
    return " ".join(page.find(".//main").text_content().split())


def rows(answer) -> list[str]:
    page = html.document_fromstring(answer.content.decode())
    return [" ".join(row.text_content().split()) for row in page.iterfind(".//main//tbody/tr")]


@pytest.fixture
def failed(make_event, make_registration) -> OutboxEntry:
    outbox.put("events/registration-confirmed", make_registration(make_event()), key="1")
    OutboxEntry.objects.update(state="dead", error="Mailbox full", attempts=5)
    return OutboxEntry.objects.get()


def test_alliances_are_counted_with_the_share_of_what_they_do_together(
    make_alliance, make_event, make_registration
):
    plains, coastal, _ = (make_alliance(name) for name in ("Plains", "Coastal", "Lakes"))
    joint = make_event(lead=plains, co_hosts=(coastal,))
    make_event(lead=plains)
    make_event(lead=plains, published=False)
    gone = make_event(lead=plains, co_hosts=(coastal,))
    Event.objects.filter(pk=gone.pk).update(status="cancelled", cancelled_at=timezone.now())
    make_registration(joint, alliance=coastal)
    make_registration(joint, state="waitlisted")

    found = {one.alliance.name: one for one in standing.of_network()}
    one = found["Plains"]
    assert (one.led, one.hosted, one.joint, one.seats, one.chosen) == (2, 2, 1, 1, 0)
    assert one.joint_percent == 50
    assert (found["Coastal"].led, found["Coastal"].hosted, found["Coastal"].chosen) == (0, 1, 1)
    assert found["Lakes"].joint_percent is None
    assert standing.joint_share() == (1, 2)
    late = joint.starts_at + timedelta(seconds=1)
    assert standing.joint_share(since=late) == (0, 0)
    assert standing.of_network(since=late)[0].seats == 0


def test_the_console_costs_the_same_with_one_event_and_many(
    browser, make_alliance, make_event, django_assert_num_queries
):
    def grow() -> None:
        make_event(co_hosts=(make_alliance(),))

    grow()
    browser.get("/network/")
    with django_assert_num_queries(17, exact=False) as one:
        assert browser.get("/network/").status_code == 200
    grow(), grow()
    with django_assert_num_queries(len(one)):
        browser.get("/network/")


def test_the_console_says_when_nothing_is_at_work_and_what_waits(browser, failed):
    said = words(browser.get("/network/"))

    assert "No background worker has shown itself" in said
    assert "Failed1: show the list" in said


@pytest.mark.parametrize("since", ["", "3", "12", "all", "x"])
def test_the_console_takes_any_span(browser, make_event, since):
    make_event()

    assert browser.get("/network/", {"since": since}).status_code == 200


def test_what_failed_is_tried_again_or_let_be(browser, failed, operator):
    assert "Mailbox full" in words(browser.get("/network/queue/"))

    browser.post(f"/network/queue/{failed.pk}/retry")
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error) == ("ready", 0, "")
    again = browser.post(f"/network/queue/{failed.pk}/let-be")
    assert again.status_code == 409
    assert "Nothing was changed" in words(again)

    OutboxEntry.objects.update(state="unsure")
    browser.post(f"/network/queue/{failed.pk}/let-be")
    failed.refresh_from_db()
    assert failed.state == "cancelled"
    assert "Nothing has failed" in words(browser.get("/network/queue/"))
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "by")) == [
        ("outbox.retried", operator.pk),
        ("outbox.let-be", operator.pk),
    ]


def test_a_drawing_is_not_let_be(browser, failed):
    OutboxEntry.objects.update(kind="certificates/draw")

    assert "Let it be" not in words(browser.get("/network/queue/"))
    assert browser.post(f"/network/queue/{failed.pk}/let-be").status_code == 409


def test_the_log_is_searched_by_what_who_where_and_when(
    browser, operator, make_alliance, make_person
):
    plains = make_alliance("Plains", slug="plains")
    audit.record("role.given", plains, by=operator, alliance=plains.pk, kind="viewer")
    audit.record("event.published", make_person("Ben"), by=None)
    old = audit.record("role.removed", plains, by=make_person("Ben Okafor"))
    AuditEntry.objects.filter(pk=old.pk).update(at="2026-03-01T12:00Z")

    def found(**query: str) -> list[str]:
        return [
            next(a for a in ("role.given", "event.published", "role.removed") if a in row)
            for row in rows(browser.get("/network/audit/", query))
        ]

    assert found() == ["role.removed", "event.published", "role.given"]
    assert found(action="role.given") == ["role.given"]
    assert found(alliance="plains") == ["role.given"]
    assert found(person="okafor") == ["role.removed"]
    assert found(person="olga@network") == ["role.given"]
    assert found(subject="programmes.person") == ["event.published"]
    assert found(**{"from": "2026-03-01", "to": "2026-03-01"}) == ["role.removed"]
    assert found(**{"to": "2026-02-28"}) == []
    assert "kind: viewer" in rows(browser.get("/network/audit/?action=role.given"))[0]


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_explained(browser, day):
    answer = browser.get("/network/audit/", {"from": day})

    assert answer.status_code == 422
    assert "is not a day. Write it as 2027-01-31." in words(answer)


def test_a_long_log_is_shown_by_pages(browser, operator, make_alliance):
    alliance = make_alliance()
    for _ in range(51):
        audit.record("role.given", alliance, by=operator)

    assert len(rows(browser.get("/network/audit/"))) == 50
    assert len(rows(browser.get("/network/audit/?page=2&action=role.given"))) == 1


def test_operators_appoint_and_end_each_other_but_never_the_last(browser, operator, make_person):
    ben = make_person("Ben", email="ben@network.example", password="mine")
    refused = browser.post("/network/operators/", {"email": "nobody@network.example"})
    assert refused.status_code == 409
    assert "Have an alliance invite them first" in words(refused)
    alone = browser.post(f"/network/operators/{operator.pk}/removal")
    assert alone.status_code == 409
    assert "is the only operator" in words(alone)

    browser.post("/network/operators/", {"email": "ben@network.example"})
    assert Person.objects.get(pk=ben.pk).is_operator
    assert "Ben" in words(browser.get("/network/operators/"))
    assert browser.get(f"/network/operators/{ben.pk}/removal").status_code == 200
    assert browser.post(f"/network/operators/{operator.pk}/removal")["Location"] == "/me/"
    assert browser.get("/network/").status_code == 403
