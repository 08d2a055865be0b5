"""The main job from the first draft to a stranger who checks a certificate, over real HTTP.

One site for the whole walk: web server, workers and mail server. Each fixture is a step that
somebody takes, each test says what must be so after it.
"""

import hashlib
import html
import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import icalendar
import pytest

from config.tests.live import reading
from config.tests.live.site import CO_HOST, REPORT_LEAD, WEBINAR_LEAD, Answer, Site, until
from config.tests.live.webinar import DAYS, INSTANTS, PLAN, TITLE

pytestmark = pytest.mark.live

REPORT = "zoom_meeting_with_meeting_data"
REPORTED = "bead-challenge-results"


@pytest.fixture(scope="module")
def site(private) -> Iterator[Site]:
    with private() as made, made.up():
        yield made


# --- 1: drafted, refused, accepted, published -----------------------------------------------------


@pytest.fixture(scope="module")
def drafted(site: Site) -> dict[str, Any]:
    answer = site.call("POST", "/events", PLAN, by=WEBINAR_LEAD)
    assert answer.status == 201, answer.text
    return answer.json


@pytest.fixture(scope="module")
def too_early(site: Site, drafted: dict[str, Any]) -> Answer:
    """What the lead is told that publishes before the co-host has answered."""
    return site.call("POST", f"/events/{drafted['slug']}/publication", by=WEBINAR_LEAD)


@pytest.fixture(scope="module")
def published(site: Site, drafted: dict[str, Any], too_early: Answer) -> dict[str, Any]:
    path = f"/events/{drafted['slug']}"
    accepted = site.call("PUT", f"{path}/hosts/{CO_HOST}", {"decision": "accept"}, by=CO_HOST)
    assert accepted.status == 200, accepted.text
    answer = site.call("POST", f"{path}/publication", by=WEBINAR_LEAD)
    assert answer.status == 200, answer.text
    return answer.json


def test_a_draft_with_a_co_host_is_proposed_and_the_co_host_is_asked_by_mail(
    site: Site, drafted: dict[str, Any]
) -> None:
    assert drafted["status"] == "proposed"
    assert drafted["hosts"] == [
        {"alliance": WEBINAR_LEAD, "role": "lead", "state": "accepted"},
        {"alliance": CO_HOST, "role": "co-host", "state": "invited"},
    ]
    asked = site.sink.wait_for(f"organiser@{CO_HOST}.example", TITLE)
    assert f"/organize/events/{drafted['slug']}/hosts/" in reading.text_of(asked)


def test_publishing_before_the_co_host_has_accepted_names_who_is_missing(too_early: Answer) -> None:
    assert too_early.status == 409
    assert too_early.json["code"] == "approval-missing"
    assert too_early.json["waiting"] == ["Smart North Florida"]
    assert "Smart North Florida" in too_early.json["detail"]


def test_once_the_co_host_has_accepted_it_can_be_published(published: dict[str, Any]) -> None:
    assert published["status"] == "published"
    assert {host["state"] for host in published["hosts"]} == {"accepted"}
    assert [
        tuple(datetime.fromisoformat(s[end]) for end in ("starts_at", "ends_at"))
        for s in published["sessions"]
    ] == INSTANTS


# --- 2: seen everywhere, one UID, right in both zones ---------------------------------------------


def test_it_is_in_the_public_list_and_on_its_page_with_both_clocks(
    site: Site, published: dict[str, Any]
) -> None:
    listed = site.page(f"/events/?alliance={CO_HOST}").text
    page = site.page(published["url"])
    assert f"/events/{published['slug']}/" in listed
    assert page.status == 200
    assert html.escape(TITLE) in page.text
    from_florida = site.page(published["url"], Cookie="tz=America%2FNew_York").text
    first, last = (f"{day:%a, %b} {day.day}" for day in DAYS)
    assert f"{first}, 11 a.m. to {last}, 12 p.m. Central" in reading.visible(page.text)
    assert f"Your time: {first}, 12 p.m. Eastern" in reading.visible(from_florida)


FEEDS = ["all", f"alliances/{WEBINAR_LEAD}", f"alliances/{CO_HOST}", "events/{slug}"]


