"""How far people are with programmes: what is recorded, gathered in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from events.domain import minutes
from events.domain.minutes import Span
from events.models import Enrolment, Event, Registration, Session, SessionBreak
from programmes.domain import completion, completion_rules
from programmes.domain.completion import Progress
from programmes.domain.completion_evidence import Evidence, Occasion
from programmes.domain.completion_rules import PROGRAMME, RuleSet
from programmes.models import Programme, ProgrammeRecord

Kind = ProgrammeRecord.Kind
AT_ONCE = 500
"""People whose evidence is read in one go."""


@dataclass(frozen=True)
class Entry:
    """One programme of one person, with the enrolment where there is one."""

    programme: Programme
    enrolment: Enrolment | None
    progress: Progress


@dataclass(frozen=True)
class Course:
    """A programme's events as the rules see them, in the order of the programme."""

    programme: Programme
    events: tuple[Event, ...]
    occasions: tuple[Occasion, ...]


def courses(programmes: Iterable[Programme], *, at: datetime) -> dict[int, Course]:
    """The announced events of each programme, by its id. Three queries."""
    wanted = {programme.pk: programme for programme in programmes}
    found = Event.objects.published().filter(programme__in=wanted)
    by_programme: dict[int, list[Event]] = defaultdict(list)
    for event in found.order_by("starts_at", "pk"):
        by_programme[event.programme_id or 0].append(event)
    windows = _windows(event.pk for events in by_programme.values() for event in events)
    return {
        pk: _course(programme, by_programme[pk], windows, at=at) for pk, programme in wanted.items()
    }


def in_order(programme: Programme, events: Iterable[Event]) -> list[Event]:
    """A learning path's events as its organisers put them, others as they come."""
    listed = list(events)
    if programme.kind != Programme.Kind.LEARNING_PATH:
        return listed
    place = {slug: number for number, slug in enumerate(programme.sets.get(PROGRAMME) or [])}
    return sorted(listed, key=lambda event: place.get(event.slug, len(place)))


def of_enrolments(
    programme: Programme, enrolments: Collection[Enrolment], *, at: datetime
) -> dict[int, Progress]:
    """How far each of these people is, by enrolment id, by the rules each is held to.

    Five queries for any number up to 500.
    """
    course = courses([programme], at=at)[programme.pk]
    return dict(_of(course, enrolments))


def of_person(person_id: int, *, at: datetime) -> list[Entry]:
    """The programmes somebody is enrolled in or has attended an event of. Seven queries."""
    mine = Enrolment.objects.filter(person=person_id).select_related("programme__lead")
    enrolments = {one.programme_id: one for one in mine}
    attended = Registration.objects.seated().filter(
        person=person_id, event__programme__isnull=False, attended_seconds__gt=0
    )
    wanted = Q(pk__in=enrolments) | Q(pk__in=attended.values("event__programme"))
    programmes = list(Programme.objects.filter(wanted).select_related("lead").order_by("name"))
    known = courses(programmes, at=at)
    evidence = _evidence(list(known.values()), [person_id])
    return [
        Entry(
            programme,
            enrolment := enrolments.get(programme.pk),
            completion.progress(
                rules_of(enrolment or programme, known[programme.pk]),
                known[programme.pk].occasions,
                evidence[programme.pk][person_id],
            ),
        )
        for programme in programmes
    ]


def rules_of(held: Enrolment | Programme, course: Course) -> RuleSet:
    """The rules somebody is held to; the whole programme has the events it has today."""
    rules = completion_rules.stored(held.completion, held.sets)
    slugs = tuple(occasion.slug for occasion in course.occasions)
    return replace(rules, sets={**rules.sets, PROGRAMME: slugs})


def completed(programme: Programme, *, at: datetime) -> int:
    """How many of those enrolled have completed it. Reads everybody of whom anything is recorded,
    500 at once: nobody completes anything by enrolling alone."""
    course = courses([programme], at=at)[programme.pk]
    attended = Registration.objects.seated().filter(
        person=OuterRef("person"), event__programme=programme, attended_seconds__gt=0
    )
    noted = ProgrammeRecord.objects.filter(person=OuterRef("person"), programme=programme)
    active = Enrolment.objects.active().filter(Exists(attended) | Exists(noted))
    active = active.filter(programme=programme).order_by("pk")
    fields = ("pk", "person_id", "completion", "sets")
    count, after = 0, 0
    while batch := list(active.filter(pk__gt=after).only(*fields)[:AT_ONCE]):
        count += sum(progress.is_met for _, progress in _of(course, batch))
        after = batch[-1].pk
    return count


