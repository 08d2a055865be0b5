"""Events, sessions, seats, attendance and calendars."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
