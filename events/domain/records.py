"""What organisers note of a person's way through a programme: accepted work, approvals, evaluations
they have seen, and what stands in for an event. Everything noted can be withdrawn, and stays."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from events.models import Enrolment, Event
from kit import text
from kit.errors import Invalid, Refused
from programmes import audit
from programmes.domain import completion_rules
from programmes.domain.completion_rules import MOST_MINUTES, Approval, Assignment
from programmes.models import Alliance, Person, ProgrammeRecord

Kind = ProgrammeRecord.Kind


class SameAlliance(Refused):
    """Work is reviewed by another alliance than the person's own."""

    code = "same-alliance"


class NotHosting(Refused):
    """Only hosts of a programme note anything in it."""

    code = "not-hosting"


@dataclass(frozen=True)
class Noted:
    """What is noted: ``name`` of the work or approval, or the slug of the event it is about.

    ``minutes`` are those of what was attended instead of the event.
    """

    kind: str
    name: str
    note: str = ""
    minutes: int | None = None


def choices(enrolment: Enrolment) -> list[tuple[str, str, str]]:
    """What can be noted of this person, as kind, name and words: what their rules ask for, and for
    each event that something stands in for it. Two queries."""
    rules = completion_rules.stored(enrolment.completion, enrolment.sets).rules
    found = [
        (Kind.ASSIGNMENT.value, rule.name, f"Accepted: {rule.name}")
        for rule in rules
        if isinstance(rule, Assignment)
    ]
    found += [
        (Kind.APPROVAL.value, rule.name, f"Approved: {rule.name}")
        for rule in rules
        if isinstance(rule, Approval)
    ]
    events = Event.objects.published().filter(programme=enrolment.programme_id)
    titles = list(events.order_by("starts_at", "pk").values_list("slug", "title"))
    if any(isinstance(rule, completion_rules.Evaluations) for rule in rules):
        found += [(Kind.EVALUATION.value, s, f"Evaluation seen: {t}") for s, t in titles]
    found += [(Kind.SUBSTITUTION.value, s, f"Something else instead of: {t}") for s, t in titles]
    return found


def add(
    enrolment: Enrolment, noted: Noted, *, alliance: Alliance, by: Person | None, at: datetime
) -> ProgrammeRecord:
    """Note something in the name of ``alliance``. The same again gives the record that stands.

    Raises Invalid for what the person's rules do not ask for, NotHosting, SameAlliance.
    """
    programme = enrolment.programme
    clean = _checked(enrolment, noted)
    if not programme.hosts.filter(pk=alliance.pk).exists():
        raise NotHosting(f"{alliance.name} does not host “{programme.name}”.")
    _ensure_reviewer(enrolment, clean, alliance)
    known = ProgrammeRecord.objects.filter(
        programme=programme, person=enrolment.person_id, kind=clean.kind, name=clean.name
    )
    for last in (False, True):
        if (before := known.filter(withdrawn_at=None).first()) is not None:
            return before
        try:
            with transaction.atomic():
                return _write(enrolment, clean, alliance=alliance, by=by, at=at)
        except IntegrityError:  # the same at the same moment: the next look finds it
            if last:
                raise
    raise AssertionError("not reached")


def withdraw(record: ProgrammeRecord, *, by: Person | None, at: datetime) -> ProgrammeRecord:
    """Take a record back; it no longer counts. Twice is harmless."""
    with transaction.atomic():
        standing = ProgrammeRecord.objects.filter(pk=record.pk, withdrawn_at=None)
        if standing.update(withdrawn_at=at, withdrawn_by=by):
            audit.record("programme-record.withdrawn", record, by=by, kind=record.kind)
    record.refresh_from_db()
    return record


def _checked(enrolment: Enrolment, noted: Noted) -> Noted:
    known = {(kind, name) for kind, name, _ in choices(enrolment)}
    if (noted.kind, noted.name) not in known:
        raise Invalid.at(
            "name", msg=f"This program does not ask for “{noted.name[:120]}”. Choose from the list."
        )
    remark = text.one_line(noted.note, loc="note", what="The note", at_most=500)
    if noted.kind != Kind.SUBSTITUTION:
        return Noted(noted.kind, noted.name, remark)
    if not remark:
        raise Invalid.at("note", msg="Say what was attended instead.")
    minutes = noted.minutes or 0
    if not 0 <= minutes <= MOST_MINUTES:
        raise Invalid.at("minutes", msg=f"The minutes are from 0 to {MOST_MINUTES:,}.")
    return Noted(noted.kind, noted.name, remark, minutes)


def _ensure_reviewer(enrolment: Enrolment, noted: Noted, alliance: Alliance) -> None:
    if noted.kind != Kind.ASSIGNMENT:
        return
    rules = completion_rules.stored(enrolment.completion, enrolment.sets).rules
    asked = Assignment(noted.name, "other_alliance")
    member = enrolment.member_organisation
    own = {enrolment.alliance_id}
    own |= set(member.alliances.values_list("pk", flat=True)) if member else set()
    if asked in rules and alliance.pk in own:
        raise SameAlliance(
            f"{enrolment.name} belongs to {alliance.name}, so organizers of another alliance "
            f"review the {noted.name}."
        )


def _write(
    enrolment: Enrolment, noted: Noted, *, alliance: Alliance, by: Person | None, at: datetime
) -> ProgrammeRecord:
    made = ProgrammeRecord.objects.create(
        programme=enrolment.programme,
        person_id=enrolment.person_id,
        kind=noted.kind,
        name=noted.name,
        note=noted.note,
        minutes=noted.minutes,
        alliance=alliance,
        by=by,
        at=at,
    )
    audit.record(
        "programme-record.made",
        made,
        by=by,
        alliance=alliance.pk,
        kind=noted.kind,
        enrolment=enrolment.pk,
    )
    return made
