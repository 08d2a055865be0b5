"""Addresses of events: public ones, the registrant's own, and the organisers'."""

from django.urls import include, path

from events.views import (
    approvals,
    attendee,
    catalogue,
    door,
    embed,
    enrolling,
    feed_builder,
    feed_manage,
    feed_owner,
    feeds,
    membership,
    month,
    organiser_attendance,
    organiser_dates,
    organiser_embedding,
    organiser_enrolled,
    organiser_events,
    organiser_hosts,
    organiser_month,
    organiser_moving,
    organiser_office,
    organiser_planning,
    organiser_polls,
    organiser_program,
    organiser_programmes,
    organiser_registrations,
    organiser_repeats,
    organiser_seasons,
    organiser_time,
    organiser_treaty,
    polls,
    public,
)

urlpatterns = [
    path("", public.home, name="home"),
    path("events/", public.event_list, name="events"),
    path("events/calendar/", month.this_month, name="calendar"),
    path("events/calendar/<str:month>/", month.month, name="month"),
    path("events/<slug:slug>/", public.event, name="event"),
    path("events/<slug:slug>/registrations/", public.register, name="event-registrations"),
    path("events/<slug:slug>/registered/<str:note>/", public.registered, name="event-registered"),
    path("alliances/", catalogue.alliances, name="alliances"),
    path("alliances/<slug:slug>/", catalogue.alliance, name="alliance"),
    path("programs/", catalogue.programmes, name="programs"),
    path("programs/mine/<str:token>/", enrolling.mine, name="my-program"),
    path("programs/mine/<str:token>/departure/", enrolling.departure, name="my-program-departure"),
    path("programs/mine/<str:token>/comeback/", enrolling.comeback, name="my-program-comeback"),
    path("programs/mine/<str:token>/rules/", enrolling.rules, name="my-program-rules"),
    path("programs/mine/<str:token>/dates/<slug:slug>/", enrolling.date, name="my-program-date"),
    path("programs/<slug:slug>/", catalogue.programme, name="program"),
    path("programs/<slug:slug>/enrollments/", enrolling.enrol, name="program-enrolments"),
    path("programs/<slug:slug>/enrolled/", enrolling.done, name="program-enrolled"),
    path("network/alliances/", membership.alliances, name="network-alliances"),
    path(
        "network/alliances/<slug:slug>/membership",
        membership.membership,
        name="network-membership",
    ),
    path("approvals/<str:token>/", approvals.answer, name="approval"),
    path("r/", attendee.send_link, name="send-link"),
    path("r/<str:token>/details/", attendee.details, name="registration-details"),
    path("r/<str:token>/cancellation/", attendee.cancellation, name="registration-cancellation"),
    path("r/<str:token>/invitation.ics", attendee.invitation, name="registration-invitation"),
    path("r/<str:token>/join/", attendee.join, name="registration-join"),
    path("r/<str:token>/join/go/<str:sealed>/", attendee.go, name="join-go"),
    path("r/<str:token>/ticket/", attendee.ticket, name="registration-ticket"),
    path("feeds/", feed_builder.builder, name="feeds"),
    path("feeds/all.ics", feeds.feed, {"scope": "all"}, name="feed-all"),
    path("feeds/all.atom", feeds.feed, name="feed-all-atom"),
    path("feeds/all.json", feeds.feed, name="feed-all-json"),
    path("feeds/busy/<slug:slug>.ifb", feeds.feed, name="feed-busy"),
    path("feeds/s/<str:token>.ics", feeds.own_feed, name="own-feed-saved"),
    path("feeds/me/<str:token>.ics", feeds.own_feed, name="own-feed-personal"),
    path("feeds/speaker/<str:token>.ics", feeds.own_feed, name="own-feed-speaker"),
    path("feeds/organizer/<str:token>.ics", feeds.own_feed, name="own-feed-organiser"),
    path("feeds/<slug:scope>/<slug:slug>.ics", feeds.feed, name="feed"),
    path("feeds/<slug:scope>/<slug:slug>.atom", feeds.feed, name="feed-atom"),
    path("feeds/<slug:scope>/<slug:slug>.json", feeds.feed, name="feed-json"),
]

urlpatterns += [
    path("", include("events.urls_calendars")),
    path("", include("events.urls_speakers")),
]

