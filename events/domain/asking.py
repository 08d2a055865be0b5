"""Asks alliances, and tells them: who gets which mail, by when an answer is wanted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from events.domain import terms
from events.models import Event, EventHost
from programmes import audit, outbox
from programmes.models import Alliance, Person, Role

State = EventHost.State
PLANNERS = (Role.Kind.ADMIN, Role.Kind.ORGANISER)


@dataclass(frozen=True)
class News:
    """What the hosts are told about their event: a headline, lines, and words somebody wrote."""

    headline: str
    lines: tuple[str, ...] = ()
    quote: str = ""


def organisers_of(alliances: Iterable[int]) -> QuerySet[Person]:
    """Who plans events for one of these alliances and can sign in."""
    mine = Person.objects.filter(is_active=True, roles__kind__in=PLANNERS)
    return mine.filter(roles__alliance__in=list(alliances)).order_by("pk").distinct()


def operators() -> QuerySet[Person]:
    """Who runs the network."""
    return Person.objects.filter(is_active=True, is_operator=True).order_by("pk")


def answer_by(event: Event, *, at: datetime) -> datetime:
    """When an answer asked for now is due: some days on, and before the event starts."""
    due = at + timedelta(days=event.answer_days)
    starts_at = event.starts_at
    return min(due, starts_at) if starts_at is not None and starts_at > at else due


def ask(
    host: EventHost, event: Event, mark: str, *, changed: Sequence[str] = (), at: datetime
) -> None:
    """Ask a host whether it agrees to the terms with the fingerprint ``mark``.

    Each of its organisers gets a mail of their own, with a link to answer by.
    """
    host.state, host.invited_at, host.asked_terms = State.INVITED, at, mark
    host.silence, host.answer_by = event.silence, answer_by(event, at=at)
    host.reminded_at = None
    host.save()
    _mail("events/co-host-invited", host, changed=changed, at=at)


def remind(host: EventHost, *, at: datetime) -> bool:
    """Remind a host of the answer it owes, once for each ask; False where that was done."""
    mine = EventHost.objects.filter(pk=host.pk, state=State.INVITED, reminded_at__isnull=True)
    if not mine.update(reminded_at=at):
        return False
    _mail("events/co-host-reminded", host, at=at)
    return True


def tell(event: Event, alliances: Iterable[int], news: News, *, key: str) -> int:
    """Mail each organiser of these alliances what happened; returns how many.

    ``key`` names the happening: the same one is never told twice.
    """
    return tell_people(event, organisers_of(alliances), news, key=key)


def tell_people(event: Event, people: Iterable[Person], news: News, *, key: str) -> int:
    """The same for people who are named."""
    entries = [
        outbox.entry(
            "events/host-news",
            event,
            key=f"{event.pk}:{key}:{person.pk}",
            person=person.pk,
            headline=news.headline,
            lines=list(news.lines),
            quote=news.quote,
        )
        for person in people
    ]
    outbox.put_all(entries)
    return len(entries)


def hosts_but(event: Event, *left_out: int | None) -> list[int]:
    """The alliances that take part in planning the event, without some."""
    parts = event.hosts.exclude(state=State.WITHDRAWN).exclude(state=State.DECLINED, agreed="")
    ids = parts.values_list("alliance_id", flat=True)
    return [pk for pk in ids if pk not in left_out]


def ask_again(event: Event, *, changed: Sequence[str], at: datetime) -> list[Alliance]:
    """Ask those co-hosts whose yes, or whose open question, is about something else than it is now.

    The caller holds the event's row. ``changed`` names the fields for the mail. Whoever is being
    asked already is told what is asked now; one that said yes to just this before has its yes back.
    """
    now = terms.of(event)
    mark = terms.keep(event, now, at=at)
    parts = event.hosts.filter(
        role=EventHost.Role.CO_HOST, state__in=[State.INVITED, State.ACCEPTED]
    )
    asked = []
    for host in parts.exclude(agreed=mark).exclude(asked_terms=mark, state=State.INVITED):
        if host.agreed_terms == now:
            host.state, host.agreed, host.asked_terms = State.ACCEPTED, mark, mark
            host.decided_at, host.answer_by = at, None
            host.save()
            audit.record("host.yes-restored", event, host=host.alliance_id)
            continue
        host.decided_at, host.decided_by, host.agreed = None, None, ""
        ask(host, event, mark, changed=changed, at=at)
        asked.append(host)
    if asked:
        audit.record(
            "host.asked-again",
            event,
            hosts=[host.alliance_id for host in asked],
            changed=list(changed),
        )
    keep_status(event)
    return [host.alliance for host in asked]


def ask_anew(event: Event, *, at: datetime) -> None:
    """The rule for silence changed: who is being asked is asked under the new one."""
    for host in event.hosts.filter(state=State.INVITED):
        ask(host, event, host.asked_terms, at=at)


def keep_status(event: Event) -> None:
    """Before it is published, an event is “proposed” as long as somebody is still to answer."""
    if event.published_at is not None or event.status == Event.Status.CANCELLED:
        return
    asked = event.hosts.filter(state=State.INVITED).exists()
    event.status = Event.Status.PROPOSED if asked else Event.Status.DRAFT
    event.save(update_fields=["status"])


def _mail(kind: str, host: EventHost, *, at: datetime, changed: Sequence[str] = ()) -> None:
    """One mail for each organiser; where an alliance has none, the operators hear of it."""
    people = list(organisers_of([host.alliance_id])) or list(operators())
    outbox.put_all(
        outbox.entry(
            kind,
            host,
            key=f"{host.pk}:{at.isoformat()}:{person.pk}",
            person=person.pk,
            asked=host.asked_terms,
            changed=list(changed),
        )
        for person in people
    )
