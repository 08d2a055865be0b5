"""Names are whatever somebody typed: kept as plain text, and never more than that."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.domain.imports import gather, read_report
from events.domain.imports.names import address, clean, key_of, kind_of
from events.domain.imports.people import near_address, suggest_merges
from events.domain.imports.text import unwrapped

HEADING = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
TIMES = "01/13/2027 11:00:00 AM,01/13/2027 11:30:00 AM,30,No\n"


def report_of(*people):
    rows = "".join(f'"{name}",{email},{TIMES}' for name, email in people)
    return read_report((HEADING + rows).encode(), filename="x.csv", zone="America/Denver")


def people_of(*people):
    return gather(report_of(*people), [])


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("@SUM(1+1)", "@SUM(1+1)"),
        ("<b>Bold</b>", "<b>Bold</b>"),
        ("Ana\r\nBcc: all@example.org", "Ana Bcc: all@example.org"),
        ("Ana\x07 Ru\x1biz", "Ana Ruiz"),
        ("محمد علي", "محمد علي"),
        ("Ana\N{RIGHT-TO-LEFT OVERRIDE}ziuR", "AnaziuR"),
        ("Mai Trần 🌵", "Mai Trần 🌵"),
        ("  Ana \N{NO-BREAK SPACE}  Ruiz ", "Ana Ruiz"),
        ("Jose\N{COMBINING ACUTE ACCENT}", "José"),
    ],
)
def test_a_name_is_shown_as_one_line_of_plain_text(written, shown):
    [row] = report_of((written, "a@example.org")).rows

    assert row.name == shown


def test_only_a_formula_that_holds_one_text_is_opened():
    assert unwrapped('="2027-04-07 14:00:00"') == "2027-04-07 14:00:00"
    assert unwrapped('=HYPERLINK("https://example.org","x")') == (
        '=HYPERLINK("https://example.org","x")'
    )
    assert unwrapped('="a"&"b"') == '="a"&"b"'


def test_a_very_long_name_is_cut_and_pointed_out():
    report = report_of(("x" * 301, "a@example.org"), ("y" * 300, "b@example.org"))

    assert [len(row.name) for row in report.rows] == [300, 300]
    assert report.rows[0].name.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert [(problem.row, problem.message) for problem in report.problems] == [
        (1, "The name is longer than 300 characters and was cut.")
    ]


@given(st.text(max_size=60))
def test_cleaning_leaves_no_control_signs_and_is_done_once(text):
    once = clean(text)

    assert clean(once) == once
    assert not [sign for sign in once if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}]
    assert once == unicodedata.normalize("NFC", once)


def test_a_key_is_the_address_without_regard_to_capitals_and_blanks():
    people = people_of(("Ana", " Ana.Ruiz@Example.ORG "), ("Ana R.", "ana.ruiz@example.org"))

    assert [(p.key, p.rows) for p in people] == [("email:ana.ruiz@example.org", [1, 2])]


def test_without_an_address_the_key_is_the_folded_name_without_markers():
    people = people_of(
        ("ANA  Ruiz (External)", ""), ("Ana Ruiz (Unverified)", ""), ("ana ruiz", "")
    )

    assert [(p.key, p.rows) for p in people] == [("name:ana ruiz", [1, 2, 3])]


def test_what_is_no_address_is_said_and_the_row_goes_by_its_name():
    report = report_of(("Ana", "ana at example"))

    assert report.rows[0].key == "name:ana"
    assert "is no e-mail address" in report.problems[0].message


@pytest.mark.parametrize(
    "text",
    [
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "a b@example.org",
        "ana@ex..org",
        "x" * 300 + "@a.b",
    ],
)
def test_what_is_no_address_is_none(text):
    assert address(text) == ""


def test_rows_without_name_and_address_belong_to_nobody_together():
    people = people_of(("", ""), (" ", ""))

    assert [person.rows for person in people] == [[1], [2]]
    assert {person.kind for person in people} == {"unknown"}
    assert key_of("", "", number=4) != key_of("", "", number=5)


@pytest.mark.parametrize(
    ("name", "email", "kind"),
    [
        ("Ana Ruiz", "ana@example.org", "person"),
        ("Ana Ruiz", "", "person"),
        ("13035550142", "", "caller"),
        ("1816***0177", "", "caller"),
        ("+1 904 555 0133", "", "caller"),
        ("Call-in User_2", "", "caller"),
        ("Otter.ai Notetaker (Elena)", "", "bot"),
        ("Fireflies.ai Notetaker Marcus", "bot@example.com", "bot"),
        ("Ana's AI Assistant", "", "bot"),
        ("Room 2B Salt Creek", "", "room"),
        ("City Council Chambers", "chambers@example.org", "room"),
        ("Anonymous Attendee", "", "unknown"),
        ("iPhone", "", "unknown"),
        ("Ana's iPhone", "", "person"),
        ("Roomi Readington", "", "person"),
        ("Xiomara Xiong (Host)", "", "host"),
    ],
)
def test_what_a_row_seems_to_be(name, email, kind):
    assert kind_of(name, email, role="attendee") == kind


def test_roles_tell_hosts_and_panelists():
    assert kind_of("Ana", "", role="organizer") == "host"
    assert kind_of("Ana", "", role="panelist") == "panelist"


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("rokafor@example.com", "rokafoor@example.com", "one letter"),
        ("zmbeki@example.com", "zmbeik@example.com", "one letter"),
        ("ana@example.com", "room.ana@example.com", "room or device"),
        ("ana@example.com", "ana@example.org", ""),
        ("mgarcia@example.com", "maria.garcia@example.com", ""),
        ("ana@example.com", "", ""),
    ],
)
def test_addresses_that_are_nearly_equal(one, other, said):
    evidence = near_address(one, other)

    assert said in evidence
    assert bool(evidence) == bool(said)


def test_two_people_of_one_name_are_never_added_up():
    people = people_of(("Maria Garcia", "maria@example.org"), ("Maria Garcia", "mg@example.com"))

    assert len(people) == 2
    assert suggest_merges(people, []) == []
