"""What the web server writes into its access log."""

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from config.gunicorn import AccessLog, access_log_format

TOKEN = "Zk3vQ9-xT_0aLr81mN4pHw"


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture):
    """A function that logs one request and returns the lines written for it."""
    settings = Config()
    settings.set("accesslog", "-")
    settings.set("access_log_format", access_log_format)
    log = AccessLog(settings)
    log.access_log.addHandler(caplog.handler)

    def write(path: str, query: str = "", **environ: str) -> list[str]:
        caplog.clear()
        request = {
            "REQUEST_METHOD": "GET",
            "RAW_URI": path + query,
            "PATH_INFO": path,
            "QUERY_STRING": query.lstrip("?"),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            **environ,
        }
        answer = SimpleNamespace(status="200 OK", sent=12, headers=[])
        log.access(answer, SimpleNamespace(headers=[]), request, timedelta(milliseconds=7))
        return [record.getMessage() for record in caplog.records]

    yield write
    log.access_log.removeHandler(caplog.handler)
    logging.getLogger("gunicorn.access").handlers.clear()


def test_a_line_says_who_what_how_much_and_how_long(written) -> None:
    assert written("/events/", "?q=bead") == [
        '127.0.0.1 "GET /events/?q=bead HTTP/1.1" 200 12 7ms',
    ]


@pytest.mark.parametrize(
    "path", ["/r/{}/", "/rsvp/{}/", "/r/{}/join/", "/feeds/s/{}.ics", "/feeds/me/{}.ics"]
)
def test_the_token_of_a_personal_link_never_reaches_the_log(written, path: str) -> None:
    (line,) = written(path.format(TOKEN))
    assert TOKEN not in line
    assert path.partition("{")[0] in line


def test_health_checks_are_not_logged(written) -> None:
    assert written("/healthz") == []
