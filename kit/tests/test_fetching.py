"""Fetching what somebody typed, against real servers that do not always mean well."""

import gzip
import ipaddress
import re
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from kit import fetching, webaddress
from kit.fetching import Limits, Seen, fetch
from kit.tests.webserver import page, serving
from kit.webaddress import NotFetched, UnsafeAddress, checked_url, is_public

HERE = webaddress.networks(["127.0.0.1/32"])
OPEN = Limits(seconds=5, open_networks=HERE)


def always(answer: bytes):
    return lambda asked, send: send(answer)


# -- what comes back


def test_a_file_is_fetched_with_its_marks():
    answer = page(b"hello", ETag='"a1"', Last_Modified="Mon, 04 Jan 2027 12:00:00 GMT")
    with serving(always(answer)) as site:
        got = fetch(f"{site.url}/a.ics?k=1", limits=OPEN)

    assert got.body == b"hello"
    assert got.seen == Seen('"a1"', "Mon, 04 Jan 2027 12:00:00 GMT")
    assert site.asked[0].path == "/a.ics?k=1"
    assert "if-none-match" not in site.asked[0].headers


def test_a_copy_seen_before_is_asked_for_conditionally_and_kept_on_304():
    seen = Seen('"a1"', "Mon, 04 Jan 2027 12:00:00 GMT")
    with serving(always(b"HTTP/1.1 304 Not Modified\r\n\r\n")) as site:
        got = fetch(site.url, seen=seen, limits=OPEN)

    assert got.body is None
    assert got.seen == seen
    assert site.asked[0].headers["if-none-match"] == '"a1"'
    assert site.asked[0].headers["if-modified-since"] == seen.last_modified


def test_an_unasked_304_is_no_answer():
    with (
        serving(always(b"HTTP/1.1 304 Not Modified\r\n\r\n")) as site,
        pytest.raises(NotFetched, match="304"),
    ):
        fetch(site.url, limits=OPEN)


def test_marks_that_could_end_a_header_are_not_kept():
    with serving(always(page(b"x", ETag="\x01bad", Last_Modified="x" * 200))) as site:
        assert fetch(site.url, limits=OPEN).seen == Seen()


def test_a_packed_file_is_opened():
    body = gzip.compress(b"calendar" * 1000)
    with serving(always(page(body, Content_Encoding="gzip"))) as site:
        assert fetch(site.url, limits=OPEN).body == b"calendar" * 1000
        assert site.asked[0].headers["accept-encoding"] == "gzip"


def test_a_chunked_file_is_put_together():
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with serving(always(answer)) as site:
        assert fetch(site.url, limits=OPEN).body == b"abcde"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (page(b"", status="404 Not Found"), "nothing at this address"),
        (page(b"", status="410 Gone"), "nothing at this address"),
        (page(b"", status="401 Unauthorized"), "password"),
        (page(b"", status="429 Too Many Requests"), "too often"),
        (page(b"", status="503 Service Unavailable"), "fault of its own"),
        (page(b"", status="204 No Content"), "204"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "not HTTP"),
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "broke off"),
        (page(gzip.compress(b"abc" * 999, mtime=0)[:-9], Content_Encoding="gzip"), "broke off"),
        (page(b"not gzip at all", Content_Encoding="gzip"), "damaged"),
        (page(b"x", Content_Encoding="br"), "cannot open"),
    ],
)
def test_what_is_no_file_gets_a_sentence(answer, words):
    with serving(always(answer)) as site, pytest.raises(NotFetched, match=words) as no:
        fetch(f"{site.url}/hidden?token=abc", limits=OPEN)
    assert not {"hidden", "token", "abc"} & set(re.findall(r"\w+", str(no.value)))


# -- bounded


def test_a_bomb_is_stopped_at_the_size_it_unpacks_to():
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    assert len(bomb) < 500_000
    began = time.monotonic()
    with (
        serving(always(page(bomb, Content_Encoding="gzip"))) as site,
        pytest.raises(NotFetched, match="larger than 5 MB"),
    ):
        fetch(site.url, limits=OPEN)
    assert time.monotonic() - began < 3


def test_an_endless_body_is_stopped_at_the_limit():
    def endless(asked, send):
        send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            send(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    with serving(endless) as site, pytest.raises(NotFetched, match="larger than 1 MB"):
        fetch(site.url, limits=Limits(most_bytes=1_000_000, open_networks=HERE))


@pytest.mark.parametrize("where", ["status", "headers", "body"])
def test_a_server_that_drips_is_given_up_when_the_whole_time_is_over(where):
    stop = threading.Event()

    def drip(asked, send):
        send({"status": b"HTTP/1.1 2", "headers": b"HTTP/1.1 200 OK\r\nX-A: "}.get(where, b""))
        if where == "body":
            send(b"HTTP/1.1 200 OK\r\n\r\n")
        while not stop.wait(0.1):
            send(b"0")

    began = time.monotonic()
    with serving(drip) as site:
        with pytest.raises(NotFetched, match=r"longer than 0\.8 seconds"):
            fetch(site.url, limits=Limits(seconds=0.8, open_networks=HERE))
        stop.set()
    assert 0.7 < time.monotonic() - began < 2.5


# -- where it may lead


def test_up_to_three_redirects_are_followed():
    def script(asked, send):
        step = int(asked.path[1:])
        here = f"/{step - 1}"
        send(page(b"there") if step == 0 else page(b"", status="302 Found", Location=here))

    with serving(script) as site:
        assert fetch(f"{site.url}/3", limits=OPEN).body == b"there"
        with pytest.raises(NotFetched, match="more than 3 times"):
            fetch(f"{site.url}/4", limits=OPEN)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("https://127.0.0.2/", "private network"),
        ("http://localhost:{port}/inside", "https://"),
        ("https://[::1]/", "private network"),
        ("https://[::ffff:127.0.0.2]/", "private network"),
        ("https://169.254.169.254/latest/meta-data", "private network"),
        ("https://10.0.0.7/", "private network"),
        ("file:///etc/passwd", "https://"),
        ("gopher://127.0.0.1/", "https://"),
        ("https://me:secret@example.org/", "password"),
        ("https://example.org:8443/", "port 8443"),
        ("", "more than 3 times"),
    ],
)
def test_a_redirect_to_where_nobody_may_go_is_not_followed(target, words):
    def script(asked, send):
        there = target.format(port=site.port)
        send(page(b"", status="301 Moved", Location=there))

    with serving(script) as site, pytest.raises(NotFetched, match=words):
        fetch(f"{site.url}/a", limits=OPEN)
    assert {asked.path for asked in site.asked} == {"/a"}


