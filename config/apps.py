"""Puts the three apps together."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