def test_every_feed_carries_it_under_the_same_uids_at_the_right_instants(
    site: Site, published: dict[str, Any]
) -> None:
    wanted = {s["uid"]: span for s, span in zip(published["sessions"], INSTANTS, strict=True)}
    for name in FEEDS:
        answer = site.page(f"/feeds/{name.format(slug=published['slug'])}.ics")
        assert answer.status == 200
        for read in reading.READERS:
            found = read(answer.body)
            assert {uid: found.get(uid) for uid in wanted} == wanted, f"{name} by {read.__name__}"


# --- 3: registered, waitlisted, cancelled, promoted -----------------------------------------------

FIRST, SECOND = "ana.ruiz@walk.example", "bo.lind@walk.example"
RACERS = ("cleo.diaz@walk.example", "dov.katz@walk.example")
LAST = "eve.moss@walk.example"


@dataclass(frozen=True)
class Seated:
    """What the people were answered, in the order they came."""

    by_form: Answer
    by_api: Answer
    racing: dict[str, Answer]
    last: Answer

    @property
    def winner(self) -> str:
        return next(who for who, a in self.racing.items() if a.json["state"] == "confirmed")

    @property
    def waiting(self) -> str:
        return next(who for who in RACERS if who != self.winner)


@pytest.fixture(scope="module")
def seated(site: Site, published: dict[str, Any]) -> Seated:
    slug = published["slug"]
    by_form = site.form(
        f"/events/{slug}/registrations/",
        name="Ana Ruiz",
        email=FIRST,
        organisation="City of Cedar Fork",
    )
    by_api = register(site, slug, SECOND)
    start = threading.Barrier(len(RACERS))

    def race(who: str) -> Answer:
        start.wait()
        return register(site, slug, who)

    with ThreadPoolExecutor(len(RACERS)) as pool:
        racing = dict(zip(RACERS, pool.map(race, RACERS), strict=True))
    return Seated(by_form, by_api, racing, register(site, slug, LAST))


def register(site: Site, slug: str, email: str) -> Answer:
    name = email.partition("@")[0].replace(".", " ").title()
    place = {"name": name, "email": email, "organisation": "Bayview County"}
    return site.call("POST", f"/events/{slug}/registrations", place)


def test_people_register_without_an_account_by_form_and_by_api(site: Site, seated: Seated) -> None:
    assert seated.by_form.status == 302
    assert "You are registered" in site.page(seated.by_form.headers["Location"]).text
    assert seated.by_api.status == 201
    assert seated.by_api.json == {"state": "confirmed", "position": None}


def test_two_at_once_for_the_last_seat_give_one_seat_and_one_place_in_line(seated: Seated) -> None:
    answers = sorted((a.json["state"], a.json["position"]) for a in seated.racing.values())
    assert {a.status for a in seated.racing.values()} == {201}
    assert answers == [("confirmed", None), ("waitlisted", 1)]
    assert seated.last.json == {"state": "waitlisted", "position": 2}


