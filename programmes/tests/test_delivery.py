"""The outbox does each effect once in effect, whatever happens to the worker."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models.functions import Now

from kit.errors import Refused
from programmes import effects, outbox
from programmes.domain import delivery
from programmes.effects import Effect, Mail
from programmes.models import Heartbeat, OutboxEntry, Topic

pytestmark = pytest.mark.django_db
State = OutboxEntry.State
HERE = __name__


def draw(entry):
    """An effect that notes each start, and fails where its facts say so."""
    Topic.objects.get(slug="starts")  # the fixture's row: proves that preparing may read
    if entry.facts.get("refused"):
        raise Refused("No font has this sign.")
    if entry.facts.get("fails"):
        raise ValueError("no ink")
    return entry.facts["text"]


def keep(entry, prepared):
    Topic.objects.create(slug=f"kept-{entry.pk}", name=prepared)


def keep_then_fail(entry, prepared):
    keep(entry, prepared)
    raise ValueError("the disk is full")


def listen(entry):
    """Is there a beat since the effect before? Takes the beat away for the next one to hear."""
    return bool(Heartbeat.objects.all().delete()[0])


def note_beat(entry, heard):
    if heard and Topic.objects.filter(slug="listened").exists():
        Topic.objects.create(slug="heard", name="heard")
    Topic.objects.get_or_create(slug="listened", name="listened")


def write(entry):
    if entry.facts.get("unwanted"):
        return None
    return EmailMessage("Hello", "Text", "events@lyceum.example", ["ana@city.example"])


@pytest.fixture(autouse=True)
def kinds():
    kept = dict(effects.KINDS)
    effects.register("tests/draw", Effect(f"{HERE}.draw", f"{HERE}.keep"))
    effects.register("tests/draw-badly", Effect(f"{HERE}.draw", f"{HERE}.keep_then_fail"))
    effects.register("tests/listen", Effect(f"{HERE}.listen", f"{HERE}.note_beat"))
    effects.register("tests/mail", Mail(f"{HERE}.write"))
    effects.register("tests/bulk", Mail(f"{HERE}.write", resend=False))
    yield
    effects.KINDS.clear()
    effects.KINDS.update(kept)


@pytest.fixture
def topic():
    return Topic.objects.create(slug="starts", name="0")


def put(topic, kind="tests/draw", key="1", **facts):
    outbox.put(kind, topic, key=key, **({"text": "ink"} | facts))
    return OutboxEntry.objects.get(key=f"{kind}:{key}")


def run_once():
    """One claim and all of it carried out, as a drain does."""
    return [delivery.carry_out(entry) for entry in delivery.claim()]


def expire(entry):
    """As if the worker that holds the entry had been dead for longer than its lease."""
    OutboxEntry.objects.filter(pk=entry.pk).update(due_at=Now() - timedelta(seconds=1))


def make_due(entry):
    OutboxEntry.objects.filter(pk=entry.pk, state=State.READY).update(due_at=Now())


def test_a_drain_beats_between_slow_effects(topic, monkeypatch):
    """Else a mail server that hangs would look like dead workers, and they would be killed."""
    monkeypatch.setattr(delivery, "BEAT_SECONDS", 0)
    for number in range(2):
        put(topic, kind="tests/listen", key=str(number))

    delivery.drain(linger=0)

    assert Topic.objects.filter(slug="heard").count() == 1


def test_a_drain_that_is_out_of_time_gives_back_what_it_has_not_begun(topic):
    for number in range(3):
        put(topic, key=str(number))
    entries = delivery.claim()

    assert delivery._carry_out_all(entries, until=0) == 1
    assert len(delivery.claim()) == 2


def test_an_effect_put_twice_is_done_once(topic):
    put(topic)
    put(topic)

    assert run_once() == [True]
    assert run_once() == []
    assert Topic.objects.filter(slug__startswith="kept-").count() == 1


def test_an_effect_put_in_a_transaction_that_fails_is_not_there(topic):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        put(topic)
        raise ZeroDivisionError

    assert OutboxEntry.objects.count() == 0


def test_an_unknown_kind_is_a_programming_mistake(topic):
    with pytest.raises(ValueError, match="no outbox kind"):
        outbox.put("tests/nothing", topic, key="1")


def test_what_is_not_yet_due_waits(topic):
    entry = put(topic)
    OutboxEntry.objects.filter(pk=entry.pk).update(due_at=Now() + timedelta(minutes=5))

    assert delivery.claim() == []


def test_two_workers_never_hold_the_same_entry(topic):
    for number in range(5):
        put(topic, key=str(number))

    first, second = delivery.claim(3), delivery.claim(3)

    assert len(first) == 3
    assert len(second) == 2
    assert {e.pk for e in first} & {e.pk for e in second} == set()


def test_a_dead_workers_entry_is_given_to_another(topic):
    entry = put(topic)
    (held,) = delivery.claim()
    expire(held)

    assert run_once() == [True]
    entry.refresh_from_db()
    assert entry.state == State.DONE


def test_a_worker_that_wakes_after_its_lease_writes_nothing(topic):
    put(topic)
    (asleep,) = delivery.claim()
    expire(asleep)
    assert run_once() == [True]

    assert delivery.carry_out(asleep) is False

    assert Topic.objects.filter(slug__startswith="kept-").count() == 1


def test_rows_of_a_failed_finish_are_rolled_back_and_tried_again(topic):
    entry = put(topic, "tests/draw-badly")

    assert run_once() == [False]

    entry.refresh_from_db()
    assert (entry.state, entry.attempts, entry.lease) == (State.READY, 1, "")
    assert entry.error == "ValueError: the disk is full"
    assert Topic.objects.filter(slug__startswith="kept-").count() == 0


def test_a_failing_entry_is_left_to_a_person_after_five_tries_and_spares_its_neighbours(topic):
    bad, good = put(topic, key="bad", fails=True), put(topic, key="good")

    for _ in range(delivery.MAX_ATTEMPTS + 2):
        run_once()
        make_due(bad)

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.attempts) == (State.DEAD, delivery.MAX_ATTEMPTS)
    assert (good.state, good.attempts) == (State.DONE, 1)


def test_what_a_rule_refuses_is_not_tried_again_and_says_why(topic):
    entry = put(topic, refused=True)

    run_once()

    entry.refresh_from_db()
    assert (entry.state, entry.attempts) == (State.DEAD, 1)
    assert entry.error == "No font has this sign."


def test_each_wait_is_longer_than_the_one_before(topic):
    entry = put(topic, fails=True)
    waits = []
    for _ in range(3):
        run_once()
        entry.refresh_from_db()
        since = OutboxEntry.objects.values_list("due_at", flat=True).get(pk=entry.pk)
        now = OutboxEntry.objects.annotate(now=Now()).get(pk=entry.pk).now
        waits.append((since - now).total_seconds())
        make_due(entry)

    assert 1.5 < waits[0] < 3.5 < waits[1] < 7 < waits[2] < 13


def test_an_entry_that_kills_its_worker_each_time_is_given_up(topic):
    entry = put(topic)
    for _ in range(delivery.MAX_ATTEMPTS):
        (held,) = delivery.claim()
        assert delivery._begin(held)  # and then the worker dies
        expire(held)

    assert delivery.claim() == []
    entry.refresh_from_db()
    assert entry.state == State.DEAD


def test_a_failed_entry_can_be_tried_again(topic):
    entry = put(topic, fails=True)
    OutboxEntry.objects.filter(pk=entry.pk).update(
        state=State.DEAD, attempts=5, facts={"text": "ink"}
    )

    assert delivery.retry(entry) == 1
    assert run_once() == [True]


def test_a_mail_is_sent_once_with_an_id_of_its_own(topic):
    entry = put(topic, "tests/mail")

    assert run_once() == [True]
    assert run_once() == []

    (sent,) = mail.outbox
    assert sent.extra_headers["Message-ID"] == delivery.message_id(entry)


def test_a_mail_no_longer_wanted_is_not_sent(topic):
    entry = put(topic, "tests/mail", unwanted=True)

    run_once()

    entry.refresh_from_db()
    assert mail.outbox == []
    assert entry.state == State.CANCELLED


@pytest.mark.parametrize(
    ("kind", "state_after"), [("tests/mail", State.READY), ("tests/bulk", State.UNSURE)]
)
def test_a_mail_caught_in_the_act_follows_its_kinds_policy(topic, kind, state_after):
    entry = put(topic, kind)
    (held,) = delivery.claim()
    OutboxEntry.objects.filter(pk=held.pk).update(state=State.SENDING)
    expire(held)

    delivery.settle_expired()

    entry.refresh_from_db()
    assert entry.state == state_after


def test_draining_does_everything_that_is_due_and_shows_that_workers_live(topic):
    for number in range(30):
        put(topic, key=str(number))

    assert delivery.drain(seconds=20, linger=0) == 30
    assert outbox.last_beat() is not None
