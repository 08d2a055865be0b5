"""Calendar addresses of one subscriber's own: made, named, edited, renewed, revoked, found again.

The secret part of an address is 32 random bytes. Only its hash is kept, so it is shown once, by
whoever calls ``save_selection``, ``personal``, ``organiser``, ``speaker`` or ``renew``.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, transaction
from django.db.models import QuerySet

from events.domain import listing, partners, selections
from events.domain.phrases import HOUSE, LANGUAGES, say
from events.domain.selections import NoSuchFeed, Selection
from events.models import FeedFetch, FeedSubscription
from kit import ids, text
from kit.errors import Invalid, Refused
from programmes import audit, outbox
from programmes.models import Person, Speaker

Kind = FeedSubscription.Kind
MOST_PER_PERSON = 50
LONGEST_ALARM = 4 * 7 * 24 * 60
"""Minutes: four weeks before the start."""
LIVE = timedelta(days=14)
"""A program that has not asked for so long has most likely been told to stop."""
FOLDERS = {
    Kind.SELECTION: "s",
    Kind.PERSONAL: "me",
    Kind.SPEAKER: "speaker",
    Kind.ORGANISER: "organizer",
}

# What programs call themselves, coarsely: enough to know what refreshes how often.
_CLIENTS = (
    ("Google", r"google"),
    ("Outlook", r"outlook|microsoft|exchange|office"),
    ("Thunderbird", r"thunderbird|lightning|mozilla/.*gecko/\S+ thunderbird"),
    ("Apple", r"dataaccessd|calendaragent|ios/|macos/|iphone|ipad|apple|remindd"),
    ("Android", r"icsx|davx|android|okhttp"),
    ("Evolution", r"evolution|gnome"),
    ("Browser", r"mozilla/|opera"),
)
_CLIENT = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _CLIENTS]
CLIENTS = (*(name for name, _ in _CLIENTS), "Other")


class TooManySubscriptions(Refused):
    """One person keeps no more than 50 addresses."""

    code = "too-many-subscriptions"


# -- making and changing


def save_selection(  # noqa: PLR0913  (what a subscription consists of)
    selection: Selection,
    *,
    name: str = "",
    owner: Person | None = None,
    alarm_minutes: int | None = None,
    language: str = HOUSE,
    at: datetime,
) -> tuple[FeedSubscription, str]:
    """Keep a choice of events under an address of its own; returns it and its secret part.

    ``alarm_minutes`` is how long before each start to remind, None for never. Without a name it is
    called like the feed it chooses. Raises Invalid (place ``name``, ``alarm_minutes`` or
    ``language``), BadFilter, NoSuchFeed, TooManySubscriptions.
    """
    fields = _checked(name=name, alarm_minutes=alarm_minutes, language=language)
    selections.check_known(selection)
    return _make(
        Kind.SELECTION, owner=owner, at=at, selection=selections.as_kept(selection), **fields
    )


def edit_selection(  # noqa: PLR0913  (the same)
    subscription: FeedSubscription,
    selection: Selection | None = None,
    *,
    name: str | None = None,
    alarm_minutes: int | None = None,
    language: str | None = None,
    at: datetime,
) -> FeedSubscription:
    """Give a subscription another choice, name, reminder or language; its address stays.

    None leaves the choice, the name and the language as they are, and turns the reminder off. Works
    for every kind; only saved selections have a choice. Raises as ``save_selection``.
    """
    fields = _checked(
        name=subscription.name if name is None else name,
        alarm_minutes=alarm_minutes,
        language=subscription.language if language is None else language,
    )
    if selection is not None:
        if subscription.kind != Kind.SELECTION:
            raise ValueError("only a saved selection chooses events")
        selections.check_known(selection)
    if subscription.kind == Kind.SELECTION:
        kept = selections.from_kept(subscription.selection)
        fields["selection"] = selections.as_kept(replace(selection or kept, edits=kept.edits + 1))
    with transaction.atomic():
        FeedSubscription.objects.filter(pk=subscription.pk).update(**fields)
        audit.record("feed.edited", subscription, by=subscription.owner_id)
    subscription.refresh_from_db()
    return subscription


def personal(
    person: Person,
    *,
    name: str = "",
    alarm_minutes: int | None = None,
    language: str = HOUSE,
    at: datetime,
) -> str:
    """A new address for all that ``person`` registered for; returns its secret part."""
    fields = _checked(name=name, alarm_minutes=alarm_minutes, language=language)
    return _make(Kind.PERSONAL, owner=person, at=at, **fields)[1]


def organiser(
    person: Person,
    *,
    name: str = "",
    alarm_minutes: int | None = None,
    language: str = HOUSE,
    at: datetime,
) -> str:
    """A new address for all that the person's alliances plan; returns its secret part.

    Which alliances those are is looked up at each fetch: it shows nothing after a role ended.
    """
    fields = _checked(name=name, alarm_minutes=alarm_minutes, language=language)
    return _make(Kind.ORGANISER, owner=person, at=at, **fields)[1]


def speaker(speaker: Speaker, *, name: str = "", language: str = HOUSE, at: datetime) -> str:
    """A new address for the sessions of ``speaker``; returns its secret part."""
    fields = _checked(name=name, alarm_minutes=None, language=language)
    return _make(Kind.SPEAKER, owner=None, at=at, speaker=speaker, **fields)[1]


def renew(subscription: FeedSubscription, *, at: datetime) -> str:
    """A new secret for an address that leaked; the old address answers 404 from now on.

    Its owner is told by mail, without the new secret. Raises NoSuchFeed for a revoked one.
    """
    token = ids.secret_token()
    with transaction.atomic():
        living = FeedSubscription.objects.filter(pk=subscription.pk, revoked_at=None)
        if not living.update(token_hash=ids.token_hash(token), renewed_at=at):
            raise NoSuchFeed("This calendar address was deleted. Make a new one.")
        subscription.refresh_from_db()
        audit.record("feed.renewed", subscription, by=subscription.owner_id)
        if subscription.owner_id is not None:
            key = f"{subscription.pk}:{at:%Y%m%dT%H%M%S%f}"
            outbox.put("events/feed-renewed", subscription, key=key)
    return token


def revoke(subscription: FeedSubscription, *, at: datetime) -> None:
    """The address answers 404 from now on. Twice is harmless."""
    with transaction.atomic():
        living = FeedSubscription.objects.filter(pk=subscription.pk, revoked_at=None)
        if living.update(revoked_at=at):
            audit.record("feed.revoked", subscription, by=subscription.owner_id)
    subscription.refresh_from_db()


def _make(
    kind: str, *, owner: Person | None, at: datetime, **fields: Any
) -> tuple[FeedSubscription, str]:
    """A new row and its secret; the rows of one owner are counted first."""
    if owner is not None and of_person(owner).count() >= MOST_PER_PERSON:
        raise TooManySubscriptions(
            f"You have {MOST_PER_PERSON} calendar addresses. Delete one you no longer use."
        )
    token = ids.secret_token()
    fields["name"] = fields["name"] or Kind(kind).label
    with transaction.atomic():
        made = FeedSubscription.objects.create(
            token_hash=ids.token_hash(token), kind=kind, owner=owner, made_at=at, **fields
        )
        audit.record("feed.saved", made, by=owner, kind=str(kind))
    return made, token


def _checked(*, name: str, alarm_minutes: int | None, language: str) -> dict[str, Any]:
    if alarm_minutes is not None and not 0 <= alarm_minutes <= LONGEST_ALARM:
        raise Invalid.at("alarm_minutes", msg="A reminder comes at most four weeks before.")
    if language not in LANGUAGES:
        raise Invalid.at("language", msg=f"Choose {' or '.join(LANGUAGES.values())}.")
    return {
        "name": text.one_line(name, loc="name", what="The name", at_most=120),
        "alarm_minutes": alarm_minutes,
        "language": language,
    }


# -- finding


def of_person(person: Person) -> QuerySet[FeedSubscription]:
    """The person's addresses that work, oldest first, with who fetched them."""
    living = FeedSubscription.objects.filter(owner=person, revoked_at=None)
    return living.prefetch_related("fetches").order_by("made_at", "pk")


