"""Who may do what with alliances and the network. Pure predicates: no query, one reason each."""

from programmes.access import Actor
from programmes.models import Alliance, OutboxEntry, Person, Role, RoleInvitation


def may_come_in(actor: Actor) -> bool:
    """Operators, and anybody with a role in some alliance: the home shows what each may see."""
    return actor.has_role


def may_organise(actor: Actor) -> bool:
    """Operators, and anyone who plans events for some alliance."""
    return actor.is_organiser


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
