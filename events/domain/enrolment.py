"""Enrolling in a whole programme, skipping dates of it, leaving.

Seats are claimed date by date, by the same rules as ever. A date somebody skipped stays skipped.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from events.domain import belonging, enrolment_dates, registration
from events.domain.registration import Place
from events.models import Enrolment, EnrolmentDate, Event, Registration
from kit.errors import Refused
from kit.turns import turn
from programmes import audit, outbox
from programmes.domain import people
from programmes.domain.completion_rules import PROGRAMME
from programmes.models import Person, Programme

State = Enrolment.State
DateState = EnrolmentDate.State
TRIES = 4


class EnrolmentClosed(Refused):
    """Nobody can enrol in this programme any more."""

    code = "enrolment-closed"


@dataclass(frozen=True)
class Outcome:
    enrolment: Enrolment
    is_new: bool


def may_enrol(programme: Programme) -> bool:
    """Whether the programme takes people: it is open and its lead is still a member."""
    return programme.takes_enrolments and programme.lead.is_active


def enrol(programme: Programme, place: Place, *, at: datetime) -> Outcome:
    """Enrol somebody and register them for every date that is open; one mail tells of all.

    The same address again changes nothing and sends the link once more, once an hour at most; so
    nobody learns from the answer who is enrolled. Who had left comes back.

    Raises Invalid or EnrolmentClosed; then nothing has changed. A date that refuses the person
    (members only, full without a waitlist) is noted and the others go on.
    """
    if not may_enrol(programme):
        raise EnrolmentClosed(f"“{programme.name}” takes no new people.")
    tidy, address = registration.clean(place)
    belongs = belonging.in_programme(
        programme, tidy.organisation, domain=address.domain, chosen=tidy.alliance
    )
    fields = {
        "name": tidy.name,
        "email": address.typed,
        "organisation": tidy.organisation,
        "member_organisation_id": belongs.organisation_id,
        "alliance_id": belongs.alliance_id,
        "access_needs": tidy.access_needs,
        "source": tidy.source,
    }
    outcome = _enter(programme, address, fields, at=at)
    if outcome.is_new:
        enrolment_dates.take_all(outcome.enrolment, at=at)
    return outcome


def rejoin(enrolment: Enrolment, *, at: datetime) -> Enrolment:
    """Come back after leaving, by the person's own link. Raises EnrolmentClosed."""
    programme = Programme.objects.select_related("lead").get(pk=enrolment.programme_id)
    if not may_enrol(programme):
        raise EnrolmentClosed(f"“{programme.name}” takes no new people.")
    with transaction.atomic():
        held = _locked(enrolment)
        if held.state == State.ACTIVE:
            return held
        _come_back(held, {}, at=at)
    enrolment_dates.take_all(held, at=at)
    return held


def leave(enrolment: Enrolment, *, by: Person | None = None, at: datetime) -> Enrolment:
    """Leave the programme: no date is added any more, and those ahead that enrolling registered
    are given back, each seat to the next in line. What the person registered for themselves stays.

    Twice is harmless. One mail takes all of it out of the person's calendar.
    """
    with transaction.atomic():
        held = _locked(enrolment)
        if held.state == State.LEFT:
            return held
        held.state, held.left_at = State.LEFT, at
        held.save(update_fields=["state", "left_at"])
        ahead = [row.registration for row in _own_dates_ahead(held, at).order_by("event_id")]
        given_back = [mine.pk for mine in ahead if mine is not None]
        for mine in ahead:
            if mine is not None:
                registration.cancel(mine, by=by, at=at, by_mail=False)
        audit.record("enrolment.left", held, by=by, dates=len(given_back))
        outbox.put(
            "events/enrolment-left", held, key=f"{held.pk}:{held.round}", cancelled=given_back
        )
    return held


def skip(enrolment: Enrolment, event: Event, *, at: datetime) -> EnrolmentDate:
    """Give one date back and remember it: it is not added again. Twice is harmless.

    Raises NotInProgramme, or EventOver once it has ended.
    """
    enrolment_dates.ensure(enrolment, event)
    with transaction.atomic():
        row = _row(enrolment, event, at=at)
        if row.state != DateState.SKIPPED:
            audit.record("enrolment.date-skipped", enrolment, event=event.pk)
        row.state, row.code, row.reason = DateState.SKIPPED, "", ""
        row.decided_at = row.told_at = at
        row.save()
        mine = Registration.objects.live().filter(event=event, person=enrolment.person_id).first()
        if mine is not None:
            registration.cancel(mine, at=at)
    return row


