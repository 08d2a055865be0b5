"""Network files: what is refused with which sentence, and what comes out of a good one."""

import json

import pytest
from django.core.management import CommandError, call_command

from config.network import shape
from events.models import Event, EventHost
from programmes.models import Alliance, Organisation, OutboxEntry, Programme, Speaker, Topic

pytestmark = pytest.mark.django_db


def network(**changes) -> dict:
    """A small network of two alliances and one joint event."""
    return {
        "alliances": [
            {
                "slug": "lake-erie",
                "name": "Lake Erie Ring",
                "short_name": "LER",
                "region": "Lake Erie",
                "city": "Toledo",
                "states": ["OH"],
                "zone": "America/Detroit",
            },
            {
                "slug": "ozark",
                "name": "Ozark Connected",
                "short_name": "Ozark",
                "region": "Ozarks",
                "city": "Springfield",
                "states": ["MO"],
                "zone": "America/Chicago",
            },
        ],
        "topics": [{"slug": "water", "name": "Water"}],
        "organisations": [
            {
                "slug": "toledo",
                "name": "City of Toledo",
                "kind": "local_government",
                "alliances": ["lake-erie"],
            }
        ],
        "speakers": [{"slug": "ana-ruiz", "name": "Ana Ruiz", "organisation": "toledo"}],
        "programmes": [
            {
                "slug": "pipes",
                "name": "Pipes",
                "kind": "webinar_series",
                "lead": "lake-erie",
                "completion": {"attendance": {"min_percent": 70}},
            }
        ],
        "events": [event()],
        **changes,
    }


def event(**changes) -> dict:
    return {
        "slug": "leaks",
        "title": "Leaks",
        "kind": "webinar",
        "programme": "pipes",
        "lead_host": "lake-erie",
        "co_hosts": ["ozark"],
        "zone": "America/Detroit",
        "start_local": "2027-03-02T09:00",
        "end_local": "2027-03-02T10:00",
        "start_utc": "2027-03-02T14:00Z",
        "breaks": [{"start_local": "2027-03-02T09:20", "end_local": "2027-03-02T09:30"}],
        "topics": ["water"],
        "speakers": ["ana-ruiz"],
        "credits": [{"scheme": "PDH", "amount": "0.75", "minutes_per_unit": 50}],
        **changes,
    }


@pytest.fixture
def load(tmp_path, capsys):
    """Import a network given as a dict; returns what was printed."""

    def run(content: object, *words: str) -> str:
        file = tmp_path / "network.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        call_command("import_network", str(file), *words)
        return capsys.readouterr().out

    return run


def counts() -> list[int]:
    tables = (Alliance, Topic, Organisation, Speaker, Programme, Event)
    return [table.objects.count() for table in tables]


def test_a_good_file_is_imported_whole(load):
    load(network())

    assert counts() == [2, 1, 1, 1, 1, 1]
    made = Event.objects.get()
    assert (made.status, made.programme.slug, made.attendance_percent) == ("published", "pipes", 70)
    assert made.sessions.get().breaks.get().starts_local == "2027-03-02T09:20"
    assert [str(credit) for credit in made.credits.all()] == ["0.75 PDH"]
    assert set(EventHost.objects.values_list("alliance__slug", "role", "state")) == {
        ("lake-erie", "lead", "accepted"),
        ("ozark", "co-host", "accepted"),
    }


def test_nobody_is_written_to_about_what_was_agreed_long_ago(load, make_person):
    make_person(is_operator=True)  # is written to where an alliance has nobody of its own

    load(network())

    assert set(OutboxEntry.objects.values_list("state", flat=True)) == {"cancelled"}


def test_importing_it_again_changes_nothing(load):
    load(network())
    before = list(Alliance.objects.values())

    said = load(network())

    assert "alliances: 0 new, 0 changed, 2 as they were" in said
    assert list(Alliance.objects.values()) == before


