"""Alliances, people, programmes, audit and outbox: what every other app stands on."""

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    name = "programmes"
