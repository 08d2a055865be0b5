"""Web addresses that somebody else typed: which of them a server may open at all.

An address that a server opens on a person's behalf can point at the server itself, at its
neighbours or at the machine that hands out its credentials (SSRF). Here the writing of an address
is checked, and the network it leads to; ``kit.fetching`` opens what passed. No Django.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from urllib.parse import SplitResult, quote, urlsplit

from kit.errors import Refused

LONGEST = 1000

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Not for the public by the IANA special-purpose registries (RFC 6890, RFC 8190), or a way to write
# an IPv4 address inside an IPv6 one.
_CLOSED_4 = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
    "224.0.0.0/4 240.0.0.0/4"
)
_CLOSED_6 = (
    "::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 "
    "3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
)
_CLOSED = [ipaddress.ip_network(text) for text in f"{_CLOSED_4} {_CLOSED_6}".split()]

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")


class NotFetched(Refused):
    """The address gave nothing that can be used; the sentence says why and what to do."""

    code = "not-fetched"


class UnsafeAddress(NotFetched):
    """An address that must not be opened, whatever is there."""

    code = "unsafe-address"
    status = 422


def checked_url(url: str, *, open_networks: Sequence[Network] = ()) -> str:
    """``url`` as it would be asked for: https, a host name, no user name, no port of its own.

    ``webcal`` means https. Looks nothing up, so that forms can use it; the networks are looked at
    when the address is opened. Raises UnsafeAddress.
    """
    text = url.strip()
    if len(text) > LONGEST:
        raise UnsafeAddress(f"An address can have {LONGEST:,} characters at most.")
    if any(ord(sign) < 33 or ord(sign) == 127 or sign == "\\" for sign in text):
        raise UnsafeAddress("An address cannot hold blanks, line breaks or backslashes.")
    for scheme in ("webcal://", "webcals://"):
        if text.lower().startswith(scheme):
            text = f"https://{text[len(scheme) :]}"
    parts, host, port = _parts(text)
    _ensure_usual(parts, host, port, tuple(open_networks))
    netloc = f"[{host}]" if ":" in host else host
    netloc += f":{port}" if port is not None and port != usual_port(parts.scheme) else ""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=-._~?")
    return f"{parts.scheme.lower()}://{netloc}{path}{'?' if query else ''}{query}"


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks as written in settings, such as ``127.0.0.0/8``."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public internet and to nobody's inside."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(mapped)
    if getattr(address, "scope_id", None):
        return False
    closed = any(address in net for net in _CLOSED if net.version == address.version)
    return address.is_global and not closed


def _parts(text: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if not host.isascii():
            host = host.encode("idna").decode()
    except ValueError:  # UnicodeError is one
        raise UnsafeAddress("This is not a web address. It should begin with https://.") from None
    if not _HOST.fullmatch(host):
        raise UnsafeAddress("This is not a web address. It should begin with https://.")
    return parts, host, port


def _ensure_usual(
    parts: SplitResult, host: str, port: int | None, open_networks: tuple[Network, ...]
) -> None:
    if parts.username is not None or parts.password is not None:
        raise UnsafeAddress(
            "The address holds a user name or password. Use an address that needs neither."
        )
    if is_open(host, open_networks) and parts.scheme.lower() in {"http", "https"}:
        return
    if parts.scheme.lower() != "https":
        raise UnsafeAddress("The address must begin with https://, so that nobody can change it.")
    if port not in {None, 443}:
        raise UnsafeAddress(f"The address names port {port}. Only https on its own port is read.")


def is_open(host: str, open_networks: tuple[Network, ...]) -> bool:
    """Whether ``host`` is written as an address of a network that was opened for tests."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in net for net in open_networks if net.version == address.version)


def usual_port(scheme: str) -> int:
    return 443 if scheme.lower() == "https" else 80
