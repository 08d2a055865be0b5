"""Issuing and checking certificates from the command line, with real files."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from certificates.domain import revoking
from certificates.models import Batch, Certificate
from events.models import Event, Registration
from kit.ids import group

pytestmark = pytest.mark.django_db
OVER = datetime(2027, 1, 14, tzinfo=UTC)


def run(command: str, *words: str) -> str:
    out = io.StringIO()
    call_command(command, *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def settled(make_event, make_registration, settings, tmp_path) -> Event:
    """An event where Ana stayed to the end and Bo left early."""
    settings.MEDIA_ROOT = tmp_path
    event = make_event(slug="fiber", title="Fiber", settled_at=OVER, attendance_revision=1)
    for name, minutes, presence in (("Ana Ruiz", 90, "met"), ("Bo Li", 20, "short")):
        make_registration(event, name=name, attended_seconds=minutes * 60, presence=presence)
    return event


def test_who_earned_one_gets_one_and_asking_again_gives_none(settled, mailoutbox):
    assert run("issue_certificates", "fiber") == "Fiber: 1 issued, 0 failed\n"
    assert run("issue_certificates", "fiber").startswith("Fiber: 0 issued.")

    assert Certificate.objects.get().facts["name"] == "Ana Ruiz"
    assert Certificate.objects.get().file.size > 1000
    assert len(mailoutbox) == 1


def test_a_dry_run_says_who_and_makes_nothing(settled):
    said = run("issue_certificates", "fiber", "--dry-run").splitlines()

    assert [line.split("\t")[:2] for line in said[:2]] == [["earned", "Ana Ruiz"], ["not", "Bo Li"]]
    assert said[2] == "Fiber: 1 would be issued, 1 not"
    assert not Batch.objects.exists()


def test_without_waiting_the_workers_do_it(settled):
    assert "waits for the workers" in run("issue_certificates", "fiber", "--no-wait")
    assert not Certificate.objects.exists()


def test_nothing_is_issued_for_an_unknown_or_unsettled_event(make_event):
    make_event(slug="ahead")

    with pytest.raises(CommandError, match="No event “nowhere”"):
        run("issue_certificates", "nowhere")
    with pytest.raises(CommandError, match="Settle attendance first"):
        run("issue_certificates", "ahead")


@pytest.fixture
def certificate(settled) -> Certificate:
    run("issue_certificates", "fiber")
    return Certificate.objects.get()


def test_a_code_however_typed_and_the_file_are_valid(certificate, settings):
    for asked in (certificate.code, f" {group(certificate.code).lower()} "):
        said = run("verify_certificate", asked)
        assert said.startswith(f"valid: {group(certificate.code)}\n")
        assert "Ana Ruiz" in said

    path = Path(settings.MEDIA_ROOT, certificate.file.path)
    assert run("verify_certificate", str(path)) == said


def test_a_file_with_one_more_byte_is_not_ours(certificate, settings, tmp_path):
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(Path(settings.MEDIA_ROOT, certificate.file.path).read_bytes() + b"\n")

    with pytest.raises(CommandError, match="not a file we issued"):
        run("verify_certificate", str(changed))


def test_a_revoked_one_says_why_and_a_replaced_one_by_which(certificate):
    newer = revoking.reissue(certificate, name="Ana M. Ruiz", by=None, at=OVER)
    with pytest.raises(CommandError, match=group(newer.code)):
        run("verify_certificate", certificate.code)

    run("drain")
    revoking.revoke(newer, reason="Wrong person.", by=None, at=OVER)
    with pytest.raises(CommandError, match=r"It was revoked: Wrong person\."):
        run("verify_certificate", newer.code)


@pytest.mark.parametrize("asked", ["", "AAAA", "7Q4M-09TZ", "nowhere.pdf"])
def test_what_nobody_issued_is_not_found(asked):
    with pytest.raises(CommandError):
        run("verify_certificate", asked)

    assert not Registration.objects.exists()
