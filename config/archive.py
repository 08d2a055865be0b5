"""Backup and restore: the database as of one moment and the media files, in one .tar.gz.

SECRET_KEY is not in it: whoever has an archive could sign links with it. Keep it elsewhere.
"""

import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from kit.errors import Refused
from programmes.models import Alliance, Person

BUSY_SECONDS = 60
IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
MANIFEST, MEDIA = "manifest.json", "media"
FORMATS = {
    "sqlite": "database.sqlite3",  # a copy by SQLite's own backup call
    "pg_dump": "database.pgdump",  # pg_dump's custom format
    "json": "database.json",  # Django's dumpdata, where pg_dump is not installed
}
LEFT_OUT = ("contenttypes", "auth.permission", "sessions", "admin.logentry", "django_q")


class CannotRestore(Refused):
    """The archive does not fit this installation, or what is there would be lost."""

    code = "cannot-restore"


class CannotBackUp(Refused):
    code = "cannot-back-up"


def write(target: Path, *, at: datetime) -> dict[str, Any]:
    """Write an archive to ``target``, whole or not at all; returns its manifest.

    The database comes first and the files after it: a file is there before the row that names it,
    so no row of the copy lacks its file. Raises CannotBackUp.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.part")
    with tempfile.TemporaryDirectory(prefix="lyceum-backup-") as name:
        kind = _kind()
        copy = Path(name) / FORMATS[kind]
        _copy_database(kind, copy)
        manifest = {
            "made_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "database": kind,
            "migrations": _migrations(),
            "media_files": len(_media_files()),
        }
        with tarfile.open(draft, "w:gz") as archive:
            _add_text(archive, MANIFEST, json.dumps(manifest, indent=1), at=at)
            archive.add(copy, FORMATS[kind])
            for path in _media_files():
                archive.add(path, f"{MEDIA}/{path.relative_to(settings.MEDIA_ROOT)}")
    draft.chmod(0o600)
    draft.rename(target)
    return manifest


def read(source: Path) -> dict[str, Any]:
    """The manifest of an archive. Raises CannotRestore where it is none of ours."""
    try:
        with tarfile.open(source) as archive:
            inside = archive.extractfile(MANIFEST)
            manifest = json.load(inside) if inside else {}
    except (OSError, tarfile.TarError, KeyError, ValueError) as fault:
        raise CannotRestore(f"{source} is not a backup of Lyceum.") from fault
    if manifest.get("database") not in FORMATS:
        raise CannotRestore(f"{source} is not a backup of Lyceum.")
    return dict(manifest)


def check(source: Path, *, force: bool) -> dict[str, Any]:
    """The manifest of an archive that can be restored here now. Raises CannotRestore."""
    manifest = read(source)
    kind, here = manifest["database"], connection.vendor
    fits = {"sqlite": here == "sqlite", "pg_dump": here == "postgresql", "json": True}[kind]
    if not fits:
        raise CannotRestore(f"The archive is of another database ({kind}) than this one ({here}).")
    if unknown := set(manifest["migrations"]) - set(_known_migrations()):
        raise CannotRestore(
            f"The archive is of a newer Lyceum: this one does not know {min(unknown)}."
        )
    if not force and not is_empty():
        raise CannotRestore("There is data here already. Say --force to replace all of it.")
    return manifest


def restore(source: Path, *, force: bool) -> dict[str, Any]:
    """Replace database and media files by the archive's; returns its manifest.

    Raises CannotRestore, and then nothing has changed.
    """
    manifest = check(source, force=force)
    with tempfile.TemporaryDirectory(prefix="lyceum-restore-") as name:
        folder = Path(name)
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        kind = manifest["database"]
        _restore_database(kind, folder / FORMATS[kind])
        _restore_media(folder / MEDIA)
    return manifest


def is_empty() -> bool:
    """Nobody and nothing is in the database, or it has no tables yet."""
    if Person._meta.db_table not in connection.introspection.table_names():
        return True
    return not (Person.objects.exists() or Alliance.objects.exists())


def _kind() -> str:
    if connection.vendor == "sqlite":
        return "sqlite"
    return "pg_dump" if shutil.which("pg_dump") else "json"


def _copy_database(kind: str, copy: Path) -> None:
    if kind == "sqlite":
        if connection.in_atomic_block:
            raise CannotBackUp("A copy cannot be made inside a transaction of one's own.")
        connection.ensure_connection()
        target = sqlite3.connect(copy)
        connection.connection.backup(target, progress=_patience(CannotBackUp))
        target.close()
    elif kind == "pg_dump":
        _run(["pg_dump", "--format=custom", "--no-owner", f"--file={copy}"], CannotBackUp)
    else:
        with copy.open("w") as out:
            call_command("dumpdata", "--natural-foreign", exclude=list(LEFT_OUT), stdout=out)


def _restore_database(kind: str, copy: Path) -> None:
    if kind == "sqlite":
        connection.ensure_connection()
        source = sqlite3.connect(copy)
        source.backup(connection.connection, progress=_patience(CannotRestore))
        source.close()
    elif kind == "pg_dump":
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
        _run(["pg_restore", *options, "--dbname", _name(), str(copy)], CannotRestore)
    else:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("flush", interactive=False, verbosity=0)
        call_command("loaddata", str(copy), verbosity=0)
    call_command("migrate", interactive=False, verbosity=0)


def _patience(refusal: type[Refused]) -> Callable[[int, int, int], None]:
    """Called after each step: SQLite tries again for ever while somebody else writes."""
    until = time.monotonic() + BUSY_SECONDS

    def look(status: int, remaining: int, total: int) -> None:
        if status in IN_USE and time.monotonic() > until:
            raise refusal("The database is in use. Stop the web server and the workers first.")

    return look


def _run(command: list[str], refusal: type[Refused]) -> None:
    """Run a PostgreSQL tool against our database; its words go into the refusal."""
    facts = connection.settings_dict
    environment = {
        "PGHOST": facts["HOST"],
        "PGPORT": str(facts["PORT"]),
        "PGUSER": facts["USER"],
        "PGPASSWORD": facts["PASSWORD"],
        "PGDATABASE": _name(),
    }
    program = shutil.which(command[0])
    if program is None:
        raise refusal(f"{command[0]} is not installed here.")
    connection.close()
    done = subprocess.run(  # noqa: S603  our own words and the settings', nothing a visitor sent
        [program, *command[1:]],
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise refusal(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _restore_media(folder: Path) -> None:
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    wanted = [path for path in folder.rglob("*") if path.is_file()]
    for path in wanted:
        target = root / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    kept = {root / path.relative_to(folder) for path in wanted}
    for path in _media_files():
        if path not in kept:
            path.unlink()


def _media_files() -> list[Path]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else []


def _migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _known_migrations() -> list[str]:
    graph = MigrationExecutor(connection).loader.disk_migrations or {}
    return [f"{app}.{name}" for app, name in graph]


def _add_text(archive: tarfile.TarFile, name: str, text: str, *, at: datetime) -> None:
    raw = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime = len(raw), int(at.timestamp())
    archive.addfile(entry, io.BytesIO(raw))
