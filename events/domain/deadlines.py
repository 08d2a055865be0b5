"""What happens when co-hosts do not answer in time, by the rule each of them was asked under."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from events.domain import asking, hosting, proposals, waitlist
from events.domain.asking import News
from events.domain.proposals import Answer
from events.models import Event, EventHost
from kit import walltime
from programmes import audit
from programmes.models import Alliance, AuditEntry

REMIND_BEFORE = timedelta(days=2)
State = EventHost.State
Silence = Event.Silence
OVERDUE = "host.overdue"


def sweep(*, at: datetime) -> dict[str, int]:
    """Remind who is still to answer, and let deadlines pass that have. Safe to run at any time.

    Also ends the parts of alliances that left the partnership by whatever way.
    """
    return {"reminded": _remind(at), "passed": _pass_all(at), "left": _part_with_the_gone(at)}


def pass_for(held: Event, *, at: datetime) -> int:
    """Let the deadlines of one locked event pass; returns how many hosts had not answered.

    Silence counts as a yes, or the event goes on without them, or it waits and the lead is told.
    """
    due = held.hosts.filter(state=State.INVITED, answer_by__lte=at).select_related("alliance")
    count = 0
    for host in due:
        host.event = held
        how = {Silence.AGREES: _agree, Silence.LEAVES: _leave_out}.get(
            Silence(host.silence), _wait_on
        )
        count += how(host, at)
        held.refresh_from_db()
    if count:
        hosting.touch(held, at=at)
    return count


def rule_in_words(silence: str, answer_by: datetime | None, zone: str) -> str:
    """“Please answer by March 3, 2027, 11 a.m. Mountain. No answer counts as a yes.”"""
    if answer_by is None:
        return ""
    here = answer_by.astimezone(ZoneInfo(zone))
    when = f"{walltime.month_day(here)}, {walltime.clock(here)}"
    by = f"Please answer by {when} {walltime.zone_label(zone, answer_by)}."
    rule = {
        Silence.AGREES: "After that, no answer counts as a yes.",
        Silence.LEAVES: "After that, it goes ahead without you if you have not answered.",
    }
    return f"{by} {rule.get(Silence(silence), 'Nothing goes ahead until you have answered.')}"


def rule_of(event: Event) -> str:
    """The event's rule: “Each co-host has 7 days to answer. After that, no answer counts …”"""
    days = f"Each co-host has {event.answer_days} days to answer."
    rule = {
        Silence.AGREES: "After that, no answer counts as a yes.",
        Silence.LEAVES: "After that, it goes ahead without who has not answered.",
    }
    otherwise = "Nothing goes ahead until everybody has answered."
    return f"{days} {rule.get(Silence(event.silence), otherwise)}"


def _remind(at: datetime) -> int:
    """Half of the time, or two days, before an answer is due."""
    asked = EventHost.objects.filter(
        state=State.INVITED,
        reminded_at__isnull=True,
        answer_by__gt=at,
        answer_by__lte=at + REMIND_BEFORE,
    ).exclude(event__status=Event.Status.CANCELLED)
    soon = [
        host
        for host in asked.order_by("pk")
        if host.answer_by and at >= host.answer_by - (host.answer_by - host.invited_at) / 2
    ]
    return sum(asking.remind(host, at=at) for host in soon)


def _pass_all(at: datetime) -> int:
    running = Q(event__ends_at__isnull=True) | Q(event__ends_at__gt=at)
    due = EventHost.objects.filter(running, state=State.INVITED, answer_by__lte=at)
    events = due.exclude(event__status=Event.Status.CANCELLED).values_list("event", flat=True)
    passed = 0
    for pk in sorted(set(events)):
        with transaction.atomic():
            held = waitlist.locked(pk)
            if held.status != Event.Status.CANCELLED:
                passed += pass_for(held, at=at)
    return passed


def _part_with_the_gone(at: datetime) -> int:
    coming = Q(event__ends_at__isnull=True) | Q(event__ends_at__gt=at)
    live = EventHost.objects.filter(coming).exclude(state=State.WITHDRAWN)
    live = live.exclude(event__status=Event.Status.CANCELLED)
    gone = Alliance.objects.filter(is_active=False, pk__in=live.values("alliance"))
    for alliance in gone:
        hosting.leave_partnership(alliance, by=None, at=at)
    return len(gone)


def _agree(host: EventHost, at: datetime) -> int:
    note = "No answer in time, which counts as a yes."
    _record(host, Silence.AGREES)
    hosting.write(host, "accept", note=note, by=None, at=at)
    return 1


def _leave_out(host: EventHost, at: datetime) -> int:
    """It goes on without the host: at once, or with the change that waits for it."""
    note = "No answer in time, so it goes ahead without."
    answer = proposals.answer_of(host)
    if answer is None:
        _record(host, Silence.LEAVES)
        hosting.write(host, "decline", note=note, by=None, at=at)
        return 1
    if answer.state != Answer.ASKED:
        return 0
    _record(host, Silence.LEAVES)
    answer.state, answer.note = Answer.LEFT, note
    answer.save(update_fields=["state", "note"])
    host.note = note
    host.save(update_fields=["note"])
    proposals.settle(host.event, by=None, at=at)
    return 1


def _wait_on(host: EventHost, at: datetime) -> int:
    """Nothing goes ahead; the lead is told, once for each ask."""
    subject = audit.subject(host.event)
    asked = host.invited_at.isoformat()
    known = AuditEntry.objects.filter(action=OVERDUE, subject=subject)
    if known.filter(facts__host=host.alliance_id, facts__asked=asked).exists():
        return 0
    _record(host, Silence.WAITS, action=OVERDUE)
    event = host.event
    news = News(
        f"{host.alliance.name} has not answered in time: “{event.title}”",
        ("Nothing goes ahead until it does. Talk to it, or change the event.",),
    )
    asking.tell(event, [event.lead_id], news, key=f"overdue:{host.pk}:{asked}")
    return 0


def _record(host: EventHost, rule: str, *, action: str = "host.silent") -> None:
    audit.record(
        action,
        host.event,
        host=host.alliance_id,
        rule=str(rule),
        asked=host.invited_at.isoformat(),
    )
