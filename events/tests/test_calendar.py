"""What goes out as iCalendar, read back by programs that others wrote."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.domain.calendar import Entry, digest, entry_bytes, zone_years
from events.tests.calendar_readers import ENTRY, READERS, feed, lines, names, seen, utc
from kit.ical import NotAnAddress, clean, one_line
from kit.walltime import UnknownZone

HOUR = timedelta(hours=1)
PARTNERS = ["America/Denver", "America/Phoenix", "America/Chicago", "America/New_York"]


# -- an entry


def test_an_entry_is_written_like_this():
    assert lines(entry_bytes(ENTRY)) == [
        "BEGIN:VEVENT",
        "SUMMARY:Data\\, trust\\; and equity",
        "DTSTART;TZID=America/Denver:20270113T110000",
        "DTEND;TZID=America/Denver:20270113T123000",
        "DTSTAMP:20261120T150000Z",
        "UID:4f0c9f2e-3f64-4a7e-a9c4-6d7f0c5b1e11@lyceum.example",
        "SEQUENCE:2",
        "CATEGORIES:Data\\, open,Mobility",
        "CLASS:PUBLIC",
        "DESCRIPTION:First line\\nsecond line\\n\\nhttps://lyceum.example/events/data-trust/",
        "LAST-MODIFIED:20261120T150000Z",
        "LOCATION:City Hall\\, Denver",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://lyceum.example/events/data-trust/",
        "END:VEVENT",
    ]


def test_the_same_entry_gives_the_same_bytes():
    shuffled = replace(
        ENTRY,
        categories=("Data, open", "Mobility", "Data, open", " "),
        starts_at=ENTRY.starts_at.astimezone(ZoneInfo("Asia/Tokyo")),
        time_zone="US/Mountain",
    )

    assert entry_bytes(shuffled) == entry_bytes(ENTRY)


@pytest.mark.parametrize("read", READERS)
def test_readers_see_what_was_meant(read):
    cancelled = replace(ENTRY, uid="b@lyceum.example", status="CANCELLED", sequence=3)
    tentative = replace(ENTRY, uid="c@lyceum.example", status="TENTATIVE", url="", location="")

    assert read(feed(ENTRY, cancelled, tentative)) == [
        seen(entry) for entry in (ENTRY, cancelled, tentative)
    ]


def test_what_is_cancelled_says_so_once_and_takes_no_time():
    entry = replace(ENTRY, status="CANCELLED", title="Canceled: Data")

    written = lines(entry_bytes(entry))

    assert "SUMMARY:Canceled: Data" in written
    assert "STATUS:CANCELLED" in written
    assert "TRANSP:TRANSPARENT" in written


def test_the_address_comes_last_in_the_description_and_only_once():
    alone = replace(ENTRY, description="")
    there = replace(ENTRY, description=f"See {ENTRY.url}")

    assert f"DESCRIPTION:{ENTRY.url}" in lines(entry_bytes(alone))
    assert f"DESCRIPTION:See {ENTRY.url}" in lines(entry_bytes(there))


def test_the_way_to_join_is_there_only_for_those_who_may():
    join = "https://lyceum.example/r/abc/join/"

    written = lines(entry_bytes(replace(ENTRY, conference_url=join)))

    assert f"CONFERENCE;FEATURE=AUDIO,VIDEO;LABEL=Join online;VALUE=URI:{join}" in written
    about = f"First line\\nsecond line\\n\\nJoin online: {join}\\n\\n{ENTRY.url}"
    assert f"DESCRIPTION:{about}" in written
    assert b"CONFERENCE" not in entry_bytes(ENTRY)


texts = st.text(st.characters(), max_size=300) | st.text(
    st.sampled_from("\\nN;,: \t\r\n\x00\x1c\x85\u2028é漢😀\ud800BEGIN"), max_size=300
)


@settings(deadline=None)
@given(title=texts, description=texts, place=texts, name=texts, about=texts)
def test_any_text_is_read_back_equal_and_adds_no_property(title, description, place, name, about):
    entry = replace(ENTRY, title=title, description=description, location=place)

    content = feed(entry, name=name, description=about)

    assert [read(content) for read in READERS] == [[seen(entry)]] * len(READERS)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert len(content.decode().splitlines()) == content.count(b"\r\n")
    optional = {
        "LOCATION": bool(one_line(place)),
        "X-WR-CALDESC": bool(clean(about)),
    }
    assert {name: name in names(content) for name in optional} == optional
    plain = feed(ENTRY, name="x", description="y")
    without = [name for name in names(content) if name not in {*optional, "DESCRIPTION"}]
    assert without == [name for name in names(plain) if name not in {*optional, "DESCRIPTION"}]


# -- times


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)),
    minutes=st.integers(0, 60 * 30),
    zone=st.sampled_from([*PARTNERS, "UTC", "Europe/Dublin", "America/Santiago"]),
)
@settings(deadline=None)
def test_readers_find_the_instant_in_any_zone(start, minutes, zone):
    start = start.replace(microsecond=0, tzinfo=UTC)
    entry = replace(
        ENTRY, starts_at=start, ends_at=start + timedelta(minutes=minutes), time_zone=zone
    )

    for read in READERS:
        assert [(e["starts"], e["ends"]) for e in read(feed(entry))] == [
            (entry.starts_at, entry.ends_at)
        ]


@pytest.mark.parametrize("zone", PARTNERS)
@pytest.mark.parametrize("night", [utc(2027, 3, 14), utc(2027, 11, 7)])
def test_readers_find_the_instant_at_every_quarter_hour_of_the_odd_nights(zone, night):
    starts = [night + timedelta(minutes=15 * n) for n in range(60)]
    entries = [
        replace(ENTRY, uid=f"{n}@x", starts_at=at, ends_at=at + HOUR, time_zone=zone)
        for n, at in enumerate(starts)
    ]
    content = feed(*entries)

    for read in READERS:
        assert [(e["starts"], e["ends"]) for e in read(content)] == [
            (at, at + HOUR) for at in starts
        ]


def test_a_time_that_comes_twice_goes_out_in_utc_with_its_end():
    first = replace(ENTRY, starts_at=utc(2027, 11, 7, 7, 30), ends_at=utc(2027, 11, 7, 10))
    ending = replace(ENTRY, starts_at=utc(2027, 11, 7, 5), ends_at=utc(2027, 11, 7, 8, 30))
    usual = replace(ENTRY, starts_at=utc(2027, 11, 7, 9), ends_at=utc(2027, 11, 7, 10))

    assert lines(entry_bytes(first))[2:4] == ["DTSTART:20271107T073000Z", "DTEND:20271107T100000Z"]
    assert lines(entry_bytes(ending))[2:4] == ["DTSTART:20271107T050000Z", "DTEND:20271107T083000Z"]
    assert lines(entry_bytes(usual))[2] == "DTSTART;TZID=America/Denver:20271107T020000"


def test_zones_carry_the_name_of_the_tz_database():
    arizona = replace(ENTRY, time_zone="US/Arizona")

    content = feed(arizona)

    assert "DTSTART;TZID=America/Phoenix:20270113T110000" in lines(content)
    assert [line for line in lines(content) if line.startswith("TZID:")] == ["TZID:America/Phoenix"]


def test_years_are_those_of_the_local_clock():
    entry = replace(ENTRY, starts_at=utc(2027, 1, 1, 1), ends_at=utc(2027, 1, 1, 3))
    later = replace(ENTRY, starts_at=utc(2028, 5, 1), ends_at=utc(2028, 5, 1, 1))

    assert zone_years([entry]) == {"America/Denver": (2026, 2026)}
    assert zone_years([later, entry]) == {"America/Denver": (2026, 2028)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"starts_at": datetime(2027, 1, 1)}, "are aware"),
        ({"stamp": datetime(2027, 1, 1)}, "are aware"),
        ({"ends_at": utc(2027, 1, 13, 17, 59)}, "ends before it starts"),
        ({"status": "NOPE"}, "NOPE is not a status"),
        ({"sequence": -1}, "SEQUENCE starts at 0"),
        ({"uid": ""}, "cannot be a UID"),
        ({"uid": "a\r\nb"}, "cannot be a UID"),
        ({"uid": "x" * 256}, "cannot be a UID"),
    ],
)
def test_an_entry_no_session_can_be_is_a_mistake_of_the_program(change, reason):
    with pytest.raises(ValueError, match=reason):
        entry_bytes(replace(ENTRY, **change))


def test_bad_addresses_and_zones_are_refused_in_words():
    with pytest.raises(NotAnAddress):
        entry_bytes(replace(ENTRY, url="https://x.example/\r\nATTENDEE:mailto:a@b.example"))
    with pytest.raises(NotAnAddress):
        entry_bytes(replace(ENTRY, conference_url="javascript:alert(1)"))
    with pytest.raises(UnknownZone, match="Did you mean America/Phoenix"):
        entry_bytes(replace(ENTRY, time_zone="America/Pheonix"))


# -- digest


def other_value(name, value):
    if isinstance(value, datetime):
        return value + timedelta(minutes=1)
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return (*value, "More")
    if isinstance(value, int):
        return value + 1
    others = {
        "time_zone": "America/Chicago",
        "status": "TENTATIVE",
        "conference_url": "https://x.example/",
        "image_url": "https://x.example/a.png",
        "geo": (39.7392, -104.9903),
        "alarm_minutes": 30,
        "language": "es",
    }
    return others.get(name, f"{value}x")


@pytest.mark.parametrize("field", [field.name for field in fields(Entry)])
def test_the_digest_tells_every_visible_change_and_no_other(field):
    changed = replace(ENTRY, **{field: other_value(field, getattr(ENTRY, field))})

    unseen = {"stamp", "sequence", "related_to", "is_private", "alarm_minutes"}
    only_the_words = {"has_left", "language"}  # of what is cancelled, or how it is said
    assert (digest(changed) == digest(ENTRY)) == (field in unseen | only_the_words)
    assert field in only_the_words or entry_bytes(changed) != entry_bytes(ENTRY)


def test_what_nobody_sees_is_no_change():
    same = replace(
        ENTRY,
        title=" Data,  trust; and\x00 equity",
        description="First line\r\nsecond line\n",
        time_zone="US/Mountain",
        categories=("Data, open", "Mobility"),
        starts_at=ENTRY.starts_at.astimezone(ZoneInfo("America/Denver")),
    )

    assert digest(same) == digest(ENTRY)
    assert re.fullmatch("[0-9a-f]{64}", digest(ENTRY))


# -- a feed


def test_a_feed_begins_like_this():
    written = lines(feed(ENTRY, name="Lyceum; all", description="Every\nevent"))

    assert written[: written.index("BEGIN:VTIMEZONE")] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Lyceum//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "DESCRIPTION:Every\\nevent",
        "X-WR-CALDESC:Every\\nevent",
        "NAME:Lyceum\\; all",
        "X-WR-CALNAME:Lyceum\\; all",
        "COLOR:teal",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "SOURCE;VALUE=URI:https://lyceum.example/feeds/all.ics",
        "X-APPLE-CALENDAR-COLOR:#0B5570",
        "X-PUBLISHED-TTL:PT1H",
    ]
    assert written[-1] == "END:VCALENDAR"


def test_a_feed_is_no_message_and_names_no_person():
    content = feed(ENTRY)

    assert not {"METHOD", "ORGANIZER", "ATTENDEE"} & set(names(content))
    before_events = lines(content)[: lines(content).index("BEGIN:VEVENT")]
    assert not [line for line in before_events if line.startswith("UID")]


def test_a_feed_holds_its_entries_byte_for_byte_in_the_order_given():
    second = replace(ENTRY, uid="b@x", time_zone="America/Phoenix")

    content = feed(second, ENTRY)

    assert content.endswith(entry_bytes(second) + entry_bytes(ENTRY) + b"END:VCALENDAR\r\n")


def test_each_zone_is_there_once_and_utc_is_not():
    years = (2026, 2027)
    zones = {"US/Arizona": years, "America/Phoenix": (2028, 2028), "UTC": years}

    content = feed(ENTRY, zones=zones | {"America/Denver": years})

    assert [line for line in lines(content) if line.startswith("TZID:")] == [
        "TZID:America/Denver",
        "TZID:America/Phoenix",
    ]


@pytest.mark.parametrize("read", READERS)
def test_an_empty_feed_can_be_read(read):
    content = feed()

    assert read(content) == []
    assert "TZID:Etc/UTC" in lines(content)


# -- ical.js, where node and the package are there

ICAL_JS = Path(sys.prefix) / "readers" / "node_modules" / "ical.js" / "dist" / "ical.js"
SCRIPT = """
import ICAL from %s;
process.stdin.setEncoding("utf8");
let text = ""; for await (const part of process.stdin) text += part;
const root = new ICAL.Component(ICAL.parse(text));
for (const zone of root.getAllSubcomponents("vtimezone"))
  ICAL.TimezoneService.register(zone);
