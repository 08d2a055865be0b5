"""Lists events, for the words other commands ask for."""

from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from events.models import Event
from programmes.models import Alliance


class Command(BaseCommand):
    help = "Lists events by start: slug, time in the event's zone, status, seats, title."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--alliance", metavar="SLUG", help="only those it hosts")
        parser.add_argument("--status", choices=Event.Status.values, help="only those in it")
        parser.add_argument("--past", action="store_true", help="only those that are over")
        parser.add_argument("--upcoming", action="store_true", help="only those that are not over")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each event, its parts apart by tabs; the last line says how many."""
        events = list(self._chosen(options))
        for event in events:
            self.stdout.write("\t".join(_parts(event)))
        self.stdout.write(f"{len(events)} events")

    def _chosen(self, options: dict[str, Any]) -> Any:
        events = Event.objects.order_by("starts_at", "pk")
        if slug := options["alliance"]:
            alliance = Alliance.objects.filter(slug=slug).first()
            if alliance is None:
                known = ", ".join(Alliance.objects.values_list("slug", flat=True))
                raise CommandError(f"No alliance “{slug}”. There are: {known or 'none yet'}.")
            events = events.hosted_by({alliance.pk})
        if options["status"]:
            events = events.filter(status=options["status"])
        if options["past"]:
            events = events.filter(ends_at__lte=timezone.now())
        if options["upcoming"]:
            events = events.filter(ends_at__gt=timezone.now())
        return events


def _parts(event: Event) -> list[str]:
    when = "no date"
    if event.starts_at is not None:
        local = event.starts_at.astimezone(ZoneInfo(event.time_zone))
        when = f"{local:%Y-%m-%d %H:%M} {event.time_zone}"
    seats = f"{event.seats_taken}/{event.capacity or '∞'}"
    if event.waiting_count:
        seats += f"+{event.waiting_count}"
    return [event.slug, when, event.status, seats, event.title]
