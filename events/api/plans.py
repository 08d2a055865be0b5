"""What is sent of an event, with its slugs looked up, as the domain takes it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from events.domain import dates, timing
from events.domain.scheduling import CreditPlan, EventPlan, SessionPlan
from events.schemas import ChangesIn, CreditIn, PlanIn, SessionIn
from kit.errors import Invalid
from kit.faults import Faults
from programmes.access import Actor
from programmes.models import Alliance, Programme, Speaker, Topic

SAME_NAME = (
    "title",
    "slug",
    "summary",
    "description",
    "kind",
    "format",
    "visibility",
    "time_zone",
    "venue",
    "platform",
    "join_url",
    "capacity",
    "closes_minutes_before",
    "sharing",
    "captions",
    "is_recorded",
    "attendance_percent",
    "silence",
    "answer_days",
)

PLANNED = (
    *("title", "starts_local", "ends_local", "starts_fold", "ends_fold", "is_cancelled"),
    *("room", "join_url", "follows", "gap_minutes"),
)


def lead_of(actor: Actor, sent: PlanIn) -> Alliance:
    """The alliance that is to lead: the one named, or the only one the actor organises for.

    Raises Invalid where it is unknown, or left out by somebody with a choice.
    """
    if sent.lead is not None:
        lead = Alliance.objects.active().filter(slug=sent.lead).first()
        if lead is None:
            raise Invalid.at("lead", msg=f"There is no alliance “{sent.lead}”.")
        return lead
    own = list(Alliance.objects.active().filter(pk__in=actor.organises)[:2])
    if len(own) != 1:
        raise Invalid.at("lead", msg="Name the alliance that leads the event, by its slug.")
    return own[0]


def plan_of(sent: PlanIn) -> EventPlan:
    """A whole plan; what was not sent has the domain's default. Raises Invalid."""
    return EventPlan(**changes_of(sent))


def changes_of(sent: ChangesIn, before: EventPlan | None = None) -> dict[str, Any]:
    """The fields that were sent, by the names of EventPlan, slugs looked up. Raises Invalid.

    ``before`` is the plan of an event that is there.
    """
    given = sent.model_fields_set
    changes = {name: getattr(sent, name) for name in SAME_NAME if name in given}
    if changes.get("slug", "") is None:
        del changes["slug"]
    if "waitlist" in given:
        changes["has_waitlist"] = sent.waitlist
    if "sessions" in given:
        zone = sent.time_zone or (before.time_zone if before else "")
        changes["sessions"] = _sessions(sent.sessions, before, zone)
    if "credits" in given:
        changes["credits"] = tuple(_credit(credit) for credit in sent.credits)
    faults = Faults()
    if "programme" in given:
        with faults.noted():
            changes["programme"] = _one(Programme, "programme", sent.programme)
    for name, table in (("topics", Topic), ("speakers", Speaker)):
        if name in given:
            with faults.noted():
                changes[name] = tuple(_all(table, name, getattr(sent, name)))
    faults.settle()
    return changes


def co_hosts_of(sent: ChangesIn, lead: Alliance) -> list[Alliance]:
    """The alliances to ask, without the lead. Raises Invalid for an unknown one."""
    return [host for host in _all(Alliance, "hosts", sent.hosts) if host != lead]


def _sessions(
    sent: Sequence[SessionIn], before: EventPlan | None, zone: str
) -> tuple[SessionPlan, ...]:
    """The sessions that were sent; of one that is there already, what was not sent stays."""
    known = {one.uid: one for one in before.sessions} if before else {}
    found: list[SessionPlan] = []
    for one in sent:
        plan = _session(one, known.get(bare(one.uid or "")))
        if plan.follows and not plan.starts_local and found:
            ends = found[-1].ends_local
            plan = replace(plan, starts_local=ends, ends_local=plan.ends_local or ends)
        if one.minutes is not None and "ends_local" not in one.model_fields_set:
            plan = timing.lasting(plan, one.minutes, zone)
        found.append(plan)
    return dates.marked(before.sessions, found, zone) if before else tuple(found)


def _session(sent: SessionIn, known: SessionPlan | None) -> SessionPlan:
    names = PLANNED if known is None else [n for n in PLANNED if n in sent.model_fields_set]
    planned: dict[str, Any] = {name: getattr(sent, name) for name in names}
    if known is None or "breaks" in sent.model_fields_set:
        planned["breaks"] = tuple((one.starts_local, one.ends_local) for one in sent.breaks)
    if known is None or "speakers" in sent.model_fields_set:
        planned["speakers"] = tuple(sent.speakers)
    return replace(known or SessionPlan("", ""), **planned)


def bare(uid: str) -> str:
    """A session's UID without the domain that calendars see behind it."""
    return uid.partition("@")[0]


def _credit(sent: CreditIn) -> CreditPlan:
    return CreditPlan(sent.scheme, sent.amount, sent.minutes_per_unit)


def _one(table: Any, name: str, slug: str | None) -> Any:
    if slug is None:
        return None
    found = table.objects.filter(slug=slug).first()
    if found is None:
        raise Invalid.at(name, msg=f"There is no {name} “{slug}”.")
    return found


def _all(table: Any, name: str, slugs: Sequence[str]) -> list[Any]:
    """The rows in the order of ``slugs``, each once."""
    known = {row.slug: row for row in table.objects.filter(slug__in=slugs)}
    faults = Faults()
    for at, slug in enumerate(slugs):
        if slug not in known:
            faults.add(name, at, msg=f"There is no “{slug}” among the {_WORDS.get(name, name)}.")
    faults.settle()
    return [known[slug] for slug in dict.fromkeys(slugs)]


_WORDS = {"hosts": "alliances"}
