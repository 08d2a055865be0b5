"""What the demo's organisers are planning: a poll that some have answered, a season to place."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from config.network.events import hush
from events.domain import seasons
from events.domain.polls import votes
from events.domain.polls.plans import Asked, PollPlan
from events.domain.seasons import ItemPlan, SeasonPlan
from events.models import Poll, Season
from programmes.domain import delivery
from programmes.models import Alliance, Topic

POLL = "Joint workshop on curb data"
SAID = ("yes", "if-needed", "no")
SEASON = (
    ("Permits in a week", 60),
    ("Street lights that listen", 75),
    ("Water loss by night", 60),
    ("Clerks and chatbots", 90),
    ("Flood alarms that people trust", 60),
    ("Libraries as digital hubs", 75),
    ("Bridges that report in", 90),
    ("Open data, once more", 60),
)
WEEKS_AHEAD, WEEKS = 10, 12


def begin(*, at: datetime) -> int:
    """Ask one poll and list one season, unless they are there; returns how many were made. Nobody
    is written to."""
    alliances = list(Alliance.objects.active())
    with transaction.atomic():
        made = _ask(alliances, at=at) + _list(alliances, at=at)
    if made:
        _place()
    return made


def _place() -> None:
    """Carry out what is due: the plan of the season, which a worker would find as well."""
    for entry in delivery.claim():
        delivery.carry_out(entry)


def _ask(alliances: list[Alliance], *, at: datetime) -> int:
    lead = alliances[0]
    if Poll.objects.filter(alliance=lead).exists():
        return 0
    zone = ZoneInfo(lead.zone)
    days = (_weekday(at, 21 + 2 * number) for number in range(4))
    starts = (datetime.combine(day, time(11), zone).astimezone(UTC) for day in days)
    outsider = Asked("Robin Vale", "robin.vale@planning.example")
    asked = votes.organisers_of(alliance.pk for alliance in alliances)
    plan = PollPlan(
        title=POLL,
        note="We would like all of you in one call.",
        minutes=90,
        time_zone=lead.zone,
        starts=tuple(starts),
        asked=(*asked, outsider),
        has_open_link=True,
    )
    poll = votes.start(lead, plan, by=None, at=at)
    voices = list(poll.voices.select_related("poll"))
    slots = list(poll.slots.values_list("pk", flat=True))
    for number, voice in enumerate(voices[:5]):
        said = {slot: SAID[number * place % 3] for place, slot in enumerate(slots)}
        votes.answer(voice, said, at=at)
    hush(*voices)
    return 1


def _list(alliances: list[Alliance], *, at: datetime) -> int:
    lead = alliances[0]
    if Season.objects.filter(alliance=lead).exists():
        return 0
    first = _weekday(at, 7 * WEEKS_AHEAD)
    last = first + timedelta(weeks=WEEKS)
    topics = list(Topic.objects.order_by("slug"))
    items = [
        ItemPlan(
            title=title,
            minutes=minutes,
            hosts=tuple(alliances[(number + n) % len(alliances)] for n in range(2 + number % 3)),
            first_day=first + timedelta(weeks=number),
            last_day=min(first + timedelta(weeks=number + 4), last),
            topics=(topics[number % len(topics)],),
        )
        for number, (title, minutes) in enumerate(SEASON)
    ]
    plan = SeasonPlan("Next season", lead.zone, first, last, tuple(items))
    season = seasons.draft(lead, plan, by=None, at=at)
    seasons.ask_for_plan(season, by=None, at=at)
    return 1


def _weekday(at: datetime, days: int) -> date:
    """A working day about so many days ahead."""
    day = (at + timedelta(days=days)).date()
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
