"""Feeds over HTTP: conditional, packed once, no cookies, no redirects."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from events.domain import calendar, feeds, freebusy, own_calendar, subscriptions
from events.domain.feeds import Feed, Marks
from events.models import FeedSubscription
from kit import ratelimit
from kit.errors import Refused
from programmes.access import actor_of, public, signed_link

MAX_AGE = 300
NEW_COMBINATIONS = 120
"""Combinations of filters that one client may be the first to ask for, each hour."""
NOT_HERE = "There is no such calendar feed. Choose one on our Subscribe page."
TYPES = {
    "ics": "text/calendar; charset=utf-8",
    "ifb": "text/calendar; charset=utf-8; component=VFREEBUSY",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
# A secret is the only way to what is behind it: it goes into no other site's log and no index.
PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": f"private, max-age={MAX_AGE}"}
PUBLIC = {"Cache-Control": f"public, max-age={MAX_AGE}", "Access-Control-Allow-Origin": "*"}
EVERY = {"Vary": "Accept-Encoding", "X-Robots-Tag": "noindex"}

Kind = FeedSubscription.Kind
_FOLDERS = {folder: kind for kind, folder in subscriptions.FOLDERS.items()}


@dataclass(frozen=True)
class Offer:
    """What stands behind an address: its marks, and the bytes for who does not have them yet."""

    marks: Callable[[], Marks]
    feed: Callable[[], Feed]
    form: str
    name: str
    headers: dict[str, str]


def answer(request: HttpRequest) -> HttpResponse | None:
    """The answer to a feed's address, or None where the address is not one.

    Called before all other middleware: a client that finds nothing new costs one query.
    """
    for pattern, offer in _ADDRESSES:
        if (found := pattern.fullmatch(request.path)) is None:
            continue
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            return _answer(request, offer(request, *found.groups()))
        except Refused as no:
            return _plain(no)
    return None


@public
def feed(request: HttpRequest, **words: str) -> HttpResponse:
    """The same as a view, so that the address has a name and the access walk finds it."""
    return answer(request) or _plain(feeds.NoSuchFeed(NOT_HERE))


@signed_link
def own_feed(request: HttpRequest, **words: str) -> HttpResponse:
    """The same for addresses with a secret in them."""
    return answer(request) or _plain(feeds.NoSuchFeed(NOT_HERE))


# -- what stands behind an address


def _public(request: HttpRequest, scope: str, slug: str | None, form: str) -> Offer:
    at = timezone.now()
    query = dict(request.GET.lists())
    selection = feeds.select(scope, slug or "", query, form=form)
    known = feeds.known_marks(selection, at=at)
    if known is None and feeds.is_new(selection):
        ratelimit.hit(request, "feed-combination", limit=NEW_COMBINATIONS, seconds=3600)
    return Offer(
        marks=lambda: known or feeds.marks(selection, at=at),
        feed=lambda: feeds.body(selection, at=at),
        form=form,
        name=slug or "all",
        headers=PUBLIC,
    )


def _busy(request: HttpRequest, slug: str, form: str) -> Offer:
    at = timezone.now()
    alliance = freebusy.find(slug)
    write = freebusy.as_freebusy if form == "ifb" else freebusy.as_events
    made = feeds.direct(f"busy:{alliance.pk}:{form}", write(alliance, at=at), at=at)
    return Offer(lambda: made.marks, lambda: made, form, f"{slug}-busy", PUBLIC)


def _own(request: HttpRequest, folder: str, token: str) -> Offer:
    """The same refusal for a secret that is wrong, old, revoked or of another kind."""
    at = timezone.now()
    found = subscriptions.by_token(token, kind=_FOLDERS[folder])
    if found is None or (found.owner is not None and not found.owner.is_active):
        raise feeds.NoSuchFeed(NOT_HERE)
    subscriptions.note_fetch(found, request.headers.get("User-Agent", ""), at=at)
    if found.kind == Kind.SELECTION:
        what: feeds.Selection | feeds.Recipe = subscriptions.selection_of(found)
    elif found.kind == Kind.ORGANISER:
        what = feeds.Recipe(
            key=_key_of(found, actor_of(found.owner).alliances),
            state_key=f"subscription:{found.pk}",
            write=lambda at: own_calendar.feed_of(found, at=at),
        )
    else:
        made = feeds.direct(f"subscription:{found.pk}", own_calendar.feed_of(found, at=at), at=at)
        return Offer(lambda: made.marks, lambda: made, "ics", "calendar", PRIVATE)
    return Offer(
        lambda: feeds.marks(what, at=at),
        lambda: feeds.body(what, at=at),
        "ics",
        "calendar",
        PRIVATE,
    )


def _key_of(subscription: FeedSubscription, alliances: frozenset[int]) -> str:
    """All that tells one organizer's feed from another beside the events themselves."""
    said = (subscription.name, subscription.language, subscription.alarm_minutes)
    mark = f"{calendar.FORMAT}:{subscription.pk}:{said!r}:{sorted(alliances)}"
    return hashlib.sha256(mark.encode()).hexdigest()


