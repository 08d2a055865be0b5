"""Registering for an event and giving the place back.

Seats are claimed by one conditional UPDATE of the event's row, so that the last one cannot be given
twice on any database. Within a transaction the order is always person, event row, registration: two
that run at once queue up instead of blocking each other.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from events.domain import belonging, waitlist
from events.models import Event, Registration
from kit import text
from kit.errors import Invalid, Refused
from kit.faults import Faults
from kit.turns import turn
from programmes import audit, outbox
from programmes.domain import people
from programmes.models import Alliance, Person

State = Registration.State
TRIES = 4
MOST_ANSWERS = 60


class RegistrationClosed(Refused):
    """Not open yet, over, or called off."""

    code = "registration-closed"


class EventFull(Refused):
    """No seat is free and the event keeps no waitlist."""

    code = "event-full"


class EventOver(Refused):
    """The event has ended: who was registered is history now."""

    code = "event-over"


@dataclass(frozen=True)
class Place:
    """What somebody fills in to register, as typed."""

    name: str
    email: str
    organisation: str = ""
    alliance: Alliance | None = None
    access_needs: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of it. ``position`` is the place in the queue, None for who has a seat."""

    registration: Registration
    state: str
    position: int | None
    is_new: bool


@dataclass(frozen=True)
class _Asked:
    """A place whose text is clean, the address read, and the member organisation found."""

    place: Place
    address: people.Typed
    belongs: belonging.Membership


def state_of(event: Event, at: datetime) -> str:
    """What somebody who comes now would find: not-open, open, waitlist, full or closed."""
    if not event.is_public and event.status != Event.Status.CANCELLED:
        return "not-open"
    if event.status != Event.Status.PUBLISHED or event.closes_at is None or at >= event.closes_at:
        return "closed"
    if event.registration_opens_at is not None and at < event.registration_opens_at:
        return "not-open"
    if event.seats_free != 0 and not event.waiting_count:
        return "open"
    return "waitlist" if event.has_waitlist else "full"


def register(event: Event, place: Place, *, at: datetime, by_mail: bool = True) -> Outcome:
    """Give somebody a seat or, where none is free, a place in the queue; they are told by mail.

    Nobody overtakes the queue: a newcomer gets a seat only while no one is waiting. The same
    address again gets the same answer and, once an hour at most, its link by mail; nothing else
    changes, so nobody learns from the answer who is registered. Without ``by_mail`` nothing is
    sent: for callers that tell the person of several events at once.

    Raises Invalid, RegistrationClosed, EventFull or MembersOnly; then nothing has changed.
    """
    asked = _read(event, place)
    for tries_left in reversed(range(TRIES)):
        try:
            with turn(), transaction.atomic():
                outcome = _take(event, asked, at=at)
                if by_mail:
                    _tell(outcome, at=at)
                return outcome
        except IntegrityError:  # the same person at the same moment: the next try finds them
            if not tries_left:
                raise
    raise AssertionError("not reached")


def cancel(
    registration: Registration,
    *,
    by: Person | None = None,
    at: datetime,
    by_mail: bool = True,
) -> Registration:
    """Give the place back; the seat goes to the next in line at once. Twice is harmless.

    ``by`` is the organiser who did it, None for the registrant; without ``by_mail`` the caller
    tells them. Returns the row as it is now.
    Raises EventOver once the event has ended.
    """
    with transaction.atomic():
        event = waitlist.locked(registration.event_id)
        held = Registration.objects.select_related("person").get(pk=registration.pk)
        held.event = event
        if held.state in Registration.ENDED:
            return held
        if event.ends_at is not None and at >= event.ends_at:
            raise EventOver(f"“{event.title}” is over, so the place cannot be given back.")
        was = held.state
        held.state, held.cancelled_at = State.CANCELLED, at
        held.save(update_fields=["state", "cancelled_at"])
        _give_back(event, was)
        audit.record("registration.cancelled", held, by=by.pk if by else None, was=was)
        if by_mail:
            outbox.put("events/registration-cancelled", held, key=str(held.pk), was=was)
        if was == State.CONFIRMED:
            waitlist.promote(event.pk, at=at)
    return held


def _read(event: Event, place: Place) -> _Asked:
    """Check and clean what was typed, before any transaction begins."""
    tidy, address = clean(place)
    belongs = belonging.of(event, tidy.organisation, domain=address.domain, chosen=tidy.alliance)
    return _Asked(tidy, address, belongs)


def clean(place: Place) -> tuple[Place, people.Typed]:
    """The same with clean text in it, and the address read.

    Raises Invalid with every fault there is.
    """
    faults = Faults()
    tidy: dict[str, Any] = dict.fromkeys(("name", "organisation", "access_needs", "source"), "")
    address, answers = people.Typed("", ""), dict[str, Any]()
    with faults.noted():
        tidy["name"] = text.one_line(place.name, loc="name", what="The name", at_most=300)
        if not tidy["name"]:
            faults.add("name", msg="Write your name as it should stand on a certificate.")
    with faults.noted():
        address = people.read(place.email)
    with faults.noted():
        tidy["organisation"] = text.one_line(
            place.organisation, loc="organisation", what="The organization", at_most=200
        )
    with faults.noted():
        tidy["access_needs"] = text.lines(
            place.access_needs, loc="access_needs", what="The access needs", at_most=2000
        )
    with faults.noted():
        tidy["source"] = text.one_line(place.source, loc="source", what="The source", at_most=40)
    with faults.noted():
        answers = _answers(place.answers)
    faults.settle()
    return replace(place, **tidy, answers=answers), address