# The organisers' side. Its home and the list of events are in certificates/urls.py.
EVENT = "organize/events/<slug:slug>/"
PLACE = EVENT + "registrations/<str:code>/"
REPORT = EVENT + "attendance/<int:number>/"
urlpatterns += [
    path("organize/events/new/", organiser_planning.new, name="organise-new"),
    path("organize/calendar/", organiser_month.this_month, name="organise-calendar"),
    path("organize/calendar/<str:month>/", organiser_month.month, name="organise-month"),
    path(EVENT, organiser_events.overview, name="organise-event"),
    path(EVENT + "edit/", organiser_planning.edit, name="organise-edit"),
    path(EVENT + "check-in/", door.door, name="organise-door"),
    path(EVENT + "publication", organiser_events.publication, name="organise-publication"),
    path(EVENT + "cancellation", organiser_events.cancellation, name="organise-cancellation"),
    path(EVENT + "duplicate", organiser_moving.duplicate, name="organise-duplicate"),
    path(EVENT + "program/", organiser_program.program, name="organise-sessions"),
    path(EVENT + "dates/", organiser_dates.all_dates, name="organise-dates"),
    path(EVENT + "dates/repeat/", organiser_repeats.repeat, name="organise-repeat"),
    path(EVENT + "dates/zone/", organiser_moving.zone, name="organise-zone"),
    path(EVENT + "dates/<str:code>/", organiser_dates.one_date, name="organise-date"),
    path(
        EVENT + "dates/<str:code>/calling-off",
        organiser_dates.calling_off,
        name="organise-date-calling-off",
    ),
    path(EVENT + "hosts/", organiser_hosts.hosts, name="organise-hosts"),
    path(EVENT + "hosts/<slug:alliance>/", organiser_hosts.decision, name="organise-decision"),
    path(
        EVENT + "hosts/<slug:alliance>/removal",
        organiser_treaty.removal,
        name="organise-host-removal",
    ),
    path(
        EVENT + "hosts/<slug:alliance>/lead",
        organiser_treaty.lead_answer,
        name="organise-lead-answer",
    ),
    path(EVENT + "invitations", organiser_treaty.invitations, name="organise-invitations"),
    path(EVENT + "answer-rule", organiser_treaty.answer_rule, name="organise-answer-rule"),
    path(EVENT + "proposal", organiser_treaty.proposal, name="organise-proposal"),
    path(EVENT + "handover", organiser_treaty.handover_offer, name="organise-handover"),
    path(EVENT + "comments", organiser_treaty.comment, name="organise-comments"),
    path(
        EVENT + "registrations/",
        organiser_registrations.registrations,
        name="organise-registrations",
    ),
    path(
        EVENT + "registrations.csv",
        organiser_registrations.export,
        name="organise-registrations-csv",
    ),
    path(PLACE, organiser_registrations.registration, name="organise-registration"),
    path(
        PLACE + "cancellation",
        organiser_registrations.cancellation,
        name="organise-registration-cancellation",
    ),
    path(EVENT + "attendance/", organiser_attendance.attendance, name="organise-attendance"),
    path(
        EVENT + "attendance/settlement",
        organiser_attendance.settlement,
        name="organise-settlement",
    ),
    path(REPORT, organiser_attendance.report, name="organise-report"),
    path(
        REPORT + "application",
        organiser_attendance.application,
        name="organise-report-application",
    ),
    path(REPORT + "assignment", organiser_attendance.assignment, name="organise-assignment"),
    path(REPORT + "removal", organiser_attendance.removal, name="organise-report-removal"),
]

# The list on other sites' pages.
urlpatterns += [
    path("embed/events/", embed.frame, name="embed"),
    path("embed/events/list/", embed.fragment, name="embed-list"),
    path("embed/events.js", embed.script, name="embed-script"),
    path("embed/events.css", embed.sheet, name="embed-sheet"),
    path("organize/embedding/", organiser_embedding.index, name="organise-embedding"),
    path(
        "organize/embedding/<slug:slug>/",
        organiser_embedding.embedding_of,
        name="organise-embedding-of",
    ),
    path(
        "organize/embedding/<slug:slug>/removal",
        organiser_embedding.removal,
        name="organise-embedding-removal",
    ),
]

# Polls: the page of who is asked, and the organisers'.
POLL = "organize/polls/<uuid:public_id>/"
urlpatterns += [
    path("polls/open/<str:token>/", polls.join, name="poll-open"),
    path("polls/<str:token>/", polls.answer, name="poll"),
    path("organize/polls/", organiser_polls.index, name="organise-polls"),
    path("organize/polls/new/", organiser_polls.new, name="organise-poll-new"),
    path(POLL, organiser_polls.poll, name="organise-poll"),
    path(POLL + "closure", organiser_polls.closure, name="organise-poll-closure"),
    path(POLL + "reminder", organiser_polls.reminder, name="organise-poll-reminder"),
    path(POLL + "choice", organiser_polls.choice, name="organise-poll-choice"),
]

