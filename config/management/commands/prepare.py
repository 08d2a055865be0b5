"""Everything a start needs, in one process: tables, schedules, fonts, static files."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Brings the installation in step with the code; safe to run again."""

    help = "Migrates the database, writes the schedules, cuts the fonts, collects static files."

    def handle(self, *args: Any, **options: Any) -> None:
        """Each step does nothing where nothing changed."""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("sync_schedules", stdout=self.stdout)
        call_command("build_fonts", stdout=self.stdout)
        self._collect_static()

    def _collect_static(self) -> None:
        root, stamp = Path(settings.STATIC_ROOT), settings.VAR_DIR / "static-collected"
        now = f"{root}\n{_fingerprint()}"
        if root.is_dir() and stamp.exists() and stamp.read_text() == now:
            return
        self.stdout.write("Collecting and compressing static files …")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(now)


def _fingerprint() -> str:
    """Changes when a static file of any app is added, changed or gone."""
    total = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: str(found[0])):
            facts = Path(storage.path(name)).stat()
            total.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return total.hexdigest()
