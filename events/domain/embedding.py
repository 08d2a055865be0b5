"""The list of events inside other sites' pages: which sites, which events, in which look."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import SplitResult, urlencode, urlsplit

from django.db import transaction
from django.db.models import QuerySet

from events.domain import feeds, listing, partners
from events.models import EmbedSite, Event, PartnerEntry
from kit.errors import Invalid, Refused
from kit.walltime import is_zone
from programmes import audit
from programmes.models import Alliance, Person

MOST_SITES = 20
MOST_ROWS = 50
ROWS = 10
LEVELS = ("2", "3", "4")
THEMES = ("auto", "light", "dark")
TITLES = ("show", "hide")
_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_LOCAL = {"localhost", "127.0.0.1"}


class TooManySites(Refused):
    code = "too-many-sites"


# -- which sites


def origin_of(typed: str) -> str:
    """The origin of what somebody typed, in the one form browsers send (RFC 6454 §6.1).

    A page's whole address does, and so does a bare host name. Raises Invalid for anything but a
    secure site with a name; plain http is only for one's own computer.
    """
    text = typed.strip()
    parts = _split(text if "://" in text else f"https://{text}")
    host, port = _host(parts), _port(parts)
    if parts.scheme == "http" and host not in _LOCAL:
        raise _wrong("The site must be reached by https, so that nobody changes it on the way.")
    if parts.scheme not in _PORTS:
        raise _wrong("Write the address as in https://www.city.example.")
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        known = parts.hostname and not parts.username and not parts.password
    except ValueError:
        known = None
    if not known or not text.isprintable() or " " in text:
        raise _wrong("Write the address as in https://www.city.example.")
    return parts


def _host(parts: SplitResult) -> str:
    """The host in small letters, a name in other scripts as browsers spell it."""
    name = (parts.hostname or "").rstrip(".")
    try:
        host = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        host = ""
    if "*" in name:
        raise _wrong("Write each site by its full name: a star would let strangers in.")
    if not _HOST.fullmatch(host) or (host not in _LOCAL and (_is_number(host) or "." not in host)):
        raise _wrong("Write the name of the site, as in https://www.city.example.")
    return host


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].isdigit()  # browsers read 127.1 as an address as well
    return True


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        raise _wrong("The number after the colon is no port.") from None
    return None if port == _PORTS.get(parts.scheme) else port


def _wrong(sentence: str) -> Invalid:
    return Invalid.at("origin", msg=sentence)


def add_site(alliance: Alliance, typed: str, *, by: Person, at: datetime) -> EmbedSite:
    """Let a site show the alliance's events. The same site again gives the same row.

    Raises Invalid (see ``origin_of``) and TooManySites past 20.
    """
    origin = origin_of(typed)
    with transaction.atomic():
        Alliance.objects.select_for_update().get(pk=alliance.pk)
        mine = EmbedSite.objects.filter(alliance=alliance)
        if (known := mine.filter(origin=origin).first()) is not None:
            return known
        if mine.count() >= MOST_SITES:
            raise TooManySites(f"An alliance can list {MOST_SITES} sites. Remove one first.")
        site = EmbedSite.objects.create(alliance=alliance, origin=origin, added_by=by, added_at=at)
        audit.record("embed-site.added", site, by=by, alliance=alliance.pk, origin=origin)
    return site


def remove_site(site: EmbedSite, *, by: Person) -> None:
    """The site shows nothing of ours any more from the next time one of its pages is opened."""
    with transaction.atomic():
        audit.record(
            "embed-site.removed", site, by=by, alliance=site.alliance_id, origin=site.origin
        )
        site.delete()


def origins(alliances: Iterable[str]) -> list[str]:
    """The sites that may show the lists of these alliances (slugs); of all, where none is named."""
    sites = EmbedSite.objects.filter(alliance__is_active=True)
    if named := list(alliances):
        sites = sites.filter(alliance__slug__in=named)
    return sorted(set(sites.values_list("origin", flat=True)))


# -- which events, in which look


@dataclass(frozen=True)
class Wish:
    """What an embedding page asks for. ``zone`` is its reader's, "" where it is not known."""

    selection: feeds.Selection
    theme: str = "auto"
    rows: int = ROWS
    level: int = 2
    has_title: bool = True
    zone: str = ""

    @property
    def query(self) -> str:
        """The same wish as a query, in one order, without what goes without saying."""
        chosen = [
            (name, value) for name in feeds.FILTERS for value in getattr(self.selection, name)
        ]
        look = {
            "theme": (self.theme, "auto"),
            "limit": (self.rows, ROWS),
            "level": (self.level, 2),
            "title": ("show" if self.has_title else "hide", "show"),
        }
        chosen += [(name, str(now)) for name, (now, usual) in look.items() if now != usual]
        return urlencode(chosen)


