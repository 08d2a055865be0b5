"""Who may do what with an event. Pure predicates: no query where the event's hosts are loaded."""

from events.models import (
    Enrolment,
    Event,
    EventHost,
    EventMaterial,
    PartnerCalendar,
    Poll,
    Registration,
    Season,
)
from programmes.access import Actor
from programmes.models import Alliance
from programmes.rules import (
    hosting_programme,
    may_contribute,
    may_edit_programme,
    sees_all_enrolled,
)


def may_see(actor: Actor, event: Event) -> bool:
    """Anybody once it was announced; before that operators and the alliances asked to host."""
    return event.is_public or may_see_workspace(actor, event)


def may_see_workspace(actor: Actor, event: Event) -> bool:
    """Operators, and who may look into the matters of an alliance that was asked and has not left.

    Check-in staff may not: the door list is their page (``may_check_in``).
    """
    return actor.is_operator or not actor.alliances.isdisjoint(asked(event))


def may_look_behind(actor: Actor, event: Event) -> bool:
    """Operators, and who may look into an alliance that said yes: what hosts may know."""
    return actor.is_operator or not actor.alliances.isdisjoint(hosting(event))


def may_plan_for(actor: Actor, alliance: Alliance) -> bool:
    """Operators, and organisers of the alliance: drafting events in its name."""
    return actor.is_operator or alliance.pk in actor.organises


def may_answer(actor: Actor, alliance: Alliance) -> bool:
    """Operators, and organisers of the alliance: nobody else says yes or no for it."""
    return may_plan_for(actor, alliance)


def may_discuss(actor: Actor, event: Event) -> bool:
    """Operators, and organisers of the alliances that were asked: what hosts say to each other."""
    return actor.is_operator or not actor.organises.isdisjoint(asked(event))


def may_change_membership(actor: Actor, alliance: Alliance) -> bool:
    """Operators: who is in the partnership is the network's to say."""
    return actor.is_operator


def may_edit(actor: Actor, event: Event) -> bool:
    """Operators, and organisers of the lead: it answers for what was promised."""
    return actor.is_operator or event.lead_id in actor.organises


def may_publish(actor: Actor, event: Event) -> bool:
    """Who may edit: announcing, calling off and inviting co-hosts is the lead's."""
    return may_edit(actor, event)


def may_settle(actor: Actor, event: Event) -> bool:
    """Who may edit: settled attendance becomes certificates in the lead's name."""
    return may_edit(actor, event)


def may_run(actor: Actor, event: Event) -> bool:
    """Operators, and organisers of any alliance that hosts: the day itself is shared work."""
    return actor.is_operator or not actor.organises.isdisjoint(hosting(event))


def may_keep_materials(actor: Actor, material: EventMaterial) -> bool:
    """Who may run the event: any host puts slides and recordings up, and takes them down."""
    return may_run(actor, material.event)


def may_take_attendance(actor: Actor, event: Event) -> bool:
    """Who may run the event: reports are uploaded and matched by any of its hosts."""
    return may_run(actor, event)


def may_check_in(actor: Actor, event: Event) -> bool:
    """Operators, and organisers and check-in staff of the hosts, once the event is announced."""
    at_door = actor.is_operator or not actor.doors.isdisjoint(hosting(event))
    return event.is_public and at_door


def may_see_registrations(actor: Actor, event: Event) -> bool:
    """Operators and the lead; co-hosts unless the event's data rule shows them totals only."""
    if actor.is_operator or event.lead_id in actor.alliances:
        return True
    return event.sharing != Event.Sharing.TOTALS and may_look_behind(actor, event)


def sees_everyone(actor: Actor, event: Event) -> bool:
    """Operators and the lead; co-hosts where the event's data rule shows them everyone."""
    if actor.is_operator or event.lead_id in actor.alliances:
        return True
    return event.sharing == Event.Sharing.ALL and may_look_behind(actor, event)


def may_see_registration(actor: Actor, registration: Registration) -> bool:
    """Who sees everyone; and a co-host its own members and those who chose it."""
    event = registration.event
    if sees_everyone(actor, event):
        return True
    if event.sharing != Event.Sharing.OWN:
        return False
    member = registration.member_organisation
    theirs: set[int | None] = {a.pk for a in member.alliances.all()} if member else set()
    theirs.add(registration.alliance_id)
    return not theirs.isdisjoint(actor.alliances & hosting(event))


def may_see_poll(actor: Actor, poll: Poll) -> bool:
    """Operators, and organisers of the alliance that asks or of those asked to host its event."""
    if actor.is_operator or poll.alliance_id in actor.organises:
        return True
    return poll.event is not None and not actor.organises.isdisjoint(asked(poll.event))


def may_run_poll(actor: Actor, poll: Poll) -> bool:
    """Operators, and organisers of the alliance that asks: closing it and settling on a time."""
    return actor.is_operator or poll.alliance_id in actor.organises


def may_see_calendar(actor: Actor, calendar: PartnerCalendar) -> bool:
    """Operators, and who may look into the matters of the alliance whose calendar it is."""
    return actor.is_operator or calendar.alliance_id in actor.alliances


def may_keep_calendar(actor: Actor, calendar: PartnerCalendar) -> bool:
    """Operators, and organisers of the alliance: its address, its name, what others see of it."""
    return actor.is_operator or calendar.alliance_id in actor.organises


def may_plan_season(actor: Actor, season: Season) -> bool:
    """Operators, and organisers of the alliance that plans it."""
    return actor.is_operator or season.alliance_id in actor.organises


def asked(event: Event) -> set[int]:
    """Ids of the alliances that were asked to host, whatever they said, unless they left."""
    left = EventHost.State.WITHDRAWN
    return {host.alliance_id for host in event.hosts.all() if host.state != left}


def hosting(event: Event) -> set[int]:
    """Ids of the alliances that host: who said yes, also while they are asked about a change."""
    return {host.alliance_id for host in event.hosts.all() if host.stands}


def may_see_enrolment(actor: Actor, enrolment: Enrolment) -> bool:
    """Who sees everybody enrolled; and a co-host its own members and those who chose it."""
    programme = enrolment.programme
    if sees_all_enrolled(actor, programme):
        return True
    if programme.sharing != programme.Sharing.OWN:
        return False
    member = enrolment.member_organisation
    theirs = {alliance.pk for alliance in member.alliances.all()} if member else set()
    own = actor.alliances & hosting_programme(programme)
    return not own.isdisjoint(theirs | {enrolment.alliance_id})


def may_note_for(actor: Actor, enrolment: Enrolment) -> bool:
    """Organisers of a host who see the person: accepted work, approvals, what stands in."""
    return may_contribute(actor, enrolment.programme) and may_see_enrolment(actor, enrolment)


def may_take_out(actor: Actor, event: Event) -> bool:
    """Who may edit the programme an event is in, and who may edit the event itself."""
    programme = event.programme
    return programme is not None and (
        may_edit_programme(actor, programme) or may_edit(actor, event)
    )
