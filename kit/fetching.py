"""Fetches an address that somebody else typed, without letting it reach where they could not.

Which addresses may be opened says ``kit.webaddress``. Beyond that: a name is looked up once and the
connection goes to the very address that was checked, no matter what the name says a moment later;
each redirect starts again from the beginning; and what comes back is bounded in time and size.
Nothing but the standard library, which lets us hand the checked address to the socket and keep the
name for the certificate.

No Django: this also runs in a process that knows nothing of the site.
"""

import http.client
import io
import ipaddress
import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from kit.webaddress import (
    Network,
    NotFetched,
    UnsafeAddress,
    checked_url,
    is_open,
    is_public,
    usual_port,
)

SECONDS = 10.0
MOST_BYTES = 5_000_000
MOST_REDIRECTS = 3
PIECE = 65_536
AGENT = "Lyceum/1 (calendar reader)"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server said of the copy we have: ``etag`` and ``last_modified``, "" where none."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back. ``body`` is None where the server said that nothing has changed (304)."""

    body: bytes | None
    seen: Seen
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be reached and how much of it may come back.

    ``open_networks`` are networks to treat as public, over http and on any port as well: for tests
    and development, where the other end is a server on this machine. Production leaves it empty.
    ``tls`` is for tests with a certificate of their own.
    """

    seconds: float = SECONDS
    most_bytes: int = MOST_BYTES
    open_networks: tuple[Network, ...] = ()
    tls: ssl.SSLContext | None = None


@dataclass
class _Journey:
    """One fetch with all its redirects; ``until`` is on the monotonic clock."""

    limits: Limits
    until: float
    steps: int = 0
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def left(self) -> float:
        """Seconds left; raises NotFetched where none are."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise self.too_late()
        return left

    def too_late(self) -> NotFetched:
        """The refusal where time has run out."""
        seconds = self.limits.seconds
        return NotFetched(f"The other server took longer than {seconds:g} seconds to answer.")


def fetch(url: str, *, seen: Seen | None = None, limits: Limits | None = None) -> Fetched:
    """What is at ``url``, asked for conditionally where a copy was ``seen``.

    All redirects and the whole body together take at most ``limits.seconds``. Raises UnsafeAddress
    for what must not be opened and NotFetched for everything else that went wrong, both with a
    sentence that names neither path nor query, for an address may be a secret.
    """
    limits = limits or Limits()
    journey = _Journey(limits, time.monotonic() + limits.seconds)
    if limits.tls is not None:
        journey.tls = limits.tls
    try:
        return _follow(url, seen or Seen(), journey)
    except TimeoutError:
        raise journey.too_late() from None
    except ssl.SSLCertVerificationError as fault:
        raise NotFetched(
            f"The other server's certificate is not good: {fault.verify_message[:120]}."
        ) from None
    except (OSError, http.client.HTTPException, zlib.error) as fault:
        raise NotFetched(f"The other server could not be read: {_said(fault)}.") from None


def _look_up(host: str, port: int, journey: _Journey) -> list[str]:
    """The addresses of ``host``, every one of them checked. Raises UnsafeAddress, NotFetched."""
    found = sorted(set(_resolved(host, port, journey)), key=lambda text: (":" in text, text))
    for text in found:
        address = ipaddress.ip_address(text)
        if not is_public(address) and not is_open(text, journey.limits.open_networks):
            raise UnsafeAddress(
                f"{host} is an address inside a private network or of this server itself, "
                "which is never read."
            )
    return found


def _resolved(host: str, port: int, journey: _Journey) -> list[str]:
    """Looks a name up in a thread of its own, because the resolver knows no time limit."""
    answer: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put([str(row[4][0]) for row in rows])
        except (OSError, UnicodeError) as fault:
            answer.put(fault)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answer.get(timeout=journey.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception) or not found:
        raise NotFetched(f"There is no server called {host[:100]}. Check the address.")
    return found


# -- the wire


def _follow(url: str, seen: Seen, journey: _Journey) -> Fetched:
    while True:
        url = checked_url(url, open_networks=journey.limits.open_networks)
        with _connection(url, journey) as connection:
            response = _ask(connection, url, seen)
            if response.status not in {301, 302, 303, 307, 308}:
                return _read(response, seen, journey)
            target = response.getheader("Location") or ""
        journey.steps += 1
        if journey.steps > MOST_REDIRECTS:
            raise NotFetched(
                f"The address sends on more than {MOST_REDIRECTS} times. Use the one it ends at."
            )
        url = urljoin(url, target)