_SLUG = r"([\w-]{1,120})"
_ADDRESSES: tuple[tuple[re.Pattern[str], Callable[..., Offer]], ...] = (
    (re.compile(r"/feeds/(all)()\.(ics|atom|json)"), _public),
    (re.compile(rf"/feeds/(alliances|programs|topics|events)/{_SLUG}\.(ics|atom|json)"), _public),
    (re.compile(rf"/feeds/busy/{_SLUG}\.(ifb|ics)"), _busy),
    (re.compile(r"/feeds/(s|me|speaker|organizer)/([^/]*)\.ics"), _own),
)


# -- the answer


def _answer(request: HttpRequest, offer: Offer) -> HttpResponse:
    packed = _takes_gzip(request.headers.get("Accept-Encoding", ""))
    marks = offer.marks()
    response: HttpResponse
    if _is_fresh(request, marks):
        response = HttpResponseNotModified()
    else:
        made = offer.feed()
        marks = made.marks
        response = _whole(request, made.packed if packed else made.body, offer)
        if packed:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = _tag(marks, packed=packed)
    response["Last-Modified"] = http_date(marks.changed)
    for name, value in (EVERY | offer.headers).items():
        response[name] = value
    return response


def _whole(request: HttpRequest, content: bytes, offer: Offer) -> HttpResponse:
    """The bytes, or for HEAD all but the bytes."""
    is_head = request.method == "HEAD"
    response = HttpResponse(b"" if is_head else content, content_type=TYPES[offer.form])
    response["Content-Length"] = str(len(content))
    response["Content-Disposition"] = f'inline; filename="{offer.name}.{offer.form}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _takes_gzip(accepted: str) -> bool:
    """RFC 9110 §12.5.3: named, or meant by a star, and not with the weight of nought."""
    weights = {}
    for part in accepted.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        refused = any(re.fullmatch(r"q\s*=\s*0(\.0*)?", word) for word in parameters)
        weights[name.removeprefix("x-")] = not refused
    return weights.get("gzip", weights.get("*", False))


def _tag(marks: Marks, *, packed: bool) -> str:
    """A strong tag for each of the two representations."""
    return f'"{marks.digest}-gz"' if packed else f'"{marks.digest}"'


def _is_fresh(request: HttpRequest, marks: Marks) -> bool:
    """RFC 9110 §13.2.2: the tag decides where one is sent, compared weakly; else the date."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        sent = {tag.removeprefix("W/") for tag in parse_etags(tags)}
        ours = {_tag(marks, packed=False), _tag(marks, packed=True)}
        return "*" in sent or bool(sent & ours)
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and marks.changed <= since


def _plain(refused: Refused) -> HttpResponse:
    response = HttpResponse(
        f"{refused}\n", content_type="text/plain; charset=utf-8", status=refused.status
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["X-Content-Type-Options"] = "nosniff"
    response["Link"] = f"<{settings.PUBLIC_BASE_URL}/feeds/>; rel=help"
    if (wait := getattr(refused, "retry_after", None)) is not None:
        response["Retry-After"] = str(wait)
    return response
