"""What the tests of events share."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kit import text
from programmes.models import Organisation


@pytest.fixture
def soon(make_event):
    """``soon(days=3)``: an event that starts so much later than now; pages look at the clock."""

    def make(*, minutes=60, **fields):
        away = timedelta(**{k: fields.pop(k) for k in ("days", "hours") if k in fields})
        away += timedelta(minutes=fields.pop("in_minutes", 0))
        starts = f"{timezone.now() + away:%Y-%m-%dT%H:%M}"
        return make_event(time_zone="UTC", starts=starts, minutes=minutes, **fields)

    return make


@pytest.fixture
def sign_in(make_organiser):
    """``sign_in(alliance)``: a browser of somebody who plans its events (or has another kind)."""

    def make(alliance, **fields) -> Client:
        client = Client()
        client.force_login(make_organiser(alliance, **fields))
        return client

    return make


@pytest.fixture
def plains(make_alliance):
    return make_alliance("Plains", zone="America/Chicago")


@pytest.fixture
def coast(make_alliance):
    return make_alliance("Coast", zone="America/New_York")


@pytest.fixture
def lead(make_alliance):
    return make_alliance("North")


@pytest.fixture
def make_organisation(db):
    def make(name, *alliances, domain=""):
        organisation = Organisation.objects.create(
            slug=text.fold(name).replace(" ", "-"),
            name=name,
            name_key=text.fold(name),
            kind=Organisation.Kind.LOCAL_GOVERNMENT,
            domain=domain,
        )
        organisation.alliances.set(alliances)
        return organisation

    return make
