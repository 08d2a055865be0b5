"""Who may do what with alliances and the network. Pure predicates: no query, one reason each."""

from programmes.access import Actor
from programmes.models import (
    Alliance,
    OutboxEntry,
    Person,
    Programme,
    Role,
    RoleInvitation,
    Speaker,
)


def may_come_in(actor: Actor) -> bool:
    """Operators, and anybody with a role in some alliance: the home shows what each may see."""
    return actor.has_role


def may_organise(actor: Actor) -> bool:
    """Operators, and anyone who plans events for some alliance."""
    return actor.is_organiser


def may_edit_speaker(actor: Actor, speaker: Speaker) -> bool:
    """Who plans events for some alliance: speakers are one list, shared by all."""
    return may_organise(actor)


def may_operate(actor: Actor) -> bool:
    """Operators of the network."""
    return actor.is_operator


def may_see_team(actor: Actor, alliance: Alliance) -> bool:
    """Operators, and anybody with a role in the alliance: people know their colleagues."""
    return actor.is_operator or alliance.pk in actor.roles


def may_manage_team(actor: Actor, alliance: Alliance) -> bool:
    """Operators, and administrators of the alliance: inviting, changing roles, removing."""
    return actor.is_operator or alliance.pk in actor.administers


def may_manage_place(actor: Actor, place: Role | RoleInvitation) -> bool:
    """Who may manage the team in which somebody has a role or is invited to one."""
    return may_manage_team(actor, place.alliance)


def may_run_queue(actor: Actor, entry: OutboxEntry) -> bool:
    """Operators: an effect that failed may be about anybody."""
    return may_operate(actor)


def may_end_operator(actor: Actor, person: Person) -> bool:
    """Operators, themselves too, as long as one is left."""
    return may_operate(actor)


def may_see_programme_desk(actor: Actor, programme: Programme) -> bool:
    """Operators, and who may look into the matters of an alliance that hosts the programme."""
    return actor.is_operator or not actor.alliances.isdisjoint(hosting_programme(programme))


def may_edit_programme(actor: Actor, programme: Programme) -> bool:
    """Operators, and organisers of the lead: it answers for the rules and for what they earn."""
    return actor.is_operator or programme.lead_id in actor.organises


def may_contribute(actor: Actor, programme: Programme) -> bool:
    """Operators, and organisers of any host: each puts in its own events, and notes records."""
    return actor.is_operator or not actor.organises.isdisjoint(hosting_programme(programme))


def may_see_enrolled(actor: Actor, programme: Programme) -> bool:
    """Operators and the lead; co-hosts unless the programme's data rule shows totals only."""
    if actor.is_operator or programme.lead_id in actor.alliances:
        return True
    is_shared = programme.sharing != Programme.Sharing.TOTALS
    return is_shared and may_see_programme_desk(actor, programme)


def sees_all_enrolled(actor: Actor, programme: Programme) -> bool:
    """Operators and the lead; co-hosts where the programme's data rule shows them everyone."""
    if actor.is_operator or programme.lead_id in actor.alliances:
        return True
    is_open = programme.sharing == Programme.Sharing.ALL
    return is_open and may_see_programme_desk(actor, programme)


def hosting_programme(programme: Programme) -> set[int]:
    """Ids of the alliances that lead or host the programme. No query where hosts are loaded."""
    return {programme.lead_id, *(host.pk for host in programme.hosts.all())}
