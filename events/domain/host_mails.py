"""What hosts are written: a question with a link to answer it, a reminder, and news.

Each goes to one person, so that the link is theirs alone and nobody reads who else was written.
"""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from events.domain import approvals, deadlines, hosting, terms
from events.models import Event, EventHost
from kit.text import listed
from programmes.domain import letters
from programmes.models import OutboxEntry, Person


def co_host_invited(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """Asks an organiser for their alliance's yes; None once it is answered or asked anew."""
    return _question(entry)


def co_host_reminded(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """The same once more, shortly before the answer is due."""
    return _question(entry, reminds=True)


def host_news(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """Something happened between the hosts: a headline, lines, perhaps somebody's words."""
    event = Event.objects.select_related("lead").get(pk=_pk(entry))
    person = _person(entry)
    if person is None:
        return None
    context = {
        "event": event,
        "headline": entry.facts["headline"],
        "lines": entry.facts["lines"],
        "quote": entry.facts["quote"],
        "hosts_url": _hosts_url(event),
    }
    return _letter("host-news", context, person, event)


def _question(entry: OutboxEntry, *, reminds: bool = False) -> EmailMultiAlternatives | None:
    host = EventHost.objects.select_related("event__lead", "alliance").get(pk=_pk(entry))
    person, event = _person(entry), host.event
    asked = entry.facts.get("asked", host.asked_terms)
    is_off = event.cancelled_at is not None or host.state != EventHost.State.INVITED
    if is_off or person is None or asked != host.asked_terms:
        return None
    ask = hosting.ask_of(host)
    said = ask.differences
    context = {
        "event": event,
        "alliance": host.alliance,
        "reminds": reminds,
        "rows": terms.rows(ask.terms),
        "title": ask.terms["title"],
        "differences": said,
        "changed": listed(terms.listed_words(row["field"] for row in said)),
        "stays": host.stands,
        "rule": deadlines.rule_in_words(host.silence, host.answer_by, host.alliance.zone),
        "urls": {
            word: approvals.url(host, person, ask.mark, answer=word)
            for word in ("accept", "change", "decline")
        },
        "hosts_url": _hosts_url(event),
    }
    return _letter("co-host-invited", context, person, event)


def _letter(
    template: str, context: dict[str, Any], person: Person, event: Event
) -> EmailMultiAlternatives:
    to = [(person.name, person.email)]
    return letters.compose(f"events/email/{template}", context, to=to, sender=event.lead)


def _person(entry: OutboxEntry) -> Person | None:
    return Person.objects.filter(pk=entry.facts.get("person", 0), is_active=True).first()


def _pk(entry: OutboxEntry) -> int:
    return int(entry.subject.split(":")[1])


def _hosts_url(event: Event) -> str:
    return f"{settings.PUBLIC_BASE_URL}/organize/events/{event.slug}/hosts/"
