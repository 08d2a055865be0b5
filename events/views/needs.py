"""What events want of an organiser: answers, settling, and news of a co-host's no."""

from datetime import datetime

from django.urls import reverse

from events.domain import agenda
from events.models import Event, EventHost, PartnerCalendar, ProposalAnswer
from events.views import workspace
from kit.text import listed
from programmes.access import Actor
from programmes.needs import FIRST, Need

SEVERAL = 3
"""Failures in a row before a calendar is worth a person's time: servers rest now and then."""


def asked(actor: Actor, *, at: datetime) -> list[Need]:
    """Other alliances wait for our yes or no."""
    if not actor.is_organiser:
        return []
    parts = agenda.invitations(agenda.duties(actor)).select_related("event__lead", "alliance")
    return [
        Need(
            "waiting",
            "Answer",
            _question(part),
            reverse("organise-hosts", args=[part.event.slug]),
            f"{part.event.lead.name} asks. {workspace.date_line(part.event)}",
        )
        for part in parts[:FIRST]
    ]


def _question(part: EventHost) -> str:
    if part.stands:
        return f"Does {part.alliance.name} agree to the change of “{part.event.title}”?"
    return f"Will {part.alliance.name} co-host “{part.event.title}”?"


def lead_offered(actor: Actor, *, at: datetime) -> list[Need]:
    """Another alliance asks us to take the lead over."""
    if not actor.is_organiser:
        return []
    parts = agenda.lead_offers(agenda.duties(actor)).select_related("event__lead", "alliance")
    return [
        Need(
            "waiting",
            "Answer",
            f"Will {part.alliance.name} lead “{part.event.title}”?",
            reverse("organise-hosts", args=[part.event.slug]),
            f"{part.event.lead.name} asks. {workspace.date_line(part.event)}",
        )
        for part in parts[:FIRST]
    ]


def change_declined(actor: Actor, *, at: datetime) -> list[Need]:
    """A co-host said no to a change of ours: propose something else, or go ahead without them."""
    if not actor.is_organiser:
        return []
    rows = agenda.changes_declined(agenda.duties(actor))
    found = rows.select_related("host__alliance", "proposal__event")
    return [_no_to_a_change(one, one.proposal.event) for one in found[:FIRST]]


def _no_to_a_change(answer: ProposalAnswer, event: Event) -> Need:
    return Need(
        "problem",
        "Declined",
        f"{answer.host.alliance.name} does not agree to the change of “{event.title}”",
        reverse("organise-hosts", args=[event.slug]),
        answer.note,
    )


def declined(actor: Actor, *, at: datetime) -> list[Need]:
    """A co-host said no to something that is not announced yet: ask somebody else, or go on."""
    if not actor.is_organiser:
        return []
    events = agenda.declined(agenda.duties(actor)).order_by("starts_at", "pk")
    return [_declined(event) for event in workspace.with_parts(events)[:FIRST]]


def _declined(event: Event) -> Need:
    parts = [part for part in event.hosts.all() if part.state == "declined"]
    notes = [f"{part.alliance.short_name}: {part.note}" for part in parts if part.note]
    return Need(
        "problem",
        "Declined",
        f"{listed(part.alliance.name for part in parts)} will not co-host “{event.title}”",
        reverse("organise-hosts", args=[event.slug]),
        " ".join([*notes, workspace.date_line(event)]),
    )


def speakers_declined(actor: Actor, *, at: datetime) -> list[Need]:
    """Somebody asked to speak said no: ask somebody else, or go on without."""
    if not actor.is_organiser:
        return []
    found = agenda.speakers_declined(agenda.duties(actor), at=at)
    return [
        Need(
            "problem",
            "Declined",
            f"{no.speaker} will not speak at “{no.session.event.title}”",
            reverse("organise-event-speakers", args=[no.session.event.slug]),
            " ".join(filter(None, [no.comment, workspace.date_line(no.session.event)])),
        )
        for no in found[:FIRST]
    ]


def unsent(actor: Actor, *, at: datetime) -> list[Need]:
    """Mails about our events that could not be sent, or may not have arrived."""
    if not actor.is_organiser:
        return []
    return [
        Need(
            "problem",
            "Failed",
            f"{one.count:,} {'mail' if one.count == 1 else 'mails'} about “{one.event.title}”"
            " could not be sent",
            reverse("organise-registrations", args=[one.event.slug]),
            one.error,
        )
        for one in agenda.unsent(agenda.duties(actor))[:FIRST]
    ]


def unsettled(actor: Actor, *, at: datetime) -> list[Need]:
    """Over, and nobody has said yet who was there."""
    if not actor.is_organiser:
        return []
    events = agenda.unsettled(agenda.duties(actor), at=at).order_by("ends_at", "pk")
    return [
        Need(
            "waiting",
            "Attendance",
            f"Settle attendance of “{event.title}”",
            reverse("organise-attendance", args=[event.slug]),
            workspace.date_line(event),
        )
        for event in events[:FIRST]
    ]


def unanswered(actor: Actor, *, at: datetime) -> list[Need]:
    """We wait for somebody else's yes or no."""
    if not actor.is_organiser:
        return []
    events = agenda.unanswered(agenda.duties(actor)).order_by("starts_at", "pk")
    return [_unanswered(event) for event in workspace.with_parts(events)[:FIRST]]


def _unanswered(event: Event) -> Need:
    names = [part.alliance.name for part in event.hosts.all() if part.state == "invited"]
    verb = "has" if len(names) == 1 else "have"
    return Need(
        "info",
        "Waiting",
        event.title,
        reverse("organise-hosts", args=[event.slug]),
        f"{listed(names)} {verb} not answered. {workspace.date_line(event)}",
    )


def unread_calendars(actor: Actor, *, at: datetime) -> list[Need]:
    """Calendars our alliances keep elsewhere that could not be read for some hours."""
    if not actor.is_organiser:
        return []
    rows = PartnerCalendar.objects.visible_to(actor).filter(
        state=PartnerCalendar.State.ACTIVE, failures__gte=SEVERAL
    )
    if not actor.is_operator:
        rows = rows.filter(alliance__in=actor.organises)
    return [
        Need(
            "problem",
            "Failed",
            f"“{one.name}” could not be read {one.failures} times in a row",
            reverse("organise-partner-calendar", args=[one.pk]),
            one.error,
        )
        for one in rows.order_by("-failures", "pk")[:FIRST]
    ]