def test_the_confirmation_is_a_multipart_mail_with_an_invitation_and_a_link(
    site: Site, seated: Seated, published: dict[str, Any]
) -> None:
    mail = site.sink.wait_for(FIRST, "")

    [alternatives] = [p for p in mail.walk() if p.get_content_type() == "multipart/alternative"]
    kinds = [part.get_content_type() for part in alternatives.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    invitation = list(alternatives.iter_parts())[-1]
    assert invitation["Content-Type"].params["method"] == "REQUEST"
    calendar = icalendar.Calendar.from_ical(invitation.get_payload(decode=True))
    assert calendar["METHOD"] == "REQUEST"
    assert reading.read_with_icalendar(calendar.to_ical()) == {
        published["sessions"][0]["uid"]: INSTANTS[0]
    }
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "North Texas" in mail["From"]
    assert site.page(reading.link_in(mail)).status == 200


def test_both_dates_come_as_files_for_the_calendar(
    site: Site, seated: Seated, published: dict[str, Any]
) -> None:
    mail = site.sink.wait_for(FIRST, "")
    files = [part.get_payload(decode=True) for part in mail.iter_attachments()]
    found = {uid for content in files for uid in reading.read_with_icalendar(content)}
    assert found == {session["uid"] for session in published["sessions"]}


@pytest.fixture(scope="module")
def cancelled(site: Site, seated: Seated) -> Answer:
    """Whoever came first gives the place back, over the link in the mail."""
    page = site.page(reading.link_in(site.sink.wait_for(FIRST, "")))
    asking = reading.address_in(page.text, r'href="(/r/[^"]+/cancellation/)"')
    assert '<form method="post" novalidate>' in site.page(asking).text  # to its own address
    answer = site.form(asking)
    assert answer.status == 302, answer.text
    return site.page(answer.headers["Location"])


def test_cancelling_there_seats_the_next_in_line_and_mails_them(
    site: Site, seated: Seated, cancelled: Answer, published: dict[str, Any]
) -> None:
    promoted = site.sink.wait_for(seated.waiting, "seat")
    path = f"/events/{published['slug']}/registrations"
    rows = site.call("GET", path, by=WEBINAR_LEAD).json["items"]
    states = {row["email"]: (row["state"], row["position"]) for row in rows}

    assert "canceled" in cancelled.text
    assert states == {
        FIRST: ("cancelled", None),
        SECOND: ("confirmed", None),
        seated.winner: ("confirmed", None),
        seated.waiting: ("confirmed", None),
        LAST: ("waitlisted", 1),
    }
    assert "text/calendar" in [part.get_content_type() for part in promoted.walk()]
    called_off = site.sink.wait_for(FIRST, "cancel")
    method = next(p for p in called_off.walk() if p.get_content_type() == "text/calendar")
    assert method["Content-Type"].params["method"] == "CANCEL"


# --- 4: the report --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imported(site: Site, sample) -> dict[str, Any]:
    path = f"/events/{REPORTED}/attendance/imports"
    made = site.upload(path, f"{REPORT}.csv", sample(f"{REPORT}.csv"), by=REPORT_LEAD)
    assert made.status == 202, made.text
    return site.call("GET", f"/attendance/imports/{made.json['id']}", by=REPORT_LEAD).json


@pytest.fixture(scope="module")
def settled(site: Site, imported: dict[str, Any]) -> Answer:
    path = f"/attendance/imports/{imported['id']}/application"
    applied = site.call("POST", path, by=REPORT_LEAD)
    assert applied.json["state"] == "applied", applied.text
    path = f"/events/{REPORTED}/attendance/settlement"
    return site.call("POST", path, {"early": True}, by=REPORT_LEAD)


def test_the_report_gives_the_expected_minutes_to_the_second(imported: dict, expected) -> None:
    truth = expected(REPORT)
    figures = ("name", "email", "present_seconds", "in_session_seconds")
    found = {p["key"]: [p[name] for name in figures] for p in imported["people"]}
    assert found == {p["key"]: [p[name] for name in figures] for p in truth["people"]}
    assert imported["rows"] == truth["counts"]["rows"]


def test_people_of_the_report_stand_next_to_their_registrations(site: Site, imported: dict) -> None:
    path = f"/events/{REPORTED}/registrations?limit=500"
    rows = site.call("GET", path, by=REPORT_LEAD).json["items"]
    emails = {row["code"]: row["email"] for row in rows}
    exact = [p for p in imported["people"] if p["match"] == "exact"]
    assert len(exact) > 50
    assert all(emails[p["registration"]] == p["email"] for p in exact if p["email"])
    assert all("registration" not in p for p in imported["people"] if p["match"] == "none")


def test_attendance_is_settled_before_the_end_only_where_that_is_said(
    site: Site, published: dict[str, Any], settled: Answer
) -> None:
    """The webinar lies ahead whenever this runs; the report's event may be over by then."""
    path = f"/events/{published['slug']}/attendance/settlement"
    not_over = site.call("POST", path, by=WEBINAR_LEAD)

    assert (not_over.status, not_over.json["code"]) == (409, "not-over")
    assert settled.status == 200


# --- 5: certificates ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def preview(site: Site, settled: Answer) -> dict[str, Any]:
    return site.call("GET", f"/events/{REPORTED}/certificates/preview", by=REPORT_LEAD).json


@pytest.fixture(scope="module")
def issued(site: Site, preview: dict[str, Any]) -> dict[str, Any]:
    """The batch once the workers are through with it, with what was seen on the way."""
    batch = site.call("POST", f"/events/{REPORTED}/certificates", by=REPORT_LEAD)
    assert batch.status == 202, batch.text
    path, seen = f"/batches/{batch.json['id']}", []

    def is_done() -> dict[str, Any] | None:
        seen.append(site.call("GET", path, by=REPORT_LEAD).json)
        return seen[-1] if seen[-1]["state"] == "done" else None

    return until(is_done, what="the batch") | {"seen": seen}


@pytest.fixture(scope="module")
def holders(site: Site, issued: dict[str, Any]) -> dict[str, str]:
    """Codes by address, once they are issued."""
    path = f"/events/{REPORTED}/certificates/preview"
    rows = site.call("GET", path, by=REPORT_LEAD).json["items"]
    return {row["email"]: row["certificate"] for row in rows if row["certificate"]}


def test_who_stayed_long_enough_earns_one(preview: dict[str, Any], expected) -> None:
    long_enough = {
        p["email"]: p["in_session_seconds"]
        for p in expected(REPORT)["people"]
        if p["email"] and p["in_session_seconds"] >= 0.8 * 90 * 60
    }
    earned = {row["email"] for row in preview["items"] if row["earned"]}
    assert preview["earned"] == len(earned) > 20
    assert {row["email"] for row in preview["items"]} & long_enough.keys() <= earned
    assert all(row["reason"] for row in preview["items"])


def test_the_batch_moves_and_ends_with_one_certificate_for_each(
    issued: dict[str, Any], holders: dict[str, str], preview: dict[str, Any]
) -> None:
    done = [look["done"] for look in issued["seen"]]
    assert done == sorted(done)
    assert (issued["done"], issued["failed"]) == (issued["total"], 0)
    assert issued["total"] == preview["earned"] == len(set(holders.values()))


def test_each_holder_gets_exactly_one_mail_with_the_link(
    site: Site, holders: dict[str, str]
) -> None:
    def missing() -> set[str]:
        return {who for who in holders if not site.sink.to(who, "certificate")}

    until(lambda: not missing(), what="a mail to each holder")
    for who, code in holders.items():
        [mail] = site.sink.to(who, "certificate")
        assert f"/verify/{code}/" in reading.text_of(mail)


def test_the_pdf_is_one_page_with_name_and_code(
    site: Site, issued: dict[str, Any], holders: dict[str, str], tmp_path
) -> None:
    code = next(iter(holders.values()))
    answer = site.page(f"/certificates/{code}.pdf")
    said = site.call("GET", f"/certificates/{code}").json
    assert answer.headers["Content-Type"] == "application/pdf"
    assert hashlib.sha256(answer.body).hexdigest() == said["sha256"]
    if not shutil.which("pdfinfo"):
        assert answer.body.startswith(b"%PDF")
        return
    file = tmp_path / "certificate.pdf"
    file.write_bytes(answer.body)
    text = reading.printed("pdftotext", "-layout", str(file), "-")
    assert re.search(r"^Pages:\s+1$", reading.printed("pdfinfo", str(file)), re.MULTILINE)
    assert said["name"] in text
    assert code in re.sub(r"[\s-]", "", text)


def test_a_stranger_verifies_it_and_sees_when_it_is_revoked(
    site: Site, holders: dict[str, str]
) -> None:
    code, reason = list(holders.values())[-1], "The name on it belongs to somebody else."
    before = site.page(f"/verify/{code}/")
    said = site.call("GET", f"/certificates/{code}").json
    revoked = site.call(
        "POST", f"/certificates/{code}/revocation", {"reason": reason}, by=REPORT_LEAD
    )
    after = site.page(f"/verify/{code}/")
    then = site.call("GET", f"/certificates/{code}").json

    assert (before.status, said["state"]) == (200, "valid")
    assert "This certificate is valid." in before.text
    assert revoked.status == 200, revoked.text
    assert (after.status, then["state"], then["reason"]) == (200, "revoked", reason)
    assert "was revoked" in after.text
    assert reason in html.unescape(after.text)
