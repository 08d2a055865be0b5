"""Empties the tables, for `demo --reset`: everything, not only what the demo has made."""

from django.apps import apps
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Model

from certificates.models import CertificateFile
from events.models import EventMaterial
from programmes.domain import pictures
from programmes.models import Heartbeat, Speaker

OURS = ("certificates", "events", "programmes")
OF_PEOPLE = ("account", "admin", "sessions")
"""Tables of others that point at people or keep them signed in."""
KEPT = (Heartbeat,)


def clear() -> int:
    """Delete every row and every file; returns how many rows there were.

    Foreign keys are checked when the transaction ends, so the order does not matter.
    """
    files = list(CertificateFile.objects.values_list("path", flat=True))
    files += EventMaterial.objects.exclude(path="").values_list("path", flat=True)
    photos = set(Speaker.objects.exclude(photo="").values_list("photo", flat=True))
    rows = 0
    with transaction.atomic():
        for table in tables():
            query = table._base_manager.all()
            rows += query._raw_delete(query.db)
    for name in files:
        default_storage.delete(name)
    for photo in photos:
        pictures.path_of(photo).unlink(missing_ok=True)
    cache.clear()
    return rows


def tables() -> list[type[Model]]:
    """Every table that is emptied."""
    return [
        table
        for label in (*OURS, *OF_PEOPLE)
        for table in apps.get_app_config(label).get_models(include_auto_created=True)
        if table not in KEPT
    ]
