"""A batch ends when its last mail is out; a mail nobody knows about waits for a person."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now

from certificates.domain import batches
from certificates.models import Batch
from programmes.domain import delivery
from programmes.models import OutboxEntry

pytestmark = pytest.mark.django_db

AFTER = datetime(2027, 1, 14, 16, tzinfo=UTC)
State = OutboxEntry.State


@pytest.fixture
def drawn(make_event, make_registration, settings, tmp_path) -> Batch:
    """A batch of one certificate: drawn, its mail not sent."""
    settings.MEDIA_ROOT = tmp_path
    event = make_event(settled_at=AFTER)
    make_registration(event, name="Ana Ruiz", attended_seconds=90 * 60)
    batch = batches.request(event, by=None, at=AFTER)
    for _fan_out_then_draw in range(2):
        for entry in delivery.claim():
            delivery.carry_out(entry)
    return batch


def die_while_sending() -> None:
    """As if the worker had died between handing the mail over and saying so."""
    (entry,) = delivery.claim()
    held = OutboxEntry.objects.filter(pk=entry.pk)
    held.update(state=State.SENDING, due_at=Now() - timedelta(seconds=1))


def test_a_batch_runs_until_its_mails_are_out(drawn):
    before = batches.progress(drawn)
    for entry in delivery.claim():
        delivery.carry_out(entry)
    after = batches.progress(drawn)

    assert (before.state, before.done) == ("running", 1)
    assert (after.state, after.done, after.failed) == ("done", 1, 0)
    assert len(mail.outbox) == 1


def test_a_mail_that_may_have_gone_out_is_shown_to_a_person_and_not_sent_again(drawn):
    die_while_sending()

    assert delivery.claim() == []

    progress = batches.progress(drawn)
    assert (progress.state, progress.done, progress.failed) == ("done", 1, 1)
    assert [failure.name for failure in progress.failures] == ["Ana Ruiz"]
    assert "may or may not have arrived" in progress.failures[0].error
    assert mail.outbox == []


def test_the_person_may_have_it_sent_again(drawn):
    die_while_sending()
    delivery.claim()

    assert batches.retry(drawn) == 1
    for entry in delivery.claim():
        delivery.carry_out(entry)

    assert batches.progress(drawn).failed == 0
    assert len(mail.outbox) == 1
