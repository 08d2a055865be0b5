"""Hosts, waiting changes, comments and history as plain values for JSON."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch

from events.domain import terms
from events.models import Event, EventHost, HostComment, Proposal, ProposalAnswer
from programmes import audit
from programmes.access import Actor
from programmes.answers import stamp
from programmes.models import Alliance, AuditEntry

Row = dict[str, Any]
State = EventHost.State
MOST_HAPPENINGS = 500


def of_events(ids: Sequence[int], actor: Actor) -> tuple[dict[int, list[Row]], dict[int, Row]]:
    """Hosts and waiting changes by event, as the actor may know them. One query for strangers."""
    parts = EventHost.objects.filter(event__in=ids).order_by("position", "pk")
    fields = ("event_id", "alliance_id", "alliance__slug", "role", "state", "agreed")
    rows = list(parts.values_list(*fields))
    own = set(ids) if actor.is_operator else set()
    own |= {row[0] for row in rows if row[1] in actor.alliances and row[4] != State.WITHDRAWN}
    hosts: dict[int, list[Row]] = defaultdict(list)
    for event, _, slug, role, state, agreed in rows:
        stands = bool(agreed) and state in {State.INVITED, State.DECLINED}
        shown = State.ACCEPTED if stands and event not in own else state
        hosts[event].append({"alliance": slug, "role": role, "state": str(shown)})
    return hosts, _proposals(own) if own else {}


def comments(event: Event) -> list[Row]:
    """The talk of the hosts, oldest first."""
    said = HostComment.objects.filter(event=event).select_related("alliance", "by")
    return [
        {
            "alliance": one.alliance.slug if one.alliance else None,
            "by": one.by.name if one.by else "",
            "kind": one.kind,
            "text": one.text,
            "made_at": stamp(one.made_at),
        }
        for one in said
    ]


def history(event: Event) -> list[Row]:
    """What happened to the event, newest first."""
    entries = AuditEntry.objects.filter(subject=audit.subject(event))
    found = list(entries.select_related("by", "alliance")[:MOST_HAPPENINGS])
    slugs = dict(Alliance.objects.values_list("pk", "slug"))
    return [_happening(entry, slugs) for entry in found]


def _happening(entry: AuditEntry, slugs: dict[int, str]) -> Row:
    facts = entry.facts
    about = [*facts.get("hosts", []), *([facts["host"]] if "host" in facts else [])]
    return {
        "at": stamp(entry.at),
        "action": entry.action,
        "alliance": entry.alliance.slug if entry.alliance else None,
        "by": entry.by.name if entry.by else None,
        "hosts": [slugs[pk] for pk in about if pk in slugs],
        "changed": [str(word) for word in facts.get("changed", [])],
        "differences": facts.get("differences", []),
        "note": facts.get("note") or facts.get("reason") or "",
    }


def _proposals(ids: set[int]) -> dict[int, Row]:
    answers = ProposalAnswer.objects.select_related("host__alliance").order_by("host__position")
    waiting = Proposal.objects.filter(event__in=ids, state=Proposal.State.OPEN)
    return {
        one.event_id: {
            "changes": terms.differences(one.was, one.becomes),
            "agreed": one.fingerprint,
            "made_at": stamp(one.made_at),
            "answers": [_answer(given) for given in one.answers.all()],
            "problem": one.problem,
        }
        for one in waiting.prefetch_related(Prefetch("answers", answers))
    }


def _answer(given: ProposalAnswer) -> Row:
    return {
        "alliance": given.host.alliance.slug,
        "state": given.state,
        "answered_at": stamp(given.answered_at),
        "note": given.note,
    }
