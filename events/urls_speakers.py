"""Addresses of speakers: their public pages, their own, the organisers' list, and materials."""

from django.urls import path

from events.views import organiser_materials as host_materials
from events.views import organiser_speakers as hosts
from events.views import speaker_own as own
from events.views import speakers

MINE = "speakers/mine/<str:token>/"
ONE = "organize/speakers/<slug:slug>/"
EVENT = "organize/events/<slug:slug>/"
MATERIAL = EVENT + "materials/<uuid:public_id>/"
urlpatterns = [
    path("speakers/link/", speakers.send_link, name="speaker-link"),
    path("speakers/photos/<slug:name>.jpg", speakers.photo, name="speaker-photo"),
    path(MINE, own.home, name="speaker-own"),
    path(MINE + "profile/", own.profile, name="speaker-own-profile"),
    path(MINE + "photo/", own.photo, name="speaker-own-photo"),
    path(MINE + "photo.jpg", own.picture, name="speaker-own-picture"),
    path(MINE + "calendar/", own.calendar, name="speaker-own-calendar"),
    path(MINE + "join/<uuid:code>/", own.join, name="speaker-own-join"),
    path(MINE + "materials/<slug:slug>/", own.handed_in, name="speaker-own-material"),
    path("speakers/<slug:slug>/", speakers.speaker, name="speaker"),
    path(
        "events/<slug:slug>/materials/<uuid:public_id>/", speakers.material, name="event-material"
    ),
    path("organize/speakers/", hosts.index, name="organise-speakers"),
    path("organize/speakers/new/", hosts.new, name="organise-speaker-new"),
    path(ONE, hosts.speaker, name="organise-speaker"),
    path(ONE + "photo", hosts.photo, name="organise-speaker-photo"),
    path(ONE + "link", hosts.link, name="organise-speaker-link"),
    path(ONE + "merger/", hosts.merger, name="organise-speaker-merger"),
    path(EVENT + "speakers/", hosts.of_event, name="organise-event-speakers"),
    path(EVENT + "speakers/invitations", hosts.invitations, name="organise-speaker-invitations"),
    path(EVENT + "speakers/reminders", hosts.reminders, name="organise-speaker-reminders"),
    path(EVENT + "materials/", host_materials.index, name="organise-materials"),
    path(
        MATERIAL + "publication", host_materials.publication, name="organise-material-publication"
    ),
    path(MATERIAL + "removal", host_materials.removal, name="organise-material-removal"),
]
