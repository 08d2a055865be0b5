"""What `check --deploy` finds of ours."""

import pytest

from config import checks
from programmes import effects


def test_every_effect_names_functions_that_are_there():
    assert len(effects.KINDS) >= 11
    assert checks.effects_have_functions(None) == []


def test_an_effect_without_its_function_is_found(monkeypatch):
    monkeypatch.setitem(effects.KINDS, "x/y", effects.Mail("events.domain.mails.no_such_mail"))

    [fault] = checks.effects_have_functions(None)

    assert fault.id == "lyceum.E001"
    assert "x/y" in fault.msg


def test_a_production_start_that_is_half_set_is_warned_of(settings):
    settings.DEBUG, settings.HTTPS = False, False
    settings.EMAIL_BACKEND = "kit.mail.EmlFiles"
    settings.IDENTITY_DOMAIN, settings.ALLOWED_HOSTS = "x.example", ["localhost"]

    found = [*checks.mail_leaves_the_machine(None), *checks.site_has_a_public_address(None)]

    assert [warning.id for warning in found] == [f"lyceum.W00{number}" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("hosts", [["events.example.org"], ["localhost", "events.example.org"]])
def test_a_production_start_that_is_set_is_not(settings, hosts):
    settings.DEBUG, settings.HTTPS = False, True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.IDENTITY_DOMAIN, settings.ALLOWED_HOSTS = "events.example.org", hosts

    assert checks.mail_leaves_the_machine(None) == []
    assert checks.site_has_a_public_address(None) == []
