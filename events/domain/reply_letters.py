"""The mail to a registrant whose calendar program declined: the seat is still theirs."""

from django.core.mail import EmailMultiAlternatives

from events.domain import calendars, links, mails
from events.models import InvitationReply, Registration
from programmes.domain import letters
from programmes.models import OutboxEntry


def invitation_declined(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“Do you still want your seat?”; None where they gave it back or changed their mind."""
    found = InvitationReply.objects.select_related(
        "session", "registration__event__lead", "registration__person"
    ).filter(
        session=entry.facts["session"],
        registration=int(entry.subject.split(":")[1]),
        answer=InvitationReply.Answer.DECLINED,
        registration__state=Registration.State.CONFIRMED,
        registration__event__cancelled_at=None,
    )
    reply = found.first()
    if reply is None or reply.registration is None:
        return None
    registration = reply.registration
    event = registration.event
    manage_url = links.registration_url(registration)
    context = {
        "registration": registration,
        "event": event,
        "session": reply.session,
        "is_one_of_many": event.sessions.filter(is_cancelled=False).count() > 1,
        "place": mails.place_of(event),
        "manage_url": manage_url,
        "leave_url": f"{manage_url}cancellation/",
        "event_url": calendars.event_url(event),
    }
    return letters.compose(
        "events/email/invitation-declined",
        context,
        to=[(registration.name, registration.email)],
        sender=event.lead,
    )
