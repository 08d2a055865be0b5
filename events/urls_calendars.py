"""Addresses of calendars that alliances keep elsewhere, and of answers to invitations."""

from django.urls import path

from events.views import answering
from events.views import organiser_calendars as calendars

ONE = "organize/calendars/<int:number>/"
urlpatterns = [
    path("rsvp/<str:token>/", answering.rsvp, name="rsvp"),
    path("organize/calendars/", calendars.index, name="organise-partner-calendars"),
    path("organize/calendars/new/", calendars.new, name="organise-partner-calendar-new"),
    path(ONE, calendars.calendar, name="organise-partner-calendar"),
    path(ONE + "reading", calendars.reading, name="organise-partner-calendar-reading"),
    path(ONE + "state", calendars.state, name="organise-partner-calendar-state"),
    path(ONE + "removal", calendars.removal, name="organise-partner-calendar-removal"),
]
