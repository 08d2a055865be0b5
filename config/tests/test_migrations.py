"""Tables and migrations are in step, and each app's migrations are one line."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

OURS = ("programmes", "events", "certificates")


@pytest.mark.django_db
def test_no_change_of_a_model_lacks_its_migration():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_each_app_has_one_last_migration():
    loader = MigrationLoader(connection)

    assert loader.detect_conflicts() == {}
    assert {app: len(loader.graph.leaf_nodes(app)) for app in OURS} == dict.fromkeys(OURS, 1)
