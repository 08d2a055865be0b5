"""What the clock does: every periodic task in one table, written to django-q2 by sync_schedules.

Each is a sweep that finds for itself what is due, so one that comes late or twice does no harm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django_q.models import Schedule


@dataclass(frozen=True)
class Every:
    """Call ``function`` (a dotted path) every ``minutes``, first after ``offset`` seconds."""

    name: str
    function: str
    minutes: int
    offset: int = 0


TABLE = (
    # The scheduler looks twice a minute but counts in minutes: two rows half a minute apart.
    Every("outbox", "programmes.tasks.sweep", 1),
    Every("outbox, half past", "programmes.tasks.sweep", 1, offset=30),
    Every("beat", "programmes.tasks.beat", 1, offset=15),
    Every("partner calendars", "events.tasks.read_partner_calendars", 1, offset=20),
    Every("replies", "events.tasks.read_replies", 5, offset=150),
    Every("waitlists", "events.tasks.sweep_waitlists", 5, offset=45),
    Every("new dates", "events.tasks.enrol_in_new_dates", 1, offset=50),
    Every("calendar texts", "events.tasks.redraw_calendars", 5, offset=35),
    Every("past events", "events.tasks.complete_past_events", 10, offset=60),
    Every("approvals", "events.tasks.sweep_approvals", 10, offset=65),
    Every("certificates", "certificates.tasks.sweep", 10, offset=75),
    Every("counters", "events.tasks.compare_counters", 24 * 60, offset=300),
    Every("tidy feeds", "events.tasks.tidy_feeds", 24 * 60, offset=450),
    Every("tidy", "programmes.tasks.tidy", 24 * 60, offset=600),
)


def sync(*, at: datetime, dry_run: bool = False) -> list[str]:
    """Bring the Schedule rows in step with ``TABLE``; returns a line for each change.

    Rows that are right keep their next run. Doubles and rows of tasks that are no more are deleted.
    """
    said: list[str] = []
    with transaction.atomic():
        kept = set()
        for task in TABLE:
            row = Schedule.objects.filter(name=task.name).order_by("pk").first()
            change = _write(task, row, at=at)
            kept.add(Schedule.objects.filter(name=task.name).order_by("pk").values_list("pk")[0][0])
            said += [f"{task.name}: {change}"] if change else []
        stale = Schedule.objects.exclude(pk__in=kept)
        said += [f"{row.name or row.func}: deleted" for row in stale]
        stale.delete()
        transaction.set_rollback(dry_run)
    return said


def _write(task: Every, row: Schedule | None, *, at: datetime) -> str:
    wanted = {
        "func": task.function,
        "schedule_type": Schedule.MINUTES,
        "minutes": task.minutes,
        "repeats": -1,
        "args": None,
        "kwargs": None,
        "hook": None,
    }
    if row is None:
        first = at + timedelta(seconds=task.offset)
        Schedule.objects.create(name=task.name, next_run=first, **wanted)
        return f"every {task.minutes} min"
    differing = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if differing:
        Schedule.objects.filter(pk=row.pk).update(**differing)
    return f"changed {', '.join(sorted(differing))}" if differing else ""


class Clock:
    """Runs the table without django-q2, for `drain --forever`: says which functions are due."""

    def __init__(self, *, at: datetime) -> None:
        self._next = {task.name: at + timedelta(seconds=task.offset) for task in TABLE}

    def due(self, *, at: datetime) -> list[str]:
        """The functions whose time has come, each once, however long nobody asked."""
        functions = []
        for task in TABLE:
            if self._next[task.name] <= at:
                self._next[task.name] = at + timedelta(minutes=task.minutes)
                functions.append(task.function)
        return list(dict.fromkeys(functions))
