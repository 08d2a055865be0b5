"""Reading calendars that others wrote, also those that mean harm."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain.incoming import sandbox
from events.domain.incoming.entries import MOST_ENTRIES, NotACalendar
from events.domain.incoming.reading import read
from kit.fetching import Seen

START = datetime(2027, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)


def ics(*lines: str, head: tuple[str, ...] = ()) -> bytes:
    text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//EN", *head, *lines]
    return "\r\n".join([*text, "END:VCALENDAR", ""]).encode()


def event(*lines: str, uid: str = "a@there") -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"]


def reading(*lines: str, zone: str = "America/Denver", **more):
    return read(ics(*lines, **more), zone=zone, start=START, end=END)


def only(*lines: str, **more):
    found = reading(*event(*lines), **more)
    assert len(found.entries) == 1, found
    return found.entries[0]


def starts(*lines: str, **more) -> list[str]:
    found = reading(*event(*lines), **more).entries
    return [f"{entry.starts_at:%Y-%m-%dT%H:%MZ}" for entry in found]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# -- one event


def test_an_event_is_read_with_all_that_is_kept_of_it():
    one = only(
        "SUMMARY:Broadband\\, week 1",
        "DTSTART;TZID=America/Chicago:20270713T100000",
        "DTEND;TZID=America/Chicago:20270713T113000",
        "LOCATION:City Hall",
        "URL:https://there.example/a",
        "DESCRIPTION:not kept",
        "ATTENDEE:mailto:somebody@there.example",
    )

    assert (one.uid, one.recurrence, one.title) == ("a@there", "", "Broadband, week 1")
    assert (one.starts_at, one.ends_at) == (utc("2027-07-13T15:00"), utc("2027-07-13T16:30"))
    assert (one.location, one.url) == ("City Hall", "https://there.example/a")
    assert (one.status, one.is_busy, one.time_zone) == ("CONFIRMED", True, "America/Chicago")
    assert "not kept" not in repr(one)
    assert "somebody" not in repr(one)


OWN_ZONE = [
    "BEGIN:VTIMEZONE",
    "TZID:Office clock",
    "BEGIN:STANDARD",
    "DTSTART:16010101T000000",
    "TZOFFSETFROM:-0330",
    "TZOFFSETTO:-0330",
    "END:STANDARD",
    "END:VTIMEZONE",
]


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("DTSTART:20270713T160000Z", "2027-07-13T16:00"),
        ("DTSTART:20270713T100000", "2027-07-13T16:00"),  # floating: on its alliance's clock
        ("DTSTART;TZID=America/Phoenix:20270713T100000", "2027-07-13T17:00"),
        ("DTSTART;TZID=US Mountain Standard Time:20270713T100000", "2027-07-13T17:00"),
        ("DTSTART;TZID=Mountain Standard Time:20270713T100000", "2027-07-13T16:00"),
        (
            "DTSTART;TZID=/some.example/1/America/New_York:20270713T100000",
            "2027-07-13T14:00",
        ),
        ("DTSTART;TZID=Office clock:20270713T100000", "2027-07-13T13:30"),
        ("DTSTART;TZID=Nowhere/Known:20270713T100000", "2027-07-13T16:00"),
        ("DTSTART;TZID=America/Denver:20270314T023000", "2027-03-14T09:30"),  # jumped over
        ("DTSTART;TZID=America/Denver:20271107T013000", "2027-11-07T07:30"),  # twice: the first
    ],
)
def test_every_way_to_write_a_time_is_understood(written, instant):
    found = reading(*OWN_ZONE, *event(written), *OWN_ZONE)
    assert found.entries[0].starts_at == utc(instant)
    assert bool(found.notes) == ("Nowhere" in written)


def test_a_zone_defined_after_its_use_counts_as_well():
    found = reading(*event("DTSTART;TZID=Office clock:20270713T100000"), *OWN_ZONE)
    assert found.entries[0].starts_at == utc("2027-07-13T13:30")


def test_floating_times_are_on_the_clock_the_calendar_says_it_has():
    one = only("DTSTART:20270713T100000", head=("X-WR-TIMEZONE:America/New_York",))
    assert one.starts_at == utc("2027-07-13T14:00")


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (["DTSTART:20270713T160000Z", "DURATION:PT45M"], "2027-07-13T16:45"),
        (["DTSTART:20270713T160000Z"], "2027-07-13T16:00"),
        (["DTSTART;TZID=America/Denver:20270313T100000", "DURATION:P1D"], "2027-03-14T16:00"),
    ],
)
def test_an_end_is_worked_out_where_none_is_written(lines, end):
    assert only(*lines).ends_at == utc(end)


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["DTSTART;VALUE=DATE:20270314"], date(2027, 3, 15)),
        (["DTSTART;VALUE=DATE:20270314", "DTEND;VALUE=DATE:20270314"], date(2027, 3, 15)),
        (["DTSTART;VALUE=DATE:20270314", "DTEND;VALUE=DATE:20270317"], date(2027, 3, 17)),
        (["DTSTART;VALUE=DATE:20270314", "DURATION:P2D"], date(2027, 3, 16)),
    ],
)
def test_whole_days_are_days_on_the_alliances_clock(lines, last):
    one = only(*lines)
    assert (one.starts_on, one.ends_on) == (date(2027, 3, 14), last)
    here = ZoneInfo("America/Denver")
    assert one.starts_at == datetime(2027, 3, 14, tzinfo=here)
    assert one.ends_at == datetime(last.year, last.month, last.day, tzinfo=here)


@pytest.mark.parametrize(
    ("lines", "status", "is_busy"),
    [
        ([], "CONFIRMED", True),
        (["TRANSP:TRANSPARENT"], "CONFIRMED", False),
        (["TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"], "CONFIRMED", False),
        (["X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"], "CONFIRMED", False),
        (["TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"], "CONFIRMED", True),
        (["X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"], "TENTATIVE", True),
        (["STATUS:TENTATIVE"], "TENTATIVE", True),
        (["STATUS:CANCELLED"], "CANCELLED", True),
        (["STATUS:NOPE"], "CONFIRMED", True),
    ],
)
def test_status_and_busyness(lines, status, is_busy):
    one = only("DTSTART:20270713T160000Z", "DURATION:PT1H", *lines)
    assert (one.status, one.is_busy) == (status, is_busy)


@pytest.mark.parametrize("word", ["PRIVATE", "CONFIDENTIAL"])
def test_of_private_events_only_the_time_is_kept(word):
    one = only("DTSTART:20270713T160000Z", f"CLASS:{word}", "SUMMARY:Doctor", "LOCATION:Clinic")
    assert (one.title, one.location) == ("", "")
    assert one.is_busy


def test_a_way_into_a_call_is_not_kept():
    one = only("DTSTART:20270713T160000Z", "LOCATION:https://call.example/j/1?pwd=abc")
    assert one.location == "Online"


@pytest.mark.parametrize(
    "line", ["URL:javascript:alert(1)", "URL:http://x y/", "URL:", "URL:file:///etc/passwd"]
)
def test_an_address_that_is_none_is_dropped(line):
    assert only("DTSTART:20270713T160000Z", line).url == ""


def test_periods_of_a_free_busy_document_are_taken():
    found = reading(
        "BEGIN:VFREEBUSY",
        "FREEBUSY;FBTYPE=BUSY:20270713T160000Z/PT1H,20270714T160000Z/20270714T170000Z",
        "FREEBUSY;FBTYPE=FREE:20270715T160000Z/PT1H",
        "END:VFREEBUSY",
    )
    assert [entry.starts_at.day for entry in found.entries] == [13, 14]
    assert {entry.title for entry in found.entries} == {""}


def test_what_lies_outside_the_time_that_is_read_is_passed_over():
    found = reading(
        *event("DTSTART:20261231T230000Z", "DURATION:PT1H", uid="ends as it begins"),
        *event("DTSTART:20261231T233000Z", "DURATION:PT1H", uid="reaches in"),
        *event("DTSTART:20280101T000000Z", "DURATION:PT1H", uid="begins as it ends"),
    )
    assert [entry.uid for entry in found.entries] == ["reaches in"]
    assert found.notes == []


# -- series


def test_a_series_keeps_its_wall_time_and_leaves_out_what_was_taken_out():
    assert starts(
        "DTSTART;TZID=America/Denver:20270302T100000",
        "DTEND;TZID=America/Denver:20270302T110000",
        "RRULE:FREQ=WEEKLY;UNTIL=20270331T235959Z",
        "EXDATE;TZID=America/Denver:20270309T100000",
        "RDATE:20270401T180000Z",
    ) == [
        "2027-03-02T17:00Z",
        "2027-03-16T16:00Z",
        "2027-03-23T16:00Z",
        "2027-03-30T16:00Z",
        "2027-04-01T18:00Z",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "EXDATE:20270109T170000Z",  # the same moment on another clock
        "EXDATE;VALUE=DATE:20270109",  # the whole day, as some programs write it
        "EXDATE;TZID=America/New_York:20270109T120000",
    ],
)
def test_a_date_is_taken_out_however_it_is_written(line):
    found = starts("DTSTART;TZID=America/Denver:20270108T100000", "RRULE:FREQ=DAILY;COUNT=3", line)
    assert found == ["2027-01-08T17:00Z", "2027-01-10T17:00Z"]


@pytest.mark.parametrize(
    ("until", "count"),
    [("20270110", 3), ("20270110T170000Z", 3), ("20270110T165959Z", 2), ("20270110T100000", 3)],
)
def test_the_last_day_of_a_rule_counts_as_it_is_written(until, count):
    rule = f"RRULE:FREQ=DAILY;UNTIL={until}"
    assert len(starts("DTSTART;TZID=America/Denver:20270108T100000", rule)) == count


def test_one_date_is_moved_one_canceled_and_one_longer():
    found = reading(
        *event(
            "SUMMARY:Office hours",
            "DTSTART;TZID=America/Denver:20270105T100000",
            "DTEND;TZID=America/Denver:20270105T110000",
            "RRULE:FREQ=WEEKLY;COUNT=4",
        ),
        *event(
            "SUMMARY:Office hours\\, moved",
            "RECURRENCE-ID;TZID=America/Denver:20270112T100000",
            "DTSTART;TZID=America/Denver:20270114T150000",
            "DTEND;TZID=America/Denver:20270114T160000",
        ),
        *event(
            "RECURRENCE-ID:20270119T170000Z",
            "DTSTART;TZID=America/Denver:20270119T100000",
            "STATUS:CANCELLED",
        ),
        *event(
            "RECURRENCE-ID;VALUE=DATE:20270126",
            "DTSTART;TZID=America/Denver:20270126T100000",
            "DURATION:PT3H",
        ),
    )
    told = [(e.recurrence, f"{e.starts_at:%d %H}", e.status, e.title) for e in found.entries]
    assert told == [
        ("20270105T170000Z", "05 17", "CONFIRMED", "Office hours"),
        ("20270112T170000Z", "14 22", "CONFIRMED", "Office hours, moved"),
        ("20270119T170000Z", "19 17", "CANCELLED", ""),
        ("20270126T170000Z", "26 17", "CONFIRMED", ""),
    ]
    assert found.entries[3].ends_at == utc("2027-01-26T20:00")


def test_a_changed_date_whose_series_is_not_in_the_file_stands_alone():
    found = reading(*event("RECURRENCE-ID:20270112T170000Z", "DTSTART:20270114T170000Z"))
    assert [entry.recurrence for entry in found.entries] == ["20270112T170000Z"]


def test_of_two_versions_the_later_one_counts():
    found = reading(
        *event("SEQUENCE:2", "DTSTART:20270114T170000Z", "SUMMARY:New"),
        *event("SEQUENCE:1", "DTSTART:20270113T170000Z", "SUMMARY:Old"),
    )
    assert [entry.title for entry in found.entries] == ["New"]


def test_a_yearly_day_since_long_ago_is_found_in_the_year_that_is_read():
    found = starts("DTSTART;VALUE=DATE:19521124", "RRULE:FREQ=YEARLY")
    assert found == ["2027-11-24T07:00Z"]


RULES = st.builds(
    "FREQ={};INTERVAL={}{}".format,
    st.sampled_from(["DAILY", "WEEKLY", "WEEKLY;BYDAY=TU,FR", "MONTHLY", "YEARLY"]),
    st.integers(1, 5),
    st.one_of(
        st.just(""),
        st.integers(1, 40).map(";COUNT={}".format),
        st.dates(date(2026, 12, 1), date(2028, 2, 1)).map(";UNTIL={:%Y%m%d}".format),
    ),
)


@given(rule=RULES, first=st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_the_dates_of_a_rule_are_those_a_day_by_day_search_finds(rule, first):
    found = reading(
        *event(f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"RRULE:{rule}"), zone="America/Phoenix"
    )
    wanted = [day for day in slow_dates(rule, first) if date(2026, 12, 31) <= day]
    inside = [day for day in wanted if day < date(2028, 1, 1)]
    assert [entry.starts_on for entry in found.entries] == inside


def slow_dates(rule: str, first: date) -> list[date]:
    """Every day in turn, asked whether the rule means it."""
    parts = dict(part.split("=") for part in rule.split(";"))
    every, count = int(parts["INTERVAL"]), int(parts.get("COUNT", 10_000))
    until = parts.get("UNTIL", "20280301")
    found = []
    for number in range(0, 800):
        day = first + timedelta(days=number)
        if len(found) == count or f"{day:%Y%m%d}" > until:
            break
        monday = first - timedelta(days=first.weekday())
        months = (day.year - first.year) * 12 + day.month - first.month
        meant = {
            "DAILY": number % every == 0,
            "WEEKLY": (day - monday).days // 7 % every == 0
            and (day.weekday() in {1, 4} if "BYDAY" in parts else day.weekday() == first.weekday()),
            "MONTHLY": day.day == first.day and months % every == 0,
            "YEARLY": (day.day, day.month) == (first.day, first.month)
            and (day.year - first.year) % every == 0,
        }
        # The first date is one of the series also where the rule does not give it.
        if meant[parts["FREQ"]]:
            found.append(day)
    return sorted({*found, first})


# -- harm


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=SECONDLY", "every minute or second"),
        ("FREQ=MINUTELY;COUNT=10", "every minute or second"),
        ("FREQ=HOURLY", "every hour without end"),
        ("FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7;BYMINUTE=1,2,3", "more than 800 dates"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "too long"),
    ],
)
def test_a_series_that_would_never_end_is_left_out_and_said(rule, words):
    began = time.monotonic()
    found = reading(
        *event("DTSTART:20200101T000000Z", f"RRULE:{rule}", uid="hostile"),
        *event("DTSTART:20270113T170000Z", uid="plain"),
    )
    assert [entry.uid for entry in found.entries] == ["plain"]
    assert len(found.notes) == 1
    assert words in found.notes[0]
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "rule", ["FREQ=SOMETIMES", "FREQ=DAILY;INTERVAL=0", "FREQ=WEEKLY;BYDAY=XX", "nonsense"]
)
def test_of_a_series_with_an_unreadable_rule_the_first_date_is_kept(rule):
    found = reading(*event("DTSTART:20270113T170000Z", f"RRULE:{rule}"))
    assert len(found.entries) == 1
    assert "only its first date" in found.notes[0]


def test_a_thousand_hostile_series_take_no_longer_than_the_patience_there_is(monkeypatch):
    monkeypatch.setattr("events.domain.incoming.reading.PATIENCE", 1.0)
    lines = []
    for number in range(300):
        lines += event(
            "DTSTART:20200101T000000Z", "RRULE:FREQ=DAILY;BYYEARDAY=366;BYMONTH=1", uid=f"{number}"
        )
    began = time.monotonic()
    found = reading(*lines)
    assert time.monotonic() - began < 4
    assert "300 events repeat by rules that took too long" in found.notes[0]


def test_no_more_entries_are_kept_than_there_is_room_for():
    lines = []
    for number in range(20):
        rule = "RRULE:FREQ=DAILY"
        lines += event("DTSTART:20270101T000000Z", rule, uid=f"{number}")
    found = reading(*lines)
    assert len(found.entries) == MOST_ENTRIES
    assert "5,000" in found.notes[0]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["SUMMARY:no start"], "no start"),
        (["DTSTART:tomorrow"], "no start"),
        (["DTSTART:20270113T170000Z", "DTEND:20270113T160000Z"], "ends before it starts"),
        (["DTSTART:00010101T000000Z"], "year"),
        (["DTSTART:99991231T235959Z", "DURATION:P9D"], "year"),
    ],
)
def test_an_event_that_makes_no_sense_is_left_out_and_said(lines, words):
    found = reading(*event(*lines, uid="bad"), *event("DTSTART:20270113T170000Z", uid="good"))
    assert [entry.uid for entry in found.entries] == ["good"]
    assert words in found.notes[0]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"\n\n  <html>", "web page"),
        (b"\xef\xbb\xbf<!-- BEGIN:VCALENDAR --><html></html>", "web page"),
        (b'{"error": "no"}', "not a calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "damaged"),
        (b"END:VEVENT\r\nBEGIN:VCALENDAR\r\n", "damaged"),
        (b"BEGIN:VCALENDAR\r\n" * 50_000, "damaged"),
    ],
)
def test_what_is_no_calendar_gets_its_own_sentence(raw, words):
    with pytest.raises(NotACalendar, match=words):
        read(raw, zone="America/Denver", start=START, end=END)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_old_ways_to_write_letters_are_read(encoding):
    text = ics(*event("DTSTART:20270113T170000Z", "SUMMARY:Cañón City")).decode()
    found = read(text.encode(encoding), zone="America/Denver", start=START, end=END)
    assert found.entries[0].title == "Cañón City"


@given(st.text(max_size=80))
def test_whatever_a_title_holds_one_clean_line_is_kept(title):
    escaped = title.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = "\\n".join(escaped.splitlines())
    raw = ics(*event("DTSTART:20270113T170000Z", f"SUMMARY:{escaped}")).decode("utf-8")
    entry = read(raw.encode(), zone="America/Denver", start=START, end=END).entries[0]
    assert entry.title.isprintable() or "\xad" in entry.title or not entry.title.isascii()
    assert "\n" not in entry.title
    assert "\x00" not in entry.title


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused_or_noted(noise):
    raw = ics(*event("DTSTART:20270113T170000Z")).replace(b"UID", noise + b"\r\nUID")
    with suppress(NotACalendar):
        read(raw, zone="America/Denver", start=START, end=END)


# -- the process apart


def test_the_process_apart_knows_no_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "must-not-go-along")
    monkeypatch.setenv("DATABASE_URL", "postgres://must-not")
    seen = tmp_path / "environment"
    monkeypatch.setattr(sandbox, "sys", type("S", (), {"executable": str(seen)}))
    seen.write_text(f"#!/bin/sh\nenv > {seen}.txt\necho '{{}}'\n")
    seen.chmod(0o755)
    with pytest.raises(KeyError):
        sandbox.ask(question("https://there.example/"))
    assert "must-not" not in (tmp_path / "environment.txt").read_text()


def test_a_process_that_takes_too_long_is_ended():
    with pytest.raises(NotACalendar, match="too long"):
        sandbox.ask(question("https://there.example/"), seconds=0.01)


def test_a_process_that_runs_out_of_room_says_so():
    """Its own bound on memory ends it, and no one else."""
    program = (
        "import events.domain.incoming.__main__ as m, json\n"
        "m._bound()\n"
        "try:\n    bytearray(2_000_000_000)\nexcept MemoryError:\n    print('held')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=sandbox.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "held", done.stderr


def test_the_process_answers_with_a_sentence_for_an_address_it_may_not_open():
    with pytest.raises(sandbox.NotFetched, match="private network"):
        sandbox.ask(question("https://127.0.0.1/"))


def test_a_question_holds_nothing_but_plain_values():
    told = json.dumps(sandbox.asdict(question("https://x.example/")), default=sandbox._written)
    assert json.loads(told)["start"] == "2027-01-01T00:00:00+00:00"


def question(url: str) -> sandbox.Question:
    return sandbox.Question(url=url, seen=Seen(), zone="America/Denver", start=START, end=END)
