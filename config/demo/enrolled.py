"""People of the demo enrolled in its certificate tracks, so that progress has something to show."""

from datetime import datetime

from django.db import transaction

from config.network.events import hush
from events.domain import enrolment, records
from events.domain.records import Noted
from events.domain.registration import Place
from events.models import Enrolment, Event, Registration
from programmes.domain import completion_rules
from programmes.domain.completion_rules import Assignment
from programmes.models import Programme

MOST = 12
"""People in each track: those who attended something of it first."""


def enrol(*, at: datetime) -> int:
    """Enrol some people in each programme that can be completed and has nobody yet; returns how
    many. One skips a date, one leaves, one has had their work accepted. Nobody is written to."""
    count = 0
    for programme in Programme.objects.select_related("lead").order_by("pk"):
        rules = completion_rules.stored(programme.completion, programme.sets)
        if rules.is_empty or Enrolment.objects.filter(programme=programme).exists():
            continue
        with transaction.atomic():
            people = [_enrol(programme, place, at=at) for place in _places(programme)]
            _live_through(programme, people, at=at)
            hush(*people, *Registration.objects.filter(event__programme=programme))
        count += len(people)
    return count


def _places(programme: Programme) -> list[Place]:
    """Who attended an event of the programme, then who attended anything."""
    seated = Registration.objects.seated().exclude(attended_seconds=None).order_by("pk")
    rows = [*seated.filter(event__programme=programme), *seated]
    found = {row.email: row for row in reversed(rows)}
    chosen = sorted(found.values(), key=lambda row: (row.event.programme != programme, row.pk))
    return [
        Place(name=row.name, email=row.email, organisation=row.organisation)
        for row in chosen[:MOST]
    ]


def _enrol(programme: Programme, place: Place, *, at: datetime) -> Enrolment:
    """Somebody who skips the dates that are full, so that no queue grows."""
    held = enrolment.enrol(programme, place, at=at).enrolment
    waiting = Registration.objects.waiting().filter(enrolment_dates__enrolment=held)
    for registration in waiting.select_related("event"):
        enrolment.skip(held, registration.event, at=at)
    return held


def _live_through(programme: Programme, people: list[Enrolment], *, at: datetime) -> None:
    if len(people) < 3:
        return
    skips, leaves, works = people[1], people[2], people[0]
    date = Event.objects.filter(enrolment_dates__enrolment=skips).order_by("starts_at").first()
    if date is not None:
        enrolment.skip(skips, date, at=at)
    enrolment.leave(leaves, at=at)
    rules = completion_rules.stored(programme.completion, programme.sets).rules
    own = set(works.person.registrations.values_list("alliance", flat=True))
    host = programme.hosts.exclude(pk__in=own - {None}).order_by("position").first()
    for rule in rules:
        if isinstance(rule, Assignment) and host is not None:
            noted = Noted("assignment", rule.name, "Clear, and useful to others.")
            records.add(works, noted, alliance=host, by=None, at=at)