def test_a_server_on_this_machine_is_refused_unless_opened():
    with serving(always(page(b"inside"))) as site:
        for url in (site.url, f"https://127.0.0.1:{site.port}/", f"https://localhost:{site.port}/"):
            with pytest.raises(UnsafeAddress):
                fetch(url)
        with pytest.raises(UnsafeAddress, match="private network"):
            fetch("https://localhost/")
    assert site.asked == []


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """The name says something else a moment later: it is not asked again."""
    answers = iter(["127.0.0.1", "127.0.0.66"])
    asked = []

    def resolver(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(fetching.socket, "getaddrinfo", resolver)
    connected = []

    def connect(address, timeout):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(fetching.socket, "create_connection", connect)
    with pytest.raises(NotFetched, match="refused the connection"):
        fetch("https://rebinding.example/", limits=OPEN)
    assert asked == ["rebinding.example"]
    assert connected == [("127.0.0.1", 443)]


def test_one_private_address_among_good_ones_is_enough_to_refuse(monkeypatch):
    rows = [(2, 1, 6, "", (text, 443)) for text in ("93.184.215.14", "10.1.2.3")]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *a, **k: rows)
    with pytest.raises(UnsafeAddress, match="private network"):
        fetch("https://both.example/")


def test_a_name_that_is_slow_to_look_up_counts_for_the_time(monkeypatch):
    stop = threading.Event()

    def resolver(*_, **__):
        stop.wait(5)
        raise OSError

    monkeypatch.setattr(fetching.socket, "getaddrinfo", resolver)
    began = time.monotonic()
    with pytest.raises(NotFetched, match="longer than"):
        fetch("https://slow.example/", limits=Limits(seconds=0.3))
    stop.set()
    assert time.monotonic() - began < 2


def test_a_certificate_nobody_vouches_for_is_refused(own_certificate):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*own_certificate)
    with serving(always(page(b"secret")), tls=server) as site:
        url = f"https://127.0.0.1:{site.port}/"
        with pytest.raises(NotFetched, match="certificate is not good"):
            fetch(url, limits=OPEN)
        trusting = ssl.create_default_context(cafile=own_certificate[0])
        good = Limits(open_networks=HERE, tls=trusting)
        assert fetch(url, limits=good).body == b"secret"


# -- addresses


INNER = """
127.0.0.1 127.8.8.8 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1
0.0.0.0 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1
203.0.113.1 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::
2001::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 ff02::1 fec0::1 2001:db8::1 100::1
"""


@pytest.mark.parametrize("address", INNER.split())
def test_inner_addresses_are_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::1111"])
def test_addresses_of_everybody_are_public(address):
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address):
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        mapped = getattr(address, "ipv4_mapped", None)
        assert not is_public(address) or (mapped is not None and is_public(mapped))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" https://Example.org/a.ics ", "https://example.org/a.ics"),
        ("webcal://example.org/a.ics", "https://example.org/a.ics"),
        ("WEBCAL://example.org", "https://example.org/"),
        ("https://example.org:443/a?b=c%20d", "https://example.org/a?b=c%20d"),
        ("https://bücher.example/é", "https://xn--bcher-kva.example/%C3%A9"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
    ],
)
def test_an_address_is_kept_in_one_spelling(typed, kept):
    assert checked_url(typed) == kept
    assert checked_url(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "calendar",
        "http://example.org/",
        "ftp://example.org/",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://u:p@example.org/",
        "https://u@example.org/",
        "https://example.org:22/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: other",
        "https://example.org\\@127.0.0.1/",
        "https://[::1/",
        "https://example.org/" + "a" * 1000,
        "https://" + "ü" * 100 + ".example/",
    ],
)
def test_what_cannot_be_opened_is_refused_with_a_sentence(typed):
    with pytest.raises(UnsafeAddress) as no:
        checked_url(typed)
    assert str(no.value).endswith(".")


@given(st.text(max_size=60))
def test_no_typed_text_is_more_than_refused(typed):
    try:
        kept = checked_url(f"https://{typed}")
    except UnsafeAddress:
        return
    assert kept.isascii()
    assert kept.startswith("https://")
    assert checked_url(kept) == kept


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody but itself vouches for, and its key: two files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "chain.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return tuple(map(str, files))
