"""Measures this site on this machine: `make bench`. Prints a table, writes var/bench.json."""

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config import services
from config.bench import measures
from config.bench.measures import Row
from config.bench.site import Site

MEASURES: dict[str, Callable[[Site], list[Row]]] = {
    "reading": measures.reading,
    "suggesting": measures.suggesting,
    "registering": measures.registering,
    "importing": measures.importing,
    "certifying": measures.certifying,
    "large-feed": measures.large_feed,
}


class Command(BaseCommand):
    help = "Measure pages, feeds, registrations, imports and certificates on a private site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", action="append", choices=sorted(MEASURES), default=[])
        parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")

    def handle(self, *, only: list[str], database: str, **options: Any) -> None:
        chosen = {name: MEASURES[name] for name in only} or MEASURES
        results: dict[str, list[Row]] = {}
        if database != "postgres":
            results["SQLite"] = self._measure("SQLite", chosen, None)
        if database != "sqlite":
            self._on_postgres(chosen, results)
        self._keep(results)

    def _on_postgres(self, chosen: dict[str, Any], results: dict[str, list[Row]]) -> None:
        if services.postgres_programs() is None:
            self.stdout.write("PostgreSQL was not found: its numbers are left out.")
            return
        with services.postgres() as url:
            results["PostgreSQL"] = self._measure("PostgreSQL", chosen, url)

    def _measure(self, name: str, chosen: dict[str, Any], url: str | None) -> list[Row]:
        folder = Path(tempfile.mkdtemp(prefix="lyceum-bench-"))
        try:
            site = Site(folder, url or f"sqlite:///{folder / 'bench.sqlite3'}")
            site.manage("migrate", "-v0")
            self.stdout.write(
                f"\n{name}, {os.cpu_count()} cores, Python {platform.python_version()}"
            )
            self.stdout.write(
                f"{'':34}{'per second':>11}{'median ms':>11}{'95 % ms':>10}{'MB':>7}  goal"
            )
            rows: list[Row] = []
            for measure in chosen.values():
                for row in measure(site):
                    rows.append(row)
                    self.stdout.write(_line(row))
            return rows
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, results: dict[str, list[Row]]) -> None:
        target = settings.VAR_DIR / "bench.json"
        facts = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "results": {name: [row.as_json() for row in rows] for name, rows in results.items()},
        }
        target.write_text(json.dumps(facts, indent=1) + "\n")
        self.stdout.write(f"\nWritten to {target.relative_to(settings.BASE_DIR)}.")


def _line(row: Row) -> str:
    def number(value: float | None, width: int, digits: int = 1) -> str:
        return f"{'':{width}}" if value is None else f"{value:{width},.{digits}f}"

    wrong = {k: v for k, v in row.statuses.items() if k not in {"200", "201", "302", "304"}}
    note = "; ".join(filter(None, [row.note, f"statuses {wrong}" if wrong else ""]))
    return (
        f"{row.name:34}{number(row.per_second, 11)}{number(row.median_ms, 11, 2)}"
        f"{number(row.p95_ms, 10, 2)}{number(row.memory_mb, 7, 0)}  {row.goal}"
        f"{'  (' + note + ')' if note else ''}"
    )
