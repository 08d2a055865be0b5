"""Puts the three apps together."""

from django.apps import AppConfig

from config import checks


class ConfigConfig(AppConfig):
    name = "config"
    checks = checks  # importing them registers them
