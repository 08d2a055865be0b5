"""What left a partner's calendar: marked in feeds, outranked when it comes back, for 90 days."""

from datetime import timedelta

import pytest
from icalendar import Calendar, Event

from conftest import NOON
from events.domain import feeds, partners, polling
from events.domain.partners import Details
from events.domain.selections import select
from events.models import FeedShowing, PartnerCalendar
from events.tests.test_partner_calendars import LISTED, Shelf, entry, ics, registered
from kit.tests.webserver import serving

pytestmark = pytest.mark.django_db
HOURS = [NOON + timedelta(hours=n) for n in range(1, 9)]


@pytest.fixture(autouse=True)
def _this_machine_may_be_read(settings):
    settings.FETCH_OPEN_NETWORKS = ["127.0.0.1/32"]


def shown(path="all", at=HOURS[-1], **query) -> dict[str, tuple[str, int, str]]:
    """The entries of a feed: status, SEQUENCE and title by UID."""
    scope, _, slug = path.partition("/")
    chosen = select(scope, slug, {name: [value] for name, value in query.items()})
    content = feeds.body(chosen, at=at).body
    found = Calendar.from_ical(content).walk("VEVENT")
    assert len({str(one["UID"]) for one in found}) == len(found), "one UID stands once"
    return {
        str(one["UID"]): (str(one["STATUS"]), int(one["SEQUENCE"]), str(one["SUMMARY"]))
        for one in found
    }


BOARD, GONE = ("CONFIRMED", 0, "Board meeting"), "No longer in this calendar: Board meeting"


def test_what_vanishes_is_marked_and_outranks_its_mark_when_it_is_back(make_alliance):
    plains, coast = make_alliance("Plains"), make_alliance("Coast")
    shelf = Shelf(ics(entry(), entry(uid="b@there", title="Picnic")))
    with serving(shelf) as site:
        calendar = registered(plains, site.url)
        assert polling.read(calendar.pk, at=HOURS[0])
        assert shown()["a@there"] == BOARD

        shelf.body = ics(entry(uid="b@there", title="Picnic"))
        assert polling.read(calendar.pk, at=HOURS[1])
        assert shown()["a@there"] == ("CANCELLED", 1, GONE)
        assert shown()["b@there"] == ("CONFIRMED", 0, "Picnic")
        assert "a@there" in shown(f"alliances/{plains.slug}")
        assert shown(f"alliances/{coast.slug}") == {}
        assert "a@there" not in shown(cancelled="hide")
        assert shown(lang="es")["a@there"][2] == "Ya no está en este calendario: Board meeting"
        assert "a@there" not in shown(format="online")

        shelf.body = ics(entry())
        assert polling.read(calendar.pk, at=HOURS[2])
        assert shown()["a@there"] == ("CONFIRMED", 2, "Board meeting")
        assert shown()["b@there"][0] == "CANCELLED"


def test_whole_days_are_marked_as_whole_days(make_alliance):
    day = "UID:d@there\r\nDTSTART;VALUE=DATE:20270120\r\nDTEND;VALUE=DATE:20270122\r\nSUMMARY:Fair"
    shelf = Shelf(ics(day, entry()))
    with serving(shelf) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=HOURS[0])
        shelf.body = ics(entry())
        polling.read(calendar.pk, at=HOURS[1])

    (mark,) = FeedShowing.objects.filter(event_slug="")
    event = Event.from_ical(bytes(mark.ics))
    assert str(event["DTSTART"].dt) == "2027-01-20"
    assert str(event["DTEND"].dt) == "2027-01-22"
    assert shown()["d@there"][:2] == ("CANCELLED", 1)
    assert shown(lang="es")["d@there"][2] == "Ya no está en este calendario: Fair"


def test_what_is_over_and_what_was_called_off_leaves_no_mark(make_alliance):
    past = entry(uid="p@there", starts="20270103T170000Z")
    off = entry(uid="o@there", title="Visit", more="STATUS:CANCELLED")
    shelf = Shelf(ics(past, off, entry()))
    with serving(shelf) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=HOURS[0])
        shelf.body = ics(entry())
        polling.read(calendar.pk, at=HOURS[1])

    assert set(shown()) == {"a@there"}
    assert not FeedShowing.objects.filter(event_slug="").exists()


def test_what_another_calendar_still_has_is_not_gone(make_alliance):
    plains, coast = make_alliance("Plains"), make_alliance("Coast")
    one, other = Shelf(ics(entry())), Shelf(ics(entry()))
    with serving(one) as first, serving(other) as second:
        calendar = registered(plains, first.url)
        polling.read(calendar.pk, at=HOURS[0])
        polling.read(registered(coast, second.url).pk, at=HOURS[0])
        one.body = ics()
        polling.read(calendar.pk, at=HOURS[1])

    assert shown()["a@there"] == BOARD
    assert shown(f"alliances/{plains.slug}")["a@there"][0] == "CANCELLED"


@pytest.mark.parametrize("way", ["pause", "busy"])
def test_a_calendar_that_is_not_listed_for_a_while_comes_back(make_alliance, way):
    with serving(Shelf(ics(entry()))) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=HOURS[0])
        if way == "pause":
            partners.pause(calendar, by=None, at=HOURS[1])
        else:
            busy = Details("Ours", PartnerCalendar.Purpose.BUSY)
            partners.change(calendar, busy, by=None, at=HOURS[1])
        assert shown()["a@there"] == ("CANCELLED", 1, GONE)

        if way == "pause":
            partners.resume(calendar, by=None, at=HOURS[2])
        else:
            partners.change(calendar, LISTED, by=None, at=HOURS[2])
        assert shown()["a@there"] == ("CONFIRMED", 2, "Board meeting")
        assert polling.read(calendar.pk, at=HOURS[3])
        assert shown()["a@there"] == ("CONFIRMED", 2, "Board meeting")


def test_a_removed_calendar_leaves_its_marks_for_ninety_days(make_alliance):
    with serving(Shelf(ics(entry()))) as site:
        calendar = registered(make_alliance(), site.url)
        polling.read(calendar.pk, at=HOURS[0])
    partners.remove(calendar, by=None, at=HOURS[1])

    assert shown()["a@there"] == ("CANCELLED", 1, GONE)
    assert shown(at=HOURS[1] + timedelta(days=91)) == {}