def _of(course: Course, enrolments: Collection[Enrolment]) -> Iterator[tuple[int, Progress]]:
    people = [one.person_id for one in enrolments]
    evidence = _evidence([course], people)[course.programme.pk]
    read: dict[str, RuleSet] = {}
    for one in enrolments:
        key = repr((one.completion, one.sets))
        rules = read.get(key) or read.setdefault(key, rules_of(one, course))
        yield one.pk, completion.progress(rules, course.occasions, evidence[one.person_id])


def _course(
    programme: Programme, events: list[Event], windows: Mapping[int, Any], *, at: datetime
) -> Course:
    ordered = in_order(programme, events)
    occasions = (
        Occasion(
            slug=event.slug,
            title=event.title,
            windows=tuple(windows.get(event.pk, ())),
            is_over=event.ends_at is not None and event.ends_at <= at,
            is_settled=event.settled_at is not None,
            is_cancelled=event.cancelled_at is not None,
        )
        for event in ordered
    )
    return Course(programme, tuple(ordered), tuple(occasions))


def _windows(event_ids: Iterable[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    """What counts of each event: its sessions without breaks, by event id. Two queries."""
    ids = list(event_ids)
    sessions = Session.objects.filter(event__in=ids, is_cancelled=False).order_by("starts_at")
    rows = list(sessions.values_list("pk", "event_id", "starts_at", "ends_at"))
    pauses: dict[int, list[Span]] = defaultdict(list)
    breaks = SessionBreak.objects.filter(session__event__in=ids)
    for pk, start, end in breaks.values_list("session_id", "starts_at", "ends_at"):
        pauses[pk].append(Span(start, end))
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for pk, event_id, start, end in rows:
        spans = minutes.windows(Span(start, end), pauses[pk])
        found[event_id] += [(span.start, span.end) for span in spans]
    return found


def _evidence(given: Collection[Course], people: Collection[int]) -> dict[int, dict[int, Evidence]]:
    """What is recorded of these people, by programme and person. Two queries."""
    slugs = {
        event.pk: (course.programme.pk, event.slug) for course in given for event in course.events
    }
    attended: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    met: dict[tuple[int, int], set[str]] = defaultdict(set)
    seated = Registration.objects.seated().filter(event__in=slugs, person__in=people)
    fields = ("event_id", "person_id", "presence", "attended_seconds")
    for event_id, person_id, presence, seconds in seated.exclude(presence="").values_list(*fields):
        programme_id, slug = slugs[event_id]
        attended[programme_id, person_id][slug] = seconds or 0
        if presence == Registration.Presence.MET:
            met[programme_id, person_id].add(slug)
    records = _records({course.programme.pk for course in given}, people)
    found: dict[int, dict[int, Evidence]] = defaultdict(lambda: defaultdict(Evidence))
    for key in {*attended, *met, *records}:
        noted = records.get(key, {})
        found[key[0]][key[1]] = Evidence(
            attended=attended[key],
            met=frozenset(met[key]),
            evaluated=frozenset(noted.get(Kind.EVALUATION, {})),
            accepted=frozenset(noted.get(Kind.ASSIGNMENT, {})),
            approved=frozenset(noted.get(Kind.APPROVAL, {})),
            instead=noted.get(Kind.SUBSTITUTION, {}),
        )
    return found


def _records(
    programmes: Collection[int], people: Collection[int]
) -> dict[tuple[int, int], dict[str, dict[str, int]]]:
    """Standing records: by programme and person, by kind, minutes by name."""
    rows = ProgrammeRecord.objects.filter(
        programme__in=programmes, person__in=people, withdrawn_at=None
    )
    found: dict[tuple[int, int], dict[str, dict[str, int]]] = defaultdict(dict)
    for programme_id, person_id, kind, name, length in rows.values_list(
        "programme_id", "person_id", "kind", "name", "minutes"
    ):
        found[programme_id, person_id].setdefault(kind, {})[name] = length or 0
    return found