def by_token(token: str, *, kind: str = "") -> FeedSubscription | None:
    """The subscription behind a secret; None alike for a wrong, an old and a revoked one."""
    living = FeedSubscription.objects.select_related("owner", "speaker").filter(revoked_at=None)
    found = living.filter(token_hash=ids.token_hash(token)).first()
    return found if found is not None and kind in {"", found.kind} else None


def address(subscription: FeedSubscription, token: str) -> str:
    """The whole address to put into a calendar program."""
    folder = FOLDERS[Kind(subscription.kind)]
    return f"{settings.PUBLIC_BASE_URL}/feeds/{folder}/{token}.ics"


def selection_of(subscription: FeedSubscription) -> Selection:
    """What a saved selection holds, with the subscriber's name, language and reminder."""
    return replace(
        selections.from_kept(subscription.selection),
        name=subscription.name,
        language=subscription.language,
        alarm_minutes=subscription.alarm_minutes,
        subscription=subscription.pk,
    )


class Following(NamedTuple):
    """What a choice of events holds next, on the clock of its own zone."""

    title: str
    starts_at: datetime
    time_zone: str


def count_and_next(selection: Selection, *, at: datetime) -> tuple[int, Following | None]:
    """How many coming events a choice holds now, those on partners' own calendars with them, and
    the next one."""
    events = selections.matching_events(selection)
    coming = listing.upcoming(listing.Filters(), at=at).filter(pk__in=events.values("pk"))
    theirs = partners.chosen(replace(selection, hides_cancelled=True), start=at)
    first = [Following(one.title, one.starts_at, one.time_zone) for one in theirs[:1]]
    if (own := coming.first()) is not None:
        starts_at = own.next_starts_at  # type: ignore[attr-defined]  # annotated by upcoming()
        first.append(Following(own.title, starts_at, own.time_zone))
    following = min(first, key=lambda one: one.starts_at, default=None)
    return coming.count() + len(theirs), following


