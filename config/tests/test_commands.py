"""The commands that look after an installation: keys, outbox, doctor, backup, lists, reports."""

import io
import json
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from config import archive, diagnosis, schedules
from events.models import Attendance, AttendanceImport, Event
from kit.ids import token_hash
from programmes.domain import delivery, tidying
from programmes.models import Alliance, ApiKey, IdempotentAnswer, OutboxEntry

pytestmark = pytest.mark.django_db
State = OutboxEntry.State


def run(command: str, *words: str, **options) -> str:
    out = io.StringIO()
    call_command(command, *words, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def entry(kind: str = "events/registration-confirmed", **fields) -> OutboxEntry:
    number = OutboxEntry.objects.count()
    values = {"key": f"{kind}:{number}", "subject": "events.registration:0", "kind": kind}
    values["due_at"] = timezone.now() - timedelta(seconds=1)
    return OutboxEntry.objects.create(**{**values, **fields})


# --- keys ----------------------------------------------------------------------------------------


def test_the_key_is_alone_on_the_last_line_and_only_its_hash_is_kept(make_person):
    ana = make_person("ana", email="Ana@Town.example")

    said = run("create_api_key", "--person", " ana@town.EXAMPLE ", "--name", "website")

    token = said.splitlines()[-1]
    key = ApiKey.objects.get()
    assert (key.person, key.name, key.scopes) == (ana, "website", [])
    assert key.token_hash == token_hash(token)
    assert token not in json.dumps(list(ApiKey.objects.values()), default=str)


def test_scopes_narrow_a_key(make_person):
    make_person("ana", email="ana@town.example")

    words = ["--scope", "events:read", "--scope", "attendance:write"]
    run("create_api_key", "--person", "ana@town.example", "--name", "x", *words)

    assert ApiKey.objects.get().scopes == ["attendance:write", "events:read"]


@pytest.mark.parametrize(
    "words",
    [
        ["--person", "nobody@town.example", "--name", "x"],
        ["--person", "ana@town.example", "--name", " "],
        ["--person", "ana@town.example", "--name", "x" * 121],
        ["--person", "ana@town.example", "--name", "x", "--scope", "everything"],
        ["--person", "left@town.example", "--name", "x"],
    ],
)
def test_a_key_for_nobody_or_without_a_name_or_for_no_scope_is_refused(make_person, words):
    make_person("ana", email="ana@town.example")
    make_person("left", email="left@town.example", is_active=False)

    with pytest.raises(CommandError):
        run("create_api_key", *words)

    assert not ApiKey.objects.exists()


def test_a_dry_run_makes_no_key(make_person):
    make_person("ana", email="ana@town.example")

    run("create_api_key", "--person", "ana@town.example", "--name", "x", "--dry-run")

    assert not ApiKey.objects.exists()


# --- outbox --------------------------------------------------------------------------------------


def test_drain_carries_out_what_is_due_and_says_how_much(make_event, make_registration, mailoutbox):
    registration = make_registration(make_event(), name="Ana Ruiz")
    waiting = entry(subject=f"events.registration:{registration.pk}")
    later = entry(due_at=timezone.now() + timedelta(hours=1))

    assert run("drain") == "Outbox: 1 done, 0 failed\n"

    waiting.refresh_from_db()
    later.refresh_from_db()
    assert (waiting.state, later.state) == (State.DONE, State.READY)
    assert len(mailoutbox) == 1


def test_drain_ends_although_an_entry_fails():
    broken = entry(kind="unknown/kind")

    assert run("drain") == "Outbox: 0 done, 0 failed\n"

    broken.refresh_from_db()
    assert (broken.state, broken.attempts) == (State.READY, 1)


def test_a_dry_drain_only_counts():
    waiting = entry()

    assert run("drain", "--dry-run") == "Outbox: 1 waiting\n"

    waiting.refresh_from_db()
    assert waiting.attempts == 0


def test_tidying_keeps_what_is_young_and_what_failed():
    now = timezone.now()
    old = now - timedelta(days=91)
    gone = [
        entry(state=State.DONE, done_at=old),
        entry(state=State.CANCELLED),
    ]
    kept = [
        entry(state=State.DONE, done_at=now),
        entry(state=State.DEAD),
        entry(),
    ]
    OutboxEntry.objects.exclude(pk=kept[0].pk).update(made_at=old)
    for name, made_at in (("old", now - timedelta(hours=25)), ("new", now)):
        answer = IdempotentAnswer.objects.create(caller="anyone", key=name, request_hash="x")
        IdempotentAnswer.objects.filter(pk=answer.pk).update(made_at=made_at)

    assert tidying.tidy(at=now) == {"done": 1, "cancelled": 1, "answers": 1}

    assert set(OutboxEntry.objects.all()) == set(kept)
    assert not set(OutboxEntry.objects.all()) & set(gone)
    assert IdempotentAnswer.objects.get().key == "new"


# --- doctor --------------------------------------------------------------------------------------


def findings() -> dict[str, diagnosis.Finding]:
    return {finding.about: finding for finding in diagnosis.examine()}


def test_the_doctor_has_a_sentence_for_everything(settings, tmp_path):
    settings.MEDIA_ROOT = settings.EMAIL_FILE_PATH = tmp_path
    found = findings()

    assert len(found) == len(diagnosis.LOOKS)
    assert all(finding.sentence.endswith(".") for finding in found.values())


def test_the_doctor_is_content_with_beating_workers_and_finds_silent_ones():
    schedules.sync(at=timezone.now())
    assert not findings()["Workers"].is_well

    delivery.beat()

    assert findings()["Workers"].is_well
    assert findings()["Schedules"].is_well
    assert findings()["Migrations"].is_well


def test_the_doctor_finds_failed_effects():
    entry(state=State.DEAD)

    assert findings()["Outbox"].sentence.startswith("1 failed or unsure")


def test_the_doctor_finds_an_unreachable_mail_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert "127.0.0.1:1 cannot be reached" in findings()["Mail"].sentence


def test_the_doctor_finds_a_weak_key_in_production(settings):
    settings.DEBUG, settings.SECRET_KEY, settings.HTTPS = False, "a" * 60, True

    assert "SECRET_KEY is weak" in findings()["Keys"].sentence


def test_the_doctor_finds_missing_fonts(settings, tmp_path):
    settings.FONT_DIR = tmp_path

    assert "build_fonts" in findings()["Fonts"].sentence


def test_the_doctor_ends_with_an_error_where_something_is_wrong():
    with pytest.raises(CommandError, match="need attention"):
        run("doctor")


# --- backup --------------------------------------------------------------------------------------


@pytest.fixture
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_a_manifest_the_database_and_the_files(make_alliance, media, tmp_path):
    make_alliance("Plains")
    default_storage.save("certificates/aa/x.pdf", io.BytesIO(b"%PDF"))
    target = tmp_path / "b.tar.gz"

    run("backup", str(target))

    manifest = archive.read(target)
    with tarfile.open(target) as kept:
        names = kept.getnames()
    assert names == [
        "manifest.json",
        archive.FORMATS[manifest["database"]],
        "media/certificates/aa/x.pdf",
    ]
    assert manifest["media_files"] == 1
    assert target.stat().st_mode & 0o077 == 0


def test_a_backup_never_writes_over_another_and_a_dry_run_writes_none(media, tmp_path):
    target = tmp_path / "b.tar.gz"
    assert run("backup", str(target), "--dry-run") == f"Would write {target}\n"
    assert not target.exists()

    target.write_text("an earlier one")
    with pytest.raises(CommandError, match="there already"):
        run("backup", str(target))
    assert target.read_text() == "an earlier one"


@pytest.mark.django_db(transaction=True)
def test_restoring_over_data_is_refused_unless_forced(make_alliance, media, tmp_path):
    target = tmp_path / "b.tar.gz"
    run("backup", str(target))
    make_alliance("Plains")

    with pytest.raises(CommandError, match="--force"):
        run("restore", str(target))

    assert Alliance.objects.get().name == "Plains"
    assert "Would restore" in run("restore", str(target), "--force", "--dry-run")


@pytest.mark.django_db(transaction=True)
def test_what_was_backed_up_comes_back_and_what_came_later_is_gone(make_alliance, media, tmp_path):
    make_alliance("Plains")
    default_storage.save("certificates/aa/x.pdf", io.BytesIO(b"%PDF first"))
    target = tmp_path / "b.tar.gz"
    run("backup", str(target))
    make_alliance("Later")
    default_storage.delete("certificates/aa/x.pdf")
    default_storage.save("certificates/bb/y.pdf", io.BytesIO(b"%PDF later"))

    run("restore", str(target), "--force")

    assert Alliance.objects.get().name == "Plains"
    assert [path.relative_to(media).as_posix() for path in media.rglob("*.pdf")] == [
        "certificates/aa/x.pdf"
    ]


def test_what_is_no_backup_or_of_a_newer_version_is_refused(media, tmp_path):
    stray = tmp_path / "stray.tar.gz"
    stray.write_bytes(b"not a tar")
    with pytest.raises(CommandError, match="not a backup of Lyceum"):
        run("restore", str(stray))

    newer = tmp_path / "newer.tar.gz"
    manifest = {"database": "json", "migrations": ["events.9999_later"], "media_files": 0}
    raw = json.dumps(manifest).encode()
    with tarfile.open(newer, "w:gz") as out:
        facts = tarfile.TarInfo("manifest.json")
        facts.size = len(raw)
        out.addfile(facts, io.BytesIO(raw))
    with pytest.raises(CommandError, match=r"newer Lyceum.*events\.9999_later"):
        run("restore", str(newer))


# --- events --------------------------------------------------------------------------------------


def test_events_are_listed_with_time_status_and_seats(make_alliance, make_event):
    plains = make_alliance("Plains")
    make_event(lead=plains, slug="fiber", title="Fiber", capacity=5)
    make_event(slug="other", starts="2027-02-01T09:00", status="draft", published_at=None)

    assert run("list_events", "--alliance", plains.slug).splitlines() == [
        "fiber\t2027-01-13 11:00 America/Denver\tpublished\t0/5\tFiber",
        "1 events",
    ]
    assert run("list_events", "--status", "draft").splitlines()[-1] == "1 events"
    with pytest.raises(CommandError, match="No alliance “nowhere”"):
        run("list_events", "--alliance", "nowhere")


def test_the_calendar_is_written_as_the_feed_has_it(make_event, tmp_path):
    make_event(slug="fiber", title="Fiber")
    target = tmp_path / "all.ics"

    run("export_calendar", "--output", str(target))

    text = target.read_bytes()
    assert text.startswith(b"BEGIN:VCALENDAR\r\n")
    assert text.count(b"BEGIN:VEVENT") == 1
    assert b"SUMMARY:Fiber\r\n" in text
    assert run("export_calendar", "--event", "fiber").count("BEGIN:VEVENT") == 1


def test_a_calendar_of_something_unknown_is_refused():
    with pytest.raises(CommandError, match="nope"):
        run("export_calendar", "--topic", "nope")


REPORT = Path(settings.BASE_DIR, "events/tests/attendance/zoom_meeting_with_meeting_data.csv")


@pytest.fixture
def bead(make_event, make_registration) -> Event:
    event = make_event(slug="bead", starts="2027-01-13T11:00", minutes=90)
    make_registration(event, name="Xiomara Xiong", email="xiongxi@heartlandmesh.example")
    return event


@pytest.mark.parametrize("words", [(), ("--zone", "America/Denver")])
def test_a_report_is_read_applied_and_taken_once(bead, make_registration, words):
    for _ in range(2):
        said = run("import_attendance", "bead", str(REPORT), *words)

    assert said.startswith("Applied: ")
    assert "190 rows, 120 people" in said
    assert AttendanceImport.objects.get().state == AttendanceImport.State.APPLIED
    assert Attendance.objects.count() <= 1


def test_a_report_can_be_left_for_review_or_only_looked_at(bead):
    assert run("import_attendance", "bead", str(REPORT), "--dry-run").startswith("Would take in")
    assert not AttendanceImport.objects.exists()

    run("import_attendance", "bead", str(REPORT), "--review")
    assert AttendanceImport.objects.get().state == AttendanceImport.State.READ


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere", str(REPORT)), "No event “nowhere”"),
        (("bead", "/nowhere.csv"), "cannot be read"),
        (("bead", str(REPORT), "--zone", "Mars/Base"), "not a time zone"),
        (("bead", __file__), "."),
    ],
)
def test_what_cannot_be_imported_is_refused_in_words(bead, words, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("import_attendance", *words)

    assert not AttendanceImport.objects.exists()
