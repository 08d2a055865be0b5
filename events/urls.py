"""Addresses of events: public ones, the registrant's own, and the organisers'."""

from django.urls import path

from events.views import attendee, feed_builder, feeds, month, public

urlpatterns = [
    path("", public.home, name="home"),
    path("events/", public.event_list, name="events"),
    path("events/calendar/", month.this_month, name="calendar"),
    path("events/calendar/<str:month>/", month.month, name="month"),
    path("events/<slug:slug>/", public.event, name="event"),
    path("events/<slug:slug>/registrations/", public.register, name="event-registrations"),
    path("events/<slug:slug>/registered/<str:note>/", public.registered, name="event-registered"),
    path("r/", attendee.send_link, name="send-link"),
    path("r/<str:token>/details/", attendee.details, name="registration-details"),
    path("r/<str:token>/cancellation/", attendee.cancellation, name="registration-cancellation"),
    path("r/<str:token>/invitation.ics", attendee.invitation, name="registration-invitation"),
    path("r/<str:token>/join/", attendee.join, name="registration-join"),
    path("r/<str:token>/join/go/<str:sealed>/", attendee.go, name="join-go"),
    path("r/<str:token>/ticket/", attendee.ticket, name="registration-ticket"),
    path("feeds/", feed_builder.builder, name="feeds"),
    path("feeds/all.ics", feeds.feed, {"scope": "all"}, name="feed-all"),
    path("feeds/<slug:scope>/<slug:slug>.ics", feeds.feed, name="feed"),
]
