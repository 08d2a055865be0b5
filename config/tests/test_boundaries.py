"""Imports point one way: the contracts of pyproject.toml, kept by the code as it is."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from django.conf import settings

APPS = ["config", "certificates", "events", "programmes", "kit"]
ROOT = Path(settings.BASE_DIR)
DOMAIN = sorted(
    path.relative_to(ROOT).as_posix()
    for app in ("programmes", "events", "certificates")
    for path in (ROOT / app / "domain").rglob("*.py")
)
REQUEST_THINGS = ("django.http", "django.shortcuts", "django.views", "django.contrib.messages")
# Carried out by a worker, long after whoever asked for it: there is no other clock than now.
READ_THE_CLOCK = {"certificates/domain/batches.py", "certificates/domain/files.py"}


def test_the_contracts_of_import_linter_are_kept():
    program = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_the_kit_knows_none_of_the_apps():
    graph = grimp.build_graph(*APPS, cache_dir=None)
    kit = {"kit", *graph.find_descendants("kit")}

    reached = {found for module in kit for found in graph.find_modules_directly_imported_by(module)}

    assert {name for name in reached if name.partition(".")[0] != "kit"} == set()


def imports(path: str) -> Iterator[str]:
    """The dotted names a file imports, each with what is taken from it."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_there_is_a_domain():
    assert len(DOMAIN) > 40


@pytest.mark.parametrize("path", DOMAIN)
def test_the_domain_knows_no_requests(path):
    assert [name for name in imports(path) if name.startswith(REQUEST_THINGS)] == []


@pytest.mark.parametrize("path", DOMAIN)
def test_the_domain_is_handed_the_clock(path):
    source = (ROOT / path).read_text()
    reads = any(word in source for word in ("timezone.now(", "datetime.now(", "date.today("))

    assert reads == (path in READ_THE_CLOCK)