def _answers(given: dict[str, Any]) -> dict[str, Any]:
    """The answers with clean text in them; raises Invalid for too many or too long ones."""
    if len(given) > MOST_ANSWERS:
        raise Invalid.at("answers", msg=f"There are too many answers: at most {MOST_ANSWERS}.")
    clean: dict[str, Any] = {}
    for question, answer in given.items():
        loc = ("answers", str(question)[:80])
        key = text.one_line(str(question), loc=loc, what="The question's name", at_most=80)
        if isinstance(answer, bool | int | float) or answer is None:
            clean[key] = answer
        else:
            clean[key] = text.lines(str(answer), loc=loc, what="The answer", at_most=4000)
    return clean


def _take(event: Event, asked: _Asked, *, at: datetime) -> Outcome:
    _ensure_open(event, at)
    person = people.by_key(asked.address.key)
    rounds = 0
    if person is not None:
        mine = list(Registration.objects.filter(event=event, person=person))
        live = [one for one in mine if one.state not in Registration.ENDED]
        if live:
            return Outcome(live[0], live[0].state, waitlist.position(live[0]), is_new=False)
        rounds = len(mine)
    belonging.ensure_member(event, asked.address.domain, person)
    if person is None:
        person = people.make(asked.address, name=asked.place.name)
    row = _row(event, person, asked, rounds)
    if not _claim_seat(event):
        return _queue_up(row, at=at)
    return _write(row, State.CONFIRMED, joined_at=at, seated_at=at)


def _row(event: Event, person: Person, asked: _Asked, rounds: int) -> Registration:
    place = asked.place
    return Registration(
        event=event,
        person=person,
        name=place.name,
        email=asked.address.typed,
        organisation=place.organisation,
        member_organisation_id=asked.belongs.organisation_id,
        alliance_id=asked.belongs.alliance_id,
        access_needs=place.access_needs,
        answers=place.answers,
        source=place.source,
        round=rounds,
    )


def _claim_seat(event: Event) -> bool:
    """Take a free seat where nobody waits. The database decides, in one statement."""
    free = Event.objects.with_free_seat().filter(
        pk=event.pk, waiting_count=0, status=Event.Status.PUBLISHED
    )
    return bool(free.update(seats_taken=F("seats_taken") + 1))


def _queue_up(row: Registration, *, at: datetime) -> Outcome:
    """Join the queue; or get a seat after all, where one came free before the row was locked."""
    event = row.event = waitlist.locked(row.event_id)
    _ensure_open(event, at)
    if state_of(event, at) == "open" and _claim_seat(event):
        return _write(row, State.CONFIRMED, joined_at=at, seated_at=at)
    if not event.has_waitlist:
        raise EventFull(f"“{event.title}” is full, and it keeps no waitlist.")
    Event.objects.filter(pk=event.pk).update(waiting_count=F("waiting_count") + 1)
    # Who asked a moment earlier but waited longer for the lock still stands behind.
    last = Registration.objects.filter(event=event, state=State.WAITLISTED).aggregate(
        joined_at=Max("joined_at")
    )["joined_at"]
    joined_at = max(at, last) if last else at
    return _write(row, State.WAITLISTED, joined_at=joined_at, position=event.waiting_count + 1)


def _write(
    row: Registration,
    state: str,
    *,
    joined_at: datetime,
    seated_at: datetime | None = None,
    position: int | None = None,
) -> Outcome:
    row.state, row.joined_at, row.seated_at = state, joined_at, seated_at
    row.save(force_insert=True)
    audit.record("registration.made", row, event=row.event_id, state=str(state))
    return Outcome(row, str(state), position, is_new=True)


def _tell(outcome: Outcome, *, at: datetime) -> None:
    """Confirm what is new; else send the link once more, to the address it belongs to."""
    row = outcome.registration
    if outcome.is_new:
        outbox.put(f"events/registration-{outcome.state}", row, key=str(row.pk))
    else:
        outbox.put("events/registration-again", row, key=f"{row.pk}:{at:%Y%m%d%H}")


def _ensure_open(event: Event, at: datetime) -> None:
    state = state_of(event, at)
    if state not in {"closed", "not-open"}:
        return
    if event.status == Event.Status.CANCELLED:
        raise RegistrationClosed(f"“{event.title}” was canceled.")
    if state == "not-open":
        raise RegistrationClosed(f"Registration for “{event.title}” has not opened yet.")
    raise RegistrationClosed(f"Registration for “{event.title}” has closed.")


def _give_back(event: Event, was: str) -> None:
    counter = {State.CONFIRMED: "seats_taken", State.WAITLISTED: "waiting_count"}.get(State(was))
    if counter:
        Event.objects.filter(pk=event.pk).update(**{counter: F(counter) - 1})
