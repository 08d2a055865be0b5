"""Writes the API's description to docs/openapi.json, which a test holds in step with the code."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.api import api


def text() -> str:
    """The OpenAPI document as the file has it."""
    return json.dumps(api.document, indent=2, ensure_ascii=False) + "\n"


class Command(BaseCommand):
    help = "Writes docs/openapi.json, the description of the API. Run it after changing the API."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say whether it is in step")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        target: Path = settings.BASE_DIR / "docs" / "openapi.json"
        if target.exists() and target.read_text() == text():
            self.stdout.write("docs/openapi.json is in step.")
        elif dry_run:
            raise CommandError("docs/openapi.json is out of step: run manage.py export_openapi.")
        else:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text())
            count = len(api.document["paths"])
            self.stdout.write(f"{count} addresses written to docs/openapi.json.")