class _connection:  # noqa: N801  (a context manager, used like a function)
    """A connection to a checked address of the URL's host, closed at the end."""

    def __init__(self, url: str, journey: _Journey) -> None:
        parts = urlsplit(url)
        self._journey, self._is_tls = journey, parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port or usual_port(parts.scheme)

    def __enter__(self) -> http.client.HTTPConnection:
        self._socket = self._open()
        connection = http.client.HTTPConnection(self._host, self._port)
        connection.default_port = usual_port("https" if self._is_tls else "http")
        connection.sock = _Timed(self._socket, self._journey.left)
        return connection

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _open(self) -> socket.socket:
        fault: OSError = OSError("no address")
        for address in _look_up(self._host, self._port, self._journey):
            try:
                plain = socket.create_connection(
                    (address, self._port), timeout=self._journey.left()
                )
            except OSError as no:
                fault = no
                continue
            if not self._is_tls:
                return plain
            try:
                return self._journey.tls.wrap_socket(plain, server_hostname=self._host)
            except BaseException:
                plain.close()
                raise
        raise fault


class _Timed:
    """As much of a socket as ``http.client`` needs, each wait cut to what is left of the whole."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock, self._left = sock, left

    def sendall(self, raw: bytes) -> None:
        self._sock.settimeout(self._left())
        self._sock.sendall(raw)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._left))

    def close(self) -> None:
        """Nothing yet: ``http.client`` lets go before the body is read. ``_connection`` closes."""


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock, self._left = sock, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        self._sock.settimeout(self._left())
        return self._sock.recv_into(buffer)


def _ask(connection: http.client.HTTPConnection, url: str, seen: Seen) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    headers = {
        "User-Agent": AGENT,
        "Accept": "text/calendar, text/plain;q=0.5, */*;q=0.1",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    if seen.etag:
        headers["If-None-Match"] = seen.etag
    if seen.last_modified:
        headers["If-Modified-Since"] = seen.last_modified
    connection.request(
        "GET", parts.path + (f"?{parts.query}" if parts.query else ""), None, headers
    )
    return connection.getresponse()


def _read(response: http.client.HTTPResponse, seen: Seen, journey: _Journey) -> Fetched:
    if response.status == 304 and (seen.etag or seen.last_modified):
        return Fetched(None, seen)
    if response.status != 200:
        raise NotFetched(_status_sentence(response.status))
    body = b"".join(_pieces(response, journey))
    return Fetched(
        body,
        Seen(_header(response, "ETag", 300), _header(response, "Last-Modified", 80)),
        _header(response, "Content-Type", 200),
    )


def _pieces(response: http.client.HTTPResponse, journey: _Journey) -> Iterator[bytes]:
    """The body as it reads after decompression, never more than the limit of it in memory."""
    most, total = journey.limits.most_bytes, 0
    too_big = NotFetched(f"The file is larger than {most / 1_000_000:g} MB, which is not read.")
    coding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if coding not in {"identity", "gzip", "x-gzip"}:
        raise NotFetched(
            f"The other server packed the file as “{coding[:20]}”, which we cannot open."
        )
    unpack = zlib.decompressobj(31) if coding != "identity" else None
    while raw := response.read1(PIECE):
        while raw:
            piece = raw if unpack is None else unpack.decompress(raw, PIECE)
            raw = b"" if unpack is None else unpack.unconsumed_tail
            total += len(piece)
            if total > most:
                raise too_big
            yield piece
        journey.left()
    if (unpack is not None and not unpack.eof) or response.length:
        raise NotFetched("The file broke off before its end.")


def _header(response: http.client.HTTPResponse, name: str, most: int) -> str:
    """A header's value where it is short and plain, else nothing: it is sent back as it came."""
    value = (response.getheader(name) or "").strip()
    return value if len(value) <= most and value.isascii() and value.isprintable() else ""


def _status_sentence(status: int) -> str:
    if status in {401, 403, 407}:
        return (
            f"The other server asks for a password or does not let us in ({status}). "
            "Use the calendar's public or secret address."
        )
    if status in {404, 410}:
        return f"There is nothing at this address ({status}). It may have been reset or moved."
    if status == 429:
        return "The other server says we ask too often (429). We ask again later."
    if status >= 500:
        return f"The other server has a fault of its own ({status}). We ask again later."
    return f"The other server answered with {status} instead of a file."


def _said(fault: Exception) -> str:
    """What went wrong in a few words, without an address."""
    if isinstance(fault, ConnectionRefusedError):
        return "it refused the connection"
    if isinstance(fault, ConnectionResetError | http.client.RemoteDisconnected):
        return "it broke off the connection"
    if isinstance(fault, http.client.IncompleteRead):
        return "the file broke off before its end"
    if isinstance(fault, zlib.error):
        return "the packed file is damaged"
    if isinstance(fault, ssl.SSLError):
        return "no secure connection came about"
    if isinstance(fault, http.client.HTTPException):
        return "its answer is not HTTP"
    return "the connection failed"
