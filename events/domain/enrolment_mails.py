"""The mails about a whole programme: one for all its dates, each composed when it is sent.

A function returns None where the mail is no longer true.
"""

from collections.abc import Iterable
from typing import Any, Literal

from django.core.mail import EmailMultiAlternatives
from django.db.models import Q

from events.domain import links, mails
from events.models import Enrolment, EnrolmentDate, Registration
from programmes.domain import letters
from programmes.domain.letters import Invitation
from programmes.models import OutboxEntry

State = Registration.State
MOST_PARTS = 60
"""So many calendar files at most hang on one mail; the personal page has every date."""


def enrolment_joined(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“You are enrolled”, with every date and an invitation to each that has a seat."""
    enrolment = _enrolment(entry)
    if enrolment.state != Enrolment.State.ACTIVE:
        return None
    return _letter("enrolment-joined", enrolment, _dates(enrolment), invites=True)


def enrolment_added(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“A date was added”, with those dates alone; None where none of them still stands."""
    enrolment = _enrolment(entry)
    rows = _dates(enrolment, Q(pk__in=entry.facts["dates"]))
    stands = any(row["kind"] != "off" for row in rows)
    if enrolment.state != Enrolment.State.ACTIVE or not stands:
        return None
    return _letter("enrolment-added", enrolment, rows, invites=True)


def enrolment_again(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“You were enrolled already, here is your link.”"""
    enrolment = _enrolment(entry)
    if enrolment.state != Enrolment.State.ACTIVE:
        return None
    return _letter("enrolment-again", enrolment, _dates(enrolment))


def enrolment_left(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“You have left”; takes the dates that were given back out of the person's calendar."""
    enrolment = _enrolment(entry)
    if enrolment.state != Enrolment.State.LEFT:
        return None
    ended = _with_event(Registration.objects.filter(pk__in=entry.facts["cancelled"]))
    rows = [_row(one.event, "off", "Given back") for one in ended]
    seated = [one for one in ended if one.seated_at is not None]
    return _letter("enrolment-left", enrolment, rows, _invitation(seated, "CANCEL"))


def _letter(
    template: str,
    enrolment: Enrolment,
    rows: list[dict[str, Any]],
    invitation: Invitation | None = None,
    *,
    invites: bool = False,
) -> EmailMultiAlternatives:
    if invites:
        seated = [row["registration"] for row in rows if row["kind"] == "ok"]
        invitation = _invitation(seated, "REQUEST")
    programme = enrolment.programme
    context = {
        "enrolment": enrolment,
        "programme": programme,
        "rows": rows,
        "has_invitation": invitation is not None,
        "manage_url": links.enrolment_url(enrolment),
    }
    return letters.compose(
        f"events/email/{template}",
        context,
        to=[(enrolment.name, enrolment.email)],
        sender=programme.lead,
        invitation=invitation,
    )


def _dates(enrolment: Enrolment, narrowed: Q | None = None) -> list[dict[str, Any]]:
    """What became of each date that is not skipped, as it is now, the next one first."""
    rows = enrolment.dates.exclude(state=EnrolmentDate.State.SKIPPED).filter(narrowed or Q())
    rows = rows.select_related("event__lead", "registration__person")
    found = []
    for row in rows.order_by("event__starts_at", "pk"):
        if row.registration is not None:
            row.registration.event = row.event
        kind, words = _standing(row)
        found.append({**_row(row.event, kind, words), "registration": row.registration})
    return found


def _standing(row: EnrolmentDate) -> tuple[str, str]:
    if row.event.cancelled_at is not None:
        return "off", "The event was canceled"
    if row.registration is None:
        return "off", row.reason
    words = {
        State.CONFIRMED: ("ok", "You are registered"),
        State.WAITLISTED: ("waiting", "You are on the waitlist"),
        State.PENDING: ("waiting", "The organizers look at your request"),
    }
    return words.get(State(row.registration.state), ("off", "Canceled"))


def _row(event: Any, kind: str, words: str) -> dict[str, Any]:
    return {"event": event, "kind": kind, "standing": words, "place": mails.place_of(event)}


def _invitation(
    seated: Iterable[Registration], method: Literal["REQUEST", "CANCEL"]
) -> Invitation | None:
    """One invitation for each date, all in the same mail; None where there is no date."""
    parts = [mails.invitation_for(registration, method) for registration in seated]
    contents = [content for part in parts if part is not None for content in part.contents]
    return Invitation(contents[:MOST_PARTS], method) if contents else None


def _with_event(found: Any) -> list[Registration]:
    return list(found.select_related("event__lead", "person").order_by("event__starts_at", "pk"))


def _enrolment(entry: OutboxEntry) -> Enrolment:
    found = Enrolment.objects.select_related("programme__lead", "person")
    return found.get(pk=int(entry.subject.split(":")[1]))
