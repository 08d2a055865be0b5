"""Events, sessions, seats, attendance and calendars."""

from django.apps import AppConfig

from programmes import effects, needs

MAILS = (
    "registration-confirmed",
    "registration-waitlisted",
    "registration-promoted",
    "registration-again",
    "registration-cancelled",
    "event-changed",
    "event-cancelled",
)
HOST_MAILS = ("co-host-invited", "co-host-reminded", "host-news")
ENROLMENT_MAILS = ("joined", "added", "again", "left")
POLL_MAILS = ("poll-asked", "poll-chosen")
NEEDS = (
    ("asked", 10),
    ("lead_offered", 12),
    ("change_declined", 14),
    ("declined", 15),
    ("speakers_declined", 16),
    ("unsent", 20),
    ("unread_calendars", 25),
    ("unsettled", 30),
    ("unanswered", 40),
)

FEED_MAILS = ("feed-link", "feed-personal")
SPEAKER_MAILS = ("invited", "withdrawn", "link")


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        for mail in MAILS:
            compose = f"events.domain.mails.{mail.replace('-', '_')}"
            effects.register(f"events/{mail}", effects.Mail(compose=compose))
        declined = effects.Mail(compose="events.domain.reply_letters.invitation_declined")
        effects.register("events/invitation-declined", declined)
        for mail in HOST_MAILS:
            compose = f"events.domain.host_mails.{mail.replace('-', '_')}"
            effects.register(f"events/{mail}", effects.Mail(compose=compose))
        for mail in ENROLMENT_MAILS:
            compose = f"events.domain.enrolment_mails.enrolment_{mail}"
            effects.register(f"events/enrolment-{mail}", effects.Mail(compose=compose))
        placing = "events.domain.season_placing"
        effects.register(
            "events/season-plan",
            effects.Effect(prepare=f"{placing}.prepare", finish=f"{placing}.finish"),
        )
        for mail in POLL_MAILS:
            compose = f"events.domain.polls.mails.{mail.replace('-', '_')}"
            effects.register(f"events/{mail}", effects.Mail(compose=compose))
        for mail in FEED_MAILS:
            compose = f"events.domain.feed_links.{mail.replace('-', '_')}"
            effects.register(f"events/{mail}", effects.Mail(compose=compose))
        for mail in SPEAKER_MAILS:
            compose = f"events.domain.speakers.mails.speaker_{mail}"
            effects.register(f"events/speaker-{mail}", effects.Mail(compose=compose))
        renewed = effects.Mail(compose="events.domain.feed_mails.feed_renewed")
        effects.register("events/feed-renewed", renewed)
        for source, place in NEEDS:
            needs.register(f"events.views.needs.{source}", place=place)