def read(query: Mapping[str, Sequence[str]]) -> Wish:
    """The wish of an address. Raises BadFilter, and Invalid for a look that cannot be.

    A zone that we do not know is left out: browsers send what they have.
    """
    own = {"theme", "limit", "level", "title", "tz"}
    filters = {name: values for name, values in query.items() if name not in own}
    if unknown := filters.keys() - set(feeds.FILTERS):
        raise feeds.BadFilter(
            f"The list cannot be filtered by “{min(unknown)[:40]}”. Use alliance, topic or format;"
            " and theme, limit, level or title for its look."
        )
    selection = feeds.select("all", "", filters)
    feeds.check_known(selection)
    zone = _last(query, "tz", "")
    return Wish(
        selection,
        theme=_one_of(query, "theme", THEMES),
        rows=_count(query),
        level=int(_one_of(query, "level", LEVELS)),
        has_title=_one_of(query, "title", TITLES) == "show",
        zone=zone if zone != "UTC" and is_zone(zone) else "",
    )


def _last(query: Mapping[str, Sequence[str]], name: str, default: str) -> str:
    values = query.get(name) or ()
    return values[-1] if values and values[-1] else default


def _one_of(query: Mapping[str, Sequence[str]], name: str, known: Sequence[str]) -> str:
    value = _last(query, name, known[0])
    if value not in known:
        raise Invalid.at(name, msg=f"“{name}” can be {', '.join(known[:-1])} or {known[-1]}.")
    return value


def _count(query: Mapping[str, Sequence[str]]) -> int:
    text = _last(query, "limit", str(ROWS))
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= number <= MOST_ROWS:
        raise Invalid.at("limit", msg=f"“limit” can be a number from 1 to {MOST_ROWS}.")
    return number


def upcoming(wish: Wish, *, at: datetime) -> QuerySet[Event]:
    """The events of the list that are not over, as ``listing.upcoming`` gives them."""
    chosen = feeds.matching_events(wish.selection).values("pk")
    return listing.upcoming(listing.Filters(), at=at).filter(pk__in=chosen)


def elsewhere(wish: Wish, *, at: datetime) -> list[PartnerEntry]:
    """What partners' own calendars add to the list, in order; nothing that was called off."""
    return partners.chosen(replace(wish.selection, hides_cancelled=True), start=at)


# -- what is pasted into the other site


def stylesheet() -> str:
    """The alliances' colours for a list that stands in a page whose root is not ours."""
    rows = list(Alliance.objects.all())
    light = "".join(f".sc .{a.code}{{--a:{a.colour_light};--ao:{a.ink_light}}}\n" for a in rows)
    dark = [f".{a.code}{{--a:{a.colour_dark};--ao:{a.ink_dark}}}" for a in rows]
    by_system = "".join(f".sc.auto {rule}\n" for rule in dark)
    by_choice = "".join(f".sc.dark {rule}\n" for rule in dark)
    return f"{light}@media (prefers-color-scheme:dark){{\n{by_system}}}\n{by_choice}"
