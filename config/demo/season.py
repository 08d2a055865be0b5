"""The demo's events: the sample season, four of them moved back so that there is a past."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.network import events as imported
from config.network.shape import WALL_TIME, EventEntry, NetworkFile
from events.models import Event
from programmes.models import Person

MOVED_BACK = {
    "what-is-a-digital-twin": timedelta(days=10),
    "grid-readiness-for-fleets": timedelta(days=24),
    "revenue-from-the-right-of-way": timedelta(days=45),
    "public-private-partnership-basics": timedelta(days=66),
}
"""Events that ended at least so long ago, by whole weeks: same weekday, same clock, own zone."""
DRAFTED_BEFORE_NOW = timedelta(days=30)
DRAFTED_BEFORE_START = timedelta(days=40)
CHANGED_BEFORE_NOW = timedelta(days=2)
WEEK = timedelta(weeks=1)


def make(network: NetworkFile, organisers: dict[str, Person], *, at: datetime) -> Iterator[Event]:
    """Make the events that are not there yet, one after the other."""
    known = set(Event.objects.values_list("slug", flat=True))
    for entry in network.events:
        if entry.slug in known:
            continue
        placed = placed_in_time(entry, at=at)
        drafted_at = min(at - DRAFTED_BEFORE_NOW, _start(placed) - DRAFTED_BEFORE_START)
        story = imported.Story(
            drafted_at=drafted_at,
            changed_at=max(drafted_at, at - CHANGED_BEFORE_NOW),
            organisers=organisers,
        )
        yield imported.make(placed, story)


def placed_in_time(entry: EventEntry, *, at: datetime) -> EventEntry:
    """The entry as it is, or moved back by as many weeks as it needs to be over."""
    if entry.slug not in MOVED_BACK:
        return entry
    end = _instant(entry.end_local, entry.zone)
    too_late = end + MOVED_BACK[entry.slug] - at
    weeks = max(-(-too_late // WEEK), 0)
    return _earlier(entry, weeks=weeks)


def _earlier(entry: EventEntry, *, weeks: int) -> EventEntry:
    def move(wall: str) -> str:
        moved = datetime.strptime(wall, WALL_TIME) - WEEK * weeks
        return f"{moved:{WALL_TIME}}"

    breaks = [
        pause.model_copy(
            update={"start_local": move(pause.start_local), "end_local": move(pause.end_local)}
        )
        for pause in entry.breaks
    ]
    return entry.model_copy(
        update={
            "start_local": move(entry.start_local),
            "end_local": move(entry.end_local),
            "breaks": breaks,
        }
    )


def _start(entry: EventEntry) -> datetime:
    return _instant(entry.start_local, entry.zone)


def _instant(wall: str, zone: str) -> datetime:
    local = datetime.strptime(wall, WALL_TIME)
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
