"""The private servers of a test run: they answer, and they are gone afterwards."""

import socket
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from config import services

needs_postgres = pytest.mark.skipif(
    services.postgres_programs() is None, reason="PostgreSQL is not found"
)
needs_redis = pytest.mark.skipif(services.redis_program() is None, reason="Redis is not found")


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as line:
        return line.connect_ex((parts.hostname, parts.port)) == 0


@needs_postgres
def test_a_private_postgresql_answers_and_ends_with_the_block() -> None:
    with services.postgres() as url, psycopg.connect(url) as line:
        assert line.execute("SELECT 6 * 7").fetchone() == (42,)
    assert not _listens(url)


@needs_redis
def test_a_private_redis_answers_and_ends_with_the_block() -> None:
    with services.redis() as url, redis.Redis.from_url(url) as line:
        line.set("a", "b")
        assert line.get("a") == b"b"
    assert not _listens(url)


@needs_redis
def test_a_server_that_cannot_start_says_what_it_printed(monkeypatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(services, "free_port", lambda: taken.getsockname()[1])
        monkeypatch.setattr(services, "START_SECONDS", 5)
        refused = pytest.raises(services.NotStarted, match="redis-server did not start")
        with refused, services.redis():
            pass
