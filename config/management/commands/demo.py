"""Loads the demo network."""

import os
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from config.demo import clearing, enrolled, files, past, planning, season, seats, sign_ins
from config.network import lists
from events.models import Event
from kit.ids import secret_token
from programmes.models import Alliance, Person


class Command(BaseCommand):
    help = (
        "Loads the demo network: seven alliances, their members, a season of sixty events, "
        "registrations, and a past with certificates. Safe to repeat. Prints who can sign in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing where there is an alliance already, or where DEBUG is off",
        )
        parser.add_argument("--reset", action="store_true", help="delete everything first")
        parser.add_argument(
            "--even-in-production", action="store_true", help="let --reset work with DEBUG off"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")

    def handle(self, *args: Any, if_empty: bool, reset: bool, **options: Any) -> None:
        """Progress goes to standard error, the sign-ins to standard output."""
        if if_empty and (Alliance.objects.exists() or not settings.DEBUG):
            return
        if reset and not (settings.DEBUG or options["even_in_production"]):
            raise CommandError(
                "DEBUG is off: --reset would delete real data. Say it twice, with "
                "--even-in-production."
            )
        if options["dry_run"]:
            self._say_what_would_happen(reset=reset)
            return
        if reset:
            self._note(f"{clearing.clear()} rows deleted")
        password, is_new = _password()
        self._load(password, at=timezone.now())
        self._print_sign_ins(password if is_new else None)

    def _load(self, password: str | None, *, at: datetime) -> None:
        network = files.network()
        tally = lists.Tally()
        with transaction.atomic():  # stopped half way, the next start finds nothing and begins anew
            lists.store(network, tally)
            organisers = sign_ins.make(password)
            self._note(str(tally))
            made = list(season.make(network, organisers, at=at))
            self._note(f"events: {len(made)} new")
            self._note(f"registrations: {self._fill_seats(at=at)} new")
        self._note(f"past: {past.live_through(organisers, at=at)}")
        self._note(f"enrolled: {enrolled.enrol(at=at)} new")
        self._note(f"planning: {planning.begin(at=at)} new")

    def _fill_seats(self, *, at: datetime) -> int:
        filled = 0
        for slug, registrants in files.registrants().items():
            event = Event.objects.get(slug=slug)
            opens, until = seats.span(event, at=at)
            filled += seats.fill(event, registrants, opens=opens, until=until)
        return filled

    def _say_what_would_happen(self, *, reset: bool) -> None:
        network = files.network()
        if reset:
            rows = sum(table._base_manager.count() for table in clearing.tables())
            self.stdout.write(f"Would delete {rows} rows.")
        for name, slugs in lists.known_slugs().items():
            wanted = {entry.slug for entry in getattr(network, name)}
            missing = wanted if reset else wanted - slugs
            self.stdout.write(f"Would make {len(missing)} of {len(wanted)} {name}.")

    def _print_sign_ins(self, password: str | None) -> None:
        base = settings.PUBLIC_BASE_URL
        self.stdout.write(f"Sign in at {base}/accounts/login/ as one of")
        for address in sign_ins.addresses():
            self.stdout.write(f"  {address}")
        said = password or "the one they have (set DEMO_PASSWORD to change it)"
        self.stdout.write(f"with the password  {said}")

    def _note(self, line: str) -> None:
        self.stderr.write(line)


def _password() -> tuple[str | None, bool]:
    """The password to set, and whether it is worth printing.

    DEMO_PASSWORD where it is set; while developing one that can be remembered; in production a
    random one for people who are new, and None where they are there already.
    """
    wanted = os.environ.get("DEMO_PASSWORD", "")
    if wanted:
        return wanted, True
    if settings.DEBUG:
        return sign_ins.PASSWORD, True
    if Person.objects.filter(email=sign_ins.OPERATOR).exists():
        return None, False
    return secret_token(12), True