def take(enrolment: Enrolment, event: Event, *, at: datetime) -> EnrolmentDate:
    """Register for a date that was skipped, given back or refused; a mail confirms it.

    Raises what registering raises, NotInProgramme, and EnrolmentClosed for who has left.
    """
    enrolment_dates.ensure(enrolment, event)
    if enrolment.state != State.ACTIVE:
        raise EnrolmentClosed("You have left this program. Join it again first.")
    with turn(), transaction.atomic():
        row = _row(enrolment, event, at=at)
        outcome = registration.register(event, enrolment_dates.place_of(enrolment), at=at)
        row.state, row.registration = DateState.TAKEN, outcome.registration
        row.is_ours = outcome.is_new or row.is_ours
        row.code = row.reason = ""
        row.decided_at = row.told_at = at
        row.save()
        audit.record("enrolment.date-taken", enrolment, event=event.pk)
    return row


def adopt_rules(enrolment: Enrolment, *, at: datetime) -> Enrolment:
    """Take the programme's rules of today in place of those of the day of enrolling."""
    programme = enrolment.programme
    completion, sets = rules_of(programme)
    changed = Enrolment.objects.filter(pk=enrolment.pk).exclude(completion=completion, sets=sets)
    with transaction.atomic():
        if changed.update(completion=completion, sets=sets, looked_at=at):
            audit.record("enrolment.rules-adopted", enrolment, version=programme.version)
    enrolment.completion, enrolment.sets = completion, sets
    return enrolment


def rules_of(programme: Programme) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rules somebody who enrols now is held to: which events there are is not frozen."""
    sets = {name: slugs for name, slugs in programme.sets.items() if name != PROGRAMME}
    return programme.completion or {}, sets


def _enter(
    programme: Programme, address: people.Typed, fields: dict[str, Any], *, at: datetime
) -> Outcome:
    for tries_left in reversed(range(TRIES)):
        try:
            with turn(), transaction.atomic():
                return _enter_once(programme, address, fields, at=at)
        except IntegrityError:  # the same person at the same moment: the next try finds them
            if not tries_left:
                raise
    raise AssertionError("not reached")


def _enter_once(
    programme: Programme, address: people.Typed, fields: dict[str, Any], *, at: datetime
) -> Outcome:
    person = people.by_key(address.key) or people.make(address, name=fields["name"])
    mine = Enrolment.objects.filter(programme=programme, person=person)
    held = mine.select_for_update(no_key=True).first()
    if held is not None and held.state == State.ACTIVE:
        outbox.put("events/enrolment-again", held, key=f"{held.pk}:{at:%Y%m%d%H}")
        return Outcome(held, is_new=False)
    if held is not None:
        _come_back(held, fields, at=at)
        return Outcome(held, is_new=True)
    completion, sets = rules_of(programme)
    made = Enrolment(
        programme=programme,
        person=person,
        completion=completion,
        sets=sets,
        joined_at=at,
        looked_at=at,
        **fields,
    )
    made.save(force_insert=True)
    audit.record("enrolment.made", made, programme=programme.pk)
    return Outcome(made, is_new=True)


def _come_back(held: Enrolment, fields: dict[str, Any], *, at: datetime) -> None:
    """The same row once more, with what is typed now; dates ahead are decided anew."""
    for name, value in fields.items():
        setattr(held, name, value)
    held.state, held.left_at, held.welcomed_at = State.ACTIVE, None, None
    held.joined_at = held.looked_at = at
    held.round += 1
    held.save()
    held.dates.filter(event__ends_at__gt=at).exclude(state=DateState.SKIPPED).delete()
    audit.record("enrolment.made", held, programme=held.programme_id, round=held.round)


def _locked(enrolment: Enrolment) -> Enrolment:
    found = Enrolment.objects.select_related("programme__lead", "person")
    return found.select_for_update(no_key=True, of=("self",)).get(pk=enrolment.pk)


def _own_dates_ahead(held: Enrolment, at: datetime) -> QuerySet[EnrolmentDate]:
    """Dates that enrolling registered, that still stand and are not over."""
    live = Registration.objects.live().values("pk")
    mine = held.dates.filter(is_ours=True, registration__in=live, event__ends_at__gt=at)
    return mine.select_related("registration")


def _row(enrolment: Enrolment, event: Event, *, at: datetime) -> EnrolmentDate:
    row, _ = EnrolmentDate.objects.select_for_update(no_key=True).get_or_create(
        enrolment=enrolment,
        event=event,
        defaults={"state": DateState.SKIPPED, "decided_at": at, "told_at": at},
    )
    return row
