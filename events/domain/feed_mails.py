"""The mail about a calendar address of one's own: it was renewed, and the old one is dead."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from events.models import FeedSubscription, Registration
from programmes.domain import letters
from programmes.models import Alliance, OutboxEntry, Person


def feed_renewed(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """Says that the address changed, never what it is now: mails are forwarded.

    None where the subscription was deleted since, or nobody owns it.
    """
    living = FeedSubscription.objects.select_related("owner").filter(revoked_at=None)
    found = living.filter(pk=int(entry.subject.partition(":")[2])).first()
    sender = _known_to(found.owner) if found is not None and found.owner is not None else None
    if found is None or found.owner is None or sender is None:
        return None
    context = {
        "subscription": found,
        "person": found.owner,
        "feeds_url": f"{settings.PUBLIC_BASE_URL}/feeds/",
    }
    to = [(found.owner.name, found.owner.email)]
    return letters.compose("events/email/feed-renewed", context, to=to, sender=sender)


def _known_to(person: Person) -> Alliance | None:
    """The alliance the person has to do with: of their role, of their last event, else any."""
    theirs = Alliance.objects.active().filter(roles__person=person).first()
    last = Registration.objects.filter(person=person).select_related("event__lead")
    registration = last.order_by("-joined_at").first()
    return theirs or (
        registration.event.lead if registration else Alliance.objects.active().first()
    )
