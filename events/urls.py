"""Addresses of events: public ones, the registrant's own, and the organisers'."""

from django.urls import path

from events.views import feed_builder, feeds, public

urlpatterns = [
    path("", public.home, name="home"),
    path("events/", public.event_list, name="events"),
    path("events/<slug:slug>/", public.event, name="event"),
    path("events/<slug:slug>/registrations/", public.register, name="event-registrations"),
    path("events/<slug:slug>/registered/<str:note>/", public.registered, name="event-registered"),
    path("feeds/", feed_builder.builder, name="feeds"),
    path("feeds/all.ics", feeds.feed, {"scope": "all"}, name="feed-all"),
    path("feeds/<slug:scope>/<slug:slug>.ics", feeds.feed, name="feed"),
]
