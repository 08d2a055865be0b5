"""Addresses of the calendars that alliances keep elsewhere."""

from django.urls import path

from events.views import organiser_calendars as calendars

ONE = "organize/calendars/<int:number>/"
urlpatterns = [
    path("organize/calendars/", calendars.index, name="organise-calendars"),
    path("organize/calendars/new/", calendars.new, name="organise-calendar-new"),
    path(ONE, calendars.calendar, name="organise-calendar"),
    path(ONE + "reading", calendars.reading, name="organise-calendar-reading"),
    path(ONE + "state", calendars.state, name="organise-calendar-state"),
    path(ONE + "removal", calendars.removal, name="organise-calendar-removal"),
]
