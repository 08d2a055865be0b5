"""The calendar file of one registration: the event's sessions, with the registrant's own way in."""

from dataclasses import replace

from events.domain import calendar, calendars, links
from events.models import Event, Registration, Session


def own_calendar(registration: Registration) -> bytes:
    """The sessions under the same UIDs as in feeds and invitations, so that nothing stands twice.

    Online ones carry the address of the join page, which is why the file is nobody else's.
    """
    event = registration.event
    sessions = calendars.with_event(Session.objects.filter(event=event))
    entries = [calendars.entry_of(session) for session in sessions]
    page = links.registration_url(registration)
    if event.format != Event.Format.IN_PERSON:
        entries = [replace(entry, conference_url=f"{page}join/") for entry in entries]
    return calendar.calendar_bytes(
        name=event.title,
        description="",
        source_url=f"{page}invitation.ics",
        entries=[calendar.entry_bytes(entry) for entry in entries],
        zones=calendar.zone_years(entries),
    )
