"""Programmes and people's progress as plain values for JSON, and what is sent as the domain takes
it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, QuerySet

from events.domain import passport
from events.models import Enrolment
from events.schemas_programmes import ProgrammeChangesIn
from kit.errors import Invalid
from kit.faults import Faults
from programmes.access import Actor
from programmes.answers import stamp
from programmes.domain import completion_words
from programmes.domain.completion import Progress
from programmes.domain.completion_rules import PROGRAMME
from programmes.models import Alliance, Programme, ProgrammeRecord, Topic
from programmes.rules import may_see_programme_desk

Row = dict[str, Any]
SAME_NAME = (
    *("name", "kind", "description", "completion", "sets", "award", "sharing"),
    "takes_enrolments",
)


def with_lists(found: QuerySet[Programme]) -> QuerySet[Programme]:
    """``found`` as ``programmes()`` takes them: with lead, hosts and topics beside them."""
    hosts = Prefetch("hosts", Alliance.objects.order_by("position", "pk"))
    topics = Prefetch("topics", Topic.objects.order_by("name", "pk"))
    return found.select_related("lead").prefetch_related(hosts, topics)


def programmes(found: Sequence[Programme], *, actor: Actor, at: datetime) -> list[Row]:
    """The Programme objects, of programmes read ``with_lists``. Three queries.

    Events that are not announced are named to hosts alone, also where the rules speak of them.
    """
    known = passport.courses(found, at=at)
    return [
        _programme(one, known[one.pk], is_host=may_see_programme_desk(actor, one)) for one in found
    ]


def progress(programme: Programme, found: Sequence[Enrolment], *, at: datetime) -> list[Row]:
    """How far each of these people is. Five queries."""
    known = passport.of_enrolments(programme, found, at=at)
    return [
        {
            "code": one.code,
            "name": one.name,
            "email": one.email,
            "organisation": one.organisation,
            "alliance": one.alliance.slug if one.alliance else None,
            "state": one.state,
            "joined_at": stamp(one.joined_at),
            **progress_fields(known[one.pk]),
        }
        for one in found
    ]


def progress_fields(progress: Progress) -> Row:
    """What is the same wherever progress is told."""
    return {
        "has_rule": progress.has_rule,
        "is_complete": progress.is_met,
        "percent": progress.percent,
        "parts": [
            {
                "text": part.text,
                "done": part.done,
                "of": part.of,
                "is_met": part.is_met,
                "missing": list(part.missing),
            }
            for part in progress.parts
        ],
        "events": [
            {"event": slug, "counts": standing.counts, "text": standing.text}
            for slug, standing in progress.standings.items()
        ],
        "counted_from": stamp(progress.first),
        "counted_until": stamp(progress.until),
    }


def records(found: Sequence[ProgrammeRecord]) -> list[Row]:
    """What was noted of a person; the alliance must be loaded."""
    return [
        {
            "id": one.pk,
            "kind": one.kind,
            "name": one.name,
            "note": one.note,
            "minutes": one.minutes,
            "alliance": one.alliance.slug,
            "at": stamp(one.at),
            "withdrawn_at": stamp(one.withdrawn_at),
        }
        for one in found
    ]


def totals(programme: Programme) -> Row:
    """How many are in it and have left; those in it by alliance. Two queries."""
    rows = Enrolment.objects.filter(programme=programme)
    counts = dict(rows.values_list("state").annotate(count=Count("pk")).order_by())
    by_alliance = rows.filter(state=Enrolment.State.ACTIVE, alliance__isnull=False)
    return {
        "enrolled": counts.get(Enrolment.State.ACTIVE, 0),
        "left": counts.get(Enrolment.State.LEFT, 0),
        "by_alliance": dict(
            by_alliance.values_list("alliance__slug").annotate(count=Count("pk")).order_by()
        ),
    }


def lead_of(actor: Actor, slug: str | None) -> Alliance:
    """The alliance that is to lead: the one named, or the only one the actor organises for.

    Raises Invalid where it is unknown, or left out by somebody with a choice.
    """
    if slug is not None:
        lead = Alliance.objects.active().filter(slug=slug).first()
        if lead is None:
            raise Invalid.at("lead", msg=f"There is no alliance “{slug}”.")
        return lead
    own = list(Alliance.objects.active().filter(pk__in=actor.organises)[:2])
    if len(own) != 1:
        raise Invalid.at("lead", msg="Name the alliance that leads the programme, by its slug.")
    return own[0]


def changes_of(sent: ProgrammeChangesIn) -> Row:
    """The fields that were sent, by the names of ProgrammePlan, slugs looked up. Raises Invalid."""
    given = sent.model_fields_set
    changes: Row = {name: getattr(sent, name) for name in SAME_NAME if name in given}
    faults = Faults()
    if "topics" in given:
        with faults.noted():
            changes["topics"] = _known(Topic.objects.all(), sent.topics, "topics", "topic")
    if "hosts" in given:
        with faults.noted():
            active = Alliance.objects.active()
            changes["co_hosts"] = _known(active, sent.hosts, "hosts", "alliance")
    faults.settle()
    return changes


def _known(rows: Any, slugs: list[str], field: str, word: str) -> tuple[Any, ...]:
    found = {row.slug: row for row in rows.filter(slug__in=slugs)}
    for index, slug in enumerate(slugs):
        if slug not in found:
            raise Invalid.at(field, index, msg=f"There is no {word} “{slug}”.")
    return tuple(found.values())


def _programme(one: Programme, course: passport.Course, *, is_host: bool) -> Row:
    rules = passport.rules_of(one, course)
    sizes = {name: len(members) for name, members in rules.sets.items()}
    listed = [event.slug for event in course.events if event.visibility != "unlisted"]
    return {
        "slug": one.slug,
        "name": one.name,
        "kind": one.kind,
        "lead": one.lead.slug,
        "hosts": [host.slug for host in one.hosts.all()],
        "topics": [topic.slug for topic in one.topics.all()],
        "description": one.description,
        "events": listed,
        "rules": completion_words.in_words(rules, sizes),
        "completion": one.completion if is_host else _public(one.completion, listed),
        "sets": {
            name: [slug for slug in members if is_host or slug in listed]
            for name, members in rules.sets.items()
            if name != PROGRAMME
        },
        "award": one.award or {},
        "sharing": one.sharing,
        "takes_enrolments": one.takes_enrolments,
        "version": one.version,
        "url": f"{settings.PUBLIC_BASE_URL}/programs/{one.slug}/",
        "feed_url": f"{settings.PUBLIC_BASE_URL}/feeds/programs/{one.slug}.ics",
    }


def _public(completion: Row, listed: list[str]) -> Row:
    """The rules without the slugs of events that are not announced."""
    if not isinstance(completion, dict) or "all_of" not in completion:
        return completion or {}
    rules = [_public_rule(rule, listed) for rule in completion["all_of"] or []]
    return {**completion, "all_of": rules}


def _public_rule(rule: Any, listed: list[str]) -> Any:
    if not isinstance(rule, dict) or rule.get("rule") != "required_events":
        return rule
    shown = {**rule, "events": [slug for slug in rule.get("events") or [] if slug in listed]}
    if "substitutes" in rule:
        shown["substitutes"] = {
            slug: [one for one in instead if one in listed]
            for slug, instead in (rule["substitutes"] or {}).items()
            if slug in listed
        }
    return shown