# -- who fetches


def client_kind(user_agent: str) -> str:
    """The family of programs a User-Agent names, one of CLIENTS; nothing finer is ever kept."""
    return next((name for name, known in _CLIENT if known.search(user_agent)), "Other")


def note_fetch(subscription: FeedSubscription, user_agent: str, *, at: datetime) -> None:
    """Keep that a kind of program asked just now: written at most once an hour for each.

    A database that is busy writing something else is not waited for a second time.
    """
    client = client_kind(user_agent)
    if not cache.add(f"feed:fetch:{subscription.pk}:{client}:{at:%Y%m%d%H}", 1, 3600):
        return
    rows = FeedFetch.objects.filter(subscription=subscription, client=client)
    hour = at.replace(minute=0, second=0, microsecond=0)
    if rows.filter(last_at__gte=hour).exists():  # another process did
        return
    try:
        with transaction.atomic():
            if not rows.update(last_at=at):
                FeedFetch.objects.get_or_create(
                    subscription=subscription, client=client, defaults={"last_at": at}
                )
    except OperationalError:
        return


def fetched_lately(subscription: FeedSubscription) -> list[tuple[str, datetime]]:
    """Which kinds of programs fetched it and when last, newest first."""
    rows = sorted(subscription.fetches.all(), key=lambda fetch: fetch.last_at, reverse=True)
    return [(fetch.client, fetch.last_at) for fetch in rows]


def live_count(*, at: datetime, kind: str = "") -> int:
    """How many addresses a program fetched in the last two weeks."""
    living = FeedSubscription.objects.filter(revoked_at=None, fetches__last_at__gte=at - LIVE)
    return (living.filter(kind=kind) if kind else living).distinct().count()


def title_of(subscription: FeedSubscription) -> str:
    """What calendar programs call it."""
    return subscription.name or say("mine", subscription.language)
