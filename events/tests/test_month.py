"""The month as a table: days on the reader's clock, nights and whole weeks, full and empty days."""

from datetime import timedelta

import pytest
from django.utils import timezone
from lxml import html

from events.models import Event

pytestmark = pytest.mark.django_db
YEAR = timezone.now().year + 1
JANUARY = f"/events/calendar/{YEAR}-01/"
ZONE = "America/Chicago"
"""What a reader is told who has no zone yet, so that wall times below are what the table shows."""


@pytest.fixture
def on(make_event):
    """``on("09T14:00", 90)``: an event of January that starts on that day and clock in Chicago."""

    def make(start: str, minutes: int = 90, **fields) -> Event:
        return make_event(
            time_zone=ZONE,
            starts=f"{YEAR}-01-{start}",
            minutes=minutes,
            title="Curb data",
            **fields,
        )

    return make


def read(response) -> html.HtmlElement:
    return html.document_fromstring(response.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def days(response) -> dict[int, list[str]]:
    """What each day of the month lists, as a screen reader says the links."""
    cells = read(response).xpath("//td[.//a]")
    return {
        int(cell.xpath(".//span[@class='date']/text()")[0]): [
            words(link) for link in cell.xpath(".//a")
        ]
        for cell in cells
    }


def said(response) -> str:
    return words(read(response).xpath("//*[@role='status']")[0])


def weekday(day: int) -> str:
    return f"{timezone.datetime(YEAR, 1, day):%A}, January {day}"


def test_a_link_says_its_day_and_clock_by_itself(client, on):
    on("09T14:00")

    assert days(client.get(JANUARY)) == {9: [f"{weekday(9)}, 2 p.m. Curb data"]}


def test_a_night_stands_on_both_of_its_days(client, on):
    on("09T22:00", 240)

    page = client.get(JANUARY)

    assert days(page) == {
        9: [f"{weekday(9)}, 10 p.m. Curb data"],
        10: [f"{weekday(10)}, Until 2 a.m. Curb data (continued)"],
    }
    assert said(page).startswith("1 date in January")


def test_who_ends_at_midnight_does_not_touch_the_day_that_begins(client, on):
    on("09T22:00", 120)

    assert list(days(client.get(JANUARY))) == [9]


def test_three_days_are_three_lines_of_one_date(client, on):
    on("09T14:00", 2 * 1440)

    page = client.get(JANUARY)

    assert days(page)[9] == [f"{weekday(9)}, 2 p.m. Curb data"]
    assert days(page)[10] == [f"{weekday(10)}, All day Curb data (continued)"]
    assert days(page)[11] == [f"{weekday(11)}, Until 2 p.m. Curb data (continued)"]
    assert said(page).startswith("1 date in January")


def test_what_began_last_month_is_still_on_in_this_one(client, on):
    on("30T14:00", 4 * 1440)

    january, february = (client.get(f"/events/calendar/{YEAR}-0{n}/") for n in (1, 2))

    assert list(days(january)) == [30, 31]
    assert list(days(february)) == [1, 2, 3]
    assert "Until 2 p.m." in days(february)[3][0]


def test_the_clock_is_the_reader_s(client, on):
    on("09T23:30", 20)
    client.cookies["tz"] = "America/New_York"

    assert list(days(client.get(JANUARY))) == [10]


def test_parts_of_one_day_are_one_line(client, make_event):
    make_event(
        time_zone=ZONE,
        title="Curb data",
        sessions=tuple((f"{YEAR}-01-{d}T{h}:00", 45) for d in ("09", "10") for h in (14, 15, 16)),
    )

    page = client.get(JANUARY)

    assert {day: len(lines) for day, lines in days(page).items()} == {9: 1, 10: 1}
    assert days(page)[9] == [f"{weekday(9)}, 2 p.m. Curb data"]
    assert said(page).startswith("2 dates in January")


def test_a_day_is_called_off_where_all_its_parts_are(client, make_event):
    event = make_event(
        time_zone=ZONE, sessions=((f"{YEAR}-01-09T14:00", 45), (f"{YEAR}-01-09T15:00", 45))
    )
    first, second = event.sessions.all()

    first.is_cancelled = True
    first.save()
    (one_off,) = days(client.get(JANUARY))[9]
    second.is_cancelled = True
    second.save()
    (all_off,) = days(client.get(JANUARY))[9]

    assert "(canceled)" not in one_off
    assert ", 3 p.m. " in one_off  # what is left of it
    assert all_off.endswith("(canceled)")


def test_a_called_off_date_is_struck_and_says_so(client, on):
    on("09T14:00", status="cancelled", cancelled_at=timezone.now())

    page = client.get(JANUARY)

    assert days(page)[9][0].endswith("(canceled)")
    assert read(page).xpath("//td//li[contains(@class, 'off')]//*[@class='what']")


def test_forty_events_of_one_day_are_forty_links(client, on):
    lead = on("09T14:00").lead
    for number in range(39):
        on(f"09T{8 + number % 10:02}:{number % 6}5", lead=lead)

    page = client.get(JANUARY)

    assert len(days(page)[9]) == 40
    assert len(set(read(page).xpath("//td//a/@href"))) == 40
    assert said(page).startswith("40 dates in January")


def test_a_day_is_in_order_of_the_clock_and_what_goes_on_comes_first(client, on):
    on("09T09:00")
    on("08T22:00", 13 * 60)
    on("09T08:00")

    lines = [line.partition(", January 9, ")[2] for line in days(client.get(JANUARY))[9]]

    assert lines == [
        "Until 11 a.m. Curb data (continued)",
        "8 a.m. Curb data",
        "9 a.m. Curb data",
    ]


def test_a_month_without_events_says_so_and_leads_on(client):
    page = client.get(JANUARY)

    assert said(page) == f"0 dates in January {YEAR}"
    assert "No events are planned for this month yet." in words(read(page))
    assert read(page).xpath("//main//a[@href='/events/']")


def test_the_filter_of_a_month_is_one_click_from_a_feed(client, on):
    slug = on("09T14:00").lead.slug

    page = read(client.get(f"{JANUARY}?alliance={slug}&format=online"))

    (link,) = page.xpath("//main//a[contains(., 'Subscribe to this filter')]/@href")
    assert link == f"/feeds/?alliance={slug}&format=online"


def test_months_are_named_and_the_present_one_is_near(client):
    page = read(client.get(JANUARY))

    names = [words(link) for link in page.xpath("//nav[@aria-label='Months']//a")]
    assert names == [f"December {YEAR - 1}", "This month", f"February {YEAR}"]
    (now,) = page.xpath("//nav[@aria-label='Months']//a[contains(., 'This month')]/@href")
    month = client.get(now)
    assert month.status_code == 200
    assert not read(month).xpath("//a[contains(., 'This month')]")


def test_a_month_too_far_away_says_how_far_the_calendar_goes(client):
    page = client.get(f"/events/calendar/{YEAR + 30}-01/")

    assert page.status_code == 404
    assert f"The calendar goes from {YEAR - 6} to {YEAR + 4}." in words(read(page))


def test_a_kept_month_follows_what_is_moved(client, on):
    event = on("09T14:00")
    assert list(days(client.get(JANUARY))) == [9]

    session = event.sessions.get()
    session.starts_at += timedelta(days=1)
    session.ends_at += timedelta(days=1)
    session.save()

    assert list(days(client.get(JANUARY))) == [10]


def test_a_table_of_a_month_is_a_table_to_whoever_reads_it_aloud(client, on):
    on("09T14:00")

    page = read(client.get(JANUARY))

    assert words(page.xpath("//table/caption")[0]) == f"Events in January {YEAR}"
    names = page.xpath("//table/thead//th[@scope='col']/abbr/@title")
    assert names == [
        *("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    ]
