"""Certificates: who earns one, one standing one each, frozen facts, revoked and replaced."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from certificates.domain import batches, issuing, revoking, verifying
from certificates.domain.judging import judge
from certificates.domain.refusals import NothingToIssue, NotSettled, NotStanding, ReasonMissing
from certificates.models import Batch, Certificate, CertificateFile
from events.models import Registration
from kit.errors import Invalid
from kit.ids import clean
from programmes.domain import delivery

pytestmark = pytest.mark.django_db

AFTER = datetime(2027, 1, 14, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def make_settled(make_event, make_registration):
    """An event of 90 minutes, settled, with somebody for each number of seconds attended."""

    def make(*attended, **fields):
        event = make_event(title="Fiber to every block", settled_at=AFTER, **fields)
        event.credits.create(scheme="contact_hour", amount=Decimal("1.50"), minutes_per_unit=60)
        people = [
            make_registration(event, name=f"Person {number}", attended_seconds=seconds)
            for number, seconds in enumerate(attended)
        ]
        return event, people

    return make


def drain():
    """Everything that is due, as workers would do it."""
    while entries := delivery.claim():
        for entry in entries:
            delivery.carry_out(entry)


def issue(event):
    batch = batches.request(event, by=None, at=AFTER)
    drain()
    return batch


# --- the rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attended", "earned", "reason"),
    [
        (None, False, "No attendance was recorded."),
        (0, False, "No attendance was recorded."),
        (5400, True, "Attended 90 of 90 minutes."),
        (4320, True, "Attended 72 of 90 minutes."),
        (4319, False, "Attended 71 of 90 minutes; 72 minutes are needed, 1 second more."),
        (2520, False, "Attended 42 of 90 minutes; 72 minutes are needed, 30 minutes more."),
    ],
)
def test_the_rule_says_why(attended, earned, reason):
    judged = judge(attended=attended, scheduled=5400, percent=80)

    assert (judged.earned, judged.reason) == (earned, reason)


@given(
    attended=st.integers(0, 40_000),
    scheduled=st.integers(1, 40_000),
    percent=st.integers(0, 100),
)
def test_the_rule_agrees_with_fractions(attended, scheduled, percent):
    judged = judge(attended=attended, scheduled=scheduled, percent=percent)

    assert judged.earned == (attended > 0 and attended * 100 >= scheduled * percent)
    assert judged.minutes == attended // 60


def test_the_preview_names_everybody_who_had_a_seat(make_settled, make_registration):
    event, (met, short, absent) = make_settled(5400, 600, None)
    make_registration(event, state=Registration.State.WAITLISTED)

    verdicts = {v.registration: v for v in issuing.preview(event)}

    assert set(verdicts) == {met, short, absent}
    assert [verdicts[r].earned for r in (met, short, absent)] == [True, False, False]
    assert all(v.reason.endswith(".") for v in verdicts.values())


def test_the_preview_costs_the_same_for_many(make_settled, django_assert_num_queries):
    few, _ = make_settled(5400)
    many, _ = make_settled(*[5400] * 12)

    for event in (few, many):
        with django_assert_num_queries(4):
            issuing.preview(event)


# --- batches --------------------------------------------------------------------------------------


def test_a_batch_gives_everyone_who_earned_one_a_file_and_a_mail(make_settled, media):
    event, (met, _short) = make_settled(5400, 600)

    progress = batches.progress(issue(event))

    certificate = Certificate.objects.get()
    assert certificate.registration == met
    assert (progress.state, progress.total, progress.done, progress.failed) == ("done", 1, 1, 0)
    assert (media / certificate.file.path).read_bytes().startswith(b"%PDF-")
    (sent,) = mail.outbox
    assert met.email in sent.to[0]
    assert certificate.code in sent.body


def test_asking_twice_starts_one_batch(make_settled):
    event, _ = make_settled(5400)

    first = batches.request(event, by=None, at=AFTER)
    second = batches.request(event, by=None, at=AFTER)

    assert first == second
    assert Batch.objects.count() == 1


def test_a_second_batch_makes_only_what_is_new(make_settled, make_registration):
    event, _ = make_settled(5400)
    issue(event)
    with pytest.raises(NothingToIssue):
        batches.request(event, by=None, at=AFTER)

    make_registration(event, name="Late", attended_seconds=5000)
    issue(event)

    assert Certificate.objects.count() == 2
    assert len(mail.outbox) == 2


def test_making_the_rows_twice_makes_them_once(make_settled):
    event, _ = make_settled(5400, 5400)
    batch = batches.request(event, by=None, at=AFTER)

    assert issuing.issue_all(batch, at=AFTER) == 2
    assert issuing.issue_all(batch, at=AFTER) == 0
    drain()
    assert (Certificate.objects.count(), CertificateFile.objects.count()) == (2, 2)


def test_the_database_itself_allows_one_standing_certificate(make_settled):
    event, _ = make_settled(5400)
    issue(event)
    copy = Certificate.objects.get()
    copy.pk, copy.code = None, "SECOND"

    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


def test_nothing_is_issued_before_attendance_is_settled(make_event):
    with pytest.raises(NotSettled):
        batches.request(make_event(), by=None, at=AFTER)


def test_a_paused_batch_waits_and_goes_on(make_settled):
    event, _ = make_settled(*[5400] * 4)
    batch = batches.request(event, by=None, at=AFTER)
    (fan_out,) = delivery.claim()
    delivery.carry_out(fan_out)

    batches.pause(batch)
    drain()
    assert CertificateFile.objects.count() == 0
    assert batches.progress(batch).state == "paused"

    batches.resume(batch)
    drain()
    assert CertificateFile.objects.count() == 4
    assert batches.progress(batch).state == "done"


def test_a_name_that_cannot_be_drawn_is_listed_and_spares_the_others(make_settled):
    event, (first, _) = make_settled(5400, 5400)
    Registration.objects.filter(pk=first.pk).update(name="\U0001f9a4\U00013000")
    batch = issue(event)

    progress = batches.progress(batch)

    assert (progress.state, progress.done, progress.failed) == ("done", 1, 1)
    assert progress.failures[0].error.endswith(".")
    assert batches.retry(batch) == 1


# --- facts ----------------------------------------------------------------------------------------


def test_what_the_paper_says_is_frozen(make_settled, make_alliance):
    partner = make_alliance("Coast")
    event, (met,) = make_settled(5400, co_hosts=(partner,))
    issue(event)
    before = Certificate.objects.get().facts

    event.title, met.name = "Another title", "Another name"
    event.save()
    met.save()

    facts = Certificate.objects.get().facts
    assert facts == before
    assert facts["name"] == "Person 0"
    assert facts["event"]["title"] == "Fiber to every block"
    assert facts["event"]["when"] == ("Wednesday, January 13, 2027, 11 a.m. to 12:30 p.m. Mountain")
    assert facts["minutes"] == 90
    assert facts["credits"] == [
        {"scheme": "contact_hour", "label": "Contact hours", "amount": "1.5"}
    ]
    assert [i["role"] for i in facts["issuers"]] == ["lead", "co-host"]


def test_only_hosts_that_said_yes_are_on_the_paper(make_settled, make_alliance):
    event, _ = make_settled(5400, co_hosts=(make_alliance("Coast"),))
    event.hosts.filter(role="co-host").update(state="withdrawn")

    issue(event)

    assert len(Certificate.objects.get().facts["issuers"]) == 1


def test_corrected_attendance_shows_and_changes_nothing_by_itself(make_settled):
    event, (met,) = make_settled(5400)
    issue(event)
    Registration.objects.filter(pk=met.pk).update(attended_seconds=60)

    (verdict,) = issuing.preview(event)

    assert verdict.is_stale
    assert Certificate.objects.standing().count() == 1


# --- revoking, replacing, verifying ---------------------------------------------------------------


def test_a_revoked_certificate_says_so_and_why_for_ever(make_settled):
    event, _ = make_settled(5400)
    issue(event)
    certificate = Certificate.objects.get()

    revoking.revoke(certificate, reason="Issued by mistake.", by=None, at=AFTER)

    found = verifying.look_up(certificate.code)
    assert (found.state, found.reason, found.revoked_at) == (
        "revoked",
        "Issued by mistake.",
        AFTER,
    )


def test_a_certificate_is_revoked_once_and_only_for_a_reason(make_settled):
    event, _ = make_settled(5400)
    issue(event)
    certificate = Certificate.objects.get()

    with pytest.raises(ReasonMissing):
        revoking.revoke(certificate, reason="  ", by=None, at=AFTER)
    revoking.revoke(certificate, reason="Mistake", by=None, at=AFTER)
    with pytest.raises(NotStanding):
        revoking.revoke(certificate, reason="Again", by=None, at=AFTER)


def test_no_batch_makes_again_what_was_revoked_but_a_person_can(make_settled, make_registration):
    event, _ = make_settled(5400)
    issue(event)
    first = Certificate.objects.get()
    revoking.revoke(first, reason="Mistake", by=None, at=AFTER)

    make_registration(event, name="Late", attended_seconds=5400)
    issue(event)
    assert Certificate.objects.standing().filter(person=first.person).count() == 0
    (verdict,) = [v for v in issuing.preview(event) if v.registration == first.registration]
    assert (verdict.is_due, verdict.revoked) == (False, first)

    again = revoking.reissue(first, name="Person 0", by=None, at=AFTER)
    drain()
    assert verifying.look_up(first.code).state == "revoked"
    assert verifying.look_up(first.code).superseded_by == again.code
    assert verifying.look_up(again.code).state == "valid"
    with pytest.raises(NotStanding):
        revoking.reissue(first, name="Person 0", by=None, at=AFTER)


def test_a_corrected_name_replaces_the_certificate_and_links_on(make_settled):
    event, _ = make_settled(5400)
    issue(event)
    old = Certificate.objects.get()

    new = revoking.reissue(old, name=" Ana  Ruiz ", by=None, at=AFTER)
    drain()

    found = verifying.look_up(old.code)
    assert (found.state, found.superseded_by) == ("superseded", new.code)
    fresh = verifying.look_up(new.code)
    assert (fresh.state, fresh.facts["name"]) == ("valid", "Ana Ruiz")
    assert fresh.facts["verify_url"].endswith(f"/verify/{new.code}/")
    assert {k: v for k, v in new.facts.items() if k not in {"name", "code", "verify_url"}} == {
        k: v for k, v in old.facts.items() if k not in {"name", "code", "verify_url"}
    }


@pytest.mark.parametrize("name", ["", "   ", "x" * 301, "Ana\r\nBcc: everyone"])
def test_a_name_that_cannot_stand_on_paper_is_refused(make_settled, name):
    event, _ = make_settled(5400)
    issue(event)

    with pytest.raises(Invalid):
        revoking.reissue(Certificate.objects.get(), name=name, by=None, at=AFTER)
    assert Certificate.objects.standing().count() == 1


def test_a_code_is_found_however_it_is_typed_and_no_other(make_settled):
    event, _ = make_settled(5400)
    issue(event)
    code = Certificate.objects.get().code
    typed = "-".join(code[at : at + 4] for at in range(0, 21, 4)).lower()

    assert clean(typed) == code
    assert verifying.look_up(typed).state == "valid"
    assert verifying.look_up(code[:-1] + ("0" if code[-1] != "0" else "1")) is None
    assert verifying.look_up("") is None


def test_a_certificate_without_its_file_cannot_be_verified_yet(make_settled):
    event, _ = make_settled(5400)
    batch = batches.request(event, by=None, at=AFTER)
    issuing.issue_all(batch, at=AFTER)

    assert verifying.look_up(Certificate.objects.get().code) is None


def test_a_mail_for_a_certificate_revoked_meanwhile_is_not_sent(make_settled):
    event, _ = make_settled(5400)
    batches.request(event, by=None, at=AFTER)
    for _ in range(2):  # the fan-out, then the drawing; the mail is still waiting
        for entry in delivery.claim():
            delivery.carry_out(entry)
    revoking.revoke(Certificate.objects.get(), reason="Mistake", by=None, at=AFTER)

    drain()

    assert mail.outbox == []
