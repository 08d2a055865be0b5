"""No secret link reaches a log, whichever logger writes and whatever the mode."""

import logging
import os
import subprocess
import sys

import pytest
from django.conf import settings

TOKEN = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
LINES = """
import logging
for name in ("django", "django.request", "django.server", "lyceum.pages", "elsewhere"):
    logging.getLogger(name).warning("Not Found: %s", "/feeds/me/{token}.ics")
"""


@pytest.mark.parametrize("debug", ["1", "0"])
def test_every_logger_masks_secret_links(debug):
    environment = {
        **os.environ,
        "DEBUG": debug,
        "TESTING": "on",
        "SECRET_KEY": "only-for-this-test-and-never-again-0123456789-abcdef",
        "PUBLIC_BASE_URL": "https://events.example",
        "ALLOWED_HOSTS": "events.example",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", LINES.format(token=TOKEN)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    said = done.stdout + done.stderr
    assert said.count("/feeds/me/…") == 5
    assert TOKEN not in said


def test_no_handler_of_ours_writes_without_the_mask():
    handlers = [*logging.getLogger().handlers]
    for name in ("django", "django.request", "django.server", "lyceum", "django-q"):
        handlers += logging.getLogger(name).handlers
    written = [one for one in handlers if type(one) is logging.StreamHandler]

    assert written
    assert all(any("Mask" in type(f).__name__ for f in one.filters) for one in written)
