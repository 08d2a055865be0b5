"""When the demo loads, and when it keeps its hands off; nothing is loaded here."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from programmes.models import Alliance

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("demo", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_a_dry_run_writes_nothing():
    said = run("--dry-run")

    assert "Would make 60 of 60 events." in said
    assert not Alliance.objects.exists()


def test_it_never_runs_on_its_own_where_debug_is_off():
    with override_settings(DEBUG=False):
        assert run("--if-empty") == ""
    assert not Alliance.objects.exists()


def test_a_reset_is_refused_in_production_unless_said_twice(make_alliance):
    make_alliance("Real")
    with override_settings(DEBUG=False), pytest.raises(CommandError, match="real data"):
        run("--reset")
    assert Alliance.objects.count() == 1


def test_a_dry_run_of_a_reset_counts_what_would_go(make_alliance):
    make_alliance("Real")

    with override_settings(DEBUG=True):
        said = run("--reset", "--dry-run")

    assert said.startswith("Would delete 1 rows.")
    assert "Would make 7 of 7 alliances." in said
    assert Alliance.objects.count() == 1
