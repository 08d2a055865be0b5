"""Finding a time: slots, best first, and what an event's dates clash with."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from events import rules
from events.api.events import event_of
from events.domain.finding import asking, conflicts, hours
from events.domain.finding.asking import Answer, Question
from events.domain.finding.slots import EVERY_DAY, Slot
from events.domain.finding.wording import Said
from events.models import Event
from events.schemas_schedule import ConflictFilter, ConflictOut, SlotFilter, SlotOut
from kit.faults import Faults
from programmes import rules as network_rules
from programmes.access import Actor
from programmes.answers import answer, permit, responses, stamp
from programmes.apikeys import needs_key
from programmes.models import Alliance, Speaker, Topic
from programmes.schemas import Listing

router = Router(tags=["Schedule"])
READ = needs_key("events:read")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_WORDS = 50
_CLOCK = re.compile(r"(\d\d):(\d\d)(:00)?", re.ASCII)

Row = TypeVar("Row", bound=Model)


@router.get(
    "/schedule/suggestions",
    auth=READ,
    response=responses(200, Listing[SlotOut], 401, 422),
    operation_id="suggest_times",
    summary="Find a time",
)
def suggest_times(request: HttpRequest, wanted: Query[SlotFilter]) -> HttpResponse:
    """Times for these alliances, best first, each with its reasons and what it clashes with.

    Weighed are office hours and lunch on each alliance's clock, events of the network, partner
    calendars, holidays and days off, and the speakers named. 422 with the place of each fault.
    """
    actor = request.actor  # type: ignore[attr-defined]
    permit(network_rules.may_organise(actor), "Only organisers may look for times.")
    question = _question(wanted, actor)
    found = asking.suggest(question, viewer=viewer_of(actor), at=timezone.now())
    page = found.slots[wanted.offset : wanted.offset + wanted.limit]
    return answer({"items": [_slot(found, slot) for slot in page], "count": len(found.slots)})


@router.get(
    "/schedule/conflicts",
    auth=READ,
    response=responses(200, Listing[ConflictOut], 401, 404, 422),
    operation_id="list_conflicts",
    summary="List what an event clashes with",
)
def list_conflicts(request: HttpRequest, wanted: Query[ConflictFilter]) -> HttpResponse:
    """Speakers, rooms, licences, hosts, audiences, holidays and partner calendars, as they stand.

    `block` stops the event from being published, `warn` does not. Only its hosts may ask.
    """
    event = event_of(request, wanted.event)
    actor = request.actor  # type: ignore[attr-defined]
    permit(rules.may_see_workspace(actor, event), "Only the hosts of this event may ask.")
    said = conflicts.of_event(event, viewer=viewer_of(actor), at=timezone.now())
    return answer({"items": [_conflict(one) for one in said], "count": len(said)})


def viewer_of(actor: Actor) -> frozenset[int] | None:
    """Whose drafts may be named to the actor; None where all may."""
    return None if actor.is_operator else actor.alliances


def _slot(found: Answer, slot: Slot) -> dict[str, Any]:
    return {
        "starts_at": stamp(hours.instant(slot.start)),
        "ends_at": stamp(hours.instant(slot.end)),
        "local": {zone: f"{hours.local(slot.start, zone):%Y-%m-%dT%H:%M}" for zone in found.zones},
        "score": slot.score,
        "reasons": found.reasons(slot),
        "conflicts": [_conflict(one) for one in found.conflicts(slot)],
    }


def _conflict(said: Said) -> dict[str, Any]:
    return {
        "kind": str(said.kind),
        "level": said.level,
        "sentence": said.sentence,
        "event": said.slug or None,
    }


# -- what was asked


def _question(wanted: SlotFilter, actor: Actor) -> Question:
    """The question in rows and numbers. Raises Invalid with every place that names nothing."""
    faults = Faults()
    alliances = _rows(Alliance.objects.active(), wanted.alliances, "alliances", faults)
    question = Question(
        alliances=tuple(alliances),
        minutes=wanted.minutes,
        first=_day("from", wanted.from_, faults),
        last=_day("to", wanted.to, faults),
        zone=wanted.zone,
        step=wanted.step,
        weekdays=_weekdays(wanted.weekday, faults),
        earliest=_minute("earliest", wanted.earliest, faults),
        latest=_minute("latest", wanted.latest, faults),
        strict=wanted.strict,
        topics=tuple(_rows(Topic.objects.all(), wanted.topic, "topic", faults)),
        speakers=tuple(_rows(Speaker.objects.all(), wanted.speaker, "speaker", faults)),
        venue=wanted.venue,
        lead=lead_of(alliances, actor),
        without=_event("event", wanted.event, actor, faults),
    )
    faults.settle()  # suggest() checks what can be read
    return question


def lead_of(alliances: Iterable[Alliance], actor: Actor) -> int | None:
    """Whose levels count: the first alliance asked for that the actor organises for."""
    return next((one.pk for one in alliances if one.pk in actor.organises), None)


def _words(typed: Sequence[str]) -> list[str]:
    """Each word once, whether it came in a list with commas or on its own."""
    words = (word.strip() for text in typed for word in text.split(","))
    return list(dict.fromkeys(word for word in words if word))


def _rows(rows: QuerySet[Row], typed: Sequence[str], name: str, faults: Faults) -> list[Row]:
    words = _words(typed)
    if len(words) > MOST_WORDS:
        faults.add(name, msg=f"Give at most {MOST_WORDS}.")
        return []
    found = {str(row.slug): row for row in rows.filter(slug__in=words)}  # type: ignore[attr-defined]
    for word in words:
        if word not in found:
            what = name.removesuffix("s")
            faults.add(name, msg=f"There is no {what} “{word[:80]}”.")
    return [found[word] for word in words if word in found]


def _day(name: str, typed: str, faults: Faults) -> date:
    try:
        if len(typed) == len("2027-01-13"):
            return date.fromisoformat(typed)
    except ValueError:
        pass
    faults.add(name, msg=f"“{typed[:40]}” is not a day. Write it like 2027-01-13.")
    return date(2000, 1, 1)


def _minute(name: str, typed: str, faults: Faults) -> int | None:
    if not typed:
        return None
    found = _CLOCK.fullmatch(typed)
    if found and int(found[1]) * 60 + int(found[2]) <= hours.DAY and int(found[2]) < 60:
        return int(found[1]) * 60 + int(found[2])
    faults.add(name, msg=f"“{typed[:20]}” is not a time of day. Write it like 09:00.")
    return None


def _weekdays(typed: Sequence[str], faults: Faults) -> frozenset[int]:
    words = _words(typed)
    for word in words:
        if word.lower() not in WEEKDAYS:
            faults.add("weekday", msg=f"“{word[:20]}” is no day. Write mon, tue, wed and so on.")
    chosen = frozenset(WEEKDAYS.index(word.lower()) for word in words if word.lower() in WEEKDAYS)
    return chosen or EVERY_DAY


def _event(name: str, typed: str, actor: Actor, faults: Faults) -> int | None:
    if not typed:
        return None
    event = Event.objects.visible_to(actor).filter(slug=typed).first()
    if event is None:
        faults.add(name, msg=f"There is no event “{typed[:80]}”.")
    return event.pk if event else None
