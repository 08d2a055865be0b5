"""Makes a key with which a program acts as a person."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kit.errors import Refused
from programmes import apikeys
from programmes.models import Person


class Command(BaseCommand):
    help = (
        "Makes an API key for a person and prints it once, alone on the last line. "
        "Only its hash is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--person", required=True, metavar="EMAIL", help="whom it acts as")
        parser.add_argument("--name", required=True, help="what it is for, such as “website”")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            choices=apikeys.SCOPES,
            metavar="SCOPE",
            help="what it may do, repeated for several; without one, all the person may: "
            + ", ".join(apikeys.SCOPES),
        )
        parser.add_argument("--dry-run", action="store_true", help="only check the words")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """The last line is the key and nothing else, for `… | tail -n 1`."""
        person, name = self._person(options["person"]), options["name"].strip()
        if not name or len(name) > 120:
            raise CommandError("Give the key a name of 1 to 120 characters: what it is for.")
        if dry_run:
            self.stdout.write(f"Would make the key “{name}” for {person.email}.")
            return
        try:
            _, token = apikeys.make(person, name=name, scopes=options["scope"])
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"Key “{name}” for {person.email}. It is shown only now:")
        self.stdout.write(token)

    def _person(self, email: str) -> Person:
        key = email.strip().lower()
        person = Person.objects.filter(addresses__key=key).first()
        if person is None or not person.is_active:
            raise CommandError(f"Nobody who may act here has the address “{key}”.")
        return person
