"""Secret links to manage a calendar address without an account, and the mails that carry them.

The link is not the address: who has the address in a calendar program can read, who has the link
can change. It is derived and never stored, so that a mail waiting to be sent holds no secret.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from events.models import FeedSubscription, Registration
from kit import ids
from programmes import outbox
from programmes.domain import letters
from programmes.domain.people import key_of
from programmes.models import Alliance, OutboxEntry, Person

MANAGING = "feed-managing"
PERSONAL = "feed-personal"
GOOD_FOR = timedelta(hours=24)
"""How long the link to a person's own addresses opens: time to find the mail."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _keys() -> list[bytes]:
    return [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


# -- one address


def token_of(subscription: FeedSubscription) -> str:
    """The token of its managing link; the same for its whole life, also after a new address."""
    return ids.sign(MANAGING, _value(subscription), key=_keys()[0])


def _value(subscription: FeedSubscription) -> str:
    """With the moment it was made: a number may be given out again once its row is gone."""
    return f"{subscription.pk}:{(subscription.made_at - _EPOCH) // timedelta(microseconds=1)}"


def find(token: str) -> FeedSubscription | None:
    """The subscription a managing link belongs to; None for any other text and a deleted one."""
    value = ids.unsign(MANAGING, token, keys=_keys())
    if value is None:
        return None
    living = FeedSubscription.objects.filter(revoked_at=None).prefetch_related("fetches")
    found = living.select_related("owner").filter(pk=int(value.partition(":")[0])).first()
    return found if found is not None and _value(found) == value else None


def url_of(subscription: FeedSubscription) -> str:
    """The whole address of its managing page."""
    return f"{settings.PUBLIC_BASE_URL}/feeds/manage/{token_of(subscription)}/"


def mail_link(subscription: FeedSubscription, address: str, *, at: datetime) -> None:
    """Mail the managing link to an address somebody typed: once an hour for each, and no word of
    theirs. Raises BadAddress."""
    to = key_of(address)
    key = f"{subscription.pk}:{ids.token_hash(to)[:16]}:{at:%Y%m%d%H}"
    with transaction.atomic():
        outbox.put("events/feed-link", subscription, key=key, to=to)


# -- all of one person's


def personal_token(person: Person, *, at: datetime) -> str:
    """Opens the page of a person's own addresses for a day from ``at``."""
    until = int((at + GOOD_FOR).timestamp())
    return ids.sign(PERSONAL, f"{person.pk}:{until}", key=_keys()[0])


def find_person(token: str, *, at: datetime) -> Person | None:
    """Whose link it is; None for any other text and when its day is over."""
    value = ids.unsign(PERSONAL, token, keys=_keys())
    if value is None:
        return None
    number, _, until = value.partition(":")
    if at.timestamp() > int(until):
        return None
    return Person.objects.filter(pk=int(number), is_active=True).first()


def mail_personal_link(registration: Registration, *, at: datetime) -> None:
    """Mail the link to the page of all the person's own addresses, to the person: a registration's
    link may have been passed on, and must not open the rest."""
    key = f"{registration.person_id}:{at:%Y%m%d%H}"
    with transaction.atomic():
        outbox.put("events/feed-personal", registration, key=key, asked_at=at.isoformat())


# -- mails


def feed_link(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“Your link”; None where the subscription was deleted since."""
    pk = int(entry.subject.partition(":")[2])
    found = FeedSubscription.objects.filter(pk=pk, revoked_at=None).first()
    sender = Alliance.objects.active().first()
    if found is None or sender is None:
        return None
    context = {"manage_url": url_of(found)}
    to = [("", str(entry.facts["to"]))]
    return letters.compose("events/email/feed-link", context, to=to, sender=sender)


def feed_personal(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """“All your registrations in your calendar”; None where its day is over already."""
    pk = int(entry.subject.partition(":")[2])
    registration = Registration.objects.select_related("event__lead", "person").get(pk=pk)
    person = registration.person
    token = personal_token(person, at=datetime.fromisoformat(entry.facts["asked_at"]))
    context = {"personal_url": f"{settings.PUBLIC_BASE_URL}/feeds/personal/{token}/"}
    return letters.compose(
        "events/email/feed-personal",
        context,
        to=[(registration.name, person.email)],
        sender=registration.event.lead,
    )
