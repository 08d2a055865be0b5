"""What somebody who runs the site must know stands in the documentation."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
SETTINGS = re.compile(r"env\.(?:text|flag|number|listing|base_url|database|mail)\(\s*\"([A-Z_]+)\"")
PROMISED = (
    "SECRET_KEY",
    "DEBUG",
    "PORT",
    "PUBLIC_BASE_URL",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "EMAIL_FROM",
    "MEDIA_ROOT",
    "RATE_LIMITS",
    "WEB_WORKERS",
    "TASK_WORKERS",
    "DEMO_PASSWORD",
)
OURS = ("config", "certificates", "events", "programmes")
FOR_TESTS = {"TESTING", "RING_IN_TESTS"}
"""Set by the suite alone."""


def documentation() -> str:
    pages = [ROOT / "README.md", ROOT / "docs" / "operations.md"]
    return "\n".join(page.read_text() for page in pages if page.exists())


def commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app in OURS)


def read_settings() -> set[str]:
    return set(SETTINGS.findall((ROOT / "config" / "settings.py").read_text())) - FOR_TESTS


def test_there_is_something_to_document():
    assert len(commands()) > 10
    assert len(read_settings()) > 12


@pytest.mark.parametrize("name", sorted({*PROMISED, *read_settings()}))
def test_every_setting_is_documented(name):
    assert re.search(rf"`{name}`", documentation()), f"{name} is missing"


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented(name):
    assert re.search(rf"\b{name}\b", documentation()), f"{name} is missing"


@pytest.mark.parametrize("page", [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])
def test_links_between_the_pages_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)

    lost = [target for target in targets if not (page.parent / target).exists()]

    assert lost == []


def test_every_target_of_make_says_what_it_does():
    lines = (ROOT / "Makefile").read_text().splitlines()
    targets = [line for line in lines if re.match(r"[a-z]+:", line)]

    assert [line for line in targets if "##" not in line] == []


def test_the_docs_name_no_path_of_this_machine():
    text = documentation()

    assert str(ROOT) not in text
    assert f"{Path.home()}/" not in text
