"""Addresses of one's own: shown once, kept as a hash, renewed, revoked, and noted sparingly."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import NOON
from events.domain import feed_mails, feeds, selections, subscriptions
from events.models import FeedFetch, FeedSubscription
from kit.errors import Invalid, Refused
from programmes.models import AuditEntry, OutboxEntry, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def water():
    return Topic.objects.create(slug="water", name="Water")


def saved(owner=None, name="Water", **fields):
    chosen = feeds.select("all", "", {"topic": ["water"]})
    return subscriptions.save_selection(chosen, name=name, owner=owner, at=NOON, **fields)


def test_a_saved_selection_is_found_by_its_secret_and_keeps_no_secret(water, make_person):
    subscription, token = saved(make_person(), alarm_minutes=30, language="es")

    assert subscriptions.by_token(token) == subscription
    assert len(token) >= 43  # 32 bytes
    assert token not in repr(FeedSubscription.objects.values_list().get())
    assert token not in repr(list(AuditEntry.objects.values_list()))
    chosen = subscriptions.selection_of(subscription)
    assert (chosen.topic, chosen.alarm_minutes, chosen.language) == (("water",), 30, "es")


def test_two_addresses_of_one_choice_are_two(water):
    assert saved()[1] != saved()[1]


def test_an_edit_keeps_the_address_and_where_the_validators_live(water):
    subscription, token = saved()
    before = subscriptions.selection_of(subscription)

    chosen = feeds.select("all", "", {"format": ["online"]})
    subscriptions.edit_selection(subscription, chosen, name="Online", at=NOON)

    after = subscriptions.selection_of(subscriptions.by_token(token))
    assert (after.format, after.topic, after.name) == (("online",), (), "Online")
    assert after.state_key == before.state_key
    assert after.key != before.key


def test_renewing_kills_the_old_secret_and_tells_the_owner_without_the_new_one(
    water, make_person, make_alliance
):
    make_alliance()
    subscription, old = saved(make_person("Ana", email="ana@city.example"))

    new = subscriptions.renew(subscription, at=NOON)

    assert subscriptions.by_token(old) is None
    assert subscriptions.by_token(new) == subscription
    mail = feed_mails.feed_renewed(OutboxEntry.objects.get(kind="events/feed-renewed"))
    assert mail.to == ["Ana <ana@city.example>"]
    assert "renewed" in mail.subject
    assert new not in str(mail.message()) and old not in str(mail.message())


def test_nobody_is_told_of_what_was_deleted_since(water, make_person, make_alliance):
    make_alliance()
    subscription, _ = saved(make_person())
    subscriptions.renew(subscription, at=NOON)
    subscriptions.revoke(subscription, at=NOON)

    assert feed_mails.feed_renewed(OutboxEntry.objects.get()) is None
    with pytest.raises(Refused, match="deleted"):
        subscriptions.renew(subscription, at=NOON)


def test_revoking_one_leaves_the_others(water, make_person):
    ana = make_person()
    first, gone = saved(ana)
    second, kept = saved(ana)

    subscriptions.revoke(first, at=NOON)
    subscriptions.revoke(first, at=NOON + timedelta(days=1))

    first.refresh_from_db()
    assert first.revoked_at == NOON
    assert subscriptions.by_token(gone) is None
    assert subscriptions.by_token(kept) == second
    assert list(subscriptions.of_person(ana)) == [second]


def test_a_secret_opens_its_own_kind_only(make_person):
    token = subscriptions.personal(make_person(), at=NOON)

    assert subscriptions.by_token(token, kind="personal") is not None
    assert subscriptions.by_token(token, kind="selection") is None


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"alarm_minutes": 40_321}, "alarm_minutes"),
        ({"alarm_minutes": -1}, "alarm_minutes"),
        ({"language": "xx"}, "language"),
        ({"name": "n" * 121}, "name"),
        ({"name": "two\nlines"}, "name"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(water, fields, place):
    with pytest.raises(Invalid) as refused:
        saved(**fields)

    assert refused.value.errors[0]["loc"] == [place]
    assert not FeedSubscription.objects.exists()


def test_a_choice_of_nothing_known_is_not_saved():
    with pytest.raises(selections.BadFilter):
        saved()


def test_one_person_keeps_fifty_addresses(make_person, monkeypatch):
    monkeypatch.setattr(subscriptions, "MOST_PER_PERSON", 2)
    ana = make_person()
    subscriptions.personal(ana, at=NOON)
    subscriptions.organiser(ana, at=NOON)

    with pytest.raises(subscriptions.TooManySubscriptions):
        subscriptions.personal(ana, at=NOON)


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("Google-Calendar-Importer", "Google"),
        ("Mozilla/5.0 (compatible; Google-Apps-Script)", "Google"),
        ("Microsoft Exchange/15.20 (Outlook)", "Outlook"),
        ("Mozilla/5.0 (X11; Linux) Gecko/20100101 Thunderbird/128.0", "Thunderbird"),
        ("macOS/14.4 (23E214) dataaccessd/1.0", "Apple"),
        ("iOS/17.4 (21E219) dataaccessd/1.0", "Apple"),
        ("ICSx5/2.2.1 (bitfire web engineering)", "Android"),
        ("Evolution/3.46", "Evolution"),
        ("Mozilla/5.0 (Windows NT 10.0) Firefox/128.0", "Browser"),
        ("vdirsyncer/0.21", "Other"),
        ("", "Other"),
    ],
)
def test_programs_are_known_by_family_only(agent, kind):
    assert subscriptions.client_kind(agent) == kind


def test_a_fetch_is_written_once_an_hour_and_kind(water, django_assert_num_queries):
    subscription, _ = saved()
    subscriptions.note_fetch(subscription, "Google-Calendar-Importer", at=NOON)

    with django_assert_num_queries(0):
        subscriptions.note_fetch(subscription, "Google/2", at=NOON + timedelta(minutes=59))
    subscriptions.note_fetch(subscription, "Thunderbird/128", at=NOON + timedelta(minutes=5))
    later = NOON + timedelta(hours=1)
    subscriptions.note_fetch(subscription, "Google-Calendar-Importer", at=later)

    assert FeedFetch.objects.count() == 2
    lately = subscriptions.fetched_lately(subscription)
    assert lately == [("Google", later), ("Thunderbird", NOON + timedelta(minutes=5))]
    assert subscriptions.live_count(at=later) == 1
    assert subscriptions.live_count(at=later + timedelta(days=15)) == 0


def test_a_choice_is_counted_with_its_next_event(soon, water):
    event, other = soon(days=3), soon(days=2)
    event.topics.add(water)
    assert other.topics.count() == 0

    count, following = subscriptions.count_and_next(
        feeds.select("all", "", {"topic": ["water"]}), at=timezone.now()
    )

    assert (count, following) == (1, (event.title, event.starts_at, event.time_zone))
