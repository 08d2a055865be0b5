"""What `manage.py check --deploy` looks at for us: every effect has its function, and a production
start is not half set. With --deploy only, because it imports what draws certificates."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string

from programmes.effects import KINDS, Mail

DEVELOPMENT_HOSTS = {"localhost", "127.0.0.1", "[::1]"}


@register(deploy=True)
def effects_have_functions(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each registered kind of effect names functions that can be imported."""
    faults: list[CheckMessage] = []
    for kind, how in KINDS.items():
        paths = (how.compose,) if isinstance(how, Mail) else (how.prepare, how.finish)
        for path in paths:
            try:
                import_string(path)
            except ImportError as fault:
                faults.append(
                    Error(f"The effect “{kind}” names {path}: {fault}.", id="lyceum.E001")
                )
    return faults


@register(deploy=True)
def mail_leaves_the_machine(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """In production mail must be sent, not written into a folder."""
    if settings.DEBUG or settings.EMAIL_BACKEND != "kit.mail.EmlFiles":
        return []
    return [
        Warning(
            "Mail is written into files and reaches nobody.",
            hint="Set EMAIL_URL to smtp://user:password@host:25.",
            id="lyceum.W001",
        )
    ]


@register(deploy=True)
def site_has_a_public_address(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Links in mail and on certificates begin with PUBLIC_BASE_URL and stay for years."""
    faults: list[CheckMessage] = []
    if not settings.HTTPS:
        faults.append(
            Warning(
                "PUBLIC_BASE_URL is not https, so cookies are sent in the clear.",
                hint="Set PUBLIC_BASE_URL to https://… and let a proxy in front hold the key.",
                id="lyceum.W002",
            )
        )
    if settings.IDENTITY_DOMAIN.endswith(".example"):
        faults.append(
            Warning(
                "IDENTITY_DOMAIN is the one of the documentation.",
                hint="Set it once to a domain of yours: it is part of every calendar UID.",
                id="lyceum.W003",
            )
        )
    if set(settings.ALLOWED_HOSTS) <= DEVELOPMENT_HOSTS or "*" in settings.ALLOWED_HOSTS:
        faults.append(
            Warning(
                "ALLOWED_HOSTS does not name the host of this site.",
                hint="Set ALLOWED_HOSTS to its host names, with commas.",
                id="lyceum.W004",
            )
        )
    return faults
