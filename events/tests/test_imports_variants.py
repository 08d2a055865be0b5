"""Versions and languages of the layouts that are not among the samples."""

from datetime import UTC, datetime

from events.domain.imports import gather, read_report
from events.domain.imports.sheet import template
from events.domain.minutes import Span

DENVER = "America/Denver"
ELEVEN = datetime(2027, 2, 17, 18, tzinfo=UTC)
NOON = datetime(2027, 2, 17, 19, tzinfo=UTC)


def read(text, *, encoding="utf-8"):
    return read_report(text.encode(encoding), filename="x.csv", zone=DENVER)


def only(report):
    [person] = gather(report, [Span(ELEVEN, NOON)])
    return person


def test_zoom_with_host_columns_and_a_new_name_for_the_consent_column():
    report = read(
        "Topic,ID,Host name,Host email,Duration (minutes),Start time,End time,Participants\n"
        "Street lights,942 0555,Bo Lee,bo@example.org,61,02/17/2027 10:59:00 AM,,2\n"
        "\n"
        "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,"
        "Recording disclaimer response,In waiting room\n"
        "Bo Lee,bo@example.org,02/17/2027 11:00:00 AM,02/17/2027 12:00:00 PM,60,No,OK,No\n"
    )

    assert (report.layout, report.title) == ("zoom-meeting", "Street lights")
    assert (only(report).in_session_seconds, only(report).kind) == (3600, "host")


def test_teams_of_2022_with_one_table_under_a_summary():
    report = read(
        "Meeting Summary\n"
        "Total Number of Participants\t1\n"
        "Meeting Title\tStreet lights\n"
        "Meeting Start Time\t2/17/2027, 10:58:00 AM\n"
        "\n"
        "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\n"
        "Bo Lee\t2/17/2027, 11:00:00 AM\t2/17/2027, 11:30:00 AM\t30m\tbo@example.org\t"
        "Organizer\tbo@example.org\n",
        encoding="utf-16",
    )

    assert (report.layout, report.title) == ("teams-meeting", "Street lights")
    assert (only(report).present_seconds, only(report).role) == (1800, "organizer")


def test_teams_in_german_is_read_by_the_place_of_its_columns():
    report = read(
        "1. Zusammenfassung\n"
        "Besprechungstitel\tLampen\n"
        "\n"
        "2. Teilnehmer\n"
        "Name\tErster Beitritt\tLetztes Verlassen\tDauer\tE-Mail\tTeilnehmer-ID\tRolle\n"
        "Bo Lee\t17.02.27, 11:00:00\t17.02.27, 12:10:00\t1 Std. 10 Min.\tbo@example.org\tx\tx\n"
        "\n"
        "3. Aktivitäten während der Besprechung\n"
        "\n"
        "Name\tBeitrittszeit\tAbgangszeit\tDauer\tE-Mail\tRolle\n"
        "Bo Lee\t17.02.27, 11:00:00\t17.02.27, 11:10:00\t10 Min.\tbo@example.org\tTeilnehmer\n"
        "Bo Lee\t17.02.27, 11:50:00\t17.02.27, 12:10:00\t20 Min.\tbo@example.org\tTeilnehmer\n"
    )

    assert (only(report).present_seconds, only(report).in_session_seconds) == (1800, 1200)


def test_teams_without_the_section_of_stays_gives_an_upper_bound():
    report = read(
        "1. Summary\n"
        "Meeting title\tStreet lights\n"
        "\n"
        "2. Participants\n"
        "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n"
        "Bo Lee\t2/17/27, 11:00:00 AM\t2/17/27, 12:10:00 PM\t50m\tbo@example.org\t\tAttendee\n"
    )

    assert (report.basis, only(report).present_seconds) == ("bounds", 3000)
    assert only(report).in_session_seconds == 3000


def test_a_day_first_list_with_am_and_pm_is_known_by_a_day_above_twelve():
    report = read(
        "Full Name\tUser Action\tTimestamp\n"
        "Bo Lee\tJoined\t17/02/2027, 11:00:00 am\n"
        "Bo Lee\tLeft\t17/02/2027, 11:30:00 am\n",
        encoding="utf-16",
    )

    assert only(report).spans == [Span(ELEVEN, datetime(2027, 2, 17, 18, 30, tzinfo=UTC))]


def test_a_log_with_a_leaving_too_many_says_so_and_reads_the_rest():
    report = read(
        "Full Name,User Action,Timestamp\n"
        'Bo Lee,Left,"2/17/2027, 10:59:00 AM"\n'
        'Bo Lee,Joined,"2/17/2027, 11:00:00 AM"\n'
        'Bo Lee,Left,"2/17/2027, 11:30:00 AM"\n'
        "Bo Lee,Waved,soon\n"
    )

    assert only(report).present_seconds == 1800
    assert [problem.line for problem in report.problems] == [5, 2]


def test_a_sheet_with_first_and_last_names():
    report = read("First name,Last name,Time in,Time out\nBo,Lee,11:00 am,12 pm\n")

    assert (only(report).name, only(report).in_session_seconds) == ("Bo Lee", 3600)


def test_our_own_template_is_recognised_and_empty():
    report = read_report(template(), filename="template.csv", zone=DENVER)

    assert (report.layout, report.rows) == ("template", [])