# Calendar addresses of one's own.
OWN_FEED = "feeds/manage/<str:token>/"
urlpatterns += [
    path("feeds/saved/", feed_builder.saved, name="feed-saved"),
    path("feeds/mine/", feed_owner.mine, name="feed-mine"),
    path("feeds/personal/<str:token>/", feed_owner.by_link, name="feed-personal"),
    path(OWN_FEED, feed_manage.manage, name="feed-manage"),
    path(OWN_FEED + "address/<str:secret>/", feed_manage.address, name="feed-address"),
    path(OWN_FEED + "renewal/", feed_manage.renewal, name="feed-renewal"),
    path(OWN_FEED + "removal/", feed_manage.removal, name="feed-removal"),
    path(OWN_FEED + "mailing/", feed_manage.mailing, name="feed-mailing"),
    path("r/<str:token>/calendar/", feed_owner.from_registration, name="registration-calendar"),
]

# Find a time.
urlpatterns += [
    path("organize/time/", organiser_time.find, name="organise-time"),
    path(EVENT + "time/", organiser_time.of_event, name="organise-event-time"),
    path(EVENT + "time/proposal", organiser_time.proposal, name="organise-time-proposal"),
]

# Programs on the organisers' side.
PROGRAM = "organize/programs/<slug:slug>/"
PART = PROGRAM + "events/<slug:event>/"
ENROLLED = PROGRAM + "people/<str:code>/"
urlpatterns += [
    path("organize/programs/", organiser_programmes.programmes, name="organise-programs"),
    path("organize/programs/new/", organiser_programmes.new, name="organise-program-new"),
    path(PROGRAM, organiser_programmes.overview, name="organise-program"),
    path(PROGRAM + "edit/", organiser_programmes.edit, name="organise-program-edit"),
    path(PROGRAM + "rules/", organiser_programmes.completion, name="organise-program-rules"),
    path(PROGRAM + "events/", organiser_programmes.events, name="organise-program-events"),
    path(PART + "removal", organiser_programmes.removal, name="organise-program-removal"),
    path(PART + "position", organiser_programmes.position, name="organise-program-position"),
    path(PROGRAM + "people/", organiser_enrolled.people, name="organise-program-people"),
    path(PROGRAM + "people.csv", organiser_enrolled.export, name="organise-program-people-csv"),
    path(ENROLLED, organiser_enrolled.person, name="organise-program-person"),
    path(ENROLLED + "records/", organiser_enrolled.note, name="organise-program-records"),
    path(
        ENROLLED + "records/<int:number>/withdrawal",
        organiser_enrolled.withdrawal,
        name="organise-program-withdrawal",
    ),
    path(ENROLLED + "departure", organiser_enrolled.departure, name="organise-program-departure"),
]

# Office hours, days off, licenses, levels of conflicts.
OFFICE = "organize/scheduling/<slug:slug>/"
urlpatterns += [
    path("organize/scheduling/", organiser_office.index, name="organise-scheduling"),
    path(
        "organize/scheduling/levels",
        organiser_office.network_levels,
        name="organise-network-levels",
    ),
    path(OFFICE, organiser_office.settings, name="organise-office"),
    path(OFFICE + "hours", organiser_office.hours, name="organise-office-hours"),
    path(OFFICE + "levels", organiser_office.levels, name="organise-office-levels"),
    path(OFFICE + "days-off", organiser_office.days_off, name="organise-days-off"),
    path(
        OFFICE + "days-off/<int:number>/removal",
        organiser_office.day_off_removal,
        name="organise-day-off-removal",
    ),
    path(OFFICE + "licenses", organiser_office.licences, name="organise-licences"),
    path(
        OFFICE + "licenses/<int:number>/removal",
        organiser_office.licence_removal,
        name="organise-licence-removal",
    ),
]

# The season planner.
SEASON = "organize/seasons/<uuid:public_id>/"
SEASON_ITEM = SEASON + "events/<uuid:item>/"
urlpatterns += [
    path("organize/seasons/", organiser_seasons.index, name="organise-seasons"),
    path("organize/seasons/new/", organiser_seasons.new, name="organise-season-new"),
    path(SEASON, organiser_seasons.season, name="organise-season"),
    path(SEASON + "edit/", organiser_seasons.edit, name="organise-season-edit"),
    path(SEASON + "deletion/", organiser_seasons.deletion, name="organise-season-deletion"),
    path(SEASON + "plan", organiser_seasons.plan, name="organise-season-plan"),
    path(SEASON + "acceptance", organiser_seasons.acceptance, name="organise-season-acceptance"),
    path(SEASON + "table/", organiser_seasons.table, name="organise-season-table"),
    path(SEASON + "events/new/", organiser_seasons.item_new, name="organise-season-item-new"),
    path(SEASON_ITEM, organiser_seasons.item, name="organise-season-item"),
    path(SEASON_ITEM + "removal", organiser_seasons.removal, name="organise-season-item-removal"),
    path(SEASON_ITEM + "pin", organiser_seasons.pin, name="organise-season-item-pin"),
]