def test_a_changed_entry_changes_its_row_and_no_other(load):
    load(network())

    said = load(network(topics=[{"slug": "water", "name": "Water and sewers"}]))

    assert "topics: 0 new, 1 changed, 0 as they were" in said
    assert Topic.objects.get().name == "Water and sewers"


def test_a_dry_run_checks_everything_and_writes_nothing(load):
    said = load(network(), "--dry-run")

    assert "events: 1 new" in said
    assert counts() == [0] * 6


def test_a_file_of_events_alone_may_speak_of_what_is_there(load):
    load(network(events=[]))

    load({"events": [event()]})

    assert Event.objects.get().lead.slug == "lake-erie"


def test_new_alliances_get_a_free_code_and_the_next_position(load):
    load(network())

    other = {**network()["alliances"][0], "slug": "second", "name": "Second"}
    load({"alliances": [other]})

    assert list(Alliance.objects.values_list("slug", "code", "mark", "position")) == [
        ("lake-erie", "ler", "OH", 0),
        ("ozark", "ozark", "MO", 1),
        ("second", "ler2", "OH", 2),
    ]


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (
            {"zone": "Mars/Base"},
            "events[0] (leaks).zone: “Mars/Base” is not a time zone; "
            "write one such as America/Denver.",
        ),
        (
            {"end_local": "2027-02-30T10:00"},
            "events[0] (leaks).end_local: “2027-02-30T10:00” is not a wall time such as "
            "2027-01-13T11:00.",
        ),
        ({"topics": ["fire"]}, "events[0].topics (leaks): no “fire” in topics."),
        ({"co_hosts": ["mars"]}, "events[0].co_hosts (leaks): no “mars” in alliances."),
        (
            {"start_utc": "2027-03-02T15:00Z"},
            "events[0].start_utc (leaks): 2027-03-02T09:00 in America/Detroit is not "
            "2027-03-02T15:00Z.",
        ),
        ({"status": "cancelled"}, "events[0].reason (leaks): say why it was canceled."),
        (
            {"start_local": "2027-03-14T02:30", "start_utc": "", "breaks": []},
            "events[0] (leaks):",
        ),
        (
            {"recurrence": {"rrule": "FREQ=HOURLY"}, "breaks": []},
            "events[0] (leaks):",
        ),
        ({"capacity": 0}, "events[0] (leaks).capacity: Input should be greater than 0."),
    ],
)
def test_a_fault_is_told_with_list_index_and_field(load, broken, sentence):
    with pytest.raises(CommandError) as refused:
        load(network(events=[event(**broken)]))

    assert sentence in str(refused.value)
    assert counts() == [0] * 6


def test_every_fault_of_a_file_is_told_at_once():
    with pytest.raises(shape.BrokenFile) as broken:
        shape.read(
            json.dumps(network(events=[event(topics=["a", "b"]), event()])),
            known={},
        )

    assert broken.value.faults == [
        "events[1].slug: “leaks” stands in events[0] too.",
        "events[0].topics (leaks): no “a” in topics.",
        "events[0].topics (leaks): no “b” in topics.",
    ]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"events": 7}', '"text"', "null"])
def test_what_is_no_network_file_is_refused_in_words(load, content):
    with pytest.raises(CommandError, match="was not imported"):
        load(content)


def test_a_missing_file_is_refused_in_words(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_network", str(tmp_path / "nowhere.json"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"completion": {"all_of": [{"rule": "moonlight"}]}}, "There is no rule “moonlight”"),
        (
            {
                "completion": {"all_of": [{"rule": "min_events", "count": 2}]},
                "sets": {"programme": ["leaks"]},
            },
            "2 events are asked for, but the program has 1 event.",
        ),
        ({"sets": {"electives": []}}, "The set “electives” is empty."),
    ],
)
def test_completion_rules_that_cannot_be_are_refused_with_the_program_s_name(load, changes, said):
    programme = {**network()["programmes"][0], **changes}

    with pytest.raises(CommandError) as no:
        load(network(programmes=[programme]))

    assert "programmes (pipes)." in str(no.value)
    assert said in str(no.value)
    assert counts() == [0] * 6
