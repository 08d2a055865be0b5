"""Alliances, people, programmes, audit and outbox: what every other app stands on."""

from django.apps import AppConfig

from programmes import effects


class ProgrammesConfig(AppConfig):
    name = "programmes"

    def ready(self) -> None:
        invited = effects.Mail("programmes.domain.mails.role_invited")
        effects.register("programmes/role-invited", invited)