console.log(JSON.stringify(root.getAllSubcomponents("vevent").map((part) => {
  const event = new ICAL.Event(part);
  return {uid: event.uid, starts: event.startDate.toUnixTime(), ends: event.endDate.toUnixTime(),
    title: event.summary, description: event.description ?? "", place: event.location ?? "",
    status: part.getFirstPropertyValue("status")};
})));
"""


@pytest.mark.skipif(
    shutil.which("node") is None or not ICAL_JS.is_file(), reason="ical.js is not installed"
)
def test_ical_js_sees_what_was_meant():
    odd = "C:\\New\\\\ ; , é漢😀\nBEGIN:VEVENT"
    entries = [
        replace(
            ENTRY,
            uid=f"{zone}-{n}@x",
            time_zone=zone,
            title=odd,
            description=odd * 5,
            starts_at=utc(2027, month, day, 5) + 15 * n * timedelta(minutes=1),
            ends_at=utc(2027, month, day, 6) + 15 * n * timedelta(minutes=1),
            status="CANCELLED" if n % 2 else "CONFIRMED",
        )
        for zone in PARTNERS
        for month, day in ((3, 14), (11, 7))
        for n in range(30)
    ]
    script = SCRIPT % json.dumps(ICAL_JS.resolve().as_uri())

    answer = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=feed(*entries),
        capture_output=True,
        check=True,
        timeout=60,
    )

    read = json.loads(answer.stdout)
    for event in read:
        event["starts"] = datetime.fromtimestamp(event["starts"], UTC)
        event["ends"] = datetime.fromtimestamp(event["ends"], UTC)
    assert read == [seen(entry) for entry in entries]
