"""A web server on 127.0.0.1 that answers as a test tells it to, byte by byte where it must."""

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Wire = Callable[[bytes], None]
Script = Callable[["Asked", Wire], None]


@dataclass
class Asked:
    """One request as it came: its path and headers, names in small letters."""

    path: str
    headers: dict[str, str]


@dataclass
class Site:
    """The running server: ``url`` without a path, and all requests so far."""

    port: int
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Run ``script(asked, send)`` for each request; ``send`` writes bytes to the wire."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                if tls is not None:
                    self.request = tls.wrap_socket(self.request, server_side=True)
                    self.rfile = self.request.makefile("rb")
                path = self.rfile.readline().split(b" ")[1].decode()
                headers = {}
                while line := self.rfile.readline().strip():
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                asked = Asked(path, headers)
                site.asked.append(asked)
                script(asked, self.request.sendall)
            except (OSError, IndexError):  # the reader has seen enough
                pass

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        site = Site(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def page(body: bytes, *, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
