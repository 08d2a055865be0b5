"""The dates of a programme for who is enrolled: those open now, and those added later.

What became of a date is one row, written in the transaction that registers the person, so a worker
that dies or one that comes twice registers nobody twice.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest

from events.domain import registration
from events.domain.registration import Place
from events.models import Enrolment, EnrolmentDate, Event, EventHost
from kit.errors import Refused
from kit.turns import turn
from programmes import outbox
from programmes.models import Programme

State = Enrolment.State
DateState = EnrolmentDate.State
SETTLING = timedelta(minutes=2)
"""So long a new enrolment is left to the request that made it; then the clock finishes it."""


class NotInProgramme(Refused):
    """The event is no date of this programme."""

    code = "not-in-programme"
    status = 404


def of_programmes() -> QuerySet[Event]:
    """The events that belong to enrolling: listed ones that a host of their programme hosts.

    An event of strangers who named the programme by themselves is none: they would be given the
    names of everybody enrolled.
    """
    hosts = Programme.hosts.through.objects.filter(programme=OuterRef(OuterRef("programme")))
    theirs = EventHost.objects.standing().filter(
        event=OuterRef("pk"), alliance__in=hosts.values("alliance")
    )
    return Event.objects.listed().filter(Exists(theirs), programme__isnull=False)


def of(programme_id: int) -> QuerySet[Event]:
    """The same of one programme."""
    return of_programmes().filter(programme=programme_id)


def open_now(programme_id: int, *, at: datetime) -> list[Event]:
    """Those that take registrations now, the next one first."""
    return _taking_people(of(programme_id), at)


def ensure(enrolment: Enrolment, event: Event) -> None:
    """Raises NotInProgramme where the event is no date of the programme."""
    if not of(enrolment.programme_id).filter(pk=event.pk).exists():
        raise NotInProgramme(f"“{event.title}” is no date of this program.")


def take_all(enrolment: Enrolment, *, at: datetime) -> None:
    """Register for every date that is open, then tell of all of them in one mail."""
    known = set(enrolment.dates.values_list("event_id", flat=True))
    for event in open_now(enrolment.programme_id, at=at):
        if event.pk not in known:
            _take(enrolment, event, at=at)
    _tell(enrolment, at=at)


def place_of(enrolment: Enrolment) -> Place:
    """What registering for a date is given."""
    return Place(
        name=enrolment.name,
        email=enrolment.email,
        organisation=enrolment.organisation,
        alliance=enrolment.alliance,
        access_needs=enrolment.access_needs,
        source="program",
    )


def catch_up(*, at: datetime, most: int = 200) -> int:
    """Register who is enrolled for dates that were added or opened since, at most ``most`` times;
    returns how many were looked at. To be called until it returns 0. Any number may run at once.
    """
    pairs = _due(at, most)
    by_enrolment: dict[int, list[Event]] = {}
    for enrolment_id, event in pairs:
        by_enrolment.setdefault(enrolment_id, []).append(event)
    found = Enrolment.objects.select_related("person").in_bulk(list(by_enrolment))
    for enrolment_id, events in by_enrolment.items():
        for event in events:
            _take(found[enrolment_id], event, at=at)
        _tell(found[enrolment_id], at=at)
    left_over = _untold(at, most - len(pairs)) if len(pairs) < most else []
    for enrolment in left_over:
        _tell(enrolment, at=at)
    return len(pairs) + len(left_over)


def _due(at: datetime, most: int) -> list[tuple[int, Event]]:
    """Pairs of an enrolment and a date nothing became of yet, the next dates first."""
    lacking = _lacking(OuterRef("programme"), OuterRef(OuterRef("pk")), at)
    pairs: list[tuple[int, Event]] = []
    for event in _taking_people(of_programmes().filter(Exists(lacking)), at):
        ids = _lacking(event.programme_id, event.pk, at).order_by("pk").values_list("pk", flat=True)
        pairs += [(pk, event) for pk in ids[: most - len(pairs)]]
        if len(pairs) == most:
            break
    return pairs


def _lacking(programme: Any, event: Any, at: datetime) -> QuerySet[Enrolment]:
    """Active enrolments without a row for the event; and those refused for want of a seat, once
    there is one."""
    has_seat = Q(event__capacity=None) | Q(event__seats_taken__lt=F("event__capacity"))
    again = has_seat & Q(code=registration.EventFull.code, event__waiting_count=0)
    there = EnrolmentDate.objects.filter(~again, enrolment=OuterRef("pk"), event=event)
    active = Enrolment.objects.active().filter(programme=programme, looked_at__lte=at - SETTLING)
    return active.filter(~Exists(there))


def _untold(at: datetime, most: int) -> list[Enrolment]:
    """Enrolments of which a mail is still owed, because a request or a worker was cut short."""
    untold = EnrolmentDate.objects.filter(enrolment=OuterRef("pk"), told_at=None)
    active = Enrolment.objects.active().filter(looked_at__lte=at - SETTLING)
    return list(active.filter(Q(welcomed_at=None) | Exists(untold)).order_by("pk")[:most])


def _taking_people(events: QuerySet[Event], at: datetime) -> list[Event]:
    ahead = events.filter(status=Event.Status.PUBLISHED, ends_at__gt=at)
    return [
        event
        for event in ahead.order_by("starts_at", "pk")
        if registration.state_of(event, at) in {"open", "waitlist", "full"}
    ]


def _take(enrolment: Enrolment, event: Event, *, at: datetime) -> None:
    """Register one person for one date, in a transaction of its own; what comes of it is noted."""
    try:
        with turn(), transaction.atomic():
            if not _is_active(enrolment):
                return
            row = _claimed(enrolment, event, at=at)
            _settle(row, enrolment, event, at=at)
    except IntegrityError:
        return  # another worker has the same date in hand
    except registration.RegistrationClosed:
        return  # closed this very moment: no date for anybody


def _is_active(enrolment: Enrolment) -> bool:
    """Locks the enrolment, so that who leaves at this moment is not registered after all."""
    mine = Enrolment.objects.active().filter(pk=enrolment.pk)
    return mine.select_for_update(no_key=True).exists()


def _claimed(enrolment: Enrolment, event: Event, *, at: datetime) -> EnrolmentDate:
    """The row of this date, new, or the one that was refused for want of a seat.

    Raises IntegrityError where something else became of the date already.
    """
    refused = EnrolmentDate.objects.filter(enrolment=enrolment, event=event, code="event-full")
    row = refused.first() or EnrolmentDate(enrolment=enrolment, event=event)
    row.state, row.decided_at, row.told_at = DateState.TAKEN, at, None
    row.code = row.reason = ""
    row.save()
    return row


def _settle(row: EnrolmentDate, enrolment: Enrolment, event: Event, *, at: datetime) -> None:
    try:
        outcome = registration.register(event, place_of(enrolment), at=at, by_mail=False)
    except registration.RegistrationClosed:
        raise
    except Refused as no:
        row.state, row.code, row.reason = DateState.REFUSED, no.code, str(no)[:500]
        row.save(update_fields=["state", "code", "reason"])
        return
    row.registration, row.is_ours = outcome.registration, outcome.is_new
    row.save(update_fields=["registration", "is_ours"])


def _tell(enrolment: Enrolment, *, at: datetime) -> None:
    """Put the mail about dates nobody was told of, once: the first with all dates, then each
    time the new ones. Nothing is sent where nothing but refusals is new."""
    with transaction.atomic():
        held = Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment.pk)
        if held.state != State.ACTIVE:
            return
        untold = held.dates.filter(told_at=None).order_by("pk")
        rows = list(untold.values_list("pk", "state"))
        if held.welcomed_at is None:
            outbox.put("events/enrolment-joined", held, key=f"{held.pk}:{held.round}")
            Enrolment.objects.filter(pk=held.pk).update(welcomed_at=at)
        elif any(state == DateState.TAKEN for _, state in rows):
            ids = [pk for pk, _ in rows]
            key = f"{held.pk}:{at.timestamp():.0f}:{ids[-1]}"
            outbox.put("events/enrolment-added", held, key=key, dates=ids)
        # Another worker, whose clock was read a moment later, may have decided about some of them.
        told_at = Greatest(Value(at), F("decided_at"))
        EnrolmentDate.objects.filter(pk__in=[pk for pk, _ in rows]).update(told_at=told_at)
