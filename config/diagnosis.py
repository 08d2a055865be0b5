"""What can be wrong with an installation, each told in a sentence."""

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.utils import timezone

from certificates.domain import fonts
from config import machine, schedules
from events.domain import redrawing
from programmes.models import Heartbeat, OutboxEntry
from programmes.outbox import last_beat

SILENT = timedelta(seconds=180)
LATE = timedelta(seconds=300)
MOST_SKEW = timedelta(seconds=5)
LEAST_FREE = 500_000_000
"""Bytes free on a disk that keeps the data: a day of certificates and a backup fit."""


class Finding(NamedTuple):
    """One thing looked at: what, whether it is well, and the sentence about it."""

    about: str
    is_well: bool
    sentence: str


def examine() -> Iterator[Finding]:
    """Look at everything, one after the other; a fault of one look does not stop the others."""
    for look in LOOKS:
        about = (look.__doc__ or "").rstrip(".")
        try:
            sentence = look()
        except Unwell as unwell:
            yield Finding(about, False, str(unwell))
        except Exception as fault:  # one look of many: the others go on
            yield Finding(about, False, f"{type(fault).__name__}: {fault}")
        else:
            yield Finding(about, True, sentence)


class Unwell(Exception):
    """What a look found wrong, and what to do about it."""


def database() -> str:
    """Database."""
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    took = (time.monotonic() - began) * 1000
    return f"{connection.vendor} answers in {took:.0f} ms."


def migrations() -> str:
    """Migrations."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise Unwell(f"{len(waiting)} are waiting: run `manage.py migrate`.")
    return "The tables fit the code."


def workers() -> str:
    """Workers."""
    beat = last_beat()
    if beat is None:
        raise Unwell("They have never run: start them with `manage.py run_workers`.")
    silent = timezone.now() - beat
    if silent > SILENT:
        raise Unwell(f"Silent for {_words(silent)}: look whether `run_workers` is running.")
    return f"Last seen {_words(silent)} ago."


def outbox() -> str:
    """Outbox."""
    failed = OutboxEntry.objects.filter(
        state__in=[OutboxEntry.State.DEAD, OutboxEntry.State.UNSURE]
    ).count()
    due = OutboxEntry.objects.open().filter(due_at__lte=timezone.now() - LATE).count()
    if failed or due:
        raise Unwell(f"{failed} failed or unsure, {due} waiting for more than five minutes.")
    return "Nothing failed, nothing late."


def clock_table() -> str:
    """Schedules."""
    changes = schedules.sync(at=timezone.now(), dry_run=True)
    if changes:
        raise Unwell(f"{len(changes)} differ: run `manage.py sync_schedules`.")
    return f"{len(schedules.TABLE)} periodic tasks, as in the code."


def mail() -> str:
    """Mail."""
    if settings.EMAIL_BACKEND == "kit.mail.EmlFiles":
        folder = Path(settings.EMAIL_FILE_PATH)
        _need_writable(folder)
        return f"Written as files into {folder}; set EMAIL_URL to send it."
    sender = get_connection()
    try:
        sender.open()
        sender.close()
    except OSError as fault:
        host = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        raise Unwell(f"{host} cannot be reached ({fault}): look at EMAIL_URL.") from fault
    return "The mail server answers."


def calendars() -> str:
    """Calendars."""
    ready, total, _ = redrawing.progress()
    if ready < total:
        return f"{ready:,} of {total:,} entries are written; the workers write the others."
    return f"All {total:,} entries are written."


def faces() -> str:
    """Fonts."""
    missing = [face.file for face in fonts.FACES if face not in fonts.present()]
    if missing:
        raise Unwell(f"{', '.join(missing)} not built: run `manage.py build_fonts`.")
    return "All built."


def libraries() -> str:
    """Certificate libraries."""
    missing = machine.missing_libraries()
    if missing:
        manager = machine.package_manager()
        command = machine.install_command(manager, machine.PANGO[manager])
        raise Unwell(f"{', '.join(missing)} cannot be loaded: install with “{command}”.")
    return "Pango and what it needs load."


def keys() -> str:
    """Keys."""
    if settings.DEBUG:
        return "A development key; fine while DEBUG is on."
    if len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 5:
        raise Unwell("SECRET_KEY is weak: use 50 random characters or more.")
    if not settings.HTTPS:
        raise Unwell("PUBLIC_BASE_URL is not https: cookies and links could be read on the way.")
    return "SECRET_KEY is long, the site is https."


def clock() -> str:
    """Clock."""
    if connection.vendor == "sqlite":
        return "The database is in this machine and has its clock."
    Heartbeat.objects.get_or_create(name="doctor", defaults={"at": Now()})
    Heartbeat.objects.filter(name="doctor").update(at=Now())
    told = Heartbeat.objects.values_list("at", flat=True).get(name="doctor")
    skew = abs(datetime.now(UTC) - told)
    if skew > MOST_SKEW:
        raise Unwell(f"{skew.total_seconds():.0f} s apart from the database's: set up NTP.")
    return f"Within {skew.total_seconds():.1f} s of the database's."


def disk() -> str:
    """Disk."""
    said = []
    for folder in (settings.VAR_DIR, Path(settings.MEDIA_ROOT)):
        _need_writable(folder)
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE:
            raise Unwell(f"Only {free // 1_000_000} MB are free in {folder}: make room.")
        said.append(f"{free / 1e9:.1f} GB free in {folder}")
    return "; ".join(said) + "."


LOOKS: tuple[Callable[[], str], ...] = (
    database,
    migrations,
    workers,
    outbox,
    clock_table,
    mail,
    calendars,
    faces,
    libraries,
    keys,
    clock,
    disk,
)


def _need_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".lyceum-doctor"
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as fault:
        raise Unwell(f"{folder} cannot be written ({fault.strerror}).") from fault


def _words(span: timedelta) -> str:
    seconds = max(span.total_seconds(), 0)
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"
