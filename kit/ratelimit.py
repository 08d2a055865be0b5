"""How often one client may do something: one rule for pages and API, counted in Django's cache.

A window is fixed: it begins at a whole multiple of its length. With Redis all processes count
together in one atomic INCR; with the local cache each process counts for itself, so that the true
limit is that of one process times their number (docs/operations.md).
"""

import ipaddress
import logging
import math
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from kit.errors import Refused

log = logging.getLogger("lyceum.ratelimit")


class TooOften(Refused):
    """The client asked too often. ``retry_after`` is how many seconds it should wait."""

    code = "too-often"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"That was too often. Wait {retry_after} seconds, then try again.",
            retry_after=retry_after,
        )
        self.retry_after = retry_after


def hit(request: HttpRequest, name: str, *, limit: int, seconds: int) -> None:
    """Count one more request for ``name`` by its client; past ``limit`` a window raise TooOften.

    ``seconds`` is the length of a window. Does nothing where RATE_LIMITS is off.
    """
    if settings.RATE_LIMITS:
        count(client_of(request), name, limit=limit, seconds=seconds, now=time.time())


def count(who: str, name: str, *, limit: int, seconds: int, now: float) -> None:
    """The same for any key and clock: ``who`` is counted, ``now`` is in seconds since 1970.

    A cache that cannot be reached lets everybody through and says so in the log: limits protect
    against a nuisance, and refusing everyone would be the greater one.
    """
    window = int(now // seconds)
    key = f"rate:{name}:{who}:{seconds}:{window}"
    try:
        cache.add(key, 0, timeout=2 * seconds)
        hits = cache.incr(key)
    except ValueError:  # the cache dropped the key between the two lines
        return
    except (RedisError, OSError) as fault:
        log.warning("rate limits are not counted: %s", fault)
        return
    if hits > limit:
        raise TooOften(retry_after=max(1, math.ceil((window + 1) * seconds - now)))


def client_of(request: HttpRequest) -> str:
    """The client's network address, as far as it cannot be made up.

    Each of our TRUSTED_PROXIES appends the address it was called from to X-Forwarded-For, so the
    client's is that many from the right; what stands left of it anybody can write. With no trusted
    proxy, or fewer entries than proxies, it is the address of the connection itself. Of an IPv6
    address the first 64 bits count, which is what one customer is given.
    """
    proxies = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(forwarded) >= proxies:
        told = _network(forwarded[-proxies])
        if told is not None:
            return told
    return _network(request.META.get("REMOTE_ADDR", "")) or "unknown"


def _network(address: str) -> str | None:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False).network_address)
    return str(found)
