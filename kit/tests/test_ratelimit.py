"""One client may do a thing so many times a window, and cannot pretend to be another."""

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from kit import ratelimit

T0 = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _limits_on(settings):
    settings.RATE_LIMITS = True
    settings.TRUSTED_PROXIES = 0


def request_from(address: str, forwarded: str = ""):
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=address, **headers)


def ask(times: int, *, who: str = "a", now: float = T0, limit: int = 3) -> list[int]:
    """How long each of ``times`` requests is told to wait, 0 where it passed."""
    waits = []
    for _ in range(times):
        try:
            ratelimit.count(who, "code", limit=limit, seconds=60, now=now)
            waits.append(0)
        except ratelimit.TooOften as no:
            waits.append(no.retry_after)
    return waits


def test_up_to_the_limit_passes_and_the_next_is_told_when_to_come_back():
    assert ask(5, now=T0 + 12) == [0, 0, 0, 48, 48]


def test_the_next_window_begins_afresh():
    ask(4)

    assert ask(1, now=T0 + 60) == [0]


def test_clients_and_things_are_counted_apart():
    ask(3, who="a")

    assert ask(1, who="b") == [0]
    ratelimit.count("a", "other", limit=1, seconds=60, now=T0)


def test_too_often_is_a_refusal_with_status_429():
    no = ratelimit.TooOften(48)

    assert (no.status, no.code, no.retry_after) == (429, "too-often", 48)
    assert no.facts == {"retry_after": 48}
    assert str(no) == "That was too often. Wait 48 seconds, then try again."


def test_a_request_is_counted_by_its_client():
    ratelimit.hit(request_from("192.0.2.1"), "verify", limit=1, seconds=3600)
    ratelimit.hit(request_from("192.0.2.2"), "verify", limit=1, seconds=3600)

    with pytest.raises(ratelimit.TooOften):
        ratelimit.hit(request_from("192.0.2.1"), "verify", limit=1, seconds=3600)


def test_limits_can_be_switched_off(settings):
    settings.RATE_LIMITS = False

    for _ in range(5):
        ratelimit.hit(request_from("192.0.2.1"), "verify", limit=1, seconds=3600)


@given(now=st.floats(0, 4e9), seconds=st.integers(1, 86_400))
def test_who_waits_as_long_as_told_is_in_the_next_window(now, seconds):
    name = f"{now}-{seconds}"
    with pytest.raises(ratelimit.TooOften) as no:
        ratelimit.count("a", name, limit=0, seconds=seconds, now=now)

    assert 1 <= no.value.retry_after <= seconds
    assert (now + no.value.retry_after) // seconds == now // seconds + 1


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, "198.51.100.7", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "10.0.0.1"),
        (1, "not an address", "10.0.0.1"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_only_what_our_own_proxies_wrote_names_the_client(settings, proxies, forwarded, client):
    settings.TRUSTED_PROXIES = proxies

    assert ratelimit.client_of(request_from("10.0.0.1", forwarded)) == client


def test_one_customer_has_one_count_whatever_their_ipv6_address_ends_in():
    one = ratelimit.client_of(request_from("2001:db8:1:2:aaaa::1"))
    other = ratelimit.client_of(request_from("2001:db8:1:2:bbbb::9"))
    stranger = ratelimit.client_of(request_from("2001:db8:1:3::1"))

    assert one == other != stranger


def test_a_connection_without_an_address_is_counted_as_unknown():
    assert ratelimit.client_of(request_from("")) == "unknown"


class Unreachable(LocMemCache):
    """Behaves as a Redis that is down."""

    def add(self, *args, **kwargs):
        raise ConnectionRefusedError("no Redis here")


def test_a_cache_that_is_down_lets_everybody_through_and_says_so(settings, caplog):
    settings.CACHES = {"default": {"BACKEND": "kit.tests.test_ratelimit.Unreachable"}}

    assert ask(5, limit=1) == [0] * 5
    assert "rate limits are not counted: no Redis here" in caplog.text
