"""The organisers' home, and certificates: what waits, who gets one, and ending it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certificates.domain import batches, samples
from certificates.models import Batch, Certificate, CertificateFile
from conftest import NOON
from events.domain import hosting
from events.models import Event
from programmes.domain import delivery
from programmes.models import OutboxEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(make_organiser):
    """``sign_in(alliance)``: a browser of somebody who plans its events."""

    def make(alliance, **fields) -> Client:
        client = Client()
        client.force_login(make_organiser(alliance, **fields))
        return client

    return make


@pytest.fixture
def plains(make_alliance):
    return make_alliance("Plains")


@pytest.fixture
def coast(make_alliance):
    return make_alliance("Coast")


@pytest.fixture
def settled(make_event, make_registration, plains):
    """``settled(met=2)``: an event of the past whose attendance is settled."""

    def make(*, met: int = 1, short: int = 0, **fields) -> Event:
        event = make_event(starts="2026-01-13T11:00", settled_at=NOON, **{"lead": plains, **fields})
        for number in range(met + short):
            presence, seconds = ("met", 5400) if number < met else ("short", 600)
            make_registration(
                event, presence=presence, attended_seconds=seconds, alliance=event.lead
            )
        return event

    return make


def page(client: Client, name: str, *args, query: str = "") -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def issued(event: Event) -> list[Certificate]:
    """The certificates of an event, issued and drawn but for the drawing itself."""
    batch = batches.request(event, by=None, at=NOON)
    for entry in delivery.claim():
        if entry.kind == "certificates/batch":
            delivery.carry_out(entry)
    made = list(Certificate.objects.filter(batch=batch).order_by("pk"))
    for number, one in enumerate(made):
        CertificateFile.objects.create(
            certificate=one, path=f"{number}.pdf", sha256="0" * 64, size=1, drawn_at=NOON
        )
    group = OutboxEntry.objects.in_batch(f"certificates.batch:{batch.pk}")
    group.update(state=OutboxEntry.State.DONE, done_at=NOON)
    return made


# --- home -----------------------------------------------------------------------------------------


def test_home_says_first_what_waits_for_me(sign_in, settled, make_event, plains, coast):
    asked = make_event(lead=coast, title="Asked along")
    hosting.invite(asked, plains, by=None, at=NOON)
    unanswered = make_event(lead=plains, title="Unanswered")
    hosting.invite(unanswered, coast, by=None, at=NOON)
    over = make_event(lead=plains, title="Over", starts="2026-01-13T11:00")
    earned = settled(title="Earned")

    response = sign_in(plains).get(reverse("organise"))

    needs = [(need.word, need.url) for need in response.context["needs"]]
    assert needs == [
        ("Answer", reverse("organise-hosts", args=[asked.slug])),
        ("Attendance", reverse("organise-attendance", args=[over.slug])),
        ("Certificates", reverse("organise-certificates", args=[earned.slug])),
        ("Waiting", reverse("organise-hosts", args=[unanswered.slug])),
    ]
    html = response.content.decode()
    assert html.index("Needs you") < html.index("Next 14 days") < html.index("My drafts")


def test_what_waits_for_others_does_not_wait_for_me(sign_in, settled, make_event, coast, plains):
    settled(title="Earned")
    make_event(lead=plains, title="Over", starts="2026-01-13T11:00")

    assert sign_in(coast).get(reverse("organise")).context["needs"] == []
    assert len(sign_in(plains).get(reverse("organise")).context["needs"]) == 2


def test_each_count_leads_to_the_list_it_counts(sign_in, settled, make_event, plains, coast):
    settled(title="Earned")
    make_event(lead=plains, title="Over", starts="2026-01-13T11:00")
    make_event(lead=plains, published=False, title="A draft")
    hosting.invite(make_event(lead=coast), plains, by=None, at=NOON)
    browser = sign_in(plains)

    stats = browser.get(reverse("organise")).context["stats"]

    assert sum(int(stat["value"]) for stat in stats) == 4
    for stat in stats:
        if stat["url"]:
            listed = browser.get(stat["url"]).context["page"].paginator.count
            assert (stat["word"], str(listed)) == (stat["word"], stat["value"])


def test_home_shows_the_next_14_days_of_every_alliance(sign_in, make_event, plains, coast):
    def on(days: int) -> str:
        return f"{timezone.now() + timedelta(days=days):%Y-%m-%d}T11:00"

    make_event(lead=coast, title="Next week", starts=on(7))
    make_event(lead=coast, title="Next month", starts=on(30))

    html = page(sign_in(plains), "organise")

    assert ("Next week" in html, "Next month" in html) == (True, False)


def test_failed_certificates_are_named_on_the_home_page(sign_in, settled, plains):
    event = settled(met=2)
    issued(event)
    failed = OutboxEntry.objects.filter(kind="certificates/draw").first()
    OutboxEntry.objects.filter(pk=failed.pk).update(state="dead", done_at=None, error="No glyph.")

    html = page(sign_in(plains), "organise")

    assert f"1 certificate of “{event.title}” failed" in html


def test_somebody_without_a_role_has_no_home(client, make_person):
    client.force_login(make_person())

    assert client.get(reverse("organise")).status_code == 403


# --- who gets one ---------------------------------------------------------------------------------


def test_the_page_says_the_rule_and_why_somebody_gets_none(sign_in, settled, plains):
    event = settled(met=1, short=1)

    html = page(sign_in(plains), "organise-certificates", event.slug)

    assert "at least 72 of 90 minutes" in html
    assert "Issue 1 certificate<" in html
    assert "Attended 10 of 90 minutes; 72 minutes are needed, 62 minutes more." in html
    assert "Most people: Plains, 2 of 2." in html


def test_before_attendance_is_settled_nothing_is_issued(sign_in, make_event, plains):
    event = make_event(lead=plains, starts="2026-01-13T11:00")
    browser = sign_in(plains)

    answer = browser.post(reverse("organise-certificates-issue", args=[event.slug]))

    assert answer.status_code == 409
    assert "Settle attendance first" in answer.content.decode()
    assert not Batch.objects.exists()
    assert "Issue" not in page(browser, "organise-certificates", event.slug).split("The rule")[1]


def test_only_the_lead_issues_and_ends_certificates(sign_in, settled, coast):
    event = settled(co_hosts=(coast,), sharing="all")
    [certificate] = issued(event)
    co_host = sign_in(coast)

    assert certificate.code in page(co_host, "organise-certificates", event.slug)
    for name in ("issue", "pause", "resume", "retry"):
        address = reverse(f"organise-certificates-{name}", args=[event.slug])
        assert co_host.post(address).status_code == 403
    for name in ("revocation", "reissue"):
        address = reverse(f"organise-{name}", args=[certificate.code])
        assert co_host.post(address, {"reason": "x", "name": "x"}).status_code == 403
    certificate.refresh_from_db()
    assert certificate.revoked_at is None


def test_a_co_host_sees_only_recipients_it_may_see(sign_in, settled, make_registration, coast):
    event = settled(co_hosts=(coast,), sharing="own")
    mine = make_registration(event, name="Ana Ruiz", alliance=coast, attended_seconds=5400)
    theirs = event.registrations.exclude(pk=mine.pk).get()
    browser = sign_in(coast)

    html = page(browser, "organise-certificates", event.slug)

    assert (mine.name in html, theirs.name in html) == (True, False)
    sample = reverse("organise-certificates-sample", args=[event.slug])
    assert browser.get(f"{sample}?for={theirs.code}").status_code == 404


def test_pressing_issue_twice_makes_one_batch(sign_in, settled, plains):
    event, browser = settled(), sign_in(plains)
    address = reverse("organise-certificates-issue", args=[event.slug])

    browser.post(address)
    browser.post(address)

    assert Batch.objects.count() == 1


def test_the_panel_polls_while_it_runs_and_stops_when_it_is_done(sign_in, settled, plains):
    event, browser = settled(met=2), sign_in(plains)
    browser.post(reverse("organise-certificates-issue", args=[event.slug]))
    address = reverse("organise-certificates-progress", args=[event.slug])

    running = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    batch = Batch.objects.get()
    for entry in delivery.claim():
        delivery.carry_out(entry)
    OutboxEntry.objects.in_batch(f"certificates.batch:{batch.pk}").update(
        state="done", done_at=NOON
    )
    done = browser.get(address, headers={"HX-Request": "true"}).content.decode()

    assert 'hx-trigger="every 1s"' in running
    assert "<html" not in running
    assert "hx-get" not in done
    assert "2 of 2 issued" in done
    assert browser.get(address).status_code == 302


def test_a_batch_is_paused_and_goes_on(sign_in, settled, plains):
    event, browser = settled(met=2), sign_in(plains)
    browser.post(reverse("organise-certificates-issue", args=[event.slug]))
    for entry in delivery.claim():
        delivery.carry_out(entry)

    browser.post(reverse("organise-certificates-pause", args=[event.slug]))
    paused = page(browser, "organise-certificates", event.slug)
    browser.post(reverse("organise-certificates-resume", args=[event.slug]))

    assert "Certificates are paused" in paused
    assert Batch.objects.get().state == Batch.State.RUNNING


def test_failed_ones_are_shown_with_the_reason_and_tried_again(sign_in, settled, plains):
    event, browser = settled(met=2), sign_in(plains)
    issued(event)
    failed = OutboxEntry.objects.filter(kind="certificates/draw").first()
    OutboxEntry.objects.filter(pk=failed.pk).update(state="dead", done_at=None, error="No glyph.")

    html = page(browser, "organise-certificates", event.slug, query="?show=look")
    browser.post(reverse("organise-certificates-retry", args=[event.slug]))

    assert "No glyph." in html
    failed.refresh_from_db()
    assert failed.state == "ready"


def test_a_certificate_that_says_other_minutes_needs_attention(sign_in, settled, plains):
    event, browser = settled(met=2), sign_in(plains)
    first, _ = issued(event)
    event.registrations.filter(pk=first.registration_id).update(attended_seconds=4800)

    response = browser.get(reverse("organise-certificates", args=[event.slug]) + "?show=look")

    assert [row["certificate"] for row in response.context["rows"]] == [first]
    assert "The certificate says 90 minutes." in response.content.decode()


# --- the end of one -------------------------------------------------------------------------------


def test_revoking_asks_for_a_reason(sign_in, settled, plains):
    event, browser = settled(), sign_in(plains)
    [certificate] = issued(event)
    address = reverse("organise-revocation", args=[certificate.code])

    assert browser.get(address).status_code == 200
    assert browser.post(address, {"reason": " "}).status_code == 422
    certificate.refresh_from_db()
    assert certificate.revoked_at is None
    assert browser.post(address, {"reason": "Wrong person."}).status_code == 302
    certificate.refresh_from_db()
    assert certificate.revoke_reason == "Wrong person."
    assert browser.post(address, {"reason": "Again."}).status_code == 409


def test_a_corrected_name_makes_a_new_certificate(sign_in, settled, plains):
    event, browser = settled(), sign_in(plains)
    [certificate] = issued(event)
    address = reverse("organise-reissue", args=[certificate.code])

    too_long = browser.post(address, {"name": "x" * 301})
    answer = browser.post(address, {"name": "Ana María Ruiz"})

    assert (too_long.status_code, answer.status_code) == (422, 302)
    new = Certificate.objects.standing().get()
    assert (new.facts["name"], new.supersedes) == ("Ana María Ruiz", certificate)


def test_unknown_codes_lead_nowhere(sign_in, plains):
    browser = sign_in(plains)

    for code in ("nonsense", samples.CODE):
        assert browser.get(reverse("organise-revocation", args=[code])).status_code == 404


# --- a sample -------------------------------------------------------------------------------------


def test_the_sample_is_a_pdf_and_leaves_nothing_behind(sign_in, settled, plains):
    event = settled()
    registration = event.registrations.get()
    address = reverse("organise-certificates-sample", args=[event.slug])

    answer = sign_in(plains).get(f"{address}?for={registration.code}")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert not Certificate.objects.exists()
    assert not hasattr(Event.objects.get(), "award")


# --- the number of queries ------------------------------------------------------------------------


def queries(client: Client, address: str) -> int:
    client.get(address)  # warms what is kept between requests
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_page_of_certificates_costs_the_same_with_one_row_and_with_three(
    sign_in, settled, plains
):
    browser, costs = sign_in(plains), []
    for count in (1, 3):
        event = settled(met=count, short=count)
        issued(event)
        costs.append(queries(browser, reverse("organise-certificates", args=[event.slug])))

    assert costs[0] == costs[1]


def test_home_and_list_cost_the_same_with_one_event_of_each_kind_and_with_three(
    sign_in, settled, make_event, make_alliance, plains
):
    soon = f"{timezone.now() + timedelta(days=7):%Y-%m-%d}T11:00"
    browser, costs = sign_in(plains), []

    def furnish() -> None:
        settled(met=1)
        other = make_alliance()
        make_event(lead=plains, starts="2026-01-13T11:00")
        hosting.invite(make_event(lead=plains, published=False), other, by=None, at=NOON)
        hosting.invite(make_event(lead=other), plains, by=None, at=NOON)
        make_event(lead=other, co_hosts=(plains,), starts=soon)

    for more in (1, 2):
        for _ in range(more):
            furnish()
        addresses = (reverse("organise"), reverse("organise-events"))
        costs.append([queries(browser, address) for address in addresses])

    assert costs[0] == costs[1]
