"""What registrants of a series read when some of its dates change: those dates, and once."""

import pytest

from events.domain import redating
from events.domain.dates import Change, changed
from events.domain.repeats import Wish, repeated
from events.domain.timing import SessionPlan
from events.models import Registration
from events.tests.planning import LATER, published
from events.tests.test_mails import register, send_all

pytestmark = pytest.mark.django_db

CALL = SessionPlan("2027-01-14T13:00", "2027-01-14T14:00")


def kept(event, whole, plan):
    return redating.keep(event, whole, seen=plan, by=None, at=LATER)


@pytest.fixture
def series(lead):
    """Four Thursdays from January 14, with one registrant who has read the confirmation."""
    event = published(lead, sessions=(CALL,), title="Exchange")
    plan, whole = redating.wanted(event)
    event = kept(event, repeated(whole, Wish(rule="FREQ=WEEKLY;COUNT=4"), at=LATER).series, plan)
    register(event)
    send_all()
    return event


def test_one_mail_names_the_dates_that_changed_and_no_other(series):
    plan, whole = redating.wanted(series)
    uid = whole.dates[2].uid

    later = changed(whole, uid, Change(starts="15:00"), scope="following", at=LATER)
    kept(series, later, plan)

    [message] = send_all()
    text = " ".join(message.get_body(("plain",)).get_content().split())
    assert "New dates: - Thursday, January 28, 2027, 3 p.m. to 4 p.m. Mountain" in text
    assert "- Thursday, February 4, 2027, 3 p.m. to 4 p.m. Mountain No longer:" in text
    assert "- Thursday, February 4, 2027, 1 p.m. to 2 p.m. Mountain All other dates stay." in text
    assert "January 14" not in text
    page = message.get_body(("html",)).get_content()
    assert "<s>Thursday, January 28, 2027, 1 p.m. to 2 p.m. Mountain</s>" in page


def test_a_canceled_date_is_named_and_nothing_new(series):
    plan, whole = redating.wanted(series)

    off = changed(whole, whole.dates[1].uid, Change(is_cancelled=True), scope="one", at=LATER)
    kept(series, off, plan)

    [message] = send_all()
    text = " ".join(message.get_body(("plain",)).get_content().split())
    assert "No longer: - Thursday, January 21, 2027, 1 p.m. to 2 p.m. Mountain" in text
    assert "New dates" not in text


def test_a_title_or_speaker_of_a_date_is_no_news_for_registrants(series):
    plan, whole = redating.wanted(series)

    named = changed(whole, whole.dates[1].uid, Change(title="Planning"), scope="one", at=LATER)
    kept(series, named, plan)

    assert send_all() == []
    assert Registration.objects.count() == 1
